// SPDX-License-Identifier: BSL-1.0
// What `where` does not take leaves no trace: no NaN or infinity of that arm reaches a gradient, of first or
// second order, for every operation that is singular somewhere.
#define BOOST_TEST_MODULE where
#include "law/catalogue.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "fusegrad/pass/define.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/stabilise.hpp"
#include "fusegrad/pass/tangent.hpp"
#include "fusegrad/run/interpret.hpp"

using namespace fusegrad;
using namespace fusegrad::law;

namespace {

/// A formula of x and w that is infinite or NaN, or has such a derivative, where x is `outside`.
struct singular {
  const operation* row;
  const char* text;
  ref (*build)(ref x, ref w);
  std::vector<double> outside;
  double inside = 1.75;
};

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
const std::vector<double> not_positive{0.0, -0.0, -1.5, -infinity, infinity, not_a_number};

/// Element by element: the condition is one per element.
const std::vector<singular> elementwise_formulas{
    {&row<log_op>(), "log(x)", [](ref x, ref) { return log(x); }, not_positive},
    {&row<log_op>(), "x * log(x)", [](ref x, ref) { return multiply(x, log(x)); }, not_positive},
    {&row<log_op>(), "square(log(x)) * w", [](ref x, ref w) { return multiply(square(log(x)), w); },
     not_positive},
    {&row<log_op>(), "log(x) / log(x * w)", [](ref x, ref w) { return log(x) / log(multiply(x, w)); },
     not_positive},
    {&row<log_op>(), "log(log(x))", [](ref x, ref) { return log(log(x)); }, {1, 0.5, 0, -1}},
    {&row<log_op>(), "log(1 - x)", [](ref x, ref) { return log(1 - x); }, {1, 2, infinity}, 0.25},
    {&row<log_op>(), "log(exp(x) - 1)", [](ref x, ref) { return log(exp(x) - 1); }, {0, -1, 1000}},
    {&row<log1p_op>(), "log1p(x)", [](ref x, ref) { return log1p(x); }, {-1, -2, infinity}},
    {&row<sqrt_op>(), "sqrt(x)", [](ref x, ref) { return sqrt(x); }, not_positive},
    {&row<sqrt_op>(), "w / sqrt(x)", [](ref x, ref w) { return w / sqrt(x); }, not_positive},
    {&row<sqrt_op>(), "sqrt(log(x))", [](ref x, ref) { return sqrt(log(x)); }, {1, 0.5, 0, -1}},
    {&row<sqrt_op>(), "sqrt(x * x)", [](ref x, ref) { return sqrt(multiply(x, x)); }, {0, 1e200, infinity}},
    {&row<sinh_op>(), "sinh(x) * w", [](ref x, ref w) { return multiply(sinh(x), w); }, {1000, infinity}},
    {&row<cosh_op>(), "w / cosh(x)", [](ref x, ref w) { return w / cosh(x); }, {-1000, infinity}},
    {&row<cosh_op>(), "log(cosh(x) - 1)", [](ref x, ref) { return log(cosh(x) - 1); }, {0, 1000, infinity}},
    {&row<divide_op>(), "w / x", [](ref x, ref w) { return w / x; }, {0, -0.0, 1e-310, not_a_number}},
    {&row<divide_op>(), "x / x", [](ref x, ref) { return x / x; }, {0, infinity}},
    {&row<divide_op>(), "w / square(x)", [](ref x, ref w) { return w / square(x); }, {0, 1e-200, 1e200}},
    {&row<divide_op>(), "exp(1 / x)", [](ref x, ref) { return exp(1 / x); }, {0, 1e-4}},
    {&row<divide_op>(), "tanh(w / x)", [](ref x, ref w) { return tanh(w / x); }, {0}},
    {&row<divide_op>(), "logistic(w / x)", [](ref x, ref w) { return logistic(w / x); }, {0}},
    {&row<divide_op>(), "softplus(w / x)", [](ref x, ref w) { return softplus(w / x); }, {0}},
    {&row<divide_op>(), "relu(w / x)", [](ref x, ref w) { return relu(w / x); }, {0}},
    {&row<divide_op>(), "abs(w / x)", [](ref x, ref w) { return abs(w / x); }, {0}},
    {&row<divide_op>(), "max(w / x, w)", [](ref x, ref w) { return max(w / x, w); }, {0}},
    {&row<divide_op>(), "min(w, 1 / x) - x", [](ref x, ref w) { return min(w, 1 / x) - x; }, {0}},
    {&row<pow_op>(), "pow<-1>(x)", [](ref x, ref) { return pow<-1>(x); }, {0, -0.0}},
    {&row<pow_op>(), "pow<-2>(x)", [](ref x, ref) { return pow<-2>(x); }, {0, 1e-200}},
    {&row<pow_op>(), "pow<-0.5>(x)", [](ref x, ref) { return pow<-0.5>(x); }, not_positive},
    {&row<pow_op>(), "pow<0.5>(x)", [](ref x, ref) { return pow<0.5>(x); }, not_positive},
    {&row<pow_op>(), "pow<1.5>(x)", [](ref x, ref) { return pow<1.5>(x); }, not_positive},
    {&row<pow_op>(), "pow<0.3>(x)", [](ref x, ref) { return pow<0.3>(x); }, not_positive},
    {&row<pow_op>(), "pow<-1.7>(x)", [](ref x, ref) { return pow<-1.7>(x); }, not_positive},
    {&row<pow_op>(), "pow<3>(x)", [](ref x, ref) { return pow<3>(x); }, {1e200, infinity}},
    {&row<tan_op>(),
     "tan(x) * w",
     [](ref x, ref w) { return multiply(tan(x), w); },
     {infinity, not_a_number},
     1.25},
    {&row<asin_op>(), "asin(x)", [](ref x, ref) { return asin(x); }, {1, -1, 2, infinity}, 0.5},
    {&row<acos_op>(), "acos(x) * w", [](ref x, ref w) { return multiply(acos(x), w); }, {1, -1, 2}, 0.5},
    {&row<hypot_op>(), "hypot(x, w)", [](ref x, ref w) { return hypot(x, w); }, {infinity, not_a_number}},
    {&row<atan2_op>(), "atan2(x, w)", [](ref x, ref w) { return atan2(x, w); }, {infinity, not_a_number}},
    {&row<acosh_op>(), "acosh(x)", [](ref x, ref) { return acosh(x); }, {1, 0.5, infinity}},
    {&row<atanh_op>(), "atanh(x) * w", [](ref x, ref w) { return multiply(atanh(x), w); }, {1, -1, 2}, 0.5},
    {&row<power_op>(), "pow(x, w)", [](ref x, ref w) { return pow(x, w); }, not_positive},
    {&row<power_op>(),
     "pow(w, x)",
     [](ref x, ref w) { return pow(w, x); },
     {-infinity, infinity, not_a_number}},
    {&row<exp2_op>(), "exp2(x)", [](ref x, ref) { return exp2(x); }, {2000, infinity, not_a_number}},
    {&row<log2_op>(), "log2(x) * x", [](ref x, ref) { return multiply(log2(x), x); }, not_positive},
    {&row<log10_op>(), "log10(x)", [](ref x, ref) { return log10(x); }, not_positive},
    {&row<cbrt_op>(), "w / cbrt(x)", [](ref x, ref w) { return w / cbrt(x); }, {0, -0.0, infinity}},
    {&row<log1mexp_op>(), "log1mexp(-x)", [](ref x, ref) { return log1mexp(-x); }, {0, -1, infinity}},
    {&row<logit_op>(), "logit(x)", [](ref x, ref) { return logit(x); }, {0, 1, 2, infinity}, 0.5},
    {&row<xlogy_op>(), "xlogy(w, x)", [](ref x, ref w) { return xlogy(w, x); }, not_positive},
    {&row<xlogy_op>(), "xlogy(x, x)", [](ref x, ref) { return xlogy(x, x); }, not_positive},
    {&row<logaddexp_op>(),
     "logaddexp(x, w)",
     [](ref x, ref w) { return logaddexp(x, w); },
     {infinity, -infinity, not_a_number}},
    {&row<erfcx_op>(), "erfcx(x) * w", [](ref x, ref w) { return multiply(erfcx(x), w); }, {-40, -infinity}},
    {&row<log_normal_cdf_op>(),
     "log_normal_cdf(x)",
     [](ref x, ref) { return log_normal_cdf(x); },
     {-1e200, -infinity, infinity}},
    {&row<log_erfc_op>(),
     "log_erfc(x)",
     [](ref x, ref) { return log_erfc(x); },
     {1e200, infinity, -infinity}},
    {&row<log1mexp_op>(),
     "logsubexp(w, x)",
     [](ref x, ref w) { return logsubexp(w + 10, x); },
     {1000, infinity, -infinity}},
    {&row<normal_cdf_op>(),
     "log(normal_cdf(x))",
     [](ref x, ref) { return log(normal_cdf(x)); },
     {-1e200, -infinity}},
    {&row<lgamma_op>(),
     "lgamma(x)",
     [](ref x, ref) { return lgamma(x); },
     {0, -0.0, -1, -infinity, infinity}},
    {&row<digamma_op>(), "digamma(x)", [](ref x, ref) { return digamma(x); }, {0, -0.0, -1, -infinity}},
    {&row<polygamma_op>(),
     "polygamma<1>(x)",
     [](ref x, ref) { return polygamma<1>(x); },
     {0, -0.0, -1, -infinity}},
    {&row<exp_op>(), "exp(x)", [](ref x, ref) { return exp(x); }, {1000, infinity, not_a_number}},
    {&row<exp_op>(), "log(1 + exp(x))", [](ref x, ref) { return log(1 + exp(x)); }, {infinity, -infinity}},
    {&row<expm1_op>(), "expm1(x) * w", [](ref x, ref w) { return multiply(expm1(x), w); }, {1000}},
    {&row<square_op>(),
     "square(x) * w",
     [](ref x, ref w) { return multiply(square(x), w); },
     {1e200, infinity}},
};

/// From the elements of x and w to one number: the condition is one per row.
const std::vector<singular> row_formulas{
    {&row<sum_op>(), "sum(log(x))", [](ref x, ref) { return sum(log(x)); }, not_positive},
    {&row<sum_op>(), "mean(w / x)", [](ref x, ref w) { return mean(w / x); }, {0}},
    {&row<reduce_max_op>(), "max(w / x)", [](ref x, ref w) { return max(w / x); }, {0}},
    {&row<logsumexp_op>(), "logsumexp(log(x))", [](ref x, ref) { return logsumexp(log(x)); }, not_positive},
    {&row<logsumexp_op>(), "log(sum(exp(w / x)))", [](ref x, ref w) { return log(sum(exp(w / x))); }, {0}},
    {&row<sum_op>(),
     "sum(softmax(1 / x) * w)",
     [](ref x, ref w) { return sum(multiply(softmax(1 / x), w)); },
     {0}},
    {&row<sum_op>(),
     "sum(log_softmax(1 / x) * w)",
     [](ref x, ref w) { return sum(multiply(log_softmax(1 / x), w)); },
     {0}},
    {&row<sqrt_op>(),
     "sqrt(sum(x * x))",
     [](ref x, ref) { return sqrt(sum(multiply(x, x))); },
     {1e200, infinity}},
    {&row<divide_op>(), "w / sum(x)", [](ref x, ref w) { return sum(w / sum(x)); }, {-3.5, infinity}},
};

/// A contraction multiplies the adjoint, with its zeros, by what the other operand holds.
const std::vector<singular> contractions{
    {&row<contract_op>(), "dot(log(x), w)", [](ref x, ref w) { return dot(log(x), w); }, not_positive},
    {&row<contract_op>(), "dot(log(x), log(x))", [](ref x, ref) { return dot(log(x), log(x)); },
     not_positive},
    {&row<contract_op>(), "dot(log(x) * w, w / x)",
     [](ref x, ref w) { return dot(multiply(log(x), w), w / x); }, not_positive},
};

/// Ways in which a formula stands in one arm only.
struct choice {
  const char* text;
  ref (*build)(ref flag, ref f, ref x, ref w);
};
const std::vector<choice> choices{
    {"where(c, f, 0)", [](ref flag, ref f, ref, ref) { return where(flag > 0, f, 0); }},
    {"where(not c, 0, f)", [](ref flag, ref f, ref, ref) { return where(flag <= 0, 0, f); }},
    {"where(c, f, 1 + sum(w))", [](ref flag, ref f, ref, ref w) { return where(flag > 0, f, 1 + sum(w)); }},
    {"where(c, -f, 0) + where(d, 2 * f, 0)",
     [](ref flag, ref f, ref, ref) { return where(flag > 0, -f, 0) + where(flag > 0.5, 2 * f, 0); }},
    {"where(c, f, 0) + where(d, 0, f) * sum(w)",
     [](ref flag, ref f, ref, ref w) {
       return where(flag > 0, f, 0) + multiply(where(flag < 0.5, 0, f), sum(w));
     }},
    {"where(c, where(d, f, sum(w)), 0)",
     [](ref flag, ref f, ref, ref w) { return where(flag > 0, where(flag > 0.5, f, sum(w)), 0); }},
    {"where(c, f * f, 0)", [](ref flag, ref f, ref, ref) { return where(flag > 0, multiply(f, f), 0); }},
    {"square(where(c, f, 0))", [](ref flag, ref f, ref, ref) { return square(where(flag > 0, f, 0)); }},
    {"exp(-square(where(c, tanh(f), 0)))",
     [](ref flag, ref f, ref, ref) { return exp(-square(where(flag > 0, tanh(f), 0))); }},
};

constexpr int width = 3;
constexpr std::size_t rows = 2;

/// The gradients by x and by w, each as its elements.
using gradients = std::vector<std::vector<double>>;

class problem_of_where {
 public:
  problem_of_where(const singular& formula, const choice& chosen, bool by_row)
      : x_(symbol_in(in_, {"x", symbol_role::input, {width}, 0})),
        w_(symbol_in(in_, {"w", symbol_role::parameter, {width}, 0})),
        flag_(symbol_in(in_, {"flag", symbol_role::input, by_row ? tensor_shape{} : tensor_shape{width}, 0})),
        dx_(symbol_in(in_, {"dx", symbol_role::input, {width}, 0})),
        dw_(symbol_in(in_, {"dw", symbol_role::parameter, {width}, 0})) {
    const ref result = chosen.build(flag_, formula.build(x_, w_), x_, w_);
    in_.add_output({output_role::value, -1, row_mean(sum_over(result, all_axes(result.extents()))).id});
    BOOST_TEST_REQUIRE(!in_.trouble(), formula.text << ": " << sentence(in_.trouble().kind));
  }

