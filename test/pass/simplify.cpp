// SPDX-License-Identifier: BSL-1.0
// Exact simplifications: what each rule makes of a formula, that no other rule does it, and that no bit
// changes.
#define BOOST_TEST_MODULE simplify
#include "fusegrad/pass/simplify.hpp"

#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cstdint>
#include <limits>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr tensor_shape three{3};
constexpr double infinity = std::numeric_limits<double>::infinity();

constexpr ref x(leaves of) { return of.input("x", three); }
constexpr ref u(leaves of) { return of.input("u", three); }
constexpr ref s(leaves of) { return of.input("s"); }
constexpr ref p(leaves of) { return of.param("p", three); }

/// A reduction as a pass may find it, not computed by the word.
constexpr ref raw_sum(ref value) { return reduce<sum_op>(value, all_axes(value.extents())); }

template <class Op> constexpr ref moved(ref value, tensor_shape target, axis_set axes = 0) {
  attributes payload;
  payload.extents = target;
  payload.axes = axes;
  return apply<Op>(payload, value);
}

struct example {
  const char* rule;
  ref (*formula)(leaves);
  const char* before;
  const char* after;
  bool same_bits = true;  // else equal to rounding: the header says so
  double greatest_term = 0x1p20;
};

// Broadcasts and reshapes do not print: such rules are counted in nodes below.
constexpr example examples[] = {
    {"fold", [](leaves of) { return x(of) * (of.number(2) * of.number(3)); }, "x * 2 * 3", "x * 6"},
    {"fold", [](leaves of) { return x(of) + square(of.number(3)); }, "x + square(3)", "x + 9"},
    {"add zero", [](leaves of) { return x(of) + 0; }, "x + 0", "x"},
    {"add zero", [](leaves of) { return 0 + x(of); }, "0 + x", "x"},
    {"add negated", [](leaves of) { return x(of) + -u(of); }, "x + -u", "x - u"},
    {"add negated", [](leaves of) { return -x(of) + u(of); }, "-x + u", "u - x"},
    {"subtract zero", [](leaves of) { return x(of) - 0; }, "x - 0", "x"},
    {"subtract zero", [](leaves of) { return 0 - x(of); }, "0 - x", "-x"},
    {"subtract negated", [](leaves of) { return x(of) - -u(of); }, "x - -u", "x + u"},
    {"multiply by one", [](leaves of) { return x(of) * 1; }, "x * 1", "x"},
    {"multiply by one", [](leaves of) { return -1 * x(of); }, "-1 * x", "-x"},
    {"multiply by one", [](leaves of) { return 0 * x(of); }, "0 * x", "0"},
    {"multiply negated", [](leaves of) { return x(of) * -u(of); }, "x * -u", "-(x * u)"},
    {"multiply negated", [](leaves of) { return -x(of) * u(of); }, "-x * u", "-(x * u)"},
    {"merge factors", [](leaves of) { return 4 * (0.25 * x(of)); }, "4 * 0.25 * x", "x"},
    {"one constant", [](leaves of) { return (2 * x(of)) * (3 * u(of)); }, "2 * x * 3 * u", "x * 6 * u"},
    {"one constant", [](leaves of) { return (x(of) * 0.3) * (u(of) * 0.5); }, "x * 0.3 * u * 0.5",
     "u * 0.15 * x"},
    {"one constant", [](leaves of) { return (3 * x(of)) * (0.3 * u(of)); }, "3 * x * 0.3 * u",
     "3 * x * 0.3 * u"},
    {"factor to the repeated", [](leaves of) { return s(of) * (2 * x(of)); }, "s * 2 * x", "2 * s * x"},
    {"multiply by mask", [](leaves of) { return x(of) * where(u(of) > 0, of.number(1, three), 0); },
     "x * where(0 < u, 1, 0)", "where(0 < u, x, 0)"},
    {"multiply by itself", [](leaves of) { return x(of) * x(of); }, "x * x", "square(x)"},
    {"divide by one", [](leaves of) { return x(of) / 1; }, "x / 1", "x"},
    {"divide by one", [](leaves of) { return 0 / x(of); }, "0 / x", "0"},
    {"divide by power of two", [](leaves of) { return x(of) / 8; }, "x / 8", "x * 0.125"},
    {"divide by power of two", [](leaves of) { return x(of) / -0.5; }, "x / -0.5", "x * -2"},
    {"negate negated", [](leaves of) { return -(-x(of)); }, "--x", "x"},
    {"negate difference", [](leaves of) { return -(x(of) - u(of)); }, "-(x - u)", "u - x"},
    {"known choice", [](leaves of) { return where(of.number(1, three) == 0, x(of), u(of)); },
     "where(1 == 0, x, u)", "u"},
    {"known choice", [](leaves of) { return where(of.number(-1, three) < 0, x(of), u(of)); },
     "where(-1 < 0, x, u)", "x"},
    {"choice of equals", [](leaves of) { return where(x(of) > 0, u(of), u(of)); }, "where(0 < x, u, u)", "u"},
    {"power by exponent", [](leaves of) { return pow<0>(x(of)); }, "pow<0>(x)", "1"},
    {"power by exponent", [](leaves of) { return pow<1>(x(of)); }, "pow<1>(x)", "x"},
    {"power by exponent", [](leaves of) { return pow<2>(x(of)); }, "pow<2>(x)", "square(x)"},
    {"power by exponent", [](leaves of) { return pow<0.5>(square(x(of))); }, "pow<0.5>(square(x))",
     "sqrt(square(x))"},
    {"power by exponent", [](leaves of) { return pow<-1>(x(of)); }, "pow<-1>(x)", "1 / x"},
    {"sum of repeats", [](leaves of) { return sum(broadcast_to(s(of), three)); }, "sum(s)", "s * 3", false},
    {"sum of constants", [](leaves of) { return s(of) * raw_sum(of.number(0.5, three)); }, "s * sum(0.5)",
     "s * 1.5", false},
    {"sum of negated", [](leaves of) { return sum(-x(of)); }, "sum(-x)", "-sum(x)"},
    {"sum of products",
     [](leaves of) {
       return sum(of.param("W", {2, 3}) * x(of));
     },
     "sum(W * x)", "dot(sum<0>(W), x)", false, 0x1p40},
    {"sum of products",
     [](leaves of) {
       return sum(of.param("V", {4, 2}) * of.param("W", {2, 3}));
     },
     "sum(V * W)", "dot(sum<0>(V), sum<1>(W))", false, 0x1p40},
    {"sum of products",
     [](leaves of) {
       return sum<1>(of.param("V", {4, 2}) * of.param("W", {2, 3}));
     },
     "sum<1>(V * W)", "V * sum<1>(W)", false, 0x1p40},
    {"mean of the same", [](leaves of) { return apply<row_mean_op>(p(of)); }, "mean_over_rows(p)", "p"},
    {"mean of the same", [](leaves of) { return apply<row_mean_op>(x(of) + p(of)); }, "mean_over_rows(x + p)",
     "mean_over_rows(x) + p", false},
};

