// SPDX-License-Identifier: BSL-1.0
// Loss and gradient against plain loops; who owns a gradient; what is said of numbers that are none.
#define BOOST_TEST_MODULE value_and_grad
#include "fusegrad/train/value_and_grad.hpp"

#include "data/temporary_directory.hpp"
#include "regression.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <sstream>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto lambda = scalar<"lambda">;
constexpr auto penalised = loss + lambda * dot(w, w);

// Hides a NaN from the loss, since no comparison with it holds, but not from the gradient: slope 0 times NaN.
constexpr auto hidden = squared_error(where(prediction > constant<0>, prediction, constant<0>), y);

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

const numbers in(103);

template <class Real> auto start() {
  auto model = initialise<loss, Real>(1, w = normal(0, 1));
  model[b]() = Real(0.5);
  return model;
}

/// Numbers about 1, summed over up to 103 rows: a float keeps six digits of them.
void check_near(double found, double expected, double tolerance) {
  BOOST_TEST(std::abs(found - expected) <= tolerance, found << " is not " << expected);
}

template <class Step> void check_step(const Step& found, const plain_step& expected, double tolerance) {
  check_near(double(found.value), expected.value, tolerance);
  for (std::size_t i = 0; i < 3; ++i)
    check_near(double(found.gradient[w](i)), expected.gradient[i], tolerance);
  check_near(double(found.gradient[b]), expected.gradient[3], tolerance);
}

template <class Real> void check_batches(double tolerance) {
  const auto model = start<Real>();
  for (std::size_t size : {1u, 3u, 17u, 64u, 103u, 500u})
    for (const auto batch : minibatches(in.data(), size, 4))
      check_step(value_and_grad(loss, model, batch), plain_loop(weights_of(model), in, rows_of(batch)),
                 tolerance);
}

std::vector<std::size_t> all_rows() {
  std::vector<std::size_t> rows(in.rows());
  std::iota(rows.begin(), rows.end(), std::size_t(0));
  return rows;
}

/// The sentence about data that are wrong, for all rows and for shuffled batches; nothing is lost.
template <auto Loss = loss> std::string sentence_of(const numbers& wrong) {
  auto model = initialise<Loss>(1, w = normal(0, 1));
  const auto before = model;
  const std::string all =
      message_of<non_finite_error>([&] { (void)value_and_grad(Loss, model, wrong.data()); });
  const std::string shuffled = message_of<non_finite_error>([&] {
    for (const auto batch : minibatches(wrong.data(), 40, 9)) (void)value_and_grad(Loss, model, batch);
  });
  BOOST_TEST(shuffled == all);
  BOOST_TEST((model == before));
  (void)value_and_grad(Loss, model, in.data());  // and the model serves again
  return all;
}

constexpr auto unharmed = "; the parameters are as they were before this step";

}  // namespace

BOOST_AUTO_TEST_CASE(value_and_gradient_are_those_of_a_plain_loop_for_any_batch_size) {
  check_batches<float>(2e-5);
  check_batches<double>(1e-13);
}

BOOST_AUTO_TEST_CASE(a_dataset_is_one_batch_of_all_its_rows) {
  const auto model = start<double>();
  check_step(value_and_grad(loss, model, in.data()), plain_loop(weights_of(model), in, all_rows()), 1e-13);
}

BOOST_AUTO_TEST_CASE(rows_of_other_element_types_give_the_same_numbers) {
  std::vector<std::uint8_t> bytes(3 * 50);
  std::vector<std::int32_t> integers(3 * 50);
  std::vector<double> doubles(3 * 50);
  std::vector<float> floats(3 * 50);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    doubles[i] = floats[i] = float(integers[i] = bytes[i] = std::uint8_t(i * 37));
  const std::vector<float> targets(50, 1);
  const auto model = start<float>();
  const auto value = [&](const auto& features) {
    return value_and_grad(loss, model, dataset(x = features, y = targets)).value;
  };
  BOOST_TEST(value(bytes) == value(floats));
  BOOST_TEST(value(integers) == value(floats));
  BOOST_TEST(value(doubles) == value(floats));
}

BOOST_AUTO_TEST_CASE(a_scalar_takes_the_value_it_is_given_at_each_call) {
  auto model = initialise<penalised, double>(1, w = normal(0, 1));
  const double squares = std::inner_product(model[w].begin(), model[w].end(), model[w].begin(), 0.);
  const auto without = value_and_grad(penalised, model, in.data(), lambda = 0);
  const plain_step plain = plain_loop(weights_of(model), in, all_rows());
  check_step(without, plain, 1e-13);
  for (double weight : {0.1, 3.}) {
    const auto with = value_and_grad(penalised, model, in.data(), lambda = weight);
    check_near(with.value, plain.value + weight * squares, 1e-13);
    for (std::size_t i = 0; i < 3; ++i)
      check_near(with.gradient[w](i), plain.gradient[i] + 2 * weight * model[w](i), 1e-13);
  }
}

