// SPDX-License-Identifier: BSL-1.0
// Gradients by columns of data: against differences of the loss, for every way to ask for them; their
// memory; what is said of numbers that are none.
#define BOOST_TEST_MODULE wrt
#include "fusegrad/train/wrt.hpp"

#include "fusegrad/train/evaluate.hpp"

#include "data/temporary_directory.hpp"
#include "run/arena.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto p = input<"p">;
constexpr auto t = target<"t">;
constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto nu = scalar<"nu">;
constexpr auto robust = log(cosh(p - t)) + log1p(square(p - t) / nu);
constexpr auto fitted = log(cosh(dot(w, x) + p - t));
constexpr auto linear = constant<2> * p - t;

std::vector<double> drawn(std::size_t count, std::uint64_t seed) {
  std::vector<double> result(count);
  normal(0, 1.5).fill(result, seed);
  return result;
}

std::vector<float> rounded(const std::vector<double>& from) { return {from.begin(), from.end()}; }

/// The share of one row in the derivative of the mean of `robust`, by p.
double slope(double p, double t, double nu, std::size_t rows) {
  const double e = p - t;
  return (std::tanh(e) + 2 * e / (nu + e * e)) / double(rows);
}

/// The derivative of a mean by one number, by central differences.
template <class Mean> double difference(double& number, Mean mean) {
  constexpr double step = 1e-4;  // truncation 1e-8 of the third derivative; rounding 1e-12, times the rows
  const double here = number;
  number = here + step;
  const double above = mean();
  number = here - step;
  const double below = mean();
  number = here;
  return (above - below) / (2 * step);
}

template <class Real> std::vector<Real> slopes_of(std::size_t rows, int threads) {
  const auto model = initialise<robust, Real>(0);
  const std::vector<double> predicted = drawn(rows, 1), wanted = drawn(rows, 2);
  std::vector<Real> slopes(rows);
  with_threads(threads, [&] {
    const Real value =
        value_and_grad(robust, wrt(p = slopes), model, dataset(p = predicted, t = wanted), nu = 3);
    slopes.push_back(value);
  });
  return slopes;
}

template <class Real> bool same_bits(const std::vector<Real>& a, const std::vector<Real>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}

template <class Call> std::string sentence_of(Call call) { return message_of<non_finite_error>(call); }

}  // namespace

BOOST_AUTO_TEST_CASE(each_row_has_its_share_of_the_derivative_of_the_mean) {
  const auto model = initialise<robust, double>(0);
  for (std::size_t rows : {1u, 5u, 16u, 63u, 64u, 65u, 1000u}) {
    const std::vector<double> predicted = drawn(rows, 1), wanted = drawn(rows, 2);
    const auto data = dataset(p = predicted, t = wanted);
    const auto [value, gradient] = value_and_grad(robust, wrt(p), model, data, nu = 3);
    BOOST_TEST(value == evaluate(robust, model, data, nu = 3), boost::test_tools::tolerance(1e-14));
    BOOST_TEST(gradient[p].size() == rows);
    for (std::size_t i = 0; i < rows; ++i)
      BOOST_TEST(gradient[p][i] == slope(predicted[i], wanted[i], 3, rows),
                 boost::test_tools::tolerance(1e-13));
  }
}

BOOST_AUTO_TEST_CASE(the_share_is_that_of_differences_of_the_mean) {
  auto model = initialise<fitted, double>(3, w = normal(0, 1));
  constexpr std::size_t rows = 20;
  std::vector<double> features = drawn(rows * 3, 5), predicted = drawn(rows, 1), wanted = drawn(rows, 2);
  const auto data = [&] { return dataset(x = features, p = predicted, t = wanted); };
  const auto mean = [&] { return evaluate(fitted, model, data()); };
  const auto [value, gradient] = value_and_grad(fitted, wrt(x, t, w), model, data());
  BOOST_TEST(value == mean(), boost::test_tools::tolerance(1e-14));
  BOOST_TEST(gradient[x].size() == rows * 3);
  BOOST_TEST(gradient[w].size() == 3u);
  for (std::size_t i = 0; i < rows * 3; ++i)
    BOOST_TEST(std::abs(gradient[x][i] - difference(features[i], mean)) < 1e-9);
  for (std::size_t i = 0; i < rows; ++i)
    BOOST_TEST(std::abs(gradient[t][i] - difference(wanted[i], mean)) < 1e-9);
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(std::abs(gradient[w][i] - difference(model[w][i], mean)) < 1e-7);
}

BOOST_AUTO_TEST_CASE(a_gradient_inside_a_formula_has_the_share_of_its_row_too) {
  const std::vector<float> numbers{1, 2, 3, 4};
  const std::vector<float> found = evaluate(grad(mean_over_rows(square(p)), p), p = numbers);
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(found[i] == 2 * numbers[i] / 4);
}

