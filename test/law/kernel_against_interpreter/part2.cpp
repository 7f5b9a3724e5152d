// SPDX-License-Identifier: BSL-1.0
// Kernels of random formulas against the interpreter, a few of them in each file: a file compiles for long.
#undef BOOST_TEST_MAIN  // the program's main is that of ../kernel_against_interpreter.cpp
#include "law/random_formula.hpp"

using namespace fusegrad::law;

BOOST_AUTO_TEST_CASE(the_random_formula_of_seed_8_agrees_with_the_interpreter) { check_random_gradient<8>(); }
BOOST_AUTO_TEST_CASE(the_random_formula_of_seed_9_agrees_with_the_interpreter) { check_random_gradient<9>(); }
BOOST_AUTO_TEST_CASE(the_random_formula_of_seed_10_agrees_with_the_interpreter) {
  check_random_gradient<10>();
}

BOOST_AUTO_TEST_CASE(the_rows_of_the_random_formula_of_seed_8_agree_with_the_interpreter) {
  check_random_rows<8>();
}
