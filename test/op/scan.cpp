// SPDX-License-Identifier: BSL-1.0
// fold and scan: values, gradients of both orders against bodies written out, plans whose size does not
// depend on the number of steps, checkpoints, problems and printed forms; and the kernels.
#define BOOST_TEST_MODULE scan
#include "fusegrad/op/scan.hpp"

#include <cmath>

#include "fusegrad/fusegrad.hpp"
#include "fusegrad/run/interpret.hpp"
#include "pass/plans.hpp"
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

using numbers = std::vector<double>;

constexpr auto W = param<"W", 2, 2>;
constexpr auto U = param<"U", 2, 3>;
constexpr auto b = param<"b", 2>;
constexpr auto h0 = param<"h", 2>;
constexpr auto xs = input<"x", 4, 3>;

// One step of a recurrent net; what it reads beside its arguments is written in it.
constexpr auto cell = [](auto h, auto x) { return tanh(W * h + U * x + b); };

struct recurrent {
  static constexpr auto formula() { return sum(square(fold(cell, h0, xs))); }
};
struct written_out {
  static constexpr auto formula() {
    const auto h1 = cell(h0, at<0>(xs));
    const auto h2 = cell(h1, at<1>(xs));
    const auto h3 = cell(h2, at<2>(xs));
    return sum(square(cell(h3, at<3>(xs))));
  }
};

/// Values of symbols by name, so that two graphs that name them in another order get the same.
symbol_values<double> values_for(const graph& in, std::size_t rows) {
  symbol_values<double> result;
  for (const symbol& each : in.symbols()) {
    const std::size_t count =
        std::size_t(each.extents.elements()) * (is_of_rows(each.role) ? rows : std::size_t(1));
    numbers values;
    for (std::size_t i = 0; i < count; ++i)
      values.push_back(std::sin(double(i + 1) * double(each.name[0])) / 2);
    result.push_back(values);
  }
  return result;
}

/// The gradient of the mean over two rows by a parameter; of the sum of its squares, the second time.
numbers gradient_at(const graph& loss, std::string_view name, int order,
                    int most_kept = reverse_mode::most_kept) {
  graph in = objective(loss);
  const std::vector<int> by{in.find_symbol(name)};
  for (int i = 0; i < order; ++i) {
    node_id value = in.find_output(output_role::value);
    if (i > 0) {
      const ref gradient{&in, in.outputs().back().id};
      value = sum_over(square(gradient), all_axes(gradient.extents())).id;
    }
    in = differentiate(in, value, by, true, {}, false, most_kept);
  }
  return interpret<double>(in, values_for(in, 2), 2)[std::size_t(in.outputs().back().id.value)];
}

void check_equal(const numbers& found, const numbers& expected, double tolerance = 1e-12) {
  BOOST_TEST_REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    BOOST_TEST(std::abs(found[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i])),
               found[i] << ", expected " << expected[i]);
}

/// The value of a formula of two parameters, p = {2, 3, 4} and c = 5.
template <class Formula> numbers value_of(Formula) {
  const graph in = lowered<Formula>();
  symbol_values<double> given;
  for (const symbol& each : in.symbols()) given.push_back(each.name == "p" ? numbers{2, 3, 4} : numbers{5});
  return interpret<double>(in, given, 1)[std::size_t(in.outputs()[0].id.value)];
}

constexpr auto p = param<"p", 3>;
constexpr auto c = param<"c">;

template <class Formula> plan plan_of_gradient() {
  return make_plan(settled_gradients(lowered<Formula>()), {16});
}

template <int Steps> struct damped {
  static constexpr auto formula() {
    return square(fold<Steps>([](auto v) { return v + sin(v * input<"x">) / constant<Steps>; }, param<"v">));
  }
};
template <int Steps> struct damped_pair {
  static constexpr auto formula() {
    const auto [v, w] = fold<Steps>(
        [](auto a, auto b) {
          return std::tuple(a + sin(b * input<"x">) / constant<Steps>, b - a * b / constant<Steps>);
        },
        std::tuple(param<"v">, param<"w">));
    return square(v) + w;
  }
};

constexpr auto several = std::get<1>(fold(
    [](auto a, auto b, auto x) { return std::tuple(fold<3>([=](auto k) { return sin(k + sum(x)); }, b), a); },
    std::tuple(c, input<"z">), xs));

