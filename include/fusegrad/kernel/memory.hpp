// SPDX-License-Identifier: BSL-1.0
// What a kernel is given: the data of one step, a range of rows, and memory to work in. Plain pointers, no
// ownership.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fusegrad/base/philox.hpp"
#include "fusegrad/kernel/column.hpp"

namespace fusegrad {

/// The rows of a batch: `index[i]`, or `first + i` without an index.
struct row_selection {
  const std::uint32_t* index = nullptr;
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t upcoming = 0;  // rows beyond `count` that exist, and that the next batch may want

  [[nodiscard]] constexpr std::size_t operator[](std::size_t i) const {
    return index != nullptr ? index[i] : first + i;
  }

  /// The same rows, of which none follow: the last of them then pads a tile. Where rows are read as they lie, an adjoint
  /// of zero does not silence a row that is infinite.
  [[nodiscard]] constexpr row_selection alone() const { return {index, first, count, 0}; }
};

/// The data of one step, one entry per symbol of the program.
template <class Real> struct step_data {
  const column* const* columns = nullptr;   // of inputs, targets and labels
  const Real* const* parameters = nullptr;  // of parameters, scalars and the row count
  row_selection rows;
  Real* shared = nullptr;          // values computed once per step
  Real* means = nullptr;           // means over the rows, once they stand
  Real* const* outputs = nullptr;  // one per output of the program, of its shape, or rows x shape
  random_key random = {};          // of the numbers that this step draws
  bool* made_finite = nullptr;     // becomes false if what is made in an output's place is NaN or infinite
};

/// Stands for a row that there is not.
inline constexpr std::size_t no_row = std::size_t(-1);

/// The first rows of which something is NaN or infinite, counted in the selection.
struct bad_rows {
  std::size_t loss = no_row;      // its loss
  std::size_t gradient = no_row;  // its gradient, where every row has one
};

/// What one block of rows adds up, and where its thread will probably go on: rows there are fetched in
/// advance. A block belongs to one thread at a time.
template <class Real> struct block_sums {
  Real* matrices = nullptr;   // gradients of matrices
  double* numbers = nullptr;  // everything else
  bool begun = false;         // the sums already hold rows: add to them
  bad_rows bad = {};
  std::size_t then = no_row;  // counted in the selection and what is upcoming; none: right after the block

  /// The row with which this thread probably goes on after those before `next`, in a block up to `end`.
  [[nodiscard]] std::size_t row_after(std::size_t next, std::size_t end) const noexcept {
    if (next < end) return next;
    return then != no_row ? then : end;
  }
};

/// The tiles of some rows, one after the other in memory, with all that their rows have computed.
template <class Real> struct tile_group {
  std::size_t begin = 0;  // rows, in the selection
  std::size_t end = 0;
  Real* tiles = nullptr;
  std::size_t distance = 0;  // numbers from one tile to the next
  bool begun = false;        // rows before these have been added up
};

/// A program without its types: what the threads and the training loop see.
template <class Real> struct kernel_table {
  int tile_rows = 0;
  int tile_elements = 0;  // numbers per row of tile memory
  int shared_elements = 0;
  int matrix_elements = 0;
  int mean_elements = 0;
  int large_begin = 0;  // large gradients, among the means
  int large_elements = 0;
  int slices = 0;  // of all large gradients
  double flops_per_row = 0;
  const char* instruction_set = "";

  void (*before_rows)(const step_data<Real>&) noexcept = nullptr;
  /// Rows [begin, end) of the selection. `tile` is aligned memory for one tile.
  void (*rows)(const step_data<Real>&, std::size_t begin, std::size_t end, Real* tile,
               block_sums<Real>&) noexcept = nullptr;
  /// One slice of the large gradients, over the tiles of a group; false if it is NaN or infinite. Slices may
  /// run at the same time, the groups of one slice in the order of the rows.
  bool (*slice)(const step_data<Real>&, const tile_group<Real>&, int slice) noexcept = nullptr;
  void (*after_rows)(const step_data<Real>&) noexcept = nullptr;
  /// Sums of matrices over the blocks: see combine.hpp.
  bool (*combine)(const Real* blocks, std::size_t distance, std::size_t count, Real scale, Real* means,
                  std::size_t begin, std::size_t end) noexcept = nullptr;
};

}  // namespace fusegrad
