// SPDX-License-Identifier: BSL-1.0
// What every user pays: all headers, no formula.
#include "fusegrad/fusegrad.hpp"

int main() {}
