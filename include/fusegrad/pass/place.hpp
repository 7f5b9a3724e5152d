// SPDX-License-Identifier: BSL-1.0
// Decides how the user's columns are read: as they are stored, features along the lanes, or transposed, rows
// along the lanes. Row values that kernels compute are always rows-in-lanes: reductions then need no
// horizontal operation. In: settled graph. Out: one layout per symbol, and the height of a tile of rows.
#pragma once

#include "fusegrad/pass/plan.hpp"
#include "fusegrad/pass/view.hpp"

namespace fusegrad {

/// A contraction of a parameter with a vector of the row: a matrix-vector product, or an inner product.
struct matrix_product {
  bool found = false;
  int matrix = 0;  // which operand
  int outputs = 1;
  int inputs = 1;
  bool transposed = false;  // the matrix is stored [inputs][outputs]
};

[[nodiscard]] constexpr matrix_product as_matrix_product(const graph& in, node_id id) {
  const node& here = in[id];
  if (here.op->family != operation_family::contraction || here.depends != level::row) return {};
  for (int k = 0; k < 2; ++k) {
    const node& matrix = in[here.operands[k]];
    const node& vector = in[here.operands[1 - k]];
    const axis_letters of_matrix = here.payload.letters[k];
    const axis_letters of_vector = here.payload.letters[1 - k];
    const bool summed = here.payload.letters[2].find(of_vector[0]) < 0 && of_matrix.find(of_vector[0]) >= 0;
    if (matrix.depends == level::row || vector.extents.rank != 1 || !summed) continue;
    if (matrix.extents.rank == 1) return {true, k, 1, vector.extents[0], false};
    if (matrix.extents.rank == 2)
      return {true, k, here.extents[0], vector.extents[0], of_matrix.find(of_vector[0]) == 0};
  }
  return {};
}

/// The mean over rows of an outer product of two vectors: the gradient of a matrix, or of a vector if one is
/// a number.
struct outer_product {
  bool found = false;
  int inputs_operand = 1;  // the operand whose elements run along the lanes
  int outputs = 1;
  int inputs = 1;
  bool transposed = false;  // the result is stored [inputs][outputs]
};

/// Whether a gradient is so large that it has one owner: threads then share its slices instead of its rows.
/// A smaller one stays in the nearest cache, and adding up a copy per block of rows costs less than keeping
/// what the rows of many tiles need.
inline constexpr int large_gradient_elements = 1 << 14;
[[nodiscard]] constexpr bool is_large(const outer_product& of) {
  return of.found && of.outputs >= large_gradient_elements / of.inputs;
}

[[nodiscard]] constexpr outer_product as_outer_product(const graph& in, node_id mean, auto is_stored_column) {
  const node& here = in[mean];
  if (here.op->family != operation_family::row_mean) return {};
  const node& product = in[here.operands[0]];
  if (product.op->family != operation_family::contraction) return {};
  const node& left = in[product.operands[0]];
  const node& right = in[product.operands[1]];
  if (left.depends != level::row || right.depends != level::row) return {};
  if (left.extents.rank > 1 || right.extents.rank > 1) return {};
  if (product.extents.rank != left.extents.rank + right.extents.rank) return {};
  outer_product result;
  result.found = true;
  result.inputs_operand = right.extents.rank == 1 ? 1 : 0;
  if (left.extents.rank == 1 && is_stored_column(product.operands[0])) result.inputs_operand = 0;
  if (right.extents.rank == 1 && is_stored_column(product.operands[1])) result.inputs_operand = 1;
  const int k = result.inputs_operand;
  result.inputs = in[product.operands[k]].extents.elements();
  result.outputs = in[product.operands[1 - k]].extents.elements();
  result.transposed =
      product.extents.rank == 2 && product.payload.letters[2][0] == product.payload.letters[k][0];
  return result;
}

/// Whether a mean over rows is that of a contraction of two row values by loops, such as the gradient of
/// weights that many places of an image share.
[[nodiscard]] constexpr bool is_contraction_mean(const graph& in, node_id mean) {
  const node& here = in[mean];
  if (here.op->family != operation_family::row_mean) return false;
  const node& product = in[here.operands[0]];
  if (product.op->family != operation_family::contraction) return false;
  for (int k = 0; k < 2; ++k)
    if (in[product.operands[k]].depends < level::row) return false;
  return !reads_in_order(in, *product.op, product.operands);
}

/// Whether a scatter places what a contraction by loops computes for every row, as the gradient of an image.
[[nodiscard]] constexpr bool is_scattered_contraction(const graph& in, node_id scatter) {
  const node& here = in[scatter];
  if (here.op != &row<scatter_op>() || here.depends != level::row) return false;
  const node& product = in[here.operands[0]];
  if (product.op->family != operation_family::contraction) return false;
  for (int k = 0; k < 2; ++k)
    if (in[base_of(in, product.operands[k])].op == &row<constant_op>()) return false;
  return !reads_in_order(in, *product.op, product.operands);
}

/// Whether a mean over rows is that of a table with one row each, as the gradient of a table that labels read.
[[nodiscard]] constexpr bool is_label_mean(const graph& in, node_id mean) {
  const node& here = in[mean];
  return here.op->family == operation_family::row_mean &&
         in[here.operands[0]].op == &row<place_at_label_op>();
}

/// For each node, whether it is a contraction that is read by its means only, or by its scatter, or a table
/// that is read by its mean: it then never exists itself.
[[nodiscard]] constexpr node_flags read_by_means_only(const graph& in, const node_flags& needed) {
  node_flags means(std::size_t(in.size()));
  node_flags others(std::size_t(in.size()));
  sequence<int> readers(std::size_t(in.size()));
  for (int i = 0; i < in.size(); ++i) {
    if (!needed.elements[i]) continue;
    const bool outer = as_outer_product(in, node_id{i}, [](node_id) { return false; }).found ||
                       is_contraction_mean(in, node_id{i}) || is_scattered_contraction(in, node_id{i}) ||
                       is_label_mean(in, node_id{i});
    for (int k = 0; k < in[node_id{i}].arity; ++k) {
      (outer ? means : others).elements[in[node_id{i}].operands[k].value] = 1;
      ++readers.elements[in[node_id{i}].operands[k].value];
    }
  }
  for (const output& each : in.outputs()) others.elements[each.id.value] = 1;
  // One that is read by a scatter and by others is computed for all of them.
  for (int i = 0; i < in.size(); ++i) {
    if (!needed.elements[i] || !is_scattered_contraction(in, node_id{i})) continue;
    const int product = in[node_id{i}].operands[0].value;
    others.elements[product] |= readers.elements[product] > 1;
  }
  for (int i = 0; i < in.size(); ++i) means.elements[i] = means.elements[i] && !others.elements[i];
  return means;
}

/// Register operations per row if a column of `inputs` is read as it is stored: chunks of lanes, the last one
/// padded, and one share of a transposing reduction per output.
[[nodiscard]] constexpr double cost_as_stored(int inputs, int outputs, const machine& on) {
  const int chunks = (inputs + on.lanes - 1) / on.lanes;
  return outputs * (chunks + 1.0);
}

/// The same if its rows are transposed first: no lane is wasted, but each element is moved, loaded and
/// stored. Not so few elements of which a register or two are gathered: measured, see docs/design.md.
[[nodiscard]] constexpr double cost_in_lanes(int inputs, int outputs, const machine& on) {
  constexpr int few = 8;
  const double moves = inputs <= few ? 0 : 6;
  return double(inputs) * (outputs + moves) / on.lanes;
}

/// One layout per symbol.
[[nodiscard]] constexpr std::vector<layout> place(const graph& in, const machine& on) {
  std::vector<layout> result(in.symbols().size(), layout::none);
  std::vector<double> gain(in.symbols().size(), 0);
  const auto column_of = [&](node_id id) {
    if (in[id].op != &row<symbol_op>()) return -1;
    return is_of_rows(in.symbols()[std::size_t(in[id].payload.symbol)].role) ? in[id].payload.symbol : -1;
  };
  const node_flags needed = reachable(in);
  const node_flags only_mean = read_by_means_only(in, needed);
  for (int i = 0; i < in.size(); ++i) {
    if (!needed.elements[i]) continue;
    const node& each = in[node_id{i}];
    if (column_of(node_id{i}) >= 0 && result[std::size_t(each.payload.symbol)] == layout::none)
      result[std::size_t(each.payload.symbol)] = layout::as_stored;
    const matrix_product product = as_matrix_product(in, node_id{i});
    const bool outer = only_mean.elements[i] != 0 && each.op->family == operation_family::contraction;
    for (int k = 0; k < each.arity; ++k) {
      const int symbol = column_of(each.operands[k]);
      if (symbol < 0) continue;
      const int inputs = in[each.operands[k]].extents.elements();
      const bool vector = in[each.operands[k]].extents.rank == 1;
      const bool streams = vector && ((product.found && product.matrix != k) ||
                                      (outer && column_of(each.operands[1 - k]) < 0));
      if (!streams) result[std::size_t(symbol)] = layout::rows_in_lanes;
      const int outputs = each.extents.elements() / (outer ? inputs : 1);
      gain[std::size_t(symbol)] += cost_in_lanes(inputs, outputs, on) - cost_as_stored(inputs, outputs, on);
    }
  }
  for (const output& each : in.outputs())
    if (column_of(each.id) >= 0) result[std::size_t(in[each.id].payload.symbol)] = layout::rows_in_lanes;
  for (std::size_t i = 0; i < result.size(); ++i)
    if (result[i] == layout::as_stored && gain[i] <= 0) result[i] = layout::rows_in_lanes;
  return result;
}

}  // namespace fusegrad
