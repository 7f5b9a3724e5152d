// SPDX-License-Identifier: BSL-1.0
// The interpreter in the number types that every operation has a value in.
#include "fusegrad/run/interpreter.hpp"

#include <type_traits>

namespace fusegrad {
namespace {

template <class Real> evaluate_function<Real> function_of(const node& of) {
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

}  // namespace

template <class Real>
std::vector<std::vector<Real>> interpret(const graph& of, const symbol_values<Real>& values,
                                         std::size_t rows) {
  return interpreter<Real>(of, values, rows, function_of<Real>).run();
}

template std::vector<std::vector<double>> interpret(const graph&, const symbol_values<double>&, std::size_t);
template std::vector<std::vector<long double>> interpret(const graph&, const symbol_values<long double>&,
                                                         std::size_t);

}  // namespace fusegrad
