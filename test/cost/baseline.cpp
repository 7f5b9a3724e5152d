// SPDX-License-Identifier: BSL-1.0
// The unit of compile time: what any program pays that includes the three libraries we build on.
#include <oneapi/tbb.h>
#include <boost/hana.hpp>
#include <xsimd/xsimd.hpp>

int main() {}
