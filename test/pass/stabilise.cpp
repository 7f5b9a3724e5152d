// SPDX-License-Identifier: BSL-1.0
// Stable forms: every spelling of a formula ends in the same graph, every rule is needed, and float keeps its
// digits.
#define BOOST_TEST_MODULE stabilise
#include "fusegrad/pass/stabilise.hpp"

#include "formulas.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/expand_gradients.hpp"
#include "fusegrad/pass/objective.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// What stands for the logits in the formulas below.
struct logits_example {
  const char* text;
  ref (*formula)(leaves);
};

constexpr logits_example all_logits[] = {
    {"z", [](leaves of) { return of.input("z", {3}); }},
    {"W * x + b",
     [](leaves of) {
       return of.param("W", {3, 4}) * of.input("x", {4}) + of.param("b", {3});
     }},
    {"x * W + b",
     [](leaves of) {
       return of.input("x", {4}) * of.param("W", {4, 3}) + of.param("b", {3});
     }},
    {"W * x + scalar",
     [](leaves of) {
       return of.param("W", {3, 4}) * of.input("x", {4}) + of.param("b");
     }},
    {"u / T", [](leaves of) { return of.input("u", {3}) / of.scalar("T"); }},
    {"u / 3", [](leaves of) { return of.param("u", {3}) / 3; }},
    {"exp(u)", [](leaves of) { return exp(of.input("u", {3})); }},
    {"log(u)", [](leaves of) { return log(of.param("u", {3})); }},
    {"u - v", [](leaves of) { return of.input("u", {3}) - of.param("v", {3}); }},
    {"u - mean(u)", [](leaves of) { return of.input("u", {3}) - mean(of.input("u", {3})); }},
    {"relu(u)", [](leaves of) { return relu(of.param("u", {3})); }},
    {"where", [](leaves of) { return where(of.input("u", {3}) > 0, of.param("v", {3}), 0.1); }},
    {"-squared distance",
     [](leaves of) {
       return -sum<-1>(square(of.param("W", {3, 4}) - of.input("x", {4})));
     }},
    {"-distance",
     [](leaves of) {
       return -sqrt(sum<-1>(square(of.param("W", {3, 4}) - of.input("x", {4}))));
     }},
};

struct spelling {
  const char* text;
  ref (*loss)(ref z, ref y);
};

constexpr spelling spellings[] = {
    {"-log(softmax(z)[y])", [](ref z, ref y) { return -log(softmax(z)[y]); }},
    {"-log(e / sum(e))[y]", [](ref z, ref y) { return -(log(exp(z) / sum(exp(z)))[y]); }},
    {"(-log(e / sum(e)))[y]", [](ref z, ref y) { return (-log(exp(z) / sum(exp(z))))[y]; }},
    {"-log((e / sum(e))[y])", [](ref z, ref y) { return -log((exp(z) / sum(exp(z)))[y]); }},
    {"p = e / s, split",
     [](ref z, ref y) {
       const ref e = exp(z);
       const ref s = sum(e);
       const ref p = e / s;
       const ref likelihood = p[y];
       return -log(likelihood);
     }},
    {"-log(e[y] / s)", [](ref z, ref y) { return -log(exp(z)[y] / sum(exp(z))); }},
    {"-log(exp(z[y]) / s)", [](ref z, ref y) { return -log(exp(z[y]) / sum(exp(z))); }},
    {"keepdim", [](ref z, ref y) { return -log((exp(z) / sum<0>(exp(z), keepdim))[y]); }},
    {"log(s / e[y])", [](ref z, ref y) { return log(sum(exp(z)) / exp(z)[y]); }},
    {"log(1 / p[y])", [](ref z, ref y) { return log(1 / softmax(z)[y]); }},
    {"e * (1 / s)", [](ref z, ref y) { return -log((exp(z) * (1 / sum(exp(z))))[y]); }},
    {"e * pow<-1>(s)", [](ref z, ref y) { return -log(exp(z) * pow<-1>(sum(exp(z))))[y]; }},
    {"0 - log", [](ref z, ref y) { return 0 - log(softmax(z)[y]); }},
    {"-1 * log", [](ref z, ref y) { return -1 * log(softmax(z)[y]); }},
    {"log(s) - log(e[y])", [](ref z, ref y) { return log(sum(exp(z))) - log(exp(z)[y]); }},
    {"log(s) - z[y]", [](ref z, ref y) { return log(sum(exp(z))) - z[y]; }},
    {"-(z[y] - log(s))", [](ref z, ref y) { return -(z[y] - log(sum(exp(z)))); }},
    {"(log(s) - z)[y]", [](ref z, ref y) { return (log(sum(exp(z))) - z)[y]; }},
    {"log(s) + -z[y]", [](ref z, ref y) { return log(sum(exp(z))) + -z[y]; }},
    {"log(s) + (-z)[y]", [](ref z, ref y) { return log(sum(exp(z))) + (-z)[y]; }},
    {"logsumexp(z) - z[y]", [](ref z, ref y) { return logsumexp(z) - z[y]; }},
    {"-log_softmax(z)[y]", [](ref z, ref y) { return -log_softmax(z)[y]; }},
    {"-log(exp(log_softmax(z))[y])", [](ref z, ref y) { return -log(exp(log_softmax(z))[y]); }},
    {"-sum(one_hot * log(p))", [](ref z, ref y) { return -sum(one_hot(y) * log(softmax(z))); }},
    {"-sum(log(p) * one_hot)", [](ref z, ref y) { return -sum(log(softmax(z)) * one_hot(y)); }},
    {"sum(-one_hot * log(p))", [](ref z, ref y) { return sum(-one_hot(y) * log(softmax(z))); }},
    {"sum(one_hot * -log(p))", [](ref z, ref y) { return sum(one_hot(y) * -log(softmax(z))); }},
    {"-dot(one_hot, log(p))", [](ref z, ref y) { return -dot(one_hot(y), log(softmax(z))); }},
    {"dot(-log(p), one_hot)", [](ref z, ref y) { return dot(-log(softmax(z)), one_hot(y)); }},
    {"-log(dot(one_hot, p))", [](ref z, ref y) { return -log(dot(one_hot(y), softmax(z))); }},
    {"-log(sum(one_hot * p))", [](ref z, ref y) { return -log(sum(one_hot(y) * softmax(z))); }},
    {"logsumexp(z) - sum(one_hot * z)", [](ref z, ref y) { return logsumexp(z) - sum(one_hot(y) * z); }},
    {"logsumexp(z) - dot(one_hot, z)", [](ref z, ref y) { return logsumexp(z) - dot(one_hot(y), z); }},
    {"sum(one_hot * (logsumexp(z) - z))", [](ref z, ref y) { return sum(one_hot(y) * (logsumexp(z) - z)); }},
    {"reshaped to a row and back",
     [](ref z, ref y) { return -log(reshape<3>(softmax(reshape<1, 3>(z)))[y]); }},
    {"reshaped before it is picked",
     [](ref z, ref y) {
       const ref p = exp(z) / sum(exp(z));
       return -log(reshape<>(reshape<1, 3>(p)[y]));
     }},
    {"a column of powers",
     [](ref z, ref y) {
       const ref e = exp(reshape<3, 1>(z));
       return -log(reshape<3>(e / sum<0>(e, keepdim))[y]);
     }},
    {"one-hot along a row",
     [](ref z, ref y) { return -log(reshape<>(sum<-1>(multiply(one_hot(y), softmax(reshape<1, 3>(z)))))); }},
    {"shifted by hand",
     [](ref z, ref y) {
       const ref e = exp(z - max(z));
       return -log((e / sum(e))[y]);
     }},
    {"shifted by hand, keepdim",
     [](ref z, ref y) {
       const ref e = exp(z - max<-1>(z, keepdim));
       return -log(e[y] / sum(e));
     }},
    {"shifted by hand, no division",
     [](ref z, ref y) {
       const ref m = max(z);
       return -((z - m) - log(sum(exp(z - m))))[y];
     }},
    {"shifted by hand, picked first",
     [](ref z, ref y) {
       const ref m = max(z);
       return -(z[y] - m - log(sum(exp(z - m))));
     }},
    {"shifted back by hand",
     [](ref z, ref y) {
       const ref m = max(z);
       return m + log(sum(exp(z - m))) - z[y];
     }},
    {"shifted back by hand, without gradient",
     [](ref z, ref y) {
       const ref m = stop_gradient(max(z));
       return m + log(sum(exp(z - m))) - z[y];
     }},
};

