// SPDX-License-Identifier: BSL-1.0
// Reverse-mode differentiation: adds to a graph the gradient of one scalar value.
// In: verified graph. Out: verified graph with one gradient output per symbol asked for.
// Source: Griewank, Walther 2008, "Evaluating Derivatives", ch. 3.
#pragma once

#include <span>
#include <vector>

#include "fusegrad/op/loss.hpp"
#include "fusegrad/op/repetition.hpp"
#include "fusegrad/pass/prune.hpp"
#include "fusegrad/pass/singular.hpp"

namespace fusegrad {

namespace reverse_mode {

[[nodiscard]] constexpr ref mean_of_shares(ref shares);

/// The mean over the rows of a product with what is the same for all of them: the product with a mean.
/// Returns: nothing if it is no such product, or if the mean would have more elements than the product.
[[nodiscard]] constexpr ref product_with_mean(ref shares) {
  if (!is<contract_op>(shares)) return {};
  const attributes spelled = shares->payload;
  ref operands[2] = {shares.operand(0), shares.operand(1)};
  for (int k = 0; k < 2; ++k) {
    ref& of_rows = operands[1 - k];
    if (operands[k]->depends >= level::row || of_rows.extents().elements() > shares.extents().elements())
      continue;
    of_rows = mean_of_shares(of_rows);
    return contract(operands[0], spelled.letters[0], operands[1], spelled.letters[1], spelled.letters[2]);
  }
  return {};
}

/// The mean over the rows of what they give to a parameter.
[[nodiscard]] constexpr ref mean_of_shares(ref shares) {
  const bool negated = is<negate_op>(shares);
  const ref product = product_with_mean(negated ? shares.operand(0) : shares);
  if (!product.id) return row_mean(shares);
  return negated ? -product : product;
}

/// The adjoint of one value, as it gathers. Shares from rows and from the step are kept apart: the former are
/// averaged.
struct adjoint {
  ref of_rows;
  ref of_step;
  bool masked = false;  // some zeros are absolute: a select has discarded the element

