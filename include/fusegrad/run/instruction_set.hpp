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

/// The versions of a function that the CMake function `fusegrad_add_versions` compiles.
enum class compiled_for { baseline, avx2, avx512 };

/// Whether this machine, processor and operating system, has every instruction of a version.
/// Cost:    a few loads; the processor is asked once per program.
/// Source:  x86-64 psABI: `avx2` is its level x86-64-v3, `avx512` its level x86-64-v4.
[[nodiscard]] bool runs_here(compiled_for);

}  // namespace fusegrad