BOOST_AUTO_TEST_CASE(float_results_are_those_in_double_to_rounding) {
  for (std::size_t rows : {3u, 100u, 5000u}) {
    const std::vector<float> found = slopes_of<float>(rows, 1);
    const std::vector<double> expected = slopes_of<double>(rows, 1);
    // Inputs of a few units err by half an ulp of 4, which a slope multiplies by at most 2.
    for (std::size_t i = 0; i < rows; ++i)
      BOOST_TEST(std::abs(double(found[i]) - expected[i]) * double(rows) < 2e-6);
    BOOST_TEST(double(found[rows]) == expected[rows], boost::test_tools::tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_CASE(the_bits_are_the_same_for_any_number_of_threads) {
  for (std::size_t rows : {100u, 30'001u, 2'500'000u}) {
    const std::vector<float> expected = slopes_of<float>(rows, thread_counts[0]);
    for (int threads : thread_counts)
      BOOST_TEST(same_bits(slopes_of<float>(rows, threads), expected),
                 rows << " rows, " << threads << " threads");
  }
}

BOOST_AUTO_TEST_CASE(the_mean_of_ten_million_rows_keeps_its_digits) {
  constexpr std::size_t rows = 10'000'000;
  std::vector<float> predicted(rows), wanted(rows), slopes(rows);
  normal(0, 1.5).fill(predicted, 1);
  normal(0, 1.5).fill(wanted, 2);
  double expected = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    const double e = double(predicted[i]) - double(wanted[i]);
    expected += std::log(std::cosh(e)) + std::log1p(e * e / 3);
  }
  const auto model = initialise<robust>(0);
  const auto data = dataset(p = std::span(predicted), t = std::span(wanted));
  const float value = value_and_grad(robust, wrt(p = slopes), model, data, nu = 3);
  // So large results go past the caches where they begin with a cache line: those on loan, on any thread.
  with_threads(most_threads, [&] {
    const auto lent = value_and_grad(robust, wrt(p), model, data, nu = 3);
    BOOST_TEST(lent.value == value);
    BOOST_TEST(std::memcmp(lent.gradient[p].data(), slopes.data(), rows * sizeof(float)) == 0);
  });
  BOOST_TEST(double(value) == expected / rows, boost::test_tools::tolerance(2e-7));
  for (std::size_t i = 0; i < rows; i += 999'983)
    BOOST_TEST(double(slopes[i]) == slope(predicted[i], wanted[i], 3, rows),
               boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(results_lie_in_the_order_of_the_batch) {
  const auto model = initialise<robust, double>(0);
  const std::vector<double> predicted = drawn(150, 1), wanted = drawn(150, 2);
  const auto data = dataset(p = predicted, t = wanted);
  for (const auto batch : minibatches(data, 70, 9)) {
    const auto [value, gradient] = value_and_grad(robust, wrt(p), model, batch, nu = 2);
    const std::size_t rows = batch.rows.count;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t row = batch.rows[i];
      BOOST_TEST(gradient[p][i] == slope(predicted[row], wanted[row], 2, rows),
                 boost::test_tools::tolerance(1e-13));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_row_counts_once_however_many_there_are) {
  const auto model = initialise<robust, double>(0);
  for (const std::size_t rows : {63u, 64u, 65u, 256u, 257u, 300u, 767u, 768u, 769u, 1000u, 1663u}) {
    const std::vector<double> predicted = drawn(rows, 1), wanted = drawn(rows, 2);
    const auto [value, gradient] =
        value_and_grad(robust, wrt(p), model, dataset(p = predicted, t = wanted), nu = 2);
    double expected = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const double e = predicted[i] - wanted[i];
      expected += (std::log(std::cosh(e)) + std::log1p(e * e / 2)) / double(rows);
      BOOST_TEST(gradient[p][i] == slope(predicted[i], wanted[i], 2, rows),
                 boost::test_tools::tolerance(1e-13));
    }
    BOOST_TEST(value == expected, boost::test_tools::tolerance(1e-13));
  }
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_the_same_for_all_rows_is_there_for_each) {
  const auto model = initialise<linear>(0);
  const std::vector<float> numbers(10, 1);
  const auto [value, gradient] = value_and_grad(linear, wrt(p, t), model, dataset(p = numbers, t = numbers));
  BOOST_TEST(value == 1);
  for (std::size_t i = 0; i < 10; ++i) {
    BOOST_TEST(gradient[p][i] == 2 * 0.1f);
    BOOST_TEST(gradient[t][i] == -0.1f);
  }
}

BOOST_AUTO_TEST_CASE(results_go_to_memory_of_the_callers_and_nowhere_else) {
  const auto model = initialise<robust>(0);
  const std::vector<float> predicted = rounded(drawn(100, 1)), wanted = rounded(drawn(100, 2));
  const auto data = dataset(p = predicted, t = wanted);
  const auto [expected, gradient] = value_and_grad(robust, wrt(p, t), model, data, nu = 3);
  for (std::size_t offset : {0u, 1u, 16u}) {  // whatever their alignment
    std::vector<float> memory(140, -77), others(100);
    const float value = value_and_grad(robust, wrt(p = std::span(memory).subspan(offset, 100), t = others),
                                       model, data, nu = 3);
    BOOST_TEST(value == expected);
    for (std::size_t i = 0; i < 140; ++i) {
      const bool inside = i >= offset && i < offset + 100;
      BOOST_TEST(memory[i] == (inside ? gradient[p][i - offset] : -77.f));
    }
    for (std::size_t i = 0; i < 100; ++i) BOOST_TEST(others[i] == gradient[t][i]);
  }
}

BOOST_AUTO_TEST_CASE(results_go_to_a_span_of_a_known_extent_too) {
  std::array<float, 3> slopes{};
  const std::vector<float> numbers{1, 2, 3};
  const float value = value_and_grad(linear, wrt(p = std::span(slopes)), initialise<linear>(0),
                                     dataset(p = numbers, t = numbers));
  BOOST_TEST(value == 2);
  for (float each : slopes) BOOST_TEST(each == 2 / 3.f);
}

BOOST_AUTO_TEST_CASE(memory_of_another_size_is_refused) {
  const auto model = initialise<fitted>(0);
  const auto data =
      dataset(x = std::vector<float>(30), p = std::vector<float>(10), t = std::vector<float>(10));
  std::vector<float> few(29), many(4);
  BOOST_TEST(message_of<data_error>([&] { (void)value_and_grad(fitted, wrt(x = few), model, data); }) ==
             "wrt(x = results): expected 30 numbers, 3 for each of 10 rows, found 29");
  BOOST_TEST(message_of<data_error>([&] { (void)value_and_grad(fitted, wrt(w = many), model, data); }) ==
             "wrt(w = results): expected 3 numbers, found 4");
}

BOOST_AUTO_TEST_CASE(two_gradients_alive_at_once_do_not_overwrite_each_other_and_a_freed_one_is_used_again) {
  using result =
      decltype(value_and_grad(robust, wrt(p), initialise<robust>(0), dataset(p = {1.f}, t = {1.f}), nu = 1));
  std::optional<result> kept;
  const std::vector<float> one = rounded(drawn(50, 1)), other = rounded(drawn(50, 2));
  {
    const auto model = initialise<robust>(0);
    const auto step = [&](const std::vector<float>& predicted) {
      return value_and_grad(robust, wrt(p), model, dataset(p = predicted, t = one), nu = 3);
    };
    const float* const freed = step(one).gradient[p].data();
    kept = step(other);
    BOOST_TEST(kept->gradient[p].data() == freed);
    BOOST_TEST(step(one).gradient[p].data() != freed);
  }
  for (std::size_t i = 0; i < 50; ++i)
    BOOST_TEST(double(kept->gradient[p][i]) == slope(other[i], one[i], 3, 50),
               boost::test_tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(rows_that_are_nan_or_infinite_are_named) {
  const auto model = initialise<robust>(0);
  std::vector<float> predicted = rounded(drawn(200, 1));
  const std::vector<float> wanted(200, 0);
  constexpr auto unharmed = "; the parameters are as they were before this step";
  predicted[130] = std::numeric_limits<float>::quiet_NaN();
  BOOST_TEST(sentence_of([&] {
               (void)value_and_grad(robust, wrt(p), model, dataset(p = predicted, t = wanted), nu = 3);
             }) == std::string("the loss of row 130 is NaN or infinite: p[0] of that row is nan") + unharmed);
  // The loss is 0 there, its slope infinite.
  constexpr auto steep = pow<0.25>(p);
  const auto roots = initialise<steep>(0);
  std::vector<float> numbers(200, 1);
  numbers[77] = 0;
  BOOST_TEST(
      sentence_of([&] { (void)value_and_grad(steep, wrt(p), roots, dataset(p = numbers)); }) ==
      std::string("the gradient of row 77 is NaN or infinite: its loss is finite, and so are its data") +
          unharmed);
}

BOOST_AUTO_TEST_CASE(a_bad_row_is_named_where_results_go_past_the_caches) {
  constexpr std::size_t rows = 2'100'000, bad = 1'234'567;
  constexpr auto steep = pow<0.25>(p);
  const auto roots = initialise<steep>(0);
  std::vector<float> numbers(rows, 1), slopes(rows + 16);
  numbers[bad] = 0;
  const auto whole_line = [](const float* at) { return reinterpret_cast<std::uintptr_t>(at) % 64 == 0; };
  std::size_t offset = 0;
  while (!whole_line(slopes.data() + offset)) ++offset;
  for (std::size_t shift :
       {std::size_t(0), std::size_t(1)})  // and where they do not, since no line begins there
    BOOST_TEST(sentence_of([&] {
                 const std::span<float> place(slopes.data() + offset + shift, rows);
                 (void)value_and_grad(steep, wrt(p = place), roots, dataset(p = std::span(numbers)));
               }).starts_with("the gradient of row 1234567 is NaN or infinite"));
}