void check_same_size(const plan& a, const plan& b) {
  BOOST_TEST(a.steps.size() == b.steps.size());
  BOOST_TEST(a.loops.size() == b.loops.size());
  BOOST_TEST(a.operations.size() == b.operations.size());
  BOOST_TEST(a.accesses.size() == b.accesses.size());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_body_is_repeated_for_the_elements_of_an_axis_or_n_times) {
  check_equal(value_of(fold([](auto sum, auto e) { return sum * constant<10> + e; }, c, p)), {5234});
  check_equal(value_of(scan([](auto product, auto e) { return product * e; }, constant<1>, p)), {2, 6, 24});
  check_equal(value_of(fold<4>([](auto v) { return v * v; }, constant<3> * c)), {std::pow(15.0, 16)});
  check_equal(value_of(fold<4>([](auto v, auto step) { return v + step * c; }, constant<0>)), {30});
  check_equal(value_of(fold<3>([](auto v) { return reverse(v) * c; }, p)), {500, 375, 250});
  check_equal(value_of(scan([](auto v, auto a, auto e) { return v + a * e; }, c, p, reverse(p))),
              {13, 22, 30});
}

BOOST_AUTO_TEST_CASE(several_carries_change_at_once) {
  const auto [a, b] =
      fold<3>([](auto a, auto b) { return std::tuple(b, a + b); }, std::tuple(c, constant<1>));
  check_equal(value_of(a), {7});  // 5 1 6 7 13
  check_equal(value_of(b), {13});
  const auto [all, last] =
      scan([](auto a, auto b, auto e) { return std::tuple(a + e, a * b); }, std::tuple(c, constant<1>), p);
  check_equal(value_of(all), {7, 10, 14});
  check_equal(value_of(last), {5, 35, 350});
}

BOOST_AUTO_TEST_CASE(a_body_may_repeat_another_one) {
  const auto table = fold(
      [](auto v, auto e) { return v + sum(scan<3>([=](auto w, auto step) { return w * e + step; }, v)); }, c,
      p);
  double v = 5;
  for (double e : {2.0, 3.0, 4.0}) {
    double w = v, total = 0;
    for (int step = 0; step < 3; ++step) total += w = w * e + step;
    v += total;
  }
  check_equal(value_of(table), {v});
}

BOOST_AUTO_TEST_CASE(gradients_equal_those_of_the_body_written_out) {
  const graph folded = lowered<recurrent>(), unrolled = lowered<written_out>();
  for (std::string_view name : {"W", "U", "b", "h"})
    for (int order : {1, 2})
      check_equal(gradient_at(folded, name, order), gradient_at(unrolled, name, order), 1e-11);
}

BOOST_AUTO_TEST_CASE(gradients_that_keep_few_carries_are_the_same) {
  const graph folded = lowered<recurrent>(), unrolled = lowered<written_out>();
  for (std::string_view name : {"W", "U", "b", "h"})
    check_equal(gradient_at(folded, name, 1, 1), gradient_at(unrolled, name, 1), 1e-11);
  // 10,000 steps of two carries are more than are kept; all of them: 10 million.
  const graph many = lowered<damped_pair<10000>>();
  for (std::string_view name : {"v", "w"})
    check_equal(gradient_at(many, name, 1), gradient_at(many, name, 1, 10000000), 1e-9);
}

BOOST_AUTO_TEST_CASE(the_size_of_a_plan_does_not_depend_on_the_number_of_steps) {
  check_same_size(plan_of_gradient<damped<10>>(), plan_of_gradient<damped<10000>>());
  BOOST_TEST((plan_of_gradient<damped<10>>().tile_elements < 100));
}

// Two carries of 10,000 steps are not kept, but 100 of each, once for the segments and once within one.
BOOST_AUTO_TEST_CASE(what_is_kept_for_a_gradient_grows_as_the_root_of_the_steps) {
  const plan few = plan_of_gradient<damped_pair<10000>>(), many = plan_of_gradient<damped_pair<160000>>();
  check_same_size(few, many);
  BOOST_TEST(few.tile_elements < 500);
  BOOST_TEST(many.tile_elements < 4 * 500);
}

BOOST_AUTO_TEST_CASE(masked_elements_pass_no_nan) {
  struct masked {
    static constexpr auto formula() {
      return fold([](auto v, auto e) { return v + where(e > constant<3>, log(e - constant<3>) * v, v); }, c,
                  p);
    }
  };
  const graph in = objective(lowered<masked>());
  const std::vector<int> by{in.find_symbol("p")};
  const graph derived = differentiate(in, in.outputs()[0].id, by, true);
  symbol_values<double> given;
  for (const symbol& each : in.symbols()) given.push_back(each.name == "p" ? numbers{2, 3, 4} : numbers{5});
  check_equal(interpret<double>(derived, given, 1)[std::size_t(derived.outputs().back().id.value)],
              {0, 0, 20});
}

