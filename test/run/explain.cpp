// SPDX-License-Identifier: BSL-1.0
// The explanation holds the facts that a reader would check by hand; its wording is free.
#define BOOST_TEST_MODULE explain
#include "fusegrad/run/explain.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <type_traits>

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;
constexpr auto softmax_regression = cross_entropy(W * x + b, y);

constexpr auto price = target<"y">;
constexpr auto house = input<"x", 2>;
constexpr auto w = param<"w", 2>;
constexpr auto bias = param<"b">;
constexpr auto linear_regression = squared_error(dot(w, house) + bias, price);

constexpr auto W1 = param<"W1", 256, 784>;
constexpr auto b1 = param<"b1", 256>;
constexpr auto W2 = param<"W2", 10, 256>;
constexpr auto b2 = param<"b2", 10>;
constexpr auto lambda = scalar<"lambda">;
constexpr auto perceptron = cross_entropy(W2 * relu(W1 * x + b1) + b2, y) +
                            lambda * (sum(square(W1)) + sum(square(W2))) / constant<2>;

/// One space where there are several: the facts do not depend on the columns of the page.
std::string squeezed(const std::string& page) {
  std::string result;
  std::unique_copy(page.begin(), page.end(), std::back_inserter(result),
                   [](char a, char b) { return a == ' ' && b == ' '; });
  return result;
}

/// The explanation for a machine with registers of 16 floats, whatever the tests are compiled for.
template <class Formula> std::string page_of(Formula) {
  return squeezed(explanation_of(formula_to_explain<Formula>(machine{16}, "test")));
}

bool says(const std::string& page, const std::string& fact) { return page.find(fact) != std::string::npos; }

int lines_of(const std::string& page) { return int(std::count(page.begin(), page.end(), '\n')); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_sequence_of_labels_is_data_that_name_rows_of_tables) {
  constexpr auto words = label<"words", 50, 6>;
  constexpr auto hidden = embedding(param<"E", 50, 8>, slice<0, 0, 5>(words));
  constexpr auto next = slice<0, 1, 6>(words);
  const std::string page = page_of(cross_entropy(hidden * param<"V", 8, 50>, next));
  BOOST_TEST(says(page, "gather(E, words[:5])"), page);
  BOOST_TEST(says(page, "rows of a table "), page);
  BOOST_TEST(says(page, "[words[1:]] - logsumexp<1>("), page);
  BOOST_TEST(says(page, "transpose(one_hot(words[:5])) * "), page);
  BOOST_TEST(says(page, "words [6] of classes, 0 to 49 "), page);
}

BOOST_AUTO_TEST_CASE(softmax_regression_is_shown_as_written_and_as_computed) {
  const std::string page = page_of(softmax_regression);
  BOOST_TEST(says(page, "z = W * x + b\n"), page);
  BOOST_TEST(says(page, "loss of a row = -log((exp(z) / sum(exp(z)))[y])\n"), page);
  BOOST_TEST(says(page, "d = z - max(z)\n"), page);
  BOOST_TEST(says(page, "loss = mean over rows of (logsumexp(d) - d[y])\n"), page);
}

BOOST_AUTO_TEST_CASE(the_gradients_of_softmax_regression_are_those_of_the_book) {
  const std::string page = page_of(softmax_regression);
  BOOST_TEST(says(page, "p = exp(d) / sum(exp(d))\n"), page);
  BOOST_TEST(says(page, "g = p - one_hot(y)\n"), page);
  BOOST_TEST(says(page, "gradient of W = mean over rows of outer(g, x)\n"), page);
  BOOST_TEST(says(page, "gradient of b = mean over rows of g\n"), page);
}

BOOST_AUTO_TEST_CASE(the_rules_that_fired_are_named_with_formula_number_and_example) {
  const std::string page = page_of(softmax_regression);
  BOOST_TEST(says(page, "log of quotient log(exp(a) / b) = a - log(b) (once)\n"), page);
  BOOST_TEST(says(page, "log(exp(d[y]) / sum(exp(d))) -> d[y] - logsumexp(d)\n"), page);
  BOOST_TEST(!says(page, "softplus"), page);
  BOOST_TEST(says(page_of(linear_regression), "the formula was stable as written"));
}

