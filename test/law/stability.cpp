// SPDX-License-Identifier: BSL-1.0
// Every rule of stability in float, before and after, against long double: a million random numbers and all
// edges for each. Afterwards no result is worse by more than two ulp, and none is NaN or infinite that was not.
// The measured errors are the tables of docs/numerics.md, which fail if they are stale.
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
constexpr real ln2 = std::numbers::ln2_v<real>;

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
      const shape extents = at_once ? shape{int(result.size())} : here.extents;
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
  /// The greatest number that cancels in the result, whose ulp counts where it is more than that of the result.
  real (*scale)(const real* x) = nullptr;
  bool slope = false;  // the derivative by s
};

ref s(leaves of) { return of.input("s"); }
ref t(leaves of) { return of.input("t"); }
ref z(leaves of) { return of.input("z", {3}); }
ref y(leaves of) { return of.label("y", 3); }

real greatest(const real* x) { return std::fmax(x[0], std::fmax(x[1], x[2])); }

/// log(sum(exp(x))) minus the greatest; equal infinities have no distance.
real rest_of_sum(const real* x) {
  const real most = greatest(x);
  real others = -1;
  for (int i = 0; i < 3; ++i) others += x[i] == most ? 1 : std::exp(x[i] - most);
  // Where one element dominates, its 1 must not swallow the others.
  real small = 0;
  int equal = 0;
  for (int i = 0; i < 3; ++i) {
    if (x[i] == most)
      ++equal;
    else
      small += std::exp(x[i] - most);
  }
  return std::isnan(x[0] + x[1] + x[2]) && !std::isinf(most) ? others : std::log1p(real(equal - 1) + small);
}
real logsumexp_of(const real* x) { return greatest(x) + rest_of_sum(x); }
real log_share(const real* x, int i) {
  const real most = greatest(x);
  return (x[i] == most ? 0 : x[i] - most) - rest_of_sum(x);
}
real softplus_of(real x) { return std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x))); }
real logistic_of(real x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
real log_cosh_of(real x) {
  const real size = std::fabs(x), half = std::sinh(std::fmin(size, 1.0L) / 2);
  return size < 1 ? std::log1p(2 * half * half) : size + std::log1p(std::exp(-2 * size)) - ln2;
}
real logaddexp_of(real a, real b) { return a == b ? a + ln2 : law::logaddexp_reference(a, b); }
real logsubexp_of(real a, real b) {
  return b == -infinity ? a
         : a == b       ? a - (std::isinf(a) && a > 0 ? a : real(infinity))
                        : a + law::log1mexp_reference(b - a);
}
real half_erfc_log(real x) {
  return x > 0 ? std::log(law::erfcx_reference(x) / 2) - x * x : std::log1p(-std::erfc(-x) / 2);
}
real erfc_slope(real x) { return -2 * std::numbers::inv_sqrtpi_v<real> / law::erfcx_reference(x); }

real size_of_first(const real* x) { return std::fabs(x[0]); }
real size_of_both(const real* x) { return std::fmax(std::fabs(x[0]), std::fabs(x[1])); }
real size_of_all(const real* x) { return std::fmax(size_of_both(x), std::fabs(x[2])); }

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
     [](const real* x, int) { return x[0] - std::log(x[1]); }, "everywhere",
     [](const real* x) { return std::fmax(std::fabs(x[0]), std::fabs(std::log(std::fabs(x[1])))); }},
    {"log of quotient", "log(t / exp(s))", [](leaves of) { return log(t(of) / exp(s(of))); },
     [](const real* x, int) { return std::log(x[1]) - x[0]; }, "everywhere",
     [](const real* x) { return std::fmax(std::fabs(x[0]), std::fabs(std::log(std::fabs(x[1])))); }},
    {"log of reciprocal", "log(1 / s)", [](leaves of) { return log(1 / s(of)); },
     [](const real* x, int) { return -std::log(x[0]); }, "everywhere", [](const real*) { return 0.0L; }},
    {"logsumexp", "log(sum(exp(z)))", [](leaves of) { return log(sum(exp(z(of)))); },
     [](const real* x, int) { return logsumexp_of(x); }, "everywhere", size_of_all},
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
     [](const real* x, int) { return logsumexp_of(x); }, "everywhere", size_of_all},
    {"one-hot sum", "sum(one_hot(y) * z)", [](leaves of) { return sum(one_hot(y(of)) * z(of)); },
     [](const real* x, int) { return x[int(x[3])]; }, "y a label"},
    {"one-hot product", "dot(one_hot(y), z)", [](leaves of) { return dot(one_hot(y(of)), z(of)); },
     [](const real* x, int) { return x[int(x[3])]; }, "y a label"},
    {"one hot", "where(position == y, -1, 0)",
     [](leaves of) { return where(at_class(y(of), shape{3}), of.number(-1, shape{3}), 0); },
     [](const real* x, int i) { return i == int(x[3]) ? -1.0L : 0.0L; }, "y a label"},
    {"pick first", "exp(z)[y]", [](leaves of) { return exp(z(of))[y(of)]; },
     [](const real* x, int) { return std::exp(x[int(x[3])]); },
     "one vector, beside it the same for all classes"},
    {"before reshape", "log(reshape(z))", [](leaves of) { return log(reshape<3, 1>(z(of))); },
     [](const real* x, int i) { return std::log(x[i]); },
     "all reshaped alike, beside them one number for all"},
    {"reduced first", "sum(reshape(z))", [](leaves of) { return sum(reshape<1, 3>(z(of))); },
     [](const real* x, int) { return x[0] + x[1] + x[2]; }, "all axes, or a reshape by axes of 1",
     size_of_all},
    {"log before movement", "log(exp(z)[1])", [](leaves of) { return log(at<1>(exp(z(of)))); },
     [](const real* x, int) { return x[1]; }, "a part, where the logarithm of the whole has a stable form"},
    {"log1p", "log(1 + s)", [](leaves of) { return log(1 + s(of)); },
     [](const real* x, int) { return std::log1p(x[0]); }},
    {"log1p of negated", "log(1 - s)", [](leaves of) { return log(1 - s(of)); },
     [](const real* x, int) { return std::log1p(-x[0]); }},
    {"softplus", "log1p(exp(s))", [](leaves of) { return log1p(exp(s(of))); },
     [](const real* x, int) { return softplus_of(x[0]); }},
    {"expm1", "exp(s) - 1", [](leaves of) { return exp(s(of)) - 1; },
     [](const real* x, int) { return std::expm1(x[0]); }},
    {"expm1", "1 - exp(s)", [](leaves of) { return 1 - exp(s(of)); },
     [](const real* x, int) { return -std::expm1(x[0]); }},
    {"expm1 of a sum", "exp(s) + -1", [](leaves of) { return exp(s(of)) + -1; },
     [](const real* x, int) { return std::expm1(x[0]); }},
    {"log of expm1", "log(expm1(s))", [](leaves of) { return log(expm1(s(of))); },
     [](const real* x, int) { return x[0] + law::log1mexp_reference(-x[0]); }, "everywhere", size_of_first},
    {"logsubexp", "log(exp(s) - exp(t))", [](leaves of) { return log(exp(s(of)) - exp(t(of))); },
     [](const real* x, int) { return logsubexp_of(x[0], x[1]); }, "everywhere", size_of_both},
    {"logistic", "1 / (1 + exp(-s))", [](leaves of) { return 1 / (1 + exp(-s(of))); },
     [](const real* x, int) { return logistic_of(x[0]); }},
    {"logistic", "exp(s) / (1 + exp(s))", [](leaves of) { return exp(s(of)) / (1 + exp(s(of))); },
     [](const real* x, int) { return logistic_of(x[0]); }},
    {"one minus logistic", "1 - logistic(s)", [](leaves of) { return 1 - logistic(s(of)); },
     [](const real* x, int) { return logistic_of(-x[0]); }},
    {"log of logistic", "log(logistic(s))", [](leaves of) { return log(logistic(s(of))); },
     [](const real* x, int) { return -softplus_of(-x[0]); }},
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
     [](const real* x, int) { return log_cosh_of(x[0]); }},
    {"log1mexp", "log1p(-exp(s))", [](leaves of) { return log1p(-exp(s(of))); },
     [](const real* x, int) { return x[0] <= 0 ? law::log1mexp_reference(x[0]) : std::nanl(""); }},
    {"log of negated expm1", "log(-expm1(s))", [](leaves of) { return log(-expm1(s(of))); },
     [](const real* x, int) { return x[0] <= 0 ? law::log1mexp_reference(x[0]) : std::nanl(""); }},
    {"logaddexp", "log(exp(s) + exp(t))", [](leaves of) { return log(exp(s(of)) + exp(t(of))); },
     [](const real* x, int) { return logaddexp_of(x[0], x[1]); }, "everywhere", size_of_both},
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
     [](const real* x, int) { return x[0] + std::log(x[1]); }, "one factor known not to be negative",
     [](const real* x) { return std::fmax(std::fabs(x[0]), std::fabs(std::log(std::fabs(x[1])))); }},
    {"log of many", "log(prod(z))", [](leaves of) { return log(prod(z(of))); },
     [](const real* x, int) { return std::log(x[0] * x[1] * x[2]); }, "everywhere",
     [](const real* x) {
       return std::fmax(
           std::fabs(std::log(std::fabs(x[0]))),
           std::fmax(std::fabs(std::log(std::fabs(x[1]))), std::fabs(std::log(std::fabs(x[2])))));
     }},
    {"log of many", "log(prod(exp(z)))", [](leaves of) { return log(prod(exp(z(of)))); },
     [](const real* x, int) { return x[0] + x[1] + x[2]; }, "everywhere", size_of_all},
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
     [](const real* x, int) { return variance_of(x); }, "means of the same elements along the same axes",
     [](const real* x) { return size_of_all(x) * size_of_all(x) * 0x1p-23L; }},
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
     [](const real* x, int) { return softplus_of(x[0]); }},
    {"", "log(1 / (1 + exp(-s)))", [](leaves of) { return log(1 / (1 + exp(-s(of)))); },
     [](const real* x, int) { return -softplus_of(-x[0]); }},
    {"", "log(1 - 1 / (1 + exp(-s)))", [](leaves of) { return log(1 - 1 / (1 + exp(-s(of)))); },
     [](const real* x, int) { return -softplus_of(x[0]); }},
    {"", "log((exp(s) + exp(-s)) / 2)", [](leaves of) { return log((exp(s(of)) + exp(-s(of))) / 2); },
     [](const real* x, int) { return log_cosh_of(x[0]); }},
    {"", "log(1 - exp(s))", [](leaves of) { return log(1 - exp(s(of))); },
     [](const real* x, int) { return x[0] <= 0 ? law::log1mexp_reference(x[0]) : std::nanl(""); }},
    {"", "log(exp(s) - 1)", [](leaves of) { return log(exp(s(of)) - 1); },
     [](const real* x, int) { return x[0] + law::log1mexp_reference(-x[0]); }, "everywhere", size_of_first},
    {"", "log(1 - normal_cdf(s))", [](leaves of) { return log(1 - normal_cdf(s(of))); },
     [](const real* x, int) { return law::log_normal_cdf_reference(-x[0]); }},
    {"", "log(softmax(z)[y] * softmax(z)[y])",
     [](leaves of) {
       const ref p = softmax(z(of))[y(of)];
       return log(p * (p * 1));
     },
     [](const real* x, int) { return 2 * log_share(x, int(x[3])); }},
    {"", "log(prod(logistic(z)))", [](leaves of) { return log(prod(logistic(z(of)))); },
     [](const real* x, int) { return -softplus_of(-x[0]) - softplus_of(-x[1]) - softplus_of(-x[2]); }},
    {"", "slope of log(1 + exp(s))", [](leaves of) { return log(1 + exp(s(of))); },
     [](const real* x, int) { return logistic_of(x[0]); }, "everywhere", nullptr, true},
    {"", "slope of log(1 / (1 + exp(-s)))", [](leaves of) { return log(1 / (1 + exp(-s(of)))); },
     [](const real* x, int) { return logistic_of(-x[0]); }, "everywhere", nullptr, true},
    {"", "slope of log(cosh(s))", [](leaves of) { return log(cosh(s(of))); },
     [](const real* x, int) { return std::tanh(x[0]); }, "everywhere", nullptr, true},
    {"", "slope of log(erfc(s))", [](leaves of) { return log(erfc(s(of))); },
     [](const real* x, int) { return erfc_slope(x[0]); }, "everywhere", nullptr, true},
    {"", "slope of log(normal_cdf(s))", [](leaves of) { return log(normal_cdf(s(of))); },
     [](const real* x, int) { return law::log_normal_cdf_slope_reference(x[0]); }, "everywhere", nullptr,
     true},
    {"", "slope of sqrt(s * s)", [](leaves of) { return sqrt(s(of) * s(of)); },
     [](const real* x, int) { return real((x[0] > 0) - (x[0] < 0)); }, "everywhere", nullptr, true},
    {"", "slope of log(exp(s) + exp(t))", [](leaves of) { return log(exp(s(of)) + exp(t(of))); },
     [](const real* x, int) { return logistic_of(x[0] - x[1]); }, "everywhere", nullptr, true},
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
      const std::uint32_t some = bits_();
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

