// SPDX-License-Identifier: BSL-1.0
// expect: fashion_mnist(x, y): x is an input of 784 pixels
// expect: fashion_mnist_of_other_pixels.cpp:15:
#include "fusegrad/data/fashion_mnist.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto small = input<"small", 28>;

#ifdef POSITIVE_TWIN
auto read() { return fashion_mnist(x, y); }
#else
auto read() { return fashion_mnist(small, y); }
#endif
