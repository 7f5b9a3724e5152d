// SPDX-License-Identifier: BSL-1.0
// The gradient of a loss by symbols of the user's choice, columns of data among them: each row's share of the
// derivative of the mean, written to memory row after row.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <type_traits>

#include "fusegrad/train/value_and_grad.hpp"

namespace fusegrad {

/// A loss that is differentiated by some of its symbols, instead of by its parameters.
template <class Formula, named... Symbols> struct formula_differentiated_by {
  static constexpr std::array gradient_symbols{Symbols::description()...};
  static constexpr auto formula() {
    if constexpr (named_model<Formula>)
      return Formula::formula();
    else
      return Formula{};
  }
};

/// Symbols to differentiate by; the results lie in memory of the model's.
template <named... Symbols> struct wrt_symbols {};

/// Symbols to differentiate by, and where the user wants each result.
template <class Real, named... Symbols> struct wrt_places {
  std::array<std::span<Real>, sizeof...(Symbols)> results;
};

namespace differentiating {

/// The numbers that memory for results is made of: of a std::vector, a std::array or a std::span.
template <class Data> using element_of = std::remove_pointer_t<decltype(std::data(std::declval<Data&>()))>;

template <class Type> inline constexpr bool is_span = false;
template <class Element, std::size_t Extent> inline constexpr bool is_span<std::span<Element, Extent>> = true;

/// Memory that a result can be written to, and that is still there when it has been.
template <class Data>
concept place_of_results = requires(Data data) {
  { *std::data(data) } -> std::same_as<element_of<Data>&>;
}
&&std::floating_point<element_of<Data>> &&
    (std::is_lvalue_reference_v<Data> || is_span<std::remove_reference_t<Data>>);

/// Fails with a sentence if results have nowhere to go.
template <bool Bound, bool Places, bool Alike> constexpr void check_places() {
  static_assert(Bound, "wrt(p) or wrt(p = results): name symbols, or give each the memory of its results");
  static_assert(!Bound || Places,
                "wrt(p = results): results go to a std::vector or std::array of float or double that has a "
                "name, or to a std::span of it");
  static_assert(!Places || Alike, "wrt(p = results, t = others): float and double results cannot be mixed");
}

/// Fails with a sentence if a loss cannot be differentiated by a symbol.
template <class SymbolName, bool Real, bool Known> constexpr void check_symbol() {
  static_assert(Real, "wrt(p): a loss is differentiated by an input, a target or a parameter");
  static_assert(!Real || Known, "wrt(p): the loss has no symbol of that name and shape");
}

template <named Symbol>
inline constexpr bool is_real = Symbol::role == symbol_role::input || Symbol::role == symbol_role::target ||
                                Symbol::role == symbol_role::parameter;

template <class Formula, named Symbol> constexpr bool is_known() {
  bool known = false;
  for (const symbol& each : written_graph<Formula>.symbols) known = known || each == Symbol::description();
  return known;
}

template <class Formula, named... Symbols>
inline constexpr bool are_fit = ((is_real<Symbols> && is_known<Formula, Symbols>()) && ...);

/// How many numbers the gradient by a symbol has: its extents, for each row if rows have it.
template <named Symbol> constexpr std::size_t size_of_gradient(std::size_t rows) {
  return std::size_t(Symbol::extents.elements()) * (is_of_rows(Symbol::role) ? rows : 1);
}

/// Throws what is wrong with the memory for the results of a symbol.
[[noreturn]] void report_place(const symbol& by, std::size_t rows, std::size_t found);

template <named Symbol> void check_size(std::size_t rows, std::size_t found) {
  if (found != size_of_gradient<Symbol>(rows)) report_place(Symbol::description(), rows, found);
}

/// Where a program writes its results: the value, and each gradient, in the order of its outputs.
template <class Program, named... Symbols, class Real>
auto output_places(Real* value, const std::array<Real*, sizeof...(Symbols)>& gradients) {
  std::array<Real*, Program::plan.outputs.size()> places{};
  constexpr std::array by{Symbols::description()...};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const plan_output& each = Program::plan.outputs[i];
    places[i] = value;
    for (std::size_t k = 0; k < by.size() && each.role == output_role::gradient; ++k)
      if (Program::plan.symbols[std::size_t(each.symbol)] == by[k]) places[i] = gradients[k];
  }
  return places;
}

/// A gradient that is the same for all rows was computed once: every row gets it.
template <class Program, class Real> void repeat_for_rows(Real* const* outputs, std::size_t rows) {
  for (std::size_t i = 0; i < Program::plan.outputs.size(); ++i) {
    const plan_output& each = Program::plan.outputs[i];
    if (each.role != output_role::gradient || each.of_rows) continue;
    if (!is_of_rows(Program::plan.symbols[std::size_t(each.symbol)].role)) continue;
    const std::size_t width = std::size_t(each.extents.elements());
    for (std::size_t k = width; k < rows * width; ++k) outputs[i][k] = outputs[i][k - width];
  }
}

/// Runs a loss once; its value.
template <class Formula, named... Symbols, class Model, class Real, class Dataset, class... Scalars>
Real run(const Model& model, const batch<Dataset>& rows,
         const std::array<Real*, sizeof...(Symbols)>& gradients, const Scalars&... scalars) {
  using program =
      fusegrad::program<formula_differentiated_by<Formula, Symbols...>, goal::gradient, Real, native_arch>;
  Real value = 0;
  const auto outputs = output_places<program, Symbols...>(&value, gradients);
  stepping::run<program>(rows, model, outputs.data(), scalars...);
  repeat_for_rows<program>(outputs.data(), rows.rows.count);
  return value;
}

}  // namespace differentiating

