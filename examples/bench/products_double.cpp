// SPDX-License-Identifier: BSL-1.0
// Matrix products in double, rows stored as double, on one thread.
#include "products.hpp"

#include <tbb/task_arena.h>

#include <cstdlib>

int main(int argc, char** argv) {
  int result = EXIT_SUCCESS;
  tbb::task_arena(1).execute([&] {
    bench::add_product<double, 32, 1>("double");
    bench::add_product<double, 784, 10>("double");
    bench::add_product<double, 256, 256>("double");
    bench::add_product<double, 784, 256>("double");
    bench::add_layers<double, 784, 256>("double");
    result = bench::run(argc, argv, "Matrix products, 2048 rows of doubles, one thread");
  });
  return result;
}
