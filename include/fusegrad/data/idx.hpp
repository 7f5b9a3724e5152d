// SPDX-License-Identifier: BSL-1.0
// Reader of IDX, the file format of MNIST and Fashion-MNIST: an array of up to 255 extents.
// In: a file, plain or gzip. Out: an immutable array in the byte order of this machine, cheap to copy.
#pragma once

#include "fusegrad/kernel/column.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace fusegrad {

/// The content of one IDX file. Copies share it; it lives as long as the last of them.
class idx_file {
 public:
  /// The file it was read from.
  [[nodiscard]] const std::string& path() const noexcept;

  /// All extents, outermost first: {60000, 28, 28} for the images of Fashion-MNIST.
  [[nodiscard]] const std::vector<std::size_t>& extents() const noexcept;

  /// The type of one element.
  [[nodiscard]] element_type type() const noexcept;

  /// The outermost extent.
  [[nodiscard]] std::size_t rows() const noexcept;

  /// Elements in one row: the product of the other extents, 1 if there are none.
  [[nodiscard]] std::size_t width() const noexcept;

  /// The rows as they lie in memory, valid as long as any copy of this file.
  /// Units:   an element counts `scale` times what is stored.
  [[nodiscard]] column view(double scale = 1) const noexcept;

 private:
  struct content;
  friend idx_file read_idx(const std::string& path);

  explicit idx_file(std::shared_ptr<const content> shared) noexcept;

  std::shared_ptr<const content> content_;
};

/// Reads an IDX file. A gzip file is known by its first bytes, not by its name.
/// Shape:   the file's extents; elements uint8, int32, float32 or float64.
/// Errors:  data_error if the file is missing, a directory, not IDX, of another element type, truncated,
///          too long, or a damaged gzip file.
/// Cost:    one pass over the file, plus one to swap the bytes of the wider elements.
/// Source:  http://yann.lecun.com/exdb/mnist, "the IDX file format".
[[nodiscard]] idx_file read_idx(const std::string& path);

/// Type and extents in words: "uint8 60000 x 28 x 28".
[[nodiscard]] std::string describe(const idx_file& file);

}  // namespace fusegrad