BOOST_AUTO_TEST_CASE(a_penalty_counts_once_per_step_whatever_the_batch_size) {
  const auto model = initialise<penalised, double>(1, w = normal(0, 1));
  const double squares = std::inner_product(model[w].begin(), model[w].end(), model[w].begin(), 0.);
  for (const auto batch : minibatches(in.data(), 20, 4)) {
    const auto [value, gradient] = value_and_grad(penalised, model, batch, lambda = 0.5);
    check_near(value, plain_loop(weights_of(model), in, rows_of(batch)).value + 0.5 * squares, 1e-13);
  }
}

BOOST_AUTO_TEST_CASE(two_gradients_alive_at_once_do_not_overwrite_each_other) {
  const auto model = start<double>();
  const numbers other(50, 77);
  const auto first = value_and_grad(loss, model, in.data());
  const auto second = value_and_grad(loss, model, other.data());
  BOOST_TEST(first.gradient.data() != second.gradient.data());
  check_step(first, plain_loop(weights_of(model), in, all_rows()), 1e-13);
}

BOOST_AUTO_TEST_CASE(a_gradient_outlives_its_model_and_a_freed_one_is_used_again) {
  std::optional<gradient_of<std::remove_const_t<decltype(loss)>, double>> kept;
  plain_step expected;
  {
    const auto model = start<double>();
    expected = plain_loop(weights_of(model), in, all_rows());
    const double* const freed = value_and_grad(loss, model, in.data()).gradient.data();
    kept = value_and_grad(loss, model, in.data()).gradient;
    BOOST_TEST(kept->data() == freed);
    const auto copy = *kept;
    BOOST_TEST(value_and_grad(loss, model, in.data()).gradient.data() != freed);
  }
  for (std::size_t i = 0; i < 3; ++i) check_near((*kept)[w](i), expected.gradient[i], 1e-13);
}

BOOST_AUTO_TEST_CASE(a_gradient_prints_with_the_names_of_its_parameters) {
  const numbers one(1);
  const auto model = initialise<loss>(1);
  std::ostringstream text, expected;
  const auto slope = value_and_grad(loss, model, one.data()).gradient;
  text << slope;
  expected << "w = " << slope[w] << "\nb = " << slope[b] << "\n";
  BOOST_TEST(text.str() == expected.str());
}

BOOST_AUTO_TEST_CASE(descent_by_hand_is_that_of_a_plain_loop) {
  auto model = start<double>();
  weights plain = weights_of(model);
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch)
    for (const auto batch : minibatches(in.data(), 10, epoch)) {
      const auto [value, gradient] = value_and_grad(loss, model, batch);
      model -= 0.03 * gradient;
      const plain_step step = plain_loop(plain, in, rows_of(batch));
      for (std::size_t i = 0; i < 4; ++i) plain[i] -= 0.03 * step.gradient[i];
    }
  for (std::size_t i = 0; i < 4; ++i) check_near(weights_of(model)[i], plain[i], 1e-12);
}

BOOST_AUTO_TEST_CASE(nan_and_infinity_in_features_are_reported_with_row_and_column) {
  numbers wrong = in;
  wrong.features[57 * 3 + 2] = not_a_number;
  BOOST_TEST(sentence_of(wrong) ==
             std::string("the loss of row 57 is NaN or infinite: x[2] of that row is nan") + unharmed);
  wrong.features[57 * 3 + 2] = -infinity;
  BOOST_TEST(sentence_of(wrong) ==
             std::string("the loss of row 57 is NaN or infinite: x[2] of that row is -inf") + unharmed);
}

BOOST_AUTO_TEST_CASE(nan_and_infinity_in_targets_are_reported_with_row_and_column) {
  numbers wrong = in;
  wrong.targets[102] = infinity;
  BOOST_TEST(sentence_of(wrong) ==
             std::string("the loss of row 102 is NaN or infinite: y[0] of that row is inf") + unharmed);
  wrong.targets[102] = not_a_number;
  BOOST_TEST(sentence_of(wrong) ==
             std::string("the loss of row 102 is NaN or infinite: y[0] of that row is nan") + unharmed);
}

BOOST_AUTO_TEST_CASE(the_first_of_two_wrong_rows_is_named) {
  numbers wrong = in;
  wrong.targets[60] = not_a_number;
  wrong.features[41 * 3] = not_a_number;
  const auto model = start<float>();
  BOOST_TEST(message_of<non_finite_error>([&] { (void)value_and_grad(loss, model, wrong.data()); }) ==
             std::string("the loss of row 41 is NaN or infinite: x[0] of that row is nan") + unharmed);
}

