// SPDX-License-Identifier: BSL-1.0
// What those who tune them put into the environment of OpenBLAS, OpenMP and glibc before a program starts.
#pragma once

#include <string>
#include <vector>

namespace compare {

/// One variable of the environment.
struct setting {
  std::string name;
  std::string value;
};

/// The settings for this machine and the libraries that this program has loaded; none that the user made.
[[nodiscard]] std::vector<setting> tuned_settings();

/// The BLAS that dlib and libtorch call in this process, in one line.
[[nodiscard]] std::string describe_blas();

}  // namespace compare
