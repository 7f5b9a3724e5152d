// SPDX-License-Identifier: BSL-1.0
// Every rule of stability in float, before and after, against long double: a million random numbers and all
// edges for each. Afterwards neither the greatest error nor that of a single result, with what its inputs' ulp
// make of it, is more than two ulp worse, and none is NaN or infinite that was not. The measured errors are the
// tables of docs/numerics.md, which fail if they are stale.
#define BOOST_TEST_MODULE stability
#include "fusegrad/pass/stabilise.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <numbers>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "docs/quotes.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "law/references.hpp"
#include "pass/formulas.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

using real = long double;
constexpr float infinity = std::numeric_limits<float>::infinity();

// The interpreter's arithmetic in float: operations are templates, their rows are not.

using float_function = void (*)(const node&, const tensor_view<const float>*, tensor_view<float>);

const std::map<const operation*, float_function>& float_functions() {
  static const std::map<const operation*, float_function> table = [] {
    std::map<const operation*, float_function> found;
    const auto add = [&]<class Op>(Op) {
      if constexpr (functions_of<Op>::has_value) found[&row<Op>()] = &describing::evaluate<Op, float>;
    };
#define FUSEGRAD_IN_FLOAT(op) add(op{});
    FUSEGRAD_LIBRARY_OPERATIONS(FUSEGRAD_IN_FLOAT)
#undef FUSEGRAD_IN_FLOAT
    return found;
  }();
  return table;
}

/// The inputs of one row: s and t, or the three elements of z and the class y.
constexpr int numbers_per_row = 4;
using input_row = std::array<float, numbers_per_row>;

/// The first output of a graph for some rows, rows x elements.
std::vector<float> in_float(const graph& of, const std::vector<input_row>& inputs) {
  const std::size_t rows = inputs.size();
  std::vector<std::vector<float>> values(std::size_t(of.size()));
  const auto elements = [](const node& each) { return std::size_t(each.extents.elements()); };
  for (int i = 0; i < of.size(); ++i) {
    const node& here = of[node_id{i}];
    std::vector<float>& result = values[std::size_t(i)];
    result.resize(rows * elements(here));
    if (here.payload.symbol >= 0) {
      const std::string_view name = of.symbols()[std::size_t(here.payload.symbol)].name;
      const std::size_t first = name == "t" ? 1 : name == "y" ? 3 : 0;
      for (std::size_t k = 0; k < result.size(); ++k)
        result[k] = inputs[k / elements(here)][first + k % elements(here)];
      continue;
    }
    const float_function evaluate = float_functions().at(here.op);
    const bool at_once = here.op->family == operation_family::elementwise;
    const std::size_t calls = at_once ? 1 : rows;
    for (std::size_t row = 0; row < calls; ++row) {
      tensor_view<const float> operands[max_operands];
      for (int k = 0; k < here.arity; ++k) {
        const node& operand = of[here.operands[k]];
        operands[k] = {operand.extents,
                       values[std::size_t(here.operands[k].value)].data() + row * elements(operand)};
      }
      const tensor_shape extents = at_once ? tensor_shape{int(result.size())} : here.extents;
      evaluate(here, operands, {extents, result.data() + row * elements(here)});
    }
  }
  return values[std::size_t(of.outputs()[0].id.value)];
}

// What is measured.

/// One formula, its meaning, and how its inputs are drawn.
struct studied {
  const char* rule;  // that rule alone is applied; of an empty name all rules
  const char* text;  // as its user writes it
  ref (*formula)(leaves);
  real (*meaning)(const real* x, int element);
  const char* domain = "everywhere";
  bool slope = false;  // the derivative by s
  /// A number that cancels though no ulp of an input shows it: its ulp counts, too.
  real (*scale)(const real* x) = nullptr;
};

ref s(leaves of) { return of.input("s"); }
ref t(leaves of) { return of.input("t"); }
ref z(leaves of) { return of.input("z", {3}); }
ref y(leaves of) { return of.label("y", 3); }

real greatest(const real* x) { return std::fmax(x[0], std::fmax(x[1], x[2])); }

/// log(sum(exp(x))) minus the greatest; equal infinities have no distance.
real rest_of_sum(const real* x) {
  const real most = greatest(x);
  // Where one element dominates, its 1 must not swallow the others.
  real small = 0;
  int equal = 0;
  for (int i = 0; i < 3; ++i) {
    if (x[i] == most)
      ++equal;
    else
      small += std::exp(x[i] - most);
  }
  return std::log1p(real(equal - 1) + small);
}
real logsumexp_of(const real* x) { return greatest(x) + rest_of_sum(x); }
real log_share(const real* x, int i) {
  const real most = greatest(x);
  return (x[i] == most ? 0 : x[i] - most) - rest_of_sum(x);
}
real logsubexp_of(real a, real b) {
  return b == -infinity ? a
         : a == b       ? a - (std::isinf(a) && a > 0 ? a : real(infinity))
                        : a + law::log1mexp_reference(b - a);
}
real half_erfc_log(real x) {
  return x > 0 ? std::log(law::erfcx_reference(x) / 2) - x * x : std::log1p(-std::erfc(-x) / 2);
}

/// log(logistic(a) - logistic(b)) of a not below b.
real log_of_interval(real a, real b) {
  const real width = a == b ? 0 : a - b;
  return law::log1mexp_reference(-width) - law::softplus_reference(-a) - law::softplus_reference(b);
}

