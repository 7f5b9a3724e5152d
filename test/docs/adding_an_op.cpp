// SPDX-License-Identifier: BSL-1.0
// Operations of the user's own, from the user's file: docs/adding_an_op.md quotes this one.
#define BOOST_TEST_MODULE adding_an_op
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include "docs/quotes.hpp"
#include "examples/same_graph.hpp"
#include "fusegrad/fusegrad.hpp"
#include "support/against_interpreter.hpp"

namespace mine {

using namespace fusegrad;

/// The integral of t^(a - 1) exp(-t) over all t > 0: (a - 1)! of a whole number a.
struct gamma_op : elementwise_operation<1> {
  static constexpr std::string_view name = "gamma";
  static constexpr bool unbounded_partial = true;  // at 0, -1, -2, ...
  static constexpr int flops = 40;
  template <class Value> static constexpr Value value(Value a) {
    using std::tgamma;  // of a number; that of a register is found beside its type
    return tgamma(a);
  }
  static constexpr ref partials(ref a, ref result) { return multiply(result, digamma(a)); }
};

/// The gamma function of each element.
template <formula Value> [[nodiscard]] constexpr auto gamma(Value x) {
  return call<elementwise<gamma_op>>(x);
}

/// The mean lifetime, in units of its scale, where failures follow a Weibull distribution of this shape.
/// Source: Weibull 1951, "A statistical distribution function of wide applicability".
template <formula Value> [[nodiscard]] constexpr auto mean_lifetime(Value shape) {
  return gamma(constant<1> + constant<1> / shape);
}

/// The nearest whole number. Its derivative is 0 almost everywhere; the adjoint passes as if it were 1.
/// Source: Bengio, Leonard, Courville 2013, the "straight-through estimator".
struct nearest_op : elementwise_operation<1> {
  static constexpr std::string_view name = "nearest";
  template <class Value> static constexpr Value value(Value a) {
    using std::nearbyint;
    return nearbyint(a);
  }
  static constexpr ref along(int, const ref*, ref, ref direction) { return direction; }
};

template <formula Value> [[nodiscard]] constexpr auto nearest(Value x) {
  return call<elementwise<nearest_op>>(x);
}

/// The square root of the sum of squares; gradient 0 at the origin. Reads `axes`.
struct length_op : reduction_operation {
  static constexpr std::string_view name = "length";
  static constexpr int flops = 2;
  template <class Value> struct accumulator {
    Value squares = Value(0);
    constexpr void add(Value each, Value) { squares = squares + each * each; }
    constexpr Value result() const { return math::sqrt(squares); }
  };
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = 0;
    for_each<Real>(of, operands[0], [&](int to, int, Real each) { result[to] += each * each; });
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = math::sqrt(result[i]);
  }
  static constexpr ref weights(ref operand, ref result) {
    const ref size = broadcast_over(result, operand.extents(), result->payload.axes);
    return where(size == 0, 0, operand / size);
  }
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    return print_reduction(name, in, of, operands);
  }
};

/// The length of a vector: over the given axes, over all without any.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto length(Value v) {
  return call<reduce_function<length_op, false, Axes...>>(v);
}

}  // namespace mine

using namespace fusegrad;
using namespace fusegrad::test;
using mine::length, mine::mean_lifetime, mine::nearest;

