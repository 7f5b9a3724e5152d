// SPDX-License-Identifier: BSL-1.0
// Programs that sweep over the rows more than once: each sweep is a kernel of its own, whose results are
// parameters of those that follow.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "fusegrad/kernel/kernel.hpp"
#include "fusegrad/run/executor.hpp"

namespace fusegrad {

namespace sweeping {

/// Where the statistics of a program lie: per symbol, and the end.
template <class Program> constexpr auto places_of_statistics() {
  constexpr auto& symbols = Program::plan.symbols;
  constexpr std::size_t grain = 16;  // numbers: a cache line of floats
  std::array<std::size_t, symbols.size() + 1> places{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    places[i] = at;
    if (symbols[i].role == symbol_role::statistic)
      at += (std::size_t(symbols[i].extents.elements()) + grain - 1) / grain * grain;
  }
  places[symbols.size()] = at;
  return places;
}

/// Runs one of the earlier sweeps; whether all that it has found is finite.
template <class Program, class Real>
bool run_earlier(executor_pool<Real>& pool, step_data<Real> data, Real* statistics,
                 const std::size_t* places) {
  std::array<Real*, Program::plan.outputs.size()> outputs{};
  for (std::size_t i = 0; i < outputs.size(); ++i)
    outputs[i] = statistics + places[Program::plan.outputs[i].symbol];
  data.outputs = outputs.data();
  return pool.borrow(kernel<Program>::table)->run(data).finite_gradient;
}

}  // namespace sweeping

/// Runs all sweeps of a program. A row that is not finite is named by the last one.
/// Rounds:  each sweep as an executor; the same bits for any number of threads.
/// Cost:    what an earlier sweep has computed for each row is computed again where it is needed; no
/// allocation
///          once it has run with as many rows.
template <class Program>
step_report run_sweeps(executor_pool<typename Program::real>& pool, step_data<typename Program::real> data) {
  using real = typename Program::real;
  static constexpr auto places = sweeping::places_of_statistics<Program>();
  auto last = pool.borrow(kernel<Program>::table);
  real* const statistics = last->statistics(places.back());
  std::array<const real*, Program::plan.symbols.size()> parameters{};
  for (std::size_t i = 0; i < parameters.size(); ++i)
    parameters[i] =
        Program::plan.symbols[i].role == symbol_role::statistic ? statistics + places[i] : data.parameters[i];
  data.parameters = parameters.data();
  bool finite = true;
  [&]<int... Sweep>(std::integer_sequence<int, Sweep...>) {
    ((finite = sweeping::run_earlier<typename Program::template sweep<Sweep + 1>>(pool, data, statistics,
                                                                                  places.data()) &&
               finite),
     ...);
  }
  (std::make_integer_sequence<int, Program::earlier_sweeps>{});
  step_report report = last->run(data);
  report.finite_gradient = report.finite_gradient && finite;
  return report;
}

}  // namespace fusegrad
