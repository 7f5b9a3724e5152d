// SPDX-License-Identifier: BSL-1.0
// What each node reads: its operands, looked at through movements and through values that are computed
// again. Listed once, since fusion and the allocation of memory ask for it many times.
#pragma once

#include "fusegrad/pass/view.hpp"

namespace fusegrad {

/// One value that a node reads.
struct value_read {
  int value = -1;      // the node behind all movements
  bool moved = false;  // read in another order than its own
};

/// The reads of all nodes, one after the other.
struct read_list {
  sequence<value_read> reads;
  sequence<int> first;  // per node, the first of its reads; one more entry ends the last

  [[nodiscard]] constexpr const value_read* begin_of(int id) const {
    return reads.elements + first.elements[id];
  }
  [[nodiscard]] constexpr const value_read* end_of(int id) const {
    return reads.elements + first.elements[id + 1];
  }
};

/// Lists the reads of every node that is needed. A node that is `inlined` hands on its own reads.
[[nodiscard]] constexpr read_list list_reads(const graph& in, const node_flags& needed,
                                             const node_flags& inlined) {
  const node* const nodes = in.nodes().data();
  read_list result;
  result.first = sequence<int>(std::size_t(in.size()) + 1);
  result.reads.reserve(std::size_t(in.size()) * 2);
  for (int i = 0; i < in.size(); ++i) {
    result.first.elements[i] = int(result.reads.size());
    for (int k = 0; needed.elements[i] && k < nodes[i].arity; ++k) {
      const int operand = nodes[i].operands[k].value;
      if (nodes[operand].op->family == operation_family::movement)
        result.reads.push_back({base_of(in, node_id{operand}).value, true});
      else if (!inlined.elements[operand])
        result.reads.push_back({operand, false});
      else
        for (int read = result.first.elements[operand]; read < result.first.elements[operand + 1]; ++read)
          result.reads.push_back(value_read(result.reads.elements[read]));
    }
  }
  result.first.elements[in.size()] = int(result.reads.size());
  return result;
}

}  // namespace fusegrad
