// SPDX-License-Identifier: BSL-1.0
// Fashion-MNIST from files: where to look, and what must hold of the files found.
// A directory that holds any of the four files is taken, so a missing one is reported, not passed over.
#include "fusegrad/data/fashion_mnist.hpp"

#include "fusegrad/data/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace fusegrad {
namespace {

using directories = std::vector<std::filesystem::path>;

constexpr std::array file_names = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                   "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

constexpr const char* how_to_install = "to install them: apt-get install dataset-fashion-mnist";

directories places_to_search(const std::string& directory) {
  if (!directory.empty()) return {directory};
  if (const char* named = std::getenv("FUSEGRAD_DATA"); named != nullptr && *named != '\0') return {named};
  directories places = {"/usr/share/datasets/fashion-mnist"};
#ifdef FUSEGRAD_EXAMPLES_DATA
  places.emplace_back(FUSEGRAD_EXAMPLES_DATA);
#endif
  return places;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::filesystem::path compressed_or_plain(const std::filesystem::path& directory, const std::string& name) {
  const std::filesystem::path compressed = directory / (name + ".gz");
  return is_there(compressed) ? compressed : directory / name;
}

bool holds_a_file(const std::filesystem::path& directory) {
  return std::ranges::any_of(
      file_names, [&](const char* name) { return is_there(compressed_or_plain(directory, name)); });
}

std::filesystem::path first_that_holds_a_file(const directories& places) {
  const auto found = std::ranges::find_if(places, holds_a_file);
  if (found != places.end()) return *found;
  std::string searched;
  for (const std::filesystem::path& place : places)
    searched += (searched.empty() ? "" : " or ") + place.string();
  throw data_error("Fashion-MNIST", "its four files in " + searched,
                   std::string("none there (") + how_to_install + ")");
}

std::span<const std::uint8_t> values_of(const idx_file& file) {
  const column view = file.view();
  return {static_cast<const std::uint8_t*>(view.data), view.rows * view.width};
}

void require_shape(const idx_file& file, const std::vector<std::size_t>& row_extents,
                   const std::string& expected) {
  if (file.type() != element_type::uint8 ||
      !std::ranges::equal(std::span(file.extents()).subspan(1), row_extents))
    throw data_error(file.path(), expected, describe(file));
}

void require_equal_rows(const image_split& split) {
  if (split.images.rows() != split.labels.rows())
    throw data_error(split.images.path() + " and " + split.labels.path(), "as many images as labels",
                     std::to_string(split.images.rows()) + " images and " +
                         std::to_string(split.labels.rows()) + " labels");
}

void require_classes(const idx_file& labels) {
  const auto values = values_of(labels);
  const auto wrong = std::ranges::find_if(values, [](std::uint8_t label) { return label > 9; });
  if (wrong != values.end())
    throw data_error(labels.path() + ", row " + std::to_string(wrong - values.begin()), "a label in 0..9",
                     std::to_string(*wrong));
}

image_split read_split(const std::filesystem::path& directory, const char* images, const char* labels) {
  image_split split{read_idx(compressed_or_plain(directory, images)),
                    read_idx(compressed_or_plain(directory, labels))};
  require_shape(split.images, {28, 28}, "uint8 images of 28 x 28 pixels");
  require_shape(split.labels, {}, "one uint8 label per row");
  require_equal_rows(split);
  require_classes(split.labels);
  return split;
}

}  // namespace

fashion_mnist_files load_fashion_mnist(const std::string& directory) {
  const std::filesystem::path found = first_that_holds_a_file(places_to_search(directory));
  image_split train = read_split(found, file_names[0], file_names[1]);
  image_split test = read_split(found, file_names[2], file_names[3]);
  const bool is_subset = train.images.rows() < 60000 || test.images.rows() < 10000;
  return {std::move(train), std::move(test), found.string(), is_subset};
}

void report_subset(const fashion_mnist_files& files) {
  if (!files.is_subset) return;
  std::clog << "Fashion-MNIST: only " << files.train.images.rows() << " + " << files.test.images.rows()
            << " of its 60000 + 10000 images, from " << files.source << " (" << how_to_install << ")\n";
}

}  // namespace fusegrad
