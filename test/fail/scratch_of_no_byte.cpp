// SPDX-License-Identifier: BSL-1.0
// expect: scratch_within<bytes>(v): a kernel cannot do with less than one byte of scratch
// expect: scratch_of_no_byte.cpp:13:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;

#ifdef POSITIVE_TWIN
constexpr auto bounded = scratch_within<1>(x);
#else
constexpr auto bounded = scratch_within<0>(x);
#endif
