// SPDX-License-Identifier: BSL-1.0
// The one exception of the data folder: wrong data at run time.
// Its constructor takes the parts of the sentence, so that no message can lack one of them.
#pragma once

#include <stdexcept>
#include <string>

namespace fusegrad {

/// Wrong data. The message reads "where: expected this, found that".
struct data_error : std::runtime_error {
  data_error(const std::string& where, const std::string& expected, const std::string& found);
};

}  // namespace fusegrad
