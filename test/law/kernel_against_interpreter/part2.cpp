// SPDX-License-Identifier: BSL-1.0
// Kernels of random formulas against the interpreter, a few of them in each file: a file compiles for long.
#undef BOOST_TEST_MAIN  // the program's main is that of ../kernel_against_interpreter.cpp
#include "law/random_formula.hpp"

using namespace fusegrad::law;

BOOST_AUTO_TEST_CASE(the_fourth_random_formula_agrees_with_the_interpreter) { check_random_gradient<4>(); }
BOOST_AUTO_TEST_CASE(the_fifth_random_formula_agrees_with_the_interpreter) { check_random_gradient<5>(); }
BOOST_AUTO_TEST_CASE(the_sixth_random_formula_agrees_with_the_interpreter) { check_random_gradient<6>(); }

BOOST_AUTO_TEST_CASE(the_rows_of_the_fourth_random_formula_agree_with_the_interpreter) {
  check_random_rows<4>();
}
