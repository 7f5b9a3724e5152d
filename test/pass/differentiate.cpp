// SPDX-License-Identifier: BSL-1.0
// Reverse mode: the printed derivatives, what counts once, what belongs to each row, and the work it costs.
#define BOOST_TEST_MODULE differentiate
#include "fusegrad/pass/differentiate.hpp"

#include "formulas.hpp"
#include "fusegrad/pass/objective.hpp"
#include "fusegrad/pass/stabilise.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <initializer_list>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// The value and its gradients by some symbols, simplified; each row's own.
constexpr graph differentiated(const graph& value, std::initializer_list<std::string_view> by) {
  std::vector<int> symbols;
  for (std::string_view each : by) symbols.push_back(value.find_symbol(each));
  return simplify(differentiate(value, value.outputs()[0].id, symbols, false));
}

/// The same of the mean over the rows.
graph trained(const graph& value, std::initializer_list<std::string_view> by) {
  const graph loss = objective(value);
  std::vector<int> symbols;
  for (std::string_view each : by) symbols.push_back(loss.find_symbol(each));
  return simplify(differentiate(loss, loss.outputs()[0].id, symbols, true));
}

constexpr ref linear(leaves of) { return dot(of.param("w", {3}), of.input("x", {3})) + of.param("b"); }
constexpr ref squared(leaves of) { return squared_error(linear(of), of.input("y")); }

constexpr bool knows_the_product_rule() {
  const graph value = graph_of_formula([](leaves of) { return of.input("x") * tanh(of.input("u")); });
  const graph found = differentiated(value, {"x", "u"});
  return shown(found, "x") == "tanh(u)" && shown(found, "u") == "x * (1 - square(tanh(u)))";
}

