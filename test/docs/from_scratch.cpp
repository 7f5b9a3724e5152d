// SPDX-License-Identifier: BSL-1.0
// docs/from_scratch.md: the compiler that the page builds, line by line, and what it prints.
#define BOOST_TEST_MODULE from_scratch
#include "docs/from_scratch/compiler.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

#include "docs/quotes.hpp"
#include "fusegrad/fusegrad.hpp"

using namespace from_scratch;
using namespace fusegrad::test;

namespace {

constexpr auto loss = [](auto w1, auto w2, auto b, auto x1, auto x2, auto y) {
  return log(1.0 + exp(-1.0 * (y * (w1 * x1 + w2 * x2 + b))));
};
using logistic_regression = plan<decltype(loss), 3, 3>;

// The rule has found softplus, and the graph of loss and gradient has 26 values, of which 19 are needed.
static_assert(logistic_regression::values[16].made_by == op::softplus);
static_assert(logistic_regression::size == 26);
static_assert(std::ranges::count(logistic_regression::needed, true) == 19);

const std::vector<std::array<double, 3>> rows{{1, 2, 1}, {-1, 0.5, -1}, {2, -1, 1}, {0, 1, -1}};

/// A hundred steps downhill.
std::string training() {
  std::ostringstream out;
  std::array<double, 3> parameters{};
  for (int step = 0; step <= 100; ++step) {
    const auto [value, by_w1, by_w2, by_b] = value_and_grad<logistic_regression>(parameters, rows);
    if (step % 50 == 0) out << "step " << step << ": loss " << value << '\n';
    parameters = {parameters[0] - by_w1, parameters[1] - by_w2, parameters[2] - by_b};
  }
  return out.str();
}

/// A value, as the page lists it.
std::string text_of(const value& of) {
  constexpr const char* names[] = {"number", "symbol",     "add",      "multiply", "exp",
                                   "log",    "reciprocal", "softplus", "logistic"};
  std::ostringstream out;
  out << names[std::size_t(of.made_by)];
  if (of.left < 0) out << ' ' << of.number;
  if (of.left >= 0) out << "(#" << of.left;
  if (of.right >= 0) out << ", #" << of.right;
  if (of.left >= 0) out << ')';
  return out.str();
}

std::string listing() {
  std::ostringstream out;
  for (std::size_t i = 0; i < logistic_regression::size; ++i)
    out << std::left << std::setw(4) << ("#" + std::to_string(i)) << std::setw(20)
        << text_of(logistic_regression::values[i]) << (logistic_regression::needed[i] ? "" : "  not needed")
        << '\n';
  std::string result = out.str();
  for (std::size_t at = result.find(" \n"); at != result.npos; at = result.find(" \n"))
    result.erase(at, 1);  // no blanks at the ends of lines
  return result;
}

/// Removes blank lines and, between the parts of the listing, what only a file needs.
std::string_view trimmed(std::string_view text) {
  while (text.starts_with('\n')) text.remove_prefix(1);
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_gradient_equals_differences) {
  const std::array<double, 3> here{0.3, -0.2, 0.1};
  const auto found = value_and_grad<logistic_regression>(here, rows);
  constexpr double step = 1e-6;  // truncation is 1e-12, rounding 1e-10
  for (std::size_t k = 0; k < 3; ++k) {
    auto above = here, below = here;
    above[k] += step;
    below[k] -= step;
    const double difference = (value_and_grad<logistic_regression>(above, rows)[0] -
                               value_and_grad<logistic_regression>(below, rows)[0]) /
                              (2 * step);
    BOOST_TEST(std::abs(found[1 + k] - difference) < 1e-8);
  }
}

BOOST_AUTO_TEST_CASE(the_library_computes_the_same) {
  using namespace fusegrad;
  constexpr auto x1 = input<"x1">;
  constexpr auto x2 = input<"x2">;
  constexpr auto y = target<"y">;
  constexpr auto w1 = param<"w1">;
  constexpr auto w2 = param<"w2">;
  constexpr auto b = param<"b">;
  constexpr auto same = log(constant<1> + exp(constant<-1> * (y * (w1 * x1 + w2 * x2 + b))));
  auto model = initialise<same, double>(1);
  model[w1] = 0.3;
  model[w2] = -0.2;
  model[b] = 0.1;
  const auto data = dataset(x1 = std::vector<double>{1, -1, 2, 0}, x2 = std::vector<double>{2, 0.5, -1, 1},
                            y = std::vector<double>{1, -1, 1, -1});
  const auto [value, gradient] = fusegrad::value_and_grad(same, model, data);
  const auto found = from_scratch::value_and_grad<logistic_regression>({0.3, -0.2, 0.1}, rows);
  BOOST_TEST(std::abs(found[0] - value) < 1e-14);
  BOOST_TEST(std::abs(found[1] - gradient[w1][0]) < 1e-14);
  BOOST_TEST(std::abs(found[2] - gradient[w2][0]) < 1e-14);
  BOOST_TEST(std::abs(found[3] - gradient[b][0]) < 1e-14);
}

BOOST_AUTO_TEST_CASE(what_overflows_as_written_does_not_as_computed) {
  const auto found = from_scratch::value_and_grad<logistic_regression>({-1000, 0, 0}, rows);
  BOOST_TEST(std::abs(found[0] - (1000 + 1000 + 2000 + std::log(2)) / 4) < 1e-9);
}

BOOST_AUTO_TEST_CASE(the_page_tells_every_line_of_the_compiler_in_its_order) {
  const std::string file = contents_of("test/docs/from_scratch/compiler.hpp");
  const std::string user = contents_of("test/docs/from_scratch.cpp");
  std::string_view rest = trimmed(std::string_view(file).substr(file.find("#include")));
  for (const std::string& each : blocks_of(contents_of("docs/from_scratch.md"), "cpp")) {
    const std::string_view block = trimmed(each);
    if (rest.starts_with(block))
      rest = trimmed(rest.substr(block.size()));
    else
      BOOST_TEST(("\n" + user).find("\n" + each) != user.npos,
                 "neither next in the compiler nor in its use:\n"
                     << each);
  }
  BOOST_TEST(rest.empty(), "the page leaves out, or has in another order:\n" << rest);
}

BOOST_AUTO_TEST_CASE(the_page_shows_what_is_printed) {
  check_quotes("docs/from_scratch.md", "text", listing() + "\n" + training(), 2);
}
