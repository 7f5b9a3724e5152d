// SPDX-License-Identifier: BSL-1.0
// The bound that a formula sets to the scratch memory of its kernel.
#pragma once

#include "fusegrad/op/rows.hpp"

namespace fusegrad {

/// The same value. A formula in which it stands is planned within `number` bytes of scratch.
struct scratch_within_op : elementwise_operation<1> {
  static constexpr std::string_view name = "scratch_within";
  static constexpr int flops = 0;
  template <class Value> static constexpr Value value(const attributes&, Value a) { return a; }
  static constexpr ref along(int, const ref*, ref, ref direction) { return direction; }
  static constexpr ref define(ref of) { return of.operand(0); }
  static constexpr printed print(const graph&, const node& of, const printed* operands) {
    return {text("scratch_within<") + to_text(of.payload.number) + ">(" + operands[0].text + ")", 9};
  }
};

template <int Bytes> struct scratch_within_function {
  using printed_as = scratch_within_op;
  constexpr ref operator()(ref v) const {
    attributes payload;
    payload.number = Bytes;
    return apply<scratch_within_op>(payload, v);
  }
};

/// The same value, from a kernel whose tile takes at most so many bytes: the values that it keeps of some
/// rows, for each thread that runs it. To stay within them a tile has fewer rows, as few as a register holds;
/// then values that cost little are computed again where they are read, and derivatives of `fold` and `scan`
/// keep fewer carries and compute the others again. The bound holds for the whole formula, wherever in it the
/// word stands, and for its gradients; of several bounds the smallest does.
/// Shape:  any.
/// Rounds: as another height of the tile, which adds the rows in another order.
/// Errors: compile time, if a register of rows needs more.
template <int Bytes, formula Value> [[nodiscard]] constexpr auto scratch_within(Value v) {
  static_assert(Bytes > 0, "scratch_within<bytes>(v): a kernel cannot do with less than one byte of scratch");
  return call<scratch_within_function<Bytes>>(v);
}

}  // namespace fusegrad
