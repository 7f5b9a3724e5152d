// SPDX-License-Identifier: BSL-1.0
// The tuned settings, each with its reason.

#include "tuning.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace compare {
namespace {

// A function of OpenBLAS without arguments; null where another BLAS is loaded, or none.
template <class Result> auto openblas_function(const char* name) {
  return reinterpret_cast<Result (*)()>(dlsym(RTLD_DEFAULT, name));
}

// The kernels that OpenBLAS has chosen; empty without it.
std::string_view openblas_kernels() {
  const auto name = openblas_function<const char*>("openblas_get_corename");
  return name == nullptr ? "" : name();
}

// Whether OpenBLAS has threads of its own, beside those of OpenMP.
bool openblas_has_threads() {
  constexpr int own_threads = 1;  // 0 is none, 2 is those of OpenMP.
  const auto kind = openblas_function<int>("openblas_get_parallel");
  return kind != nullptr && kind() == own_threads;
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
// in Debian.
std::string openblas_over_openmp() {
  Dl_info found{};
  if (dladdr(dlsym(RTLD_DEFAULT, "openblas_get_parallel"), &found) == 0) return "";
  std::error_code missing;
  const auto loaded = std::filesystem::canonical(found.dli_fname, missing);
  const auto other = loaded.parent_path().parent_path() / "openblas-openmp";
  return std::filesystem::exists(other / "libblas.so.3", missing) ? other.string() : "";
}

// Two pools of threads on the same processors wait for each other. Best is one pool; second best are threads
// that sleep while they wait, and are slow to wake.
setting one_pool_of_threads() {
  if (!openblas_has_threads()) return {};
  const std::string other = openblas_over_openmp();
  return other.empty() ? setting{"OMP_WAIT_POLICY", "passive"} : setting{"LD_LIBRARY_PATH", other};
}

}  // namespace

std::vector<setting> tuned_settings() {
  std::vector<setting> all = {
      // Freed memory is kept: temporaries of some megabytes are else returned, and faulted in again, each
      // time.
      {"GLIBC_TUNABLES", "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=4294967296"},
      {"OPENBLAS_CORETYPE", better_openblas_kernels()},
      one_pool_of_threads()};
  std::erase_if(all, [](const setting& each) {
    return each.value.empty() || std::getenv(each.name.c_str()) != nullptr;
  });
  return all;
}

std::string describe_blas() {
  const std::string_view kernels = openblas_kernels();
  return kernels.empty() ? "BLAS: another one than OpenBLAS"
                         : "BLAS: OpenBLAS, kernels for " + std::string(kernels);
}

}  // namespace compare
