// SPDX-License-Identifier: BSL-1.0
// Prints a value as the formula a reader would write; shared values can be given names.
#pragma once

#include <limits>
#include <vector>

#include "fusegrad/graph/graph.hpp"

namespace fusegrad {

/// Parentheses around a text that binds less strongly than its surroundings ask.
[[nodiscard]] constexpr text enclose(const printed& inner, int binding) {
  if (inner.binding >= binding) return inner.text;
  return text("(") + inner.text + ")";
}

/// A whole number in decimal digits.
[[nodiscard]] constexpr text to_text(int number) {
  if (number < 0) return text("-") + to_text(-number);
  text digits;
  if (number >= 10) digits = to_text(number / 10);
  return digits += char('0' + number % 10);
}

/// "[10, 784]"; "scalar" for rank 0.
[[nodiscard]] constexpr text to_text(const tensor_shape& of) {
  if (of.rank == 0) return "scalar";
  text result = "[";
  for (int axis = 0; axis < of.rank; ++axis) {
    if (axis > 0) result += ", ";
    result += to_text(of[axis]);
  }
  return result + "]";
}

/// A number as one would write it: whole numbers and short decimals exactly, others with six digits.
[[nodiscard]] constexpr text to_text(double number) {
  if (number < 0) return text("-") + to_text(-number);
  if (number != number) return "nan";
  if (number > std::numeric_limits<double>::max()) return "inf";
  if (number >= 1e9 || (number > 0 && number < 1e-6)) {
    int exponent = 0;
    for (; number >= 10; number /= 10) ++exponent;
    for (; number < 1; number *= 10) --exponent;
    if (number >= 9.9999995) number = 1, ++exponent;
    return to_text(number) + "e" + to_text(exponent);
  }
  const long long millionths = static_cast<long long>(number * 1e6 + 0.5);
  text result = to_text(int(millionths / 1000000));
  long long rest = millionths % 1000000;
  if (rest == 0) return result;
  result += ".";
  for (long long place = 100000; rest != 0; rest %= place, place /= 10) result += char('0' + rest / place);
  return result;
}

/// How an operation is printed: `&operation::print` or `&operation::latex`.
using printer = printed (*operation::*)(const graph&, const node&, const printed* operands);

/// The text of every node up to `root`, nodes with an entry in `names` by that name only (except the root).
/// Cost: proportional to the printed size: shared values without names are spelled out each time.
[[nodiscard]] constexpr printed print_node(const graph& of, node_id root, std::span<const text> names = {},
                                           printer by = &operation::print) {
  std::vector<printed> texts(std::size_t(root.value) + 1);
  std::vector<char> needed(texts.size(), 0);
  needed[std::size_t(root.value)] = 1;
  const auto named = [&](int index) {
    return index != root.value && !names.empty() && !names[std::size_t(index)].empty();
  };
  for (int i = root.value; i >= 0; --i) {
    if (!needed[std::size_t(i)] || named(i)) continue;
    const node& each = of[node_id{i}];
    for (int k = 0; k < each.arity; ++k) needed[std::size_t(each.operands[k].value)] = 1;
  }
  for (int i = 0; i <= root.value; ++i) {
    if (!needed[std::size_t(i)]) continue;
    if (named(i)) {
      texts[std::size_t(i)].text = names[std::size_t(i)];
      continue;
    }
    const node& each = of[node_id{i}];
    printed operands[max_operands];
    for (int k = 0; k < each.arity; ++k) operands[k] = texts[std::size_t(each.operands[k].value)];
    texts[std::size_t(i)] = (each.op->*by)(of, each, operands);
  }
  return texts[std::size_t(root.value)];
}

/// The formula of one node, without names for shared values.
[[nodiscard]] constexpr text to_text(const graph& of, node_id root) { return print_node(of, root).text; }

}  // namespace fusegrad
