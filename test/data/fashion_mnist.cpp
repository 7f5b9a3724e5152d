// SPDX-License-Identifier: BSL-1.0
// Fashion-MNIST: where it is looked for, what is refused, and what the real files hold.
// Small files of the right shape stand in for the real ones; the full data are checked where installed.
#define BOOST_TEST_MODULE fashion_mnist
#include "fusegrad/data/fashion_mnist.hpp"

#include "fusegrad/data/error.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <numeric>
#include <span>
#include <sstream>
#include <string>

using namespace fusegrad;
using namespace fusegrad::test;
using namespace std::string_literals;

namespace {

const std::filesystem::path debian = "/usr/share/datasets/fashion-mnist";

#ifdef FUSEGRAD_EXAMPLES_DATA
const std::filesystem::path shipped = FUSEGRAD_EXAMPLES_DATA;
#else
const std::filesystem::path shipped = std::filesystem::path(__FILE__).parent_path() / "../../examples/data";
#endif

/// Sets FUSEGRAD_DATA for one scope; the tests start without it.
struct environment {
  explicit environment(const std::string& value) { setenv("FUSEGRAD_DATA", value.c_str(), 1); }
  ~environment() { unsetenv("FUSEGRAD_DATA"); }
};

struct no_environment {
  no_environment() { unsetenv("FUSEGRAD_DATA"); }
};

std::string images(std::uint32_t rows) {
  return idx_header(0x08, {rows, 28, 28}) + std::string(rows * 784, '\1');
}

std::string labels(const std::string& classes) {
  return idx_header(0x08, {static_cast<std::uint32_t>(classes.size())}) + classes;
}

/// What is written to std::clog in one scope.
struct captured_log {
  captured_log() : before(std::clog.rdbuf(text.rdbuf())) {}
  ~captured_log() { std::clog.rdbuf(before); }

  std::ostringstream text;
  std::streambuf* before;
};

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;

/// Three training and two test images.
struct small_data : temporary_directory {
  small_data() {
    write("train-images-idx3-ubyte.gz", gzip(images(3)));
    write("train-labels-idx1-ubyte.gz", gzip(labels("\0\4\x09"s)));
    write("t10k-images-idx3-ubyte", images(2));
    write("t10k-labels-idx1-ubyte", labels("\1\2"s));
  }

  std::string complaint() const {
    return message_of<data_error>([&] { return load_fashion_mnist(path()); });
  }

