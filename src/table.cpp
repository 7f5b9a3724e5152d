// SPDX-License-Identifier: BSL-1.0
// Tables: what does not depend on the type of their elements.
// The check of the shape, and the sharing of a file.
#include "fusegrad/data/table.hpp"

#include "fusegrad/data/error.hpp"

#include <string>

namespace fusegrad {

table::table(const idx_file& file) : owner_(std::make_shared<const idx_file>(file)), view_(file.view()) {}

std::size_t table::rows_of(std::size_t values, std::size_t width) {
  if (width == 0) throw data_error("table", "a width of at least 1", "0");
  if (values % width != 0)
    throw data_error("table", "a multiple of the width " + std::to_string(width),
                     std::to_string(values) + " values");
  return values / width;
}

table scaled(table values, double factor) {
  values.view_.scale *= factor;
  return values;
}

}  // namespace fusegrad
