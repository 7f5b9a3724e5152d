// SPDX-License-Identifier: BSL-1.0
// The robust loss of many pairs with explicit vectors of xsimd: one exponential, one logarithm and one
// division serve loss and gradient. Results are written past the caches. The exponential and the logarithm
// are those of the plain loops, with their terms in pairs; the functions of xsimd take half as long again.

#include "../peer.hpp"
#include "../problems.hpp"

#pragma GCC diagnostic push
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

namespace compare {
namespace {

using vector = xsimd::batch<float>;
constexpr std::size_t lanes = vector::size;
constexpr std::size_t together = 2;  // Vectors whose chains of operations do not depend on each other.
constexpr float freedom = robust_pairs::freedom;

[[gnu::always_inline]] inline void store_past_caches(float* to, const vector& value) {
#if defined(__AVX512F__)
  _mm512_stream_ps(to, value);
#elif defined(__AVX__)
  _mm256_stream_ps(to, value);
#elif defined(__SSE__)
  _mm_stream_ps(to, value);
#else
  value.store_aligned(to);
#endif
}

using integers = xsimd::batch<std::int32_t>;

[[gnu::always_inline]] inline vector add_multiplied(const vector& a, const vector& b, const vector& c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);  // xsimd 8.1 multiplies and adds here.
#else
  return xsimd::fma(a, b, c);
#endif
}

// exp for -87 <= x <= 0. Source: Cephes, expf.
[[gnu::always_inline]] inline vector exponential(const vector& x) {
  const vector shifter(12582912.0F);  // 1.5 * 2^23: a sum with it ends in a whole number.
  const vector shifted = add_multiplied(x, vector(1.44269504F), shifter);
  const vector power = shifted - shifter;
  const vector r =
      add_multiplied(power, vector(2.12194440e-4F), add_multiplied(power, vector(-0.693359375F), x));
  const vector r2 = r * r;
  const vector high = add_multiplied(vector(1.9875691500e-4F), r, vector(1.3981999507e-3F));
  const vector middle = add_multiplied(vector(8.3334519073e-3F), r, vector(4.1665795894e-2F));
  const vector low = add_multiplied(vector(1.6666665459e-1F), r, vector(5.0000001201e-1F));
  const vector terms = add_multiplied(add_multiplied(high, r2, middle), r2, low);
  const vector mantissa = add_multiplied(terms, r2, r) + vector(1);
  const integers exponent = xsimd::bitwise_cast<integers>(shifted) << 23;
  return xsimd::bitwise_cast<vector>(xsimd::bitwise_cast<integers>(mantissa) + exponent);
}

// The logarithm of a number that is not tiny. Source: Cephes, logf.
[[gnu::always_inline]] inline vector logarithm(const vector& x) {
  const integers least(std::bit_cast<std::int32_t>(0.70710678F));
  const integers bits = xsimd::bitwise_cast<integers>(x) - least;
  const vector power = xsimd::to_float(bits >> 23);
  const vector f = xsimd::bitwise_cast<vector>((bits & integers(0x7FFFFF)) + least) - vector(1);
  const vector f2 = f * f, f4 = f2 * f2;
  const vector a = add_multiplied(vector(7.0376836292e-2F), f, vector(-1.1514610310e-1F));
  const vector b = add_multiplied(vector(1.1676998740e-1F), f, vector(-1.2420140846e-1F));
  const vector c = add_multiplied(vector(1.4249322787e-1F), f, vector(-1.6668057665e-1F));
  const vector d = add_multiplied(vector(2.0000714765e-1F), f, vector(-2.4999993993e-1F));
  const vector high = add_multiplied(add_multiplied(a, f2, b), f4, add_multiplied(c, f2, d));
  const vector low = add_multiplied(vector(3.3333331174e-1F), f, vector(-0.5F));
  const vector terms = add_multiplied(high, f2, low);
  return add_multiplied(power, vector(0.69314718F), add_multiplied(terms, f2, f));
}

struct loss_and_slope {
  vector loss, slope;
};

// With u = exp(-2 |e|): cosh(e) = exp(|e|) (1 + u) / 2, tanh(|e|) = (1 - u) / (1 + u).
[[gnu::always_inline]] inline loss_and_slope differentiate(const vector& p, const vector& t,
                                                           const vector& share) {
  const vector e = p - t;
  const vector size = xsimd::abs(e);
  const vector u = exponential(xsimd::max(vector(-2) * size, vector(-87)));
  const vector squares = e * e + vector(freedom);
  const vector both = (vector(1) + u) * squares;
  const vector bounded = (vector(1) - u) | (e & vector(-0.0F));
  const vector slopes = bounded * squares + (e + e) * (vector(1) + u);
  return {size + logarithm(both * vector(0.5F / freedom)), slopes / both * share};
}

// Sums of this many rows keep their digits in float; whole vectors, and a multiple of a cache line.
constexpr std::size_t block = 4096;
static_assert(block % (together * lanes) == 0);

double add_whole_block(const float* p, const float* t, float share, float* gradient) {
  vector losses[together] = {vector(0), vector(0)};
  for (std::size_t row = 0; row < block; row += together * lanes)
    for (std::size_t k = 0; k < together; ++k) {
      const std::size_t here = row + k * lanes;
      const auto [loss, slope] =
          differentiate(vector::load_unaligned(p + here), vector::load_unaligned(t + here), vector(share));
      losses[k] += loss;
      store_past_caches(gradient + here, slope);
    }
  alignas(64) float sums[lanes];
  (losses[0] + losses[1]).store_aligned(sums);
  return double(std::accumulate(sums, sums + lanes, 0.0F));
}

double add_last_block(const float* p, const float* t, std::size_t rows, float share, float* gradient) {
  double loss = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const float e = p[row] - t[row];
    const float u = std::exp(-2 * std::fabs(e));
    loss += double(std::fabs(e) + std::log1p(u) - 0.69314718F + std::log1p(e * e / freedom));
    gradient[row] = (std::copysign((1 - u) / (1 + u), e) + 2 * e / (freedom + e * e)) * share;
  }
  return loss;
}

template <int Threads> training<robust_pairs> prepare(const robust_pairs& problem) {
  const std::size_t blocks = (problem.rows() + block - 1) / block;
  const auto sums = std::make_shared<std::vector<double>>(blocks);
  const auto threads = std::make_shared<tbb::task_arena>(Threads);
  return [=, &problem](robust_pairs::parameters& parameters) {
    const float share = 1.0F / float(problem.rows());
    const auto run = [&](const tbb::blocked_range<std::size_t>& range) {
      for (std::size_t which = range.begin(); which < range.end(); ++which) {
        const std::size_t row = which * block, rows = std::min(block, problem.rows() - row);
        const float* const p = &problem.predictions[row];
        const float* const t = &problem.targets[row];
        float* const gradient = parameters.gradient.data() + row;
        (*sums)[which] = rows == block ? add_whole_block(p, t, share, gradient)
                                       : add_last_block(p, t, rows, share, gradient);
      }
    };
    const tbb::blocked_range<std::size_t> all(0, blocks, 16);
    threads->execute([&] { Threads == 1 ? run(all) : tbb::parallel_for(all, run); });
    return std::accumulate(sums->begin(), sums->end(), 0.0) / double(problem.rows());
  };
}

const entry<robust_pairs> one_thread{"hand-written", 1, prepare<1>};
const entry<robust_pairs> two_threads{"hand-written", 2, prepare<2>};

}  // namespace
}  // namespace compare

#pragma GCC diagnostic pop