  constexpr void add(ref share, bool from_row) {
    ref& sum = from_row ? of_rows : of_step;
    sum = sum.id ? sum + share : share;
  }
  [[nodiscard]] constexpr bool none() const { return !of_rows.id && !of_step.id; }
  [[nodiscard]] constexpr ref total() const {
    if (!of_rows.id) return of_step;
    const ref mean = mean_of_shares(of_rows);
    return of_step.id ? of_step + mean : mean;
  }
};

/// For each node, whether a gradient has to pass through it: it depends on a symbol of `by`.
[[nodiscard]] constexpr node_flags active_nodes(const graph& in, std::span<const int> by) {
  node_flags active(std::size_t(in.size()));
  bool repeats = false;
  do {
    for (int i = 0; i < in.size(); ++i) {
      const node& each = in[node_id{i}];
      if (each.op == &row<symbol_op>())
        for (int wanted : by) active[std::size_t(i)] |= char(wanted == each.payload.symbol);
      for (int k = 0; k < each.arity; ++k)
        if (each.op->pullback != nullptr)
          active[std::size_t(i)] |= active[std::size_t(each.operands[k].value)];
      if (each.op->family != operation_family::repetition) continue;
      repeats = true;
      if (each.arity == 2)  // a mark, and the value
        active[std::size_t(i)] |= active[std::size_t(each.operands[1].value)];
    }
  } while (repeats && mark_carries(in, active));
  return active;
}

/// How many numbers of a row a derivative may keep from step to step of a repetition before it computes them
/// again instead: as many as a second-level cache holds for a register of rows.
inline constexpr int most_kept = 1 << 14;

/// What differentiation knows of the graph before it begins.
struct analysis {
  node_flags active;
  node_flags singular;
  bool average = false;
  int most_kept = reverse_mode::most_kept;
};

/// Hands the adjoint of a node on to its operands. `version`: the node that stands for another one, where a
/// body is computed again; adjoints are kept by the nodes of the graph that is differentiated.
constexpr void pull_back(graph& in, const node& original, node_id version, ref adjoint_here, bool masked,
                         const analysis& known, std::vector<adjoint>& adjoints) {
  const node here = in[version];
  // A select per element is cheap in a loop; before a matrix product it is a loop of its own.
  const bool guarded = masked && (here.op->family != operation_family::contraction ||
                                  meets_singular(known.singular, original));
  for (int k = 0; k < here.arity; ++k) {
    const std::size_t operand = std::size_t(original.operands[k].value);
    if (!known.active[operand]) continue;
    const node& below = in[here.operands[k]];
    const bool leaves_rows = known.average && here.depends == level::row && below.depends < level::row;
    const ref share{&in, here.op->pullback(in, version, k, adjoint_here.id, guarded)};
    adjoints[operand].add(share, leaves_rows);
    adjoints[operand].masked |= masked || here.op->masks;
  }
}

/// Hands on the adjoint of a node that belongs to no repetition; that of a symbol is its gradient.
constexpr void visit(graph& in, const graph& from, int id, const analysis& known,
                     std::vector<adjoint>& adjoints, std::vector<node_id>& gradients) {
  const adjoint& here = adjoints[std::size_t(id)];
  if (!known.active[std::size_t(id)] || here.none()) return;
  const ref total = here.total();
  const node& each = from[node_id{id}];
  if (each.op == &row<symbol_op>())
    gradients[std::size_t(each.payload.symbol)] = total.id;
  else if (each.op->pullback != nullptr)
    pull_back(in, each, node_id{id}, total, here.masked, known, adjoints);
}

/// Visits the nodes of `from` that belong to no repetition, each after all that read it, and hands adjoints
/// through the repetitions between them.
constexpr void reverse_through_repetitions(graph& in, const graph& from, const analysis& known,
                                           std::vector<adjoint>& adjoints, std::vector<node_id>& gradients);

}  // namespace reverse_mode

/// Adds the gradient of `of` by each symbol in `by` as an output. A row-level value is averaged over the rows
/// first if `average`; otherwise its gradients are those of each row. Of a value that is no scalar, of the
/// sum of its elements times those of `weights`, if there are some; `masked` says that zeros of them are
/// absolute. `most_kept`: how many numbers it may keep of the steps of a repetition; where they are more, it
/// keeps about their root and computes the others again.
/// Cost:    each node is visited once; the gradient costs at most four times the value, five times what is
///          repeated.
[[nodiscard]] constexpr graph differentiate(const graph& from, node_id of, std::span<const int> by,
                                            bool average, node_id weights = {}, bool masked = false,
                                            int most_kept = reverse_mode::most_kept) {
  graph result = from;
  const reverse_mode::analysis known{reverse_mode::active_nodes(from, by), singular_nodes(from), average,
                                     most_kept};
  std::vector<reverse_mode::adjoint> adjoints(std::size_t(from.size()));
  reverse_mode::adjoint& seed = adjoints[std::size_t(of.value)];
  seed.of_step = weights ? ref{&result, weights} : constant_like({&result, of}, 1);
  seed.masked = masked;
  std::vector<node_id> gradients(from.symbols().size());
  if (has_repetitions(from))
    reverse_mode::reverse_through_repetitions(result, from, known, adjoints, gradients);
  else
    for (int i = of.value; i >= 0; --i) reverse_mode::visit(result, from, i, known, adjoints, gradients);
  for (int wanted : by) {
    node_id gradient = gradients[std::size_t(wanted)];
    if (!gradient) gradient = constant_in(result, 0, result.symbols()[std::size_t(wanted)].extents).id;
    result.add_output({output_role::gradient, wanted, gradient});
  }
  return result;
}

/// Gradients of a mean over the rows by symbols of the rows: each row's share of the derivative, which
/// differentiation has left as `rows` times that.
[[nodiscard]] constexpr graph shares_of_rows(graph in) {
  const std::vector<output> outputs(in.outputs().begin(), in.outputs().end());
  in.drop_outputs();
  for (output each : outputs) {
    const bool of_rows =
        each.role == output_role::gradient && is_of_rows(in.symbols()[std::size_t(each.symbol)].role);
    if (of_rows) each.id = multiply(ref{&in, each.id}, 1 / row_count_in(in)).id;
    in.add_output(each);
  }
  return in;
}

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/pass/reverse_repetition.hpp"
