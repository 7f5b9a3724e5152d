// SPDX-License-Identifier: BSL-1.0
// The library's operations, compiled once: see op/library_rows.hpp.
#include "fusegrad/op/words.hpp"

namespace fusegrad {

template const operation row_of<abs_op>;
template const operation row_of<add_op>;
template const operation row_of<argmax_op>;
template const operation row_of<broadcast_op>;
template const operation row_of<constant_op>;
template const operation row_of<contract_op>;
template const operation row_of<copy_op>;
template const operation row_of<divide_op>;
template const operation row_of<equal_op>;
template const operation row_of<exp_op>;
template const operation row_of<expm1_op>;
template const operation row_of<gradient_op>;
template const operation row_of<less_equal_op>;
template const operation row_of<less_op>;
template const operation row_of<log1p_op>;
template const operation row_of<log_op>;
template const operation row_of<logistic_op>;
template const operation row_of<logsumexp_op>;
template const operation row_of<max_op>;
template const operation row_of<min_op>;
template const operation row_of<multiply_op>;
template const operation row_of<negate_op>;
template const operation row_of<not_equal_op>;
template const operation row_of<one_hot_op>;
template const operation row_of<pick_op>;
template const operation row_of<position_op>;
template const operation row_of<pow_op>;
template const operation row_of<reduce_max_op>;
template const operation row_of<relu_op>;
template const operation row_of<reshape_op>;
template const operation row_of<row_mean_op>;
template const operation row_of<softplus_op>;
template const operation row_of<sqrt_op>;
template const operation row_of<square_op>;
template const operation row_of<stop_gradient_op>;
template const operation row_of<subtract_op>;
template const operation row_of<sum_op>;
template const operation row_of<symbol_op>;
template const operation row_of<tanh_op>;
template const operation row_of<transpose_op>;
template const operation row_of<where_op>;

}  // namespace fusegrad
