// SPDX-License-Identifier: BSL-1.0
// The rows of the library's own operations stand in the library (src/operations.cpp), so that no object of a
// user's contains their printing, interpreting and differentiating. A row that is missing here only costs
// time; a row of a user's operation is compiled where it is used.
#pragma once

#include "fusegrad/op/activation.hpp"
#include "fusegrad/op/arithmetic.hpp"
#include "fusegrad/op/as_written.hpp"
#include "fusegrad/op/batch_norm.hpp"
#include "fusegrad/op/compare.hpp"
#include "fusegrad/op/concat.hpp"
#include "fusegrad/op/contract.hpp"
#include "fusegrad/op/cumsum.hpp"
#include "fusegrad/op/error_function.hpp"
#include "fusegrad/op/exponential.hpp"
#include "fusegrad/op/gamma.hpp"
#include "fusegrad/op/gather.hpp"
#include "fusegrad/op/gradient.hpp"
#include "fusegrad/op/jacobian.hpp"
#include "fusegrad/op/jvp.hpp"
#include "fusegrad/op/logsumexp.hpp"
#include "fusegrad/op/pick.hpp"
#include "fusegrad/op/prod.hpp"
#include "fusegrad/op/random.hpp"
#include "fusegrad/op/reduce.hpp"
#include "fusegrad/op/repetition.hpp"
#include "fusegrad/op/rounding.hpp"
#include "fusegrad/op/rows.hpp"
#include "fusegrad/op/scratch_within.hpp"
#include "fusegrad/op/strided.hpp"
#include "fusegrad/op/take.hpp"
#include "fusegrad/op/trigonometric.hpp"

namespace fusegrad {

/// The operations of the library.
// clang-format off
#define FUSEGRAD_LIBRARY_OPERATIONS(each) \
  each(abs_op) each(acos_op) each(acosh_op) each(add_at_op) each(add_op) each(advance_op) \
  each(argmax_op) each(as_written_op) each(asin_op) each(asinh_op) each(atan2_op) each(atan_op) \
  each(atanh_op) each(broadcast_op) each(carry_op) each(cbrt_op) each(ceil_op) each(concat_op) \
  each(constant_op) each(contract_op) each(copy_op) each(copysign_op) each(cos_op) each(cosh_op) \
  each(coshm1_op) each(cumsum_op) each(digamma_op) each(divide_op) each(dropout_op) each(element_op) \
  each(equal_op) each(erf_op) each(erfc_op) each(erfcx_op) each(exp2_op) each(exp_op) each(expm1_op) \
  each(floor_op) each(fma_op) each(gather_op) each(gaussian_noise_op) each(gradient_op) each(hypot_op) \
  each(jacobian_op) each(jvp_op) each(last_carry_op) each(less_equal_op) each(less_op) each(lgamma_op) \
  each(log10_op) each(log1mexp_op) each(log1p_op) each(log2_op) each(log_cosh_op) \
  each(log_cosh_slope_op) each(log_erfc_op) each(log_erfc_slope_op) each(log_normal_cdf_op) \
  each(log_normal_cdf_slope_op) each(log_op) each(logaddexp_op) each(logical_and_op) \
  each(logical_not_op) each(logical_or_op) each(logistic_op) each(logit_op) each(logsumexp_op) \
  each(max_op) each(min_op) each(multiply_op) each(negate_op) each(normal_cdf_op) each(not_equal_op) \
  each(one_hot_op) each(pick_op) each(place_at_label_op) each(polygamma_op) each(position_op) \
  each(pow_op) each(power_op) each(prod_op) each(reduce_max_op) each(relu_op) each(reshape_op) \
  each(round_op) each(row_mean_op) each(scaled_coshm1_op) each(scatter_op) each(scratch_within_op) each(shift_op) \
  each(sign_op) each(sin_op) each(sinh_op) each(softplus_op) each(softsign_op) each(sqrt_op) each(square_op) \
  each(stacked_op) each(step_number_op) each(stop_gradient_op) each(strided_op) each(subtract_op) \
  each(sum_op) each(symbol_op) each(take_op) each(tan_op) each(tanh_op) each(transpose_op) each(vjp_op) \
  each(when_training_op) each(where_op) each(xlogy_op)
// clang-format on

#define FUSEGRAD_STANDS_IN_LIBRARY(op)     \
  extern template struct functions_of<op>; \
  extern template const operation row_of<op>;
FUSEGRAD_LIBRARY_OPERATIONS(FUSEGRAD_STANDS_IN_LIBRARY)
#undef FUSEGRAD_STANDS_IN_LIBRARY

}  // namespace fusegrad