/// A vector of the given extent that begins with the second element of another, or, scattered, with a zero.
constexpr attributes from_second(int extent) {
  attributes part = striding::whole(tensor_shape{extent});
  part.starts.set(0, 1);
  return part;
}

struct movement_example {
  const char* rule;
  ref (*formula)(leaves);
  int nodes_before;
  int nodes_after;
};

constexpr movement_example movements[] = {
    {"one broadcast",
     [](leaves of) {
       return moved<broadcast_op>(moved<broadcast_op>(s(of), three, 1), {2, 3}, 1);
     },
     3, 2},
    {"one reshape",
     [](leaves of) {
       return moved<reshape_op>(moved<reshape_op>(x(of), {1, 3}), {3, 1});
     },
     3, 2},
    {"one reshape",
     [](leaves of) {
       return moved<reshape_op>(moved<reshape_op>(x(of), {1, 3}), three);
     },
     3, 1},
    {"one view",
     [](leaves of) {
       return apply<strided_op>(from_second(1), apply<strided_op>(from_second(2), square(x(of))));
     },
     4, 3},
    {"one scatter",
     [](leaves of) {
       return apply<scatter_op>(from_second(5), apply<scatter_op>(from_second(4), square(x(of))));
     },
     4, 3},
    {"moved constant", [](leaves of) { return moved<broadcast_op>(of.number(2), three, 1); }, 2, 1},
    {"moved constant",
     [](leaves of) {
       return moved<reshape_op>(of.number(2, three), {1, 3});
     },
     2, 1},
};

constexpr std::span<const rewrite_rule> all_rules = simplifications::rules;

/// Equal as numbers and, apart from zeros, in every bit; `b` repeats where it became the same for all rows.
bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  bool same = !b.empty();
  for (std::size_t i = 0; same && i < a.size(); ++i)
    same = std::bit_cast<std::uint64_t>(a[i] + 0.0) == std::bit_cast<std::uint64_t>(b[i % b.size()] + 0.0);
  return same;
}

constexpr bool becomes(const example& each) {
  const graph before = graph_of_formula(each.formula);
  return shown(before) == each.before && shown(simplify(before)) == each.after;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_rule_has_an_example) {
  for (const rewrite_rule& rule : all_rules) {
    bool found = rule.name == std::string_view("before broadcast");
    for (const example& each : examples) found = found || rule.name == each.rule;
    for (const movement_example& each : movements) found = found || rule.name == each.rule;
    BOOST_TEST(found, rule.name << " has no example");
  }
}

