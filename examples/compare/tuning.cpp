// SPDX-License-Identifier: BSL-1.0
// The tuned settings, each with its reason.

#include "tuning.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace compare {
namespace {

constexpr auto openblas_function = "openblas_get_corename";

// The kernels that OpenBLAS has chosen; empty where another BLAS is loaded, or none.
std::string_view openblas_kernels() {
  const auto name = reinterpret_cast<const char* (*)()>(dlsym(RTLD_DEFAULT, openblas_function));
  return name == nullptr ? "" : name();
}

// OpenBLAS knows processors by their numbers, and takes those newer than itself for ones without AVX-512,
// where its products run at half speed.
std::string better_openblas_kernels() {
#if defined(__x86_64__)
  const std::string_view chosen = openblas_kernels();
  if ((chosen == "Haswell" || chosen == "Zen") && __builtin_cpu_supports("avx512vl"))
    return __builtin_cpu_supports("avx512bf16") ? "Cooperlake" : "SkylakeX";
#endif
  return "";
}

// The folder of an OpenBLAS that runs on the threads of OpenMP, if it lies beside the one that is loaded, as
// in Debian. With threads of its own, those of OpenMP wait for work on the processors that it needs.
std::string openblas_over_openmp() {
  void* const function = dlsym(RTLD_DEFAULT, openblas_function);
  Dl_info found{};
  if (function == nullptr || dladdr(function, &found) == 0) return "";
  std::error_code missing;
  const auto folder = std::filesystem::canonical(found.dli_fname, missing).parent_path();
  const auto other = folder.parent_path() / "openblas-openmp";
  return folder != other && std::filesystem::exists(other / "libblas.so.3", missing) ? other.string() : "";
}

}  // namespace

std::vector<setting> tuned_settings() {
  const std::string over_openmp = openblas_over_openmp();
  std::vector<setting> all = {
      // Freed memory is kept: temporaries of some megabytes are else returned, and faulted in again, each
      // time.
      {"GLIBC_TUNABLES", "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=4294967296"},
      {"OPENBLAS_CORETYPE", better_openblas_kernels()},
      {"LD_LIBRARY_PATH", over_openmp},
      // The second best: waiting threads sleep, and are slow to wake.
      {"OMP_WAIT_POLICY", over_openmp.empty() ? "passive" : ""}};
  std::erase_if(all, [](const setting& each) {
    return each.value.empty() || std::getenv(each.name.c_str()) != nullptr;
  });
  return all;
}

}  // namespace compare