BOOST_AUTO_TEST_CASE(each_rule_says_why_and_where) {
  const std::string page = page_of(softmax_regression);
  BOOST_TEST(
      says(
          page,
          " why: powers overflow where their shares do not\n exp(z) / sum(exp(z)) -> exp(d) / sum(exp(d))\n"),
      page);
}

BOOST_AUTO_TEST_CASE(as_written_no_rule_of_stability_is_used) {
  const std::string page = page_of(as_written(softmax_regression));
  BOOST_TEST(says(page, "none as_written turns them off\n"), page);
  BOOST_TEST(says(page, "loss of a row = as_written(-log("), page);
  BOOST_TEST(!says(page, "logsumexp"), page);
  BOOST_TEST(!says(page, "max(z)"), page);
  BOOST_TEST(says(page, "gradient of b = "), page);
}

BOOST_AUTO_TEST_CASE(the_plan_of_softmax_regression_has_four_loops_and_reads_the_images_where_they_are) {
  const std::string page = page_of(softmax_regression);
  BOOST_TEST(says(page, "matrix product W * x [10 x 784], x read as it is stored\n"), page);
  BOOST_TEST(says(page, "4 loops, 11 buffers of 12,032 bytes per tile\n"), page);
  BOOST_TEST(says(page, "for every tile of 64 rows\n"), page);
  BOOST_TEST(says(page, "g = p - one_hot(y)\n"), page);
}

BOOST_AUTO_TEST_CASE(the_plan_of_linear_regression_is_one_loop) {
  const std::string page = page_of(linear_regression);
  BOOST_TEST(says(page, "1 loop, 5 buffers of 1,536 bytes per tile\n"), page);
  BOOST_TEST(says(page, "loop 1 one number, 4 operations in one pass\n d = dot(w, x) + b - y; square(d)"),
             page);
  BOOST_TEST(says(page, "gradient of w = mean over rows of (d * x)\n"), page);
  BOOST_TEST(says(page, "gradient of b = mean over rows of d\n"), page);
}

BOOST_AUTO_TEST_CASE(two_features_and_784_features_are_read_in_different_layouts) {
  BOOST_TEST(
      says(page_of(softmax_regression), "x [784] as stored (1,000), cheaper than rows in lanes (1,568)\n"));
  BOOST_TEST(says(page_of(linear_regression), "x [2] rows in lanes (0.3), cheaper than as stored (4)\n"));
}

BOOST_AUTO_TEST_CASE(a_penalty_counts_once_per_step_and_reaches_the_gradients_of_the_weights_only) {
  const std::string page = page_of(perceptron);
  BOOST_TEST(says(page, "g1 = p - one_hot(y)\n"), page);
  BOOST_TEST(says(page, "g2 = where(0 < z1, transpose(W2) * g1, 0)\n"), page);
  BOOST_TEST(says(page, "gradient of W1 = lambda * W1 + mean_over_rows(outer(g2, x))\n"), page);
  BOOST_TEST(says(page, "gradient of b1 = mean over rows of g2\n"), page);
  BOOST_TEST(
      says(page, " loop 1 200,704 elements, 3 operations in one pass\n sum(square(W1)); lambda * W1\n"),
      page);
  BOOST_TEST(page.find("once, before the rows") < page.find("for every tile"));
  BOOST_TEST(page.find("for every tile") < page.find("once, after the rows"));
}

BOOST_AUTO_TEST_CASE(each_sweep_over_the_rows_has_a_plan_and_says_what_it_hands_on) {
  constexpr auto x = input<"x", 3>;
  constexpr auto w = param<"w", 3>;
  const std::string page = page_of(square(dot(w, x - mean_over_rows(x))));
  BOOST_TEST(says(page, "SWEEP 1 of 2 over the rows\n"), page);
  BOOST_TEST(says(page, "mean over rows x [3] (for the next sweep)\n"), page);
  BOOST_TEST(says(page, "SWEEP 2 of 2 over the rows\n"), page);
  BOOST_TEST(says(page, "(the loss)\n"), page);
  BOOST_TEST(!says(page_of(linear_regression), "SWEEP"));
}

BOOST_AUTO_TEST_CASE(buffers_that_do_not_live_together_share_memory) {
  BOOST_TEST(says(page_of(perceptron), " bytes per tile, sharing what would be "));
  BOOST_TEST(!says(page_of(linear_regression), "sharing"));
}

