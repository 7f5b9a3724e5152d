// SPDX-License-Identifier: BSL-1.0
// Losses as the textbook writes them, in float through their kernels, against long double over the whole
// range of exponents: what the compiler makes of a naive formula must be as good as the best hand-written
// form.
#define BOOST_TEST_MODULE numerical_truth
#include "fusegrad/train/evaluate.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

using namespace fusegrad;

namespace {

constexpr std::size_t classes = 10;
constexpr auto z = input<"z", 10>;
constexpr auto y = label<"y", 10>;
constexpr auto b = param<"b", 10>;

// What float gives at best: differences, powers, their sum, a logarithm, each within an ulp of 6e-8, and the
// error of the shifted logits in the powers: below 1e-6 of the loss, below 2e-7 of probabilities up to 1.
constexpr long double relative = 1e-6L;
constexpr long double absolute = 2e-7L;
// Below the least normal number a value has no relative precision left.
constexpr long double least = std::numeric_limits<float>::min();

struct logits {
  std::vector<float> values;
  std::vector<std::uint8_t> labels;

  void add(const std::vector<float>& row) {
    for (std::size_t chosen = 0; chosen < classes; ++chosen) {
      values.insert(values.end(), row.begin(), row.end());
      labels.push_back(std::uint8_t(chosen));
    }
  }
};

/// Logits of every magnitude and sign, with every label.
const logits& samples() {
  static const logits drawn = [] {
    std::mt19937 random(1);
    std::uniform_real_distribution<double> exponent(-38, 38), unit(-1, 1);
    logits result;
    const auto add = [&](auto draw) {
      std::vector<float> row(classes);
      for (float& each : row) each = float(draw());
      result.add(row);
    };
    for (int i = 0; i < 60; ++i) {
      add([&] { return (unit(random) < 0 ? -1 : 1) * std::pow(10.0, exponent(random)); });
      const double same = std::pow(10.0, exponent(random));
      add([&] { return same * unit(random); });
      const double size = std::pow(10.0, 4 * unit(random));
      add([&] { return size * unit(random); });
      add([&] { return std::floor(3 * unit(random)) * size; });  // ties
    }
    const auto repeat = [](float value) { return std::vector<float>(classes, value); };
    for (float value : {0.0f, -0.0f, 1e-38f, 1.0f, 88.8f, -104.0f, 1e4f, -1e4f, 1e38f, -1e38f})
      result.add(repeat(value));
    for (float gap : {1e-7f, 1.0f, 20.0f, 87.0f, 104.0f, 1e4f, 1e38f})
      for (float rest : {0.0f, -gap, -1.0f}) {
        std::vector<float> row = repeat(rest);
        row[3] = rest + gap;
        result.add(row);
        row[7] = row[3];
        result.add(row);
      }
    for (float sign : {1.0f, -1.0f}) {
      std::vector<float> row = repeat(sign * 1e4f);
      row[2] += 1;
      row[5] -= 1;
      result.add(row);
    }
    return result;
  }();
  return drawn;
}

/// Loss and its gradient by the logits, in long double from the float logits.
struct truth {
  long double loss = 0;
  long double gradient[classes] = {};

