// SPDX-License-Identifier: BSL-1.0
// Checks the gradient of a compiled kernel against differences of the formula as it was written, and says
// where the two disagree. Only this door sees the formula's type; the work is done in src/check_gradient.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "fusegrad/train/probe.hpp"
#include "fusegrad/train/wrt.hpp"

namespace fusegrad {

/// How much is checked, and how closely.
struct gradient_check_options {
  std::size_t rows = 16;      // the first rows of the data
  std::size_t elements = 32;  // of a symbol that are checked one by one; more are checked along directions
  double tolerance = 0;       // relative; 0: 1e-3 for float, 1e-6 for double
  std::uint64_t seed = 1;     // of the directions
  std::size_t most_findings = 8;  // of one symbol
};

/// What became of one derivative.
enum class gradient_verdict {
  agrees,
  kink,        // the differences to both sides disagree, each by itself is consistent
  edge,        // a side has no derivative: a jump, an infinite slope, the end of the domain
  differs,     // the formula has a derivative here, and the kernel another one
  not_finite,  // the kernel's derivative, or its loss, is NaN or infinite
};
[[nodiscard]] std::string_view name_of(gradient_verdict verdict);

/// The derivative of one row alone.
struct gradient_of_row {
  std::size_t row = 0;
  double found = 0;
  double expected = 0;
};

/// A derivative that is worth a word: all but those that agree.
struct gradient_finding {
  gradient_verdict verdict = gradient_verdict::agrees;
  std::string symbol;
  std::size_t element = 0;  // of the symbol; of a column of data, of all rows, row-major
  std::string place;        // the same as the user would write it: "W(3, 17)"
  double found = 0;         // by the kernel
  double expected = 0;      // by differences of both sides
  double left = 0;          // by those of one side
  double right = 0;
  double allowed = 0;                  // difference of the two
  std::optional<gradient_of_row> row;  // where one row is to blame, not all of them
  bool only_here = false;              // beside this point, on both sides, the kernel is right
};

/// An operation whose own derivative is wrong at the values that it meets.
struct operation_to_blame {
  std::string operation;
  std::string formula;  // the value that it makes
  int operand = 0;
  std::size_t row = 0;
  double found = 0;  // of a tensor, along a random direction
  double expected = 0;
};

/// What a check has found. As a condition it is true if no derivative differs; a kink is no error, as long as
/// the kernel's derivative lies between those of its sides.
struct gradient_check {
  std::vector<gradient_finding> findings;
  std::vector<operation_to_blame> operations;  // looked for where a derivative differs
  std::size_t rows = 0;                        // that were looked at
  std::size_t rows_of_data = 0;                // that there are
  std::size_t elements = 0;                    // checked one by one
  std::size_t along_directions = 0;            // checked together with others of their symbol
  double greatest_error = 0;                   // of those that agree, as a part of what is allowed

