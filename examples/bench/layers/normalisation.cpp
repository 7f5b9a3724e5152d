// SPDX-License-Identifier: BSL-1.0
// layer_norm as a formula.
#include "formula.hpp"

namespace bench::layers {
namespace {

using namespace fusegrad;
namespace sizes = normalisation;

constexpr auto x = input<"x", int(sizes::width)>;
constexpr auto shift = param<"shift", int(sizes::width)>;
constexpr auto gain = param<"gain", int(sizes::width)>;
constexpr auto bias = param<"bias", int(sizes::width)>;
constexpr auto loss = sum(square(layer_norm<sizes::epsilon>(x + shift, gain, bias))) / 2_c;

const entry ours{sizes::numbers, "fusegrad",
                 [](const problem& from) { return of_formula(from, x, loss, shift, gain, bias); }};

}  // namespace
}  // namespace bench::layers
