// SPDX-License-Identifier: BSL-1.0
// All that a program finds for one step, to be compared bit by bit.
#pragma once

#include <cstddef>
#include <vector>

#include "support/against_interpreter.hpp"

namespace fusegrad::test {

/// A loss and its gradient by every parameter.
template <class Formula, class Real>
using gradient_of_loss = program<Formula, goal::gradient, Real, native_arch>;

/// The results of a program, one after the other; `run` is given the step.
template <class Program, class Run> std::vector<float> results_of(const given_values<float>& given, Run run) {
  std::vector<std::vector<float>> results;
  std::vector<float*> places;
  for (const plan_output& each : Program::plan.outputs)
    results.emplace_back(std::size_t(each.extents.elements()), -77.f);
  for (auto& each : results) places.push_back(each.data());
  run(given.step(places.data()));
  std::vector<float> all;
  for (const auto& each : results) all.insert(all.end(), each.begin(), each.end());
  return all;
}

}  // namespace fusegrad::test
