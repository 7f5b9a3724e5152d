// SPDX-License-Identifier: BSL-1.0
// A dataset: the map from symbols to their rows. Its type carries the symbols, so what is missing is found at
// compile time.
#pragma once

#include <boost/hana/at_key.hpp>
#include <boost/hana/contains.hpp>
#include <boost/hana/map.hpp>
#include <boost/hana/pair.hpp>
#include <boost/hana/type.hpp>
#include <string>

#include "fusegrad/data/error.hpp"
#include "fusegrad/data/table.hpp"
#include "fusegrad/expr/symbol.hpp"

namespace fusegrad {

namespace hana = boost::hana;

/// What the user gave, as the rows of a symbol: a table takes the symbol's width where none was stated.
/// Errors: data_error naming the symbol, the file if there is one, what the rows need and what was found: no
///         rows, another width, a count that fills no whole row, or a label that is no class (with its row
///         and place).
[[nodiscard]] table rows_for(const symbol& named, table given);

/// The place of the first number that is none of the classes of a label, row * width + element; the count of
/// all if there is none.
[[nodiscard]] std::size_t first_without_class(const symbol& label, const column& labels) noexcept;

/// Checks that two symbols have equally many rows.
/// Errors: data_error naming both symbols, their files and both counts.
void check_row_counts(const symbol& first, const table& rows, const symbol& second, const table& others);

/// A symbol's name as part of a type, for diagnostics.
template <fixed_string Name> struct symbol_name {};

/// A symbol together with its data, as in `x = images`.
template <class Type>
concept symbol_with_data = is_binding<std::remove_cvref_t<Type>>;

/// What it holds: a reference to what has a name, else a value to move from.
template <symbol_with_data Binding> using data_of = decltype((std::declval<Binding>().data));

template <symbol_with_data Binding> using symbol_of = typename std::remove_cvref_t<Binding>::symbol_type;

/// What can become the rows of a symbol: a vector is copied or moved in, an array is copied, a span is
/// borrowed, a table or a file is shared.
template <class Data>
concept row_source = std::is_constructible_v<table, Data>;

/// Whether a symbol that is there so often can have these rows.
template <class Data, std::size_t Times> inline constexpr bool is_fit = Times == 1 && row_source<Data>;

/// Fails with a sentence if a symbol is given its data twice, or if they cannot be its rows.
template <class SymbolName, class Data, std::size_t Times> constexpr void check_source() {
  static_assert(Times == 1, "dataset(x = ..., x = ...): give each symbol its data once");
  static_assert(row_source<Data>,
                "the data of a symbol: a std::vector, std::array or std::span of std::uint8_t, std::int32_t, "
                "float or double, a table or an idx_file");
}

/// Rows for some symbols. Copies share their elements.
template <named... Symbols> class dataset_of {
 public:
  using map_type = hana::map<hana::pair<hana::type<Symbols>, table>...>;

  explicit dataset_of(map_type tables) : tables_(std::move(tables)) {}

  /// Whether a symbol has rows here.
  template <named Symbol> static constexpr bool has = (std::is_same_v<Symbol, Symbols> || ...);

  [[nodiscard]] std::size_t rows() const noexcept {
    std::size_t count = 0;
    ((count = tables_[hana::type_c<Symbols>].rows()), ...);  // every symbol has as many
    return count;
  }

  /// The rows of one symbol.
  template <named Symbol> [[nodiscard]] const table& operator[](Symbol) const noexcept {
    static_assert(has<Symbol>, "this dataset has no rows for that symbol");
    return tables_[hana::type_c<Symbol>];
  }

 private:
  map_type tables_;
};

/// How often each symbol is among those of a call.
template <class... Symbols> struct symbol_counts {
  template <class Symbol>
  static constexpr std::size_t of = (std::size_t(std::is_same_v<Symbol, Symbols>) + ...);
};

/// The dataset of arguments that are fit for it.
template <symbol_with_data... Bindings> [[nodiscard]] auto make_dataset(Bindings&&... bindings) {
  dataset_of<symbol_of<Bindings>...> result(hana::make_map(hana::make_pair(
      hana::type_c<symbol_of<Bindings>>,
      rows_for(symbol_of<Bindings>::description(), std::forward<Bindings>(bindings).data))...));
  const auto check = [&]<class First, class... Rest>(std::type_identity<First>, std::type_identity<Rest>...) {
    (check_row_counts(First::description(), result[First{}], Rest::description(), result[Rest{}]), ...);
  };
  check(std::type_identity<symbol_of<Bindings>>{}...);
  return result;
}

/// Gives symbols their rows: `dataset(x = images, y = labels)`.
/// Data:   a std::vector is copied or moved in, as are a list as in `x = {1.f, 2.f}` and a temporary of any
///         kind; a std::array or a C array is copied; a std::span is borrowed; a table or a loaded file is
///         shared.
/// Errors: data_error naming the symbol, its file, what is expected and what was found; compile time, if an
///         argument is no symbol with its data, or a symbol is there twice.
template <class... Bindings> [[nodiscard]] auto dataset(Bindings&&... bindings) {
  constexpr bool are_bound = sizeof...(Bindings) > 0 && (symbol_with_data<Bindings> && ...);
  static_assert(are_bound, "dataset(x = images, y = labels): give each symbol its data by assignment");
  if constexpr (are_bound) {
    using counts = symbol_counts<symbol_of<Bindings>...>;
    (check_source<symbol_name<symbol_of<Bindings>::name>, data_of<Bindings>,
                  counts::template of<symbol_of<Bindings>>>(),
     ...);
    constexpr bool are_fit = (is_fit<data_of<Bindings>, counts::template of<symbol_of<Bindings>>> && ...);
    if constexpr (are_fit)
      return make_dataset(std::forward<Bindings>(bindings)...);
    else
      return dataset_of<>({});
  } else {
    return dataset_of<>({});  // no second error follows
  }
}

}  // namespace fusegrad