/// The mean size of the logarithms of some shares, by their parts of the sum: its ulp is what their rounding
/// makes of the logarithm of the sum.
real mean_size(std::initializer_list<real> logarithms) {
  real most = -infinity, sum = 0, result = 0;
  for (real each : logarithms) most = std::fmax(most, each);
  for (real each : logarithms) sum += std::exp(each - most);
  for (real each : logarithms)
    if (const real part = std::exp(each - most) / sum; part > 0) result += part * std::fabs(each);
  return std::isfinite(result) ? result : 0;
}

// Two mixtures, by the logarithms of their shares.

real first_of_two(const real* x) { return x[0] - law::softplus_reference(-x[1]); }
real second_of_two(const real* x) { return -x[0] - law::softplus_reference(x[1]); }

real excess_of_zeros(const real* x) { return -law::softplus_reference(-x[1]); }
real zeros_by_chance(const real* x) { return -std::exp(x[0]) - law::softplus_reference(x[1]); }

real variance_of(const real* x) {
  const real mean = x[0] / 3 + x[1] / 3 + x[2] / 3;
  real sum = 0;
  for (int i = 0; i < 3; ++i) sum += (x[i] - mean) * (x[i] - mean);
  return sum / 3;
}

/// Each rule by itself, at the formula that it looks for.
const std::vector<studied> rules_alone{
    {"shift softmax", "softmax(z)", [](leaves of) { return softmax(z(of)); },
     [](const real* x, int i) { return std::exp(log_share(x, i)); }},
    {"softmax quotient", "exp(z) * (1 / sum(exp(z)))",
     [](leaves of) { return exp(z(of)) * (1 / sum(exp(z(of)))); },
     [](const real* x, int i) { return std::exp(log_share(x, i)); }},
    {"log of quotient", "log(exp(s) / t)", [](leaves of) { return log(exp(s(of)) / t(of)); },
     [](const real* x, int) { return x[0] - std::log(x[1]); }},
    {"log of quotient", "log(t / exp(s))", [](leaves of) { return log(t(of) / exp(s(of))); },
     [](const real* x, int) { return std::log(x[1]) - x[0]; }},
    {"log of reciprocal", "log(1 / s)", [](leaves of) { return log(1 / s(of)); },
     [](const real* x, int) { return -std::log(x[0]); }},
    {"logsumexp", "log(sum(exp(z)))", [](leaves of) { return log(sum(exp(z(of)))); },
     [](const real* x, int) { return logsumexp_of(x); }},
    {"log of mixture", "log(dot(exp(z), exp(z)))", [](leaves of) { return log(dot(exp(z(of)), exp(z(of)))); },
     [](const real* x, int) {
       const real twice[] = {2 * x[0], 2 * x[1], 2 * x[2]};
       return logsumexp_of(twice);
     },
     "factors made of powers and probabilities alone"},
    {"log probability", "z - logsumexp(z)", [](leaves of) { return z(of) - logsumexp(z(of)); }, log_share},
    {"log probability", "z[y] - logsumexp(z)", [](leaves of) { return z(of)[y(of)] - logsumexp(z(of)); },
     [](const real* x, int) { return log_share(x, int(x[3])); }},
    {"log probability of negated", "logsumexp(-z) + z[y]",
     [](leaves of) { return logsumexp(-z(of)) + z(of)[y(of)]; },
     [](const real* x, int) {
       const real opposite[] = {-x[0], -x[1], -x[2]};
       return -log_share(opposite, int(x[3]));
     }},
    {"logsumexp of shifted", "max(z) + logsumexp(z - max(z))",
     [](leaves of) { return max(z(of)) + logsumexp(z(of) - max(z(of))); },
     [](const real* x, int) { return logsumexp_of(x); }},
    {"one-hot sum", "sum(one_hot(y) * z)", [](leaves of) { return sum(one_hot(y(of)) * z(of)); },
     [](const real* x, int) { return x[int(x[3])]; }, "y a label"},
    {"one-hot product", "dot(one_hot(y), z)", [](leaves of) { return dot(one_hot(y(of)), z(of)); },
     [](const real* x, int) { return x[int(x[3])]; }, "y a label"},
    {"one-hot row", "one_hot(y) * T", [](leaves of) { return one_hot(y(of)) * reshape<3, 1>(z(of)); },
     [](const real* x, int) { return x[int(x[3])]; }, "y a label; T a table"},
    {"one hot", "where(position == y, -1, 0)",
     [](leaves of) { return where(at_class(y(of), tensor_shape{3}), of.number(-1, tensor_shape{3}), 0); },
     [](const real* x, int i) { return i == int(x[3]) ? -1.0L : 0.0L; }, "y a label"},
    {"pick first", "exp(z)[y]", [](leaves of) { return exp(z(of))[y(of)]; },
     [](const real* x, int) { return std::exp(x[int(x[3])]); },
     "one vector, beside it the same for all classes"},
    {"before reshape", "log(reshape(z))", [](leaves of) { return log(reshape<3, 1>(z(of))); },
     [](const real* x, int i) { return std::log(x[i]); },
     "all reshaped alike, beside them one number for all"},
    {"reduced first", "sum(reshape(z))", [](leaves of) { return sum(reshape<1, 3>(z(of))); },
     [](const real* x, int) { return x[0] + x[1] + x[2]; }, "all axes, or a reshape by axes of 1"},
    {"log before movement", "log(exp(z)[1])", [](leaves of) { return log(at<1>(exp(z(of)))); },
     [](const real* x, int) { return x[1]; }, "a part, where the logarithm of the whole has a stable form"},
    {"log1p", "log(1 + s)", [](leaves of) { return log(1 + s(of)); },
     [](const real* x, int) { return std::log1p(x[0]); }},
    {"log1p of negated", "log(1 - s)", [](leaves of) { return log(1 - s(of)); },
     [](const real* x, int) { return std::log1p(-x[0]); }},
    {"softplus", "log1p(exp(s))", [](leaves of) { return log1p(exp(s(of))); },
     [](const real* x, int) { return law::softplus_reference(x[0]); }},
    {"expm1", "exp(s) - 1", [](leaves of) { return exp(s(of)) - 1; },
     [](const real* x, int) { return std::expm1(x[0]); }},
    {"expm1", "1 - exp(s)", [](leaves of) { return 1 - exp(s(of)); },
     [](const real* x, int) { return -std::expm1(x[0]); }},
    {"expm1 of a sum", "exp(s) + -1", [](leaves of) { return exp(s(of)) + -1; },
     [](const real* x, int) { return std::expm1(x[0]); }},
    {"log of expm1", "log(expm1(s))", [](leaves of) { return log(expm1(s(of))); },
     [](const real* x, int) { return x[0] + law::log1mexp_reference(-x[0]); }},
    {"logsubexp", "log(exp(s) - exp(t))", [](leaves of) { return log(exp(s(of)) - exp(t(of))); },
     [](const real* x, int) { return logsubexp_of(x[0], x[1]); }},
    {"log of interval", "log(logistic(max(s, t)) - logistic(min(s, t)))",
     [](leaves of) { return log(logistic(max(s(of), t(of))) - logistic(min(s(of), t(of)))); },
     [](const real* x, int) { return log_of_interval(std::fmax(x[0], x[1]), std::fmin(x[0], x[1])); },
     "a not below b"},
    {"logistic of difference", "exp(s) / (exp(s) + exp(t))",
     [](leaves of) { return exp(s(of)) / (exp(s(of)) + exp(t(of))); },
     [](const real* x, int) { return law::logistic_reference(x[0] - x[1]); }},
    {"logistic", "1 / (1 + exp(-s))", [](leaves of) { return 1 / (1 + exp(-s(of))); },
     [](const real* x, int) { return law::logistic_reference(x[0]); }},
    {"logistic", "exp(s) / (1 + exp(s))", [](leaves of) { return exp(s(of)) / (1 + exp(s(of))); },
     [](const real* x, int) { return law::logistic_reference(x[0]); }},
    {"one minus logistic", "1 - logistic(s)", [](leaves of) { return 1 - logistic(s(of)); },
     [](const real* x, int) { return law::logistic_reference(-x[0]); }},
    {"log of logistic", "log(logistic(s))", [](leaves of) { return log(logistic(s(of))); },
     [](const real* x, int) { return -law::softplus_reference(-x[0]); }},
    {"log of exp", "log(exp(s))", [](leaves of) { return log(exp(s(of))); },
     [](const real* x, int) { return x[0]; }},
    {"hyperbolic", "0.5 * (exp(s) + exp(-s))", [](leaves of) { return 0.5 * (exp(s(of)) + exp(-s(of))); },
     [](const real* x, int) { return std::cosh(x[0]); }},
    {"hyperbolic", "0.5 * (exp(s) - exp(-s))", [](leaves of) { return 0.5 * (exp(s(of)) - exp(-s(of))); },
     [](const real* x, int) { return std::sinh(x[0]); }},
    {"tanh", "(exp(s) - exp(-s)) / (exp(s) + exp(-s))",
     [](leaves of) { return (exp(s(of)) - exp(-s(of))) / (exp(s(of)) + exp(-s(of))); },
     [](const real* x, int) { return std::tanh(x[0]); }},
    {"tanh", "expm1(2 * s) / (exp(2 * s) + 1)",
     [](leaves of) { return expm1(2 * s(of)) / (exp(2 * s(of)) + 1); },
     [](const real* x, int) { return std::tanh(x[0]); }},
    {"sinh by cosh", "sinh(s) / cosh(s)", [](leaves of) { return sinh(s(of)) / cosh(s(of)); },
     [](const real* x, int) { return std::tanh(x[0]); }},
    {"log cosh", "log(cosh(s))", [](leaves of) { return log(cosh(s(of))); },
     [](const real* x, int) { return law::log_cosh_reference(x[0]); }},
    {"log of tanh's slope", "log1p(-square(tanh(s)))", [](leaves of) { return log1p(-square(tanh(s(of)))); },
     [](const real* x, int) { return -2 * law::log_cosh_reference(x[0]); }},
    {"asinh", "log(s + sqrt(s * s + 1))", [](leaves of) { return log(s(of) + sqrt(s(of) * s(of) + 1)); },
     [](const real* x, int) { return std::asinh(x[0]); }},
    {"acosh", "log(s + sqrt(s * s - 1))", [](leaves of) { return log(s(of) + sqrt(s(of) * s(of) - 1)); },
     [](const real* x, int) { return std::acosh(x[0]); }},
    {"acosh", "log(s - sqrt(s * s - 1))", [](leaves of) { return log(s(of) - sqrt(s(of) * s(of) - 1)); },
     [](const real* x, int) { return -std::acosh(x[0]); }},
    {"atanh", "log((1 + s) / (1 - s))", [](leaves of) { return log((1 + s(of)) / (1 - s(of))); },
     [](const real* x, int) { return 2 * std::atanh(x[0]); }},
    {"atanh in difference", "log1p(s) - log1p(-s)", [](leaves of) { return log1p(s(of)) - log1p(-s(of)); },
     [](const real* x, int) { return 2 * std::atanh(x[0]); }},
    {"log1mexp", "log1p(-exp(s))", [](leaves of) { return log1p(-exp(s(of))); },
     [](const real* x, int) { return x[0] <= 0 ? law::log1mexp_reference(x[0]) : std::nanl(""); }},
    {"log of negated expm1", "log(-expm1(s))", [](leaves of) { return log(-expm1(s(of))); },
     [](const real* x, int) { return x[0] <= 0 ? law::log1mexp_reference(x[0]) : std::nanl(""); }},
    {"logaddexp", "log(exp(s) + exp(t))", [](leaves of) { return log(exp(s(of)) + exp(t(of))); },
     [](const real* x, int) { return law::logaddexp_reference(x[0], x[1]); }},
    {"complement of probability", "1 - erf(s)", [](leaves of) { return 1 - erf(s(of)); },
     [](const real* x, int) { return std::erfc(x[0]); }},
    {"complement of probability", "1 - erfc(s)", [](leaves of) { return 1 - erfc(s(of)); },
     [](const real* x, int) { return std::erf(x[0]); }},
    {"complement of probability", "1 - normal_cdf(s)", [](leaves of) { return 1 - normal_cdf(s(of)); },
     [](const real* x, int) { return law::normal_cdf_reference(-x[0]); }},
    {"one plus erf", "1 + erf(s)", [](leaves of) { return 1 + erf(s(of)); },
     [](const real* x, int) { return std::erfc(-x[0]); }},
    {"log of normal cdf", "log(normal_cdf(s))", [](leaves of) { return log(normal_cdf(s(of))); },
     [](const real* x, int) { return law::log_normal_cdf_reference(x[0]); }},
    {"log of erfc", "log(erfc(s))", [](leaves of) { return log(erfc(s(of))); },
     [](const real* x, int) { return law::log_erfc_reference(x[0]); }},
    {"log of half erfc", "log(0.5 * erfc(s))", [](leaves of) { return log(0.5 * erfc(s(of))); },
     [](const real* x, int) { return half_erfc_log(x[0]); }},
    {"log of product", "log(exp(s) * t)", [](leaves of) { return log(exp(s(of)) * t(of)); },
     [](const real* x, int) { return x[0] + std::log(x[1]); }, "one factor known not to be negative"},
    {"log of power", "log(square(exp(s)))", [](leaves of) { return log(square(exp(s(of)))); },
     [](const real* x, int) { return 2 * x[0]; }, "a base known not to be negative"},
    {"log of many", "log(prod(z))", [](leaves of) { return log(prod(z(of))); },
     [](const real* x, int) { return std::log(x[0] * x[1] * x[2]); },
     "everywhere; errors in ulp of the greatest logarithm", false,
     [](const real* x) {
       real most = 0;
       for (int i = 0; i < 3; ++i)
         if (const real size = std::fabs(std::log(std::fabs(x[i]))); std::isfinite(size))
           most = std::fmax(most, size);
       return most;
     }},
    {"log of many", "log(prod(exp(z)))", [](leaves of) { return log(prod(exp(z(of)))); },
     [](const real* x, int) { return x[0] + x[1] + x[2]; }},
    {"log of choice", "log(where(s < t, exp(s), t))",
     [](leaves of) { return log(where(s(of) < t(of), exp(s(of)), t(of))); },
     [](const real* x, int) { return x[0] < x[1] ? x[0] : std::log(x[1]); },
     "an arm whose logarithm has another form"},
    {"log1p of choice", "log1p(where(s < t, exp(s), 0))",
     [](leaves of) { return log1p(where(s(of) < t(of), exp(s(of)), 0)); },
     [](const real* x, int) { return x[0] < x[1] ? law::softplus_reference(x[0]) : 0; },
     "an arm whose log1p has another form"},
    {"root of square", "sqrt(square(s))", [](leaves of) { return sqrt(square(s(of))); },
     [](const real* x, int) { return std::fabs(x[0]); }},
    {"length of two", "sqrt(square(s) + square(t))",
     [](leaves of) { return sqrt(square(s(of)) + square(t(of))); },
     [](const real* x, int) { return std::hypot(x[0], x[1]); }},
    {"square of norm", "square(norm(z))", [](leaves of) { return square(norm(z(of))); },
     [](const real* x, int) { return x[0] * x[0] + x[1] * x[1] + x[2] * x[2]; },
     "squares, or a sum of squares"},
    {"variance", "mean(square(z)) - square(mean(z))",
     [](leaves of) { return mean(square(z(of))) - square(mean(z(of))); },
     [](const real* x, int) { return variance_of(x); }, "means of the same elements along the same axes"},
};

