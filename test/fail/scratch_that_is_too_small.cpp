// SPDX-License-Identifier: BSL-1.0
// expect: scratch_within<bytes>(formula): a tile of one register of rows needs more bytes than are allowed: allow
// expect: needs_bytes<3248>
// expect: allows_bytes<2048>
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

#ifdef POSITIVE_TWIN
constexpr int bytes = 3248;
#else
constexpr int bytes = 2048;
#endif

constexpr auto x = input<"x", 100>;
constexpr auto m = param<"m", 100>;
constexpr auto loss = scratch_within<bytes>(log1p(sum(square(x - m))));

int main() { return int(kernel_of<std::remove_const_t<decltype(loss)>, goal::gradient>::table.tile_rows); }
