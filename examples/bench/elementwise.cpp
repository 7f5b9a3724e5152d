// SPDX-License-Identifier: BSL-1.0
// Every elementwise operation by itself, float, on one thread: nanoseconds per element, beside a plain loop.
#include "bench.hpp"
#include "plain_loops.hpp"
#include "row_kernel.hpp"

#include <tbb/task_arena.h>

#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace fusegrad;

constexpr std::size_t rows = 16384;  // three columns of them fit in the second-level cache
constexpr double tolerance = 1e-5;   // a few ulp of numbers about 1

constexpr auto x = input<"x">;
constexpr auto y = input<"y">;

std::vector<float> numbers(unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> between(0.1F, 4);
  std::vector<float> result(rows);
  for (float& each : result) each = between(random);
  return result;
}

const std::vector<float> xs = numbers(1);
const std::vector<float> ys = numbers(2);

template <class Formula, class PlainLoop>
void add(const std::string& name, Formula formula, PlainLoop plain) {
  static std::vector<float> results(rows);
  const auto kernel = bench::make_row_kernel<float>(formula, dataset(x = std::span(xs), y = std::span(ys)));
  plain(results);
  const std::vector<float>& found = (*kernel)();
  for (std::size_t i = 0; i < rows; ++i)
    bench::require_equal(name, double(found[i]), double(results[i]), tolerance);
  bench::add_run(name, "plain loop", {.elements = rows}, [plain] { plain(results); });
  bench::add_run(name, "fusegrad", {.elements = rows}, [kernel] { (*kernel)(); });
}

void add_all() {
  namespace plain = bench::plain;
  add("x + y", x + y, [](plain::results to) { plain::add(xs, ys, to); });
  add("x * y", x * y, [](plain::results to) { plain::multiply(xs, ys, to); });
  add("x / y", x / y, [](plain::results to) { plain::divide(xs, ys, to); });
  add("sqrt(x)", sqrt(x), [](plain::results to) { plain::square_root(xs, to); });
  add("abs(x)", abs(x), [](plain::results to) { plain::absolute(xs, to); });
  add("relu(x)", relu(x), [](plain::results to) { plain::relu(xs, to); });
  add("pow<3>(x)", pow<3>(x), [](plain::results to) { plain::cube(xs, to); });
  add("exp(x)", exp(x), [](plain::results to) { plain::exp(xs, to); });
  add("log(x)", log(x), [](plain::results to) { plain::log(xs, to); });
  add("log1p(x)", log1p(x), [](plain::results to) { plain::log1p(xs, to); });
  add("expm1(x)", expm1(x), [](plain::results to) { plain::expm1(xs, to); });
  add("tanh(x)", tanh(x), [](plain::results to) { plain::tanh(xs, to); });
  add("logistic(x)", logistic(x), [](plain::results to) { plain::logistic(xs, to); });
  add("softplus(x)", softplus(x), [](plain::results to) { plain::softplus(xs, to); });
  add("log1p(square(x - y) / 3)", log1p(square(x - y) / 3_c),
      [](plain::results to) { plain::robust(xs, ys, to); });
}

}  // namespace

int main(int argc, char** argv) {
  int result = EXIT_SUCCESS;
  tbb::task_arena(1).execute([&] {
    add_all();
    result = bench::run(argc, argv, "Elementwise operations on 16384 floats, results to memory, one thread");
  });
  return result;
}
