// SPDX-License-Identifier: BSL-1.0
// Losses as the textbook writes them, in float through their kernels, against long double over the whole
// range of exponents: what the compiler makes of a naive formula must be as good as the best hand-written
// form.
#define BOOST_TEST_MODULE numerical_truth
#include "fusegrad/train/evaluate.hpp"

#include <boost/test/unit_test.hpp>

#include "law/references.hpp"
#include "pass/formulas.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

using namespace fusegrad;
using fusegrad::test::graph_of_formula;
using fusegrad::test::leaves;
using fusegrad::test::outputs_of;

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

constexpr float infinity = std::numeric_limits<float>::infinity();

/// The derivative of some order of a formula of x, at a number: as the compiler makes it, or as it is
/// written.
double derivative(ref (*formula)(ref), int order, double at, bool stable = true) {
  graph value = graph_of_formula([&](leaves of) { return formula(of.input("x")); });
  for (; order > 0; --order) {
    if (stable) value = stabilise(value);
    const std::vector<int> by{value.find_symbol("x")};
    graph derived = differentiate(value, value.outputs()[0].id, by, false);
    const node_id slope = derived.find_output(output_role::gradient, by[0]);
    derived.drop_outputs();
    derived.add_output({output_role::value, -1, slope});
    value = prune(derived);
  }
  if (stable) value = stabilise(value);
  return outputs_of(value, symbol_values<double>(value.symbols().size(), {at}), 1)[0];
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
  check_number("log(1 + exp(a))", log(constant<1> + exp(a)), 1e38, relative, law::softplus_reference);
  check_number("-log(1 / (1 + exp(-a)))", -log(constant<1> / (constant<1> + exp(-a))), 1e38, relative,
               [](long double x) { return law::softplus_reference(-x); });
  check_number("-log(1 - logistic(a))", -log(constant<1> - logistic(a)), 1e38, relative,
               law::softplus_reference);
  check_number("its slope", grad(log(constant<1> + exp(a)), a), 1e38, relative, law::logistic_reference);
}

// Beyond 0.75 half an ulp of a logarithm becomes two of the difference: below 1e-6.
BOOST_AUTO_TEST_CASE(log_cosh_and_its_slope_are_exact_to_float) {
  check_number("log(cosh(a))", log(cosh(a)), 1e38, relative, law::log_cosh_reference);
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

// The mean of the squares is a billion, with an error of a hundred; the variance is 1.
BOOST_AUTO_TEST_CASE(a_variance_over_the_rows_takes_two_passes) {
  constexpr auto spread = mean_over_rows(a * a) - square(mean_over_rows(a));
  std::vector<float> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 29999.F : 30001.F;
  BOOST_TEST(evaluate(spread, a = values)[0] == 1.0F);
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
      const long double wanted =
          wanted_class == 1 ? law::softplus_reference(-x) : law::softplus_reference(x) - wanted_class * x;
      of_value.meet(values[i], wanted, 1.2e-7L * std::fmax(std::fabs(x), 1.0L), i);
      of_slope.meet(slopes[i], law::logistic_reference(x) - wanted_class, absolute, i);
    }
    BOOST_TEST(of_value.ratio <= 1, "the loss of " << given[of_value.row] << " is " << values[of_value.row]);
    BOOST_TEST(of_slope.ratio <= 1, "the slope at " << given[of_slope.row] << " is " << slopes[of_slope.row]);
  }
}

// A class that a mask takes out has a logit of minus infinity.
BOOST_AUTO_TEST_CASE(masked_logits_give_no_nan) {
  std::vector<float> some(classes, -infinity), none(classes, -infinity);
  some[2] = 3;
  some[7] = 3;
  const std::vector<std::uint8_t> of_some{2}, of_none{2};
  constexpr auto loss = -log(softmax(z)[y]);
  const auto loss_of = [&](const std::vector<float>& row) { return evaluate(loss, z = row, y = of_some)[0]; };
  const auto slope_of = [&](const std::vector<float>& row) {
    return evaluate(grad(loss, z), z = row, y = of_some);
  };
  BOOST_TEST(loss_of(some) == std::log(2.0f), boost::test_tools::tolerance(1e-6f));
  const std::vector<float> slope = slope_of(some);
  for (std::size_t k = 0; k < classes; ++k) BOOST_TEST(slope[k] == (k == 2 ? -0.5f : k == 7 ? 0.5f : 0.0f));

  // All of them equal: as any equal logits.
  BOOST_TEST(loss_of(none) == std::log(10.0f), boost::test_tools::tolerance(1e-6f));
  for (float each : slope_of(none)) BOOST_TEST(std::isfinite(each));
  for (float each : evaluate(softmax(z), z = none)) BOOST_TEST(each == 0.1f);

  BOOST_TEST(evaluate(logsumexp(z), z = some)[0] == 3 + std::log(2.0f), boost::test_tools::tolerance(1e-6f));
  BOOST_TEST(evaluate(logsumexp(z), z = none)[0] == -infinity);
  const std::vector<float> of_sum = evaluate(grad(logsumexp(z), z), z = some);
  for (std::size_t k = 0; k < classes; ++k) BOOST_TEST(of_sum[k] == (k == 2 || k == 7 ? 0.5f : 0.0f));
  for (float each : evaluate(grad(logsumexp(z), z), z = none)) BOOST_TEST(each == 0);
}

