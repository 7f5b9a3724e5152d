// SPDX-License-Identifier: BSL-1.0
// The number of threads of the BLAS behind a peer. Debian lets the user choose a BLAS when the program
// starts, so OpenBLAS' own function is looked for among what was loaded; others keep their number.
#pragma once

#include <dlfcn.h>

namespace compare {

inline void set_blas_threads(unsigned threads) {
  using setter = void (*)(int);
  static const auto set_threads = reinterpret_cast<setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set_threads != nullptr) set_threads(int(threads));
}

}  // namespace compare
