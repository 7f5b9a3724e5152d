// SPDX-License-Identifier: BSL-1.0
// The switch that turns the rules of stability off, so that what they are for can be seen.
#pragma once

#include "fusegrad/op/rows.hpp"

namespace fusegrad {

/// The same value. A formula in which it stands is compiled without the rules of stability.
struct as_written_op : elementwise_operation<1> {
  static constexpr std::string_view name = "as_written";
  static constexpr int flops = 0;
  template <class Value> static constexpr Value value(Value a) { return a; }
  static constexpr ref along(int, const ref*, ref, ref direction) { return direction; }
  static constexpr ref define(ref of) { return of.operand(0); }
};

/// The same value, computed as it is written, with whatever overflows and cancels there: for study, beside
/// the formula itself. It holds for the whole formula that is evaluated, wherever in it the word stands, and
/// for its gradients. Exact simplifications stay, and words that are stable by themselves, such as
/// logsumexp, stay so.
/// Shape: any.
template <formula Value> [[nodiscard]] constexpr auto as_written(Value v) {
  return call<elementwise<as_written_op>>(v);
}

}  // namespace fusegrad
