// SPDX-License-Identifier: BSL-1.0
// Random formulas known to the C++ compiler: a pseudo-random generator in a constant expression composes
// them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>

#include "support/against_interpreter.hpp"

namespace fusegrad::law {

/// Numbers that look random. Source: Numerical Recipes, 3rd ed., section 7.1.4, the 64-bit LCG.
struct dice {
  std::uint64_t state;
  constexpr int operator()(int sides) {
    state = state * 2862933555777941757u + 3037000493u;
    return int((state >> 33) % std::uint64_t(sides));
  }
};

/// A formula of eight operations on vectors of four, drawn by a seed. Every operation keeps values of order
/// 1, so that a tolerance in roundings of the greatest value means something.
template <unsigned Seed> struct random_formula {
  static constexpr int operations = 8;

  constexpr ref operator()(ref x, ref z, ref y, ref w, ref M, ref b) const {
    dice roll{Seed * 1000003u + 17};
    std::array<ref, 3 + operations> values{x, z, w};
    int count = 3;
    // The newest value is an operand more often than not, so that formulas are deep.
    const auto any = [&] { return values[std::size_t(roll(2) == 0 ? count - 1 : roll(count))]; };
    while (count < 3 + operations) {
      const ref first = any(), second = any();
      values[std::size_t(count)] = draw(roll, first, second, y, M, b);
      ++count;
    }
    return sum(values.back() + values[std::size_t(3 + roll(operations))] * w);
  }

 private:
  static constexpr ref draw(dice& roll, ref a, ref c, ref y, ref M, ref b) {
    switch (roll(18)) {
      case 0: return tanh(a + c);
      case 1: return logistic(a) * c;
      case 2: return tanh(M * a / 2);
      case 3: return tanh(a * M / 2) - c;
      case 4: return where(a < c, a, tanh(c * b));
      case 5: return max(a, c) - min(a, b);
      case 6: return relu(a - 0.3) + softplus(c) / 2;
      case 7: return sqrt(1 + square(a)) - abs(c);
      case 8: return softmax(a + c);
      case 9: return (a - mean(a)) / sqrt(0.5 + mean(square(a)));
      case 10: return a / (1 + sum(square(c)));
      case 11: return log1p(square(a)) + exp(-square(c));
      case 12: return tanh(sum<0>(multiply(reshape<4, 1>(a), c)));
      case 13: return max<1>(tanh(multiply(reshape<4, 1>(a), c)));
      case 14: return one_hot(y) - a[y] * tanh(c);
      case 15: return transpose(M) * tanh(a) / 2 + b;
      case 16: return log_softmax(a) / 4 + logsumexp(tanh(c)) - 1;
      default: return pow<1.5>(1 + tanh(a) / 2) * tanh(mean_over_parameters(M, c));
    }
  }
  /// Work that belongs to the step where `c` is a parameter.
  static constexpr ref mean_over_parameters(ref M, ref c) { return mean<1>(M * transpose(M)) / 4 + c; }
};

/// The formula of a seed in the symbols that all of them share.
template <unsigned Seed> constexpr auto random_loss() {
  return trace(random_formula<Seed>{}, input<"x", 4>, target<"z", 4>, label<"y", 4>, param<"w", 4>,
               param<"M", 4, 4>, param<"b">);
}

/// The seed and the formula, for a reader of a failure.
template <unsigned Seed> std::string name_of_random() {
  const graph written = lowered<std::remove_const_t<decltype(random_loss<Seed>())>>();
  return "seed " + std::to_string(Seed) + ", " + to_text(written, written.outputs()[0].id).string();
}

/// Value and gradients in float and double.
template <unsigned Seed> void check_random_gradient() {
  test::gradient_agrees(name_of_random<Seed>(), random_loss<Seed>());
}

/// The values of the rows in float.
template <unsigned Seed> void check_random_rows() {
  using formula = decltype(random_loss<Seed>());
  test::agree_for_all_rows<formula, goal::rows, float>(name_of_random<Seed>());
}

}  // namespace fusegrad::law