/// Formulas as their users write them, and slopes, through all rules and, of slopes, before and after the
/// differentiation.
const std::vector<studied> whole_formulas{
    {"", "-log(softmax(z)[y])", [](leaves of) { return -log(softmax(z(of))[y(of)]); },
     [](const real* x, int) { return -log_share(x, int(x[3])); }},
    {"", "-log(reshape(softmax(reshape(z)))[y])",
     [](leaves of) { return -log(reshape<3>(softmax(reshape<1, 3>(z(of))))[y(of)]); },
     [](const real* x, int) { return -log_share(x, int(x[3])); }},
    {"", "log(1 + exp(s))", [](leaves of) { return log(1 + exp(s(of))); },
     [](const real* x, int) { return law::softplus_reference(x[0]); }},
    {"", "log(1 / (1 + exp(-s)))", [](leaves of) { return log(1 / (1 + exp(-s(of)))); },
     [](const real* x, int) { return -law::softplus_reference(-x[0]); }},
    {"", "log(1 - 1 / (1 + exp(-s)))", [](leaves of) { return log(1 - 1 / (1 + exp(-s(of)))); },
     [](const real* x, int) { return -law::softplus_reference(x[0]); }},
    {"", "log((exp(s) + exp(-s)) / 2)", [](leaves of) { return log((exp(s(of)) + exp(-s(of))) / 2); },
     [](const real* x, int) { return law::log_cosh_reference(x[0]); }},
    {"", "log(1 - tanh(s) * tanh(s))", [](leaves of) { return log(1 - tanh(s(of)) * tanh(s(of))); },
     [](const real* x, int) { return -2 * law::log_cosh_reference(x[0]); }},
    {"", "(log(1 + s) - log(1 - s)) / 2", [](leaves of) { return (log(1 + s(of)) - log(1 - s(of))) / 2; },
     [](const real* x, int) { return std::atanh(x[0]); }},
    {"", "log(1 - exp(s))", [](leaves of) { return log(1 - exp(s(of))); },
     [](const real* x, int) { return x[0] <= 0 ? law::log1mexp_reference(x[0]) : std::nanl(""); }},
    {"", "log(exp(s) - 1)", [](leaves of) { return log(exp(s(of)) - 1); },
     [](const real* x, int) { return x[0] + law::log1mexp_reference(-x[0]); }},
    {"", "log(1 - normal_cdf(s))", [](leaves of) { return log(1 - normal_cdf(s(of))); },
     [](const real* x, int) { return law::log_normal_cdf_reference(-x[0]); }},
    {"", "log(softmax(z)[y] * softmax(z)[y])",
     [](leaves of) {
       const ref p = softmax(z(of))[y(of)];
       return log(p * (p * 1));
     },
     [](const real* x, int) { return 2 * log_share(x, int(x[3])); }},
    {"", "log(prod(logistic(z)))", [](leaves of) { return log(prod(logistic(z(of)))); },
     [](const real* x, int) {
       return -law::softplus_reference(-x[0]) - law::softplus_reference(-x[1]) -
              law::softplus_reference(-x[2]);
     }},
    {"", "log(1 + sum(exp(z)))", [](leaves of) { return log(1 + sum(exp(z(of)))); },
     [](const real* x, int) { return law::softplus_reference(logsumexp_of(x)); }},
    {"", "log(mean(exp(z)))", [](leaves of) { return log(mean(exp(z(of)))); },
     [](const real* x, int) { return logsumexp_of(x) - std::log(3.0L); }, "everywhere", false,
     [](const real*) { return std::log(3.0L); }},
    {"", "log(dot(softmax(z), exp(z)))", [](leaves of) { return log(dot(softmax(z(of)), exp(z(of)))); },
     [](const real* x, int) {
       const real twice[] = {2 * x[0], 2 * x[1], 2 * x[2]};
       return logsumexp_of(twice) - logsumexp_of(x);
     },
     "everywhere", false,
     [](const real* x) {
       return mean_size({log_share(x, 0) + x[0], log_share(x, 1) + x[1], log_share(x, 2) + x[2]});
     }},
    {"", "log(sum(where(z < 1, exp(z), 0)))",
     [](leaves of) { return log(sum(where(z(of) < 1, exp(z(of)), 0))); },
     [](const real* x, int) {
       real counted[3];
       for (int i = 0; i < 3; ++i) counted[i] = x[i] < 1 ? x[i] : -infinity;
       return greatest(counted) == -infinity ? -infinity : logsumexp_of(counted);
     }},
    {"", "log(logistic(t) * exp(s) + (1 - logistic(t)) * exp(-s))",
     [](leaves of) { return log(logistic(t(of)) * exp(s(of)) + (1 - logistic(t(of))) * exp(-s(of))); },
     [](const real* x, int) { return law::logaddexp_reference(first_of_two(x), second_of_two(x)); },
     "everywhere", false,
     [](const real* x) {
       return mean_size({first_of_two(x), second_of_two(x)});
     }},
    {"", "log(logistic(t) + (1 - logistic(t)) * exp(-exp(s)))",
     [](leaves of) { return log(logistic(t(of)) + (1 - logistic(t(of))) * exp(-exp(s(of)))); },
     [](const real* x, int) { return law::logaddexp_reference(excess_of_zeros(x), zeros_by_chance(x)); },
     "everywhere", false,
     [](const real* x) {
       return mean_size({excess_of_zeros(x), zeros_by_chance(x)});
     }},
    {"", "slope of log(1 + exp(s))", [](leaves of) { return log(1 + exp(s(of))); },
     [](const real* x, int) { return law::logistic_reference(x[0]); }, "everywhere", true},
    {"", "slope of log(1 / (1 + exp(-s)))", [](leaves of) { return log(1 / (1 + exp(-s(of)))); },
     [](const real* x, int) { return law::logistic_reference(-x[0]); }, "everywhere", true},
    {"", "slope of log(cosh(s))", [](leaves of) { return log(cosh(s(of))); },
     [](const real* x, int) { return std::tanh(x[0]); }, "everywhere", true},
    {"", "slope of log(1 - tanh(s) * tanh(s))", [](leaves of) { return log(1 - tanh(s(of)) * tanh(s(of))); },
     [](const real* x, int) { return -2 * std::tanh(x[0]); }, "everywhere", true},
    {"", "slope of log(s + sqrt(s * s + 1))", [](leaves of) { return log(s(of) + sqrt(s(of) * s(of) + 1)); },
     [](const real* x, int) { return 1 / std::hypot(1, x[0]); }, "everywhere", true},
    {"", "slope of log(erfc(s))", [](leaves of) { return log(erfc(s(of))); },
     [](const real* x, int) { return law::log_erfc_slope_reference(x[0]); }, "everywhere", true},
    {"", "slope of log(normal_cdf(s))", [](leaves of) { return log(normal_cdf(s(of))); },
     [](const real* x, int) { return law::log_normal_cdf_slope_reference(x[0]); }, "everywhere", true},
    {"", "slope of sqrt(s * s)", [](leaves of) { return sqrt(s(of) * s(of)); },
     [](const real* x, int) { return real((x[0] > 0) - (x[0] < 0)); }, "everywhere", true},
    {"", "slope of log(exp(s) + exp(t))", [](leaves of) { return log(exp(s(of)) + exp(t(of))); },
     [](const real* x, int) { return law::logistic_reference(x[0] - x[1]); }, "everywhere", true},
};

