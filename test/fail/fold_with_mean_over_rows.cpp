// SPDX-License-Identifier: BSL-1.0
// expect: fold and scan: the body cannot hold a mean over the rows of the batch of what it carries
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x">;
constexpr auto a = param<"a">;

#ifdef POSITIVE_TWIN
constexpr auto loss = fold<3>([](auto v) { return v * a - mean_over_rows(x); }, x);
#else
constexpr auto loss = fold<3>([](auto v) { return v * a - mean_over_rows(v); }, x);
#endif

int main() { return int(kernel_of<std::remove_const_t<decltype(loss)>, goal::gradient>::table.tile_rows); }