  /// The formula differentiated as it stands.
  [[nodiscard]] graph plain() const { return differentiate(in_, in_.outputs()[0].id, by, true); }

  /// Stable, differentiated, stable again.
  [[nodiscard]] graph stable() const {
    const graph before = stabilise(in_);
    return stabilise(differentiate(before, before.outputs()[0].id, by, true));
  }

  /// Adds to a graph with two gradients those of the slope along (dx, dw).
  [[nodiscard]] static graph second(const graph& first) {
    graph in = first;
    ref slope = constant_in(in, 0);
    for (int k = 0; k < 2; ++k) {
      const symbol along = in.symbols()[std::size_t(3 + k)];
      const ref product = multiply(ref{&in, first.outputs()[std::size_t(1 + k)].id}, symbol_in(in, along));
      slope = slope + row_mean(sum(product));
    }
    return differentiate(in, slope.id, by, true);
  }

  /// Adds the tangent along (dx, dw).
  [[nodiscard]] static graph forward(const graph& first) {
    graph in = first;
    const std::vector<direction> along{{0, symbol_in(in, in.symbols()[3]).id},
                                       {1, symbol_in(in, in.symbols()[4]).id}};
    return tangent(in, in.outputs()[0].id, along);
  }

  static constexpr int by[2] = {0, 1};

