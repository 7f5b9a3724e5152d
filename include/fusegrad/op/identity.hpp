// SPDX-License-Identifier: BSL-1.0
// From an operation's type to its row and back: a finished plan holds pointers to rows, a kernel needs the
// types. A user's operation needs no registration for this, wherever it is defined and whichever way it
// reached the graph.
#pragma once

#include "fusegrad/graph/operation.hpp"

namespace fusegrad {

/// Carries a type as a value.
template <class Type> struct type_carrier { using type = Type; };

// Each row answers, by argument-dependent lookup, which type it describes: the declaration stands in the key,
// the definition is given by the type. g++ warns that the friend is no template; that is the point of it.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-template-friend"
#endif
template <const operation* Row> struct operation_key {
  friend constexpr auto operation_behind(operation_key);
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

template <class Op> constexpr operation describe();

/// The row of an operation: its address is the operation's identity in every graph.
template <class Op> inline constexpr operation row_of = describe<Op>();

template <class Op> struct operation_answer {
  friend constexpr auto operation_behind(operation_key<&row_of<Op>>) { return type_carrier<Op>{}; }
  static constexpr bool given = true;
};

/// The row of an operation, by reference; makes sure that the way back exists.
template <class Op> [[nodiscard]] constexpr const operation& row() {
  static_assert(operation_answer<Op>::given);
  return row_of<Op>;
}

/// The operation's type, from the address of its row.
template <const operation* Row>
using operation_type = typename decltype(operation_behind(operation_key<Row>{}))::type;

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/op/ref.hpp"
