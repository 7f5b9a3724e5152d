// SPDX-License-Identifier: BSL-1.0
// Variance, standard deviation and norm on cases done by hand.
#define BOOST_TEST_MODULE moments
#include "fusegrad/op/moments.hpp"

#include <boost/test/unit_test.hpp>

#include "fusegrad/fusegrad.hpp"
#include "op/worked.hpp"
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(the_variance_is_that_of_the_population) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 4}, {2, 4, 4, 6, 1, 1, 1, 1});
    return on.value(variance<1>(a)) == numbers{2, 0} &&
           on.value(variance<0>(a)) == numbers{0.25, 2.25, 2.25, 6.25} &&
           variance<1>(a, keepdim).extents() == tensor_shape{2, 1} && variance(a).rank() == 0;
  }>();
}

BOOST_AUTO_TEST_CASE(a_large_mean_does_not_cancel) {
  holds<[] {
    worked on;
    const ref a = on.vector({1e9, 1e9 + 1, 1e9 + 2, 1e9 + 1});
    return on.value(variance(a)) == numbers{0.5};
  }>();
}

// 2 / n times the distance from the mean.
BOOST_AUTO_TEST_CASE(the_gradient_of_a_variance) {
  holds<[] {
    worked on;
    const ref a = on.vector({2, 4, 4, 6});
    return on.gradient(variance(a), a) == numbers{-1, 0, 0, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(the_standard_deviation_is_its_root) {
  worked on;
  const ref a = on.tensor({2, 4}, {1, 3, 3, 1, 5, 5, 5, 5});
  BOOST_TEST(on.value(standard_deviation<1>(a)) == (numbers{1, 0}));
  BOOST_TEST(on.gradient(sum(standard_deviation<-1>(a)), a) ==
             (numbers{-0.25, 0.25, 0.25, -0.25, 0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(the_norm_is_the_length) {
  worked on;
  const ref a = on.tensor({2, 2}, {3, 4, 0, 0});
  BOOST_TEST(on.value(norm<1>(a)) == (numbers{5, 0}));
  BOOST_TEST(on.value(norm(a)) == numbers{5});
  BOOST_TEST((norm<0>(a, keepdim).extents() == tensor_shape{1, 2}));
}

BOOST_AUTO_TEST_CASE(at_the_origin_the_gradient_of_a_norm_is_zero) {
  worked on;
  const ref a = on.tensor({2, 2}, {3, 4, 0, 0});
  const numbers slope = on.gradient(sum(norm<1>(a)), a);
  BOOST_TEST(slope[0] == 0.6, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(slope[1] == 0.8, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(slope[2] == 0);
  BOOST_TEST(slope[3] == 0);
}

BOOST_AUTO_TEST_CASE(the_kernels_equal_the_interpreter) {
  constexpr auto x = input<"x", 3, 4>;
  constexpr auto w = param<"w", 40>;
  gradient_agrees("of rows", sum(standard_deviation<1>(multiply(x, param<"s", 4>))) + norm(x));
  gradient_agrees("of the step", variance(w) * sum(x) + norm(w));
}

BOOST_AUTO_TEST_CASE(vectors_are_divided_by_their_lengths) {
  worked on;
  const ref m = on.tensor({3, 2}, {3, 4, 0, -2, 0, 0}), v = on.vector({4, 3});
  BOOST_TEST(on.value(normalize(m)) == (numbers{0.6, 0.8, 0, -1, 0, 0}));
  BOOST_TEST(on.value(normalize<0>(v)) == (numbers{0.8, 0.6}));
  BOOST_TEST(std::abs(on.value(cosine_similarity(m, v))[0] - 0.96) < 1e-15);
  BOOST_TEST(std::abs(on.value(cosine_similarity(m, v))[1] + 0.6) < 1e-15);
  BOOST_TEST(on.value(cosine_similarity(m, v))[2] == 0);
  for (double each : on.gradient(sum(normalize(m)), m)) BOOST_TEST(std::isfinite(each));
}
