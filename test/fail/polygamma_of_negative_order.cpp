// SPDX-License-Identifier: BSL-1.0
// expect: polygamma<order>(x): the order is 0 to 20
// expect: polygamma_of_negative_order.cpp:12:
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
#ifdef POSITIVE_TWIN
constexpr auto right = polygamma<2>(x);
#else
constexpr auto wrong = polygamma<-1>(x);
#endif
