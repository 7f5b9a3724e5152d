// SPDX-License-Identifier: BSL-1.0
// expect: fashion_mnist(x, y): y is a label of 10 classes
// expect: fashion_mnist_of_other_classes.cpp:15:
#include "fusegrad/data/fashion_mnist.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto two = label<"two", 2>;

#ifdef POSITIVE_TWIN
auto read() { return fashion_mnist(x, y); }
#else
auto read() { return fashion_mnist(x, two); }
#endif
