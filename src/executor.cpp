// SPDX-License-Identifier: BSL-1.0
// Blocks, workers and the fixed order of their sums.
#include "fusegrad/run/executor.hpp"

#include <algorithm>

#include "fusegrad/run/parallel.hpp"

namespace fusegrad {
namespace {

/// Less work than this, a few microseconds, is not worth waking a thread for.
constexpr double least_parallel_flops = 4e5;

/// Blocks are at most this many, fewer where the sums of a block are large.
constexpr std::size_t most_blocks = 64;
constexpr std::size_t least_most_blocks = 8;
constexpr std::size_t most_matrix_elements = std::size_t(1) << 22;

[[nodiscard]] std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }
[[nodiscard]] std::size_t round_up(std::size_t a, std::size_t b) { return divide_up(a, b) * b; }

}  // namespace

template <class Real>
executor<Real>::executor(const kernel_table<Real>& kernel)
    : kernel_(&kernel),
      tile_size_(round_up(std::size_t(kernel.tile_elements) * std::size_t(kernel.tile_rows), 64)),
      matrix_distance_(round_up(std::size_t(kernel.matrix_elements), 64)),
      number_count_(std::size_t(kernel.mean_elements - kernel.matrix_elements)),
      shared_(std::size_t(kernel.shared_elements)),
      means_(std::size_t(kernel.mean_elements)) {}

template <class Real> auto executor<Real>::divide(std::size_t rows) const noexcept -> division {
  const std::size_t height = std::size_t(kernel_->tile_rows);
  const std::size_t affordable = most_matrix_elements / std::max<std::size_t>(matrix_distance_, 1);
  const std::size_t most = std::clamp(affordable, least_most_blocks, most_blocks);
  const std::size_t tiles = divide_up(rows, height);
  const std::size_t tiles_per_block = divide_up(tiles, most);
  return {divide_up(tiles, tiles_per_block), tiles_per_block * height};
}

template <class Real> void executor<Real>::reserve(std::size_t blocks, std::size_t workers) {
  tiles_.reserve(tile_size_ * workers);
  matrices_.reserve(matrix_distance_ * blocks);
  if (numbers_.size() < number_count_ * blocks) numbers_.resize(number_count_ * blocks);
  if (bad_rows_.size() < blocks) bad_rows_.resize(blocks);
}

template <class Real>
void executor<Real>::run_blocks(const step_data<Real>& data, division blocks, std::size_t workers) {
  const auto run = [&](std::size_t block, std::size_t worker) {
    block_sums<Real> sums{matrices_.data() + block * matrix_distance_,
                          numbers_.data() + block * number_count_};
    const std::size_t begin = block * blocks.rows_per_block;
    const std::size_t end = std::min(begin + blocks.rows_per_block, data.rows.count);
    kernel_->rows(data, begin, end, tiles_.data() + worker * tile_size_, sums);
    bad_rows_[block] = sums.bad_row;
  };
  if (workers > 1) return parallel_blocks(blocks.blocks, workers, run);
  for (std::size_t block = 0; block < blocks.blocks; ++block) run(block, 0);
}

template <class Real> step_report executor<Real>::combine(const step_data<Real>& data, division blocks) {
  step_report report;
  for (std::size_t block = 0; block < blocks.blocks && report.bad_row == step_report::no_row; ++block)
    report.bad_row = bad_rows_[block];
  const std::size_t matrices = std::size_t(kernel_->matrix_elements);
  const double rows = double(data.rows.count);
  report.finite_gradient = kernel_->combine(matrices_.data(), matrix_distance_, blocks.blocks, Real(1 / rows),
                                            data.means, 0, matrices);
  for (std::size_t i = 0; i < number_count_; ++i) {
    double sum = numbers_[i];
    for (std::size_t block = 1; block < blocks.blocks; ++block) sum += numbers_[block * number_count_ + i];
    data.means[matrices + i] = Real(sum / rows);
    if (!(sum - sum == 0)) report.finite_gradient = false;
  }
  return report;
}

template <class Real> step_report executor<Real>::run(step_data<Real> data) {
  const division blocks = divide(data.rows.count);
  const bool small = kernel_->flops_per_row * double(data.rows.count) < least_parallel_flops;
  const std::size_t workers = small || blocks.blocks == 1 ? 1 : worker_count();
  reserve(blocks.blocks, workers);
  data.shared = shared_.data();
  data.means = means_.data();
  kernel_->before_rows(data);
  run_blocks(data, blocks, workers);
  const step_report report = combine(data, blocks);
  kernel_->after_rows(data);
  return report;
}

template class executor<float>;
template class executor<double>;

}  // namespace fusegrad
