// SPDX-License-Identifier: BSL-1.0
// Losses on cases done by hand.
#define BOOST_TEST_MODULE loss
#include "fusegrad/op/loss.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(squared_error_has_the_book_s_half) {
  holds<[] {
    worked on;
    const ref a = on.vector({3, 1}), b = on.vector({1, 1});
    return on.value(squared_error(a, b)) == numbers{2, 0} &&
           on.gradient(sum(squared_error(a, b)), a) == numbers{2, 0} &&
           on.gradient(sum(squared_error(a, b)), b) == numbers{-2, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(huber_is_quadratic_inside_and_linear_outside) {
  holds<[] {
    worked on;
    const ref a = on.vector({0.5, 3, -4, 1}), b = on.number(0);
    return on.value(huber(a, b)) == numbers{0.125, 2.5, 3.5, 0.5} &&
           on.gradient(sum(huber(a, b)), a) == numbers{0.5, 1, -1, 1} &&
           on.value(huber<2.0>(a, b)) == numbers{0.125, 4, 6, 0.5};
  }>();
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_equal_logits_is_the_logarithm_of_their_number) {
  worked on;
  const ref z = on.vector({0, 0, 0, 0}), y = on.label(4, 1);
  BOOST_TEST(on.value(cross_entropy(z, y)) == numbers{std::log(4.0)});
  BOOST_TEST(on.gradient(cross_entropy(z, y), z) == (numbers{0.25, -0.75, 0.25, 0.25}));
}

BOOST_AUTO_TEST_CASE(logistic_loss_of_a_logit_of_zero_is_the_logarithm_of_two) {
  worked on;
  const ref z = on.vector({0, 0}), t = on.vector({0, 1});
  BOOST_TEST(on.value(logistic_loss(z, t)) == (numbers{std::log(2.0), std::log(2.0)}));
  BOOST_TEST(on.gradient(sum(logistic_loss(z, t)), z) == (numbers{0.5, -0.5}));
}

BOOST_AUTO_TEST_CASE(logistic_loss_does_not_overflow) {
  worked on;
  const ref z = on.vector({1000, -1000}), t = on.vector({1, 1});
  BOOST_TEST(on.value(logistic_loss(z, t)) == (numbers{0, 1000}));
}

BOOST_AUTO_TEST_CASE(losses_of_square_matrices_go_element_by_element) {
  worked on;
  const ref z = on.tensor({2, 2}, {1000, -1000, 1000, -1000}), t = on.tensor({2, 2}, {1, 1, 0, 0});
  BOOST_TEST(on.value(logistic_loss(z, t)) == (numbers{0, 1000, 1000, 0}));
  BOOST_TEST(on.value(squared_error(t, 2 * t)) == (numbers{0.5, 0.5, 0, 0}));
}