/// Compares every gradient with the difference quotient of the value, in long double.
void check_against_differences(const graph& with_gradients, unsigned seed, std::size_t rows) {
  symbol_values<long double> at = random_values<long double>(with_gradients, rows, seed, 1);
  const std::vector<long double> found = outputs_of(with_gradients, at, rows);
  std::size_t next = 1;
  for (std::size_t k = 1; k < with_gradients.outputs().size(); ++k)
    for (long double& moved : at[std::size_t(with_gradients.outputs()[k].symbol)]) {
      const long double here = moved, step = 1e-5L;
      moved = here + step;
      const long double above = outputs_of(with_gradients, at, rows)[0];
      moved = here - step;
      const long double below = outputs_of(with_gradients, at, rows)[0];
      moved = here;
      const long double quotient = (above - below) / (2 * step);
      BOOST_TEST(std::abs(found[next++] - quotient) <= 1e-8L * (1 + std::abs(quotient)));
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(products_and_functions_have_their_derivatives) {
  static_assert(knows_the_product_rule());
  BOOST_TEST(knows_the_product_rule());
}

BOOST_AUTO_TEST_CASE(the_gradient_of_linear_regression_is_the_error_times_the_input) {
  const graph found = trained(graph_of_formula(squared), {"w", "b"});
  BOOST_TEST(shown(found).view() == "mean_over_rows(square(dot(w, x) + b - y) * 0.5)");
  BOOST_TEST(shown(found, "b").view() == "mean_over_rows(dot(w, x) + b - y)");
  check_against_differences(found, 1, 5);
}

BOOST_AUTO_TEST_CASE(a_matrix_of_all_rows_is_multiplied_by_the_mean_of_their_shares) {
  const graph value = graph_of_formula([](leaves of) {
    return sum(tanh(matmul(of.param("A", {3, 3}), of.input("x", {3}) - of.param("m", {3}))));
  });
  BOOST_TEST(shown(trained(value, {"m"}), "m").view() ==
             "-(transpose(A) * (1 - mean_over_rows(square(tanh(A * (x - m))))))");
}

BOOST_AUTO_TEST_CASE(without_averaging_each_row_has_its_own_gradient) {
  const graph found = differentiated(graph_of_formula(squared), {"w", "b"});
  BOOST_TEST(shown(found, "b").view() == "dot(w, x) + b - y");
  const auto values =
      named_values(found, {{"w", {1, 2, 3}}, {"x", {1, 0, 0, 0, 1, 0}}, {"b", {10}}, {"y", {0, 0}}});
  const std::vector<double> expected{60.5, 72, 11, 0, 0, 0, 12, 0, 11, 12};
  BOOST_TEST(outputs_of(found, values, 2) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_gradient_by_an_input_is_that_of_the_row) {
  const graph found = differentiated(graph_of_formula(squared), {"x", "y"});
  BOOST_TEST(shown(found, "y").view() == "y - (dot(w, x) + b)");
  const auto values =
      named_values(found, {{"w", {1, 2, 3}}, {"x", {1, 0, 0, 0, 1, 0}}, {"b", {10}}, {"y", {0, 2}}});
  const std::vector<double> expected{60.5, 50, 11, 22, 33, 10, 20, 30, -11, -10};
  BOOST_TEST(outputs_of(found, values, 2) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_parameter_that_is_used_twice_gathers_both_shares) {
  const auto formula = [](leaves of) {
    const ref w = of.param("w", {2, 2});
    return sum(square(w * tanh(w * of.input("x", {2}))));
  };
  const graph found = trained(graph_of_formula(formula), {"w"});
  check_against_differences(found, 2, 4);
  const graph twice = differentiated(graph_of_formula([](leaves of) {
                                       const ref product = of.param("a") * of.input("x");
                                       return product + exp(of.param("a"));
                                     }),
                                     {"a"});
  BOOST_TEST(shown(twice, "a").view() == "exp(a) + x");
}

BOOST_AUTO_TEST_CASE(a_penalty_on_parameters_counts_once_per_step) {
  const auto formula = [](leaves of) {
    return squared(of) + of.scalar("lambda") / 2 * sum(square(of.param("w", {3})));
  };
  const graph found = trained(graph_of_formula(formula), {"w"});
  BOOST_TEST(shown(found).view() ==
             "mean_over_rows(square(dot(w, x) + b - y) * 0.5) + lambda * 0.5 * sum(square(w))");
  check_against_differences(found, 3, 7);
  // With no error the gradient is lambda * w, however many rows there are.
  const auto gradient_of = [&](std::size_t rows) {
    const auto values = named_values(found, {{"w", {2, 4, 6}},
                                             {"x", std::vector<double>(3 * rows, 0)},
                                             {"b", {0}},
                                             {"y", std::vector<double>(rows, 0)},
                                             {"lambda", {0.5}}});
    return outputs_of(found, values, rows);
  };
  BOOST_TEST(gradient_of(1) == (std::vector<double>{14, 1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(gradient_of(9) == (std::vector<double>{14, 1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_parameter_of_both_levels_gathers_both) {
  const auto formula = [](leaves of) {
    const ref w = of.param("w");
    return square(exp(w) * of.input("x") + w);
  };
  check_against_differences(trained(graph_of_formula(formula), {"w"}), 4, 6);
}

BOOST_AUTO_TEST_CASE(a_parameter_that_the_value_does_not_use_has_gradient_zero) {
  const graph value = graph_of_formula([](leaves of) {
    static_cast<void>(of.param("unused", {2, 3}));
    return square(of.param("w"));
  });
  const graph found = differentiated(value, {"unused", "w"});
  BOOST_TEST(shown(found, "unused").view() == "0");
  BOOST_TEST((found[found.find_output(output_role::gradient, found.find_symbol("unused"))].extents ==
              tensor_shape{2, 3}));
  BOOST_TEST(shown(found, "w").view() == "2 * w");
}

BOOST_AUTO_TEST_CASE(nothing_passes_a_wall) {
  const graph value =
      graph_of_formula([](leaves of) { return of.input("x") * stop_gradient(exp(of.input("x"))); });
  BOOST_TEST(shown(differentiated(value, {"x"}), "x").view() == "stop_gradient(exp(x))");
}

BOOST_AUTO_TEST_CASE(what_a_choice_discards_gives_no_gradient_even_where_it_is_infinite) {
  const auto formulas = std::to_array<ref (*)(leaves)>({
      [](leaves of) { return where(of.input("x") > 0, log(of.input("x")), of.input("x")); },
      [](leaves of) { return where(of.input("x") > 0, sqrt(of.input("x")), 2 * of.input("x")); },
      [](leaves of) { return where(of.input("x") == 0, of.input("x"), 1 / of.input("x")); },
      [](leaves of) { return sqrt(relu(of.input("x"))); },
      [](leaves of) {
        const ref logarithm = log(of.input("x"));  // two shares: their sum is no choice any more
        return where(of.input("x") > 0, logarithm * exp(logarithm), of.input("x"));
      },
  });
  for (const auto formula : formulas) {
    const graph found = differentiated(graph_of_formula(formula), {"x"});
    const std::vector<double> at_zero = outputs_of(found, symbol_values<double>{{0}}, 1);
    BOOST_TEST(std::isfinite(at_zero[1]), shown(found, "x").view());
  }
}

BOOST_AUTO_TEST_CASE(a_gradient_is_at_most_four_times_the_work_of_its_value) {
  struct sized {
    const char* text;
    ref (*formula)(leaves);
    std::initializer_list<std::string_view> by;
  };
  const sized cases[] = {
      {"chain of 50",
       [](leaves of) {
         ref y = of.input("x");
         for (int i = 0; i < 50; ++i) y = tanh(y) * of.param("w") + y * y;
         return y;
       },
       {"w"}},
      {"two layers",
       [](leaves of) {
         const ref hidden = relu(of.param("V", {8, 4}) * of.input("x", {4}) + of.param("a", {8}));
         return cross_entropy(of.param("W", {3, 8}) * hidden + of.param("b", {3}), of.label("y", 3));
       },
       {"V", "a", "W", "b"}},
      {"one shared value, 30 uses",
       [](leaves of) {
         const ref shared = exp(of.param("w") * of.input("x"));
         ref total = shared;
         for (int i = 1; i < 30; ++i) total = total + tanh(i * shared);
         return total;
       },
       {"w"}},
  };
  for (const sized& each : cases) {
    const graph value = stabilise(graph_of_formula(each.formula));
    const graph both = trained(value, each.by);
    BOOST_TEST(both.size() <= 4 * value.size(),
               each.text << ": " << both.size() << " nodes for " << value.size());
  }
}
