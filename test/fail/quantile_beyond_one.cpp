// SPDX-License-Identifier: BSL-1.0
// expect: quantile_loss: a quantile lies between 0 and 1
// expect: quantile_beyond_one.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto p = input<"p">;
constexpr auto t = target<"t">;

#ifdef POSITIVE_TWIN
constexpr auto right = quantile_loss<0.95>(p, t);
#else
constexpr auto wrong = quantile_loss<95.0>(p, t);
#endif