  truth(const float* row, std::size_t chosen) {
    const std::size_t best = std::size_t(std::max_element(row, row + classes) - row);
    long double others = 0;
    for (std::size_t k = 0; k < classes; ++k)
      if (k != best) others += std::exp((long double)(row[k]) - row[best]);
    loss = std::log1p(others) - ((long double)(row[chosen]) - row[best]);
    for (std::size_t k = 0; k < classes; ++k)
      gradient[k] = std::exp((long double)(row[k]) - row[best]) / (1 + others) - (k == chosen ? 1 : 0);
  }
};

/// The largest ratio of error and tolerance, which must not exceed 1; NaN counts as infinite.
struct worst_error {
  long double ratio = 0;
  std::size_t row = 0;
  void meet(float found, long double wanted, long double tolerance, std::size_t at) {
    const long double error = std::fabs((long double)(found)-wanted) / tolerance;
    if (error <= ratio) return;
    ratio = error == error ? error : std::numeric_limits<long double>::infinity();
    row = at;
  }
};

template <class Loss> void check_cross_entropy(std::string_view name, Loss loss) {
  const logits& given = samples();
  const std::vector<float> values = evaluate(loss, z = given.values, y = given.labels);
  const std::vector<float> slopes = evaluate(grad(loss, z), z = given.values, y = given.labels);
  worst_error of_value, of_slope;
  for (std::size_t row = 0; row < given.labels.size(); ++row) {
    const truth wanted(&given.values[row * classes], given.labels[row]);
    of_value.meet(values[row], wanted.loss, relative * wanted.loss + least, row);
    for (std::size_t k = 0; k < classes; ++k)
      of_slope.meet(slopes[row * classes + k], wanted.gradient[k], absolute, row);
  }
  BOOST_TEST(of_value.ratio <= 1, name << ": the loss of row " << of_value.row << " is "
                                       << values[of_value.row] << ", off by " << double(of_value.ratio)
                                       << " times the tolerance");
  BOOST_TEST(of_slope.ratio <= 1, name << ": the gradient of row " << of_slope.row << " is off by "
                                       << double(of_slope.ratio) << " times the tolerance");
}

/// Numbers of both signs and every magnitude from 1e-38 to `most`.
std::vector<float> magnitudes(double most) {
  std::vector<float> result{0.0f};
  for (double size = 1e-38; size <= most; size *= 1.37)
    for (double sign : {-1.0, 1.0}) result.push_back(float(sign * size));
  for (float each : {20.0f, 87.0f, 88.7f, 103.0f, 104.0f, 1e4f, 9999.0f}) {
    if (each > most) continue;
    result.push_back(each);
    result.push_back(-each);
  }
  return result;
}

constexpr auto a = input<"a">;
constexpr auto t = target<"t">;

/// A formula of one number against its meaning.
template <class Formula, class Meaning>
void check_number(std::string_view name, Formula formula, double most, long double factor, Meaning meaning) {
  const std::vector<float> given = magnitudes(most);
  const std::vector<float> found = evaluate(formula, a = given);
  worst_error worst;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const long double wanted = meaning((long double)(given[i]));
    worst.meet(found[i], wanted, factor * std::fabs(wanted) + least, i);
  }
  BOOST_TEST(worst.ratio <= 1, name << "(" << given[worst.row] << ") is " << found[worst.row] << ", off by "
                                    << double(worst.ratio) << " times the tolerance");
}

long double softplus_of(long double x) { return std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x))); }
long double logistic_of(long double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_quotient_of_powers_is_exact_to_float) {
  check_cross_entropy("-log(exp(z)[y] / sum(exp(z)))", -log(exp(z)[y] / sum(exp(z))));
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_a_picked_probability_is_exact_to_float) {
  check_cross_entropy("-log(softmax(z)[y])", -log(softmax(z)[y]));
  check_cross_entropy("-log(exp(z) / sum(exp(z)))[y]", -log(exp(z) / sum(exp(z)))[y]);
}

BOOST_AUTO_TEST_CASE(the_sum_with_a_one_hot_label_is_exact_to_float) {
  check_cross_entropy("-sum(one_hot(y) * log(softmax(z)))", -sum(one_hot(y) * log(softmax(z))));
}

BOOST_AUTO_TEST_CASE(the_difference_of_logsumexp_and_logit_is_exact_to_float) {
  check_cross_entropy("logsumexp(z) - z[y]", logsumexp(z) - z[y]);
  check_cross_entropy("log(sum(exp(z))) - z[y]", log(sum(exp(z))) - z[y]);
}

BOOST_AUTO_TEST_CASE(a_gap_of_twenty_gives_a_loss_of_two_billionths) {
  std::vector<float> row(classes, -20.0f);
  row[0] = 0;
  for (std::size_t k = 2; k < classes; ++k) row[k] = -1e4f;
  const std::vector<float> found = evaluate(-log(softmax(z)[y]), z = row, y = std::vector<std::uint8_t>{0});
  BOOST_TEST(std::fabs(double(found[0]) - 2.0611536e-9) < 1e-15);
}

