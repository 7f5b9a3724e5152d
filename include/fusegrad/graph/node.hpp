// SPDX-License-Identifier: BSL-1.0
// One node of a graph: an operation, its operands, its shape and its level.
#pragma once

#include <cstdint>
#include <string_view>

#include "fusegrad/base/shape.hpp"

namespace fusegrad {

struct operation;

/// The index of a node within its graph.
struct node_id {
  int value = -1;
  [[nodiscard]] constexpr explicit operator bool() const { return value >= 0; }
  bool operator==(const node_id&) const = default;
};

/// How often a value changes: never, once per step, once per row. Ordered; a value has the highest level of
/// its operands.
enum class level : std::uint8_t { constant, parameter, row };

/// What the elements of a value are. A class is a small whole number: a label, or the position of a maximum.
enum class value_kind : std::uint8_t { real, condition, category };

/// What a symbol stands for.
/// `random`: numbers from 0 to 1 that each row draws anew at every step; `classes` tells one from the other.
/// `random_seed`: what they are drawn with. `statistic`: a value of the step that an earlier sweep over the
/// rows has found.
enum class symbol_role : std::uint8_t {
  input,
  target,
  label,
  parameter,
  scalar,
  row_count,
  random,
  random_seed,
  statistic,
};

/// Whether the user's data have a value for a symbol of this role in each row.
[[nodiscard]] constexpr bool is_of_rows(symbol_role role) {
  return role == symbol_role::input || role == symbol_role::target || role == symbol_role::label;
}

/// A named leaf. Names live in static storage: they come from template arguments.
struct symbol {
  std::string_view name;
  symbol_role role = symbol_role::input;
  tensor_shape extents;
  int classes = 0;  // of a label; of random numbers, which of those of a formula

  bool operator==(const symbol&) const = default;
};

/// The axes of one operand of a contraction, as letters 1..15, the first in the lowest four bits; 0 ends the
/// list.
struct axis_letters {
  std::uint32_t packed = 0;

  [[nodiscard]] constexpr int operator[](int axis) const { return int(packed >> 4 * axis & 15u); }
  constexpr void push_back(int letter) { packed |= std::uint32_t(letter) << 4 * size(); }
  [[nodiscard]] constexpr int size() const {
    int count = 0;
    while (packed >> 4 * count) ++count;
    return count;
  }
  constexpr void push_front(int letter) { packed = packed << 4 | std::uint32_t(letter); }
  [[nodiscard]] constexpr int find(int letter) const {
    for (int axis = 0; (*this)[axis] != 0; ++axis)
      if ((*this)[axis] == letter) return axis;
    return -1;
  }

  bool operator==(const axis_letters&) const = default;
};

/// Spells axes as letters: `letters("mk")`.
[[nodiscard]] constexpr axis_letters letters(std::string_view text) {
  axis_letters result;
  for (char each : text) result.push_back(each - 'a' + 1);
  return result;
}

constexpr int max_operands = 3;

/// What an operation needs to know beside its operands. Each operation reads the members that its file names.
struct attributes {
  double number = 0;
  axis_set axes = 0;
  int symbol = -1;
  tensor_shape extents;
  axis_letters letters[max_operands] = {};
  tensor_shape starts;  // of elements at regular distances: see op/strided.hpp
  tensor_shape steps;
  const int* indices = nullptr;  // of chosen elements: a table in static storage, see op/take.hpp

  /// Whether all is as an operation leaves it that needs nothing.
  [[nodiscard]] constexpr bool empty() const {
    return number == 0 && axes == 0 && symbol < 0 && extents.rank == 0 && letters[0].packed == 0 &&
           starts.rank == 0;
  }

  bool operator==(const attributes&) const = default;
};

/// A value: `op` applied to `operands`.
struct node {
  const operation* op = nullptr;
  node_id operands[max_operands] = {};
  int arity = 0;
  tensor_shape extents;
  level depends = level::constant;
  value_kind kind = value_kind::real;
  attributes payload;

  bool operator==(const node&) const = default;
};

}  // namespace fusegrad