graph spelled(const logits_example& logits, const spelling& as) {
  return graph_of_formula([&](leaves of) {
    const ref z = logits.formula(of);
    return as.loss(z, of.label("y", 3));
  });
}

/// The gradients by all real symbols, each row's own, in stable form.
graph with_gradients(const graph& value) {
  std::vector<int> by;
  for (std::size_t i = 0; i < value.symbols().size(); ++i)
    if (value.symbols()[i].role != symbol_role::label) by.push_back(int(i));
  return stabilise(differentiate(value, value.outputs()[0].id, by, false));
}

graph trained(const graph& value) {
  const graph loss = objective(value);
  std::vector<int> by;
  for (std::size_t i = 0; i < loss.symbols().size(); ++i)
    if (loss.symbols()[i].role == symbol_role::parameter) by.push_back(int(i));
  return stabilise(differentiate(loss, loss.outputs()[0].id, by, true));
}

/// One formula per rule that needs it, with what becomes of it.
struct example {
  const char* rule;
  ref (*formula)(leaves);
  const char* after;
};

constexpr tensor_shape three{3};
constexpr ref z(leaves of) { return of.input("z", three); }
constexpr ref s(leaves of) { return of.input("s"); }
constexpr ref y(leaves of) { return of.label("y", 3); }

