// SPDX-License-Identifier: BSL-1.0
// Attention as a formula.
#include "formula.hpp"

namespace bench::layers {
namespace {

using namespace fusegrad;
namespace sizes = bench::layers::attention;

constexpr int tokens = sizes::tokens, width = sizes::width;
constexpr auto x = input<"x", tokens, width>;
constexpr auto Q = param<"Q", width, width>;
constexpr auto K = param<"K", width, width>;
constexpr auto V = param<"V", width, width>;
constexpr auto seen = fusegrad::attention(x * Q, x* K, x* V);
constexpr auto loss = sum(square(seen)) / 2_c;

const entry ours{sizes::numbers, "fusegrad",
                 [](const problem& from) { return of_formula(from, x, loss, Q, K, V); }};

}  // namespace
}  // namespace bench::layers
