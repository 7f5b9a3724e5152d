// SPDX-License-Identifier: BSL-1.0
// expect: gaussian_noise<sigma>(v): the standard deviation is not negative
// expect: gaussian_noise_deviation.cpp:13:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;

#ifdef POSITIVE_TWIN
constexpr auto noisy = gaussian_noise<0.5>(x);
#else
constexpr auto noisy = gaussian_noise<-1>(x);
#endif
