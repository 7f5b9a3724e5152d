// SPDX-License-Identifier: BSL-1.0
// Every matrix kernel against plain loops in double, for extents that are multiples of nothing.
// Row data end at an unreadable page, so a read beyond the last row ends the test.
#define BOOST_TEST_MODULE matmul
#define BOOST_TEST_DYN_LINK
#include "fusegrad/kernel/matmul.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "fusegrad/kernel/element.hpp"
#include "fusegrad/kernel/simd.hpp"

namespace {

using namespace fusegrad;

/// Memory whose last element is followed by a page that may not be read.
template <class Element> class guarded {
 public:
  explicit guarded(std::size_t count) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t body = (count * sizeof(Element) + page - 1) / page * page;
    bytes_ = body + page;
    base_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    BOOST_REQUIRE(base_ != MAP_FAILED);
    auto* const end = static_cast<std::byte*>(base_) + body;
    BOOST_REQUIRE(mprotect(end, page, PROT_NONE) == 0);
    data_ = reinterpret_cast<Element*>(end) - count;
  }
  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;
  ~guarded() { munmap(base_, bytes_); }
  Element* data() const { return data_; }

 private:
  void* base_;
  std::size_t bytes_;
  Element* data_;
};

template <class Real, std::size_t Count> struct aligned {
  alignas(64) Real values[Count];
  Real* data() { return values; }
};

std::mt19937 generator(7);

template <class Element> void fill(Element* data, std::size_t count) {
  std::uniform_int_distribution<int> integers(0, 200);
  std::uniform_real_distribution<double> reals(-1, 1);
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (std::is_integral_v<Element>)
      data[i] = static_cast<Element>(integers(generator));
    else
      data[i] = static_cast<Element>(reals(generator));
  }
}

/// A matrix in double, for the plain loops.
struct matrix {
  std::size_t rows;
  std::size_t columns;
  std::vector<double> values;

