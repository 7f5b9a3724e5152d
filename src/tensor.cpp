// SPDX-License-Identifier: BSL-1.0
// Prints tensors: brackets per axis, numbers in six digits, the middle of long axes left out.
#include "fusegrad/train/tensor.hpp"

#include <iomanip>
#include <sstream>
#include <string>

namespace fusegrad {
namespace {

constexpr int longest_axis = 8;
constexpr int shown_ends = 3;

template <class Real>
void print_axis(std::ostream& to, std::span<const Real> values, const tensor_shape& extents, int axis,
                int indent) {
  if (axis == extents.rank) {
    to << values[0];
    return;
  }
  const bool last = axis + 1 == extents.rank;
  const std::size_t stride = std::size_t(extents.stride(axis));
  const bool cut = extents[axis] > longest_axis;
  to << '[';
  for (int i = 0; i < extents[axis]; ++i) {
    if (i > 0) to << (last ? ", " : ",\n" + std::string(std::size_t(indent) + 1, ' '));
    if (cut && i == shown_ends) {
      to << "...";
      i = extents[axis] - shown_ends - 1;
      continue;
    }
    print_axis(to, values.subspan(std::size_t(i) * stride, stride), extents, axis + 1, indent + 1);
  }
  to << ']';
}

}  // namespace

size_error::size_error(std::size_t expected, std::size_t found)
    : std::invalid_argument("numbers for a tensor: expected " + std::to_string(expected) + ", found " +
                            std::to_string(found)) {}

template <class Real>
void print_tensor(std::ostream& to, std::span<const Real> values, const tensor_shape& extents) {
  std::ostringstream text;
  text << std::setprecision(6);
  print_axis(text, values, extents, 0, 0);
  to << text.str();
}

template void print_tensor(std::ostream&, std::span<const float>, const tensor_shape&);
template void print_tensor(std::ostream&, std::span<const double>, const tensor_shape&);

}  // namespace fusegrad
