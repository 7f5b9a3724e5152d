// SPDX-License-Identifier: BSL-1.0
// Runs a kernel over the rows of a batch: blocks of rows on the threads, their sums combined in a fixed
// order. The result has the same bits for any number of threads: blocks depend on the number of rows only.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "fusegrad/kernel/memory.hpp"

namespace fusegrad {

/// Memory aligned for any SIMD register. Grows, never shrinks; growing loses the contents.
template <class Element> class aligned_memory {
 public:
  static constexpr std::size_t alignment = 64;

  aligned_memory() = default;
  explicit aligned_memory(std::size_t count) { reserve(count); }
  aligned_memory(aligned_memory&& other) noexcept
      : data_(std::move(other.data_)), count_(std::exchange(other.count_, 0)) {}
  aligned_memory& operator=(aligned_memory&& other) noexcept {
    data_ = std::move(other.data_);
    count_ = std::exchange(other.count_, 0);
    return *this;
  }

  void reserve(std::size_t count) {
    if (count <= count_) return;
    const std::size_t bytes = (count * sizeof(Element) + alignment - 1) / alignment * alignment;
    data_.reset(static_cast<Element*>(::operator new (bytes, std::align_val_t{alignment})));
    count_ = count;
  }
  [[nodiscard]] Element* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  struct release {
    void operator()(Element* data) const noexcept { ::operator delete (data, std::align_val_t{alignment}); }
  };
  std::unique_ptr<Element, release> data_;
  std::size_t count_ = 0;
};

/// What became of a step.
struct step_report {
  std::size_t bad_row = no_row;           // the first row, in the data, whose loss is NaN or infinite
  std::size_t bad_gradient_row = no_row;  // the first whose gradient is, where every row has one
  bool finite_gradient = true;

  [[nodiscard]] bool ok() const noexcept {
    return bad_row == no_row && bad_gradient_row == no_row && finite_gradient;
  }

  /// Names rows of a selection as the data name them.
  void set(const bad_rows& found, const row_selection& rows) noexcept {
    if (found.loss != no_row) bad_row = rows[found.loss];
    if (found.gradient != no_row) bad_gradient_row = rows[found.gradient];
  }
};

/// The memory of one kernel and the order of its work. One object serves one call at a time.
/// Cost: after the first run with a number of rows, runs with at most as many rows allocate nothing.
template <class Real> class executor {
 public:
  explicit executor(const kernel_table<Real>& kernel);

  /// Runs the kernel; `data` names columns, parameters, rows and outputs, the rest is filled in here.
  step_report run(step_data<Real> data);

  [[nodiscard]] const kernel_table<Real>& kernel() const noexcept { return *kernel_; }

  /// Memory that outlives a run: for what one sweep over the rows finds for the next.
  [[nodiscard]] Real* statistics(std::size_t count) {
    statistics_.reserve(count);
    return statistics_.data();
  }

 private:
  /// The rows in blocks, of which so many at a time make a group. All in one group, unless there are large
  /// gradients: then a block is a tile, and a group's tiles are in memory together.
  struct division {
    std::size_t blocks, rows_per_block;
  };
  [[nodiscard]] bool has_slices() const noexcept { return kernel_->slices > 0; }
  [[nodiscard]] division divide(std::size_t rows) const noexcept;
  void reserve(std::size_t blocks, std::size_t workers);
  void run_group(const step_data<Real>& data, division blocks, std::size_t begin, std::size_t workers);
  void run_slices(const step_data<Real>& data, division blocks, std::size_t begin, std::size_t workers);
  [[nodiscard]] step_report combine(const step_data<Real>& data, division blocks);

  const kernel_table<Real>* kernel_;
  std::size_t tile_size_;
  std::size_t matrix_distance_;
  std::size_t number_count_;
  aligned_memory<Real> tiles_;
  aligned_memory<Real> matrices_;
  aligned_memory<Real> shared_;
  aligned_memory<Real> means_;
  aligned_memory<Real> statistics_;
  std::vector<double> numbers_;
  std::vector<bad_rows> bad_rows_;  // per block
  std::vector<unsigned char> finite_slices_;
};

extern template class executor<float>;
extern template class executor<double>;

/// Executors that wait for the next call. Concurrent calls get one each; a call that finds none makes one.
template <class Real> class executor_pool {
 public:
  /// An executor on loan; goes back at the end of the scope.
  class loan {
   public:
    loan(executor_pool& pool, std::unique_ptr<executor<Real>> lent) : pool_(pool), lent_(std::move(lent)) {}
    loan(const loan&) = delete;
    loan& operator=(const loan&) = delete;
    ~loan() { pool_.take_back(std::move(lent_)); }
    executor<Real>* operator->() const noexcept { return lent_.get(); }

   private:
    executor_pool& pool_;
    std::unique_ptr<executor<Real>> lent_;
  };

  [[nodiscard]] loan borrow(const kernel_table<Real>& kernel);

 private:
  void take_back(std::unique_ptr<executor<Real>> lent);

  std::mutex mutex_;
  std::vector<std::unique_ptr<executor<Real>>> idle_;
};

extern template class executor_pool<float>;
extern template class executor_pool<double>;

}  // namespace fusegrad