  [[nodiscard]] explicit operator bool() const;
  friend std::ostream& operator<<(std::ostream& to, const gradient_check& shown);
};

/// The check of one kernel at one place.
template <class Real>
[[nodiscard]] gradient_check check_kernel(const probed_kernel<Real>& kernel, const probed_point& at,
                                          const gradient_check_options& options);
extern template gradient_check check_kernel(const probed_kernel<float>&, const probed_point&,
                                            const gradient_check_options&);
extern template gradient_check check_kernel(const probed_kernel<double>&, const probed_point&,
                                            const gradient_check_options&);

namespace checking {

/// One check of a call that is complete.
template <class Formula, class Real, class Dataset, class Model, class... Scalars>
[[nodiscard]] gradient_check run(const batch<Dataset>& rows, const gradient_check_options& options,
                                 const Model& model, const Scalars&... scalars) {
  const probed_point at = point_of<Formula, Real>(rows, options.rows, model, scalars...);
  return check_kernel(probed_kernel_of<Formula, Real>(), at, options);
}

}  // namespace checking

/// Compares the gradient of the compiled kernel, by every parameter, with differences of the formula as it
/// was written, in long double, extrapolated to step 0: `std::cout << check_gradient(loss, model, data);`.
/// Scalars: as those of value_and_grad, with random_seed where the formula draws numbers.
/// Shape:   up to 32 elements of a parameter are checked one by one. Of more all are checked at once, along
///          two random directions; where these disagree, the element to blame is searched by halves.
/// Rounds:  what the kernel's own rounding does to a derivative is measured, by moving every parameter by
///          units in the last place, and allowed beside the tolerance.
/// Errors:  compile time, as value_and_grad. What is wrong with the numbers is in the result.
/// Cost:    about 20 evaluations of the formula by the interpreter for each element, more where one is wrong;
///          compiles no kernel that value_and_grad does not.
/// Source:  Ridders 1982, "Accurate computation of F'(x) and F'(x) F''(x)".
template <class Formula, class TrainedFormula, class Real, rows_of_data Rows, symbol_with_data... Scalars>
[[nodiscard]] gradient_check check_gradient(Formula, const model_of<TrainedFormula, Real>& model,
                                            const Rows& rows, const gradient_check_options& options,
                                            const Scalars&... scalars) {
  constexpr bool own = std::is_same_v<Formula, TrainedFormula>;
  check_model<own>();
  using call = call_of<TrainedFormula, goal::gradient, dataset_behind<Rows>, model_of<TrainedFormula, Real>,
                       Scalars...>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (own && call::complete)
    return checking::run<Formula, Real>(as_batch(rows), options, model, scalars...);
  else
    std::terminate();
}
template <class Formula, class TrainedFormula, class Real, rows_of_data Rows, symbol_with_data... Scalars>
[[nodiscard]] gradient_check check_gradient(Formula loss, const model_of<TrainedFormula, Real>& model,
                                            const Rows& rows, const Scalars&... scalars) {
  return check_gradient(loss, model, rows, gradient_check_options{}, scalars...);
}

/// The same for a loss of parameters alone: `check_gradient(loss, model)`.
template <class Formula, class TrainedFormula, class Real, symbol_with_data... Scalars>
[[nodiscard]] gradient_check check_gradient(Formula loss, const model_of<TrainedFormula, Real>& model,
                                            const Scalars&... scalars) {
  const row_without_data once;
  return check_gradient(loss, model, once.rows(), scalars...);
}

/// The same by symbols of one's choice, columns of data among them: `check_gradient(loss, wrt(p), model,
/// data)`. A derivative by data belongs to a row, which is named.
template <whole_formula Formula, named... Symbols, class TrainedFormula, class Real, rows_of_data Rows,
          symbol_with_data... Scalars>
[[nodiscard]] gradient_check check_gradient(Formula, wrt_symbols<Symbols...>,
                                            const model_of<TrainedFormula, Real>& model, const Rows& rows,
                                            const gradient_check_options& options,
                                            const Scalars&... scalars) {
  using differentiated = formula_differentiated_by<Formula, Symbols...>;
  using call = call_of<differentiated, goal::gradient, dataset_behind<Rows>, model_of<TrainedFormula, Real>,
                       Scalars...>;
  (differentiating::check_symbol<symbol_name<Symbols::name>, differentiating::is_real<Symbols>,
                                 differentiating::is_known<Formula, Symbols>()>(),
   ...);
  if constexpr (differentiating::are_fit<Formula, Symbols...>) {
    diagnose<call::trouble.kind, typename call::facts>();
    check_symbols<call::lacks.kind, typename call::symbol>();
    if constexpr (call::complete)
      return checking::run<differentiated, Real>(as_batch(rows), options, model, scalars...);
  }
  std::terminate();
}
template <whole_formula Formula, named... Symbols, class TrainedFormula, class Real, rows_of_data Rows,
          symbol_with_data... Scalars>
[[nodiscard]] gradient_check check_gradient(Formula loss, wrt_symbols<Symbols...> by,
                                            const model_of<TrainedFormula, Real>& model, const Rows& rows,
                                            const Scalars&... scalars) {
  return check_gradient(loss, by, model, rows, gradient_check_options{}, scalars...);
}

}  // namespace fusegrad
