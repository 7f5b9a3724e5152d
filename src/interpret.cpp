// SPDX-License-Identifier: BSL-1.0
// One visit per node in topological order, one loop over the rows inside it.
#include "fusegrad/run/interpret.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>

namespace fusegrad {
namespace {

template <class Real> class interpreter {
 public:
  interpreter(const graph& of, const symbol_values<Real>& symbols, std::size_t rows)
      : graph_(of), symbols_(symbols), rows_(rows), values_(std::size_t(of.size())) {}

  std::vector<std::vector<Real>> run() {
    for (int i = 0; i < graph_.size(); ++i) values_[std::size_t(i)] = value_of(graph_[node_id{i}]);
    return std::move(values_);
  }

 private:
  static std::size_t elements(const node& of) { return std::size_t(of.extents.elements()); }
  std::size_t rows_of(const node& of) const { return of.depends == level::row ? rows_ : 1; }

  std::vector<Real> value_of(const node& of) const {
    if (of.payload.symbol >= 0) return symbol_value(of);
    if (of.op->family == operation_family::row_mean) return mean_over_rows(of);
    return each_row(of);
  }

  std::vector<Real> symbol_value(const node& of) const {
    const symbol& named = graph_.symbols()[std::size_t(of.payload.symbol)];
    if (named.role == symbol_role::row_count) return {Real(rows_)};
    const std::vector<Real>& given = symbols_.at(std::size_t(of.payload.symbol));
    if (given.size() != elements(of) * rows_of(of))
      throw std::logic_error("interpret: symbol " + std::string(named.name) + " needs " +
                             std::to_string(elements(of) * rows_of(of)) + " values, found " +
                             std::to_string(given.size()));
    return given;
  }

  std::vector<Real> mean_over_rows(const node& of) const {
    const std::vector<Real>& operand = values_[std::size_t(of.operands[0].value)];
    const bool varies = graph_[of.operands[0]].depends == level::row;
    std::vector<Real> mean(elements(of), 0);
    const std::size_t rows = varies ? rows_ : 1;
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += operand[row * mean.size() + i];
    for (Real& each : mean) each /= Real(rows);
    return mean;
  }

  std::vector<Real> each_row(const node& of) const {
    const evaluate_function<Real> evaluate = function_of(of);
    std::vector<Real> result(elements(of) * rows_of(of));
    for (std::size_t row = 0; row < rows_of(of); ++row) {
      tensor_view<const Real> operands[max_operands];
      for (int k = 0; k < of.arity; ++k) operands[k] = operand_at(of.operands[k], row);
      evaluate(of, operands, {of.extents, result.data() + row * elements(of)});
    }
    return result;
  }

  tensor_view<const Real> operand_at(node_id id, std::size_t row) const {
    const node& of = graph_[id];
    const std::size_t offset = of.depends == level::row ? row * elements(of) : 0;
    return {of.extents, values_[std::size_t(id.value)].data() + offset};
  }

  evaluate_function<Real> function_of(const node& of) const {
    evaluate_function<Real> evaluate = nullptr;
    if constexpr (std::is_same_v<Real, double>)
      evaluate = of.op->evaluate;
    else
      evaluate = of.op->evaluate_long;
    if (evaluate == nullptr)
      throw std::logic_error("interpret: the operation " + std::string(of.op->name) +
                             " has no value of its own");
    return evaluate;
  }

  const graph& graph_;
  const symbol_values<Real>& symbols_;
  std::size_t rows_;
  std::vector<std::vector<Real>> values_;
};

}  // namespace

template <class Real>
std::vector<std::vector<Real>> interpret(const graph& of, const symbol_values<Real>& values,
                                         std::size_t rows) {
  return interpreter<Real>(of, values, rows).run();
}

template std::vector<std::vector<double>> interpret(const graph&, const symbol_values<double>&, std::size_t);
template std::vector<std::vector<long double>> interpret(const graph&, const symbol_values<long double>&,
                                                         std::size_t);

}  // namespace fusegrad
