// SPDX-License-Identifier: BSL-1.0
// Views of parameters: reading, writing, printing.
#define BOOST_TEST_MODULE tensor
#include "fusegrad/train/tensor.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>
#include <sstream>
#include <string>
#include <vector>

using namespace fusegrad;

namespace {

template <class Type> std::string printed(const Type& value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

std::vector<float> counting(std::size_t n) {
  std::vector<float> result(n);
  std::iota(result.begin(), result.end(), 0.f);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(coordinates_count_row_by_row) {
  std::vector<float> numbers = counting(24);
  const tensor<float, shape{2, 3, 4}> view(numbers.data());
  BOOST_TEST(view.size() == 24u);
  BOOST_TEST(view(0, 0, 0) == 0);
  BOOST_TEST(view(0, 0, 3) == 3);
  BOOST_TEST(view(0, 2, 0) == 8);
  BOOST_TEST(view(1, 2, 3) == 23);
  BOOST_TEST(view[13] == 13);
  BOOST_TEST(&view(1, 1, 1) == &numbers[17]);
}

BOOST_AUTO_TEST_CASE(a_view_writes_to_what_it_was_taken_from) {
  std::vector<float> numbers(4);
  const tensor<float, shape{2, 2}> view(numbers.data());
  view(1, 0) = 5;
  view[3] = 6;
  BOOST_TEST(numbers == (std::vector<float>{0, 0, 5, 6}), boost::test_tools::per_element());
  const float given[] = {1, 2, 3, 4};
  view = given;
  BOOST_TEST(numbers == (std::vector<float>{1, 2, 3, 4}), boost::test_tools::per_element());
  for (float& each : view) each *= 2;
  BOOST_TEST(numbers == (std::vector<float>{2, 4, 6, 8}), boost::test_tools::per_element());
  BOOST_TEST(view.values().data() == numbers.data());
}

BOOST_AUTO_TEST_CASE(a_scalar_is_a_number) {
  double number = 2.5;
  const tensor<double, shape{}> view(&number);
  const double read = view;
  BOOST_TEST(read == 2.5);
  view() = 3;
  BOOST_TEST(number == 3);
  BOOST_TEST(view + 1 == 4);
}

BOOST_AUTO_TEST_CASE(tensors_print_one_line_per_row) {
  std::vector<float> numbers = counting(12);
  BOOST_TEST(printed(tensor<float, shape{}>(&numbers[7])) == "7");
  BOOST_TEST(printed(tensor<float, shape{3}>(numbers.data())) == "[0, 1, 2]");
  BOOST_TEST(printed(tensor<float, shape{2, 3}>(numbers.data())) == "[[0, 1, 2],\n [3, 4, 5]]");
  BOOST_TEST(printed(tensor<float, shape{2, 2, 3}>(numbers.data())) ==
             "[[[0, 1, 2],\n  [3, 4, 5]],\n [[6, 7, 8],\n  [9, 10, 11]]]");
}

BOOST_AUTO_TEST_CASE(the_middle_of_a_long_axis_is_left_out) {
  std::vector<float> numbers = counting(100);
  BOOST_TEST(printed(tensor<float, shape{8}>(numbers.data())) == "[0, 1, 2, 3, 4, 5, 6, 7]");
  BOOST_TEST(printed(tensor<float, shape{9}>(numbers.data())) == "[0, 1, 2, ..., 6, 7, 8]");
  BOOST_TEST(printed(tensor<float, shape{100}>(numbers.data())) == "[0, 1, 2, ..., 97, 98, 99]");
  BOOST_TEST(printed(tensor<float, shape{50, 2}>(numbers.data())) ==
             "[[0, 1],\n [2, 3],\n [4, 5],\n ...,\n [94, 95],\n [96, 97],\n [98, 99]]");
}

BOOST_AUTO_TEST_CASE(numbers_print_in_six_digits_whatever_the_stream_was_set_to) {
  double numbers[] = {1. / 3, 1e-9, -1234567.};
  std::ostringstream text;
  text.precision(2);
  text << tensor<const double, shape{3}>(numbers) << ' ' << 1. / 3;
  BOOST_TEST(text.str() == "[0.333333, 1e-09, -1.23457e+06] 0.33");
}
