// SPDX-License-Identifier: BSL-1.0
// A dense layer as plain loops.
#include "plain.hpp"
#include "plain_products.hpp"

namespace bench::layers {
namespace {

using namespace dense;

struct state {
  const float* x;
  std::vector<float> W, b;
  std::vector<float> results = std::vector<float>(rows * outputs);
  std::vector<float> inputs_of_rows = std::vector<float>(inputs * rows);
  std::vector<float> adjoints_of_rows = std::vector<float>(outputs * rows);
  std::vector<float> by_W = W, by_b = b;

  explicit state(const problem& from) : x(from.inputs.data()), W(from.parameters[0]), b(from.parameters[1]) {}

  double run() {
    plain::multiply_long<rows, outputs, inputs>(x, W.data(), results.data());
    std::fill(by_b.begin(), by_b.end(), 0.0F);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t o = 0; o < outputs; ++o) {
        float& each = results[r * outputs + o];
        each = std::max(each + b[o], 0.0F);
        by_b[o] += each;  // the adjoint is the result
      }
    plain::transpose<rows, inputs>(x, inputs_of_rows.data());
    plain::transpose<rows, outputs>(results.data(), adjoints_of_rows.data());
    plain::multiply_long<outputs, inputs, rows>(adjoints_of_rows.data(), inputs_of_rows.data(), by_W.data());
    for (float& each : by_W) each /= float(rows);
    for (float& each : by_b) each /= float(rows);
    return plain::half_squares(results) / double(rows);
  }

  std::vector<float> gradient() const { return joined({by_W, by_b}); }
};

const entry loops{numbers, "plain loop", plain::of_state<state>};

}  // namespace
}  // namespace bench::layers
