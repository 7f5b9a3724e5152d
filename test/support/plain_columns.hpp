// SPDX-License-Identifier: BSL-1.0
// The columns of a step as numbers of the kernel's own type.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "fusegrad/compile.hpp"

namespace fusegrad::test {

/// The columns of a step, copied as the kernel wants them: of its own type, and not scaled.
template <class Program> class plain_columns {
 public:
  using real = typename Program::real;
  static constexpr std::size_t count = Program::plan.symbols.size();

  explicit plain_columns(const step_data<real>& of) {
    for (std::size_t i = 0; i < count; ++i)
      if (of.columns[i] != nullptr && is_of_rows(Program::plan.symbols[i].role)) copy(*of.columns[i], i);
  }
  [[nodiscard]] step_data<real> in(step_data<real> step) const {
    step.columns = places_.data();
    return step;
  }

 private:
  void copy(const column& from, std::size_t i) {
    for (std::size_t k = 0; k < from.rows * from.width; ++k) numbers_[i].push_back(real(element_of(from, k)));
    columns_[i] = {numbers_[i].data(), element_of_type<real>, from.rows, from.width};
    places_[i] = &columns_[i];
  }

  std::array<std::vector<real>, count> numbers_;
  std::array<column, count> columns_;
  std::array<const column*, count> places_{};
};

}  // namespace fusegrad::test