/// The gradients of a loss by some symbols, on loan from the model: copies refer to the same numbers, and
/// once the last is gone they are used again.
template <class Real, named... Symbols> class gradient_by {
 public:
  gradient_by(number_pool<Real>& from, std::size_t rows)
      : memory_{from.take(differentiating::size_of_gradient<Symbols>(rows))...}, rows_(rows) {}

  /// The gradient by one symbol: [rows][elements] of an input or a target, row-major, in the order of the
  /// batch; [elements] of a parameter.
  template <named Symbol> [[nodiscard]] std::span<const Real> operator[](Symbol) const {
    constexpr bool known = (std::is_same_v<Symbol, Symbols> || ...);
    static_assert(known, "gradient[p]: name p in wrt(p)");
    std::span<const Real> found;
    std::size_t at = 0;
    const auto look = [&](bool here, std::size_t size) {
      if (here) found = {memory_[at]->data(), size};
      ++at;
    };
    (look(std::is_same_v<Symbol, Symbols>, differentiating::size_of_gradient<Symbols>(rows_)), ...);
    return found;
  }

  /// Where the numbers are written, in the order of the symbols.
  [[nodiscard]] std::array<Real*, sizeof...(Symbols)> places() const {
    std::array<Real*, sizeof...(Symbols)> result{};
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = memory_[i]->data();
    return result;
  }

 private:
  std::array<std::shared_ptr<aligned_memory<Real>>, sizeof...(Symbols)> memory_;
  std::size_t rows_;
};

/// The value of a loss and its gradient by some symbols.
template <class Real, named... Symbols> struct value_with_gradient_by {
  Real value;
  gradient_by<Real, Symbols...> gradient;
};

/// By which symbols a loss is differentiated: `wrt(p)`; or also where the results go: `wrt(p = results)`.
template <class... Arguments> [[nodiscard]] constexpr auto wrt(Arguments&&... arguments) {
  if constexpr (sizeof...(Arguments) > 0 && (named<std::remove_cvref_t<Arguments>> && ...)) {
    return wrt_symbols<std::remove_cvref_t<Arguments>...>{};
  } else {
    constexpr bool bound = sizeof...(Arguments) > 0 && (symbol_with_data<Arguments> && ...);
    if constexpr (bound) {
      constexpr bool places = (differentiating::place_of_results<data_of<Arguments>> && ...);
      if constexpr (places) {
        using real = std::common_type_t<differentiating::element_of<data_of<Arguments>>...>;
        constexpr bool alike = (std::is_same_v<real, differentiating::element_of<data_of<Arguments>>> && ...);
        differentiating::check_places<bound, places, alike>();
        if constexpr (alike)
          return wrt_places<real, symbol_of<Arguments>...>{{std::span<real>(arguments.data)...}};
      } else {
        differentiating::check_places<bound, places, true>();
      }
    } else {
      differentiating::check_places<bound, false, true>();
    }
  }
}

