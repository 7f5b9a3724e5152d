// SPDX-License-Identifier: BSL-1.0
// check_gradient: wrong derivatives are caught and named, kinks are recognised, right ones pass.
#define BOOST_TEST_MODULE check_gradient
#include "fusegrad/train/check_gradient.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

namespace mine {

using namespace fusegrad;

/// x^2 with the derivative of 1.9 x.
struct wrong_square_op : elementwise_operation<1> {
  static constexpr std::string_view name = "wrong_square";
  template <class Value> static constexpr Value value(Value a) { return a * a; }
  static constexpr ref partials(ref a, ref) { return 1.9 * a; }
};
template <formula Value> [[nodiscard]] constexpr auto wrong_square(Value x) {
  return call<elementwise<wrong_square_op>>(x);
}

/// x^2, with a derivative that is wrong for negative x only.
struct half_wrong_op : elementwise_operation<1> {
  static constexpr std::string_view name = "half_wrong";
  template <class Value> static constexpr Value value(Value a) { return a * a; }
  static constexpr ref partials(ref a, ref) { return where(a < 0, a, 2 * a); }
};
template <formula Value> [[nodiscard]] constexpr auto half_wrong(Value x) {
  return call<elementwise<half_wrong_op>>(x);
}

}  // namespace mine

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 3>;
constexpr auto t = target<"t">;
constexpr auto w = param<"w", 3>;
constexpr auto b = param<"b">;
constexpr auto prediction = dot(w, x) + b;

auto some_data() {
  return dataset(x = std::vector{0.5, -1.0, 2.0, 1.5, 0.25, -3.0}, t = std::vector{1.0, -1.0});
}

std::string text_of(const gradient_check& shown) {
  std::ostringstream out;
  out << shown;
  return out.str();
}

/// The finding of one place; fails if there is none.
const gradient_finding& finding_at(const gradient_check& in, const std::string& place) {
  for (const gradient_finding& each : in.findings)
    if (each.place == place) return each;
  BOOST_TEST_REQUIRE(false, "no finding at " << place << " in\n" << in);
  return in.findings.front();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_right_gradient_agrees_in_float_and_in_double) {
  constexpr auto loss = softplus(squared_error(tanh(prediction), t)) + constant<0.1> * sum(square(w));
  const auto in_double = initialise<loss, double>(3, w = normal(), b = normal());
  const gradient_check precise = check_gradient(loss, in_double, some_data());
  BOOST_TEST(bool(precise), precise);
  BOOST_TEST(precise.findings.empty());
  BOOST_TEST(precise.elements == 4);
  BOOST_TEST(precise.rows == 2);
  const auto in_float = initialise<loss>(3, w = normal(), b = normal());
  const gradient_check coarse = check_gradient(loss, in_float, some_data());
  BOOST_TEST(bool(coarse), coarse);
  BOOST_TEST(coarse.findings.empty());
}

BOOST_AUTO_TEST_CASE(a_loss_at_its_minimum_is_no_false_alarm_in_float) {
  // With x = 1 and t = 1, 2, 3 the best b is 2: the gradient is a sum of rows that cancel.
  constexpr auto z = input<"z">;
  constexpr auto fit_of_mean = squared_error(b * z, t);
  auto model = initialise<fit_of_mean>(1);
  model[b] = 2.1F;
  const auto data = dataset(z = std::vector<float>{1, 1, 1}, t = std::vector<float>{1.1F, 2.1F, 3.1F});
  const gradient_check found = check_gradient(fit_of_mean, model, data);
  BOOST_TEST(bool(found), found);
}

BOOST_AUTO_TEST_CASE(a_wrong_partial_is_caught_and_its_element_named) {
  constexpr auto loss = mine::wrong_square(prediction - t);
  auto model = initialise<loss, double>(3, w = normal(), b = normal());
  const gradient_check found = check_gradient(loss, model, some_data());
  BOOST_TEST(!found);
  const gradient_finding& first = finding_at(found, "w(0)");
  BOOST_TEST((first.verdict == gradient_verdict::differs));
  BOOST_TEST(first.symbol == "w");
  BOOST_TEST(first.element == 0U);
  BOOST_TEST(std::abs(first.found / first.expected - 0.95) < 1e-6);  // 1.9 of 2
  BOOST_TEST(!first.row.has_value());                                // every row is wrong
  BOOST_TEST(text_of(found).find("w(0): expected ") != std::string::npos, text_of(found));
  BOOST_TEST_REQUIRE(found.operations.size() == 1U, found);
  BOOST_TEST(found.operations[0].operation == "wrong_square");
  BOOST_TEST(found.operations[0].formula == "wrong_square(dot(w, x) + b - t)");
}

BOOST_AUTO_TEST_CASE(the_row_that_is_to_blame_is_named) {
  constexpr auto loss = mine::half_wrong(prediction);
  auto model = initialise<loss, double>(1);
  model[w] = std::vector<double>{1, 1, 1};  // predictions 1.5 and -1.25: row 1 is negative
  const gradient_check found = check_gradient(loss, model, some_data());
  BOOST_TEST(!found);
  const gradient_finding& of_bias = finding_at(found, "b");
  BOOST_TEST_REQUIRE(of_bias.row.has_value());
  BOOST_TEST(of_bias.row->row == 1U);
  BOOST_TEST(std::abs(of_bias.row->expected + 2.5) < 1e-9);
  BOOST_TEST(std::abs(of_bias.row->found + 1.25) < 1e-9);
  BOOST_TEST_REQUIRE(found.operations.size() == 1U, found);
  BOOST_TEST(found.operations[0].operation == "half_wrong");
  BOOST_TEST(found.operations[0].row == 1U);
}

