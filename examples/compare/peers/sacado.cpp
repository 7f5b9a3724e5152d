// SPDX-License-Identifier: BSL-1.0
// Sacado, in both modes: numbers that carry their derivatives by the three parameters, and a list of what was
// computed, which is walked backwards.

#include "../peer.hpp"
#include "../problems.hpp"

#include <Sacado_No_Kokkos.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace compare {
namespace {

constexpr int inputs = linear_regression::features + 1;

template <class Number>
Number batch_loss(const linear_regression& problem, const std::uint32_t* rows,
                  const std::array<Number, inputs>& at) {
  Number sum = 0.0F;
  for (std::size_t i = 0; i < problem.batch; ++i) {
    const float* x = &problem.inputs[2 * std::size_t(rows[i])];
    const Number residual = x[0] * at[0] + x[1] * at[1] + at[2] - problem.targets[rows[i]];
    sum += residual * residual;
  }
  return sum / float(2 * problem.batch);
}

struct value_and_gradient {
  float value;
  std::array<float, inputs> gradient;
};

struct forward_mode {
  using number = Sacado::Fad::SFad<float, inputs>;
  static value_and_gradient differentiate(const linear_regression& problem, const std::uint32_t* rows,
                                          const std::array<float, inputs>& at) {
    const number loss = batch_loss<number>(
        problem, rows, {number(inputs, 0, at[0]), number(inputs, 1, at[1]), number(inputs, 2, at[2])});
    return {loss.val(), {loss.dx(0), loss.dx(1), loss.dx(2)}};
  }
};

struct reverse_mode {
  using number = Sacado::Rad::ADvar<float>;
  static value_and_gradient differentiate(const linear_regression& problem, const std::uint32_t* rows,
                                          const std::array<float, inputs>& at) {
    const std::array<number, inputs> variables = {at[0], at[1], at[2]};
    const number loss = batch_loss(problem, rows, variables);
    number::Gradcomp();
    return {loss.val(), {variables[0].adj(), variables[1].adj(), variables[2].adj()}};
  }
};

template <class Mode>
double train(const linear_regression& problem, linear_regression::parameters& parameters) {
  std::array<float, inputs> at = {parameters.weights[0], parameters.weights[1], parameters.bias};
  double loss = 0;
  for (std::size_t first = 0; first < problem.order.size(); first += problem.batch) {
    if (first % problem.rows() == 0) loss = 0;
    const auto [value, gradient] = Mode::differentiate(problem, &problem.order[first], at);
    for (std::size_t n = 0; n < at.size(); ++n) at[n] -= problem.learning_rate * gradient[n];
    loss += double(value);
  }
  parameters = {{at[0], at[1]}, at[2]};
  return loss * double(problem.batch) / double(problem.rows());
}

const entry<linear_regression> forward{"Sacado, forward", 1,
                                       unprepared<linear_regression>(train<forward_mode>)};
const entry<linear_regression> reverse{"Sacado, reverse", 1,
                                       unprepared<linear_regression>(train<reverse_mode>)};

}  // namespace
}  // namespace compare
