// SPDX-License-Identifier: BSL-1.0
// A formula as a contender: its model holds the parameters of the problem, its gradient is asked for as a
// user does.
#pragma once

#include "problems.hpp"

#include "fusegrad/fusegrad.hpp"

#include <memory>

namespace bench::layers {

/// `symbols` are the parameters, in the order of those of the problem.
template <class Input, class Loss, class... Symbols>
[[nodiscard]] implementation of_formula(const problem& from, Input input, Loss, Symbols... symbols) {
  constexpr Loss loss{};
  const auto data = fusegrad::dataset(input = std::span(from.inputs));
  struct state {
    fusegrad::model_of<Loss, float> model;
    fusegrad::value_with_gradient<Loss, float> result;
  };
  auto model = fusegrad::initialise<loss, float>(0);
  auto values = from.parameters.begin();
  ((model[symbols] = *values++), ...);
  const auto kept = std::make_shared<state>(state{model, fusegrad::value_and_grad(loss, model, data)});
  const auto run = [=] {
    kept->result = fusegrad::value_and_grad(loss, kept->model, data);
    return double(kept->result.value);
  };
  const auto gradient = [=] {
    std::vector<float> all;
    const auto append = [&](const auto& part) { all.insert(all.end(), part.begin(), part.end()); };
    (append(kept->result.gradient[symbols].values()), ...);
    return all;
  };
  return {run, gradient};
}

}  // namespace bench::layers
