// SPDX-License-Identifier: BSL-1.0
// logsumexp, softmax and log_softmax: values and gradients, also where the naive formulas overflow.
#define BOOST_TEST_MODULE logsumexp
#include "fusegrad/op/logsumexp.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "fusegrad/fusegrad.hpp"
#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

BOOST_AUTO_TEST_CASE(equal_elements_add_the_logarithm_of_their_number) {
  worked on;
  BOOST_TEST(on.value(logsumexp(on.vector({0, 0})))[0] == std::log(2.0));
  BOOST_TEST(on.value(logsumexp(on.vector({1e4, 1e4})))[0] == 1e4 + std::log(2.0));
}

BOOST_AUTO_TEST_CASE(a_dominant_element_leaves_what_the_others_add) {
  worked on;
  // log(1 + exp(-20)) = exp(-20) - exp(-40) / 2 + ...
  BOOST_TEST(on.value(logsumexp(on.vector({0, -20})))[0] == std::log1p(std::exp(-20.0)));
}

BOOST_AUTO_TEST_CASE(one_element_is_its_own_logsumexp) {
  worked on;
  BOOST_TEST(on.value(logsumexp(on.vector({-7}))) == numbers{-7});
}

BOOST_AUTO_TEST_CASE(elements_of_minus_infinity_count_nothing) {
  worked on;
  const ref a = on.vector({-infinity, 3});
  BOOST_TEST(on.value(logsumexp(a)) == numbers{3});
  BOOST_TEST(on.gradient(logsumexp(a), a) == (numbers{0, 1}));
}

