// SPDX-License-Identifier: BSL-1.0
// Short numbers in formulas: read exactly as the C++ compiler reads them.
#define BOOST_TEST_MODULE literals
#include "fusegrad/expr/literals.hpp"

#include <boost/test/unit_test.hpp>

#include <concepts>
#include <type_traits>

using namespace fusegrad;

namespace {

template <class Literal> constexpr double value_of(Literal) { return Literal::value; }

static_assert(std::is_empty_v<decltype(0.5_c)>);
static_assert(std::same_as<decltype(0.5_c), literal<0.5>>);
static_assert(std::same_as<decltype(2_c), std::remove_const_t<decltype(constant<2>)>>);

}  // namespace

BOOST_AUTO_TEST_CASE(a_literal_is_the_number_that_cpp_reads) {
  BOOST_TEST(value_of(0_c) == 0.0);
  BOOST_TEST(value_of(2_c) == 2.0);
  BOOST_TEST(value_of(0.1_c) == 0.1);
  BOOST_TEST(value_of(3.14159265358979_c) == 3.14159265358979);
  BOOST_TEST(value_of(0.000123456789_c) == 0.000123456789);
  BOOST_TEST(value_of(999999999999999_c) == 999999999999999.0);
  BOOST_TEST(value_of(.25_c) == .25);
  BOOST_TEST(value_of(7._c) == 7.);
}

BOOST_AUTO_TEST_CASE(a_literal_may_have_an_exponent) {
  BOOST_TEST(value_of(1e-3_c) == 1e-3);
  BOOST_TEST(value_of(1E5_c) == 1e5);
  BOOST_TEST(value_of(2.5e+07_c) == 2.5e7);
  BOOST_TEST(value_of(123456789012345e7_c) == 123456789012345e7);
  BOOST_TEST(value_of(6.02214e23_c) == 6.02214e23);
  BOOST_TEST(value_of(1.7e-21_c) == 1.7e-21);
}

BOOST_AUTO_TEST_CASE(digits_may_be_grouped) {
  BOOST_TEST(value_of(1'000'000_c) == 1e6);
  BOOST_TEST(value_of(1'000.000'1_c) == 1000.0001);
}
