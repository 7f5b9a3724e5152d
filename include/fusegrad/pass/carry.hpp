// SPDX-License-Identifier: BSL-1.0
// One further leading axis: what is linear in a leaf is computed for many values of the leaf at once, each an
// element of the new axis. How an operation carries it, the operation says.
// In: graph. Out: the same graph with the wide nodes added.
#pragma once

#include <vector>

#include "fusegrad/op/words.hpp"

namespace fusegrad {

/// Stands for a direction while a derivative is written: equal to no other value. Reads `extents`.
struct direction_op : leaf_operation {
  static constexpr std::string_view name = "direction";
  static constexpr inference infer(const graph&, const node& of) {
    return {of.payload.extents, value_kind::real, {}};
  }
};

[[nodiscard]] constexpr ref direction_in(graph& in, const tensor_shape& extents) {
  attributes payload;
  payload.extents = extents;
  return {&in, in.add(row<direction_op>(), nullptr, 0, payload)};
}

namespace carrying {

/// Every unit vector of a shape: [elements, ...], 1 where the position along the first axis is that within
/// the others.
[[nodiscard]] constexpr ref basis(graph& in, const tensor_shape& of) {
  const tensor_shape wide = with_leading(of.elements(), of);
  const ref which = position_in(in, wide, 1u);
  const ref place = position_in(in, wide, all_axes(wide) & ~1u);
  const ref one = constant_in(in, 1, wide);
  return where(which == place, one, constant_in(in, 0, wide));
}

/// A contraction of a value with every unit vector of one axis, over that axis: the value with its axes in
/// another order. None where it is another contraction.
[[nodiscard]] constexpr ref selected(graph& in, const node& of, int carrier) {
  const axis_letters units = of.payload.letters[carrier], other = of.payload.letters[1 - carrier];
  const axis_letters result = of.payload.letters[2];
  if (units.size() != 1 || result.find(units[0]) >= 0 || other.size() != result.size() + 1) return {};
  axis_letters order;
  order.push_back(other.find(units[0]) + 1);
  for (int axis = 0; result[axis] != 0; ++axis) order.push_back(other.find(result[axis]) + 1);
  return transpose_of({&in, of.operands[1 - carrier]}, order);
}

/// One wide node. Elements that meet those of the new axis are repeated along it.
[[nodiscard]] constexpr node_id carry(graph& in, const node& of, const std::vector<node_id>& wide,
                                      int extent) {
  unsigned carriers = 0;
  for (int k = 0; k < of.arity; ++k) carriers |= unsigned(bool(wide[std::size_t(of.operands[k].value)])) << k;
  if (of.op->carry == nullptr || of.extents.rank == max_rank) {  // either way there is no room for the axis
    in.report({problem_kind::rank_too_large, of.extents, tensor_shape{extent}});
    return {};
  }
  const bool meet =
      of.op->family == operation_family::elementwise || of.op->family == operation_family::placement;
  node_id operands[max_operands];
  for (int k = 0; k < of.arity; ++k) {
    const node_id narrow = of.operands[k];
    operands[k] = wide[std::size_t(narrow.value)];
    if (operands[k]) continue;
    operands[k] = narrow;
    if (meet) operands[k] = broadcast_over({&in, narrow}, with_leading(extent, in[narrow].extents), 1u).id;
  }
  return of.op->carry(in, of, operands, extent, carriers);
}

}  // namespace carrying

/// The value of `of`, which is linear in `direction`, for every unit vector as direction: [elements of the
/// direction, ...].
/// Errors: reports a problem, if an operation does not carry a further axis, or would have seven.
[[nodiscard]] constexpr ref for_every_direction(graph& in, node_id of, node_id direction) {
  const tensor_shape extents = in[direction].extents;
  const int count = extents.elements();
  std::vector<node_id> wide(std::size_t(of.value) + 1);
  const ref basis = carrying::basis(in, extents);
  wide[std::size_t(direction.value)] = basis.id;
  for (int i = direction.value + 1; i <= of.value && !in.trouble(); ++i) {
    const node here = in[node_id{i}];
    int carrier = -1;
    for (int k = 0; k < here.arity; ++k)
      if (wide[std::size_t(here.operands[k].value)]) carrier = k;
    if (carrier < 0) continue;
    node_id& place = wide[std::size_t(i)];
    if (here.op->family == operation_family::contraction &&
        same({&in, wide[std::size_t(here.operands[carrier].value)]}, basis))
      place = carrying::selected(in, here, carrier).id;
    if (!place) place = carrying::carry(in, here, wide, count);
  }
  if (in.trouble()) return {&in, of};
  const node_id found = wide[std::size_t(of.value)];
  if (found) return {&in, found};
  return broadcast_over({&in, of}, with_leading(count, in[of].extents), 1u);  // no direction in it: zeros
}

}  // namespace fusegrad
