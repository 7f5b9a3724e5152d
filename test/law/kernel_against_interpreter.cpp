// SPDX-License-Identifier: BSL-1.0
// Kernels of random formulas against the interpreter, a few of them in each file: a file compiles for long.
#define BOOST_TEST_MODULE kernel_against_interpreter
#include "law/random_formula.hpp"

using namespace fusegrad::law;

BOOST_AUTO_TEST_CASE(the_random_formula_of_seed_1_agrees_with_the_interpreter) { check_random_gradient<1>(); }
BOOST_AUTO_TEST_CASE(the_random_formula_of_seed_2_agrees_with_the_interpreter) { check_random_gradient<2>(); }
BOOST_AUTO_TEST_CASE(the_random_formula_of_seed_6_agrees_with_the_interpreter) { check_random_gradient<6>(); }

BOOST_AUTO_TEST_CASE(the_rows_of_the_random_formula_of_seed_1_agree_with_the_interpreter) {
  check_random_rows<1>();
}