// Inputs.

/// Where formulas change, and where powers and squares overflow or vanish.
constexpr float thresholds[] = {0.25f,  0.5f,   0.75f,     1.0f,  0x1.62e43p-1f, 2.0f,    4.0f,    8.0f,
                                9.01f,  13.0f,  16.0f,     44.3f, 87.3f,         88.72f,  88.8f,   103.9f,
                                104.0f, 1e-20f, 1.08e-19f, 1e19f, 1.8446743e19f, 3.4e-4f, 2.4e-4f, 5.96e-8f};

class drawing {
 public:
  float number() {
    switch (bits_() % 8) {
      case 0:
      case 1: return any_float();
      case 2:
      case 3: return uniform(20);
      case 4: return uniform(120);
      case 5: return uniform(1);
      case 6: return sign() * std::exp2(uniform(30));
      default: return sign() * beside(thresholds[bits_() % std::size(thresholds)]);
    }
  }

  input_row row() {
    input_row result;
    for (int i = 0; i < 3; ++i) {
      result[std::size_t(i)] = number();
      if (i > 0 && bits_() % 2 == 0) result[std::size_t(i)] = near(result[std::size_t(i - 1)]);
    }
    result[3] = float(bits_() % 3);
    return result;
  }

 private:
  float any_float() {
    for (;;) {
      const auto some = std::uint32_t(bits_());
      float result;
      std::memcpy(&result, &some, sizeof result);
      if (std::isfinite(result)) return result;
    }
  }
  float uniform(float limit) { return limit * (float(bits_()) * 0x1p-31f - 1); }
  float sign() { return bits_() % 2 == 0 ? 1.0f : -1.0f; }
  float beside(float at) { return at * (1 + sign() * std::exp2(-1 - std::fabs(uniform(23)))); }
  float near(float other) {
    switch (bits_() % 4) {
      case 0: return other;
      case 1: return beside(other);
      case 2: return other + uniform(20);
      default: return -beside(other);
    }
  }

