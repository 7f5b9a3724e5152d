// SPDX-License-Identifier: BSL-1.0
// Formulas as text and as LaTeX, in constant expressions and at run time.
#define BOOST_TEST_MODULE formula_text
#include "fusegrad/run/formula_text.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 3>;
constexpr auto y = label<"y", 4>;
constexpr auto t = target<"t">;
constexpr auto w = param<"w", 3>;
constexpr auto W1 = param<"W1", 4, 3>;
constexpr auto bias = param<"bias", 4>;
constexpr auto lambda = scalar<"lambda">;
constexpr auto A = param<"A", 4, 3>;
constexpr auto B = param<"B", 4, 3>;
constexpr auto a = input<"a">;
constexpr auto b = input<"b">;

// Text and LaTeX of small formulas stand at compile time.
static_assert(to_text(squared_error(dot(w, x), t)) == "square(dot(w, x) - t) / 2");
static_assert(to_latex(squared_error(dot(w, x), t)) == "\\frac{\\left(w^{\\top} x - t\\right)^{2}}{2}");
static_assert(to_latex(exp(x) / sum(exp(x))) ==
              "\\frac{\\exp\\left(x\\right)}{\\sum_{i} \\exp\\left(x\\right)_{i}}");
static_assert(to_latex(W1 * x + bias) == "W_{1} x + \\mathrm{bias}");
static_assert(to_latex(lambda * sum(square(w))) == "\\lambda \\sum_{i} \\left(w^{2}\\right)_{i}");

template <form Form = form::written> std::string latex(auto formula) {
  return to_latex<Form>(formula).string();
}

}  // namespace

BOOST_AUTO_TEST_CASE(arithmetic_has_the_parentheses_that_it_needs) {
  BOOST_TEST(latex(a - (b - a)) == "a - \\left(b - a\\right)");
  BOOST_TEST(latex(a + (b + a)) == "a + b + a");
  BOOST_TEST(latex(a + -b) == "a + \\left(-b\\right)");
  BOOST_TEST(latex((a + b) * a) == "\\left(a + b\\right) a");
  BOOST_TEST(latex(constant<2> * a) == "2 a");
  BOOST_TEST(latex(a * constant<2>) == "2 a");
  BOOST_TEST(latex(a * constant<-2>) == "\\left(-2\\right) a");
  BOOST_TEST(latex(pow<3>(a / b)) == "\\left(\\frac{a}{b}\\right)^{3}");
  BOOST_TEST(latex(pow(a, b)) == "a^{b}");
  BOOST_TEST(latex(square(square(a))) == "\\left(a^{2}\\right)^{2}");
  BOOST_TEST(latex(sqrt(abs(a))) == "\\sqrt{\\left|a\\right|}");
  BOOST_TEST(latex(constant<2> * constant<3>) == "3 \\cdot 2");
  BOOST_TEST(latex(constant<1e-7> * a) == "10^{-7} a");
}

BOOST_AUTO_TEST_CASE(products_of_tensors_are_told_apart) {
  BOOST_TEST(latex(multiply(w, x)) == "w \\odot x");
  BOOST_TEST(latex(outer(w, x)) == "w x^{\\top}");
  BOOST_TEST(latex(multiply(lambda, x)) == "\\lambda x");
  BOOST_TEST(latex(A * transpose(B)) == "A B^{\\top}");
  BOOST_TEST(latex(einsum<"ij,kj->ik">(A, B)) == "A B^{\\top}");
  BOOST_TEST(latex(einsum<"ij,ik->jk">(A, B)) == "A^{\\top} B");
  BOOST_TEST(latex(einsum<"ij,ij->i">(A, B)) == "\\sum_{b} A_{a b} B_{a b}");
  BOOST_TEST(latex((A + B) * x) == "\\left(A + B\\right) x");
}

