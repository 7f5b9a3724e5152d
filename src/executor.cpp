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

/// Tiles that are in memory together hold at most this many numbers, so that the second-level cache has them.
constexpr std::size_t most_tile_elements = std::size_t(1) << 19;

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
      means_(std::size_t(std::max(kernel.mean_elements, kernel.large_begin + kernel.large_elements))),
      finite_slices_(std::size_t(kernel.slices), 1) {}

template <class Real> auto executor<Real>::divide(std::size_t rows) const noexcept -> division {
  const std::size_t height = std::size_t(kernel_->tile_rows);
  const std::size_t tiles = divide_up(rows, height);
  if (has_slices()) {
    const std::size_t affordable = most_tile_elements / std::max<std::size_t>(tile_size_, 1);
    return {std::min(tiles, std::clamp(affordable, least_most_blocks, most_blocks)), height};
  }
  const std::size_t affordable = most_matrix_elements / std::max<std::size_t>(matrix_distance_, 1);
  const std::size_t most = std::clamp(affordable, least_most_blocks, most_blocks);
  const std::size_t tiles_per_block = divide_up(tiles, most);
  return {divide_up(tiles, tiles_per_block), tiles_per_block * height};
}

template <class Real> void executor<Real>::reserve(std::size_t blocks, std::size_t workers) {
  tiles_.reserve(tile_size_ * (has_slices() ? blocks : workers));
  matrices_.reserve(matrix_distance_ * blocks);
  if (numbers_.size() < number_count_ * blocks) numbers_.resize(number_count_ * blocks);
  if (bad_rows_.size() < blocks) bad_rows_.resize(blocks);
}

template <class Real>
void executor<Real>::run_group(const step_data<Real>& data, division blocks, std::size_t begin,
                               std::size_t workers) {
  const std::size_t count =
      std::min(blocks.blocks, divide_up(data.rows.count - begin, blocks.rows_per_block));
  const std::size_t share = divide_up(count, workers);  // of a thread, as long as none is late
  // A thread walks through its share; then it begins with the same share of the next group or batch.
  const auto place_after = [&](std::size_t block) {
    const std::size_t next = block + 1;
    if (next < count && next % share != 0) return begin + next * blocks.rows_per_block;
    return std::min(begin + count * blocks.rows_per_block, data.rows.count) +
           block / share * share * blocks.rows_per_block;
  };
  const auto run = [&](std::size_t block, std::size_t worker) {
    const std::size_t first = begin + block * blocks.rows_per_block;
    const std::size_t end = std::min(first + blocks.rows_per_block, data.rows.count);
    Real* const tile = tiles_.data() + (has_slices() ? block : worker) * tile_size_;
    block_sums<Real> sums{matrices_.data() + block * matrix_distance_,
                          numbers_.data() + block * number_count_, begin > 0,
                          begin > 0 ? bad_rows_[block] : bad_rows{}, place_after(block)};
    kernel_->rows(data, first, end, tile, sums);
    bad_rows_[block] = sums.bad;
  };
  if (workers > 1) return parallel_blocks(count, workers, run);
  for (std::size_t block = 0; block < count; ++block) run(block, 0);
}

template <class Real>
void executor<Real>::run_slices(const step_data<Real>& data, division blocks, std::size_t begin,
                                std::size_t workers) {
  const std::size_t end = std::min(begin + blocks.blocks * blocks.rows_per_block, data.rows.count);
  const tile_group<Real> group{begin, end, tiles_.data(), tile_size_, begin > 0};
  const auto run = [&](std::size_t slice, std::size_t) {
    finite_slices_[slice] = kernel_->slice(data, group, int(slice)) ? 1 : 0;
  };
  if (workers > 1) return parallel_blocks(finite_slices_.size(), workers, run);
  for (std::size_t slice = 0; slice < finite_slices_.size(); ++slice) run(slice, 0);
}

template <class Real> step_report executor<Real>::combine(const step_data<Real>& data, division blocks) {
  step_report report;
  bad_rows first;
  for (std::size_t block = 0; block < blocks.blocks; ++block) {
    first.loss = std::min(first.loss, bad_rows_[block].loss);
    first.gradient = std::min(first.gradient, bad_rows_[block].gradient);
  }
  report.set(first, data.rows);
  const std::size_t matrices = std::size_t(kernel_->matrix_elements);
  const double scale = 1 / double(data.rows.count);
  report.finite_gradient = kernel_->combine(matrices_.data(), matrix_distance_, blocks.blocks, Real(scale),
                                            data.means, 0, matrices);
  for (std::size_t i = 0; i < number_count_; ++i) {
    double sum = numbers_[i];
    for (std::size_t block = 1; block < blocks.blocks; ++block) sum += numbers_[block * number_count_ + i];
    data.means[matrices + i] = Real(sum * scale);
    if (!(sum - sum == 0)) report.finite_gradient = false;
  }
  for (unsigned char finite : finite_slices_) report.finite_gradient = report.finite_gradient && finite != 0;
  return report;
}

template <class Real> step_report executor<Real>::run(step_data<Real> data) {
  const division blocks = divide(data.rows.count);
  const bool small = kernel_->flops_per_row * double(data.rows.count) < least_parallel_flops;
  const std::size_t workers = small || (blocks.blocks == 1 && !has_slices()) ? 1 : worker_count();
  reserve(blocks.blocks, workers);
  data.shared = shared_.data();
  data.means = means_.data();
  kernel_->before_rows(data);
  const std::size_t rows_per_group = blocks.blocks * blocks.rows_per_block;
  for (std::size_t begin = 0; begin < data.rows.count; begin += rows_per_group) {
    run_group(data, blocks, begin, workers);
    if (has_slices()) run_slices(data, blocks, begin, workers);
  }
  const step_report report = combine(data, blocks);
  kernel_->after_rows(data);
  return report;
}

template <class Real> auto executor_pool<Real>::borrow(const kernel_table<Real>& kernel) -> loan {
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < idle_.size(); ++i) {
      if (&idle_[i]->kernel() != &kernel) continue;
      std::unique_ptr<executor<Real>> found = std::move(idle_[i]);
      idle_[i] = std::move(idle_.back());
      idle_.pop_back();
      return loan(*this, std::move(found));
    }
  }
  return loan(*this, std::make_unique<executor<Real>>(kernel));
}

template <class Real> void executor_pool<Real>::take_back(std::unique_ptr<executor<Real>> lent) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(lent));
}

template class executor<float>;
template class executor<double>;
template class executor_pool<float>;
template class executor_pool<double>;

}  // namespace fusegrad
