// SPDX-License-Identifier: BSL-1.0
// docs/pictures.md: a formula as text, as LaTeX and as pictures. The page quotes this file and what it
// prints; the pictures are made of the .dot files beside them, which are compared, too.
#define BOOST_TEST_MODULE pictures
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>
#include <string>

#include "docs/quotes.hpp"
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;
constexpr auto loss = -log(softmax(W * x + b)[y]);

constexpr auto z = input<"z">;
static_assert(to_text<form::computed>(grad(log(constant<1> + exp(z)), z)) == "logistic(z)");
static_assert(to_latex(log(constant<1> + exp(z))) == "\\log\\left(1 + \\exp\\left(z\\right)\\right)");

/// What the page shows as text.
std::string page_text() {
  std::ostringstream out;
  out << to_text(loss) << '\n';
  out << to_text<form::gradient>(loss);
  return out.str();
}

/// What the page shows as mathematics.
std::string page_latex() {
  constexpr auto lambda = scalar<"lambda">;
  constexpr auto mu = param<"mu">;
  constexpr auto log_sigma = param<"s">;
  constexpr auto t = target<"t">;
  constexpr auto A = param<"A", 3, 4>;
  std::ostringstream out;
  out << to_latex(loss) << '\n';
  out << to_latex<form::gradient>(loss) << '\n';
  out << to_latex(square((t - mu) / exp(log_sigma)) / constant<2> + log_sigma + lambda * sum(square(W)))
      << '\n';
  out << to_latex(where(abs(t) < constant<1>, square(t) / constant<2>, abs(t) - constant<0.5>)) << '\n';
  out << to_latex(sqrt(sum<1>(square(A)))) << '\n';
  return out.str();
}

/// A picture as it is committed; written beside the test where it differs, to be copied.
void check_picture(const std::string& name, const std::string& dot) {
  if (contents_of("docs/pictures/" + name) == dot) return;
  std::ofstream(name) << dot;
  BOOST_TEST(false, "docs/pictures/" << name << " is not what is printed: copy " << name
                                     << " from the current directory, and make its picture anew: dot -Tsvg");
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_page_quotes_this_file_and_real_output) {
  check_quotes("docs/pictures.md", "cpp", contents_of("test/docs/pictures.cpp"), 2);
  check_quotes("docs/pictures.md", "text", page_text(), 2);
  check_quotes("docs/pictures.md", "math", page_latex(), 5);
}

BOOST_AUTO_TEST_CASE(the_pictures_are_those_of_the_formula) {
  check_picture("written.dot", to_dot(loss));
  check_picture("gradient.dot", to_dot<form::gradient>(loss));
  using formula = std::remove_const_t<decltype(loss)>;
  check_picture("plan.dot", dot_of_plan(formula_to_explain<formula>(machine{16}, "16 floats")));
}