namespace {

constexpr auto x = input<"x", 3>;
constexpr auto t = target<"t">;
constexpr auto W = param<"W", 4, 3>;
constexpr auto b = param<"b", 4>;
constexpr auto v = param<"v", 4>;

// One door: expressions.
constexpr auto shapes = constant<1> + softplus(W * x + b);
constexpr auto loss = squared_error(dot(v, mean_lifetime(shapes)), t);

// The other door: a lambda.
constexpr auto traced = trace(
    [](auto out, auto weights, auto features, auto bias, auto wanted) {
      const auto shape = 1 + softplus(weights * features + bias);
      return square(dot(out, mean_lifetime(shape)) - wanted) / 2;
    },
    v, W, x, b, t);

/// A few rows, and a model in double.
auto some_data() {
  return dataset(x = std::vector{0.5, -1.0, 2.0, 1.5, 0.25, -3.0}, t = std::vector{1.0, -1.0});
}
auto some_model() { return initialise<loss, double>(7, W = normal(), b = normal(), v = normal()); }

/// What the page shows as output.
std::string page_output() {
  constexpr auto z = input<"z">;
  constexpr auto u = param<"u", 2, 3>;
  std::ostringstream out;
  out << to_string(mean_lifetime(z)) << '\n';
  out << computed_form(grad(mean_lifetime(z), z)) << '\n';
  out << computed_form(grad(grad(mine::gamma(z), z), z)) << '\n';
  out << computed_form(grad(square(nearest(z)), z)) << '\n';
  out << to_string(length<1>(u)) << '\n';
  out << computed_form(grad(length(u), u)) << '\n';
  return out.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(both_doors_give_the_same_graph) { BOOST_TEST(graph_of(traced) == graph_of(loss)); }

BOOST_AUTO_TEST_CASE(the_gradient_equals_central_differences) {
  const auto data = some_data();
  auto model = some_model();
  const auto gradient = value_and_grad(loss, model, data).gradient;
  constexpr double step = 1e-5;
  for (std::size_t i = 0; i < model[W].size(); ++i) {
    const double here = model[W][i];
    model[W][i] = here + step;
    const double above = evaluate(loss, model, data);
    model[W][i] = here - step;
    const double below = evaluate(loss, model, data);
    model[W][i] = here;
    // Truncation is step^2 / 6 of the third derivative, rounding 1e-15 / step: both about 1e-10.
    BOOST_TEST(std::abs(gradient[W][i] - (above - below) / (2 * step)) < 1e-8);
  }
}

BOOST_AUTO_TEST_CASE(the_kernel_equals_the_interpreter) { gradient_agrees("lifetime", loss); }

BOOST_AUTO_TEST_CASE(an_adjoint_that_passes_straight_through_agrees_with_the_interpreter) {
  gradient_agrees("nearest", squared_error(dot(v, W * nearest(x)), t) + square(nearest(sum(v))));
}

BOOST_AUTO_TEST_CASE(a_reduction_agrees_with_the_interpreter) {
  gradient_agrees("length", squared_error(length(W * x + b), t));
  gradient_agrees("length over one axis", sum(length<1>(W)) + squared_error(dot(v, W * x), t));
}

BOOST_AUTO_TEST_CASE(negative_numbers_keep_their_sign_and_great_ones_their_digits) {
  constexpr auto z = input<"z">;
  const float below = evaluate(mine::gamma(z), z = std::vector<float>{-0.5F}).front();
  BOOST_TEST(std::abs(below / -3.5449077F - 1) < 1e-6);
  // 29! against the same by way of a logarithm of 71, whose rounding grows by its size.
  const float factorial = 8841761993739701954543616000000.0f;
  const float direct = evaluate(mine::gamma(z), z = std::vector<float>{30}).front();
  const float by_logarithm = evaluate(exp(lgamma(z)), z = std::vector<float>{30}).front();
  BOOST_TEST(std::abs(direct / factorial - 1) < 1e-6);
  BOOST_TEST(std::abs(by_logarithm / factorial - 1) > 1e-6);
}

BOOST_AUTO_TEST_CASE(the_length_of_a_zero_vector_has_gradient_zero) {
  constexpr auto u = input<"u", 3>;
  for (float each : evaluate(grad(length(u), u), u = std::vector<float>{0, 0, 0})) BOOST_TEST(each == 0);
}

BOOST_AUTO_TEST_CASE(the_page_quotes_this_file_and_real_output) {
  check_quotes("docs/adding_an_op.md", "cpp", contents_of("test/docs/adding_an_op.cpp"), 7);
  check_quotes("docs/adding_an_op.md", "text", page_output(), 3);
}
