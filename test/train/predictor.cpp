// SPDX-License-Identifier: BSL-1.0
// One row at a time: the values of `predict`, whatever the row is stored as. A tile of fewer rows may sum
// products in another order.
#define BOOST_TEST_MODULE predictor
#include "fusegrad/train/predictor.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 16>;
constexpr auto y = label<"y", 3>;
constexpr auto W = param<"W", 32, 16>;
constexpr auto c = param<"c", 32>;
constexpr auto v = param<"v", 32>;
constexpr auto hidden = tanh(W * x + c);
constexpr auto score = dot(v, hidden);
constexpr auto lambda = scalar<"lambda">;
constexpr auto loss = squared_error(score, target<"t">);

constexpr std::size_t rows = 37;

template <class Element> std::vector<Element> numbers() {
  std::vector<Element> result(rows * 16);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = Element(i * 7 % 23);
  return result;
}

template <class Real = float> auto trained() {
  return initialise<loss, Real>(3, W = normal(0, 0.1), c = normal(0, 1), v = normal(0, 1));
}

/// The scores are sums of some hundred terms of size 1.
template <class Real> const double rounding = 200 * double(std::numeric_limits<Real>::epsilon());

/// Every row by itself against all of them at once.
template <class Element, class Real> void check_rows() {
  const auto stored = numbers<Element>();
  const auto model = trained<Real>();
  const std::vector<Real> all = predict(score, model, dataset(x = std::span(stored)));
  const auto one = predictor(score, model);
  for (std::size_t row = 0; row < rows; ++row)
    BOOST_TEST(std::abs(one(x = std::span(stored).subspan(row * 16, 16)) - all[row]) <= rounding<Real>);
}

std::string message_of(auto call) {
  try {
    (void)call();
  } catch (const data_error& wrong) {
    return wrong.what();
  }
  return "no error";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_row_by_itself_has_the_value_that_it_has_among_others) {
  check_rows<float, float>();
  check_rows<std::uint8_t, float>();
  check_rows<std::int32_t, float>();
  check_rows<double, float>();
  check_rows<float, double>();
  check_rows<double, double>();
}

BOOST_AUTO_TEST_CASE(vectors_come_as_arrays) {
  const auto stored = numbers<float>();
  const auto model = trained();
  const auto all = predict(hidden, model, dataset(x = std::span(stored)));
  const auto one = predictor(hidden, model);
  std::array<float, 16> row;
  std::copy_n(stored.begin() + 5 * 16, 16, row.begin());
  const std::array<float, 32> found = one(x = row);
  for (std::size_t i = 0; i < 32; ++i) BOOST_TEST(std::abs(found[i] - all[5 * 32 + i]) <= rounding<float>);
}

BOOST_AUTO_TEST_CASE(a_number_is_a_row_of_a_scalar_symbol) {
  constexpr auto t = input<"t">;
  constexpr auto slope = param<"slope">;
  constexpr auto line = slope * t;
  constexpr auto fitted = squared_error(line, target<"y">);
  auto model = initialise<fitted>(1);
  const auto at = predictor(line, model);
  model[slope]() = 3;  // learnt after the predictor was made
  BOOST_TEST(at(t = 2.0F) == 6.0F);
  BOOST_TEST(at(t = 2.5) == 7.5F);
  BOOST_TEST(at(t = std::vector<float>{4}) == 12.0F);
}

BOOST_AUTO_TEST_CASE(scalars_are_given_once) {
  const auto stored = numbers<float>();
  const auto model = trained();
  constexpr auto scaled = lambda * score;
  const auto row = std::span(stored).first(16);
  const double factor = 0.5;
  const auto half = predictor(scaled, model, lambda = factor);
  const float expected = predict(scaled, model, dataset(x = row), lambda = 0.5)[0];
  BOOST_TEST(std::abs(half(x = row) - expected) <= rounding<float>);
}

BOOST_AUTO_TEST_CASE(wrong_rows_are_named) {
  const auto model = trained();
  const auto one = predictor(score, model);
  BOOST_TEST(message_of([&] { return one(x = std::vector<float>(15)); }) ==
             "one row of x: expected 16 numbers, found 15");
  const auto picked = predictor(score * one_hot(y)[y], model);
  const std::vector<float> row(16);
  BOOST_TEST(message_of([&] { return picked(x = row, y = 3); }) ==
             "one row of y: expected a class from 0 to 2, found 3");
  BOOST_TEST(message_of([&] { return picked(x = row, y = 2); }) == "no error");
  constexpr auto words = label<"words", 3, 4>;
  const auto several = predictor(score * one_hot(at<0>(words))[at<1>(words)], model);
  BOOST_TEST(message_of([&] {
               return several(x = row, words = std::vector{0, 1, 3, 2});
             }) == "one row of words: expected a class from 0 to 2, found 3 as element 2");
  BOOST_TEST(message_of([&] { return several(x = row, words = std::vector{0, 1, 2, 2}); }) == "no error");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_on_the_stack_is_evaluated_all_the_same) {
  constexpr auto wide = input<"wide", 700>;
  constexpr auto U = param<"U", 600, 700>;
  constexpr auto length = sum(square(tanh(U * wide)));
  constexpr auto wide_loss = squared_error(length, target<"t">);
  const auto model = initialise<wide_loss>(1, U = normal(0, 0.01));
  std::vector<float> row(700);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = float(i % 11);
  const float expected = predict(length, model, wide = row)[0];
  BOOST_TEST(std::abs(predictor(length, model)(wide = row) / expected - 1) <= 1e-5);
}