  std::mt19937 bits_{17};
};

const std::vector<float>& edges() {
  static const std::vector<float> all = [] {
    std::vector<float> result;
    using limits = std::numeric_limits<float>;
    for (float each : {0.0f, limits::denorm_min(), 1e-40f, limits::min(), limits::max(), infinity}) {
      result.push_back(each);
      result.push_back(-each);
    }
    result.push_back(limits::quiet_NaN());
    for (float each : thresholds)
      for (float sign : {1.0f, -1.0f})
        for (float beside : {each, std::nextafter(each, 0.0f), std::nextafter(each, infinity)})
          result.push_back(sign * beside);
    return result;
  }();
  return all;
}

/// Every edge, every pair of edges, and every edge beside two equal ones.
std::vector<input_row> edge_rows() {
  std::vector<input_row> result;
  for (float a : edges())
    for (float b : edges()) {
      result.push_back({a, b, b, 0});
      result.push_back({b, a, 1, 1});
      result.push_back({0, b, a, 2});
    }
  return result;
}

constexpr std::size_t random_numbers = 1000000, block = 2000;

/// Drawn once, for all formulas.
const std::vector<input_row>& random_rows() {
  static const std::vector<input_row> rows = [] {
    drawing draw;
    std::vector<input_row> drawn;
    for (std::size_t i = 0; i < random_numbers + block; ++i) drawn.push_back(draw.row());
    return drawn;
  }();
  return rows;
}

