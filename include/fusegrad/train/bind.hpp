// SPDX-License-Identifier: BSL-1.0
// Brings data, parameters and scalars to a program: one entry per symbol, found by the symbol's type.
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <tuple>

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

/// The symbols of a program, and of a formula that is to become one.
template <class Program> struct symbols_of { static constexpr auto& symbols = Program::plan.symbols; };
template <class Formula, goal Wanted> struct symbols_of_formula {
  static constexpr auto& symbols = settled_graph<Formula, Wanted>.symbols;
};

/// What a call lacks, or has and should not.
enum class lack { nothing, data, parameter, scalar, random_seed, use_of_scalar, one_value };
struct lacking {
  lack kind = lack::nothing;
  std::size_t index = 0;  // of the symbol in the formula; of a scalar that was given, in the call
};

/// Fails with a sentence if a call lacks something.
template <lack Kind, class SymbolName> constexpr void check_symbols() {
  static_assert(Kind != lack::data,
                "the data of a symbol are missing: give them in dataset(x = ..., y = ...)");
  static_assert(
      Kind != lack::parameter,
      "the model has no parameter of that name and shape: initialise it for a loss that contains it");
  static_assert(Kind != lack::scalar,
                "the value of a scalar is missing: add it to the call, as in lambda = 0.1");
  static_assert(Kind != lack::random_seed,
                "the formula draws random numbers, as dropout does: give each step a seed, as in "
                "random_seed = 7");
  static_assert(Kind != lack::use_of_scalar,
                "the formula has no scalar of that name: its value would have no effect");
  static_assert(Kind != lack::one_value, "a scalar has two values: give it once, as in lambda = 0.1");
}

/// Fails with a sentence if the loss to train is not that of the model.
template <bool Own> constexpr void check_model() {
  static_assert(Own, "the model belongs to another formula: initialise<loss> with the loss that is trained");
}

/// Whether the steps of a formula draw random numbers. What is only evaluated draws none.
template <class Formula> constexpr bool draws_random_numbers() {
  for (const symbol& each : written_graph<Formula>.symbols)
    if (each.role == symbol_role::random) return true;
  return false;
}

/// Whether one of the scalars of a call is the seed of its random numbers.
template <class... Scalars>
inline constexpr bool has_seed = ((Scalars::symbol_type::role == symbol_role::random_seed) || ...);

/// The first scalar of a call that the formula does not know, or that is given twice.
template <class Formula, goal Wanted, class... Scalars> constexpr lacking find_superfluous() {
  const std::array<symbol, sizeof...(Scalars)> given{Scalars::symbol_type::description()...};
  for (std::size_t i = 0; i < given.size(); ++i) {
    bool known = given[i].role == symbol_role::random_seed && Wanted == goal::gradient &&
                 draws_random_numbers<Formula>();
    for (const symbol& each : written_graph<Formula>.symbols)
      known = known || (each.role == symbol_role::scalar && each == given[i]);
    if (!known) return {lack::use_of_scalar, i};
    for (std::size_t earlier = 0; earlier < i; ++earlier)
      if (given[earlier] == given[i]) return {lack::one_value, i};
  }
  return {};
}

/// The first symbol of a program for which a call has nothing.
template <class List, class Dataset, class Model, class... Scalars> constexpr lacking find_lacking() {
  lacking result;
  const auto find = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    using wanted = symbol_type<List, I>;
    constexpr bool of_rows = is_of_rows(wanted::role);
    if (result.kind != lack::nothing) return;
    if constexpr (wanted::role == symbol_role::parameter) {
      if (Model::layout::find(wanted::description()) < 0) result = {lack::parameter, I};
    } else if constexpr (wanted::role == symbol_role::scalar) {
      if (!(std::is_same_v<typename Scalars::symbol_type, wanted> || ...)) result = {lack::scalar, I};
    } else if constexpr (of_rows) {
      if (!Dataset::template has<wanted>) result = {lack::data, I};
    }
  };
  const auto each = [&]<std::size_t... I>(std::index_sequence<I...>) {
    (find(std::integral_constant<std::size_t, I>{}), ...);
  };
  each(std::make_index_sequence<List::symbols.size()>{});
  return result;
}