BOOST_AUTO_TEST_CASE(each_rule_turns_its_formula_into_the_simpler_one) {
  static_assert(becomes(examples[0]) && becomes(examples[14]) && becomes(examples[21]));
  for (const example& each : examples) {
    const graph before = graph_of_formula(each.formula);
    BOOST_TEST(shown(before).view() == each.before);
    BOOST_TEST(shown(simplify(before)).view() == each.after,
               each.before << " became " << shown(simplify(before)).view());
  }
}

BOOST_AUTO_TEST_CASE(without_a_rule_one_of_its_formulas_does_not_get_there) {
  for (std::size_t i = 0; i < all_rules.size(); ++i) {
    bool needed = all_rules[i].name == std::string_view("before broadcast");
    const auto rest = without_rule(all_rules, i);
    const auto needs = [&](const char* rule, ref (*formula)(leaves)) {
      const graph before = graph_of_formula(formula);
      if (rule == all_rules[i].name) needed = needed || !same_graph(rewrite(before, rest), simplify(before));
    };
    for (const example& each : examples) needs(each.rule, each.formula);
    for (const movement_example& each : movements) needs(each.rule, each.formula);
    BOOST_TEST(needed, "no example needs " << all_rules[i].name);
  }
}

BOOST_AUTO_TEST_CASE(a_movement_is_done_once_or_not_at_all) {
  for (const movement_example& each : movements) {
    const graph before = graph_of_formula(each.formula);
    BOOST_TEST(before.size() == each.nodes_before);
    BOOST_TEST(simplify(before).size() == each.nodes_after, each.rule);
  }
}

BOOST_AUTO_TEST_CASE(values_are_computed_before_they_are_repeated) {
  const graph before = graph_of_formula(
      [](leaves of) { return exp(broadcast_to(s(of), three)) * broadcast_to(of.input("t"), three) + 1; });
  const graph after = simplify(before);
  for (const node& each : after.nodes())
    if (each.op->family == operation_family::elementwise) BOOST_TEST(each.extents.rank == 0);
  const ref root{const_cast<graph*>(&after), after.outputs()[0].id};
  BOOST_TEST(is<broadcast_op>(root));
  BOOST_TEST(root.extents()[0] == 3);
  const auto values = random_values(before, 5, 1, 3);
  BOOST_TEST(same_bits(outputs_of(before, values, 5), outputs_of(after, values, 5)));
}

BOOST_AUTO_TEST_CASE(no_bit_of_a_result_changes) {
  for (const example& each : examples) {
    const graph before = graph_of_formula(each.formula);
    const graph after = simplify(before);
    const auto values = random_values(before, 40, 3);
    const auto a = outputs_of(before, values, 40);
    const auto b = outputs_of(after, values, 40);
    if (each.same_bits)
      BOOST_TEST(same_bits(a, b), each.before << " and " << each.after << " differ");
    else
      for (std::size_t i = 0; i < a.size(); ++i)  // one rounding per term of the longer sum
        BOOST_TEST(std::abs(a[i] - b[i]) <= 40 * 0x1p-52 * each.greatest_term);
  }
}

BOOST_AUTO_TEST_CASE(what_would_round_otherwise_stays_as_it_is) {
  const auto stays = [](ref (*formula)(leaves)) {
    const graph before = graph_of_formula(formula);
    return same_graph(before, simplify(before));
  };
  BOOST_TEST(stays([](leaves of) { return x(of) / 3; }));
  BOOST_TEST(stays([](leaves of) { return x(of) / infinity; }));
  BOOST_TEST(stays([](leaves of) { return x(of) / 0; }));
  BOOST_TEST(stays([](leaves of) { return x(of) / 0x1p-1074; }));  // its inverse is infinite
  BOOST_TEST(
      stays([](leaves of) { return 3 * ((1.0 / 3) * x(of)); }));  // 3 * (1.0 / 3) is 1, but x was rounded
  BOOST_TEST(stays([](leaves of) { return (x(of) + u(of)) - u(of); }));
  BOOST_TEST(stays([](leaves of) { return x(of) * u(of) / u(of); }));
  BOOST_TEST(stays([](leaves of) { return pow<3>(x(of)); }));
  BOOST_TEST(stays([](leaves of) { return log(exp(x(of))); }));
}

BOOST_AUTO_TEST_CASE(a_simplified_graph_is_simple) {
  for (const example& each : examples) {
    const graph once = simplify(graph_of_formula(each.formula));
    BOOST_TEST(same_graph(once, simplify(once)));
  }
}