BOOST_AUTO_TEST_CASE(reductions_name_their_axes) {
  BOOST_TEST(latex(sum<1>(A)) == "\\sum_{j} A_{i j}");
  BOOST_TEST(latex(max(x)) == "\\max_{i} x_{i}");
  BOOST_TEST(latex(sum(x) * a) == "\\left(\\sum_{i} x_{i}\\right) a");
  BOOST_TEST(latex(sum<0>(W1)) == "\\sum_{i} {W_{1}}_{i j}");
  BOOST_TEST(latex(logsumexp(x)) == "\\operatorname{logsumexp}_{i} x_{i}");
  BOOST_TEST(latex(mean_over_rows(a)) == "\\frac{1}{n} \\sum_{\\text{rows}} a");
}

BOOST_AUTO_TEST_CASE(choices_labels_and_operations_without_a_sign) {
  BOOST_TEST(latex(where(a < b, a, -b)) ==
             "\\begin{cases} a & \\text{if } a < b \\\\ -b & \\text{otherwise} \\end{cases}");
  BOOST_TEST(latex(bias[y]) == "\\mathrm{bias}_{y}");
  BOOST_TEST(latex(one_hot(y)) == "\\mathbf{e}_{y}");
  BOOST_TEST(latex(bias[label<"s", 4, 3>]) == "\\mathrm{bias}_{s}");
  BOOST_TEST(latex(embedding(param<"E", 4, 2>, label<"s", 4, 3>)) == "E_{s}");
  BOOST_TEST(latex(log_cosh(a)) == "\\operatorname{log\\_cosh}\\left(a\\right)");
  BOOST_TEST(latex(atan2(a, b)) == "\\operatorname{atan2}\\left(a, b\\right)");
  BOOST_TEST(latex(grad(square(a), a)) == "\\nabla_{a} \\left(a^{2}\\right)");
  BOOST_TEST(latex(slice<0, 1, 3>(x)) == "x_{1:}");
}

BOOST_AUTO_TEST_CASE(names_are_letters_words_and_subscripts) {
  BOOST_TEST(latex_name("w") == "w");
  BOOST_TEST(latex_name("sigma") == "\\sigma");
  BOOST_TEST(latex_name("weights") == "\\mathrm{weights}");
  BOOST_TEST(latex_name("W12") == "W_{12}");
  BOOST_TEST(latex_name("w_out") == "w_{\\mathrm{out}}");
  BOOST_TEST(latex_name("mu_0") == "\\mu_{0}");
}

BOOST_AUTO_TEST_CASE(what_is_computed_is_the_stable_form) {
  BOOST_TEST(to_text<form::computed>(log(constant<1> + exp(a))) == "softplus(a)");
  BOOST_TEST(to_text<form::computed>(grad(log(constant<1> + exp(a)), a)) == "logistic(a)");
  BOOST_TEST(latex<form::computed>(grad(log(constant<1> + exp(a)), a)) == "\\sigma\\left(a\\right)");
}

BOOST_AUTO_TEST_CASE(gradients_come_in_lines_that_share_values) {
  constexpr auto loss = squared_error(dot(w, x) + a, t);
  BOOST_TEST(to_text<form::gradient>(loss) ==
             "z = dot(w, x) + a - t\n"
             "loss = mean_over_rows(square(z) * 0.5)\n"
             "gradient of w = mean_over_rows(z * x)\n");
  BOOST_TEST(latex<form::gradient>(loss) ==
             "\\begin{aligned}\n"
             "z &= w^{\\top} x + a - t \\\\\n"
             "\\ell &= \\frac{1}{n} \\sum_{\\text{rows}} 0.5 z^{2} \\\\\n"
             "\\nabla_{w} \\ell &= \\frac{1}{n} \\sum_{\\text{rows}} z x\n"
             "\\end{aligned}");
}

BOOST_AUTO_TEST_CASE(texts_can_be_written_to_a_stream) {
  std::ostringstream out;
  out << to_text(a + b);
  BOOST_TEST(out.str() == "a + b");
}