/// What can be wrong with the call of a formula. A public function begins with
///     diagnose<call::trouble.kind, typename call::facts>();
///     check_symbols<call::lacks.kind, typename call::symbol>();
/// itself, since a compiler names every level between the user's line and the sentence, and does nothing
/// unless the call is `complete`, so that no second error follows.
template <class Formula, goal Wanted, class Dataset, class Model, class... Scalars> struct call_of {
  using list = symbols_of_formula<Formula, Wanted>;
  static constexpr problem trouble = settled_graph<Formula, Wanted>.trouble;
  static constexpr lacking lacks = [] {
    lacking found;
    if (trouble.kind == problem_kind::none) found = find_lacking<list, Dataset, Model, Scalars...>();
    if constexpr (Wanted == goal::gradient && !has_seed<Scalars...>)
      if (trouble.kind == problem_kind::none && found.kind == lack::nothing &&
          draws_random_numbers<Formula>())
        found.kind = lack::random_seed;
    if (trouble.kind == problem_kind::none && found.kind == lack::nothing)
      found = find_superfluous<Formula, Wanted, Scalars...>();
    return found;
  }();
  static constexpr bool complete = trouble.kind == problem_kind::none && lacks.kind == lack::nothing;

  using facts = wrong_whole<Formula, trouble>;
  using symbol = decltype([] {
    if constexpr (lacks.kind == lack::nothing)
      return symbol_name<"">{};
    else if constexpr (lacks.kind == lack::random_seed)
      return symbol_name<random_seed.name>{};
    else if constexpr (lacks.kind == lack::use_of_scalar || lacks.kind == lack::one_value)
      return symbol_name<std::tuple_element_t<lacks.index, std::tuple<Scalars...>>::symbol_type::name>{};
    else
      return symbol_name<symbol_type<list, lacks.index>::name>{};
  }());
};

/// The columns, parameters and scalars of a call that is complete, in the order of the program's
/// symbols. Lives on the stack.
template <class Program> class bound_symbols {
 public:
  using real = typename Program::real;
  static constexpr std::size_t count = Program::plan.symbols.size();

  template <class Dataset, class Model, class... Scalars>
  [[gnu::always_inline]] bound_symbols(const batch<Dataset>& rows, const Model& model,
                                       const Scalars&... scalars)
      : bound_symbols(std::make_index_sequence<count>{}, rows, model, scalars...) {}
  bound_symbols(const bound_symbols&) = delete;
  bound_symbols& operator=(const bound_symbols&) = delete;

  [[nodiscard, gnu::always_inline]] step_data<real> step(const row_selection& rows,
                                                         real* const* outputs) const {
    return {.columns = columns_.data(),
            .parameters = parameters_.data(),
            // One by one: what is copied as a whole waits for its parts, if they have just been written.
            .rows = {rows.index, rows.first, rows.count, rows.upcoming},
            .outputs = outputs,
            .random = random_};
  }
  [[nodiscard]] std::span<const column* const> columns() const { return columns_; }

 private:
  // Each symbol at once: a loop over all of them would go through memory.
  template <std::size_t... I, class Dataset, class Model, class... Scalars>
  [[gnu::always_inline]] bound_symbols(std::index_sequence<I...>, const batch<Dataset>& rows,
                                       const Model& model, const Scalars&... scalars)
      : columns_{column_of<I>(rows)...}, parameters_{address_of<I>(model)...} {
    (set_number<I>(rows, scalars...), ...);
    (take_seed(scalars), ...);
  }

  template <std::size_t I> using wanted = symbol_type<symbols_of<Program>, I>;

  static constexpr bool is_number(symbol_role role) {
    return role == symbol_role::scalar || role == symbol_role::row_count;
  }

  template <std::size_t I, class Dataset>
  [[gnu::always_inline]] static const column* column_of(const batch<Dataset>& rows) {
    if constexpr (is_of_rows(wanted<I>::role))
      return &(*rows.data)[wanted<I>{}].view();
    else
      return nullptr;
  }
  template <std::size_t I, class Model>
  [[gnu::always_inline]] const real* address_of(const Model& model) const {
    if constexpr (wanted<I>::role == symbol_role::parameter) {
      constexpr std::size_t index = std::size_t(Model::layout::find(wanted<I>::description()));
      constexpr std::size_t offset = Model::layout::offsets[index];
      return model.data() + offset;
    } else if constexpr (is_number(wanted<I>::role)) {
      return &numbers_[I];
    } else {
      return nullptr;
    }
  }
  template <std::size_t I, class Dataset, class... Scalars>
  [[gnu::always_inline]] void set_number(const batch<Dataset>& rows, const Scalars&... scalars) {
    if constexpr (wanted<I>::role == symbol_role::row_count) numbers_[I] = real(double(rows.rows.count));
    if constexpr (wanted<I>::role == symbol_role::scalar) {
      const auto take = [&]<class Each>(const Each& scalar) {
        if constexpr (std::is_same_v<typename Each::symbol_type, wanted<I>>)
          numbers_[I] = real(double(scalar.data));
      };
      (take(scalars), ...);
    }
  }

  /// A seed is a whole number, or the key of a step.
  template <class Scalar> [[gnu::always_inline]] void take_seed(const Scalar& given) {
    if constexpr (Scalar::symbol_type::role == symbol_role::random_seed) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(given.data)>, random_key>)
        random_ = given.data;
      else
        random_ = {.seed = std::uint64_t(given.data)};
    }
  }

  std::array<const column*, count> columns_;
  std::array<const real*, count> parameters_;
  std::array<real, count> numbers_;  // of scalars and the row count
  random_key random_{};
};

}  // namespace fusegrad
