// SPDX-License-Identifier: BSL-1.0
// The interpreter: evaluates a graph node by node, naively and in wide precision. Every kernel is tested
// against it.
#pragma once

#include <cstddef>
#include <vector>

#include "fusegrad/graph/graph.hpp"

namespace fusegrad {

/// The values of each symbol of a graph, in the order of its symbols: rows x elements for what belongs to
/// rows, else the elements once. The row count needs none.
template <class Real> using symbol_values = std::vector<std::vector<Real>>;

/// The value of every node: rows x elements at row level, else the elements once.
/// Cost:   all intermediate values are kept; meant for tests, not for speed.
/// Errors: std::logic_error, if an operation has no value of its own (a gradient that was not expanded), or
/// if a
///         symbol has the wrong number of values.
template <class Real>
[[nodiscard]] std::vector<std::vector<Real>> interpret(const graph& of, const symbol_values<Real>& values,
                                                       std::size_t rows);

extern template std::vector<std::vector<double>> interpret(const graph&, const symbol_values<double>&,
                                                           std::size_t);
extern template std::vector<std::vector<long double>> interpret(const graph&,
                                                                const symbol_values<long double>&,
                                                                std::size_t);

}  // namespace fusegrad
