// SPDX-License-Identifier: BSL-1.0
// What this machine could run: the widest instruction set that the processor and this library know.
#pragma once

#include <string>

namespace fusegrad {

/// An instruction set as xsimd names it.
struct instruction_set {
  const char* name;
  int lanes;  // floats in one register
};

/// The widest one of this machine, asked at run time.
[[nodiscard]] instruction_set available_instruction_set();

/// Says what this machine has beside what was compiled for, and how to use it if it has wider registers:
/// "this machine has avx512bw: link fusegrad::native to use it".
[[nodiscard]] std::string compare_with_machine(int compiled_lanes);

}  // namespace fusegrad