// Both forms of a loss, side by side, in one program.
BOOST_AUTO_TEST_CASE(as_written_the_loss_overflows_and_so_does_its_gradient) {
  std::vector<float> far(classes, 0.0f), near(classes, 0.0f);
  far[1] = 200;
  near[1] = 2;
  const std::vector<std::uint8_t> chosen{0};
  constexpr auto loss = -log(softmax(z)[y]);
  constexpr auto plain = as_written(loss);
  BOOST_TEST(evaluate(loss, z = far, y = chosen)[0] == 200);
  BOOST_TEST(!std::isfinite(evaluate(plain, z = far, y = chosen)[0]));
  BOOST_TEST(std::isfinite(evaluate(grad(loss, z), z = far, y = chosen)[1]));
  BOOST_TEST(!std::isfinite(evaluate(grad(plain, z), z = far, y = chosen)[1]));
  BOOST_TEST(evaluate(plain, z = near, y = chosen)[0] == evaluate(loss, z = near, y = chosen)[0],
             boost::test_tools::tolerance(1e-6f));
  BOOST_TEST(
      evaluate(grad(plain, z), z = near, y = chosen)[1] == evaluate(grad(loss, z), z = near, y = chosen)[1],
      boost::test_tools::tolerance(1e-6f));
}

// A logarithm that is made stable only after it was differentiated has the slope 0 / 0.
BOOST_AUTO_TEST_CASE(a_formula_is_stable_before_it_is_differentiated) {
  const auto log_of_erfc = [](ref x) { return log(erfc(x)); };
  BOOST_TEST(derivative(log_of_erfc, 1, 97.8) == -195.61022, boost::test_tools::tolerance(1e-7));
  BOOST_TEST(!std::isfinite(derivative(log_of_erfc, 1, 97.8, false)));
  const auto log_of_sigmoid = [](ref x) { return log(1 / (1 + exp(-x))); };
  BOOST_TEST(derivative(log_of_sigmoid, 1, -1000) == 1);
  BOOST_TEST(derivative(log_of_sigmoid, 2, -1000) == 0);
  BOOST_TEST(!std::isfinite(derivative(log_of_sigmoid, 1, -1000, false)));
}

BOOST_AUTO_TEST_CASE(whole_powers_have_the_derivatives_of_their_polynomials_at_zero) {
  for (bool stable : {true, false}) {
    BOOST_TEST(derivative([](ref x) { return pow(x, 2); }, 1, 0, stable) == 0);
    BOOST_TEST(derivative([](ref x) { return pow(x, 2); }, 2, 0, stable) == 2);
    BOOST_TEST(derivative([](ref x) { return pow(x, 2); }, 3, 0, stable) == 0);
    BOOST_TEST(derivative([](ref x) { return pow(x, 3); }, 2, 0, stable) == 0);
    BOOST_TEST(derivative([](ref x) { return pow(x, 3); }, 3, 0, stable) == 6);
    BOOST_TEST(derivative([](ref x) { return pow(x, 1); }, 1, 0, stable) == 1);
    BOOST_TEST(derivative([](ref x) { return pow(x, 1); }, 2, 0, stable) == 0);
    BOOST_TEST(derivative([](ref x) { return pow(x, 0); }, 1, 0, stable) == 0);
    BOOST_TEST(derivative([](ref x) { return pow(x, 2.5); }, 2, 0, stable) == 0);
    BOOST_TEST(derivative([](ref x) { return pow(x, 3); }, 1, -2, stable) == 12);
  }
}

// A length is not smooth at the origin, its square is: the Hessian of |x|^2 is twice the unit matrix.
BOOST_AUTO_TEST_CASE(lengths_are_safe_at_the_origin) {
  const auto length = [](ref x) { return norm(stack(x, 2 * x)); };
  const auto square_of_length = [](ref x) { return square(norm(stack(x, 2 * x))); };
  BOOST_TEST(derivative(length, 1, 0) == 0);
  BOOST_TEST(derivative([](ref x) { return 0 * norm(stack(x, x)); }, 1, 0) == 0);
  BOOST_TEST(derivative(square_of_length, 1, 0) == 0);
  BOOST_TEST(derivative(square_of_length, 2, 0) == 10);
  BOOST_TEST(derivative([](ref x) { return sqrt(x * x); }, 1, -3) == -1);
  BOOST_TEST(derivative([](ref x) { return sqrt(x * x); }, 1, 0) == 0);
  BOOST_TEST(derivative([](ref x) { return sqrt(square(x) + square(2 * x)); }, 1, 0) == 0);
}

// A textbook's habit: a probability that is 0 in float, and its logarithm, beside a selection.
BOOST_AUTO_TEST_CASE(an_arm_that_is_not_taken_leaves_no_nan) {
  BOOST_TEST(derivative([](ref x) { return where(x > 0, log(x), 0 * x); }, 1, 0) == 0);
  BOOST_TEST(derivative([](ref x) { return where(x > 0, sqrt(x), x); }, 1, -1) == 1);
  BOOST_TEST(derivative([](ref x) { return where(x < 1, x, x * exp(square(x))); }, 1, 0.5) == 1);
  BOOST_TEST(derivative([](ref x) { return where(x < 1, x, log(1 - exp(x))); }, 2, 0.5) == 0);
}
