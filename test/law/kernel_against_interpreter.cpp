// SPDX-License-Identifier: BSL-1.0
// Kernels of the random formulas of seeds 1 to 8 against the interpreter, four in each file: a file compiles
// for long.
#define BOOST_TEST_MODULE kernel_against_interpreter
#include "law/random_formula.hpp"

using namespace fusegrad::law;

BOOST_AUTO_TEST_CASE(random_formulas_of_seeds_1_to_4_agree_with_the_interpreter) {
  check_random_gradient<1>();
  check_random_gradient<2>();
  check_random_gradient<3>();
  check_random_gradient<4>();
}

BOOST_AUTO_TEST_CASE(the_rows_of_the_random_formula_of_seed_1_agree_with_the_interpreter) {
  check_random_rows<1>();
}
