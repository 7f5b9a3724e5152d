// SPDX-License-Identifier: BSL-1.0
// Compiled three times. FUSEGRAD_VERSION is compiled_for_baseline, compiled_for_avx2 or compiled_for_avx512.
#include "model.hpp"

#include "fusegrad/fusegrad.hpp"

namespace FUSEGRAD_VERSION {

using namespace fusegrad;

constexpr auto x = input<"x", 20>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", 20>;
constexpr auto b = param<"b">;
constexpr auto logit = dot(w, x) + b;
constexpr auto loss = softplus(logit) - y * logit;  // logistic regression

fitted train(const std::vector<float>& features, const std::vector<float>& classes) {
  const auto data = dataset(x = features, y = classes);
  auto model = initialise<loss>(1, w = normal(0, 0.01));
  fit(loss, model, data, sgd{.learning_rate = 0.1}, {.epochs = 10, .batch_size = 100, .log = nullptr});
  fitted result{simd::name_of<native_arch>(), {}, model[b], evaluate(loss, model, data)};
  for (std::size_t i = 0; i < 20; ++i) result.weights.push_back(model[w](i));
  return result;
}

}  // namespace FUSEGRAD_VERSION