constexpr example examples[] = {
    {"shift softmax", [](leaves of) { return softmax(z(of)); },
     "exp(z - stop_gradient(max(z))) / sum(exp(z - stop_gradient(max(z))))"},
    {"shift softmax", [](leaves of) { return exp(z(of)[y(of)]) / sum(exp(z(of))); },
     "exp((z - stop_gradient(max(z)))[y]) / sum(exp(z - stop_gradient(max(z))))"},
    {"softmax quotient", [](leaves of) { return exp(z(of)) * (1 / sum(exp(z(of)))); },
     "exp(z - stop_gradient(max(z))) / sum(exp(z - stop_gradient(max(z))))"},
    {"log of quotient", [](leaves of) { return log(exp(s(of)) / of.input("t")); }, "s - log(t)"},
    {"log of quotient", [](leaves of) { return log(of.input("t") / exp(s(of))); }, "log(t) - s"},
    {"log of reciprocal", [](leaves of) { return log(1 / s(of)); }, "-log(s)"},
    {"logsumexp", [](leaves of) { return log(sum(exp(z(of)))); }, "logsumexp(z)"},
    {"log probability", [](leaves of) { return z(of) - logsumexp(z(of)); },
     "z - stop_gradient(max(z)) - logsumexp(z - stop_gradient(max(z)))"},
    {"log probability of negated", [](leaves of) { return logsumexp(-z(of)) + z(of)[y(of)]; },
     "logsumexp(-z - stop_gradient(max(-z))) - (-z - stop_gradient(max(-z)))[y]"},
    {"logsumexp of shifted", [](leaves of) { return max(z(of)) + logsumexp(z(of) - max(z(of))); },
     "logsumexp(z)"},
    {"logsumexp", [](leaves of) { return log(mean(exp(z(of)))); }, "logsumexp(z) - log(3)"},
    {"logsumexp", [](leaves of) { return log(sum(logistic(s(of)) * exp(z(of)))); },
     "logsumexp(-softplus(-s) + z)"},
    {"logsumexp", [](leaves of) { return log(sum(where(s(of) > 0, exp(z(of)), 0))); },
     "logsumexp(where(0 < s, z, -inf))"},
    {"log of mixture", [](leaves of) { return log(dot(logistic(z(of)), exp(of.input("u", three)))); },
     "logsumexp(u - softplus(-z))"},
    {"one-hot sum", [](leaves of) { return sum(one_hot(y(of)) * z(of)); }, "z[y]"},
    {"one-hot product", [](leaves of) { return dot(z(of), one_hot(y(of))); }, "z[y]"},
    {"one hot", [](leaves of) { return where(at_class(y(of), three), of.number(-1, three), 0); },
     "-one_hot(y)"},
    {"pick first", [](leaves of) { return exp(z(of))[y(of)]; }, "exp(z[y])"},
    {"pick first", [](leaves of) { return (2 * z(of) + s(of))[y(of)]; }, "2 * z[y] + s"},
    {"one-hot row",
     [](leaves of) {
       return one_hot(y(of)) * of.param("T", {3, 2});
     },
     "gather(T, y)"},
    {"log1p", [](leaves of) { return log(1 + s(of)); }, "log1p(s)"},
    {"log1p", [](leaves of) { return log(s(of) + 1); }, "log1p(s)"},
    {"log1p of negated", [](leaves of) { return log(1 - s(of)); }, "log1p(-s)"},
    {"softplus", [](leaves of) { return log(1 + exp(s(of))); }, "softplus(s)"},
    {"softplus", [](leaves of) { return log(exp(-s(of)) + 1); }, "softplus(-s)"},
    {"expm1", [](leaves of) { return exp(s(of)) - 1; }, "expm1(s)"},
    {"softplus", [](leaves of) { return log(1 + sum(exp(z(of)))); }, "softplus(logsumexp(z))"},
    {"log of interval", [](leaves of) { return log(logistic(s(of)) - logistic(-s(of))); },
     "log1mexp(-s - s) - softplus(-s) - softplus(-s)"},
    {"logistic of difference", [](leaves of) { return exp(s(of)) / (exp(s(of)) + exp(of.input("t"))); },
     "logistic(s - t)"},
    {"logistic of difference", [](leaves of) { return -log(exp(s(of)) / (exp(of.input("t")) + exp(s(of)))); },
     "softplus(t - s)"},
    {"logistic", [](leaves of) { return 1 / (1 + exp(-s(of))); }, "logistic(s)"},
    {"logistic", [](leaves of) { return exp(s(of)) / (exp(s(of)) + 1); }, "logistic(s)"},
    {"one minus logistic", [](leaves of) { return 1 - 1 / (1 + exp(-s(of))); }, "logistic(-s)"},
    {"log of logistic", [](leaves of) { return log(1 / (1 + exp(-s(of)))); }, "-softplus(-s)"},
    {"log of logistic", [](leaves of) { return log(1 - logistic(s(of))); }, "-softplus(s)"},
    {"log of exp", [](leaves of) { return log(exp(s(of))); }, "s"},
    {"hyperbolic", [](leaves of) { return (exp(s(of)) + exp(-s(of))) / 2; }, "cosh(s)"},
    {"hyperbolic", [](leaves of) { return 0.5 * (exp(-s(of)) + exp(s(of))); }, "cosh(s)"},
    {"hyperbolic", [](leaves of) { return (exp(s(of)) - exp(-s(of))) / 2; }, "sinh(s)"},
    {"hyperbolic", [](leaves of) { return (exp(-s(of)) - exp(s(of))) / 2; }, "-sinh(s)"},
    {"sinh by cosh", [](leaves of) { return sinh(s(of)) / cosh(s(of)); }, "tanh(s)"},
    {"log cosh", [](leaves of) { return log(cosh(s(of))); }, "log_cosh(s)"},
    {"log cosh", [](leaves of) { return log((exp(s(of)) + exp(-s(of))) / 2); }, "log_cosh(s)"},
    {"log of negated expm1", [](leaves of) { return log(1 - exp(-s(of))); }, "log1mexp(-s)"},
    {"log of negated expm1", [](leaves of) { return log(-expm1(-s(of))); }, "log1mexp(-s)"},
    {"logaddexp", [](leaves of) { return log(exp(s(of)) + exp(of.input("t"))); }, "logaddexp(s, t)"},
    {"logaddexp", [](leaves of) { return log(exp(s(of)) + exp(2 * s(of)) + exp(3 * s(of))); },
     "logaddexp(logaddexp(s, 2 * s), 3 * s)"},
    {"logaddexp",
     [](leaves of) {
       const ref p = logistic(of.input("t"));
       return log(p * exp(-s(of)) + (1 - p) * exp(s(of)));
     },
     "logaddexp(-softplus(-t) - s, s - softplus(t))"},
    {"complement of probability", [](leaves of) { return 1 - erf(s(of)); }, "erfc(s)"},
    {"complement of probability", [](leaves of) { return 1 - erfc(s(of)); }, "erf(s)"},
    {"complement of probability", [](leaves of) { return 1 - normal_cdf(s(of)); }, "normal_cdf(-s)"},
    {"one plus erf", [](leaves of) { return (1 + erf(s(of))) / 2; }, "erfc(-s) * 0.5"},
    {"log of normal cdf", [](leaves of) { return log(normal_cdf(-s(of))); }, "log_normal_cdf(-s)"},
    {"log of normal cdf", [](leaves of) { return log(1 - normal_cdf(s(of))); }, "log_normal_cdf(-s)"},
    {"log of erfc", [](leaves of) { return log(erfc(s(of))); }, "log_erfc(s)"},
    {"log of erfc", [](leaves of) { return log(1 - erf(s(of))); }, "log_erfc(s)"},
    {"before reshape", [](leaves of) { return log(reshape<3, 1>(exp(z(of)))); }, "z"},
    {"reduced first", [](leaves of) { return log(sum(exp(reshape<1, 3>(z(of))))); }, "logsumexp(z)"},
    {"reduced first",
     [](leaves of) {
       return log(sum<1>(reshape<2, 3>(exp(of.input("Z", {2, 1, 3})))));
     },
     "logsumexp<2>(Z)"},
    {"log before movement", [](leaves of) { return log(at<1>(softmax(z(of)))); },
     "(z - stop_gradient(max(z)) - logsumexp(z - stop_gradient(max(z))))[1]"},
    {"log before movement", [](leaves of) { return log(take<0, 2, 0, 1>(logistic(z(of)))); },
     "take(-softplus(-z))"},
    {"log before movement",
     [](leaves of) {
       return log(transpose(logistic(of.input("A", {2, 3}))));
     },
     "transpose(-softplus(-A))"},
    {"expm1", [](leaves of) { return 1 - exp(s(of)); }, "-expm1(s)"},
    {"expm1 of a sum", [](leaves of) { return -1 + exp(s(of)); }, "expm1(s)"},
    {"log of expm1", [](leaves of) { return log(exp(s(of)) - 1); }, "s + log1mexp(-s)"},
    {"log1mexp", [](leaves of) { return log1p(-exp(-s(of))); }, "log1mexp(-s)"},
    {"logsubexp", [](leaves of) { return log(exp(s(of)) - exp(of.input("t"))); }, "s + log1mexp(t - s)"},
    {"tanh", [](leaves of) { return (exp(s(of)) - exp(-s(of))) / (exp(s(of)) + exp(-s(of))); }, "tanh(s)"},
    {"tanh", [](leaves of) { return (exp(2 * s(of)) - 1) / (exp(2 * s(of)) + 1); }, "tanh(s)"},
    {"tanh",
     [](leaves of) { return (exp(3 * s(of)) - exp(-3 * s(of))) / (exp(3 * s(of)) + exp(-3 * s(of))); },
     "tanh(3 * s)"},
    {"hyperbolic", [](leaves of) { return (exp(-2 * s(of)) - exp(2 * s(of))) / 2; }, "-sinh(2 * s)"},
    {"tanh", [](leaves of) { return (1 - exp(-2 * s(of))) / (1 + exp(-2 * s(of))); }, "-tanh(-s)"},
    {"log of tanh's slope", [](leaves of) { return log(1 - square(tanh(s(of)))); }, "-(2 * log_cosh(s))"},
    {"log of tanh's slope",
     [](leaves of) {
       const ref p = exp(2 * s(of));
       return log(1 - pow<2>((p - 1) / (p + 1)));
     },
     "-(2 * log_cosh(s))"},
    {"asinh", [](leaves of) { return log(s(of) + sqrt(s(of) * s(of) + 1)); }, "asinh(s)"},
    {"asinh", [](leaves of) { return log(sqrt(1 + square(z(of))) + z(of)); }, "asinh(z)"},
    {"asinh", [](leaves of) { return log(sqrt(s(of) * s(of) + 1) - s(of)); }, "-asinh(s)"},
    {"asinh", [](leaves of) { return log(-s(of) + sqrt(square(-s(of)) + 1)); }, "-asinh(s)"},
    {"asinh", [](leaves of) { return log(2 * s(of) + hypot(2 * s(of), 1)); }, "asinh(2 * s)"},
    {"asinh", [](leaves of) { return log(s(of) + hypot(1, s(of))); }, "asinh(s)"},
    {"acosh", [](leaves of) { return log(s(of) + sqrt(s(of) * s(of) - 1)); }, "acosh(s)"},
    {"acosh", [](leaves of) { return log(sqrt(-1 + square(s(of))) + s(of)); }, "acosh(s)"},
    {"acosh", [](leaves of) { return log(s(of) - sqrt(s(of) * s(of) - 1)); }, "-acosh(s)"},
    {"acosh", [](leaves of) { return log(sqrt(s(of) * s(of) - 1) - s(of)); }, "acosh(-s)"},
    {"atanh", [](leaves of) { return 0.5 * log((1 + s(of)) / (1 - s(of))); }, "atanh(s)"},
    {"atanh", [](leaves of) { return log((1 - s(of)) / (1 + s(of))) / 2; }, "-atanh(s)"},
    {"atanh", [](leaves of) { return log((z(of) + 1) / (1 - z(of))); }, "2 * atanh(z)"},
    {"atanh in difference", [](leaves of) { return 0.5 * (log(1 + s(of)) - log(1 - s(of))); }, "atanh(s)"},
    {"atanh in difference", [](leaves of) { return (log(1 - s(of)) - log(s(of) + 1)) / 2; }, "-atanh(s)"},
    {"log of product", [](leaves of) { return log(exp(s(of)) * of.input("t")); }, "s + log(t)"},
    {"log of product", [](leaves of) { return log(of.input("t") * softmax(z(of))[y(of)]); },
     "(z - stop_gradient(max(z)))[y] - logsumexp(z - stop_gradient(max(z))) + log(t)"},
    {"softplus", [](leaves of) { return log(exp(s(of)) + exp(of.input("t")) + 1); },
     "softplus(logaddexp(s, t))"},
    {"logistic of difference", [](leaves of) { return exp(z(of)) / (exp(z(of)) + exp(s(of))); },
     "logistic(z - s)"},
    {"logistic of difference", [](leaves of) { return exp(s(of)) / (exp(z(of)) + exp(s(of))); },
     "logistic(s - z)"},
    {"log of power", [](leaves of) { return log(square(logistic(s(of)))); }, "-(2 * softplus(-s))"},
    {"log of power", [](leaves of) { return log(pow<3>(exp(s(of)))); }, "3 * s"},
    {"log of many", [](leaves of) { return log(prod(logistic(z(of)))); }, "-sum(softplus(-z))"},
    {"log of many", [](leaves of) { return log(prod(z(of))); }, "sum(log(abs(z))) + log(prod(sign(z)))"},
    {"log of choice", [](leaves of) { return log(where(s(of) < 0, exp(s(of)), of.input("t"))); },
     "where(s < 0, s, log(t))"},
    {"log of choice", [](leaves of) { return log(where(of.input("t") > 0, 1, logistic(s(of)))); },
     "where(0 < t, 0, -softplus(-s))"},
    {"log of choice",
     [](leaves of) {
       const ref p = logistic(s(of));
       return log(where(of.input("t") == 1, p, 1 - p));
     },
     "where(t == 1, -softplus(-s), -softplus(s))"},
    {"log of choice",
     [](leaves of) {
       return log(where(z(of) > 0, s(of) * exp(-s(of)), where(z(of) < -1, z(of), prod(z(of)))));
     },
     "where(0 < z, log(s) - s, where(z < -1, log(z), sum(log(abs(z))) + log(prod(sign(z)))))"},
    {"log1p of choice", [](leaves of) { return log1p(where(of.input("t") < 0, exp(s(of)), 0)); },
     "where(t < 0, softplus(s), 0)"},
    {"log1p of choice", [](leaves of) { return log(1 + where(of.input("t") < 0, s(of), exp(s(of)))); },
     "where(t < 0, log1p(s), softplus(s))"},
    {"log1p of choice", [](leaves of) { return log(1 - where(of.input("t") < 0, exp(s(of)), 0)); },
     "where(t < 0, log1mexp(s), 0)"},
    {"length of two", [](leaves of) { return sqrt(s(of) * s(of) + square(of.input("t"))); }, "hypot(s, t)"},
    {"square of norm", [](leaves of) { return square(norm(z(of))); }, "sum(square(z))"},
    {"variance", [](leaves of) { return mean(z(of) * z(of)) - square(mean(z(of))); },
     "sum(square(z - sum(z) / 3)) / 3"},
    {"variance",
     [](leaves of) {
       const ref a = of.input("A", {2, 4});
       return mean<1>(square(a), keepdim) - pow<2>(mean<1>(a, keepdim));
     },
     "sum<1>(square(A - sum<1>(A) * 0.25)) * 0.25"},
    {"variance", [](leaves of) { return mean_over_rows(s(of) * s(of)) - square(mean_over_rows(s(of))); },
     "mean_over_rows(square(s - mean_over_rows(s)))"},
    {"log of half erfc", [](leaves of) { return log(erfc(s(of)) / 2); }, "log_normal_cdf(-1.414214 * s)"},
    {"root of square", [](leaves of) { return sqrt(s(of) * s(of)); }, "abs(s)"},
    {"root of square", [](leaves of) { return sqrt(pow<2>(s(of))); }, "abs(s)"},
};

