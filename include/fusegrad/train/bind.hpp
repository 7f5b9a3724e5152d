// SPDX-License-Identifier: BSL-1.0
// Brings data, parameters and scalars to a program: one entry per symbol, found by the symbol's type.
#pragma once

#include <array>
#include <cmath>

#include "fusegrad/compile.hpp"
#include "fusegrad/train/minibatches.hpp"
#include "fusegrad/train/parameters.hpp"

namespace fusegrad {

/// The type of the symbol with the given index in a list of symbols.
template <class List, std::size_t Index, std::size_t... Axis>
constexpr auto symbol_type_of(std::index_sequence<Axis...>) {
  constexpr symbol here = List::symbols[Index];
  return named_symbol<to_fixed_string<here.name.size() + 1>(here.name), here.role, here.classes,
                      here.extents[int(Axis)]...>{};
}
template <class List, std::size_t Index>
using symbol_type = decltype(symbol_type_of<List, Index>(
    std::make_index_sequence<std::size_t(List::symbols[Index].extents.rank)>{}));

/// The symbols of a program.
template <class Program> struct symbols_of { static constexpr auto& symbols = Program::plan.symbols; };

template <class Name, bool Found> constexpr void check_data() {
  static_assert(Found, "the data of a symbol are missing: give them in dataset(x = ..., y = ...)");
}
template <class Name, bool Found> constexpr void check_model() {
  static_assert(
      Found, "the model has no parameter of that name and shape: initialise it for a loss that contains it");
}
template <class Name, bool Found> constexpr void check_scalar() {
  static_assert(Found, "the value of a scalar is missing: add it to the call, as in lambda = 0.1");
}

/// The columns, parameters and scalars of one call, in the order of the program's symbols. Lives on the
/// stack.
template <class Program> class bound_symbols {
 public:
  using real = typename Program::real;
  static constexpr std::size_t count = Program::plan.symbols.size();

  template <class Dataset, class Model, class... Scalars>
  bound_symbols(const batch<Dataset>& rows, const Model& model, const Scalars&... scalars) {
    const auto each = [&]<std::size_t... I>(std::index_sequence<I...>) {
      (bind<I>(rows, model, scalars...), ...);
    };
    each(std::make_index_sequence<count>{});
  }
  bound_symbols(const bound_symbols&) = delete;
  bound_symbols& operator=(const bound_symbols&) = delete;

  [[nodiscard]] step_data<real> step(const row_selection& rows, real* const* outputs) const {
    return {columns_.data(), parameters_.data(), rows, nullptr, nullptr, outputs};
  }
  [[nodiscard]] const column& column_at(std::size_t index) const { return columns_[index]; }

 private:
  template <std::size_t I, class Dataset, class Model, class... Scalars>
  void bind(const batch<Dataset>& rows, const Model& model, const Scalars&... scalars) {
    using wanted = symbol_type<symbols_of<Program>, I>;
    constexpr symbol_role role = wanted::role;
    if constexpr (role == symbol_role::parameter) {
      constexpr int index = Model::layout::find(wanted::description());
      check_model<symbol_name<wanted::name>, (index >= 0)>();
      parameters_[I] = model.data() + Model::layout::offsets[std::size_t(index < 0 ? 0 : index)];
    } else if constexpr (role == symbol_role::row_count) {
      set_number(I, double(rows.rows.count));
    } else if constexpr (role == symbol_role::scalar) {
      constexpr bool found = (std::is_same_v<typename Scalars::symbol_type, wanted> || ...);
      check_scalar<symbol_name<wanted::name>, found>();
      const auto take = [&]<class Each>(const Each& scalar) {
        if constexpr (std::is_same_v<typename Each::symbol_type, wanted>) set_number(I, double(scalar.data));
      };
      (take(scalars), ...);
    } else {
      check_data<symbol_name<wanted::name>, Dataset::template has<wanted>>();
      if constexpr (Dataset::template has<wanted>) columns_[I] = (*rows.data)[wanted{}].view();
    }
  }
  void set_number(std::size_t index, double value) {
    numbers_[index] = real(value);
    parameters_[index] = &numbers_[index];
  }

  std::array<column, count> columns_{};
  std::array<const real*, count> parameters_{};
  std::array<real, count> numbers_{};
};

/// Says which number of a row is NaN or infinite, or that none is.
[[nodiscard]] std::string describe_row(std::span<const symbol> symbols, std::span<const column> columns,
                                       std::size_t row);

}  // namespace fusegrad