  double operator()(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
};

template <class Element> matrix read(std::size_t rows, std::size_t columns, const Element* from) {
  return {rows, columns, std::vector<double>(from, from + rows * columns)};
}

matrix transposed(const matrix& from) {
  matrix to{from.columns, from.rows, std::vector<double>(from.values.size())};
  for (std::size_t i = 0; i < from.rows; ++i)
    for (std::size_t j = 0; j < from.columns; ++j) to.values[j * to.columns + i] = from(i, j);
  return to;
}

/// A matrix of weights as [outputs][inputs], however it is stored.
template <class Real>
matrix read_weights(std::size_t outputs, std::size_t inputs, const Real* from, weights_layout layout) {
  return layout == weights_layout::outputs_by_inputs ? read(outputs, inputs, from)
                                                     : transposed(read(inputs, outputs, from));
}

/// Whether found = before + scale * left * right. In any order of summation, the error of one element is at
/// most (terms + 3) roundings of the sum of its terms' magnitudes.
bool is_product(const matrix& found, const matrix& left, const matrix& right, double scale, double rounding,
                const matrix* before = nullptr) {
  for (std::size_t i = 0; i < left.rows; ++i)
    for (std::size_t j = 0; j < right.columns; ++j) {
      double value = before != nullptr ? (*before)(i, j) : 0;
      double magnitude = std::abs(value);
      for (std::size_t k = 0; k < left.columns; ++k) {
        value += scale * left(i, k) * right(k, j);
        magnitude += std::abs(scale * left(i, k) * right(k, j));
      }
      const double bound = rounding * static_cast<double>(left.columns + 3) * magnitude;
      if (!(std::abs(found(i, j) - value) <= bound)) return false;
    }
  return true;
}

/// The three kernels that read rows where they lie.
template <class Arch, class Real, class Element, std::size_t Outputs, std::size_t Inputs,
          weights_layout Layout>
void check_rows(bool shuffled) {
  constexpr std::size_t rows = 32;
  constexpr std::size_t stored = 40;
  constexpr double rounding = std::numeric_limits<Real>::epsilon();
  guarded<Element> column_data(stored * Inputs);
  guarded<Real> weights(Outputs * Inputs);
  guarded<Real> gradient(Outputs * Inputs);
  aligned<Real, Outputs * rows> out;
  aligned<Real, Outputs * rows> adjoint;
  aligned<Real, Inputs * rows> turned;
  std::uint32_t index[rows];
  fill(column_data.data(), stored * Inputs);
  fill(weights.data(), Outputs * Inputs);
  fill(gradient.data(), Outputs * Inputs);
  fill(adjoint.data(), Outputs * rows);
  for (auto& i : index) i = static_cast<std::uint32_t>(generator() % stored);
  index[rows - 1] = stored - 1;
  const row_selection selection =
      shuffled ? row_selection{index, 0, rows} : row_selection{nullptr, stored - rows / 2, rows / 2};
  const tile_rows<rows> numbers(selection, 0, selection.count);
  const column whole{.data = column_data.data()};
  row_tile<Element, Inputs> tile = numbers.template of<Element, Inputs>(whole);
  tile.next = index;
  matrix x{rows, Inputs, {}};
  for (std::size_t t = 0; t < rows; ++t) x.values.insert(x.values.end(), tile.row(t), tile.row(t) + Inputs);
  const matrix a = read(Outputs, rows, adjoint.data());
  const auto found = [&] { return read_weights(Outputs, Inputs, gradient.data(), Layout); };

  product_from_rows<Arch, Real, Element, Outputs, Inputs, rows, Layout>(weights.data(), tile, Real(0.25),
                                                                        out.data());
  const matrix w = read_weights(Outputs, Inputs, weights.data(), Layout);
  BOOST_TEST(is_product(read(Outputs, rows, out.data()), w, transposed(x), 0.25, rounding),
             "product_from_rows, " << Outputs << " x " << Inputs);

  const matrix before = found();
  weight_gradient_from_rows<Arch, Real, Element, Outputs, Inputs, rows, Layout>(
      adjoint.data(), tile, Real(0.25), gradient.data(), accumulate::yes);
  BOOST_TEST(is_product(found(), a, x, 0.25, rounding, &before),
             "weight_gradient_from_rows, added, " << Outputs << " x " << Inputs);
  weight_gradient_from_rows<Arch, Real, Element, Outputs, Inputs, rows, Layout>(adjoint.data(), tile,
                                                                                Real(0.25), gradient.data());
  BOOST_TEST(is_product(found(), a, x, 0.25, rounding),
             "weight_gradient_from_rows, " << Outputs << " x " << Inputs);

  transpose_rows<Arch, Real, Element, Inputs, rows>(tile, Real(0.25), turned.data());
  for (double& value : x.values) value = static_cast<double>(static_cast<Real>(value) * Real(0.25));
  BOOST_TEST(read(Inputs, rows, turned.data()).values == transposed(x).values, "transpose_rows, " << Inputs);
}

/// The three kernels whose operands are all rows-in-lanes.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, weights_layout Layout>
void check_dense() {
  constexpr std::size_t rows = 32;
  constexpr double rounding = std::numeric_limits<Real>::epsilon();
  guarded<Real> weights(Outputs * Inputs);
  guarded<Real> gradient(Outputs * Inputs);
  aligned<Real, Inputs * rows> input;
  aligned<Real, Inputs * rows> back;
  aligned<Real, Outputs * rows> out;
  aligned<Real, Outputs * rows> adjoint;
  fill(weights.data(), Outputs * Inputs);
  fill(gradient.data(), Outputs * Inputs);
  fill(input.data(), Inputs * rows);
  fill(adjoint.data(), Outputs * rows);
  const matrix w = read_weights(Outputs, Inputs, weights.data(), Layout);
  const matrix x = read(Inputs, rows, input.data());
  const matrix a = read(Outputs, rows, adjoint.data());
  const auto found = [&] { return read_weights(Outputs, Inputs, gradient.data(), Layout); };

  product<Arch, Real, Outputs, Inputs, rows, Layout>(weights.data(), input.data(), out.data());
  BOOST_TEST(is_product(read(Outputs, rows, out.data()), w, x, 1, rounding),
             "product, " << Outputs << " x " << Inputs);

  product_transposed<Arch, Real, Outputs, Inputs, rows, Layout>(weights.data(), adjoint.data(), back.data());
  BOOST_TEST(is_product(read(Inputs, rows, back.data()), transposed(w), a, 1, rounding),
             "product_transposed, " << Outputs << " x " << Inputs);

  const matrix before = found();
  weight_gradient<Arch, Real, Outputs, Inputs, rows, Layout>(adjoint.data(), input.data(), gradient.data(),
                                                             accumulate::yes);
  BOOST_TEST(is_product(found(), a, transposed(x), 1, rounding, &before),
             "weight_gradient, added, " << Outputs << " x " << Inputs);
  weight_gradient<Arch, Real, Outputs, Inputs, rows, Layout>(adjoint.data(), input.data(), gradient.data());
  BOOST_TEST(is_product(found(), a, transposed(x), 1, rounding),
             "weight_gradient, " << Outputs << " x " << Inputs);
}

using enum weights_layout;

template <class Arch, class Real, class Element, std::size_t Outputs, std::size_t... Inputs>
void check_rows_of() {
  (check_rows<Arch, Real, Element, Outputs, Inputs, outputs_by_inputs>(true), ...);
  (check_rows<Arch, Real, Element, Outputs, Inputs, outputs_by_inputs>(false), ...);
}

template <class Arch, class Real, std::size_t Outputs, std::size_t... Inputs> void check_dense_of() {
  (check_dense<Arch, Real, Outputs, Inputs, outputs_by_inputs>(), ...);
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_of_bytes_agree_with_plain_loops) {
  check_rows_of<native_arch, float, std::uint8_t, 10, 1, 2, 3, 15, 16, 17, 31, 784>();
  check_rows_of<native_arch, float, std::uint8_t, 1, 17>();
  check_rows_of<native_arch, float, std::uint8_t, 3, 31>();
  check_rows_of<native_arch, float, std::uint8_t, 17, 16>();
  check_rows_of<native_arch, double, std::uint8_t, 10, 3, 31>();
}

BOOST_AUTO_TEST_CASE(rows_of_other_elements_agree_with_plain_loops) {
  check_rows_of<native_arch, float, float, 10, 15, 784>();
  check_rows_of<native_arch, float, float, 2, 3>();
  check_rows_of<native_arch, float, std::int32_t, 16, 17>();
  check_rows_of<native_arch, float, double, 2, 31>();
  check_rows_of<native_arch, double, double, 3, 1, 31>();
  check_rows_of<native_arch, double, float, 17, 31>();
  check_rows_of<native_arch, double, std::int32_t, 1, 3>();
}

BOOST_AUTO_TEST_CASE(dense_operands_agree_with_plain_loops) {
  check_dense_of<native_arch, float, 1, 31>();
  check_dense_of<native_arch, float, 2, 2, 15>();
  check_dense_of<native_arch, float, 10, 3, 16>();
  check_dense_of<native_arch, float, 17, 17, 784>();
  check_dense_of<native_arch, double, 3, 1, 31>();
  check_dense_of<native_arch, double, 16, 17>();
}

BOOST_AUTO_TEST_CASE(weights_may_be_stored_by_inputs) {
  check_dense<native_arch, float, 10, 33, inputs_by_outputs>();
  check_dense<native_arch, double, 17, 5, inputs_by_outputs>();
  check_rows<native_arch, float, std::uint8_t, 10, 33, inputs_by_outputs>(true);
  check_rows<native_arch, double, double, 17, 5, inputs_by_outputs>(true);
}

// More than four blocks of outputs: rows are converted in panels.
BOOST_AUTO_TEST_CASE(many_outputs_agree_with_plain_loops) {
  check_rows_of<native_arch, float, std::uint8_t, 67, 5, 300>();
  check_rows_of<native_arch, double, float, 40, 131>();
  check_rows<native_arch, float, float, 67, 33, inputs_by_outputs>(true);
  check_dense_of<native_arch, float, 67, 33>();
  check_rows_of<scalar_arch, float, std::int32_t, 40, 7>();
}

BOOST_AUTO_TEST_CASE(one_number_per_register_is_an_instruction_set_too) {
  check_rows_of<scalar_arch, float, std::uint8_t, 10, 31>();
  check_rows_of<scalar_arch, double, double, 3, 2>();
  check_dense_of<scalar_arch, float, 10, 17>();
  check_dense<scalar_arch, float, 3, 5, inputs_by_outputs>();
}
