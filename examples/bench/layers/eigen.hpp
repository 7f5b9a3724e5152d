// SPDX-License-Identifier: BSL-1.0
// Eigen as a contender: the gradient derived by hand, in expressions of matrices whose rows are those of the
// batch.
#pragma once

#include "problems.hpp"

#include <Eigen/Dense>

#include <memory>

namespace bench::layers {

using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using row_vector = Eigen::RowVectorXf;

[[nodiscard]] inline matrix matrix_of(const std::vector<float>& values, std::size_t rows,
                                      std::size_t columns) {
  return Eigen::Map<const matrix>(values.data(), Eigen::Index(rows), Eigen::Index(columns));
}

[[nodiscard]] inline row_vector vector_of(const std::vector<float>& values) {
  return Eigen::Map<const row_vector>(values.data(), Eigen::Index(values.size()));
}

/// Matrices and vectors, one after the other.
template <class... Parts> [[nodiscard]] std::vector<float> joined_parts(const Parts&... parts) {
  std::vector<float> all;
  (all.insert(all.end(), parts.data(), parts.data() + parts.size()), ...);
  return all;
}

/// `State` is made from the problem; `run` and `gradient` are its own.
template <class State> [[nodiscard]] implementation of_matrices(const problem& from) {
  const auto kept = std::make_shared<State>(from);
  return {[=] { return kept->run(); }, [=] { return kept->gradient(); }};
}

}  // namespace bench::layers
