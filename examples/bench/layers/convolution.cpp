// SPDX-License-Identifier: BSL-1.0
// A layer of convolutions as a formula.
#include "formula.hpp"

namespace bench::layers {
namespace {

using namespace fusegrad;
namespace sizes = convolution;

constexpr int side = sizes::side, kernel = sizes::kernel, channels = sizes::channels;
constexpr auto x = input<"x", side * side>;
constexpr auto K = param<"K", channels, 1, kernel, kernel>;
constexpr auto c = param<"c", channels, 1, 1>;
constexpr auto image = reshape<1, side, side>(x);
constexpr auto loss = sum(square(relu(conv2d<1, int(sizes::padding)>(image, K) + c))) / 2_c;

const entry ours{sizes::numbers, "fusegrad",
                 [](const problem& from) { return of_formula(from, x, loss, K, c); }};

}  // namespace
}  // namespace bench::layers
