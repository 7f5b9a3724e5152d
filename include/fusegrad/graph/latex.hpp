// SPDX-License-Identifier: BSL-1.0
// The pieces that formulas in LaTeX are made of: names, numbers, products, sums over axes. How an operation
// looks is said beside its value, in its own file.
#pragma once

#include <string_view>

#include "fusegrad/graph/print.hpp"

namespace fusegrad {

/// How strongly the outermost sign of a formula in LaTeX binds.
namespace latex_binding {
inline constexpr int choice = -3;  // cases
inline constexpr int disjunction = -2;
inline constexpr int conjunction = -1;
inline constexpr int relation = 0;
inline constexpr int sum = 1;       // and a leading minus
inline constexpr int hadamard = 2;  // \odot
inline constexpr int big = 3;       // \sum_{i}: a product that follows belongs to it
inline constexpr int product = 4;
inline constexpr int fraction = 5;
inline constexpr int power = 6;
inline constexpr int atom = 9;
}  // namespace latex_binding

/// Parentheses around what binds less strongly than its surroundings ask.
[[nodiscard]] constexpr text enclose_latex(const printed& inner, int binding) {
  if (inner.binding >= binding) return inner.text;
  return text("\\left(") + inner.text + "\\right)";
}

/// "\operatorname{log\_cosh}": the name of an operation that has no sign of its own.
[[nodiscard]] constexpr text latex_operator(std::string_view name) {
  text result = "\\operatorname{";
  for (char each : name) {
    if (each == '_') result += '\\';
    result += each;
  }
  return result + "}";
}

/// "\exp\left(a, b\right)".
[[nodiscard]] constexpr printed latex_call(const text& name, const printed* operands, int arity) {
  text call = name + "\\left(";
  for (int i = 0; i < arity; ++i) {
    if (i > 0) call += ", ";
    call += operands[i].text;
  }
  return {call + "\\right)", latex_binding::atom};
}

/// "a + b": a right operand that begins with a minus gets parentheses.
[[nodiscard]] constexpr printed latex_infix(const printed* operands, std::string_view sign, int binding,
                                            bool associative) {
  const bool minus = !operands[1].text.empty() && operands[1].text.view().front() == '-';
  const int right = binding + (associative && !minus ? 0 : 1);
  return {enclose_latex(operands[0], binding) + sign + enclose_latex(operands[1], right), binding};
}

/// "a b"; numbers side by side need a sign.
[[nodiscard]] constexpr printed latex_product(const printed& a, const printed& b) {
  using latex_binding::product;
  const text left = enclose_latex(a, product);
  const text right = enclose_latex(b, latex_binding::big);  // a sum over axes may end a product
  const char first = right.empty() ? ' ' : right.view().front();
  const bool number = (first >= '0' && first <= '9') || first == '-';
  return {left + (number ? " \\cdot " : " ") + right, b.binding < product ? b.binding : product};
}

/// "a \odot b", element by element.
[[nodiscard]] constexpr printed latex_hadamard(const printed& a, const printed& b) {
  using namespace latex_binding;
  const text left = enclose_latex(a, a.binding == big ? product : hadamard);
  return {left + " \\odot " + enclose_latex(b, hadamard), hadamard};
}

/// "a^{2}".
[[nodiscard]] constexpr printed latex_power(const printed& base, const text& exponent) {
  return {enclose_latex(base, latex_binding::power + 1) + "^{" + exponent + "}", latex_binding::power};
}

/// "W^{\top}".
[[nodiscard]] constexpr printed latex_transpose(const printed& of) { return latex_power(of, "\\top"); }

/// "x_{i}"; what has a subscript already gets braces.
[[nodiscard]] constexpr text latex_subscript(const printed& of, const text& index) {
  text base = enclose_latex(of, latex_binding::atom);
  const std::string_view view = base.view();
  const bool plain =
      view.ends_with("\\right)") || (view.find('_') == view.npos && view.find('^') == view.npos);
  if (!plain) base = text("{") + base + "}";
  return base + "_{" + index + "}";
}

/// Letters of axes: "i j" of axes 0 and 1.
[[nodiscard]] constexpr text latex_axes(axis_set axes) {
  text result;
  for (int axis = 0; axis < max_rank; ++axis) {
    if (!contains(axes, axis)) continue;
    if (!result.empty()) result += " ";
    result += char('i' + axis);
  }
  return result;
}

/// "\sum_{j} A_{i j}": a sign with the letters of the axes it runs along.
[[nodiscard]] constexpr printed latex_over_axes(const text& sign, const tensor_shape& operand_extents,
                                                axis_set axes, const printed& operand) {
  if (operand_extents.rank == 0) return operand;
  return {
      sign + "_{" + latex_axes(axes) + "} " + latex_subscript(operand, latex_axes(all_axes(operand_extents))),
      latex_binding::big};
}

/// "10^{-7}", "0.5".
[[nodiscard]] constexpr text latex_number(double number) {
  const text plain = to_text(number);
  const std::string_view view = plain.view();
  const std::size_t exponent = view.find('e');
  if (view == "inf") return "\\infty";
  if (view == "-inf") return "-\\infty";
  if (exponent == view.npos) return plain;
  text result;
  if (view.substr(0, exponent) != "1") result = text(view.substr(0, exponent)) + " \\cdot ";
  return result + "10^{" + view.substr(exponent + 1) + "}";
}

namespace latex_names {

inline constexpr std::string_view greek[] = {
    "alpha",   "beta",   "gamma", "delta",   "epsilon", "zeta",  "eta",   "theta", "iota",
    "kappa",   "lambda", "mu",    "nu",      "xi",      "pi",    "rho",   "sigma", "tau",
    "upsilon", "phi",    "chi",   "psi",     "omega",   "Gamma", "Delta", "Theta", "Lambda",
    "Xi",      "Pi",     "Sigma", "Upsilon", "Phi",     "Psi",   "Omega"};

/// A word: a Greek letter, a single letter or a number as it is, else upright.
[[nodiscard]] constexpr text word(std::string_view name) {
  for (std::string_view each : greek)
    if (each == name) return text("\\") + name;
  const bool digit = !name.empty() && name.front() >= '0' && name.front() <= '9';
  if (name.size() <= 1 || digit) return name;
  return text("\\mathrm{") + name + "}";
}

}  // namespace latex_names

/// The name of a symbol: "lambda" is a Greek letter, "W1" and "w_out" have a subscript.
[[nodiscard]] constexpr text latex_name(std::string_view name) {
  std::size_t split = name.find('_');
  std::size_t rest = split + 1;
  if (split == name.npos) {
    split = name.size();
    while (split > 0 && name[split - 1] >= '0' && name[split - 1] <= '9') --split;
    rest = split;
  }
  if (split == 0 || rest >= name.size())
    return latex_names::word(name.substr(0, split == 0 ? name.size() : split));
  return latex_names::word(name.substr(0, split)) + "_{" + latex_name(name.substr(rest)) + "}";
}

}  // namespace fusegrad
