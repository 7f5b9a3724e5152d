// SPDX-License-Identifier: BSL-1.0
// Views of parameters: reading, writing, printing.
#define BOOST_TEST_MODULE tensor
#undef NDEBUG  // coordinates are checked
#include "fusegrad/train/tensor.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdio>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

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

void check_same(const std::vector<float>& found, const std::vector<float>& expected) {
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

/// Whether a call ends its program by abort; the sentence it leaves is thrown away.
template <class Call> bool aborts(Call call) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    if (freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
    call();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

BOOST_AUTO_TEST_CASE(coordinates_count_row_by_row) {
  std::vector<float> numbers = counting(24);
  const tensor<float, tensor_shape{2, 3, 4}> view(numbers.data());
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
  const tensor<float, tensor_shape{2, 2}> view(numbers.data());
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

BOOST_AUTO_TEST_CASE(an_assignment_copies_numbers_and_leaves_the_view_where_it_is) {
  std::vector<float> to(4), from = counting(4), others(4, 7);
  tensor<float, tensor_shape{2, 2}> view(to.data());
  const tensor<float, tensor_shape{2, 2}> source(from.data());
  tensor<float, tensor_shape{2, 2}>(to.data()) = source;
  check_same(to, {0, 1, 2, 3});
  view = tensor<float, tensor_shape{2, 2}>(others.data());
  view(0, 0) = 99;
  check_same(to, {99, 7, 7, 7});
  check_same(others, {7, 7, 7, 7});
  view = tensor<const float, tensor_shape{2, 2}>(from.data());
  check_same(to, {0, 1, 2, 3});
  const auto copy = view;
  copy(1, 1) = 5;
  view = copy;
  check_same(to, {0, 1, 2, 5});
  static_assert(
      !std::is_assignable_v<tensor<const float, tensor_shape{2}>, tensor<const float, tensor_shape{2}>>);
  static_assert(!std::is_assignable_v<tensor<const float, tensor_shape{2}>, float>);
}

BOOST_AUTO_TEST_CASE(a_number_fills_a_tensor) {
  std::vector<float> to = counting(6);
  const tensor<float, tensor_shape{2, 3}> view(to.data());
  view = 0.f;
  check_same(to, std::vector<float>(6, 0));
  view = 2;
  check_same(to, std::vector<float>(6, 2));
  const tensor<float, tensor_shape{}> scalar(to.data());
  scalar = 0.5;
  check_same(to, {0.5, 2, 2, 2, 2, 2});
}

BOOST_AUTO_TEST_CASE(vectors_spans_and_arrays_of_the_right_size_fill_a_tensor) {
  std::vector<float> to(4);
  const tensor<float, tensor_shape{2, 2}> view(to.data());
  view = counting(4);
  check_same(to, {0, 1, 2, 3});
  const std::vector<float> all = counting(9);
  view = std::span(all).subspan(5);
  check_same(to, {5, 6, 7, 8});
  view = std::span(all).first<4>();
  check_same(to, {0, 1, 2, 3});
  view = std::array<float, 4>{4, 3, 2, 1};
  check_same(to, {4, 3, 2, 1});
}

BOOST_AUTO_TEST_CASE(too_few_or_too_many_numbers_are_refused_and_nothing_is_written) {
  std::vector<float> to(4, 1);
  const tensor<float, tensor_shape{2, 2}> view(to.data());
  const auto message = [&](std::size_t count) -> std::string {
    try {
      view = counting(count);
    } catch (const std::invalid_argument& wrong) {
      return wrong.what();
    }
    return "nothing was thrown";
  };
  BOOST_TEST(message(3) == "numbers for a tensor: expected 4, found 3");
  BOOST_TEST(message(5) == "numbers for a tensor: expected 4, found 5");
  BOOST_TEST(message(0) == "numbers for a tensor: expected 4, found 0");
  check_same(to, {1, 1, 1, 1});
}

BOOST_AUTO_TEST_CASE(coordinates_outside_of_the_extents_end_a_debug_build) {
  std::vector<float> numbers = counting(64);  // room enough for a wrong element to be read
  const tensor<float, tensor_shape{3, 4}> view(numbers.data());
  BOOST_TEST(!aborts([&] { (void)view(2, 3); }));
  BOOST_TEST(aborts([&] { (void)view(3, 0); }));
  BOOST_TEST(aborts([&] { (void)view(0, 4); }));
  BOOST_TEST(aborts([&] { (void)view(0, -1); }));
  BOOST_TEST(!aborts([&] { (void)view[11]; }));
  BOOST_TEST(aborts([&] { (void)view[12]; }));
}

BOOST_AUTO_TEST_CASE(a_scalar_is_a_number) {
  double number = 2.5;
  const tensor<double, tensor_shape{}> view(&number);
  const double read = view;
  BOOST_TEST(read == 2.5);
  view() = 3;
  BOOST_TEST(number == 3);
  BOOST_TEST(view + 1 == 4);
}

BOOST_AUTO_TEST_CASE(tensors_print_one_line_per_row) {
  std::vector<float> numbers = counting(12);
  BOOST_TEST(printed(tensor<float, tensor_shape{}>(&numbers[7])) == "7");
  BOOST_TEST(printed(tensor<float, tensor_shape{3}>(numbers.data())) == "[0, 1, 2]");
  BOOST_TEST(printed(tensor<float, tensor_shape{2, 3}>(numbers.data())) == "[[0, 1, 2],\n [3, 4, 5]]");
  BOOST_TEST(printed(tensor<float, tensor_shape{2, 2, 3}>(numbers.data())) ==
             "[[[0, 1, 2],\n  [3, 4, 5]],\n [[6, 7, 8],\n  [9, 10, 11]]]");
}

BOOST_AUTO_TEST_CASE(the_middle_of_a_long_axis_is_left_out) {
  std::vector<float> numbers = counting(100);
  BOOST_TEST(printed(tensor<float, tensor_shape{8}>(numbers.data())) == "[0, 1, 2, 3, 4, 5, 6, 7]");
  BOOST_TEST(printed(tensor<float, tensor_shape{9}>(numbers.data())) == "[0, 1, 2, ..., 6, 7, 8]");
  BOOST_TEST(printed(tensor<float, tensor_shape{100}>(numbers.data())) == "[0, 1, 2, ..., 97, 98, 99]");
  BOOST_TEST(printed(tensor<float, tensor_shape{50, 2}>(numbers.data())) ==
             "[[0, 1],\n [2, 3],\n [4, 5],\n ...,\n [94, 95],\n [96, 97],\n [98, 99]]");
}

BOOST_AUTO_TEST_CASE(numbers_print_in_six_digits_whatever_the_stream_was_set_to) {
  double numbers[] = {1. / 3, 1e-9, -1234567.};
  std::ostringstream text;
  text.precision(2);
  text << tensor<const double, tensor_shape{3}>(numbers) << ' ' << 1. / 3;
  BOOST_TEST(text.str() == "[0.333333, 1e-09, -1.23457e+06] 0.33");
}