/// The mean of the loss over the rows of a batch, or of a whole dataset, and its gradient by some symbols:
///     const auto [value, gradient] = value_and_grad(loss, wrt(p), model, data);
///     gradient[p]  // one number for each row: the derivative of the mean, so with its factor 1 / rows
/// Shape:   of an input or a target [rows][elements], of a parameter its own.
/// Scalars: further arguments give run-time numbers their values.
/// Rounds:  see executor.hpp; the same bits for any number of threads.
/// Errors:  non_finite_error if the loss or a gradient is NaN or infinite, naming the row; compile time, if
///          data or parameters are missing or the loss does not contain a symbol.
/// Cost:    one pass over the rows; no allocation once it has run with as many rows and what it gave is gone.
template <whole_formula Formula, named... Symbols, class TrainedFormula, class Real, rows_of_data Rows,
          class... Scalars>
[[nodiscard]] value_with_gradient_by<Real, Symbols...> value_and_grad(
    Formula, wrt_symbols<Symbols...>, const model_of<TrainedFormula, Real>& model, const Rows& rows,
    const Scalars&... scalars) {
  using differentiated = formula_differentiated_by<Formula, Symbols...>;
  using call = call_of<differentiated, goal::gradient, dataset_behind<Rows>, model_of<TrainedFormula, Real>,
                       Scalars...>;
  (differentiating::check_symbol<symbol_name<Symbols::name>, differentiating::is_real<Symbols>,
                                 differentiating::is_known<Formula, Symbols>()>(),
   ...);
  if constexpr (differentiating::are_fit<Formula, Symbols...>) {
    diagnose<call::trouble.kind, typename call::facts>();
    check_symbols<call::lacks.kind, typename call::symbol>();
    if constexpr (call::complete) {
      const auto batch = as_batch(rows);
      gradient_by<Real, Symbols...> gradient(model.numbers(), batch.rows.count);
      const Real value =
          differentiating::run<Formula, Symbols...>(model, batch, gradient.places(), scalars...);
      return {value, gradient};
    }
  }
  std::terminate();
}

/// The same with the results in memory of the caller's; returns the value of the loss.
///     std::vector<float> slopes(data.rows());
///     const float value = value_and_grad(loss, wrt(p = slopes), model, data);
/// Errors:  also data_error naming the symbol, if its memory has another size. After an error the results are
///          of no use.
/// Cost:    one pass over the rows; no allocation once it has run with as many rows.
template <whole_formula Formula, named... Symbols, class TrainedFormula, class Real, rows_of_data Rows,
          class... Scalars>
Real value_and_grad(Formula, const wrt_places<Real, Symbols...>& to,
                    const model_of<TrainedFormula, Real>& model, const Rows& rows,
                    const Scalars&... scalars) {
  using differentiated = formula_differentiated_by<Formula, Symbols...>;
  using call = call_of<differentiated, goal::gradient, dataset_behind<Rows>, model_of<TrainedFormula, Real>,
                       Scalars...>;
  (differentiating::check_symbol<symbol_name<Symbols::name>, differentiating::is_real<Symbols>,
                                 differentiating::is_known<Formula, Symbols>()>(),
   ...);
  if constexpr (differentiating::are_fit<Formula, Symbols...>) {
    diagnose<call::trouble.kind, typename call::facts>();
    check_symbols<call::lacks.kind, typename call::symbol>();
    if constexpr (call::complete) {
      const auto batch = as_batch(rows);
      std::array<Real*, sizeof...(Symbols)> places{};
      std::size_t at = 0;
      const auto place = [&]<named Symbol>(Symbol) {
        differentiating::check_size<Symbol>(batch.rows.count, to.results[at].size());
        places[at] = to.results[at].data();
        ++at;
      };
      (place(Symbols{}), ...);
      return differentiating::run<Formula, Symbols...>(model, batch, places, scalars...);
    }
  }
  std::terminate();
}

}  // namespace fusegrad
