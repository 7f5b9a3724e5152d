// SPDX-License-Identifier: BSL-1.0
// What a wrong formula says: the facts in the diagnostic type. The compilers' output itself is tested in
// test/fail.
#define BOOST_TEST_MODULE diagnose
#include "fusegrad/expr/diagnose.hpp"

#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

#include <concepts>
#include <set>
#include <string_view>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

/// The type of a call without the check that would end this program.
template <class Function, class... Operands>
using unchecked = decltype(record<Function>(std::type_identity<std::remove_const_t<Operands>>{}...));

template <class Wrong, problem_kind Kind, class Facts>
constexpr bool says = trouble_of<Wrong> == Kind&& std::same_as<wrong_call<Wrong>, Facts>;

using enum problem_kind;

using wrong_sum = unchecked<elementwise<add_op>, decltype(x), decltype(b)>;
using wrong_product = unchecked<product_function, decltype(W), decltype(b)>;
using wrong_pick = unchecked<pick_function, decltype(W * x - b), decltype(x)>;
using wrong_dot = unchecked<dot_function, decltype(x), decltype(b)>;

static_assert(says<wrong_sum, shapes_do_not_broadcast, wrong_formula<"x + b", extents<784>, extents<10>>>);
static_assert(
    says<wrong_product, product_extents_differ, wrong_formula<"W * b", extents<10, 784>, extents<10>>>);
static_assert(says<wrong_pick, pick_needs_label, wrong_formula<"(W * x - b)[x]", extents<10>, extents<784>>>);
static_assert(trouble_of<wrong_dot> == product_extents_differ);
static_assert(trouble_of<unchecked<pick_function, decltype(b), decltype(y)>> == none);

}  // namespace

BOOST_AUTO_TEST_CASE(every_problem_has_a_sentence_of_its_own) {
  std::set<std::string_view> sentences;
  for (int kind = 0; kind <= int(two_row_phases); ++kind) {
    BOOST_TEST(sentence(problem_kind(kind)) != "unknown problem");
    sentences.insert(sentence(problem_kind(kind)));
  }
  BOOST_TEST(sentences.size() == std::size_t(two_row_phases) + 1);
}

BOOST_AUTO_TEST_CASE(a_wrong_call_is_shown_as_it_was_written) {
  BOOST_TEST(
      text_of_call(recorded_call<product_function, decltype(x + x), std::remove_const_t<decltype(W)>>{})
          .view() == "(x + x) * W");
  BOOST_TEST(
      text_of_call(recorded_call<elementwise<where_op>, decltype(x < x), decltype(x + x), literal<2.0>>{})
          .view() == "where(x < x, x + x, 2)");
  BOOST_TEST(text_of_call(recorded_call<elementwise<exp_op>, decltype(x + x)>{}).view() == "exp(x + x)");
}
