// SPDX-License-Identifier: BSL-1.0
// What the scaling programs share: numbers that are made quickly, and one step on one thread and on two.
#pragma once

#include "bench.hpp"

#include "fusegrad/fusegrad.hpp"

#include <tbb/task_arena.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// Numbers from -1 to 1 in no visible order.
[[nodiscard]] inline std::vector<float> scattered(std::size_t count) {
  std::vector<float> result(count);
  std::uint32_t state = 1;
  for (float& each : result) {
    state = state * 1664525U + 1013904223U;
    each = float(std::int32_t(state)) * 0x1p-31F;
  }
  return result;
}

/// Enters the loss and its gradient over all rows, on so many threads.
template <class Loss, class Model, class Data>
void add_step(const std::string& subject, const std::string& who, int threads, work of, Loss loss,
              std::shared_ptr<Model> model, std::shared_ptr<Data> data) {
  const auto arena = std::make_shared<tbb::task_arena>(threads);
  add_run(subject, who, of, [=] {
    arena->execute([&] { benchmark::DoNotOptimize(fusegrad::value_and_grad(loss, *model, *data).value); });
  });
}

/// The same on one thread and on two.
template <class Loss, class Model, class Data>
void add_step(const std::string& subject, work of, Loss loss, std::shared_ptr<Model> model,
              std::shared_ptr<Data> data) {
  add_step(subject, "1 thread", 1, of, loss, model, data);
  add_step(subject, "2 threads", 2, of, loss, model, data);
}

}  // namespace bench
