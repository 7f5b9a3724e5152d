// SPDX-License-Identifier: BSL-1.0
// The sentence for memory that gradients do not fit.
#include "fusegrad/train/wrt.hpp"

#include <string>

namespace fusegrad::differentiating {

void report_place(const symbol& by, std::size_t rows, std::size_t found) {
  const std::size_t elements = std::size_t(by.extents.elements());
  const std::string count = std::to_string(is_of_rows(by.role) ? rows * elements : elements);
  std::string expected = count + " numbers";
  if (is_of_rows(by.role))
    expected += ", " + std::to_string(elements) + " for each of " + std::to_string(rows) + " rows";
  throw data_error("wrt(" + std::string(by.name) + " = results)", expected, std::to_string(found));
}

}  // namespace fusegrad::differentiating