BOOST_AUTO_TEST_CASE(the_gradient_by_parameters_is_exact_to_float) {
  constexpr auto loss = -log(exp(b)[y] / sum(exp(b)));
  auto model = initialise<loss>(0);
  worst_error of_value, of_slope;
  const logits& given = samples();
  for (std::size_t row = 0; row < given.labels.size(); row += 7) {
    const float* const values = &given.values[row * classes];
    std::copy(values, values + classes, model[b].begin());
    const auto [value, gradient] =
        value_and_grad(loss, model, dataset(y = std::vector<std::uint8_t>{given.labels[row]}));
    const truth wanted(values, given.labels[row]);
    of_value.meet(value, wanted.loss, relative * wanted.loss + least, row);
    for (std::size_t k = 0; k < classes; ++k)
      of_slope.meet(gradient[b][k], wanted.gradient[k], absolute, row);
  }
  BOOST_TEST(of_value.ratio <= 1, "the loss of row " << of_value.row);
  BOOST_TEST(of_slope.ratio <= 1, "the gradient of row " << of_slope.row);
}

BOOST_AUTO_TEST_CASE(softplus_and_its_slope_are_exact_to_float) {
  check_number("log(1 + exp(a))", log(constant<1> + exp(a)), 1e38, relative, softplus_of);
  check_number("-log(1 / (1 + exp(-a)))", -log(constant<1> / (constant<1> + exp(-a))), 1e38, relative,
               [](long double x) { return softplus_of(-x); });
  check_number("-log(1 - logistic(a))", -log(constant<1> - logistic(a)), 1e38, relative, softplus_of);
  check_number("its slope", grad(log(constant<1> + exp(a)), a), 1e38, relative, logistic_of);
}

// Beyond 0.75 half an ulp of a logarithm becomes two of the difference: below 1e-6.
BOOST_AUTO_TEST_CASE(log_cosh_and_its_slope_are_exact_to_float) {
  check_number("log(cosh(a))", log(cosh(a)), 1e38, relative, [](long double x) {
    const long double size = std::fabs(x), half = std::sinh(std::fmin(size, 1.0L) / 2);
    return size < 1 ? std::log1p(2 * half * half) : size + std::log1p(std::exp(-2 * size)) - std::log(2.0L);
  });
  check_number("its slope", grad(log(cosh(a)), a), 1e38, 4e-7L, [](long double x) { return std::tanh(x); });
}

// Beyond 89 both overflow, as they must.
BOOST_AUTO_TEST_CASE(hyperbolic_functions_are_exact_to_float) {
  check_number("sinh(a)", sinh(a), 85, relative, [](long double x) { return std::sinh(x); });
  check_number("(exp(a) - exp(-a)) / 2", (exp(a) - exp(-a)) / constant<2>, 85, relative,
               [](long double x) { return std::sinh(x); });
  check_number("cosh(a)", cosh(a), 85, relative, [](long double x) { return std::cosh(x); });
  check_number("tanh(a)", tanh(a), 1e38, 4e-7L, [](long double x) { return std::tanh(x); });
}

// The error of the difference is half an ulp, and squaring doubles it: 2e-7 with the last rounding.
BOOST_AUTO_TEST_CASE(squared_error_is_exact_to_float) {
  check_number("(a - 1)^2 / 2", squared_error(a, constant<1>), 1e19, 2e-7L,
               [](long double x) { return (x - 1) * (x - 1) / 2; });
  check_number("its slope", grad(squared_error(a, constant<1>), a), 1e38, 1e-7L,
               [](long double x) { return x - 1; });
}

// softplus(a) - t * a: for t = 1 the large parts cancel, so the error is that of the logit's own rounding.
BOOST_AUTO_TEST_CASE(logistic_loss_is_exact_to_the_rounding_of_its_logit) {
  const std::vector<float> given = magnitudes(1e38);
  for (float wanted_class : {0.0f, 0.25f, 1.0f}) {
    const std::vector<float> targets(given.size(), wanted_class);
    const auto loss = logistic_loss(a, t);
    const std::vector<float> values = evaluate(loss, a = given, t = targets);
    const std::vector<float> slopes = evaluate(grad(loss, a), a = given, t = targets);
    worst_error of_value, of_slope;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const long double x = given[i];
      const long double wanted = wanted_class == 1 ? softplus_of(-x) : softplus_of(x) - wanted_class * x;
      of_value.meet(values[i], wanted, 1.2e-7L * std::fmax(std::fabs(x), 1.0L), i);
      of_slope.meet(slopes[i], logistic_of(x) - wanted_class, absolute, i);
    }
    BOOST_TEST(of_value.ratio <= 1, "the loss of " << given[of_value.row] << " is " << values[of_value.row]);
    BOOST_TEST(of_slope.ratio <= 1, "the slope at " << given[of_slope.row] << " is " << slopes[of_slope.row]);
  }
}
