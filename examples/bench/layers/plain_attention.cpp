// SPDX-License-Identifier: BSL-1.0
// Attention as plain loops, sequence by sequence.
#include "plain.hpp"
#include "plain_products.hpp"

#include <cmath>

namespace bench::layers {
namespace {

using namespace attention;

struct state {
  const float* inputs;
  std::vector<float> Q, K, V;
  std::vector<float> by_Q = Q, by_K = K, by_V = V;
  alignas(64) float q[tokens * width], k[tokens * width], v[tokens * width], result[tokens * width];
  alignas(64) float by_q[tokens * width], by_k[tokens * width], by_v[tokens * width];
  alignas(64) float share[tokens * tokens], by_share[tokens * tokens], turned[tokens * tokens];
  alignas(64) float across[width * tokens];  // something, transposed

  explicit state(const problem& from)
      : inputs(from.inputs.data()), Q(from.parameters[0]), K(from.parameters[1]), V(from.parameters[2]) {}

  double run() {
    for (std::vector<float>* each : {&by_Q, &by_K, &by_V}) std::fill(each->begin(), each->end(), 0.0F);
    double loss = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      const float* const x = inputs + r * tokens * width;
      forward(x);
      loss += plain::half_squares(result);
      backward(x);
    }
    return loss / double(rows);
  }

  void forward(const float* x) {
    plain::multiply_narrow<tokens, width, width>(x, Q.data(), q);
    plain::multiply_narrow<tokens, width, width>(x, K.data(), k);
    plain::multiply_narrow<tokens, width, width>(x, V.data(), v);
    plain::transpose<tokens, width>(k, across);
    plain::multiply_narrow<tokens, width, tokens>(q, across, share);
    for (std::size_t t = 0; t < tokens; ++t) softmax(share + t * tokens);
    plain::multiply_narrow<tokens, tokens, width>(share, v, result);
  }

  static void softmax(float* scores) {
    const float scale = 1 / std::sqrt(float(width));
    float greatest = scores[0], sum = 0;
    for (std::size_t t = 1; t < tokens; ++t) greatest = std::max(greatest, scores[t]);
    for (std::size_t t = 0; t < tokens; ++t) sum += scores[t] = std::exp(scale * (scores[t] - greatest));
    for (std::size_t t = 0; t < tokens; ++t) scores[t] /= sum;
  }

  /// The adjoint of the result is the result.
  void backward(const float* x) {
    plain::transpose<tokens, width>(v, across);
    plain::multiply_narrow<tokens, width, tokens>(result, across, by_share);
    plain::transpose<tokens, tokens>(share, turned);
    plain::multiply_narrow<tokens, tokens, width>(turned, result, by_v);
    for (std::size_t t = 0; t < tokens; ++t) through_softmax(share + t * tokens, by_share + t * tokens);
    plain::multiply_narrow<tokens, tokens, width>(by_share, k, by_q);
    plain::transpose<tokens, tokens>(by_share, turned);
    plain::multiply_narrow<tokens, tokens, width>(turned, q, by_k);
    plain::transpose<tokens, width>(x, across);
    plain::multiply_narrow<width, tokens, width, true>(across, by_q, by_Q.data());
    plain::multiply_narrow<width, tokens, width, true>(across, by_k, by_K.data());
    plain::multiply_narrow<width, tokens, width, true>(across, by_v, by_V.data());
  }

  static void through_softmax(const float* share, float* adjoint) {
    const float scale = 1 / std::sqrt(float(width));
    float mean = 0;
    for (std::size_t t = 0; t < tokens; ++t) mean += share[t] * adjoint[t];
    for (std::size_t t = 0; t < tokens; ++t) adjoint[t] = scale * share[t] * (adjoint[t] - mean);
  }

  std::vector<float> gradient() const { return plain::scaled(joined({by_Q, by_K, by_V}), rows); }
};

const entry loops{numbers, "plain loop", plain::of_state<state>};

}  // namespace
}  // namespace bench::layers
