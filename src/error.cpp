// SPDX-License-Identifier: BSL-1.0
// The sentence of wrong data.
#include "fusegrad/data/error.hpp"

namespace fusegrad {

data_error::data_error(const std::string& where, const std::string& expected, const std::string& found)
    : std::runtime_error(where + ": expected " + expected + ", found " + found) {}

}  // namespace fusegrad
