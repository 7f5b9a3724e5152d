// SPDX-License-Identifier: BSL-1.0
// Fashion-MNIST: 60,000 + 10,000 grey images of 28 x 28 pixels in ten classes, from files on this machine.
// Nothing is downloaded; where the full data are not installed, the shipped subset stands in and says so.
#pragma once

#include "fusegrad/data/dataset.hpp"
#include "fusegrad/data/idx.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

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
/// subset. A directory that was named is searched alone: a misspelt name must not end in other data.
/// Errors:  data_error if the files are not found, damaged, of another shape, of unequal length, or if a
///          label is no class.
/// Source:  Xiao, Rasul, Vollgraf 2017, "Fashion-MNIST", arXiv:1708.07747.
[[nodiscard]] fashion_mnist_files load_fashion_mnist(const std::string& directory = {});

/// Says on std::clog that only a part of Fashion-MNIST was found, if so.
void report_subset(const fashion_mnist_files& files);

/// Rows to train with and rows to test with.
template <class Dataset> struct train_and_test {
  Dataset train;
  Dataset test;
};

/// Fashion-MNIST as datasets: `auto [train, test] = fashion_mnist(x, y);`.
/// Shape:   x an input of 784 numbers, y a label of 10 classes.
/// Units:   a pixel is 0 (black) to 1 (white).
/// Errors:  as load_fashion_mnist, which says where it looks; compile time, if x or y are others. A part of
///          the data is no error, but is reported on std::clog.
template <named Pixels, named Class>
[[nodiscard]] auto fashion_mnist(Pixels x, Class y, const std::string& directory = {}) {
  static_assert(Pixels::role == symbol_role::input && Pixels::extents.elements() == 784,
                "fashion_mnist(x, y): x is an input of 784 pixels, as in input<\"x\", 784>");
  static_assert(Class::role == symbol_role::label && Class::classes == 10,
                "fashion_mnist(x, y): y is a label of 10 classes, as in label<\"y\", 10>");
  const fashion_mnist_files files = load_fashion_mnist(directory);
  report_subset(files);
  const auto rows_of = [=](const image_split& split) {
    return dataset(x = scaled(split.images, 1 / 255.), y = split.labels);
  };
  return train_and_test<decltype(rows_of(files.train))>{rows_of(files.train), rows_of(files.test)};
}

}  // namespace fusegrad
