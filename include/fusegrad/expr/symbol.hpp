// SPDX-License-Identifier: BSL-1.0
// Symbols: the named leaves of a formula. A symbol is empty; data meet it by assignment at the call.
#pragma once

#include <utility>

#include "fusegrad/base/fixed_string.hpp"
#include "fusegrad/op/words.hpp"

namespace fusegrad {

/// A symbol and the data that the user assigned to it. Lives for one full expression: it refers to the data.
template <class Symbol, class Data> struct binding {
  using symbol_type = Symbol;
  Data&& data;
};

/// A named leaf. Two symbols of one name are one symbol.
template <fixed_string Name, symbol_role Role, int Classes, int... Extents> struct named_symbol {
  using formula_tag = void;

  static constexpr auto name = Name;
  static constexpr symbol_role role = Role;
  static constexpr int classes = Classes;
  static constexpr shape extents{Extents...};

  /// The symbol as graphs know it.
  [[nodiscard]] static constexpr symbol description() { return {name.view(), role, extents, classes}; }

  /// Gives the symbol its data: `dataset(x = images, y = labels)`.
  template <class Data> constexpr binding<named_symbol, Data> operator=(Data&& data) const {
    return {std::forward<Data>(data)};
  }

  /// The element of the class that a label names.
  template <formula Label> constexpr auto operator[](Label label) const {
    return call<pick_function>(*this, label);
  }
  template <number Index> constexpr auto operator[](Index) const { refuse_index<Index>(); }
};

template <class Type> inline constexpr bool is_symbol = false;
template <fixed_string Name, symbol_role Role, int Classes, int... Extents>
inline constexpr bool is_symbol<named_symbol<Name, Role, Classes, Extents...>> = true;

/// A symbol of whatever role.
template <class Type>
concept named = is_symbol<Type>;

/// A symbol whose values are learned.
template <class Type>
concept parameter_symbol = named<Type> &&(Type::role == symbol_role::parameter);

/// Features of a row: `input<"x", 784>`; without extents a single number.
template <fixed_string Name, int... Extents>
inline constexpr named_symbol<Name, symbol_role::input, 0, Extents...> input{};

/// The real number, or vector, that a model is to predict: `target<"y">`.
template <fixed_string Name, int... Extents>
inline constexpr named_symbol<Name, symbol_role::target, 0, Extents...> target{};

/// The class that a model is to predict, 0 to `Classes` - 1: `label<"y", 10>`.
template <fixed_string Name, int Classes>
inline constexpr named_symbol<Name, symbol_role::label, Classes> label{};

/// A tensor that is learned: `param<"W", 10, 784>`.
template <fixed_string Name, int... Extents>
inline constexpr named_symbol<Name, symbol_role::parameter, 0, Extents...> param{};

/// A number that is given at each step: `scalar<"lambda">`.
template <fixed_string Name> inline constexpr named_symbol<Name, symbol_role::scalar, 0> scalar{};

}  // namespace fusegrad
