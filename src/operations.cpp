// SPDX-License-Identifier: BSL-1.0
// The library's operations, compiled once: see op/library_rows.hpp.
#include "fusegrad/op/words.hpp"

namespace fusegrad {

#define FUSEGRAD_COMPILE(op)        \
  template struct functions_of<op>; \
  template const operation row_of<op>;
FUSEGRAD_LIBRARY_OPERATIONS(FUSEGRAD_COMPILE)
#undef FUSEGRAD_COMPILE

}  // namespace fusegrad
