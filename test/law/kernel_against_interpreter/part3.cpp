// SPDX-License-Identifier: BSL-1.0
// Kernels of random formulas against the interpreter, a few of them in each file: a file compiles for long.
#undef BOOST_TEST_MAIN  // the program's main is that of ../kernel_against_interpreter.cpp
#include "law/random_formula.hpp"

using namespace fusegrad::law;

BOOST_AUTO_TEST_CASE(the_random_formula_of_seed_11_agrees_with_the_interpreter) {
  check_random_gradient<11>();
}
BOOST_AUTO_TEST_CASE(the_random_formula_of_seed_12_agrees_with_the_interpreter) {
  check_random_gradient<12>();
}
BOOST_AUTO_TEST_CASE(the_random_formula_of_seed_14_agrees_with_the_interpreter) {
  check_random_gradient<14>();
}

BOOST_AUTO_TEST_CASE(the_rows_of_the_random_formula_of_seed_11_agree_with_the_interpreter) {
  check_random_rows<11>();
}
