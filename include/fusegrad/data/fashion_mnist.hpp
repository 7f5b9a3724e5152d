// SPDX-License-Identifier: BSL-1.0
// Fashion-MNIST: 60,000 + 10,000 grey images of 28 x 28 pixels in ten classes, from files on this machine.
// Nothing is downloaded; where the full data are not installed, the shipped subset stands in and says so.
#pragma once

#include "fusegrad/data/idx.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fusegrad {

/// The names of the classes 0 to 9.
inline constexpr std::array<std::string_view, 10> fashion_mnist_class_names = {
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"};

/// Images and their labels, row by row.
/// Shape:   images uint8 [rows, 28, 28], labels uint8 [rows].
/// Units:   a pixel is 0 (black) to 255 (white), a label is a class 0 to 9.
struct image_split {
  idx_file images;
  idx_file labels;

  /// The pixels of one image, line by line; valid as long as any copy of the file.
  [[nodiscard]] std::span<const std::uint8_t> pixels(std::size_t row) const {
    return {static_cast<const std::uint8_t*>(images.view().row(row)), images.width()};
  }

  /// The class of one image.
  [[nodiscard]] std::size_t label(std::size_t row) const {
    return *static_cast<const std::uint8_t*>(labels.view().row(row));
  }
};

/// The four files of Fashion-MNIST, checked.
struct fashion_mnist_files {
  image_split train;
  image_split test;
  std::string source;  ///< The directory they were read from.
  bool is_subset;      ///< Whether there are fewer than 60,000 + 10,000 images.
};

/// Reads Fashion-MNIST from `directory`; if none is given, from the one named by the environment variable
/// FUSEGRAD_DATA; if it is not set, from Debian's package dataset-fashion-mnist, else from the shipped
/// subset. A directory that was named is searched alone: a misspelt name must not end in other data. Errors:
/// data_error if the files are not found, damaged, of another shape, of unequal length, or if a label
///          is not a class.
/// Source:  Xiao, Rasul, Vollgraf 2017, "Fashion-MNIST", arXiv:1708.07747.
[[nodiscard]] fashion_mnist_files load_fashion_mnist(std::optional<std::filesystem::path> directory = {});

}  // namespace fusegrad
