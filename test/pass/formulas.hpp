// SPDX-License-Identifier: BSL-1.0
// Formulas for the tests of passes: leaves to build them from, and ways to look at what a pass made of them.
#pragma once

#include "fusegrad/op/words.hpp"
#include "fusegrad/pass/rewrite.hpp"
#include "fusegrad/run/interpret.hpp"

#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fusegrad::test {

/// The symbols of one graph, by their names.
struct leaves {
  graph& in;

  constexpr ref input(std::string_view name, tensor_shape extents = {}) const {
    return symbol_in(in, {name, symbol_role::input, extents, 0});
  }
  constexpr ref param(std::string_view name, tensor_shape extents = {}) const {
    return symbol_in(in, {name, symbol_role::parameter, extents, 0});
  }
  constexpr ref scalar(std::string_view name) const {
    return symbol_in(in, {name, symbol_role::scalar, {}, 0});
  }
  constexpr ref label(std::string_view name, int classes) const {
    return symbol_in(in, {name, symbol_role::label, {}, classes});
  }
  constexpr ref labels(std::string_view name, int classes, tensor_shape extents) const {
    return symbol_in(in, {name, symbol_role::label, extents, classes});
  }
  constexpr ref number(double value, tensor_shape extents = {}) const {
    return constant_in(in, value, extents);
  }
};

/// The graph of one formula: `formula` takes leaves and gives the value.
template <class Formula> constexpr graph graph_of_formula(Formula formula) {
  graph built;
  const ref value = formula(leaves{built});
  built.add_output({output_role::value, -1, value.id});
  return prune(built);
}

inline constexpr std::string_view value_name = "";

/// An output as it is printed: the value, or the gradient by the symbol of that name.
constexpr text shown(const graph& of, std::string_view gradient_by = value_name) {
  const bool value = gradient_by == value_name;
  const int symbol = value ? -1 : of.find_symbol(gradient_by);
  return to_text(of, of.find_output(value ? output_role::value : output_role::gradient, symbol));
}

/// Copies the outputs of a graph into another, where equal values meet in one node.
constexpr std::vector<node_id> copy_into(graph& into, const graph& from) {
  std::vector<node_id> place;
  for (const node& each : from.nodes()) {
    attributes payload = each.payload;
    if (payload.symbol >= 0) payload.symbol = into.add_symbol(from.symbols()[std::size_t(payload.symbol)]);
    node_id operands[max_operands];
    for (int k = 0; k < each.arity; ++k) operands[k] = place[std::size_t(each.operands[k].value)];
    place.push_back(into.add(*each.op, operands, each.arity, payload));
  }
  std::vector<node_id> outputs;
  for (const output& each : from.outputs()) outputs.push_back(place[std::size_t(each.id.value)]);
  return outputs;
}

/// Whether two graphs have the same outputs, node by node, and nothing else.
constexpr bool same_graph(const graph& a, const graph& b) {
  graph both;
  return a.size() == b.size() && copy_into(both, a) == copy_into(both, b) && both.size() == a.size();
}

/// A table without one of its rules.
constexpr std::vector<rewrite_rule> without_rule(std::span<const rewrite_rule> rules, std::size_t left_out) {
  std::vector<rewrite_rule> rest;
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (i != left_out) rest.push_back(rules[i]);
  return rest;
}

/// Values for every symbol of a graph, with exponents from -20 to 20; labels are classes.
template <class Real = double>
symbol_values<Real> random_values(const graph& of, std::size_t rows, unsigned seed, int exponents = 20) {
  std::mt19937 bits(seed);
  symbol_values<Real> values;
  for (const symbol& each : of.symbols()) {
    const bool by_row = each.role != symbol_role::parameter && each.role != symbol_role::scalar;
    std::vector<Real> some(std::size_t(each.extents.elements()) * (by_row ? rows : 1));
    for (Real& one : some) {
      const Real mantissa = Real(int(bits() % 2000001) - 1000000) / Real(1000003);
      one = each.role == symbol_role::label
                ? Real(int(bits()) & (each.classes > 1))
                : std::ldexp(mantissa, int(bits() % unsigned(2 * exponents + 1)) - exponents);
    }
    values.push_back(std::move(some));
  }
  return values;
}

/// Values by the names of symbols, whose order in a graph is that in which the compiler evaluated the
/// formula.
inline symbol_values<double> named_values(
    const graph& of, std::initializer_list<std::pair<std::string_view, std::vector<double>>> named) {
  symbol_values<double> values(of.symbols().size());
  for (const auto& [name, data] : named) values.at(std::size_t(of.find_symbol(name))) = data;
  return values;
}

/// All outputs of a graph, one after the other.
template <class Real>
std::vector<Real> outputs_of(const graph& of, const symbol_values<Real>& values, std::size_t rows) {
  const auto nodes = interpret<Real>(of, values, rows);
  std::vector<Real> all;
  for (const output& each : of.outputs())
    for (Real one : nodes[std::size_t(each.id.value)]) all.push_back(one);
  return all;
}

}  // namespace fusegrad::test