BOOST_AUTO_TEST_CASE(a_bound_of_the_scratch_memory_is_shown_with_what_it_makes_of_the_plan) {
  const std::string page = page_of(scratch_within<8192>(softmax_regression));
  BOOST_TEST(says(page, "loss of a row = -log((exp(z) / sum(exp(z)))[y])\n"), page);
  BOOST_TEST(says(page, "for every tile of 32 rows\n"), page);
  BOOST_TEST(says(page, "4 loops, 11 buffers of 6,016 bytes per tile\n"), page);
  BOOST_TEST(says(page, " within the 8,192 bytes that scratch_within allows\n"), page);
  BOOST_TEST(says(page_of(scratch_within<100>(softmax_regression)), " more than the 100 bytes that"));
  BOOST_TEST(!says(page_of(softmax_regression), "scratch_within"));
}

BOOST_AUTO_TEST_CASE(names_do_not_clash_with_symbols_of_the_user) {
  constexpr auto z = input<"z", 784>;
  constexpr auto d = param<"d", 10, 784>;
  constexpr auto p = param<"p", 10>;
  const std::string page = page_of(cross_entropy(d * z + p, label<"g", 10>));
  for (const char* taken : {"\n z = ", "\n d = ", "\n p = ", "\n g = ", "; g = "})
    BOOST_TEST(!says(page, taken), page);
}

BOOST_AUTO_TEST_CASE(a_formula_that_is_no_loss_is_explained_by_its_rows) {
  const std::string page = page_of(softmax(W * x + b));
  BOOST_TEST(says(page, "value of a row = exp(z) / sum(exp(z))\n"), page);
  BOOST_TEST(says(page, "(the value)"), page);
  BOOST_TEST(!says(page, "GRADIENTS"), page);
  BOOST_TEST(!says(page, "loss"), page);
}

BOOST_AUTO_TEST_CASE(a_cumulative_sum_is_a_scan) {
  const std::string page = page_of(sum(square(cumsum(W * x + b))));
  BOOST_TEST(says(page, "scan"), page);
  BOOST_TEST(says(page, "cumsum("), page);
  BOOST_TEST(says(page, "reverse_cumsum("), page);
}

BOOST_AUTO_TEST_CASE(a_repetition_shows_its_steps_below_the_line_that_says_how_often) {
  constexpr auto t = input<"t", 9>;
  const std::string page = page_of(fold([](auto v, auto each) { return sin(v * each); }, param<"a">, t));
  BOOST_TEST(says(page, "= fold<9>(carry(a) -> sin(carry(a) * t[step]))\n"), page);
  BOOST_TEST(says(page, "\n carry at first a a number\n repeat 9 times\n element t[step] a number\n"), page);
  BOOST_TEST(says(page, "\n keep carry(a) a number\n next carry h a number\n"), page);
  BOOST_TEST(says(page, "\n last carry carry(a) a number\n"), page);
}

BOOST_AUTO_TEST_CASE(a_derivative_is_shown_written_out) {
  constexpr auto t = input<"t">;
  const std::string page = page_of(grad(constant<2> * square(t), t));
  BOOST_TEST(says(page, "value of a row = grad(2 * square(t), t)\n"), page);
  BOOST_TEST(!says(page, "value = grad"), page);
}

BOOST_AUTO_TEST_CASE(explain_prints_one_screen_for_this_machine) {
  std::ostringstream out;
  explain(softmax_regression, out);
  BOOST_TEST(out.str() == explanation(softmax_regression));
  BOOST_TEST(says(squeezed(out.str()), "this machine has "));
  BOOST_TEST(says(out.str(), simd::name_of<native_arch>()));
  BOOST_TEST(lines_of(out.str()) <= 66);
}

BOOST_AUTO_TEST_CASE(the_documentation_quotes_real_output) {
  std::ifstream page(FUSEGRAD_EXAMPLES_DATA "/../../docs/explain.md");
  BOOST_REQUIRE(page.is_open());
  const std::string real = explanation_of(
      formula_to_explain<std::remove_const_t<decltype(softmax_regression)>>(machine{16}, "avx512bw"));
  bool quoted = false;
  int lines = 0;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      quoted = line == "```text";
      continue;
    }
    // The processor of the reader may be another one.
    if (!quoted || line.empty() || line.find("this machine has") != line.npos) continue;
    BOOST_TEST(says(real, line + "\n"), line);
    ++lines;
  }
  BOOST_TEST(lines > 40);
}
