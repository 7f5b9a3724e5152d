// SPDX-License-Identifier: BSL-1.0
// A graph survives a constant evaluation in arrays of its size, and comes back the same.
#define BOOST_TEST_MODULE frozen
#include "fusegrad/graph/frozen.hpp"

#include <algorithm>

#include "base/twice.hpp"
#include "fusegrad/op/words.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

namespace {

constexpr auto build = [] {
  graph in;
  const ref x = symbol_in(in, {"x", symbol_role::input, {2}, 0});
  const ref w = symbol_in(in, {"w", symbol_role::parameter, {3, 2}, 0});
  in.add_output({output_role::value, -1, sum(square(w * x)).id});
  in.add_output({output_role::gradient, 1, w.id});
  return in;
};

constexpr auto frozen = freeze(build);

constexpr auto squeezed = freeze<2>(build);  // expects fewer nodes than there are

constexpr auto broken = freeze([] {
  graph in;
  const ref x = symbol_in(in, {"x", symbol_role::input, {2}, 0});
  in.add_output({output_role::value, -1, (x + constant_in(in, 1, {3})).id});
  return in;
});

constexpr bool equal(const graph& a, const graph& b) {
  return std::ranges::equal(a.nodes(), b.nodes()) && std::ranges::equal(a.symbols(), b.symbols()) &&
         std::ranges::equal(a.outputs(), b.outputs());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_frozen_graph_has_exactly_the_size_of_its_contents) {
  static_assert(frozen.nodes.size() == 5 && frozen.symbols.size() == 2 && frozen.outputs.size() == 2);
  BOOST_TEST(frozen.nodes.size() == std::size_t(build().size()));
}

BOOST_AUTO_TEST_CASE(a_thawed_graph_equals_the_one_that_was_frozen) {
  holds<[] { return equal(thaw(frozen), build()); }>();
}

BOOST_AUTO_TEST_CASE(a_graph_that_is_larger_than_expected_is_frozen_all_the_same) {
  static_assert(squeezed.nodes.size() == 5 && squeezed.symbols.size() == 2 && squeezed.outputs.size() == 2);
  holds<[] { return equal(thaw(squeezed), build()); }>();
}

BOOST_AUTO_TEST_CASE(a_thawed_graph_grows_on_and_still_merges_equal_values) {
  holds<[] {
    graph in = thaw(frozen);
    const int size = in.size();
    const ref again = square(symbol_in(in, in.symbols()[1]) * symbol_in(in, in.symbols()[0]));
    const bool merged = in.size() == size;
    return merged && exp(again).id == node_id{size};
  }>();
}

BOOST_AUTO_TEST_CASE(a_problem_is_frozen_too) {
  holds<[] { return thaw(broken).trouble().kind == problem_kind::shapes_do_not_broadcast; }>();
}
