// SPDX-License-Identifier: BSL-1.0
// One row at a time, as fast as possible: a formula and a model that are bound once.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <exception>
#include <iterator>
#include <tuple>
#include <type_traits>

#include "fusegrad/data/dataset.hpp"
#include "fusegrad/train/evaluate.hpp"

namespace fusegrad {

namespace predicting {

/// What can be one row of a symbol: a number, or numbers that lie one after another.
template <class Data>
concept row_of_numbers = stored_range<Data> || stored_element<std::remove_cvref_t<Data>>;

/// The row of one symbol, where the user has it.
template <class Data> [[nodiscard]] column row_of(const Data& given) noexcept {
  if constexpr (stored_range<Data>)
    return {.data = std::data(given),
            .type = type_of<std::remove_cvref_t<decltype(*std::data(given))>>(),
            .rows = 1,
            .width = std::size(given)};
  else
    return {.data = &given, .type = type_of<Data>(), .rows = 1, .width = 1};
}

/// Throws what is wrong with a row: its number of elements, or a label that is no class.
[[noreturn]] void report_row(const symbol& named, const column& found);

inline void check_row(const symbol& named, const column& found) {
  const bool fits = found.width == std::size_t(named.extents.elements());
  if (!fits || (named.role == symbol_role::label && first_without_class(named, found) < found.width))
    report_row(named, found);
}

/// A row of some symbols: a dataset that refers to what the user has.
template <named... Symbols> class single_row {
 public:
  template <named Symbol> static constexpr bool has = (std::is_same_v<Symbol, Symbols> || ...);

  explicit single_row(const std::array<column, sizeof...(Symbols)>& columns) : columns_(columns) {}

  struct cell {
    const column& content;
    [[nodiscard]] const column& view() const noexcept { return content; }
  };
  template <named Symbol> [[nodiscard]] cell operator[](Symbol) const noexcept {
    std::size_t at = 0, i = 0;
    ((std::is_same_v<Symbol, Symbols> ? at = i++ : i++), ...);
    return {columns_[at]};
  }

 private:
  std::array<column, sizeof...(Symbols)> columns_;
};

/// A number, or as many as the formula has elements.
template <class Formula, class Real> struct result_type {
  static constexpr auto& extents = facts_of<Formula>.extents;
  using type = std::conditional_t<extents.rank == 0, Real, std::array<Real, std::size_t(extents.elements())>>;
};

}  // namespace predicting

/// A formula that is evaluated for single rows: what its parameters are is looked up once.
///     const auto price = predictor(dot(w, x) + b, model);
///     float one = price(x = features);
template <class Formula, class TrainedFormula, class Real, class... Scalars> class predictor_of {
 public:
  using result = typename predicting::result_type<Formula, Real>::type;

  predictor_of(const model_of<TrainedFormula, Real>& model, const Scalars&... scalars)
      : model_(&model), scalars_(scalars...) {}

  /// The value for one row: a number, or a std::array of the formula's elements, row-major.
  /// Data:   for each symbol a number, or a range of numbers (vector, array, span) of std::uint8_t,
  ///         std::int32_t, float or double. Nothing is copied.
  /// Rounds: as the same row in `predict`, but sums of products may be in another order.
  /// Errors: data_error naming the symbol, if it has another number of elements or a label is no class;
  ///         compile time, if data are missing. What is NaN is no error.
  /// Cost:   one row; no allocation, no lock, if the values of a few rows fit on the stack (4096 numbers).
  ///         May be called by several threads at once.
  template <class... Bindings> [[nodiscard]] result operator()(const Bindings&... row) const {
    constexpr bool are_bound = (symbol_with_data<Bindings> && ...);
    static_assert(are_bound, "price(x = features): give each symbol its row by assignment");
    if constexpr (are_bound)
      return value_of(row...);
    else
      std::terminate();
  }

 private:
  template <class... Bindings> result value_of(const Bindings&... row) const {
    constexpr bool are_rows = (predicting::row_of_numbers<std::remove_cvref_t<decltype(row.data)>> && ...);
    static_assert(are_rows,
                  "a row: a number, or a std::vector, std::array or std::span of std::uint8_t, std::int32_t, "
                  "float or double");
    using data = predicting::single_row<typename Bindings::symbol_type...>;
    using call = call_of<Formula, goal::rows, data, model_of<TrainedFormula, Real>, Scalars...>;
    diagnose<call::trouble.kind, typename call::facts>();
    check_symbols<call::lacks.kind, typename call::symbol>();
    if constexpr (are_rows && call::complete) {
      const data given({predicting::row_of(row.data)...});
      (predicting::check_row(Bindings::symbol_type::description(),
                             given[typename Bindings::symbol_type{}].view()),
       ...);
      return run(given);
    } else {
      std::terminate();
    }
  }

  template <class Data> result run(const Data& given) const {
    using program = short_tile<fusegrad::program<Formula, goal::rows, Real, native_arch>>;
    result value{};
    Real* const outputs[] = {place_of(value)};
    const row_selection selection{nullptr, 0, 1};
    const auto with = [&](const auto&... scalars) {
      const bound_symbols<program> bound(batch<Data>{&given, selection}, *model_, scalars...);
      (void)step_runner<program>(model_->executors()).run(bound.step(selection, outputs));
    };
    std::apply(with, scalars_);
    return value;
  }

  static Real* place_of(Real& number) noexcept { return &number; }
  template <std::size_t Count> static Real* place_of(std::array<Real, Count>& numbers) noexcept {
    return numbers.data();
  }

  const model_of<TrainedFormula, Real>* model_;
  std::tuple<Scalars...> scalars_;
};

/// A formula ready for single rows. Refers to the model, which must live as long; sees what it learns later.
/// Scalars: further arguments give run-time numbers their values, for good.
template <whole_formula Formula, class TrainedFormula, class Real, class... Symbols, class... Numbers>
[[nodiscard]] auto predictor(Formula, const model_of<TrainedFormula, Real>& model,
                             const binding<Symbols, Numbers>&... scalars) {
  return predictor_of<Formula, TrainedFormula, Real, binding<Symbols, double>...>(
      model, binding<Symbols, double>{double(scalars.data)}...);
}
template <whole_formula Formula, class TrainedFormula, class Real, class... Scalars>
[[nodiscard]] auto predictor(Formula, const model_of<TrainedFormula, Real>&&, const Scalars&...) {
  static_assert(sizeof(Real) == 0, "a predictor refers to its model: give the model a name");
}

}  // namespace fusegrad