constexpr bool becomes(const example& each) {
  return shown(stabilise(graph_of_formula(each.formula))) == each.after;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_formula_becomes_its_stable_form) {
  static_assert(becomes(examples[0]) && becomes(examples[8]));
  for (const example& each : examples) {
    const graph after = stabilise(graph_of_formula(each.formula));
    BOOST_TEST(shown(after).view() == each.after);
    BOOST_TEST(same_graph(after, stabilise(after)), each.after << " is not stable yet");
  }
}

BOOST_AUTO_TEST_CASE(without_a_rule_one_of_its_formulas_does_not_get_there) {
  for (std::size_t i = 0; i < stability::rules.size(); ++i) {
    bool needed = false;
    const auto rest = without_rule(stability::all_rules, i);
    for (const example& each : examples) {
      if (each.rule != stability::rules[i].name) continue;
      needed = needed || !(shown(rewrite(graph_of_formula(each.formula), rest)) == each.after);
    }
    BOOST_TEST(needed, "no example needs " << stability::rules[i].name);
  }
}

BOOST_AUTO_TEST_CASE(the_rules_that_fired_are_counted) {
  rule_counts fired;
  const graph stable = stabilise(spelled(all_logits[0], spellings[0]), &fired);
  BOOST_TEST(fired.size() == stability::all_rules.size());
  const auto times = [&](std::string_view name) {
    for (std::size_t i = 0; i < fired.size(); ++i)
      if (stability::all_rules[i].name == name) return fired[i];
    return -1;
  };
  BOOST_TEST(times("logsumexp") > 0);
  BOOST_TEST(times("shift softmax") > 0);
  BOOST_TEST(times("softplus") == 0);
}

