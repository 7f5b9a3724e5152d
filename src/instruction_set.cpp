// SPDX-License-Identifier: BSL-1.0
// Asks the processor.
#include "fusegrad/run/instruction_set.hpp"

namespace fusegrad {

instruction_set available_instruction_set() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bw")) return {"avx512bw", 16};
  if (__builtin_cpu_supports("avx512f")) return {"avx512f", 16};
  if (__builtin_cpu_supports("avx2")) return {"avx2", 8};
  if (__builtin_cpu_supports("avx")) return {"avx", 8};
  if (__builtin_cpu_supports("sse4.2")) return {"sse4.2", 4};
  return {"sse2", 4};
#else
  return {"unknown", 1};
#endif
}

std::string compare_with_machine(int compiled_lanes) {
  const instruction_set here = available_instruction_set();
  return std::string("this machine has ") + here.name +
         (here.lanes > compiled_lanes ? ": link fusegrad::native to use it" : "");
}

bool runs_here(compiled_for version) {
  if (version == compiled_for::baseline) return true;
#if defined(__x86_64__)
  __builtin_cpu_init();
  return version == compiled_for::avx2 ? __builtin_cpu_supports("x86-64-v3")
                                       : __builtin_cpu_supports("x86-64-v4");
#else
  return false;
#endif
}

}  // namespace fusegrad