BOOST_AUTO_TEST_CASE(where_nothing_counts_the_value_is_minus_infinity_and_the_gradient_zero) {
  worked on;
  const ref a = on.vector({-infinity, -infinity, -infinity});
  BOOST_TEST(on.value(logsumexp(a)) == numbers{-infinity});
  BOOST_TEST(on.value(logsumexp_op::define(logsumexp(a))) == numbers{-infinity});
  BOOST_TEST(on.gradient(logsumexp(a), a) == (numbers{0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(elements_of_infinity_share_the_gradient) {
  worked on;
  const ref a = on.vector({infinity, 3, infinity, -infinity});
  BOOST_TEST(on.value(logsumexp(a)) == numbers{infinity});
  BOOST_TEST(on.value(logsumexp_op::define(logsumexp(a))) == numbers{infinity});
  BOOST_TEST(on.gradient(logsumexp(a), a) == (numbers{0.5, 0, 0.5, 0}));
}

BOOST_AUTO_TEST_CASE(the_difference_of_two_powers_has_a_logarithm_without_overflow) {
  worked on;
  const ref a = on.vector({1000, 1000, 3, infinity, -infinity});
  const ref b = on.vector({999, 1000, -infinity, 5, -infinity});
  const numbers found = on.value(logsubexp(a, b));
  BOOST_TEST(found[0] == 1000 + std::log(-std::expm1(-1.0)));
  BOOST_TEST(found[1] == -infinity);
  BOOST_TEST(found[2] == 3);
  BOOST_TEST(found[3] == infinity);
  BOOST_TEST(found[4] == -infinity);
  const ref p = on.number(1), q = on.number(0);
  BOOST_TEST(on.gradient(logsubexp(p, q), p)[0] == 1 / -std::expm1(-1.0),
             boost::test_tools::tolerance(1e-15));
  BOOST_TEST(on.gradient(logsubexp(p, q), q)[0] == -1 / std::expm1(1.0), boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(each_row_of_a_matrix_is_reduced_by_itself) {
  worked on;
  const ref a = on.tensor({2, 2}, {0, 0, 5, 5});
  BOOST_TEST(on.value(logsumexp<1>(a)) == (numbers{std::log(2.0), 5 + std::log(2.0)}));
  BOOST_TEST((logsumexp<1>(a, keepdim).extents() == tensor_shape{2, 1}));
}

BOOST_AUTO_TEST_CASE(the_gradient_is_softmax) {
  worked on;
  const ref a = on.vector({0, 0, 0, 0}), b = on.vector({1e4, 9999});
  BOOST_TEST(on.gradient(logsumexp(a), a) == (numbers{0.25, 0.25, 0.25, 0.25}));
  const double less = std::exp(-1.0);
  BOOST_TEST(on.gradient(logsumexp(b), b) == (numbers{1 / (1 + less), less / (1 + less)}));
}

BOOST_AUTO_TEST_CASE(the_definition_has_the_same_value) {
  worked on;
  const ref a = on.vector({1e4, 9999, 0});
  const ref total = logsumexp(a);
  BOOST_TEST(on.value(logsumexp_op::define(total)) == on.value(total));
}

BOOST_AUTO_TEST_CASE(softmax_of_equal_logits_is_uniform) {
  worked on;
  const ref a = on.vector({1, 1, 1, 1});
  BOOST_TEST(on.value(softmax(a)) == (numbers{0.25, 0.25, 0.25, 0.25}));
  BOOST_TEST(on.value(log_softmax(a)) ==
             (numbers{std::log(0.25), std::log(0.25), std::log(0.25), std::log(0.25)}));
}

BOOST_AUTO_TEST_CASE(softmax_goes_along_the_last_axis) {
  worked on;
  const ref a = on.tensor({2, 2}, {0, 0, 3, 3});
  BOOST_TEST(on.value(softmax(a)) == (numbers{0.5, 0.5, 0.5, 0.5}));
}

BOOST_AUTO_TEST_CASE(a_value_is_shifted_by_its_maximum_once) {
  holds<[] {
    worked on;
    const ref a = on.vector({3, 1});
    const ref shifted = shifted_by_max(a, 1);
    return on.value(shifted) == numbers{0, -2} && same(shifted_by_max(shifted, 1), shifted) &&
           is_shifted_by_max(shifted, 1) && !is_shifted_by_max(a, 1) && !is_shifted_by_max(shifted, 2);
  }>();
}

BOOST_AUTO_TEST_CASE(logsumexp_prints_as_a_call_and_softmax_as_its_formula) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2});
    return on.prints(logsumexp(a), "logsumexp(a)") && on.prints(softmax(a), "exp(a) / sum(exp(a))");
  }>();
}

BOOST_AUTO_TEST_CASE(softmax_goes_along_any_axes) {
  worked on;
  const ref a = on.tensor({2, 2}, {0, 3, 0, 3});
  BOOST_TEST(on.value(softmax<0>(a)) == (numbers{0.5, 0.5, 0.5, 0.5}));
  BOOST_TEST(on.value(log_softmax<0>(a))[1] == std::log(0.5));
  BOOST_TEST((same(softmax<-1>(a), softmax(a))));
  const numbers all = on.value(softmax<0, 1>(a));
  BOOST_TEST(all[0] + all[1] == 0.5, boost::test_tools::tolerance(1e-15));
  BOOST_TEST((logsumexp<0>(a, keepdim).extents() == tensor_shape{1, 2}));
}

// The columns are (1e4, 9999) and (-1e4, 0): the second class of the first has 1 / (1 + e).
BOOST_AUTO_TEST_CASE(softmax_along_any_axis_is_stable_in_float) {
  constexpr auto z = input<"z", 2, 2>;
  const std::vector<float> given{1e4, -1e4, 9999, 0};
  const auto near = boost::test_tools::tolerance(1e-6f);
  const std::vector<float> found = evaluate(softmax<0>(z), z = given);
  BOOST_TEST(found[2] == float(1 / (1 + std::exp(1.0))), near);
  BOOST_TEST(found[1] == 0);
  const std::vector<float> logs = evaluate(log_softmax<0>(z), z = given);
  BOOST_TEST(logs[0] == float(-std::log1p(std::exp(-1.0))), near);
  BOOST_TEST(logs[1] == -1e4f);
}
