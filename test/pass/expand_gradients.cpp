// SPDX-License-Identifier: BSL-1.0
// grad(loss, w) inside a formula: expanded, nested, and in stable form.
#define BOOST_TEST_MODULE expand_gradients
#include "fusegrad/pass/expand_gradients.hpp"

#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr bool expands_to(ref (*formula)(leaves), std::string_view expected) {
  return shown(expand_gradients(graph_of_formula(formula))) == expected;
}

constexpr ref first_derivative(leaves of) { return grad(tanh(of.input("x")), of.input("x")); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_gradient_is_written_out) {
  static_assert(expands_to(first_derivative, "1 - square(tanh(x))"));
  BOOST_TEST(expands_to(first_derivative, "1 - square(tanh(x))"));
  BOOST_TEST(expands_to([](leaves of) { return grad(sum(square(of.param("w", {3}))), of.param("w", {3})); },
                        "2 * w"));
}

BOOST_AUTO_TEST_CASE(a_gradient_of_a_gradient_is_a_second_derivative) {
  const auto second = [](leaves of) {
    const ref x = of.input("x");
    return grad(grad(x * x * x, x), x);
  };
  const graph found = expand_gradients(graph_of_formula(second));
  for (const double x : {-2., 0., 0.5, 3.})
    BOOST_TEST(outputs_of(found, symbol_values<double>{{x}}, 1)[0] == 6 * x);
}