BOOST_AUTO_TEST_CASE(problems_are_reported) {
  const auto trouble_of_fold = [](auto body, const tensor_shape& initial, const tensor_shape& first,
                                  const tensor_shape& second) {
    graph in;
    const ref carry = symbol_in(in, {"a", symbol_role::parameter, initial, 0});
    (void)fold(body, carry, symbol_in(in, {"b", symbol_role::parameter, first, 0}),
               symbol_in(in, {"c", symbol_role::parameter, second, 0}));
    return in.trouble().kind;
  };
  const auto keeps = [](ref h, ref x, ref y) { return h + sum(x) + sum(y); };
  const auto widens = [](ref h, ref x, ref) { return h + x; };
  BOOST_TEST((trouble_of_fold(keeps, {2}, {3, 4}, {3}) == problem_kind::none));
  BOOST_TEST((trouble_of_fold(keeps, {2}, {3, 4}, {2}) == problem_kind::elements_of_other_extents));
  BOOST_TEST((trouble_of_fold(keeps, {2}, {}, {}) == problem_kind::elements_of_other_extents));
  BOOST_TEST((trouble_of_fold(widens, {}, {3, 4}, {3}) == problem_kind::carry_changes_shape));
  graph in;
  ref v = symbol_in(in, {"a", symbol_role::parameter, {}, 0});
  for (int i = 0; i < 65; ++i) v = fold<2>([](ref w) { return sin(w); }, v);
  BOOST_TEST((in.trouble().kind == problem_kind::too_many_repetitions));
}

// Also where the first carry is the same for all rows, so that only what is added makes it differ.
BOOST_AUTO_TEST_CASE(a_mean_over_rows_of_what_is_carried_is_reported) {
  struct centred {
    static constexpr auto formula() {
      return fold<3>([](auto v) { return v - mean_over_rows(v) * c; }, input<"x">);
    }
  };
  struct centred_later {
    static constexpr auto formula() {
      return fold([](auto v, auto each) { return v - mean_over_rows(v) + each; }, c, input<"xs", 4>);
    }
  };
  struct summed {
    static constexpr auto formula() {
      return fold([](auto v, auto each) { return v + each + sum_over_rows(v + c); }, c, input<"xs", 4>);
    }
  };
  const auto trouble_of = [](const graph& formula) {
    return make_plan(settle(write_definitions(stabilise(formula))), {16}).trouble.kind;
  };
  BOOST_TEST((trouble_of(lowered<centred>()) == problem_kind::mean_in_repetition));
  BOOST_TEST((trouble_of(lowered<centred_later>()) == problem_kind::mean_in_repetition));
  BOOST_TEST((trouble_of(lowered<summed>()) == problem_kind::mean_in_repetition));
}

BOOST_AUTO_TEST_CASE(a_mean_over_rows_of_what_no_row_changes_is_left_out) {
  struct shared {
    static constexpr auto formula() {
      return fold<3>([](auto v) { return sin(mean_over_rows(v)); }, c);
    }
  };
  const graph in = settle(write_definitions(stabilise(lowered<shared>())));
  BOOST_TEST(!make_plan(in, {16}).trouble);
  for (const node& each : in.nodes()) BOOST_TEST((each.op->family != operation_family::row_mean));
}

BOOST_AUTO_TEST_CASE(repetitions_print_what_carries_become) {
  const auto text_of = [](auto formula) {
    const graph in = lowered<decltype(formula)>();
    return to_text(in, in.outputs()[0].id).string();
  };
  BOOST_TEST(text_of(fold<9>([](auto v) { return sin(v); }, c)) == "fold<9>(carry(c) -> sin(carry(c)))");
  BOOST_TEST(text_of(scan([](auto v, auto e) { return v * e; }, c, p)) ==
             "scan<3>(carry(c) -> carry(c) * p[step]; carry(c) * p[step])");
}

BOOST_AUTO_TEST_CASE(the_kernel_equals_the_interpreter) {
  gradient_agrees("a recurrent net", sum(square(fold(cell, h0, xs))));
  gradient_agrees("of the step", fold<5>([](auto v) { return tanh(W * v + b); }, h0)[label<"y", 2>]);
  using nested = std::remove_const_t<decltype(several)>;
  agree_for_all_rows<nested, goal::rows, double>("several carries, one within the other");
}

// Directions take turns: a repetition around the one that is differentiated.
BOOST_AUTO_TEST_CASE(the_kernel_has_jacobians_and_hessians_of_repetitions) {
  constexpr auto last = fold(cell, h0, xs);
  agree_for_all_rows<std::remove_const_t<decltype(jacobian(last, W))>, goal::rows, double>("forward");
  agree_for_all_rows<std::remove_const_t<decltype(jacobian(last, xs))>, goal::rows, double>("reverse");
  agree_for_all_rows<std::remove_const_t<decltype(hessian(sum(square(last)), h0))>, goal::rows, double>(
      "forward over reverse");
  agree_for_all_rows<std::remove_const_t<decltype(hessian(mean_over_rows(sum(square(last))), h0))>,
                     goal::rows, double>("of the mean over the rows");
}

BOOST_AUTO_TEST_CASE(the_kernel_keeps_checkpoints) {
  agree_for_all_rows<damped_pair<10000>, goal::gradient, double>("ten thousand steps");
}