// The law.

/// An ulp of a number.
real unit_of(real wanted) {
  const real size = std::fmin(std::fabs(wanted), real(std::numeric_limits<float>::max()));
  return std::ldexp(1.0L, (size == 0 ? -126 : std::max(std::ilogb(size), -126)) - 23);
}

/// What an ulp in each input makes of the result. No formula can be expected to do better, since its inputs
/// are rounded numbers themselves: it is added to the ulp of the result.
real unit_of_inputs(const studied& of, const input_row& row, int element, real wanted) {
  real x[numbers_per_row];
  for (int i = 0; i < numbers_per_row; ++i) x[i] = row[std::size_t(i)];
  real total = 0;
  for (int i = 0; i < 3; ++i) {
    const real here = x[i];
    if (!std::isfinite(here)) continue;
    x[i] = here + unit_of(here);
    const real change = std::fabs(of.meaning(x, element) - wanted);
    if (std::isfinite(change)) total += change;
    x[i] = here;
  }
  return total;
}

/// The distance of a number from what it should be; infinite where one is finite and the other is not.
real distance(float found, real wanted) {
  constexpr real without_end = std::numeric_limits<real>::infinity();
  constexpr real most = std::numeric_limits<float>::max();
  if (std::isnan(found)) return without_end;
  if (std::isinf(found)) {
    const bool same_side = (found > 0) == (wanted > 0);
    return same_side && std::fabs(wanted) >= most * (1 - 0x1p-20L) ? 0 : without_end;
  }
  if (std::isinf(wanted)) return without_end;
  return std::fabs(wanted) > most ? most - std::fabs(found) : std::fabs(found - wanted);
}

/// The greatest error of a formula before and after, in some unit.
struct greatest_error {
  double before = 0;
  double after = 0;

  void include(double was, double is) {
    before = std::max(before, was);
    after = std::max(after, is);
  }
};

/// What is off by so many ulp is of no use, and as bad as what is not finite.
constexpr double lost = 1e6;

