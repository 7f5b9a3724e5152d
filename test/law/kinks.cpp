// SPDX-License-Identifier: BSL-1.0
// The table of kinks and edges in docs/numerics.md: first and second derivatives there, by reverse and
// forward mode, as written and as kernels compute them.
#define BOOST_TEST_MODULE kinks
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "fusegrad/pass/define.hpp"
#include "fusegrad/pass/expand_gradients.hpp"
#include "fusegrad/run/interpret.hpp"

using namespace fusegrad;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double slope_of_erfc = 2 * std::numbers::inv_sqrtpi;                      // at 0, negated
constexpr double slope_of_normal = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // of its logarithm at 0
constexpr double not_finite = std::numeric_limits<double>::quiet_NaN();  // infinite or NaN, as it comes

/// A scalar formula of x, a point at its kink, and what derivatives are there: the gradient, and the Hessian
/// row by row.
struct kink {
  const char* text;
  ref (*build)(ref x);
  std::vector<double> at;
  std::vector<double> gradient;
  std::vector<double> hessian;
};

ref first(ref x) { return at<0>(x); }
ref second(ref x) { return at<1>(x); }

const std::vector<kink> kinks{
    {"relu(x)", [](ref x) { return relu(first(x)); }, {0}, {0}, {0}},
    {"abs(x)", [](ref x) { return abs(first(x)); }, {0}, {0}, {0}},
    {"abs(x)", [](ref x) { return abs(first(x)); }, {-0.0}, {0}, {0}},
    {"max(a, b)", [](ref x) { return max(first(x), second(x)); }, {2, 2}, {1, 0}, {0, 0, 0, 0}},
    {"min(a, b)", [](ref x) { return min(first(x), second(x)); }, {2, 2}, {1, 0}, {0, 0, 0, 0}},
    {"max(v)", [](ref x) { return max(x); }, {2, 5, 5}, {0, 1, 0}, std::vector<double>(9)},
    {"min(v)", [](ref x) { return min(x); }, {5, 2, 2}, {0, 1, 0}, std::vector<double>(9)},
    {"square(max(v))", [](ref x) { return square(max(x)); }, {3, 3}, {6, 0}, {2, 0, 0, 0}},
    {"sqrt(x)", [](ref x) { return sqrt(first(x)); }, {0}, {0}, {0}},
    {"norm(v)", [](ref x) { return norm(x); }, {0, 0}, {0, 0}, {0, 0, 0, 0}},
    {"hypot(a, b)", [](ref x) { return hypot(first(x), second(x)); }, {0, 0}, {0, 0}, {0, 0, 0, 0}},
    {"standard_deviation(v)", [](ref x) { return standard_deviation(x); }, {4, 4}, {0, 0}, {0, 0, 0, 0}},
    {"atan2(a, b)", [](ref x) { return atan2(first(x), second(x)); }, {0, 0}, {0, 0}, {0, 0, 0, 0}},
    {"cbrt(x)", [](ref x) { return cbrt(first(x)); }, {0}, {0}, {0}},
    {"pow<0>(x)", [](ref x) { return pow<0>(first(x)); }, {0}, {0}, {0}},
    {"pow<1>(x)", [](ref x) { return pow<1>(first(x)); }, {0}, {1}, {0}},
    {"pow<2>(x)", [](ref x) { return pow<2>(first(x)); }, {0}, {0}, {2}},
    {"pow<3>(x)", [](ref x) { return pow<3>(first(x)); }, {0}, {0}, {0}},
    {"pow<3>(x)", [](ref x) { return pow<3>(first(x)); }, {-2}, {12}, {-12}},
    {"pow<4>(x)", [](ref x) { return pow<4>(first(x)); }, {0}, {0}, {0}},
    {"pow(x, 2) of a symbol", [](ref x) { return pow(first(x), second(x)); }, {0, 2}, {0, 0}, {2, 0, 0, 0}},
    {"pow(x, 1) of a symbol", [](ref x) { return pow(first(x), second(x)); }, {0, 1}, {1, 0}, {}},
    {"pow(x, 0) of a symbol", [](ref x) { return pow(first(x), second(x)); }, {0, 0}, {0, 0}, {0, 0, 0, 0}},
    {"clamp<-1, 1>(x)", [](ref x) { return clamp<-1, 1>(first(x)); }, {1}, {1}, {0}},
    {"clamp<-1, 1>(x)", [](ref x) { return clamp<-1, 1>(first(x)); }, {-1}, {1}, {0}},
    {"square(clamp(x, low, high))",
     [](ref x) { return square(clamp(at<0>(x), at<1>(x), at<2>(x))); },
     {2, 0, 2},
     {4, 0, 0},
     {2, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"xlogy(p, p)", [](ref x) { return xlogy(first(x), first(x)); }, {0}, {0}, {0}},
    {"log1mexp(x)", [](ref x) { return log1mexp(first(x)); }, {-0.0}, {-infinity}, {not_finite}},
    {"log1mexp(x)", [](ref x) { return log1mexp(first(x)); }, {0}, {-infinity}, {not_finite}},
    {"logsubexp(a, b)",
     [](ref x) { return logsubexp(first(x), second(x)); },
     {2, 2},
     {infinity, -infinity},
     {}},
    {"digamma(x)", [](ref x) { return digamma(first(x)); }, {-1}, {not_finite}, {}},
    {"polygamma<1>(x)", [](ref x) { return polygamma<1>(first(x)); }, {-2}, {not_finite}, {}},
    {"pow(x, p) of a negative x", [](ref x) { return pow(first(x), second(x)); }, {-2, 3}, {12, 0}, {}},
    {"copysign(a, b)", [](ref x) { return copysign(first(x), second(x)); }, {0, 2}, {0, 0}, {0, 0, 0, 0}},
    {"ceil(x) * x", [](ref x) { return multiply(ceil(first(x)), first(x)); }, {2}, {2}, {0}},
    {"floor(x) * x", [](ref x) { return multiply(floor(first(x)), first(x)); }, {2}, {2}, {0}},
    {"round(x) * x", [](ref x) { return multiply(round(first(x)), first(x)); }, {2.5}, {2}, {0}},
    {"sign(x) * x", [](ref x) { return multiply(sign(first(x)), first(x)); }, {0}, {0}, {0}},
    {"leaky_relu<0.1>(x)", [](ref x) { return leaky_relu<0.1>(first(x)); }, {0}, {0.1}, {0}},
    {"elu<2>(x)", [](ref x) { return elu<2>(first(x)); }, {0}, {2}, {2}},
    {"prelu(x, s)", [](ref x) { return prelu(first(x), second(x)); }, {0, 0.25}, {0.25, 0}, {0, 1, 1, 0}},
    {"hard_sigmoid(x)", [](ref x) { return hard_sigmoid(first(x)); }, {3}, {0}, {0}},
    {"hard_sigmoid(x)", [](ref x) { return hard_sigmoid(first(x)); }, {-3}, {0}, {0}},
    {"hard_tanh(x)", [](ref x) { return hard_tanh(first(x)); }, {1}, {0}, {0}},
    {"relu6(x)", [](ref x) { return relu6(first(x)); }, {6}, {0}, {0}},
    {"huber(a, b)", [](ref x) { return huber(first(x), second(x)); }, {1, 0}, {1, -1}, {}},
    {"quantile_loss<0.25>(p, t)",
     [](ref x) { return quantile_loss<0.25>(first(x), second(x)); },
     {1, 1},
     {-0.25, 0.25},
     {0, 0, 0, 0}},
    {"triplet_loss(a, b, c)",
     [](ref x) { return triplet_loss(slice<0, 0, 1>(x), slice<0, 1, 2>(x), slice<0, 2, 3>(x)); },
     {0, 1, 2},
     {0, 0, 0},
     std::vector<double>(9)},
    {"hinge_loss(z, t)", [](ref x) { return hinge_loss(first(x), second(x)); }, {1, 1}, {0, 0}, {0, 0, 0, 0}},
    {"asin(x)", [](ref x) { return asin(first(x)); }, {1}, {infinity}, {not_finite}},
    {"acos(x)", [](ref x) { return acos(first(x)); }, {1}, {-infinity}, {not_finite}},
    {"acos(x)", [](ref x) { return acos(first(x)); }, {-1}, {-infinity}, {not_finite}},
    {"acosh(x)", [](ref x) { return acosh(first(x)); }, {1}, {infinity}, {not_finite}},
    {"atanh(x)", [](ref x) { return atanh(first(x)); }, {1}, {infinity}, {not_finite}},
    {"log(x)", [](ref x) { return log(first(x)); }, {0}, {infinity}, {-infinity}},
    {"logit(x)", [](ref x) { return logit(first(x)); }, {0}, {infinity}, {not_finite}},
    {"logaddexp(a, b)",
     [](ref x) { return logaddexp(first(x), second(x)); },
     {-infinity, -infinity},
     {0.5, 0.5},
     {}},
    {"logsumexp(v), an entry masked",
     [](ref x) { return logsumexp(x); },
     {0, -infinity, 0},
     {0.5, 0, 0.5},
     {0.25, 0, -0.25, 0, 0, 0, -0.25, 0, 0.25}},
    {"log(sum(exp(v))), an entry masked",
     [](ref x) { return log(sum(exp(x))); },
     {0, -infinity, 0},
     {0.5, 0, 0.5},
     {0.25, 0, -0.25, 0, 0, 0, -0.25, 0, 0.25}},
    {"log(normal_cdf(a) + 0.25 * erfc(b)), b infinite",
     [](ref x) { return log(normal_cdf(first(x)) + 0.25 * erfc(second(x))); },
     {0, infinity},
     {slope_of_normal, 0},
     {}},
    {"log(sum(erfc(v) * exp(-2 v))), an entry infinite",
     [](ref x) { return log(sum(erfc(x) * exp(-2 * x))); },
     {0, infinity},
     {-2 - slope_of_erfc, 0},
     {}},
    {"logaddexp(logaddexp(a, log_erfc(b)), 0), both masked",
     [](ref x) { return logaddexp(logaddexp(first(x), log_erfc(second(x))), 0); },
     {-infinity, infinity},
     {0, 0},
     {}},
    {"logsumexp(v), all masked", [](ref x) { return logsumexp(x); }, {-infinity, -infinity}, {0, 0}, {}},
    {"log(sum(exp(v))), all masked",
     [](ref x) { return log(sum(exp(x))); },
     {-infinity, -infinity},
     {0, 0},
     {}},
    {"logsumexp(v), a tie",
     [](ref x) { return logsumexp(x); },
     {3, 3},
     {0.5, 0.5},
     {0.25, -0.25, -0.25, 0.25}},
};

/// A derivative of a formula by x, row-major.
struct way {
  const char* text;
  bool of_gradient;
  ref (*build)(ref value, ref x);
};

/// The derivatives along each unit vector, one behind the other.
template <class Along> ref along_each(ref x, Along along) {
  std::vector<ref> parts;
  const tensor_shape extents = x.extents();
  for (int i = 0; i < extents[0]; ++i) {
    const ref here = position_in(*x.in, extents, 1u);
    const ref unit = where(here == constant_in(*x.in, i, extents), 1, constant_in(*x.in, 0, extents));
    const ref found = along(unit);
    parts.push_back(reshape_to(found, tensor_shape{found.extents().elements()}));
  }
  return concat_all(parts.data(), int(parts.size()), 0);
}

const std::vector<way> ways{
    {"grad", false, [](ref f, ref x) { return grad(f, x); }},
    {"jacobian", false, [](ref f, ref x) { return jacobian(f, x); }},
    {"jvp", false, [](ref f, ref x) { return along_each(x, [&](ref unit) { return jvp(f, x, unit); }); }},
    {"hessian", true, [](ref f, ref x) { return hessian(f, x); }},
    {"hvp", true, [](ref f, ref x) { return along_each(x, [&](ref unit) { return hvp(f, x, unit); }); }},
    {"grad of grad", true,
     [](ref f, ref x) {
       return along_each(x, [&](ref unit) { return grad(sum(multiply(grad(f, x), unit)), x); });
     }},
    {"jvp of jvp", true,
     [](ref f, ref x) {
       return along_each(x, [&](ref unit) {
         return along_each(x, [&](ref other) { return jvp(jvp(f, x, unit), x, other); });
       });
     }},
};

bool same(double a, double b) {
  return std::isnan(b) ? !std::isfinite(a) : std::isinf(b) ? a == b : std::abs(a - b) <= 1e-15 * std::abs(b);
}

std::string text_of(const std::vector<double>& values) {
  std::string result;
  for (double each : values) result += (result.empty() ? "" : ", ") + std::to_string(each);
  return "(" + result + ")";
}

void check(const kink& of, const way& by, bool in_kernels) {
  const std::vector<double>& expected = by.of_gradient ? of.hessian : of.gradient;
  if (expected.empty())
    return;  // the gradient jumps, or is steep without end: no second derivative is promised
  graph in;
  const ref x = symbol_in(in, {"x", symbol_role::parameter, {int(of.at.size())}, 0});
  in.add_output({output_role::value, -1, by.build(of.build(x), x).id});
  graph out = expand_gradients(in);
  BOOST_TEST_REQUIRE(!out.trouble(), sentence(out.trouble().kind));
  if (in_kernels) out = write_definitions(out);
  const auto values = interpret<double>(out, symbol_values<double>{of.at}, 1);
  const std::vector<double>& found = values[std::size_t(out.outputs()[0].id.value)];
  BOOST_TEST_REQUIRE(found.size() == expected.size());
  bool right = true;
  for (std::size_t i = 0; i < found.size(); ++i) right = right && same(found[i], expected[i]);
  BOOST_TEST(right, of.text << " at " << text_of(of.at) << " by " << by.text
                            << (in_kernels ? " in kernels" : "") << ": " << text_of(found) << ", expected "
                            << text_of(expected));
}

}  // namespace

BOOST_AUTO_TEST_CASE(derivatives_at_kinks_are_those_of_the_table) {
  for (const kink& each : kinks)
    for (const way& by : ways)
      for (bool in_kernels : {false, true}) check(each, by, in_kernels);
}
