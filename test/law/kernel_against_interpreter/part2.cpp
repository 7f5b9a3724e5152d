// SPDX-License-Identifier: BSL-1.0
// Kernels of the random formulas of seeds 1 to 8 against the interpreter, four in each file: a file compiles
// for long.
#undef BOOST_TEST_MAIN  // the program's main is that of ../kernel_against_interpreter.cpp
#include "law/random_formula.hpp"

using namespace fusegrad::law;

BOOST_AUTO_TEST_CASE(random_formulas_of_seeds_5_to_8_agree_with_the_interpreter) {
  check_random_gradient<5>();
  check_random_gradient<6>();
  check_random_gradient<7>();
  check_random_gradient<8>();
}

BOOST_AUTO_TEST_CASE(the_rows_of_the_random_formula_of_seed_5_agree_with_the_interpreter) {
  check_random_rows<5>();
}