/// What was measured of one formula.
struct measured {
  greatest_error in_ulp;    // of the result alone
  greatest_error in_units;  // an ulp of the result, and what an ulp in each input makes of it
  std::size_t inputs = 0;
  std::size_t better = 0;  // by more than two ulp of the result alone
  std::size_t worse = 0;
  std::size_t wrong = 0;
  std::string first_wrong;
};

/// The inputs some ulp away, on both sides.
std::vector<input_row> neighbours(const input_row& row) {
  std::vector<input_row> result;
  for (int k = -50; k <= 50; ++k) {
    result.push_back(row);
    for (int i = 0; i < 3; ++i) result.back()[std::size_t(i)] *= 1 + float(k) * 0x1p-23f;
  }
  return result;
}

/// One result, before and after.
struct outcome {
  const studied& of;
  const input_row& row;
  int element;
  float before;
  float after;

  [[nodiscard]] std::string text(double was, double is) const {
    std::ostringstream words;
    words.precision(9);
    words << "at " << row[0] << ", " << row[1] << ", " << row[2] << "; y = " << row[3] << ", element "
          << element << ": " << before << " (" << was << " ulp) became " << after << " (" << is << " ulp)";
    return words.str();
  }
};

std::array<real, numbers_per_row> wide(const input_row& row) { return {row[0], row[1], row[2], row[3]}; }

/// The greatest error of a formula at an input and its neighbours, in a unit: at one input it may be right by
/// chance.
double worst_nearby(const studied& of, const graph& formula, const input_row& row, int element, real unit) {
  const std::vector<input_row> rows = neighbours(row);
  const std::vector<float> found = in_float(formula, rows);
  const std::size_t elements = found.size() / rows.size();
  double worst = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const real wanted = of.meaning(wide(rows[i]).data(), element);
    if (std::isnan(wanted)) continue;
    worst = std::max(worst, double(distance(found[i * elements + std::size_t(element)], wanted) / unit));
  }
  return worst;
}

void compare(const outcome& one, const graph& formula, measured& so_far) {
  const studied& of = one.of;
  const auto x = wide(one.row);
  ++so_far.inputs;
  const auto report = [&](double was, double is) {
    if (so_far.wrong++ == 0) so_far.first_wrong = one.text(was, is);
  };
  const bool any_nan = std::isnan(x[0]) || std::isnan(x[1]) || std::isnan(x[2]);
  const real wanted = any_nan ? std::nanl("") : of.meaning(x.data(), one.element);
  if (std::isnan(wanted)) {
    if (std::isfinite(one.before) && !std::isfinite(one.after)) report(0, 0);
    return;
  }
  const real error_before = distance(one.before, wanted), error_after = distance(one.after, wanted);
  real unit = unit_of(wanted);
  double was = double(error_before / unit), is = double(error_after / unit);
  so_far.in_ulp.include(was, is);
  if (is > was + 2) ++so_far.worse;
  if (was > is + 2) ++so_far.better;
  if (is > so_far.in_units.after || is > was + 2 || (was > so_far.in_units.before && std::isfinite(was))) {
    unit += unit_of_inputs(of, one.row, one.element, wanted);
    if (of.scale != nullptr) unit += unit_of(of.scale(x.data()));
    was = double(error_before / unit), is = double(error_after / unit);
  }
  const bool representable = std::fabs(wanted) <= real(std::numeric_limits<float>::max());
  if (representable && std::isfinite(one.before) && !std::isfinite(one.after))
    report(was, is);
  else if (!(is <= was + 2) && !(is <= worst_nearby(of, formula, one.row, one.element, unit) + 2))
    report(was, is);
  so_far.in_units.include(was, is);
}

/// The formula before and after the rules, or their slopes.
struct both_forms {
  graph before;
  graph after;
};

graph slope_of(const graph& value) {
  const int by = value.find_symbol("s");
  graph derived = differentiate(value, value.outputs()[0].id, std::vector<int>{by}, false);
  const node_id slope = derived.find_output(output_role::gradient, by);
  derived.drop_outputs();
  derived.add_output({output_role::value, -1, slope});
  return prune(derived);
}

both_forms forms_of(const studied& of) {
  const graph plain = graph_of_formula(of.formula);
  if (of.slope) return {simplify(slope_of(plain)), stabilise(slope_of(stabilise(plain)))};
  if (*of.rule == '\0') return {plain, stabilise(plain)};
  std::vector<rewrite_rule> alone(simplifications::rules.begin(), simplifications::rules.end());
  const auto is_for_arms = [](std::string_view name) { return name == "log of exp" || name == "softplus"; };
  for (const rewrite_rule& each : stability::rules)
    if (each.name == of.rule || is_for_arms(each.name)) alone.push_back(each);
  return {simplify(plain), rewrite(plain, alone)};
}

measured measure(const studied& of) {
  measured result;
  const both_forms forms = forms_of(of);
  BOOST_TEST(!same_graph(forms.before, forms.after), of.rule << " does not fire at " << of.text);
  const int elements = forms.before[forms.before.outputs()[0].id].extents.elements();
  int numbers = 0;
  for (const symbol& each : forms.before.symbols())
    if (each.role != symbol_role::label) numbers += each.extents.elements();
  const auto check = [&](const std::vector<input_row>& rows) {
    const std::vector<float> before = in_float(forms.before, rows), after = in_float(forms.after, rows);
    for (std::size_t row = 0; row < rows.size(); ++row)
      for (int i = 0; i < elements; ++i) {
        const std::size_t at = row * std::size_t(elements) + std::size_t(i);
        compare({of, rows[row], i, before[at], after[at]}, forms.before, result);
      }
  };
  check(edge_rows());
  const std::size_t rows_needed = random_numbers / std::size_t(std::max(numbers, 1));
  for (std::size_t first = 0; first < rows_needed; first += block)
    check({random_rows().begin() + std::ptrdiff_t(first),
           random_rows().begin() + std::ptrdiff_t(first + block)});
  return result;
}

