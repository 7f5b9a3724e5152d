// SPDX-License-Identifier: BSL-1.0
// Symbols: the named leaves of a formula. A symbol is empty; data meet it by assignment at the call.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include "fusegrad/base/fixed_string.hpp"
#include "fusegrad/op/words.hpp"

namespace fusegrad {

/// A symbol and the data that the user assigned to it. `Data` is a reference to what has a name, and a value
/// for what has none: a temporary is moved in, so that a binding that is kept refers to nothing that is gone.
template <class Symbol, class Data> struct binding {
  using symbol_type = Symbol;
  Data data;
};

template <class Type> inline constexpr bool is_binding = false;
template <class Symbol, class Data> inline constexpr bool is_binding<binding<Symbol, Data>> = true;

/// A named leaf. Two symbols of one name are one symbol.
template <fixed_string Name, symbol_role Role, int Classes, int... Extents> struct named_symbol {
  static_assert(!Name.view().empty(), "a symbol has a name: input<\"x\", 784>");
  static_assert(((Extents > 0 && Extents <= int(tensor_shape::extent_mask)) && ...),
                "an extent of a symbol is a number from 1 to 2097151: input<\"x\", 784>");
  static_assert(Role != symbol_role::label || Classes > 0,
                "a label has at least one class: label<\"y\", 10>");

  using formula_tag = void;

  static constexpr auto name = Name;
  static constexpr symbol_role role = Role;
  static constexpr int classes = Classes;
  static constexpr tensor_shape extents{Extents...};

  /// The symbol as graphs know it.
  [[nodiscard]] static constexpr symbol description() { return {name.view(), role, extents, classes}; }

  /// Gives the symbol its data: `dataset(x = images, y = labels)`.
  template <class Data> constexpr binding<named_symbol, Data> operator=(Data&& data) const {
    return {std::forward<Data>(data)};
  }

  /// Gives a symbol of rows a few numbers: `x = {1.f, 2.f}`.
  template <class Element>
  constexpr binding<named_symbol, std::vector<Element>> operator=(std::initializer_list<Element> data) const
      requires(Role == symbol_role::input || Role == symbol_role::target || Role == symbol_role::label) {
    return {data};
  }

  /// The element of the class that a label names, or each of several labels.
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

// `auto`: a compiler then names the user's line if the symbol cannot be.

/// Features of a row: `input<"x", 784>`; without extents a single number.
template <fixed_string Name, int... Extents>
inline constexpr auto input = named_symbol<Name, symbol_role::input, 0, Extents...>{};

/// The real number, or vector, that a model is to predict: `target<"y">`.
template <fixed_string Name, int... Extents>
inline constexpr auto target = named_symbol<Name, symbol_role::target, 0, Extents...>{};

/// The class that a model is to predict, 0 to `Classes` - 1: `label<"y", 10>`. With extents several of them
/// in a row, such as the words of a sentence: `label<"words", 1000, 12>`.
template <fixed_string Name, int Classes, int... Extents>
inline constexpr auto label = named_symbol<Name, symbol_role::label, Classes, Extents...>{};

/// A tensor that is learned: `param<"W", 10, 784>`.
template <fixed_string Name, int... Extents>
inline constexpr auto param = named_symbol<Name, symbol_role::parameter, 0, Extents...>{};

/// A number that is given at each step: `scalar<"lambda">`.
template <fixed_string Name> inline constexpr auto scalar = named_symbol<Name, symbol_role::scalar, 0>{};

/// What the random numbers of a step are drawn with, such as those of dropout: `random_seed = 7` in the call
/// of `value_and_grad`. Each step wants another one; `trainer` and `fit` count their steps themselves.
inline constexpr auto random_seed = named_symbol<"random_seed", symbol_role::random_seed, 0>{};

}  // namespace fusegrad
