// SPDX-License-Identifier: BSL-1.0
// Values without gradients: of one row and of many, their mean, and the accuracy of classes.
#define BOOST_TEST_MODULE evaluate
#include "fusegrad/train/evaluate.hpp"

#include "data/temporary_directory.hpp"
#include "regression.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto features = input<"features", 2>;
constexpr auto kind = label<"kind", 3>;
constexpr auto W = param<"W", 3, 2>;
constexpr auto logits = W * features;
constexpr auto class_loss = cross_entropy(logits, kind);
constexpr auto lambda = scalar<"lambda">;

const numbers in(103);
const auto data = in.data();

template <class Real> auto trained() {
  auto model = initialise<loss, Real>(1, w = normal(0, 1));
  model[b]() = Real(0.25);
  return model;
}

/// Classes by the larger of two features, or the third where both are negative.
auto classifier() {
  auto model = initialise<class_loss>(1);
  const float given[] = {1, 0, 0, 1, -1, -1};
  model[W] = given;
  return model;
}

void check_near(double found, double expected, double tolerance) {
  BOOST_TEST(std::abs(found - expected) <= tolerance, found << " is not " << expected);
}

}  // namespace

BOOST_AUTO_TEST_CASE(predict_gives_every_row_its_value) {
  const auto model = trained<double>();
  const std::vector<double> found = predict(prediction, model, data);
  BOOST_TEST(found.size() == in.rows());
  for (std::size_t row = 0; row < found.size(); ++row)
    check_near(found[row], predicted(weights_of(model), in, row), 1e-14);
}

BOOST_AUTO_TEST_CASE(predict_takes_one_row_in_the_call) {
  const auto model = trained<float>();
  const std::vector<float> all = predict(prediction, model, data);
  for (std::size_t row : {0u, 17u, 102u}) {
    const std::vector<float> one(in.features.begin() + std::ptrdiff_t(row * 3),
                                 in.features.begin() + std::ptrdiff_t(row * 3 + 3));
    const std::vector<float> found = predict(prediction, model, x = one);
    BOOST_TEST(found.size() == 1u);
    BOOST_TEST(found[0] == all[row]);
  }
  BOOST_TEST(predict(prediction, model, x = std::vector<float>{0, 0, 0}).at(0) == 0.25f);
}

BOOST_AUTO_TEST_CASE(predict_takes_the_rows_of_a_batch_in_their_order) {
  const auto model = trained<float>();
  const std::vector<float> all = predict(prediction, model, data);
  for (const auto batch : minibatches(data, 20, 3)) {
    const std::vector<float> found = predict(prediction, model, batch);
    BOOST_TEST(found.size() == batch.rows.count);
    for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST(found[i] == all[batch.rows[i]]);
  }
}