const std::vector<measured>& all_measured() {
  static const std::vector<measured> results = [] {
    std::vector<measured> found;
    for (const auto* table : {&rules_alone, &whole_formulas})
      for (const studied& each : *table) found.push_back(measure(each));
    return found;
  }();
  return results;
}

// The page.

constexpr const char* page_name = "docs/numerics.md";
constexpr const char* begin_mark = "<!-- measured: begin -->\n";
constexpr const char* end_mark = "<!-- measured: end -->\n";

/// An error as the page shows it: rounded up to half an ulp; what exceeds any use is "lost".
std::string ulps(double error) {
  if (!(error < lost)) return "lost";
  std::ostringstream words;
  words << (error < 100 ? std::ceil(error * 2) / 2 : std::ceil(error / 100) * 100);
  return words.str();
}

std::string share(std::size_t some, const measured& of) {
  const double percent = 100.0 * double(some) / double(of.inputs);
  std::ostringstream words;
  words << (percent < 1 ? std::ceil(percent * 10) / 10 : std::round(percent)) << " %";
  return words.str();
}

/// What the page shows of one formula.
std::string cells(const measured& of) {
  return ulps(of.in_ulp.before) + " | " + ulps(of.in_ulp.after) + " | " + ulps(of.in_units.before) + " | " +
         ulps(of.in_units.after) + " | " + share(of.better, of) + " | " + share(of.worse, of);
}

constexpr const char* cell_names =
    "ulp before | ulp after | units before | units after | better at | worse at";

std::string code(std::string_view formula) { return "`" + std::string(formula) + "`"; }

std::string tables() {
  std::ostringstream page;
  std::size_t worse = 0;
  for (const measured& each : all_measured()) worse += each.worse > 0;
  page << begin_mark << "\nSomewhere worse by more than two ulp: " << worse << " of " << all_measured().size()
       << " formulas.\n";
  page << "\n| rule | where it fires | " << cell_names << " | where it may fire |\n"
       << "|---|---|---|---|---|---|---|---|---|\n";
  std::size_t at = 0;
  for (const studied& each : rules_alone)
    page << "| " << each.rule << " | " << code(each.text) << " | " << cells(all_measured()[at++]) << " | "
         << each.domain << " |\n";
  page << "\n| formula, by all rules | " << cell_names << " |\n|---|---|---|---|---|---|---|\n";
  for (const studied& each : whole_formulas) {
    const std::string_view text = each.text;
    const std::string_view slope = "slope of ";
    page << "| " << (each.slope ? "slope of " + code(text.substr(slope.size())) : code(text)) << " | "
         << cells(all_measured()[at++]) << " |\n";
  }
  page << "\n" << end_mark;
  return page.str();
}

/// Whether two texts are the same but for numbers, which another machine's C library may change a little.
bool alike(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  std::string one, other;
  while (left >> one) {
    if (!(right >> other)) return false;
    if (one == other) continue;
    char *rest = nullptr, *other_rest = nullptr;
    const double x = std::strtod(one.c_str(), &rest), y = std::strtod(other.c_str(), &other_rest);
    if (*rest != 0 || *other_rest != 0 || std::fabs(x - y) > 1 + 0.25 * std::fmax(x, y)) return false;
  }
  return !(right >> other);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_rule_of_stability_is_measured) {
  for (const rewrite_rule& each : stability::rules) {
    bool found = false;
    for (const studied& of : rules_alone) found = found || each.name == of.rule;
    BOOST_TEST(found, each.name << " is not measured");
    BOOST_TEST(!each.why.empty(), each.name << " does not say why");
  }
}

BOOST_AUTO_TEST_CASE(the_greatest_error_after_each_rule_is_at_most_two_ulp_above_that_before) {
  std::size_t at = 0;
  for (const auto* table : {&rules_alone, &whole_formulas})
    for (const studied& each : *table) {
      const greatest_error found = all_measured()[at++].in_ulp;
      const bool holds = found.after < lost ? found.after <= found.before + 2 : found.before >= lost;
      BOOST_TEST(holds,
                 each.rule << " " << each.text << ": " << found.before << " ulp became " << found.after);
    }
}

BOOST_AUTO_TEST_CASE(no_rule_makes_a_result_worse_by_more_than_two_ulp_or_not_finite) {
  std::size_t at = 0;
  for (const auto* table : {&rules_alone, &whole_formulas})
    for (const studied& each : *table) {
      const measured& found = all_measured()[at++];
      BOOST_TEST(found.wrong == 0u, each.rule << " " << each.text << ": " << found.wrong << " of "
                                              << found.inputs << ", first " << found.first_wrong);
    }
}

BOOST_AUTO_TEST_CASE(the_tables_of_the_page_are_what_was_measured) {
  const std::string page = contents_of(page_name), wanted = tables();
  const std::size_t begin = page.find(begin_mark), end = page.find(end_mark);
  BOOST_TEST_REQUIRE((begin != page.npos && end != page.npos), page_name << " has no place for the tables");
  const std::size_t behind = end + std::string_view(end_mark).size();
  const bool current = alike(page.substr(begin, behind - begin), wanted);
  if (!current) std::ofstream("numerics.md") << page.substr(0, begin) << wanted << page.substr(behind);
  BOOST_TEST(current, page_name << " is stale: " << (std::filesystem::current_path() / "numerics.md")
                                << " is as it should be");
}