BOOST_AUTO_TEST_CASE(a_wrong_row_that_the_loss_does_not_show_is_named_by_its_gradient) {
  numbers wrong = in;
  wrong.features[57 * 3 + 1] = not_a_number;
  BOOST_TEST(sentence_of<hidden>(wrong) ==
             std::string("the gradient is NaN or infinite because of row 57: x[1] of that row is nan") +
                 unharmed);
}

BOOST_AUTO_TEST_CASE(finite_data_whose_loss_overflows_are_reported_as_such) {
  numbers wrong = in;
  wrong.targets[30] = 1e30f;
  BOOST_TEST(sentence_of(wrong) ==
             std::string("the loss of row 30 is NaN or infinite: its data are finite, so the parameters are "
                         "too large or the loss is undefined there") +
                 unharmed);
}

BOOST_AUTO_TEST_CASE(a_gradient_that_overflows_is_reported_though_the_loss_is_finite) {
  numbers wrong(2);
  wrong.features = {3e30f, 0, 0, 0, 0, 0};
  wrong.targets = {1e15f, 0};
  auto model = initialise<loss>(1);
  const auto before = model;
  const std::string found =
      message_of<non_finite_error>([&] { (void)value_and_grad(loss, model, wrong.data()); });
  BOOST_TEST(found.find("gradient") != std::string::npos, found);
  BOOST_TEST(found.find(unharmed) != std::string::npos, found);
  BOOST_TEST((model == before));
}

BOOST_AUTO_TEST_CASE(a_loss_of_parameters_alone_needs_no_data) {
  constexpr auto p = param<"p", 3>;
  constexpr auto scaled_squares = lambda * sum(square(p));
  auto model = initialise<scaled_squares, double>(1);
  model[p] = std::vector<double>{1, 2, 3};
  const auto [value, gradient] = value_and_grad(scaled_squares, model, lambda = 0.5);
  BOOST_TEST(value == 7);
  BOOST_TEST(gradient[p](0) == 1);
  BOOST_TEST(gradient[p](2) == 3);
}

BOOST_AUTO_TEST_CASE(a_large_gradient_by_parameters_alone_is_looked_at_wherever_it_overflows) {
  // The root of a small number is finite, its slope is not, once both are multiplied.
  constexpr auto p = param<"p", 100>;
  constexpr auto roots = sum(sqrt(p)) * constant<1e30>;
  const auto model = initialise<roots>(1, p = ones);
  BOOST_CHECK_NO_THROW((void)value_and_grad(roots, model));
  for (std::size_t wrong : {0U, 50U, 99U}) {  // in the first register, in another, in none
    auto changed = model;
    changed[p][wrong] = 1e-30f;
    BOOST_CHECK_THROW((void)value_and_grad(roots, changed), non_finite_error);
  }
}

BOOST_AUTO_TEST_CASE(a_large_gradient_is_looked_at_where_its_elements_do_not_lie_side_by_side) {
  constexpr auto U = param<"U", 40, 40>;
  constexpr auto roots = sum(sqrt(U) * sqrt(transpose(U))) * constant<1e30>;
  auto model = initialise<roots>(1, U = ones);
  BOOST_CHECK_NO_THROW((void)value_and_grad(roots, model));
  model[U](3, 7) = 1e-30f;
  BOOST_CHECK_THROW((void)value_and_grad(roots, model), non_finite_error);
}

BOOST_AUTO_TEST_CASE(a_large_gradient_is_looked_at_where_it_is_a_product) {
  constexpr auto A = param<"A", 3, 100>;
  constexpr auto p = param<"p", 100>;
  constexpr auto c = param<"c", 3>;
  constexpr auto form = dot(c, A * p);  // 0 at p = 0, where its gradient by p is A transposed times c
  auto model = initialise<form>(1, A = filled_with(1e30), c = ones);
  BOOST_CHECK_NO_THROW((void)value_and_grad(form, model));
  model[c](1) = 1e30f;
  BOOST_CHECK_THROW((void)value_and_grad(form, model), non_finite_error);
}

BOOST_AUTO_TEST_CASE(a_penalty_that_overflows_is_reported_though_the_loss_of_every_row_is_finite) {
  auto model = initialise<penalised>(1);
  model[w](0) = 1e15f;
  numbers zero(4);
  zero.features.assign(12, 0);
  const auto before = model;
  // The value overflows, its gradient does not.
  BOOST_TEST(std::isfinite(value_and_grad(penalised, model, zero.data(), lambda = 1).value));
  BOOST_CHECK_THROW((void)value_and_grad(penalised, model, zero.data(), lambda = 1e10), non_finite_error);
  // The gradient overflows, and with it the value.
  BOOST_CHECK_THROW((void)value_and_grad(penalised, model, zero.data(), lambda = 1e30), non_finite_error);
  BOOST_TEST((model == before));
}
