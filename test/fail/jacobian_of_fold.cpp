// SPDX-License-Identifier: BSL-1.0
// expect: jacobian and hessian: fold, scan and operations without `carry` take no further axis
// expect: jacobian_of_fold.cpp:18:
#include "fusegrad/train/evaluate.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 5, 3>;
constexpr auto h = param<"h", 3>;
constexpr auto last = fold([](auto v, auto e) { return tanh(v + e); }, h, x);

auto slopes(const std::vector<float>& features) {
  const auto model = initialise<last>(1);
  const auto data = dataset(x = features);
#ifdef POSITIVE_TWIN
  return predict(grad(sum(last), h), model, data);
#else
  return predict(jacobian(last, h), model, data);
#endif
}
