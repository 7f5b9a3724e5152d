// SPDX-License-Identifier: BSL-1.0
// Batches of rows: a dataset and which of its rows. Rows are chosen by index and never copied.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "fusegrad/data/dataset.hpp"
#include "fusegrad/data/random.hpp"
#include "fusegrad/kernel/memory.hpp"

namespace fusegrad {

/// Some rows of a dataset.
template <class Dataset> struct batch {
  const Dataset* data;
  row_selection rows;
};

/// One row without data, for formulas of parameters alone.
struct row_without_data {
  dataset_of<> data = dataset_of<>({});
  [[nodiscard]] batch<dataset_of<>> rows() const { return {&data, {.count = 1}}; }
};

/// The rows of a dataset in batches, for one epoch. Keeps the dataset alive; walking through allocates
/// nothing.
template <class Dataset> class minibatch_range {
 public:
  minibatch_range(Dataset data, std::size_t batch_size, std::vector<std::uint32_t> order)
      : data_(std::move(data)), batch_size_(batch_size), order_(std::move(order)) {
    if (batch_size == 0) throw data_error("minibatches(data, batch_size)", "a batch size of at least 1", "0");
  }

  class iterator {
   public:
    using value_type = batch<Dataset>;
    using difference_type = std::ptrdiff_t;
    iterator(const minibatch_range& in, std::size_t first) : in_(&in), first_(first) {}
    [[nodiscard]] batch<Dataset> operator*() const { return in_->at(first_); }
    iterator& operator++() {
      first_ += in_->batch_size_;
      return *this;
    }
    bool operator==(const iterator& other) const {
      return std::min(first_, in_->data_.rows()) == other.first_;
    }

   private:
    const minibatch_range* in_;
    std::size_t first_;
  };

  [[nodiscard]] iterator begin() const { return {*this, 0}; }
  [[nodiscard]] iterator end() const { return {*this, data_.rows()}; }
  [[nodiscard]] std::size_t size() const { return (data_.rows() - 1) / batch_size_ + 1; }

 private:
  [[nodiscard]] batch<Dataset> at(std::size_t first) const {
    const std::size_t count = std::min(batch_size_, data_.rows() - first);
    const std::size_t upcoming = data_.rows() - first - count;
    if (order_.empty()) return {&data_, {nullptr, first, count, upcoming}};
    return {&data_, {order_.data() + first, 0, count, upcoming}};
  }

  Dataset data_;
  std::size_t batch_size_;
  std::vector<std::uint32_t> order_;
};

/// Batches of `batch_size` rows in an order drawn from the seed; the last one may be smaller.
/// Errors: data_error, if the batch size is 0.
template <named... Symbols>
[[nodiscard]] auto minibatches(const dataset_of<Symbols...>& data, std::size_t batch_size,
                               std::uint64_t seed) {
  return minibatch_range<dataset_of<Symbols...>>(data, batch_size, permutation(data.rows(), seed));
}

/// Batches of `batch_size` rows in the order in which they are stored.
template <named... Symbols>
[[nodiscard]] auto minibatches(const dataset_of<Symbols...>& data, std::size_t batch_size) {
  return minibatch_range<dataset_of<Symbols...>>(data, batch_size, {});
}

/// All rows as one batch. The dataset must outlive it.
template <named... Symbols>
[[nodiscard]] batch<dataset_of<Symbols...>> whole(const dataset_of<Symbols...>& data) {
  return {&data, {nullptr, 0, data.rows()}};
}

/// A dataset or some of its rows, as a batch.
template <class Dataset> [[nodiscard]] const batch<Dataset>& as_batch(const batch<Dataset>& rows) {
  return rows;
}
template <named... Symbols>
[[nodiscard]] batch<dataset_of<Symbols...>> as_batch(const dataset_of<Symbols...>& data) {
  return whole(data);
}

template <class Rows> inline constexpr bool is_rows = false;
template <class Dataset> inline constexpr bool is_rows<batch<Dataset>> = true;
template <named... Symbols> inline constexpr bool is_rows<dataset_of<Symbols...>> = true;

/// A dataset or some of its rows.
template <class Type>
concept rows_of_data = is_rows<Type>;

template <rows_of_data Rows>
using dataset_behind = std::remove_cvref_t<decltype(*as_batch(std::declval<const Rows&>()).data)>;

}  // namespace fusegrad
