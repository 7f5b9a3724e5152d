// SPDX-License-Identifier: BSL-1.0
// A dense layer as a formula.
#include "formula.hpp"

namespace bench::layers {
namespace {

using namespace fusegrad;

constexpr auto x = input<"x", int(dense::inputs)>;
constexpr auto W = param<"W", int(dense::outputs), int(dense::inputs)>;
constexpr auto b = param<"b", int(dense::outputs)>;
constexpr auto loss = sum(square(relu(W * x + b))) / 2_c;

const entry ours{dense::numbers, "fusegrad",
                 [](const problem& from) { return of_formula(from, x, loss, W, b); }};

}  // namespace
}  // namespace bench::layers