// The law.

/// The error in ulp of the wanted number, or of what cancels in it.
double error_of(float found, real wanted, real scale) {
  constexpr double without_end = std::numeric_limits<double>::infinity();
  constexpr real most = std::numeric_limits<float>::max();
  if (std::isnan(found)) return without_end;
  const bool too_great = std::fabs(wanted) > most;
  if (std::isinf(found)) {
    const bool same_side = (found > 0) == (wanted > 0);
    return same_side && std::fabs(wanted) >= most * (1 - 0x1p-20L) ? 0 : without_end;
  }
  if (std::isinf(wanted)) return without_end;
  const real size = std::fmin(std::fmax(std::fabs(wanted), scale), most);
  const int exponent = size == 0 ? -126 : std::max(std::ilogb(size), -126);
  return double(std::fabs(too_great ? most - std::fabs(found) : real(found) - wanted) *
                std::ldexp(1.0L, 23 - exponent));
}

/// What was measured of one formula.
struct measured {
  double before = 0;  // the greatest error in ulp
  double after = 0;
  std::size_t inputs = 0;
  std::size_t better = 0;  // by more than two ulp
  std::size_t wrong = 0;
  std::string first_wrong;
};

void compare(const studied& of, const input_row& row, int element, float before, float after,
             measured& so_far) {
  real x[numbers_per_row];
  bool any_nan = false;
  for (int i = 0; i < numbers_per_row; ++i) x[i] = row[std::size_t(i)];
  for (int i = 0; i < 3; ++i) any_nan = any_nan || std::isnan(x[i]);
  ++so_far.inputs;
  const auto report = [&](const char* what, double was, double is) {
    if (so_far.wrong++ > 0) return;
    std::ostringstream words;
    words.precision(9);
    words << what << " at " << row[0] << ", " << row[1] << ", " << row[2] << "; y = " << row[3]
          << ", element " << element << ": " << before << " (" << was << " ulp) became " << after << " ("
          << is << " ulp), wanted " << double(of.meaning(x, element));
    so_far.first_wrong = words.str();
  };
  const real wanted = any_nan ? std::nanl("") : of.meaning(x, element);
  if (std::isnan(wanted)) {
    if (std::isfinite(before) && !std::isfinite(after)) report("not finite any more", 0, 0);
    return;
  }
  const real scale = of.scale == nullptr ? 0 : of.scale(x);
  const double was = error_of(before, wanted, std::isfinite(scale) ? scale : 0);
  const double is = error_of(after, wanted, std::isfinite(scale) ? scale : 0);
  if (!(is <= was + 2)) report("worse", was, is);
  if (is + 2 < was) ++so_far.better;
  so_far.before = std::max(so_far.before, was);
  so_far.after = std::max(so_far.after, is);
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
  std::vector<rewrite_rule> alone;
  for (const rewrite_rule& each : stability::rules)
    if (each.name == of.rule) alone.push_back(each);
  return {plain, rewrite(plain, alone)};
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
        compare(of, rows[row], i, before[at], after[at], result);
      }
  };
  check(edge_rows());
  constexpr int random_numbers = 1000000, block = 2000;
  drawing draw;
  for (int row = 0; row * std::max(numbers, 1) < random_numbers; row += block) {
    std::vector<input_row> rows;
    for (int i = 0; i < block; ++i) rows.push_back(draw.row());
    check(rows);
  }
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

}  // namespace

BOOST_AUTO_TEST_CASE(every_rule_of_stability_is_measured) {
  for (const rewrite_rule& each : stability::rules) {
    bool found = false;
    for (const studied& of : rules_alone) found = found || each.name == of.rule;
    BOOST_TEST(found, each.name << " is not measured");
    BOOST_TEST(!each.why.empty(), each.name << " does not say why");
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
