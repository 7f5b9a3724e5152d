// SPDX-License-Identifier: BSL-1.0
// The one place where threads begin: a loop over blocks, in the caller's task arena.
#pragma once

#include <cstddef>
#include <type_traits>

namespace fusegrad {

/// A reference to a callable `void(block, worker)`; lives as long as the call it is passed to.
class block_function {
 public:
  template <class Body>
  requires(!std::is_same_v<std::remove_cvref_t<Body>, block_function>)
      block_function(const Body& body)  // NOLINT: a reference wrapper converts
      : body_(&body), call_([](const void* address, std::size_t block, std::size_t worker) {
          (*static_cast<const Body*>(address))(block, worker);
        }) {}

  void operator()(std::size_t block, std::size_t worker) const { call_(body_, block, worker); }

 private:
  const void* body_;
  void (*call_)(const void*, std::size_t, std::size_t);
};

/// The number of workers that `parallel_blocks` may use here and now: of the current tbb::task_arena.
[[nodiscard]] std::size_t worker_count() noexcept;

/// Calls `body(block, worker)` once for each block in [0, count). Calls with equal `worker` never overlap,
/// and `worker` is less than `workers`, which is a result of `worker_count()`.
void parallel_blocks(std::size_t count, std::size_t workers, block_function body);

}  // namespace fusegrad
