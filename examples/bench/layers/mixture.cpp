// SPDX-License-Identifier: BSL-1.0
// A mixture of normal distributions as a formula, written as in examples/11_gaussian_mixture.cpp.
#include "formula.hpp"

namespace bench::layers {
namespace {

using namespace fusegrad;
namespace sizes = mixture;

constexpr int width = sizes::width, packed = sizes::packed;
constexpr auto x = input<"x", width>;
constexpr auto shares = param<"shares", int(sizes::clusters)>;
constexpr auto m1 = param<"m1", width>;
constexpr auto m2 = param<"m2", width>;
constexpr auto m3 = param<"m3", width>;
constexpr auto m4 = param<"m4", width>;
constexpr auto f1 = param<"f1", packed>;
constexpr auto f2 = param<"f2", packed>;
constexpr auto f3 = param<"f3", packed>;
constexpr auto f4 = param<"f4", packed>;

constexpr auto log_normal(formula auto mean, formula auto factor) {
  const auto F = lower_triangular<width>(factor);
  return sum(log(abs(diagonal(F)))) - sum(square(F * (x - mean))) / 2_c;
}

constexpr auto log_densities =
    stack(log_normal(m1, f1), log_normal(m2, f2), log_normal(m3, f3), log_normal(m4, f4));
constexpr auto loss = -logsumexp(log_softmax(shares) + log_densities);

const entry ours{sizes::numbers, "fusegrad", [](const problem& from) {
                   return of_formula(from, x, loss, shares, m1, m2, m3, m4, f1, f2, f3, f4);
                 }};

}  // namespace
}  // namespace bench::layers
