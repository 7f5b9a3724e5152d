// SPDX-License-Identifier: BSL-1.0
// Looks for what would go wrong with a compiled loss: extreme values, the drift of float against double, bits
// that depend on threads. Only this door sees the formula's type; the work is done in src/audit.cpp.
#pragma once

#include <cstddef>
#include <exception>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "fusegrad/train/probe.hpp"

namespace fusegrad {

/// How much is looked at.
struct audit_options {
  std::size_t rows = 4;      // the first rows of the data
  std::size_t elements = 3;  // of each symbol that take extreme values, spread over all of them
};

/// What can go wrong at an extreme value.
enum class hazard {
  not_finite,   // the kernel gives NaN or infinity where the formula has a number
  lost_digits,  // the kernel is off by more than a hundredth
  hidden_nan,   // a NaN that matters leaves loss and gradients finite
};
[[nodiscard]] std::string_view name_of(hazard what);

/// One hazard: the mildest value of a symbol that shows it.
struct audit_finding {
  hazard what = hazard::not_finite;
  std::string symbol;  // empty: the data as they are
  std::string place;   // "x(2)"
  std::size_t row = 0;
  bool of_rows = false;
  double value = 0;    // that was put there
  std::string result;  // "the loss", "gradient of W(0, 3)"
  double found = 0;
  double expected = 0;
};

/// What float loses against double, for the loss and for the gradient by each symbol: the greatest difference,
/// as a part of the greatest number.
struct precision_drift {
  std::string result;
  double relative = 0;
};

/// What an audit has found. As a condition it is true if there is no hazard and the bits do not depend on the
/// number of threads.
struct audit_report {
  std::vector<audit_finding> findings;
  std::vector<precision_drift> drifts;
  std::vector<int> thread_counts;
  bool same_bits = true;            // for all of them
  std::size_t rows_on_threads = 0;  // the rows, repeated until there is work to share
  std::size_t tried = 0;            // extreme values, one at a time
  std::size_t rows = 0;

  [[nodiscard]] explicit operator bool() const { return findings.empty() && same_bits; }
  friend std::ostream& operator<<(std::ostream& to, const audit_report& shown);
};

/// The audit of the kernels of one loss at one place. `in_float`: extreme values go to the kernel in float.
[[nodiscard]] audit_report audit_kernels(const probed_kernel<float>& floats,
                                         const probed_kernel<double>& doubles, bool in_float,
                                         const probed_point& at, const audit_options& options);

/// Tries a compiled loss with extreme values: `std::cout << audit(loss, model, data);`.
///     0, -0, the least numbers, +-100, +-1000, +-10,000, the greatest numbers, infinities and NaN are put into
///     each symbol, one element at a time. Loss and gradients of the kernel are compared with the formula as it
///     was written in long double, whose exponentials overflow from 11,356 on only, or else with its stable
///     form. Then float is compared with double, and 1, 2, 3 and 8 threads with each other.
/// Scalars: as those of value_and_grad, with random_seed where the formula draws numbers.
/// Errors:  compile time, as value_and_grad. What is wrong with the numbers is in the result.
/// Threads: while it runs, oneTBB may use 8 threads, however many processors there are.
/// Cost:    the kernel is compiled in float and in double; each extreme value is one step of the kernel and
///          two evaluations of formula and gradient by the interpreter.
template <class Formula, class TrainedFormula, class Real, rows_of_data Rows, symbol_with_data... Scalars>
[[nodiscard]] audit_report audit(Formula, const model_of<TrainedFormula, Real>& model, const Rows& rows,
                                 const audit_options& options, const Scalars&... scalars) {
  constexpr bool own = std::is_same_v<Formula, TrainedFormula>;
  check_model<own>();
  using call = call_of<TrainedFormula, goal::gradient, dataset_behind<Rows>, model_of<TrainedFormula, Real>,
                       Scalars...>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (own && call::complete)
    return audit_kernels(probed_kernel_of<Formula, float>(), probed_kernel_of<Formula, double>(),
                         std::is_same_v<Real, float>,
                         point_of<Formula, Real>(as_batch(rows), options.rows, model, scalars...), options);
  else
    std::terminate();
}
template <class Formula, class TrainedFormula, class Real, rows_of_data Rows, symbol_with_data... Scalars>
[[nodiscard]] audit_report audit(Formula loss, const model_of<TrainedFormula, Real>& model, const Rows& rows,
                                 const Scalars&... scalars) {
  return audit(loss, model, rows, audit_options{}, scalars...);
}

/// The same for a loss of parameters alone: `audit(loss, model)`.
template <class Formula, class TrainedFormula, class Real, symbol_with_data... Scalars>
[[nodiscard]] audit_report audit(Formula loss, const model_of<TrainedFormula, Real>& model,
                                 const Scalars&... scalars) {
  const row_without_data once;
  return audit(loss, model, once.rows(), scalars...);
}

}  // namespace fusegrad
