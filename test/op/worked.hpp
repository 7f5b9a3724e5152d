// SPDX-License-Identifier: BSL-1.0
// Worked cases: formulas of symbols with values, evaluated for one row, also in a constant expression.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/twice.hpp"
#include "fusegrad/op/words.hpp"
#include "fusegrad/pass/differentiate.hpp"

namespace fusegrad::test {

using numbers = std::vector<double>;

/// A graph whose symbols have values. Refs point into it: it stays where it is.
class worked {
 public:
  worked() = default;
  worked(const worked&) = delete;
  worked& operator=(const worked&) = delete;

  constexpr ref number(double value) { return tensor({}, {value}); }
  constexpr ref vector(std::initializer_list<double> values) { return tensor({int(values.size())}, values); }
  constexpr ref tensor(const tensor_shape& extents, std::initializer_list<double> values) {
    return add(symbol_role::parameter, extents, 0, values);
  }
  constexpr ref label(int classes, int value) {
    return add(symbol_role::label, {}, classes, {double(value)});
  }
  constexpr ref labels(int classes, const tensor_shape& extents, std::initializer_list<double> values) {
    return add(symbol_role::label, extents, classes, values);
  }

  [[nodiscard]] constexpr const graph& in() const { return in_; }
  [[nodiscard]] constexpr problem_kind trouble() const { return in_.trouble().kind; }

  [[nodiscard]] constexpr numbers value(ref of) const { return value_in(in_, of.id); }

  /// The gradient of a scalar by a symbol.
  [[nodiscard]] constexpr numbers gradient(ref of, ref by) const {
    const int symbols[] = {by->payload.symbol};
    const graph differentiated = differentiate(in_, of.id, symbols, true);
    return value_in(differentiated, differentiated.outputs().back().id);
  }

  /// The gradient of the gradient by the same symbol, a scalar.
  [[nodiscard]] constexpr numbers second_gradient(ref of, ref by) const {
    const int symbols[] = {by->payload.symbol};
    const graph once = differentiate(in_, of.id, symbols, true);
    const graph twice = differentiate(once, once.outputs().back().id, symbols, true);
    return value_in(twice, twice.outputs().back().id);
  }

  /// The value of a node of another graph of the same symbols.
  [[nodiscard]] constexpr numbers value_of(const graph& in, node_id wanted) const {
    return value_in(in, wanted);
  }

  [[nodiscard]] constexpr bool prints(ref of, std::string_view wanted) const {
    return to_text(in_, of.id).view() == wanted;
  }

 private:
  constexpr ref add(symbol_role role, const tensor_shape& extents, int classes,
                    std::initializer_list<double> values) {
    constexpr std::string_view names[] = {"a", "b", "c", "d"};
    values_.emplace_back(values);
    return symbol_in(in_, {names[values_.size() - 1], role, extents, classes});
  }

  /// Node after node; the mean over one row is the value of that row.
  [[nodiscard]] constexpr numbers value_in(const graph& in, node_id wanted) const {
    std::vector<numbers> values;
    for (int i = 0; i <= wanted.value; ++i) {
      const node& of = in[node_id{i}];
      tensor_view<const double> operands[max_operands];
      for (int k = 0; k < of.arity; ++k)
        operands[k] = {in[of.operands[k]].extents, values[std::size_t(of.operands[k].value)].data()};
      numbers result(std::size_t(of.extents.elements()), 0.0);
      if (of.payload.symbol >= 0)
        result = values_[std::size_t(of.payload.symbol)];
      else if (of.op->family == operation_family::row_mean)
        result = values[std::size_t(of.operands[0].value)];
      else
        of.op->evaluate(of, operands, {of.extents, result.data()});
      values.push_back(result);
    }
    return values.back();
  }

  graph in_;
  std::vector<numbers> values_;
};

}  // namespace fusegrad::test