BOOST_AUTO_TEST_CASE(one_wrong_element_among_thousands_is_found_by_halves) {
  constexpr auto u = param<"u", 60, 40>;
  constexpr auto loss = sum(mine::half_wrong(u));
  auto model = initialise<loss, double>(1, u = uniform(0.5, 1.5));
  BOOST_TEST(bool(check_gradient(loss, model)));
  model[u](37, 5) = -0.75;
  const gradient_check found = check_gradient(loss, model);
  BOOST_TEST(!found);
  BOOST_TEST_REQUIRE(found.findings.size() == 1U, found);
  BOOST_TEST(found.findings[0].place == "u(37, 5)");
  BOOST_TEST(std::abs(found.findings[0].expected + 1.5) < 1e-9);
  BOOST_TEST(std::abs(found.findings[0].found + 0.75) < 1e-9);
}

BOOST_AUTO_TEST_CASE(relu_at_zero_is_a_kink_and_no_error) {
  constexpr auto loss = relu(prediction);
  const auto model = initialise<loss, double>(1);  // all parameters 0: every row stands at the kink
  const gradient_check found = check_gradient(loss, model, some_data());
  BOOST_TEST(bool(found), found);
  const gradient_finding& of_bias = finding_at(found, "b");
  BOOST_TEST((of_bias.verdict == gradient_verdict::kink));
  BOOST_TEST(std::abs(of_bias.left) < 1e-9);
  BOOST_TEST(std::abs(of_bias.right - 1) < 1e-9);
  BOOST_TEST(of_bias.found == 0);
  BOOST_TEST(text_of(found).find("b: a kink") != std::string::npos, text_of(found));
}

BOOST_AUTO_TEST_CASE(a_kink_near_by_is_no_kink_here) {
  constexpr auto loss = relu(prediction);
  auto model = initialise<loss, double>(1);
  model[b] = 1e-5;  // nearer than the longer steps
  const gradient_check found = check_gradient(loss, model, some_data());
  BOOST_TEST(bool(found), found);
  for (const gradient_finding& each : found.findings) BOOST_TEST(each.place != "b", found);
}

BOOST_AUTO_TEST_CASE(a_derivative_beside_the_slopes_of_a_kink_is_wrong) {
  // relu(b) - relu(-b) is b, but each of the two has gradient 0 at 0.
  constexpr auto loss = relu(b) - relu(-b);
  const auto model = initialise<loss, double>(1);
  const gradient_check found = check_gradient(loss, model);
  BOOST_TEST(!found);
  const gradient_finding& of_bias = finding_at(found, "b");
  BOOST_TEST((of_bias.verdict == gradient_verdict::differs));
  BOOST_TEST(of_bias.only_here);
}

BOOST_AUTO_TEST_CASE(a_jump_and_the_end_of_a_domain_have_no_derivative) {
  constexpr auto step_loss = where(b > constant<0>, b + constant<1>, b);
  const gradient_check jump = check_gradient(step_loss, initialise<step_loss, double>(1));
  BOOST_TEST((finding_at(jump, "b").verdict == gradient_verdict::edge), jump);
  constexpr auto root = sqrt(b);
  const gradient_check end = check_gradient(root, initialise<root, double>(1));
  BOOST_TEST((finding_at(end, "b").verdict == gradient_verdict::edge), end);
  BOOST_TEST(bool(end));
}

BOOST_AUTO_TEST_CASE(a_gradient_by_data_names_the_row) {
  constexpr auto loss = mine::half_wrong(prediction - t);
  auto model = initialise<loss, double>(1);
  model[w] = std::vector<double>{1, 1, 1};  // errors 0.5 and -0.25
  const gradient_check found = check_gradient(loss, wrt(t), model, some_data());
  BOOST_TEST(!found);
  BOOST_TEST_REQUIRE(found.findings.size() == 1U, found);
  BOOST_TEST(found.findings[0].place == "t");
  BOOST_TEST(found.findings[0].row.value().row == 1U);
}

BOOST_AUTO_TEST_CASE(scalars_seeds_and_options_take_effect) {
  constexpr auto lambda = scalar<"lambda">;
  constexpr auto loss = square(sum(dropout<0.5>(multiply(w, x)))) + lambda * sum(square(w));
  const auto model = initialise<loss, double>(5, w = normal());
  const gradient_check found = check_gradient(loss, model, some_data(), gradient_check_options{.rows = 1},
                                              lambda = 0.5, random_seed = 3);
  BOOST_TEST(bool(found), found);
  BOOST_TEST(found.rows == 1U);
  BOOST_TEST(found.rows_of_data == 2U);
  const gradient_check strict = check_gradient(
      loss, model, some_data(), gradient_check_options{.elements = 1}, lambda = 0.5, random_seed = 3);
  BOOST_TEST(bool(strict), strict);
  BOOST_TEST(strict.along_directions == 3U);
}