  std::string name(const std::string& file) const { return (path() / file).string(); }
};

std::span<const std::uint8_t> values_of(const idx_file& file) {
  const column view = file.view();
  return {static_cast<const std::uint8_t*>(view.data), view.rows * view.width};
}

std::array<int, 10> rows_of_each_class(const idx_file& labels) {
  std::array<int, 10> rows{};
  for (std::uint8_t label : values_of(labels)) ++rows.at(label);
  return rows;
}

std::uint64_t sum_of(const idx_file& images) {
  const auto pixels = values_of(images);
  return std::accumulate(pixels.begin(), pixels.end(), std::uint64_t(0));
}

boost::test_tools::assertion_result are_installed(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result = std::filesystem::exists(debian);
  if (!result) result.message() << "dataset-fashion-mnist is not installed";
  return result;
}

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(no_environment);

BOOST_AUTO_TEST_CASE(a_given_directory_is_read_compressed_or_plain) {
  const small_data data;
  const fashion_mnist_files files = load_fashion_mnist(data.path());
  BOOST_TEST(files.train.images.rows() == 3u);
  BOOST_TEST(files.train.images.width() == 784u);
  BOOST_TEST(values_of(files.train.labels)[2] == 9);
  BOOST_TEST(files.test.images.rows() == 2u);
  BOOST_TEST(values_of(files.test.labels)[1] == 2);
  BOOST_TEST(files.source == data.path().string());
  BOOST_TEST(files.is_subset);
}

BOOST_AUTO_TEST_CASE(the_environment_variable_names_the_directory) {
  const small_data data;
  const environment set(data.path().string());
  BOOST_TEST(load_fashion_mnist().source == data.path().string());
}

BOOST_AUTO_TEST_CASE(a_given_directory_precedes_the_environment_variable) {
  const small_data data;
  const environment set("/no/such/place");
  BOOST_TEST(load_fashion_mnist(data.path()).source == data.path().string());
}

BOOST_AUTO_TEST_CASE(a_named_directory_that_lacks_the_files_is_an_error_that_says_how_to_install_them) {
  const temporary_directory empty;
  const std::string expected = "Fashion-MNIST: expected its four files in " + empty.path().string() +
                               ", found none there (to install them: apt-get install dataset-fashion-mnist)";
  BOOST_TEST(message_of<data_error>([&] { return load_fashion_mnist(empty.path()); }) == expected);
  const environment set(empty.path().string());
  BOOST_TEST(message_of<data_error>([] { return load_fashion_mnist(); }) == expected);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_named) {
  const small_data data;
  std::filesystem::remove(data.path() / "train-labels-idx1-ubyte.gz");
  BOOST_TEST(data.complaint() ==
             data.name("train-labels-idx1-ubyte") + ": expected a file, found nothing there");
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_named) {
  const small_data data;
  data.write("t10k-images-idx3-ubyte", images(2).substr(0, 1000));
  BOOST_TEST(data.complaint() == data.name("t10k-images-idx3-ubyte") +
                                     ": expected 1568 bytes after the header (uint8 2 x 28 x 28), found 984: "
                                     "the file is truncated");
}

BOOST_AUTO_TEST_CASE(images_and_labels_of_unequal_number_are_refused) {
  const small_data data;
  data.write("t10k-labels-idx1-ubyte", labels("\1\2\3"));
  BOOST_TEST(data.complaint() == data.name("t10k-images-idx3-ubyte") + " and " +
                                     data.name("t10k-labels-idx1-ubyte") +
                                     ": expected as many images as labels, found 2 images and 3 labels");
}

BOOST_AUTO_TEST_CASE(a_label_that_is_no_class_is_refused_with_its_row) {
  const small_data data;
  data.write("train-labels-idx1-ubyte.gz", gzip(labels("\0\4\x0a"s)));
  BOOST_TEST(data.complaint() ==
             data.name("train-labels-idx1-ubyte.gz") + ", row 2: expected a label in 0..9, found 10");
}

BOOST_AUTO_TEST_CASE(images_of_another_shape_are_refused) {
  const small_data data;
  data.write("t10k-images-idx3-ubyte", idx_header(0x08, {2, 1, 2}) + "abcd");
  BOOST_TEST(data.complaint() == data.name("t10k-images-idx3-ubyte") +
                                     ": expected uint8 images of 28 x 28 pixels, found uint8 2 x 1 x 2");
}

BOOST_AUTO_TEST_CASE(labels_of_another_shape_or_type_are_refused) {
  const small_data data;
  data.write("t10k-labels-idx1-ubyte", idx_header(0x08, {2, 1}) + "\1\2");
  BOOST_TEST(data.complaint() ==
             data.name("t10k-labels-idx1-ubyte") + ": expected one uint8 label per row, found uint8 2 x 1");
  data.write("t10k-labels-idx1-ubyte", idx_header(0x0c, {2}) + "\0\0\0\1\0\0\0\2"s);
  BOOST_TEST(data.complaint() ==
             data.name("t10k-labels-idx1-ubyte") + ": expected one uint8 label per row, found int32 2");
}

BOOST_AUTO_TEST_CASE(two_symbols_get_both_datasets_and_a_part_of_the_data_is_reported) {
  const small_data data;
  const captured_log log;
  fashion_mnist_files all = load_fashion_mnist(data.path());
  all.is_subset = false;
  report_subset(all);
  BOOST_TEST(log.text.str().empty());
  const auto [train, test] = fashion_mnist(x, y, data.path());
  BOOST_TEST(train.rows() == 3u);
  BOOST_TEST(test.rows() == 2u);
  BOOST_TEST(train[x].width() == 784u);
  BOOST_TEST(train[x].view().scale == 1 / 255.);
  BOOST_TEST((train[x].view().type == element_type::uint8));
  BOOST_TEST(train[x].path() == data.path() / "train-images-idx3-ubyte.gz");
  BOOST_TEST(*static_cast<const std::uint8_t*>(train[y].view().row(2)) == 9);
  BOOST_TEST(*static_cast<const std::uint8_t*>(test[y].view().row(1)) == 2);
  const std::string said = "Fashion-MNIST: only 3 + 2 of its 60000 + 10000 images, from " +
                           data.path().string() +
                           " (to install them: apt-get install dataset-fashion-mnist)\n";
  BOOST_TEST(log.text.str() == said);
}

BOOST_AUTO_TEST_CASE(an_image_may_be_a_matrix) {
  const small_data data;
  constexpr auto image = input<"image", 28, 28>;
  BOOST_TEST(fashion_mnist(image, y, data.path()).test[image].width() == 784u);
}

BOOST_AUTO_TEST_CASE(datasets_from_a_directory_without_the_files_are_refused) {
  const temporary_directory empty;
  const environment set(empty.path().string());
  BOOST_TEST(message_of<data_error>([] { return fashion_mnist(x, y); }) ==
             "Fashion-MNIST: expected its four files in " + empty.path().string() +
                 ", found none there (to install them: apt-get install dataset-fashion-mnist)");
}

BOOST_AUTO_TEST_CASE(the_class_names_are_those_of_the_book) {
  BOOST_TEST(fashion_mnist_class_names.size() == 10u);
  BOOST_TEST(fashion_mnist_class_names.front() == "t-shirt");
  BOOST_TEST(fashion_mnist_class_names.back() == "ankle boot");
}

BOOST_AUTO_TEST_CASE(the_shipped_subset_holds_2000_and_500_real_images) {
  const fashion_mnist_files files = load_fashion_mnist(shipped);
  BOOST_TEST(files.is_subset);
  BOOST_TEST(files.train.images.rows() == 2000u);
  BOOST_TEST(files.test.images.rows() == 500u);
  BOOST_TEST(values_of(files.train.labels)[0] == 9);
  BOOST_TEST(values_of(files.test.labels)[0] == 9);
  BOOST_TEST(sum_of(files.train.images) == 113529887u);  // computed with Python's gzip module
}

BOOST_AUTO_TEST_CASE(the_installed_data_are_the_full_data_of_which_the_subset_is_the_beginning,
                     *boost::unit_test::precondition(are_installed)) {
  const fashion_mnist_files full = load_fashion_mnist();
  BOOST_TEST(full.source == debian.string());
  BOOST_TEST(!full.is_subset);
  BOOST_TEST(full.train.images.rows() == 60000u);
  BOOST_TEST(full.test.images.rows() == 10000u);
  for (int rows : rows_of_each_class(full.train.labels)) BOOST_TEST(rows == 6000);
  for (int rows : rows_of_each_class(full.test.labels)) BOOST_TEST(rows == 1000);
  BOOST_TEST(sum_of(full.train.images) == 3431114169u);  // computed with Python's gzip module

  const captured_log log;
  BOOST_TEST(fashion_mnist(x, y).train.rows() == 60000u);
  BOOST_TEST(log.text.str().empty());

  const fashion_mnist_files subset = load_fashion_mnist(shipped);
  const auto few = values_of(subset.train.images);
  const auto beginning = values_of(full.train.images).first(few.size());
  BOOST_TEST(std::equal(few.begin(), few.end(), beginning.begin()));
}
