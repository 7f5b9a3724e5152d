// SPDX-License-Identifier: BSL-1.0
// The rows of the library's own operations stand in the library (src/operations.cpp), so that no object of a
// user's contains their printing, interpreting and differentiating. A row that is missing here only costs
// time; a row of a user's operation is compiled where it is used.
#pragma once

#include "fusegrad/op/arithmetic.hpp"
#include "fusegrad/op/compare.hpp"
#include "fusegrad/op/contract.hpp"
#include "fusegrad/op/exponential.hpp"
#include "fusegrad/op/gradient.hpp"
#include "fusegrad/op/logsumexp.hpp"
#include "fusegrad/op/pick.hpp"
#include "fusegrad/op/reduce.hpp"
#include "fusegrad/op/rows.hpp"

namespace fusegrad {

extern template const operation row_of<abs_op>;
extern template const operation row_of<add_op>;
extern template const operation row_of<argmax_op>;
extern template const operation row_of<broadcast_op>;
extern template const operation row_of<constant_op>;
extern template const operation row_of<contract_op>;
extern template const operation row_of<copy_op>;
extern template const operation row_of<divide_op>;
extern template const operation row_of<equal_op>;
extern template const operation row_of<exp_op>;
extern template const operation row_of<expm1_op>;
extern template const operation row_of<gradient_op>;
extern template const operation row_of<less_equal_op>;
extern template const operation row_of<less_op>;
extern template const operation row_of<log1p_op>;
extern template const operation row_of<log_op>;
extern template const operation row_of<logistic_op>;
extern template const operation row_of<logsumexp_op>;
extern template const operation row_of<max_op>;
extern template const operation row_of<min_op>;
extern template const operation row_of<multiply_op>;
extern template const operation row_of<negate_op>;
extern template const operation row_of<not_equal_op>;
extern template const operation row_of<one_hot_op>;
extern template const operation row_of<pick_op>;
extern template const operation row_of<position_op>;
extern template const operation row_of<pow_op>;
extern template const operation row_of<reduce_max_op>;
extern template const operation row_of<relu_op>;
extern template const operation row_of<reshape_op>;
extern template const operation row_of<row_mean_op>;
extern template const operation row_of<softplus_op>;
extern template const operation row_of<sqrt_op>;
extern template const operation row_of<square_op>;
extern template const operation row_of<stop_gradient_op>;
extern template const operation row_of<subtract_op>;
extern template const operation row_of<sum_op>;
extern template const operation row_of<symbol_op>;
extern template const operation row_of<tanh_op>;
extern template const operation row_of<transpose_op>;
extern template const operation row_of<where_op>;

}  // namespace fusegrad
