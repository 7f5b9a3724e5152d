// SPDX-License-Identifier: BSL-1.0
// Two layers of convolutions as a formula.
#include "formula.hpp"

namespace bench::layers {
namespace {

using namespace fusegrad;
namespace sizes = two_convolutions;

constexpr int side = sizes::side, kernel = sizes::kernel, channels = sizes::channels;
constexpr int next_channels = sizes::next_channels;
constexpr auto x = input<"x", side * side>;
constexpr auto K = param<"K", channels, 1, kernel, kernel>;
constexpr auto c = param<"c", channels, 1, 1>;
constexpr auto L = param<"L", next_channels, channels, kernel, kernel>;
constexpr auto d = param<"d", next_channels, 1, 1>;
constexpr auto image = reshape<1, side, side>(x);
constexpr auto first = mean_pool2d<2>(relu(conv2d<1, int(sizes::padding)>(image, K) + c));
constexpr auto loss = sum(square(relu(conv2d(first, L) + d))) / 2_c;

const entry ours{sizes::numbers, "fusegrad",
                 [](const problem& from) { return of_formula(from, x, loss, K, c, L, d); }};

}  // namespace
}  // namespace bench::layers