 private:
  graph in_;
  ref x_, w_, flag_, dx_, dw_;
};

/// In the second row one element of x is `value`, and its flag is down.
symbol_values<double> values_with(double value, double inside, bool by_row) {
  std::vector<double> x(rows * width, inside);
  x[0] *= 0.9;
  x[2] *= 1.1;
  x[4] = value;
  const std::vector<double> flag =
      by_row ? std::vector<double>{1, -1} : std::vector<double>{1, 1, 1, 1, -1, 1};
  return {x, {1.25, 0.75, 1.5}, flag, {0.5, -1, 1, 0.25, 1.5, -0.5}, {1, -0.5, 0.75}};
}

/// All outputs after the first, one after the other; repeated for each row where no row changes them.
std::vector<double> derivatives(const graph& in, const symbol_values<double>& values) {
  const auto found = interpret<double>(in, values, rows);
  std::vector<double> result;
  for (const output& each : in.outputs().subspan(1))
    for (double element : found[std::size_t(each.id.value)]) result.push_back(element);
  return result;
}

std::string text_of(const std::vector<double>& values) {
  std::string result;
  for (double each : values) result += (result.empty() ? "" : ", ") + std::to_string(each);
  return "(" + result + ")";
}

void check(const singular& formula, const choice& chosen, bool by_row, const char* pipeline,
           const graph& in) {
  const auto expected = derivatives(in, values_with(formula.inside, formula.inside, by_row));
  for (double outside : formula.outside) {
    const auto found = derivatives(in, values_with(outside, formula.inside, by_row));
    BOOST_TEST(found == expected, "f = " << formula.text << ", x = " << outside << ", " << chosen.text << ", "
                                         << pipeline << ": " << text_of(found) << " instead of "
                                         << text_of(expected));
  }
}

template <class Pipeline>
void check_rows(const std::vector<singular>& formulas, const char* name, Pipeline pipeline) {
  for (const choice& chosen : choices)
    for (const singular& each : formulas)
      check(each, chosen, true, name, pipeline(problem_of_where(each, chosen, true)));
}

template <class Pipeline> void check_all(const char* name, Pipeline pipeline) {
  for (const choice& chosen : choices) {
    for (const singular& each : elementwise_formulas)
      check(each, chosen, false, name, pipeline(problem_of_where(each, chosen, false)));
  }
  check_rows(row_formulas, name, pipeline);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_operation_with_an_unbounded_partial_is_tried) {
  for (const entry& each : catalogue()) {
    if (!each.row->unbounded_partial) continue;
    const auto tries = [&](const singular& formula) { return formula.row == each.row; };
    BOOST_TEST(std::any_of(elementwise_formulas.begin(), elementwise_formulas.end(), tries), each.op);
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_formula_as_it_stands_sees_only_the_arm_taken) {
  check_all("plain", [](const problem_of_where& of) { return of.plain(); });
}

BOOST_AUTO_TEST_CASE(the_gradient_after_the_whole_pipeline_sees_only_the_arm_taken) {
  check_all("pipeline", [](const problem_of_where& of) { return write_definitions(of.stable()); });
}

BOOST_AUTO_TEST_CASE(the_second_gradient_of_the_formula_as_it_stands_sees_only_the_arm_taken) {
  check_all("plain, second order", [](const problem_of_where& of) { return of.second(of.plain()); });
}

BOOST_AUTO_TEST_CASE(the_second_gradient_after_the_whole_pipeline_sees_only_the_arm_taken) {
  check_all("pipeline, second order",
            [](const problem_of_where& of) { return write_definitions(stabilise(of.second(of.stable()))); });
}

BOOST_AUTO_TEST_CASE(the_tangent_sees_only_the_arm_taken) {
  check_all("forward", [](const problem_of_where& of) { return of.forward(of.plain()); });
}

BOOST_AUTO_TEST_CASE(the_tangent_of_the_gradient_sees_only_the_arm_taken) {
  const auto slopes = [](const graph& first) {
    graph in = first;
    const std::vector<direction> along{{0, symbol_in(in, in.symbols()[3]).id},
                                       {1, symbol_in(in, in.symbols()[4]).id}};
    for (int k = 1; k <= 2; ++k) in = tangent(in, first.outputs()[std::size_t(k)].id, along);
    return in;
  };
  check_all("forward over reverse", [&](const problem_of_where& of) { return slopes(of.plain()); });
  check_all("pipeline, forward over reverse",
            [&](const problem_of_where& of) { return write_definitions(stabilise(slopes(of.stable()))); });
}

BOOST_AUTO_TEST_CASE(the_tangent_of_the_tangent_sees_only_the_arm_taken) {
  check_all("forward over forward", [](const problem_of_where& of) {
    const graph once = of.forward(of.plain());
    graph in = once;
    const std::vector<direction> along{{0, symbol_in(in, in.symbols()[3]).id},
                                       {1, symbol_in(in, in.symbols()[4]).id}};
    return tangent(in, once.outputs().back().id, along);
  });
}

BOOST_AUTO_TEST_CASE(what_a_contraction_holds_does_not_reach_the_gradient_of_the_other_arm) {
  check_rows(contractions, "plain", [](const problem_of_where& of) { return of.plain(); });
  check_rows(contractions, "pipeline",
             [](const problem_of_where& of) { return write_definitions(of.stable()); });
  check_rows(contractions, "pipeline, second order",
             [](const problem_of_where& of) { return write_definitions(stabilise(of.second(of.stable()))); });
}