BOOST_AUTO_TEST_CASE(every_spelling_of_the_cross_entropy_is_the_same_graph) {
  for (const logits_example& logits : all_logits) {
    const graph expected = stabilise(graph_of_formula([&](leaves of) {
      const ref v = logits.formula(of);
      return cross_entropy(v, of.label("y", 3));
    }));
    for (const spelling& each : spellings) {
      const graph found = stabilise(spelled(logits, each));
      BOOST_TEST(same_graph(found, expected),
                 each.text << " with z = " << logits.text << " became " << shown(found).view());
      BOOST_TEST(same_graph(with_gradients(found), with_gradients(expected)),
                 each.text << ": " << logits.text);
      BOOST_TEST(same_graph(trained(found), trained(expected)), each.text << ": " << logits.text);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_cross_entropy_is_softmax_minus_one_hot) {
  const graph found = with_gradients(stabilise(spelled(all_logits[0], spellings[0])));
  BOOST_TEST(shown(found).view() == "logsumexp(z - stop_gradient(max(z))) - (z - stop_gradient(max(z)))[y]");
  BOOST_TEST(shown(found, "z").view() ==
             "exp(z - stop_gradient(max(z))) / sum(exp(z - stop_gradient(max(z)))) - one_hot(y)");
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_cross_entropy_reaches_the_parameters) {
  const graph found = trained(stabilise(spelled(all_logits[1], spellings[0])));
  const std::string d = "W * x + b - stop_gradient(max(W * x + b))";
  const std::string adjoint = "exp(" + d + ") / sum(exp(" + d + ")) - one_hot(y)";
  BOOST_TEST(shown(found, "W").view() == "mean_over_rows(outer(" + adjoint + ", x))");
  BOOST_TEST(shown(found, "b").view() == "mean_over_rows(" + adjoint + ")");
}

BOOST_AUTO_TEST_CASE(rows_of_logits_are_shifted_row_by_row) {
  const auto rows_of_logits = [](leaves of) { return of.input("z", {2, 3}); };
  const auto inside = [&](leaves of) { return sum(-log(softmax(rows_of_logits(of))[of.label("y", 3)])); };
  const auto outside = [&](leaves of) { return sum(-log(softmax(rows_of_logits(of)))[of.label("y", 3)]); };
  const graph found = stabilise(graph_of_formula(inside));
  BOOST_TEST(same_graph(found, stabilise(graph_of_formula(outside))), shown(found).view());
  const auto values = named_values(found, {{"z", {1000, 0, -1000, 0, 0, 0}}, {"y", {0}}});
  BOOST_TEST(outputs_of(found, values, 1)[0] == std::log(3.), boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(every_spelling_of_the_mean_cross_entropy_of_labels_is_the_same_graph) {
  const spelling spellings_of_many[] = {
      {"-log(p[y])", [](ref z, ref y) { return -mean(log(softmax(z)[y])); }},
      {"-log(p)[y]", [](ref z, ref y) { return -mean(log(softmax(z))[y]); }},
      {"-log_softmax(z)[y]", [](ref z, ref y) { return -mean(log_softmax(z)[y]); }},
      {"logsumexp(z) - z[y]", [](ref z, ref y) { return -mean(z[y] - logsumexp<-1>(z)); }},
      {"exp(z[y]) / sum(exp(z))", [](ref z, ref y) { return -mean(log(exp(z[y]) / sum<-1>(exp(z)))); }},
  };
  const auto check = [&](ref (*logits)(leaves), ref (*labels)(leaves)) {
    const graph expected =
        stabilise(graph_of_formula([&](leaves of) { return cross_entropy(logits(of), labels(of)); }));
    for (const spelling& each : spellings_of_many) {
      const graph written = graph_of_formula([&](leaves of) { return each.loss(logits(of), labels(of)); });
      const graph found = stabilise(written);
      BOOST_TEST(same_graph(found, expected), each.text << " became " << shown(found).view());
    }
    // All is far apart: only the stable form has a value.
    const graph stable = with_gradients(expected);
    symbol_values<double> values(stable.symbols().size());
    for (std::size_t i = 0; i < values.size(); ++i)
      for (int k = 0; k < stable.symbols()[i].extents.elements(); ++k)
        values[i].push_back(stable.symbols()[i].role == symbol_role::label ? k % 3 : (k * k % 7 - 3) * 1e4);
    for (double each : outputs_of(stable, values, 1)) BOOST_TEST(std::isfinite(each), shown(stable).view());
  };
  const auto every_row = [](leaves of) { return of.input("z", {2, 3}); };
  const auto scaled_row = [](leaves of) { return 3 * tanh(of.input("z", {2, 3})); };
  const auto product = [](leaves of) {
    return of.input("h", {2, 2}) * of.input("W", {2, 3}) + of.input("b", {3});
  };
  const auto one_for_all = [](leaves of) { return of.input("W", {3, 2}) * of.input("x", {2}); };
  const auto scaled_for_all = [](leaves of) { return -3 * of.input("z", {3}); };
  const auto labels = [](leaves of) { return of.labels("y", 3, {2}); };
  const auto part = [](leaves of) { return slice<0, 1, 3>(of.labels("y", 3, {4})); };
  for (ref (*logits)(leaves) : {+every_row, +scaled_row, +product, +one_for_all, +scaled_for_all})
    for (ref (*some)(leaves) : {+labels, +part}) check(logits, some);
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_cross_entropy_of_labels_is_softmax_minus_one_hot) {
  const graph loss = stabilise(graph_of_formula([](leaves of) {
    return sum(-log(softmax(of.input("z", {2, 3}))[of.labels("y", 3, {2})]));
  }));
  BOOST_TEST(shown(with_gradients(loss), "z").view() ==
             "exp(z - stop_gradient(max<1>(z))) / sum<1>(exp(z - stop_gradient(max<1>(z)))) - one_hot(y)");
}

BOOST_AUTO_TEST_CASE(vectors_of_labels_pick_in_sums) {
  const auto z = [](leaves of) { return of.input("z", {4, 2, 3}); };
  const auto y = [](leaves of) { return of.labels("y", 3, {2}); };
  const graph found =
      stabilise(graph_of_formula([&](leaves of) { return sum<-1>(multiply(one_hot(y(of)), z(of))); }));
  BOOST_TEST(same_graph(found, graph_of_formula([&](leaves of) { return z(of)[y(of)]; })),
             shown(found).view());
  // Vectors along another axis than the last but one are not those of the places.
  const graph other = stabilise(graph_of_formula([&](leaves of) {
    const ref wide = broadcast_over(one_hot(y(of)), {2, 2, 3}, 2u);
    return sum<-1>(multiply(wide, of.input("z", {2, 2, 3})));
  }));
  const auto values = named_values(other, {{"z", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, {"y", {2, 0}}});
  const std::vector<double> expected{3, 6, 7, 10};
  BOOST_TEST(outputs_of(other, values, 1) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_naive_formula_overflows_and_the_stable_one_does_not) {
  const graph naive = spelled(all_logits[0], spellings[0]);
  const graph stable = with_gradients(stabilise(naive));
  for (const double far : {20., 800., 1e4, 1e300}) {
    const auto wrong_class = named_values(stable, {{"z", {far, 0, -far}}, {"y", {1}}});
    const auto right_class = named_values(stable, {{"z", {far, 0, -far}}, {"y", {0}}});
    const std::vector<double> found = outputs_of(stable, wrong_class, 1);
    BOOST_TEST(found[0] == far, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(found[1] == 1, boost::test_tools::tolerance(1e-8));
    BOOST_TEST(found[2] == -1, boost::test_tools::tolerance(1e-8));
    BOOST_TEST(outputs_of(stable, right_class, 1)[0] == std::exp(-far), boost::test_tools::tolerance(2e-9));
    if (far > 700) BOOST_TEST(!std::isfinite(outputs_of(naive, wrong_class, 1)[0]));
  }
}

BOOST_AUTO_TEST_CASE(the_other_stable_forms_keep_their_digits) {
  struct extreme {
    ref (*formula)(leaves);
    double at, expected;
  };
  const extreme cases[] = {
      {[](leaves of) { return log(1 + exp(s(of))); }, 1000, 1000},
      {[](leaves of) { return log(1 + exp(s(of))); }, -50, std::exp(-50.)},
      {[](leaves of) { return log(1 + s(of)); }, 1e-20, 1e-20},
      {[](leaves of) { return log(1 - s(of)); }, 1e-20, -1e-20},
      {[](leaves of) { return exp(s(of)) - 1; }, 1e-20, 1e-20},
      {[](leaves of) { return exp(s(of)) / (1 + exp(s(of))); }, 1000, 1},
      {[](leaves of) { return exp(s(of)) / (exp(s(of)) + exp(2 * s(of))); }, 1000, 0},
      {[](leaves of) { return log(logistic(s(of) + 1) - logistic(s(of))); }, 1000,
       std::log(-std::expm1(-1.)) - 1000},
      {[](leaves of) { return log(1 + sum(exp(stack(s(of), s(of))))); }, 1000, 1000 + std::log(2.)},
      {[](leaves of) { return 1 - 1 / (1 + exp(-s(of))); }, 50, std::exp(-50.)},
      {[](leaves of) { return log(1 / (1 + exp(-s(of)))); }, -1000, -1000},
      {[](leaves of) { return log(1 / s(of)); }, 0x1p-1074, 1074 * std::log(2.)},
      {[](leaves of) { return log(exp(s(of))); }, 1000, 1000},
      {[](leaves of) { return sqrt(s(of) * s(of)); }, -1e200, 1e200},
      {[](leaves of) { return log(cosh(s(of))); }, -1000, 1000 - std::log(2.)},
      {[](leaves of) { return log(cosh(s(of))); }, 1e-10, 5e-21},
      {[](leaves of) { return (exp(s(of)) - exp(-s(of))) / 2; }, 1e-10, 1e-10},
      {[](leaves of) { return sinh(s(of)) / cosh(s(of)); }, -1000, -1},
      {[](leaves of) { return log(1 - exp(s(of))); }, -1e-20, std::log(1e-20)},
      {[](leaves of) { return log(1 - exp(s(of))); }, -50, -std::exp(-50.)},
      {[](leaves of) { return log(-expm1(s(of))); }, -50, -std::exp(-50.)},
      {[](leaves of) { return log(exp(s(of)) + exp(2 * s(of))); }, 1000, 2000},
      {[](leaves of) { return 1 - erf(s(of)); }, 8, std::erfc(8.)},
      {[](leaves of) { return 1 + erf(s(of)); }, -8, std::erfc(8.)},
      {[](leaves of) { return 1 - erfc(s(of)); }, 1e-20, 1e-20 * 1.1283791670955126},
      {[](leaves of) { return 1 - normal_cdf(s(of)); }, 10, 7.6198530241605260660e-24},
      {[](leaves of) { return log(normal_cdf(s(of))); }, -40, -804.60844201375378817},
      {[](leaves of) { return log(erfc(s(of)) / 2); }, 1000, -1000008.1732679024662},
      {[](leaves of) { return log(erfc(s(of))); }, 1000, -1000008.1732679024662 + std::log(2.)},
      {[](leaves of) { return log(erfc(s(of))); }, 1e-20, -1e-20 * 1.1283791670955126},
      {[](leaves of) { return log(exp(s(of)) - 1); }, 1000, 1000},
      {[](leaves of) { return log(1 - square(tanh(s(of)))); }, 1000, 2 * std::log(2.) - 2000},
      {[](leaves of) { return log(s(of) + sqrt(s(of) * s(of) + 1)); }, -1e200, -std::asinh(1e200)},
      {[](leaves of) { return log(s(of) + sqrt(s(of) * s(of) + 1)); }, 1e-20, 1e-20},
      {[](leaves of) { return log(s(of) + sqrt(s(of) * s(of) - 1)); }, 1e200, std::acosh(1e200)},
      {[](leaves of) { return log(s(of) - sqrt(s(of) * s(of) - 1)); }, 1e10, -std::acosh(1e10)},
      {[](leaves of) { return 0.5 * log((1 + s(of)) / (1 - s(of))); }, 1e-20, 1e-20},
      {[](leaves of) { return 0.5 * (log(1 + s(of)) - log(1 - s(of))); }, 1e-20, 1e-20},
      {[](leaves of) { return log(1 + where(s(of) > 0, exp(s(of)), 0)); }, 1000, 1000},
      {[](leaves of) { return 1 - exp(s(of)); }, 1e-20, -1e-20},
      {[](leaves of) { return log(exp(2 * s(of)) - exp(s(of))); }, 1000, 2000},
      {[](leaves of) { return (exp(2 * s(of)) - 1) / (exp(2 * s(of)) + 1); }, 1000, 1},
      {[](leaves of) { return log(exp(s(of)) * exp(-2 * s(of))); }, -1000, 1000},
      {[](leaves of) { return log(prod(broadcast_over(exp(s(of)), {9}, 1))); }, -100, -900},
      {[](leaves of) { return log(prod(broadcast_over(s(of), {9}, 1))); }, 1e-50, 9 * std::log(1e-50)},
      {[](leaves of) { return log(mean(exp(stack(s(of), s(of))))); }, 1000, 1000},
      {[](leaves of) { return log(logistic(s(of)) * exp(s(of)) + logistic(-s(of)) * exp(s(of))); }, 1000,
       1000},
      {[](leaves of) { return log(dot(exp(stack(s(of), s(of))), exp(stack(s(of), s(of))))); }, 1000,
       2000 + std::log(2.)},
      {[](leaves of) { return log(where(s(of) < 0, 2 * exp(s(of)), s(of))); }, -1000, std::log(2.) - 1000},
      {[](leaves of) { return log(where(s(of) < 0, s(of), logistic(-s(of)))); }, 1000, -1000},
      {[](leaves of) { return sqrt(s(of) * s(of) + square(2 * s(of))); }, 1e-200, std::sqrt(5.) * 1e-200},
      {[](leaves of) {
         const ref v = stack(s(of), s(of) + 1, s(of) + 2);
         return mean(v * v) - square(mean(v));
       },
       0x1p40, 2. / 3},
  };
  for (const extreme& each : cases) {
    const graph naive = graph_of_formula(each.formula);
    const graph stable = stabilise(naive);
    const symbol_values<double> at{{each.at}};
    BOOST_TEST(outputs_of(stable, at, 1)[0] == each.expected, boost::test_tools::tolerance(1e-14));
    const double lost = outputs_of(naive, at, 1)[0];
    BOOST_TEST(!(std::abs(lost - each.expected) <= 1e-9 * std::abs(each.expected)), shown(naive).view());
  }
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_a_sum_stays_whole_where_a_part_may_be_negative_or_is_a_number) {
  constexpr example cases[] = {
      {"", [](leaves of) { return log(sum(z(of) * exp(z(of)))); }, "log(sum(z * exp(z)))"},
      {"", [](leaves of) { return log(dot(z(of), exp(z(of)))); }, "log(dot(z, exp(z)))"},
      {"", [](leaves of) { return log(exp(s(of)) + square(of.input("t"))); }, "log(exp(s) + square(t))"},
      {"", [](leaves of) { return log(exp(s(of)) * of.input("t") + exp(s(of))); },
       "log(exp(s) * t + exp(s))"},
      {"", [](leaves of) { return log(logistic(s(of)) + 0.1); }, "log(logistic(s) + 0.1)"},
      {"", [](leaves of) { return log(sum(where(z(of) < 0, exp(z(of)), -1))); },
       "log(sum(where(z < 0, exp(z), -1)))"},
      {"", [](leaves of) { return log(sum(logistic(z(of)))); }, "log(sum(logistic(z)))"},
  };
  for (const example& each : cases)
    BOOST_TEST(shown(stabilise(graph_of_formula(each.formula))).view() == each.after);
}

// A choice of 0 times a negative number has the logarithm of 0, which two logarithms would make a NaN.
BOOST_AUTO_TEST_CASE(a_share_that_may_be_zero_stays_beside_what_may_be_negative) {
  constexpr auto nothing_chosen = [](leaves of) { return sum(where(z(of) < 0, exp(z(of)), 0)); };
  const auto stable_log = [&](auto formula) {
    const graph found = stabilise(graph_of_formula([&](leaves of) { return log(formula(of)); }));
    return std::string(shown(found).view());
  };
  BOOST_TEST(stable_log([&](leaves of) { return nothing_chosen(of) * of.input("t"); }) ==
             "log(sum(where(z < 0, exp(z), 0)) * t)");
  BOOST_TEST(stable_log([&](leaves of) { return nothing_chosen(of) / of.input("t"); }) ==
             "log(sum(where(z < 0, exp(z), 0)) / t)");
  BOOST_TEST(stable_log([&](leaves of) { return nothing_chosen(of) * square(of.input("t")); }) ==
             "logsumexp(where(z < 0, z, -inf)) + log(square(t))");
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_a_choice_stays_whole_where_no_arm_has_a_better_form) {
  constexpr example cases[] = {
      {"", [](leaves of) { return log(where(s(of) > 0, s(of), of.input("t"))); }, "log(where(0 < s, s, t))"},
      {"", [](leaves of) { return log(where(s(of) > 0, s(of), 1)); }, "log(where(0 < s, s, 1))"},
      {"", [](leaves of) { return log(where(z(of) > 0, s(of), 0)); }, "log(where(0 < z, s, 0))"},
      {"", [](leaves of) { return log1p(where(s(of) > 0, s(of), 0)); }, "log1p(where(0 < s, s, 0))"},
      {"",
       [](leaves of) {
         return log(where(z(of) > 0, reshape<3>(of.input("v", {1, 3})), z(of)));
       },
       "log(where(0 < z, v, z))"},
      {"", [](leaves of) { return log(where(z(of) > 0, reverse<0>(z(of)), at<1>(z(of)))); },
       "log(where(0 < z, z[::-1], z[1]))"},
  };
  for (const example& each : cases)
    BOOST_TEST(shown(stabilise(graph_of_formula(each.formula))).view() == each.after);
}

BOOST_AUTO_TEST_CASE(as_written_only_exact_rules_fire_in_value_and_gradient) {
  const graph written = graph_of_formula([](leaves of) { return as_written(log(1 + exp(s(of))) + 0); });
  BOOST_TEST(shown(stabilise(written)).view() == "as_written(log(1 + exp(s)))");
  BOOST_TEST(shown(with_gradients(stabilise(written)), "s").view() == "1 / (1 + exp(s)) * exp(s)");
  rule_counts fired;
  (void)stabilise(written, &fired);
  BOOST_TEST(fired.size() == stability::all_rules.size());
  for (std::size_t i = 0; i < stability::rules.size(); ++i) BOOST_TEST(fired[i] == 0);
}

BOOST_AUTO_TEST_CASE(a_gradient_of_what_is_as_written_is_so_too) {
  const graph first = expand_gradients(
      graph_of_formula([](leaves of) { return grad(as_written(log(1 + exp(s(of)))), s(of)); }));
  BOOST_TEST(shown(first).view() == "as_written(1 / (1 + exp(s)) * exp(s))");
  const graph second = expand_gradients(
      graph_of_formula([](leaves of) { return grad(grad(as_written(log(1 + exp(s(of)))), s(of)), s(of)); }));
  BOOST_TEST(!std::isfinite(outputs_of(second, symbol_values<double>{{1000}}, 1)[0]));
}

BOOST_AUTO_TEST_CASE(the_slope_of_log_cosh_is_tanh) {
  const graph found = with_gradients(stabilise(graph_of_formula([](leaves of) { return log(cosh(s(of))); })));
  BOOST_TEST(shown(found, "s").view() == "tanh(s)");
}

BOOST_AUTO_TEST_CASE(a_sum_of_many_powers_is_one_of_shares_however_long) {
  const graph found = stabilise(graph_of_formula([](leaves of) {
    ref sum = exp(s(of));
    for (int i = 2; i < 12; ++i) sum = sum + exp(s(of) * double(i));
    return log(sum);
  }));
  BOOST_TEST(shown(found).view().starts_with("logaddexp(logaddexp("));
}

BOOST_AUTO_TEST_CASE(in_its_safe_range_no_formula_changes_its_value) {
  for (const example& each : examples) {
    const graph before = graph_of_formula(each.formula);
    const graph after = stabilise(before);
    symbol_values<double> values = random_values(before, 50, 11, 2);
    for (std::size_t i = 0; i < values.size(); ++i)
      for (double& one : values[i])
        if (before.symbols()[i].role != symbol_role::label) one = std::abs(one) / 8;
    const auto a = outputs_of(before, values, 50);
    const auto b = outputs_of(after, values, 50);
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!std::isnan(a[i]) || !std::isnan(b[i]))
        BOOST_TEST(b[i] == a[i], boost::test_tools::tolerance(1e-6));  // what cancels in the naive form
  }
}
