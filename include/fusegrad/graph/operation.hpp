// SPDX-License-Identifier: BSL-1.0
// The operation interface: all that the rest of the compiler may know of an operation.
// One static row of functions per operation; op/ fills the rows, passes only call them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fusegrad/base/text.hpp"
#include "fusegrad/graph/node.hpp"
#include "fusegrad/graph/problem.hpp"

namespace fusegrad {

class graph;

/// How an operation moves data: what fusion and code generation look at. Beside it they know by name the
/// leaves, which have no data to move, and the movements, which become strides.
enum class operation_family : std::uint8_t {
  leaf,         // constant, symbol, position along an axis
  elementwise,  // element i of the result needs element i of each operand
  movement,     // broadcast, reshape, transpose, slice: elements are renamed, not changed
  reduction,    // over feature axes
  scan,         // each element of the result from those before it along one axis
  contraction,  // sum of products over shared axes
  placement,    // elements are written to other places: padded, put together, chosen by indices
  row_mean,     // mean over the rows of the batch
  repetition,   // the parts of a body that is computed n times
  composite,    // has a definition in terms of the others, used by the kernels
};

/// The shape and the kind of a result, or the problem with the operands.
struct inference {
  tensor_shape extents;
  value_kind kind = value_kind::real;
  problem trouble;
};

/// A printed formula with the strength by which its outermost operator binds: sums 1, products 2, signs 3,
/// calls 9. In LaTeX, where quotients and powers have forms of their own, see graph/latex.hpp.
struct printed {
  fusegrad::text text;
  int binding = 9;
};

/// A dense tensor of an interpreter: `extents.elements()` numbers, row-major.
template <class Real> struct tensor_view {
  tensor_shape extents;
  Real* data = nullptr;

  constexpr Real& operator[](int index) const { return data[index]; }
};

/// The value of one node from the values of its operands, for one row.
template <class Real>
using evaluate_function = void (*)(const node&, const tensor_view<const Real>* operands,
                                   tensor_view<Real> result);

/// One operation. All functions are constexpr; a null pointer means that the family has no such notion.
struct operation {
  std::string_view name;
  std::uint32_t hash = 0;
  int arity = 0;
  operation_family family = operation_family::elementwise;
  bool masks = false;              // passes no gradient to some elements: a select, a maximum
  bool unbounded_partial = false;  // a partial derivative can be infinite or NaN inside the closed domain
  bool exact = false;              // +, -, *, / and kin: may be computed by the C++ compiler
  bool promise = false;            // a derivative that a pass writes out before anything else is done
  int flops = 1;                   // per element of the result

  inference (*infer)(const graph&, const node&) = nullptr;
  evaluate_function<double> evaluate = nullptr;
  evaluate_function<long double> evaluate_long = nullptr;
  /// The share of the operand's adjoint: reverse mode. `masked` says that zeros of the adjoint are absolute.
  node_id (*pullback)(graph&, node_id node, int operand, node_id adjoint, bool masked) = nullptr;
  /// The share of the operand's tangent: forward mode. `masked` says that zeros of the tangent are absolute.
  node_id (*pushforward)(graph&, node_id node, int operand, node_id tangent, bool masked) = nullptr;
  /// The same node for operands that have one leading axis more: those whose bit is set in `carriers`.
  node_id (*carry)(graph&, const node&, const node_id* operands, int extent, unsigned carriers) = nullptr;
  /// The same value written with simpler operations, for the kernels.
  node_id (*define)(graph&, node_id node) = nullptr;
  /// What takes its place where nothing is learned: dropout, noise.
  node_id (*in_evaluation)(graph&, node_id node) = nullptr;
  printed (*print)(const graph&, const node&, const printed* operands) = nullptr;
  printed (*latex)(const graph&, const node&, const printed* operands) = nullptr;
};

/// Whether a node is the number of a step: a leaf whose level is an attribute, that of what is repeated.
[[nodiscard]] constexpr bool begins_repetition(const node& of) {
  return of.arity == 0 && of.op->family == operation_family::repetition;
}

/// FNV-1a, 32 bits.
/// Source:  Fowler, Noll, Vo, http://www.isthe.com/chongo/tech/comp/fnv
[[nodiscard]] constexpr std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (char each : text) hash = (hash ^ static_cast<unsigned char>(each)) * 16777619u;
  return hash;
}

}  // namespace fusegrad
