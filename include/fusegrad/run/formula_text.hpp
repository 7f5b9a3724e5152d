// SPDX-License-Identifier: BSL-1.0
// Formulas as plain text and as LaTeX, also in constant expressions: as they were written, as they are
// computed, and with their gradients.
#pragma once

#include <string_view>
#include <vector>

#include "fusegrad/compile.hpp"

namespace fusegrad {

/// What is shown of a formula.
enum class form {
  written,   // as the user wrote it
  computed,  // gradients written out, all of it in stable form
  gradient,  // the mean over the rows and its gradients in stable form, shared values with names
};

namespace showing {

/// The graph of a form. What only keeps gradients from passing is left out: it has done its work.
template <class Formula> [[nodiscard]] constexpr graph graph_of(form wanted) {
  const graph written = thaw(written_graph<Formula>);
  if (wanted == form::written) return written;
  if (wanted == form::computed) return drop_walls(pipeline::stable(pipeline::expanded(written, goal::rows)));
  return drop_walls(run_passes(written, goal::gradient, gradient_symbols_of<Formula>()).simplified);
}

/// How a formula is spelled: the printer of its operations, and the names of a loss, of a gradient and of a
/// shared value.
struct spelling {
  printer by;
  text (*name)(std::string_view letter, int number);  // of a shared value; 0: the only one
  text (*value)();
  text (*gradient)(std::string_view symbol);
  text (*line)(const text& left, const text& right, bool last);
  std::string_view begin;
  std::string_view end;
};

inline constexpr spelling plain{
    &operation::print,
    [](std::string_view letter, int number) {
      text name = letter;
      if (number > 0) name += to_text(number);
      return name;
    },
    [] { return text("loss"); },
    [](std::string_view symbol) { return text("gradient of ") + symbol; },
    [](const text& left, const text& right, bool) { return left + " = " + right + "\n"; },
    "",
    ""};

inline constexpr spelling latex{
    &operation::latex,
    [](std::string_view letter, int number) {
      text name = letter;
      if (number > 0) name += text("_{") + to_text(number) + "}";
      return name;
    },
    [] { return text("\\ell"); },
    [](std::string_view symbol) { return text("\\nabla_{") + latex_name(symbol) + "} \\ell"; },
    [](const text& left, const text& right, bool last) {
      return left + " &= " + right + (last ? "\n" : " \\\\\n");
    },
    "\\begin{aligned}\n",
    "\\end{aligned}"};

/// Movements that are not written: the value below them is what is shared.
[[nodiscard]] constexpr bool is_unwritten(const node& of) {
  return of.op == &row<broadcast_op>() || of.op == &row<reshape_op>();
}

/// The value that is written in the place of a node.
[[nodiscard]] constexpr node_id seen_through(const graph& in, node_id id) {
  while (is_unwritten(in[id])) id = in[id].operands[0];
  return id;
}

/// The values of a graph that deserve a name: used more than once, and longer than a name.
[[nodiscard]] constexpr std::vector<node_id> shared_values(const graph& in) {
  std::vector<int> uses(std::size_t(in.size()), 0), length(std::size_t(in.size()), 0);
  const auto written = [&](node_id id) { return std::size_t(seen_through(in, id).value); };
  const node_flags needed = reachable(in);
  for (int i = 0; i < in.size(); ++i) {
    const node& each = in[node_id{i}];
    if (!needed.elements[i] || is_unwritten(each)) continue;
    length[std::size_t(i)] = each.arity > 0;
    for (int k = 0; k < each.arity; ++k) {
      ++uses[written(each.operands[k])];
      length[std::size_t(i)] += length[written(each.operands[k])];
    }
    if (length[std::size_t(i)] > 1000) length[std::size_t(i)] = 1000;
  }
  std::vector<node_id> result;
  for (int i = 0; i < in.size(); ++i) {
    const bool real = in[node_id{i}].kind == value_kind::real;
    if (real && uses[std::size_t(i)] > 1 && length[std::size_t(i)] > 1) result.push_back({i});
  }
  return result;
}

/// A letter for shared values that begins no symbol's name.
[[nodiscard]] constexpr std::string_view free_letter(const graph& in) {
  for (std::string_view letter : {"z", "u", "v", "q", "s", "r", "t", "h", "g", "d"}) {
    bool taken = false;
    for (const symbol& each : in.symbols()) taken = taken || each.name.substr(0, 1) == letter;
    if (!taken) return letter;
  }
  return "z";
}

/// Every output of a graph on a line of its own, after the values that they share.
[[nodiscard]] constexpr text equations(const graph& in, const spelling& how) {
  const std::vector<node_id> shared = shared_values(in);
  std::vector<text> names(std::size_t(in.size()));
  const std::string_view letter = free_letter(in);
  text result = how.begin;
  for (std::size_t i = 0; i < shared.size(); ++i) {
    const text name = how.name(letter, shared.size() == 1 ? 0 : int(i) + 1);
    result += how.line(name, print_node(in, shared[i], names, how.by).text, false);
    names[std::size_t(shared[i].value)] = name;
  }
  for (std::size_t i = 0; i < in.outputs().size(); ++i) {
    const output& each = in.outputs()[i];
    const bool is_value = each.role == output_role::value;
    text left = how.value();
    if (!is_value) left = how.gradient(in.symbols()[std::size_t(each.symbol)].name);
    const text& name = names[std::size_t(each.id.value)];
    text right = name;
    if (name.empty()) right = print_node(in, each.id, names, how.by).text;
    result += how.line(left, right, i + 1 == in.outputs().size());
  }
  return result + how.end;
}

template <class Formula, form Form> [[nodiscard]] constexpr text spell(const spelling& how) {
  const graph shown = graph_of<Formula>(Form);
  if (Form == form::gradient) return equations(shown, how);
  return print_node(shown, shown.outputs().front().id, {}, how.by).text;
}

}  // namespace showing

/// A formula as plain text: `to_text(loss)`, `to_text<form::computed>(grad(loss, w))`; in lines, with names
/// for what is shared, `to_text<form::gradient>(loss)`. Also in a constant expression:
///     static_assert(to_text(squared_error(w * x, y)) == "square(w * x - y) / 2");
/// Errors: compile time, those of the formula.
/// Cost:   proportional to the text, in which a value that is used twice is spelled out twice, but for
///         form::gradient.
template <form Form = form::written, whole_formula Formula> [[nodiscard]] constexpr text to_text(Formula) {
  return showing::spell<Formula, Form>(showing::plain);
}

/// A formula as LaTeX, without the signs that begin mathematics:
///     static_assert(to_latex(exp(x) / sum(exp(x))) ==
///                   "\\frac{\\exp\\left(x\\right)}{\\sum_{i} \\exp\\left(x\\right)_{i}}");
/// Greek names become their letters, `w_out` and `W1` get subscripts. `form::gradient` is an `aligned` block.
/// Errors: as to_text.
/// Cost:   as to_text.
template <form Form = form::written, whole_formula Formula> [[nodiscard]] constexpr text to_latex(Formula) {
  return showing::spell<Formula, Form>(showing::latex);
}

}  // namespace fusegrad
