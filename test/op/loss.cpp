// SPDX-License-Identifier: BSL-1.0
// Losses on cases done by hand, and at extreme arguments in float, through their kernels.
#define BOOST_TEST_MODULE loss
#include "fusegrad/op/loss.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "fusegrad/fusegrad.hpp"
#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

using floats = std::vector<float>;

// Some roundings of half an ulp in float, of numbers up to the result.
const auto within_float = boost::test_tools::tolerance(1e-6f);

}  // namespace

BOOST_AUTO_TEST_CASE(squared_error_has_the_book_s_half) {
  holds<[] {
    worked on;
    const ref a = on.vector({3, 1}), b = on.vector({1, 1});
    return on.value(squared_error(a, b)) == numbers{2, 0} &&
           on.gradient(sum(squared_error(a, b)), a) == numbers{2, 0} &&
           on.gradient(sum(squared_error(a, b)), b) == numbers{-2, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(huber_is_quadratic_inside_and_linear_outside) {
  holds<[] {
    worked on;
    const ref a = on.vector({0.5, 3, -4, 1}), b = on.number(0);
    return on.value(huber(a, b)) == numbers{0.125, 2.5, 3.5, 0.5} &&
           on.gradient(sum(huber(a, b)), a) == numbers{0.5, 1, -1, 1} &&
           on.value(huber<2.0>(a, b)) == numbers{0.125, 4, 6, 0.5};
  }>();
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_equal_logits_is_the_logarithm_of_their_number) {
  worked on;
  const ref z = on.vector({0, 0, 0, 0}), y = on.label(4, 1);
  BOOST_TEST(on.value(cross_entropy(z, y)) == numbers{std::log(4.0)});
  BOOST_TEST(on.gradient(cross_entropy(z, y), z) == (numbers{0.25, -0.75, 0.25, 0.25}));
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_several_labels_is_the_mean_over_them) {
  worked on;
  const double far = std::log(3.0);
  const ref z = on.tensor({2, 2}, {0, far, 0, 0}), y = on.labels(2, {2}, {0, 1}), v = on.vector({0, far});
  const auto close = boost::test_tools::tolerance(1e-15);
  BOOST_TEST(on.value(cross_entropy(z, y))[0] == (std::log(4.0) + std::log(2.0)) / 2, close);
  BOOST_TEST(on.value(cross_entropy(v, y))[0] == (std::log(4.0) + std::log(4 / 3.0)) / 2, close);
  const numbers slope = on.gradient(cross_entropy(z, y), z), expected{-0.375, 0.375, 0.25, -0.25};
  for (std::size_t i = 0; i < slope.size(); ++i) BOOST_TEST(slope[i] == expected[i], close);
  // With smoothing the mean over all classes is that over the labels, too.
  const double all = (std::log(4.0) + std::log(4 / 3.0)) / 2;
  BOOST_TEST(on.value(cross_entropy<0.5>(z, y))[0] ==
                 0.5 * (std::log(4.0) + std::log(2.0)) / 2 + 0.5 * (all + std::log(2.0)) / 2,
             close);
  BOOST_TEST(on.value(cross_entropy<0.5>(v, y))[0] == all, close);
}

BOOST_AUTO_TEST_CASE(logistic_loss_of_a_logit_of_zero_is_the_logarithm_of_two) {
  worked on;
  const ref z = on.vector({0, 0}), t = on.vector({0, 1});
  BOOST_TEST(on.value(logistic_loss(z, t)) == (numbers{std::log(2.0), std::log(2.0)}));
  BOOST_TEST(on.value(binary_cross_entropy(z, t)) == (numbers{std::log(2.0), std::log(2.0)}));
  BOOST_TEST(on.gradient(sum(logistic_loss(z, t)), z) == (numbers{0.5, -0.5}));
}

BOOST_AUTO_TEST_CASE(logistic_loss_does_not_overflow) {
  worked on;
  const ref z = on.vector({1000, -1000}), t = on.vector({1, 1});
  BOOST_TEST(on.value(logistic_loss(z, t)) == (numbers{0, 1000}));
}

BOOST_AUTO_TEST_CASE(losses_of_square_matrices_go_element_by_element) {
  worked on;
  const ref z = on.tensor({2, 2}, {1000, -1000, 1000, -1000}), t = on.tensor({2, 2}, {1, 1, 0, 0});
  BOOST_TEST(on.value(logistic_loss(z, t)) == (numbers{0, 1000, 1000, 0}));
  BOOST_TEST(on.value(squared_error(t, 2 * t)) == (numbers{0.5, 0.5, 0, 0}));
}

BOOST_AUTO_TEST_CASE(mean_square_and_mean_absolute_error) {
  holds<[] {
    worked on;
    const ref a = on.vector({3, 1, -1, 0}), b = on.vector({1, 1, 1, 0});
    return on.value(mse(a, b)) == numbers{2} && on.gradient(mse(a, b), a) == numbers{1, 0, -1, 0} &&
           on.value(mae(a, b)) == numbers{1} && on.gradient(mae(a, b), a) == numbers{0.25, 0, -0.25, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(the_pinball_leans_to_one_side) {
  holds<[] {
    worked on;
    const ref prediction = on.vector({0, 0, 1}), target = on.vector({4, -4, 1});
    return on.value(quantile_loss<0.75>(prediction, target)) == numbers{3, 1, 0} &&
           on.gradient(sum(quantile_loss<0.75>(prediction, target)), prediction) ==
               numbers{-0.75, 0.25, -0.75};
  }>();
}

BOOST_AUTO_TEST_CASE(counts_and_their_rates) {
  worked on;
  const ref log_rate = on.vector({0, 0, 1}), count = on.vector({0, 3, 2});
  BOOST_TEST(on.value(poisson_nll(log_rate, count)) == (numbers{1, 1, std::exp(1.0) - 2}));
  BOOST_TEST(on.gradient(sum(poisson_nll(log_rate, count)), log_rate) == (numbers{1, -2, std::exp(1.0) - 2}));
}

// (log(variance) + error^2 / variance) / 2.
BOOST_AUTO_TEST_CASE(a_normal_distribution_with_a_variance_of_its_own) {
  worked on;
  const ref mean = on.vector({1, 0, 5}), target = on.vector({3, 0, 5}), variance = on.vector({4, 1, 0});
  const double floor = std::log(1e-6) / 2;
  BOOST_TEST(on.value(gaussian_nll(mean, target, variance)) == (numbers{std::log(4.0) / 2 + 0.5, 0, floor}));
  BOOST_TEST(on.gradient(sum(gaussian_nll(mean, target, variance)), mean) == (numbers{-0.5, 0, 0}));
  BOOST_TEST(on.gradient(sum(gaussian_nll(mean, target, variance)), variance) == (numbers{0, 0.5, 0}));
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_a_variance_needs_no_bound) {
  worked on;
  const ref mean = on.vector({1, 0}), target = on.vector({1.5, 0}),
            log_variance = on.vector({std::log(0.25), -30});
  const numbers found = on.value(gaussian_nll_of_log_variance(mean, target, log_variance));
  BOOST_TEST(found[0] == std::log(0.25) / 2 + 0.5, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(found[1] == -15);
}

// With one degree of freedom: log(scale) + log(1 + (error / scale)^2), the Cauchy distribution.
BOOST_AUTO_TEST_CASE(outliers_count_by_their_logarithm) {
  worked on;
  const ref location = on.vector({0, 0}), target = on.vector({6, 0}), scale = on.vector({2, 1});
  const numbers found = on.value(student_t_nll<1>(location, target, scale));
  BOOST_TEST(found[0] == std::log(20.0), boost::test_tools::tolerance(1e-15));
  BOOST_TEST(found[1] == 0);
  // (degrees + 1) / 2 * 2 * error / scale^2 / (degrees + (error / scale)^2) against the target.
  BOOST_TEST(on.gradient(sum(student_t_nll<1>(location, target, scale)), location)[0] == -0.3,
             boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(a_margin_of_one) {
  holds<[] {
    worked on;
    const ref score = on.vector({2, 0.5, -1, 1}), target = on.vector({1, 1, 1, -1});
    return on.value(hinge_loss(score, target)) == numbers{0, 0.5, 2, 2} &&
           on.gradient(sum(hinge_loss(score, target)), score) == numbers{0, -1, -1, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(what_is_right_already_counts_little) {
  worked on;
  const double z = 2, p = 1 / (1 + std::exp(-z));
  const ref logit = on.vector({z, z, 0}), target = on.vector({1, 0, 1});
  const numbers found = on.value(focal_loss(logit, target));
  BOOST_TEST(found[0] == (1 - p) * (1 - p) * -std::log(p), boost::test_tools::tolerance(1e-14));
  BOOST_TEST(found[1] == p * p * -std::log(1 - p), boost::test_tools::tolerance(1e-14));
  BOOST_TEST(found[2] == std::log(2.0) / 4, boost::test_tools::tolerance(1e-14));
  BOOST_TEST(on.value(focal_loss<1>(logit, target))[2] == std::log(2.0) / 2,
             boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(an_anchor_shall_be_nearer_to_its_like) {
  worked on;
  const ref anchor = on.tensor({3, 2}, {0, 0, 0, 0, 1, 1}), like = on.tensor({3, 2}, {3, 4, 0, 1, 1, 1}),
            other = on.tensor({3, 2}, {0, 2, 0, 9, 1, 1});
  BOOST_TEST(on.value(triplet_loss(anchor, like, other)) == (numbers{4, 0, 1}));
  BOOST_TEST(on.value(triplet_loss<0.5>(anchor, like, other)) == (numbers{3.5, 0, 0.5}));
  BOOST_TEST(on.gradient(sum(triplet_loss(anchor, like, other)), other) == (numbers{0, -1, 0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_distribution_is_compared_with_logarithms) {
  worked on;
  const ref logs = on.tensor({2, 2}, {std::log(0.5), std::log(0.5), std::log(0.25), std::log(0.75)});
  const ref target = on.tensor({2, 2}, {0.5, 0.5, 0, 1});
  const numbers found = on.value(kl_divergence(logs, target));
  BOOST_TEST(std::abs(found[0]) < 1e-16);
  BOOST_TEST(found[1] == std::log(4 / 3.0), boost::test_tools::tolerance(1e-15));
  BOOST_TEST(on.gradient(sum(kl_divergence(logs, target)), logs) == (numbers{-0.5, -0.5, 0, -1}));
}

BOOST_AUTO_TEST_CASE(a_target_of_probabilities_or_a_smoothed_label) {
  worked on;
  const ref z = on.vector({0, std::log(2.0), 0}), y = on.label(3, 1), soft = on.vector({0.5, 0.25, 0.25});
  // The probabilities are 1/4, 1/2, 1/4.
  const double few = std::log(4.0), half = std::log(2.0);
  const auto close = boost::test_tools::tolerance(1e-15);
  BOOST_TEST(on.value(cross_entropy(z, soft))[0] == 0.75 * few + 0.25 * half, close);
  BOOST_TEST(on.value(cross_entropy<0.3>(z, y))[0] == 0.7 * half + 0.1 * (few + half + few), close);
  BOOST_TEST(
      on.value(cross_entropy<0.3>(z, soft))[0] == 0.7 * (0.75 * few + 0.25 * half) + 0.1 * (2 * few + half),
      close);
  // The probabilities minus the smoothed target.
  const numbers slope = on.gradient(cross_entropy<0.3>(z, y), z);
  BOOST_TEST(slope[0] == 0.25 - 0.1, close);
  BOOST_TEST(slope[1] == 0.5 - 0.8, close);
  BOOST_TEST(slope[2] == 0.25 - 0.1, close);
}

BOOST_AUTO_TEST_CASE(a_soft_target_has_as_many_classes_as_there_are_logits) {
  holds<[] {
    worked on;
    (void)cross_entropy(on.vector({1, 2, 3}), on.vector({1, 0}));
    return on.trouble() == problem_kind::shapes_do_not_broadcast;
  }>();
  holds<[] {
    worked on;
    (void)cross_entropy(on.vector({1, 2, 3}), on.number(1));
    return on.trouble() == problem_kind::shapes_do_not_broadcast;
  }>();
}

// Each is exact in long double: 1e4 swallows the rest, or a power vanishes.
BOOST_AUTO_TEST_CASE(classes_far_apart_stay_exact_in_float) {
  constexpr auto z = input<"z", 3>;
  constexpr auto y = label<"y", 3>;
  constexpr auto t = target<"t", 3>;
  const floats logits{1e4, 9999, -1e4};
  const std::vector<std::uint8_t> second{1};
  const double likely = std::log1p(std::exp(-1.0)), ten_thousand = 2e4 + likely;
  const double all = likely + (1 + likely) + ten_thousand;
  BOOST_TEST(
      evaluate(cross_entropy<0.3>(z, y), z = logits, y = second)[0] == float(0.7 * (1 + likely) + 0.1 * all),
      within_float);
  BOOST_TEST(evaluate(cross_entropy(z, t), z = logits, t = floats{0.5, 0.25, 0.25})[0] ==
                 float(0.5 * likely + 0.25 * (1 + likely) + 0.25 * ten_thousand),
             within_float);
  BOOST_TEST(evaluate(kl_divergence(log_softmax(z), t), z = logits, t = floats{0.5, 0.5, 0})[0] ==
                 float(std::log(0.5) + likely + 0.5),
             within_float);
  const double p = 1 / (1 + std::exp(-1.0));
  const floats slope = evaluate(grad(cross_entropy(z, t), z), z = logits, t = floats{0.5, 0.25, 0.25});
  BOOST_TEST(slope[0] == float(p - 0.5), within_float);
  BOOST_TEST(slope[1] == float(1 - p - 0.25), within_float);
  BOOST_TEST(slope[2] == -0.25f);
}

BOOST_AUTO_TEST_CASE(extreme_arguments_stay_finite_in_float) {
  constexpr auto a = input<"a">;
  constexpr auto t = target<"t">;
  const floats far{-1e4, 1e4};
  const auto at = [&](auto loss, const floats& wanted) { return evaluate(loss, a = far, t = wanted); };
  const auto slope_at = [&](auto loss, const floats& wanted) {
    return evaluate(grad(loss, a), a = far, t = wanted);
  };
  BOOST_TEST(at(focal_loss(a, t), {1, 1}) == (floats{1e4, 0}));
  BOOST_TEST(at(focal_loss(a, t), {0, 0}) == (floats{0, 1e4}));
  BOOST_TEST(slope_at(focal_loss(a, t), {1, 1}) == (floats{-1, 0}));
  BOOST_TEST(at(hinge_loss(a, t), {1, 1}) == (floats{10001, 0}));
  BOOST_TEST(at(mse(a, t), {0, 0}) == (floats{1e8, 1e8}));
  BOOST_TEST(at(mae(a, t), {0, 0}) == (floats{1e4, 1e4}));
  BOOST_TEST(at(quantile_loss<0.75>(a, t), {0, 0}) == (floats{7500, 2500}));
  BOOST_TEST(at(student_t_nll<1>(a, t, constant<1>), {0, 0})[0] == float(std::log1p(1e8)), within_float);
  BOOST_TEST(at(gaussian_nll_of_log_variance(constant<1>, t, a), {1, 2})[1] == 5000);
  const floats few_counts = evaluate(poisson_nll(a, t), a = floats{-1e4, 0}, t = floats{3, 0});
  BOOST_TEST(few_counts == (floats{3e4, 1}));
  BOOST_TEST(evaluate(gaussian_nll(a, t, constant<1e4>), a = far, t = far)[0] == float(std::log(1e4) / 2),
             within_float);
}
