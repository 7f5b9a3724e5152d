// SPDX-License-Identifier: BSL-1.0
// Matrix products in float, rows stored as float, on one thread.
#include "products.hpp"

#include <tbb/task_arena.h>

#include <cstdlib>

int main(int argc, char** argv) {
  int result = EXIT_SUCCESS;
  tbb::task_arena(1).execute([&] {
    bench::add_product<float, 32, 1>("float");
    bench::add_product<float, 784, 10>("float");
    bench::add_product<float, 256, 256>("float");
    bench::add_product<float, 784, 256>("float");
    bench::add_layers<float, 784, 256>("float");
    result = bench::run(argc, argv, "Matrix products, 2048 rows of floats, one thread");
  });
  return result;
}
