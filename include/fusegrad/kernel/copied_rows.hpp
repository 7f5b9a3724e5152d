// SPDX-License-Identifier: BSL-1.0
// Kernels that compile their steps into each other take columns of their own type, which are not scaled. Rows of
// other columns are copied first: so the bits of a result do not depend on how its data are stored.
#pragma once

#include <array>
#include <cstddef>

#include "fusegrad/kernel/step.hpp"

namespace fusegrad::entry {

/// The numbers that the data have for a symbol in each row.
template <class Program> constexpr std::size_t numbers_of_row(std::size_t of) {
  const symbol& named = Program::plan.symbols[of];
  return is_of_rows(named.role) ? std::size_t(named.extents.elements()) : 0;
}
template <class Program> constexpr std::size_t numbers_of_row() {
  std::size_t numbers = 0;
  for (std::size_t i = 0; i < Program::plan.symbols.size(); ++i) numbers += numbers_of_row<Program>(i);
  return numbers;
}

/// Whether rows may be copied: not labels, which always would be, nor what is random, which depends on the numbers of
/// the rows.
template <class Program> constexpr bool may_copy_rows() {
  for (const symbol& each : Program::plan.symbols)
    if (each.role == symbol_role::label || each.role == symbol_role::random) return false;
  return true;
}

/// Whether the columns of a step are stored as the kernel computes: of its own type, and not scaled.
template <class Program>
[[nodiscard, gnu::always_inline]] inline bool are_plain(
    const step_data<typename Program::real>& data) noexcept {
  bool plain = true;
  looping::for_each_index<0, int(Program::plan.symbols.size())>([&](auto i) __attribute__((always_inline)) {
    if constexpr (is_of_rows(Program::plan.symbols[i].role))
      plain = plain && data.columns[i]->type == element_of_type<typename Program::real> &&
              data.columns[i]->scale == 1;
  });
  return plain;
}

/// At most `most_rows` rows of a step, copied as the kernel computes.
template <class Program> class copied_rows {
 public:
  using real = typename Program::real;

  /// Copies all rows of a step.
  [[gnu::noinline]] explicit copied_rows(const step_data<real>& of) noexcept : of_(of) {
    real* to = numbers_;
    looping::for_each_index<0, int(symbols)>([&](auto i) {
      if constexpr (numbers_of_row<Program>(i) > 0) {
        columns_[i] = {to, element_of_type<real>, of.rows.count, numbers_of_row<Program>(i)};
        places_[i] = &columns_[i];
        with_element<column_elements::any, real>(of.columns[i]->type, [&](auto element) {
          to = copy<typename decltype(element)::type, numbers_of_row<Program>(i)>(*of.columns[i], to);
        });
      }
    });
  }
  copied_rows(const copied_rows&) = delete;
  copied_rows& operator=(const copied_rows&) = delete;

  /// The same step of these rows.
  [[nodiscard]] step_data<real> step() const noexcept {
    step_data<real> result = of_;
    result.columns = places_.data();
    result.rows = {nullptr, 0, of_.rows.count, 0};
    return result;
  }

 private:
  static constexpr std::size_t symbols = Program::plan.symbols.size();

  template <class Element, std::size_t Width> real* copy(const column& from, real* to) const noexcept {
    using arch = widest_arch<Program>;
    constexpr std::size_t count = lane_count<real, arch>, whole = Width / count * count;
    const auto* const elements = static_cast<const Element*>(from.data);
    const real scale = real(from.scale);
    for (std::size_t i = 0; i < of_.rows.count; ++i, to += Width) {
      const auto* const row = elements + of_.rows[i] * Width;
      for (std::size_t k = 0; k < whole; k += count)
        simd::store(to + k, simd::load<arch, real>(row + k) * simd::broadcast<arch>(scale));
      for (std::size_t k = whole; k < Width; ++k) to[k] = real(row[k]) * scale;
    }
    return to;
  }

  const step_data<real>& of_;
  std::array<column, symbols> columns_;
  std::array<const column*, symbols> places_{};
  real numbers_[Program::most_rows * numbers_of_row<Program>()];
};

}  // namespace fusegrad::entry
