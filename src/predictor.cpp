// SPDX-License-Identifier: BSL-1.0
// What can be wrong with one row.
#include "fusegrad/train/predictor.hpp"

#include <sstream>
#include <string>

#include "fusegrad/data/error.hpp"

namespace fusegrad::predicting {

void report_row(const symbol& named, const column& found) {
  const std::string where = "one row of " + std::string(named.name);
  const auto wanted = std::size_t(named.extents.elements());
  if (found.width != wanted)
    throw data_error(where, std::to_string(wanted) + (wanted == 1 ? " number" : " numbers"),
                     std::to_string(found.width));
  const std::size_t wrong = first_without_class(named, found);
  std::ostringstream value;
  value << element_of(found, wrong);
  if (wanted > 1) value << " as element " << wrong;
  throw data_error(where, "a class from 0 to " + std::to_string(named.classes - 1), value.str());
}

}  // namespace fusegrad::predicting
