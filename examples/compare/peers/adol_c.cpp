// SPDX-License-Identifier: BSL-1.0
// ADOL-C, which writes operations on a tape and walks it backwards. Once with a tape per step, as in its
// first examples, and once with a tape that is kept, the rows of a batch being parameters of the tape. In
// double: ADOL-C has no other number.

#include "../peer.hpp"
#include "../problems.hpp"

#include <adolc/adolc.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace compare {
namespace {

constexpr int inputs = linear_regression::features + 1;
constexpr std::size_t numbers_per_row = linear_regression::features + 1;  // And the target.
using point = std::array<double, inputs>;
using batch_numbers = std::array<double, linear_regression::batch * numbers_per_row>;

batch_numbers gathered(const linear_regression& problem, const std::uint32_t* rows) {
  batch_numbers numbers;
  double* next = numbers.data();
  for (std::size_t i = 0; i < problem.batch; ++i) {
    const std::size_t row = rows[i];
    *next++ = double(problem.inputs[2 * row]);
    *next++ = double(problem.inputs[2 * row + 1]);
    *next++ = double(problem.targets[row]);
  }
  return numbers;
}

// Writes the loss of a batch on the tape `tag`. `given` makes of a number what stands on the tape for it.
template <class Given>
double write_tape(short tag, const batch_numbers& numbers, const point& at, Given given) {
  double loss = 0;
  trace_on(tag, 1);  // Keeps the values that the way back needs.
  std::array<adouble, inputs> variables;
  for (std::size_t n = 0; n < at.size(); ++n) variables[n] <<= at[n];
  adouble sum = 0;
  for (const double* row = numbers.data(); row != numbers.data() + numbers.size(); row += numbers_per_row) {
    // In statements of their own: parameters of a tape count in the order in which they are made.
    const auto x0 = given(row[0]);
    const auto x1 = given(row[1]);
    const auto y = given(row[2]);
    const adouble residual = x0 * variables[0] + x1 * variables[1] + variables[2] - y;
    sum += residual * residual;
  }
  sum /= double(2 * linear_regression::batch);
  sum >>= loss;
  trace_off();
  return loss;
}

// Walks backwards over the values of the last way forward.
void gradient_from_tape(short tag, point& gradient) {
  double weight_of_loss = 1;
  fos_reverse(tag, 1, inputs, &weight_of_loss, gradient.data());
}

struct tape_per_step {
  static constexpr short tag = 1;
  void prepare(const linear_regression&) const {}
  double differentiate(const batch_numbers& numbers, const point& at, point& gradient) const {
    const double loss = write_tape(tag, numbers, at, [](double number) { return number; });
    gradient_from_tape(tag, gradient);
    return loss;
  }
};

struct tape_kept {
  static constexpr short tag = 2;
  void prepare(const linear_regression& problem) const {
    write_tape(tag, gathered(problem, problem.order.data()), {},
               [](double number) { return mkparam(number); });
  }
  double differentiate(batch_numbers& numbers, const point& at, point& gradient) const {
    double loss = 0;
    set_param_vec(tag, numbers.size(), numbers.data());
    zos_forward(tag, 1, inputs, 1, at.data(), &loss);
    gradient_from_tape(tag, gradient);
    return loss;
  }
};

template <class Tape> training<linear_regression> prepare(const linear_regression& problem) {
  const Tape tape;
  tape.prepare(problem);
  return [&problem, tape](linear_regression::parameters& parameters) {
    point at = {double(parameters.weights[0]), double(parameters.weights[1]), double(parameters.bias)};
    point gradient;
    double loss = 0;
    for (std::size_t first = 0; first < problem.order.size(); first += problem.batch) {
      if (first % problem.rows() == 0) loss = 0;
      batch_numbers numbers = gathered(problem, &problem.order[first]);
      loss += tape.differentiate(numbers, at, gradient);
      for (std::size_t n = 0; n < at.size(); ++n) at[n] -= double(problem.learning_rate) * gradient[n];
    }
    parameters = {{float(at[0]), float(at[1])}, float(at[2])};
    return loss * double(problem.batch) / double(problem.rows());
  };
}

const entry<linear_regression> per_step{"ADOL-C, a tape per step", 1, prepare<tape_per_step>};
const entry<linear_regression> kept{"ADOL-C, one tape", 1, prepare<tape_kept>};

}  // namespace
}  // namespace compare
