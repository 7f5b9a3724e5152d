// SPDX-License-Identifier: BSL-1.0
// How a matrix of weights lies in memory, and how products look at it.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/outer_product.hpp"

namespace fusegrad {

/// How a matrix of weights is stored: [outputs][inputs], as in `W * x`, or [inputs][outputs], as in `x * W`.
enum class weights_layout { outputs_by_inputs, inputs_by_outputs };

/// Whether a gradient replaces what is there or is added to it.
enum class accumulate { no, yes };

/// Element (output, input) of a matrix of weights.
template <weights_layout Layout, std::size_t Outputs, std::size_t Inputs, class Real>
[[nodiscard, gnu::always_inline]] inline auto by_output(Real* weights) noexcept {
  if constexpr (Layout == weights_layout::outputs_by_inputs)
    return strided<Real, Inputs, 1>{weights};
  else
    return strided<Real, 1, Outputs>{weights};
}

/// Element (input, output) of a matrix of weights.
template <weights_layout Layout, std::size_t Outputs, std::size_t Inputs, class Real>
[[nodiscard, gnu::always_inline]] inline auto by_input(Real* weights) noexcept {
  if constexpr (Layout == weights_layout::outputs_by_inputs)
    return strided<Real, 1, Inputs>{weights};
  else
    return strided<Real, Outputs, 1>{weights};
}

}  // namespace fusegrad
