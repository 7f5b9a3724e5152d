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

/// Checks that a table can be the rows of a symbol.
/// Errors: data_error naming the symbol, what its rows need and what was found: no rows, another width, or a
///         label that is no class (with its row).
void check_rows(const symbol& named, const table& rows);

/// Checks that so many numbers are whole rows of a symbol.
/// Errors: data_error naming the symbol, the width of its rows and the count.
void check_size(const symbol& named, std::size_t numbers);

/// Checks that two symbols have equally many rows.
/// Errors: data_error naming both symbols and both counts.
void check_row_counts(const symbol& first, const table& rows, const symbol& second, const table& others);

/// A symbol's name as part of a type, for diagnostics.
template <fixed_string Name> struct symbol_name {};

/// What can become the rows of a symbol.
template <class Data>
concept row_source =
    std::is_constructible_v<table, Data> || std::is_constructible_v<table, Data, std::size_t>;

/// Fails with a sentence if the data of a symbol cannot be its rows.
template <class SymbolName, class Data> constexpr void check_source() {
  static_assert(row_source<Data>,
                "the data of a symbol: a std::vector or std::span of uint8_t, int32_t, float or double, a "
                "table or an idx_file");
}

/// Makes the rows of a symbol of what the user gave: a vector is copied or moved in, a span is borrowed, a
/// table or a file is shared. Vectors and spans take the symbol's width.
template <named Symbol, class Data> [[nodiscard]] table make_table(Data&& data) {
  constexpr std::size_t width = std::size_t(Symbol::extents.elements());
  if constexpr (std::is_constructible_v<table, Data, std::size_t>) {
    check_size(Symbol::description(), data.size());
    table rows(std::forward<Data>(data), width);
    check_rows(Symbol::description(), rows);
    return rows;
  } else if constexpr (row_source<Data>) {
    table rows(std::forward<Data>(data));
    check_rows(Symbol::description(), rows);
    return rows;
  } else {
    return table(std::vector<float>(width), width);  // no second error follows that of check_source
  }
}

/// Rows for some symbols. Copies share their elements.
template <named... Symbols> class dataset_of {
 public:
  using map_type = hana::map<hana::pair<hana::type<Symbols>, table>...>;

  explicit dataset_of(map_type tables) : tables_(std::move(tables)) {}

  /// Whether a symbol has rows here.
  template <named Symbol> static constexpr bool has = (std::is_same_v<Symbol, Symbols> || ...);

  [[nodiscard]] std::size_t rows() const noexcept {
    return hana::at_key(tables_, hana::type_c<first>).rows();
  }

  /// The rows of one symbol.
  template <named Symbol> [[nodiscard]] const table& operator[](Symbol) const noexcept {
    static_assert(has<Symbol>, "this dataset has no rows for that symbol");
    return tables_[hana::type_c<Symbol>];
  }

 private:
  template <class First, class...> struct first_of { using type = First; };
  using first = typename first_of<Symbols...>::type;

  map_type tables_;
};

/// Gives symbols their rows: `dataset(x = images, y = labels)`.
/// Data:   a std::vector is copied or moved in, a std::span is borrowed, a table or a loaded file is shared.
/// Errors: data_error naming the symbol, what is expected and what was found.
template <class... Bindings> [[nodiscard]] auto dataset(Bindings&&... bindings) {
  static_assert(sizeof...(Bindings) > 0, "dataset(x = ..., y = ...): give at least one symbol its data");
  (check_source<symbol_name<std::remove_cvref_t<Bindings>::symbol_type::name>,
                decltype(std::forward<decltype(bindings.data)>(bindings.data))>(),
   ...);
  dataset_of<typename std::remove_cvref_t<Bindings>::symbol_type...> result(
      hana::make_map(hana::make_pair(hana::type_c<typename std::remove_cvref_t<Bindings>::symbol_type>,
                                     make_table<typename std::remove_cvref_t<Bindings>::symbol_type>(
                                         std::forward<decltype(bindings.data)>(bindings.data)))...));
  const auto check = [&]<class First, class... Rest>(std::type_identity<First>, std::type_identity<Rest>...) {
    (check_row_counts(First::description(), result[First{}], Rest::description(), result[Rest{}]), ...);
  };
  check(std::type_identity<typename std::remove_cvref_t<Bindings>::symbol_type>{}...);
  return result;
}

}  // namespace fusegrad
