// SPDX-License-Identifier: BSL-1.0
// Random numbers in registers: those of random_uniform, for every row; and kernels that draw them.
#define BOOST_TEST_MODULE random
#include "fusegrad/kernel/random.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <limits>

#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

template <class Arch, class Real> void registers_draw_what_rows_draw() {
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr random_key keys[] = {{0, 0}, {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF}, {0x0123456789ABCDEF, 77}};
  std::array<std::uint32_t, count> rows{};
  for (std::size_t i = 0; i < count; ++i) rows[i] = std::uint32_t(i * i * 2654435761u);
  for (const random_key& key : keys)
    for (std::uint32_t element : {0u, 1u, 2u, 3u, 4u, 783u})
      for (std::size_t first : {std::size_t(0), std::size_t(1000)}) {
        alignas(64) Real found[count];
        simd::store_aligned(found, random_numbers<Arch, Real>(key, rows.data(), first, 9, element));
        for (std::size_t i = 0; i < count; ++i)
          BOOST_TEST(double(found[i]) == random_uniform(key, rows[i] + std::uint32_t(first), 9, element));
      }
}

constexpr auto x = input<"x", 21>;
constexpr auto t = target<"t">;
constexpr auto W = param<"W", 13, 21>;
constexpr auto v = param<"v", 13>;
constexpr auto hidden = dropout<0.3>(tanh(W * dropout<0.25>(x)));
constexpr auto loss = squared_error(dot(v, dropout<0.5>(hidden)), t);
constexpr auto gradient_of_evaluation = grad(loss, v);

}  // namespace

BOOST_AUTO_TEST_CASE(registers_draw_the_numbers_of_their_rows) {
  registers_draw_what_rows_draw<native_arch, float>();
  registers_draw_what_rows_draw<native_arch, double>();
  registers_draw_what_rows_draw<scalar_arch, float>();
  registers_draw_what_rows_draw<scalar_arch, double>();
}

// Forward and backward pass, shuffled rows and padded tiles: the interpreter is given the numbers.
BOOST_AUTO_TEST_CASE(dropout_in_a_kernel_equals_the_interpreter) { gradient_agrees("dropout", loss); }

BOOST_AUTO_TEST_CASE(noise_in_a_kernel_equals_the_interpreter) {
  constexpr auto noisy = tanh(gaussian_noise<0.25>(W * gaussian_noise<0.5>(x)));
  gradient_agrees("noise", squared_error(dot(v, noisy) + gaussian_noise<2>(t), dropout<0.5>(t)));
}

// Elements beside each other share a block of numbers; read backwards, or of two values in turn, they do not.
BOOST_AUTO_TEST_CASE(shared_blocks_are_told_apart) {
  constexpr auto meets = trace(
      [](auto features) {
        const ref one = random_uniform_in(*features.in, {21});
        const ref other = random_uniform_in(*features.in, {21});
        const ref single = random_uniform_in(*features.in, {});
        return sum(multiply(one, features) * single - multiply(reverse<0>(one), other) - other);
      },
      x);
  rows_agree("two values in turn", meets);
}

// Random values themselves, in a product, in a mean over rows, transposed and summed.
BOOST_AUTO_TEST_CASE(random_values_meet_steps_that_are_no_loops) {
  constexpr auto meets = trace(
      [](auto features, auto matrix) {
        const ref noise = random_uniform_in(*features.in, {21});
        const ref table = random_uniform_in(*features.in, {13, 21});
        return sum(matrix * noise) + sum(table * features) + sum(transpose(table) * (table * noise)) +
               sum(square(mean_over_rows(noise)));
      },
      x, W);
  gradient_agrees("random values", meets);
}

BOOST_AUTO_TEST_CASE(rows_are_evaluated_without_dropout) {
  rows_agree("dropout", loss);
  rows_agree("the gradient of an evaluation", gradient_of_evaluation);
}
