// SPDX-License-Identifier: BSL-1.0
// expect: clamp<low, high>(x): low must not be greater than high
// expect: clamp_of_exchanged_limits.cpp:12:
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
#ifdef POSITIVE_TWIN
constexpr auto right = clamp<-1, 1>(x);
#else
constexpr auto wrong = clamp<1, -1>(x);
#endif