BOOST_AUTO_TEST_CASE(a_gradient_is_a_value_like_any_other) {
  // One step of gradient descent on (w x - y)^2, then the loss there.
  const auto after_one_step = [](leaves of) {
    const ref w = of.param("w"), x = of.input("x"), y = of.input("y");
    const ref moved = w - 0.1 * grad(square(w * x - y), w);
    return square(moved * x - y);
  };
  const graph found = expand_gradients(graph_of_formula(after_one_step));
  BOOST_TEST(!first_gradient(found));
  const double w = 2, x = 3, y = 1, moved = w - 0.1 * 2 * (w * x - y) * x;
  const double expected = (moved * x - y) * (moved * x - y);
  BOOST_TEST(outputs_of(found, named_values(found, {{"w", {w}}, {"x", {x}}, {"y", {y}}}), 1)[0] == expected,
             boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(two_gradients_of_one_loss_share_it) {
  const graph found = expand_gradients(graph_of_formula([](leaves of) {
    const ref loss = exp(of.param("a") * of.param("b"));
    const ref by_a = grad(loss, of.param("a"));
    return by_a + grad(loss, of.param("b"));
  }));
  BOOST_TEST(shown(found).view() == "exp(a * b) * b + exp(a * b) * a");
  BOOST_TEST(found.size() == 7);  // a, b, a * b, exp, two products, one sum
}

BOOST_AUTO_TEST_CASE(the_loss_is_made_stable_before_it_is_differentiated) {
  const graph found = expand_gradients(graph_of_formula([](leaves of) {
    const ref z = of.input("z", {3});
    return grad(-log(softmax(z)[of.label("y", 3)]), z);
  }));
  BOOST_TEST(shown(found).view() ==
             "exp(z - stop_gradient(max(z))) / sum(exp(z - stop_gradient(max(z)))) - one_hot(y)");
}

BOOST_AUTO_TEST_CASE(a_gradient_of_rows_is_that_of_each_row) {
  const graph found = expand_gradients(
      graph_of_formula([](leaves of) { return grad(square(of.param("w") * of.input("x")), of.param("w")); }));
  BOOST_TEST(
      outputs_of(found, named_values(found, {{"w", {2}}, {"x", {1, 3}}}), 2) == (std::vector<double>{4, 36}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_gradient_by_what_the_loss_does_not_contain_is_a_problem) {
  const graph found = expand_gradients(
      graph_of_formula([](leaves of) { return grad(square(of.param("w")), of.param("v")); }));
  BOOST_TEST((found.trouble().kind == problem_kind::not_a_parameter));
}

BOOST_AUTO_TEST_CASE(a_formula_without_gradients_is_only_made_stable) {
  const graph before = graph_of_formula([](leaves of) { return log(1 + exp(of.input("x"))); });
  BOOST_TEST(same_graph(expand_gradients(before), stabilise(before)));
}

BOOST_AUTO_TEST_CASE(gradients_by_several_symbols_share_one_pass) {
  const auto loss = [](leaves of) {
    const ref hidden = tanh(of.param("W", {3, 4}) * of.input("x", {4}) + of.param("b", {3}));
    return cross_entropy(of.param("V", {2, 3}) * hidden, of.label("y", 2));
  };
  const graph by_both = expand_gradients(graph_of_formula([&](leaves of) {
    const auto [by_matrix, by_vector] = grad(loss(of), of.param("W", {3, 4}), of.param("b", {3}));
    return sum(square(by_matrix)) + sum(square(by_vector));
  }));
  const graph by_matrix = expand_gradients(graph_of_formula([&](leaves of) {
    return sum(grad(loss(of), of.param("W", {3, 4})));
  }));
  // The gradient by b is what that by W is made of: its squares, their sum and the last one are all that is new.
  BOOST_TEST(by_both.size() == by_matrix.size() + 3);
  const auto values = random_values(by_both, 1, 3);
  BOOST_TEST(std::isfinite(outputs_of(by_both, values, 1)[0]));
}

// Directions, Jacobians and Hessians.

namespace {

using values_of_names = std::initializer_list<std::pair<std::string_view, std::vector<double>>>;

std::vector<double> value_of(ref (*formula)(leaves), values_of_names named, std::size_t rows = 1) {
  const graph found = expand_gradients(graph_of_formula(formula));
  BOOST_TEST_REQUIRE(!found.trouble(), sentence(found.trouble().kind));
  BOOST_TEST(!first_gradient(found));
  return outputs_of(found, named_values(found, named), rows);
}

problem_kind trouble_of(ref (*formula)(leaves)) {
  return expand_gradients(graph_of_formula(formula)).trouble().kind;
}

void check(const std::vector<double>& found, const std::vector<double>& expected, double tolerance = 1e-14) {
  BOOST_TEST_REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    BOOST_TEST(std::abs(found[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i])),
               "element " << i << ": " << found[i] << ", expected " << expected[i]);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_direction_gives_a_rate_of_change_in_the_shape_of_the_formula) {
  // d/dt sin(x + t v) = cos(x) v.
  check(
      value_of([](leaves of) { return jvp(sin(of.input("x", {2})), of.input("x", {2}), of.input("v", {2})); },
               {{"x", {0.5, 2}}, {"v", {3, -1}}}),
      {3 * std::cos(0.5), -std::cos(2.)});
}

BOOST_AUTO_TEST_CASE(weights_give_a_gradient_in_the_shape_of_the_symbol) {
  const auto formula = [](leaves of) {
    const ref A = of.param("A", {2, 3}), x = of.input("x", {3}), u = of.input("u", {2});
    return vjp(A * x, x, u);
  };
  check(value_of(formula, {{"A", {1, 2, 3, 4, 5, 6}}, {"x", {1, 1, 1}}, {"u", {10, 1}}}), {14, 25, 36});
}

BOOST_AUTO_TEST_CASE(a_hessian_vector_product_is_the_slope_of_the_gradient) {
  // loss = w0^2 w1: Hessian [[2 w1, 2 w0], [2 w0, 0]].
  const auto formula = [](leaves of) {
    const ref w = of.param("w", {2}), v = of.param("v", {2});
    return hvp(multiply(square(at<0>(w)), at<1>(w)), w, v);
  };
  check(value_of(formula, {{"w", {3, 5}}, {"v", {1, 2}}}), {10 + 12, 6});
}

BOOST_AUTO_TEST_CASE(the_weights_of_a_product_are_differentiated_too) {
  // d/du of sum(vjp(A x, x, u)) = A 1.
  const auto formula = [](leaves of) {
    const ref A = of.param("A", {2, 3}), x = of.input("x", {3}), u = of.input("u", {2});
    return grad(sum(vjp(A * x, x, u)), u);
  };
  check(value_of(formula, {{"A", {1, 2, 3, 4, 5, 6}}, {"x", {1, 1, 1}}, {"u", {10, 1}}}), {6, 15});
}

BOOST_AUTO_TEST_CASE(a_jacobian_has_the_axes_of_the_formula_then_those_of_the_symbol) {
  const std::vector<double> A{1, 2, 3, 4, 5, 6};
  const auto wide = [](leaves of) {  // reverse mode: two elements by three
    const ref A = of.param("A", {2, 3}), x = of.input("x", {3});
    return jacobian(square(A * x), x);
  };
  check(value_of(wide, {{"A", A}, {"x", {1, 0, -1}}}), {-4, -8, -12, -16, -20, -24});
  const auto tall = [](leaves of) {  // forward mode: three elements by two
    const ref A = of.param("A", {3, 2}), x = of.input("x", {2});
    return jacobian(square(A * x), x);
  };
  check(value_of(tall, {{"A", A}, {"x", {1, -1}}}), {-2, -4, -6, -8, -10, -12});
}

BOOST_AUTO_TEST_CASE(a_jacobian_by_a_matrix_has_its_axes) {
  const auto formula = [](leaves of) {
    const ref A = of.param("A", {2, 3}), x = of.input("x", {3});
    return jacobian(A * x, A);
  };
  check(value_of(formula, {{"A", {1, 2, 3, 4, 5, 6}}, {"x", {7, 8, 9}}}),
        {7, 8, 9, 0, 0, 0, 0, 0, 0, 7, 8, 9});
}

BOOST_AUTO_TEST_CASE(a_jacobian_of_elements_is_a_diagonal_without_nan) {
  // log has an infinite derivative at 0, but not beside the diagonal.
  const std::vector<double> found = value_of(
      [](leaves of) { return jacobian(log(of.input("x", {2})), of.input("x", {2})); }, {{"x", {0, 4}}});
  BOOST_TEST((std::isinf(found[0]) && found[1] == 0 && found[2] == 0 && found[3] == 0.25));
}

BOOST_AUTO_TEST_CASE(a_hessian_of_a_quadratic_form_is_its_matrix) {
  const auto formula = [](leaves of) {
    const ref A = of.param("A", {2, 2}), w = of.param("w", {2});
    return hessian(dot(w, A * w), w);
  };
  check(value_of(formula, {{"A", {1, 2, 5, 4}}, {"w", {3, -2}}}), {2, 7, 7, 8});
}

BOOST_AUTO_TEST_CASE(a_hessian_by_a_matrix_has_four_axes) {
  const graph found = expand_gradients(graph_of_formula([](leaves of) {
    const ref W = of.param("W", {2, 2});
    return hessian(prod(W), W);
  }));
  BOOST_TEST((found[found.outputs()[0].id].extents == tensor_shape{2, 2, 2, 2}));
  check(outputs_of(found, symbol_values<double>{{2, 3, 5, 7}}, 1),
        {0, 35, 21, 15, 35, 0, 14, 10, 21, 14, 0, 6, 15, 10, 6, 0});
}

BOOST_AUTO_TEST_CASE(derivatives_close_under_each_other_to_third_order) {
  // loss = sum(exp(w)): every derivative is exp(w) on the diagonal.
  const values_of_names at{{"w", {0.3, -1}}, {"v", {2, 3}}};
  const std::vector<double> w{0.3, -1}, v{2, 3};
  const auto by_grad = [](leaves of) {
    const ref w = of.param("w", {2}), v = of.param("v", {2});
    const ref second = grad(dot(grad(sum(exp(w)), w), v), w);
    return grad(dot(second, v), w);
  };
  const auto by_jvp = [](leaves of) {
    const ref w = of.param("w", {2}), v = of.param("v", {2});
    return jvp(jvp(grad(sum(exp(w)), w), w, v), w, v);
  };
  const auto by_hessian = [](leaves of) {
    const ref w = of.param("w", {2}), v = of.param("v", {2});
    return jvp(hessian(sum(exp(w)), w), w, v);
  };
  const auto third = [](leaves of) {
    const ref w = of.param("w", {2});
    return multiply(jacobian(hessian(sum(exp(w)), w), w), 1 + 0 * sum(of.param("v", {2})));
  };
  const std::vector<double> slope{4 * std::exp(0.3), 9 * std::exp(-1.)};
  check(value_of(by_grad, at), slope);
  check(value_of(by_jvp, at), slope);
  check(value_of(by_hessian, at), {2 * std::exp(0.3), 0, 0, 3 * std::exp(-1.)});
  check(value_of(third, at), {std::exp(0.3), 0, 0, 0, 0, 0, 0, std::exp(-1.)});
}

BOOST_AUTO_TEST_CASE(jacobians_of_rows_are_those_of_each_row) {
  const auto formula = [](leaves of) {
    const ref W = of.param("W", {2, 2}), x = of.input("x", {2});
    return jacobian(tanh(W * x), x);
  };
  const std::vector<double> W{1, 2, 3, 4}, x{0.1, 0.2, -0.3, 0.1};
  std::vector<double> expected;
  for (std::size_t row = 0; row < 2; ++row)
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < 2; ++k)
        expected.push_back(
            (1 - std::pow(std::tanh(W[2 * i] * x[2 * row] + W[2 * i + 1] * x[2 * row + 1]), 2)) *
            W[2 * i + k]);
  check(value_of(formula, {{"W", W}, {"x", x}}, 2), expected);
}

BOOST_AUTO_TEST_CASE(a_jacobian_of_a_mean_by_rows_is_the_share_of_each_row) {
  const auto formula = [](leaves of) {
    const ref x = of.input("x", {2});
    return jacobian(mean_over_rows(square(x)), x);
  };
  check(value_of(formula, {{"x", {1, 2, 3, 4}}}, 2), {1, 0, 0, 2, 3, 0, 0, 4});
}

BOOST_AUTO_TEST_CASE(a_hessian_of_a_mean_is_the_mean_of_hessians) {
  const auto formula = [](leaves of) {
    const ref w = of.param("w", {2}), x = of.input("x", {2});
    return hessian(mean_over_rows(square(dot(w, x))), w);
  };
  check(value_of(formula, {{"w", {1, 2}}, {"x", {1, 2, 3, 4}}}, 2), {10, 14, 14, 20});
}

namespace {

/// w^3 as a repetition, which takes no further axis.
ref cubed(ref w) {
  open_repetition open{.step = step_number_in(*w.in, 3), .carries = {}, .nexts = {}};
  open.carries.push_back(carry_of(open.step, constant_like(w, 1), 0));
  open.nexts.push_back(multiply(open.carries[0], w));
  open = at_its_level(open);
  return last_carry(open.end(), open.carries[0]);
}

}  // namespace

BOOST_AUTO_TEST_CASE(jacobians_and_hessians_of_a_repetition_take_one_direction_after_another) {
  const auto first = [](leaves of) { return jacobian(cubed(of.param("w", {3})), of.param("w", {3})); };
  check(value_of(first, {{"w", {1, 2, -3}}}), {3, 0, 0, 0, 12, 0, 0, 0, 27});
  const auto second = [](leaves of) { return hessian(sum(cubed(of.param("w", {3}))), of.param("w", {3})); };
  check(value_of(second, {{"w", {1, 2, -3}}}), {6, 0, 0, 0, 12, 0, 0, 0, -18});
}

BOOST_AUTO_TEST_CASE(means_over_the_rows_of_all_directions_are_taken_at_once) {
  const auto of_mean = [](leaves of) {
    const ref w = of.param("w", {2}), x = of.input("x", {2});
    return hessian(mean_over_rows(dot(x, cubed(w))), w);
  };
  check(value_of(of_mean, {{"w", {1, 2}}, {"x", {1, 2, 3, 4}}}, 2), {2 * 6, 0, 0, 3 * 12});
  const auto beside_mean = [](leaves of) {
    const ref w = of.param("w", {2}), product = multiply(of.input("x", {2}), cubed(w));
    return jacobian(multiply(product, mean_over_rows(product)), w);  // 6 w^5 x mean(x)
  };
  check(value_of(beside_mean, {{"w", {1, 2}}, {"x", {1, 2, 3, 4}}}, 2),
        {6 * 1 * 2, 0, 0, 192 * 2 * 3, 6 * 3 * 2, 0, 0, 192 * 4 * 3});
}

BOOST_AUTO_TEST_CASE(the_size_of_the_graph_is_independent_of_the_extent) {
  const auto size_of = []<int Extent>(std::integral_constant<int, Extent>) {
    return expand_gradients(graph_of_formula([](leaves of) {
             const ref A = of.param("A", {Extent, Extent}), w = of.param("w", {Extent});
             return hessian(logsumexp(A * tanh(w)), w);
           }))
        .size();
  };
  BOOST_TEST(size_of(std::integral_constant<int, 3>{}) == size_of(std::integral_constant<int, 300>{}));
}

BOOST_AUTO_TEST_CASE(what_has_no_such_derivative_is_a_problem) {
  const auto absent = [](leaves of) { return jvp(sum(of.param("w")), of.param("v"), of.param("v")); };
  BOOST_TEST((trouble_of(absent) == problem_kind::no_symbol_of_formula));
  const auto through_mean = [](leaves of) {
    const ref w = of.param("w"), x = of.input("x");
    return grad(square(w * x - mean_over_rows(w * x)), w);
  };
  BOOST_TEST((trouble_of(through_mean) == problem_kind::gradient_of_row_through_mean));
  const auto of_rows = [](leaves of) {
    const ref w = of.param("w"), x = of.input("x");
    return jvp(mean_over_rows(w * x), w, x);
  };
  BOOST_TEST((trouble_of(of_rows) == problem_kind::direction_of_rows));
  const auto six_axes = [](leaves of) {
    const ref w = of.param("w", {1, 2, 1, 2, 1, 2}), x = of.param("x", {2});
    return sum(jacobian(multiply(at<0>(x), sum<0, 1, 2>(w)), x)) + sum(hessian(sum(exp(sum(w) * x)), x));
  };
  BOOST_TEST((trouble_of(six_axes) == problem_kind::none));
}