BOOST_AUTO_TEST_CASE(a_vector_valued_formula_gives_row_after_row) {
  const auto model = classifier();
  const std::vector<float> found = predict(logits, model, features = std::vector<float>{1, 2, 3, -4, 5, 6});
  BOOST_TEST(found == (std::vector<float>{1, 2, -3, 3, -4, 1, 5, 6, -11}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(predict_of_what_belongs_to_no_row_is_one_value) {
  const auto model = trained<float>();
  const std::vector<float> found = predict(dot(w, w) + b, model, data);
  BOOST_TEST(found.size() == 1u);
  const weights at = weights_of(model);
  check_near(double(found.at(0)), at[0] * at[0] + at[1] * at[1] + at[2] * at[2] + at[3], 1e-6);
}

BOOST_AUTO_TEST_CASE(predict_takes_scalars) {
  const auto model = trained<double>();
  const std::vector<double> plain = predict(prediction, model, data);
  const std::vector<double> scaled_by = predict(lambda * prediction, model, data, lambda = 0.5);
  for (std::size_t row = 0; row < plain.size(); ++row) BOOST_TEST(scaled_by[row] == plain[row] / 2);
}

BOOST_AUTO_TEST_CASE(the_mean_is_that_of_the_values_of_the_rows) {
  const auto model = trained<double>();
  double sum = 0;
  for (double each : predict(loss, model, data)) sum += each;
  check_near(evaluate(loss, model, data), sum / double(in.rows()), 1e-13);
  check_near(evaluate(loss, model, data), value_and_grad(loss, model, data).value, 1e-13);
}

BOOST_AUTO_TEST_CASE(a_formula_without_parameters_needs_no_model) {
  const std::vector<float> found =
      evaluate(square(features) + constant<1>, features = std::vector<float>{1, 2, 3, 4});
  BOOST_TEST(found == (std::vector<float>{2, 5, 10, 17}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(accuracy_is_the_share_of_rows_whose_greatest_logit_is_their_labels) {
  const auto model = classifier();
  const std::vector<float> points{2, 1, 1, 2, -1, -1, 3, -9, -2, 4, 5, 0, 0, 7};
  const std::vector<std::uint8_t> right{0, 1, 2, 2, 1, 0, 1};  // of the fourth the class is 2: -(3 - 9)
  BOOST_TEST(accuracy(logits, model, dataset(features = points, kind = right)) == 1);
  std::vector<std::uint8_t> partly = right;
  partly[0] = 2;
  partly[6] = 0;
  BOOST_TEST(accuracy(logits, model, dataset(features = points, kind = partly)) == 5 / 7.);
  BOOST_TEST(accuracy(softmax(logits), model, dataset(features = points, kind = partly)) == 5 / 7.);
  const std::vector<std::int32_t> wrong{1, 0, 0, 0, 0, 1, 0};
  BOOST_TEST(accuracy(logits, model, dataset(features = points, kind = wrong)) == 0);
}

BOOST_AUTO_TEST_CASE(formulas_of_parameters_alone_need_no_data) {
  constexpr auto v = param<"v", 2>;
  constexpr auto penalty = scalar<"lambda"> * sum(square(v));
  auto model = initialise<penalty>(1);
  const float numbers[] = {3, 4};
  model[v] = numbers;
  BOOST_TEST(evaluate(sum(square(v)), model) == 25);
  BOOST_TEST(evaluate(penalty, model, scalar<"lambda"> = 2) == 50);
  BOOST_TEST(predict(v * v, model) == (std::vector<float>{9, 16}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(accuracy_of_several_labels_is_the_share_of_all_of_them) {
  constexpr auto words = label<"words", 3, 2>;
  constexpr auto E = param<"E", 3, 3>;
  constexpr auto next = embedding(E, words);
  auto model = initialise<cross_entropy(next, words)>(1);
  const float rows[] = {0, 1, 0, 0, 2, 1, 3, 1, 0};  // the greatest of 0 and of 1 is 1, that of 2 is 0
  model[E] = rows;
  const std::vector<std::uint8_t> given{1, 1, 0, 1, 2, 2, 1, 0};
  BOOST_TEST(accuracy(next, model, dataset(words = given, kind = {0, 0, 0, 0})) == 0.5);
}

BOOST_AUTO_TEST_CASE(the_first_of_equal_logits_is_the_greatest) {
  const auto model = classifier();
  const std::vector<float> points{3, 3, -1, -1};  // logits (3, 3, -6) and (-1, -1, 2)
  const auto given = [&](std::uint8_t first) {
    return dataset(features = points, kind = std::vector<std::uint8_t>{first, 2});
  };
  BOOST_TEST(accuracy(logits, model, given(0)) == 1);
  BOOST_TEST(accuracy(logits, model, given(1)) == 0.5);
}

BOOST_AUTO_TEST_CASE(accuracy_is_that_of_a_batch) {
  const auto model = classifier();
  const auto points = dataset(features = std::vector<float>{2, 1, 1, 2, -1, -1, 3, -9},
                              kind = std::vector<std::uint8_t>{0, 1, 2, 1});
  std::vector<double> found;
  for (const auto batch : minibatches(points, 3)) found.push_back(accuracy(logits, model, batch));
  BOOST_TEST(found == (std::vector<double>{1, 0}), boost::test_tools::per_element());
  const std::vector<std::uint32_t> order{3, 0};
  BOOST_TEST(accuracy(logits, model, batch<decltype(points)>{&points, {order.data(), 0, 2}}) == 0.5);
}

BOOST_AUTO_TEST_CASE(accuracy_of_a_double_model_takes_scalars) {
  auto model = initialise<class_loss, double>(1);
  model[W] = std::vector<double>{1, 0, 0, 1, -1, -1};
  const auto points =
      dataset(features = std::vector<float>{2, 1, 1, 2}, kind = std::vector<std::uint8_t>{0, 1});
  BOOST_TEST(accuracy(lambda * logits, model, points, lambda = 2) == 1);
  BOOST_TEST(accuracy(lambda * logits, model, points, lambda = -1) == 0);
}

BOOST_AUTO_TEST_CASE(a_row_whose_logits_are_nan_has_no_class_and_is_named) {
  const auto model = classifier();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<std::uint8_t> first{0, 0, 0};
  const auto given = [&](float wrong) {
    return dataset(features = std::vector<float>{1, 0, 1, 0, 2, wrong}, kind = first);
  };
  const auto message = [&](const auto& model_used, const auto& rows) {
    return message_of<non_finite_error>([&] { (void)accuracy(logits, model_used, rows); });
  };
  BOOST_TEST(message(model, given(nan)) ==
             "row 2 has no greatest logit, since one is NaN: features[1] of that row is nan");
  const auto points = given(nan);
  const std::vector<std::uint32_t> order{0, 2};
  BOOST_TEST(message(model, batch<decltype(points)>{&points, {order.data(), 0, 2}}) ==
             "row 2 has no greatest logit, since one is NaN: features[1] of that row is nan");
  auto broken = model;
  broken[W](2, 0) = nan;
  BOOST_TEST(message(broken, given(0)) ==
             "row 0 has no greatest logit, since one is NaN: its data are finite, so the parameters are too "
             "large or the logits are undefined there");
  // An infinite logit can be the greatest.
  BOOST_TEST(accuracy(exp(logits), model,
                      dataset(features = std::vector<float>{999, 0}, kind = std::vector<std::uint8_t>{0})) ==
             1);
}

BOOST_AUTO_TEST_CASE(the_mean_over_a_batch_is_that_of_its_rows) {
  const auto model = trained<double>();
  const std::vector<double> all = predict(loss, model, data);
  for (const auto batch : minibatches(data, 20, 3)) {
    double sum = 0;
    for (std::size_t i = 0; i < batch.rows.count; ++i) sum += all[batch.rows[i]];
    check_near(evaluate(loss, model, batch), sum / double(batch.rows.count), 1e-13);
  }
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_no_number_is_reported_with_its_row) {
  const auto model = trained<float>();
  numbers wrong = in;
  wrong.features[20 * 3] = std::numeric_limits<float>::infinity();
  BOOST_TEST(
      message_of<non_finite_error>([&] { (void)evaluate(loss, model, wrong.data()); }) ==
      "the loss of row 20 is NaN or infinite: x[0] of that row is inf; the parameters are as they were "
      "before this step");
}

BOOST_AUTO_TEST_CASE(rows_of_another_width_are_refused_in_the_call) {
  const auto model = trained<float>();
  BOOST_TEST(message_of<data_error>([&] {
               (void)predict(prediction, model, x = std::vector<float>{1, 2, 3, 4});
             }) == "dataset(x = ...): expected a multiple of 3 numbers, 3 per row, found 4");
}

BOOST_AUTO_TEST_CASE(nan_is_unequal_to_itself_and_can_be_left_out) {
  constexpr auto feature = input<"feature">;
  constexpr auto known = where(feature != feature, constant<0>, feature);
  constexpr auto missing = where(feature == feature, constant<0>, constant<1>);
  std::vector<float> stored(40);
  for (std::size_t i = 0; i < stored.size(); ++i)
    stored[i] = i % 3 == 1 ? std::numeric_limits<float>::quiet_NaN() : float(i);
  const auto model = trained<float>();
  const std::vector<float> numbers = predict(known, model, feature = stored);
  const std::vector<float> gaps = predict(missing, model, feature = stored);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    BOOST_TEST(numbers[i] == (i % 3 == 1 ? 0.0F : stored[i]));
    BOOST_TEST(gaps[i] == (i % 3 == 1 ? 1.0F : 0.0F));
  }
}
