// SPDX-License-Identifier: BSL-1.0
// The bound of a formula is the smallest that stands in it, and nothing of it is left for other passes.
#define BOOST_TEST_MODULE scratch
#include "fusegrad/pass/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include "fusegrad/pass/pipeline.hpp"
#include "pass/formulas.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref s(leaves of) { return of.param("s"); }
constexpr graph unbounded() {
  return graph_of_formula([](leaves of) { return log(1 + exp(s(of))); });
}
constexpr graph bounded_twice() {
  return graph_of_formula(
      [](leaves of) { return scratch_within<4096>(log(scratch_within<512>(1 + exp(s(of))))); });
}

static_assert(scratch_bound(unbounded().nodes()) == 0);
static_assert(scratch_bound(bounded_twice().nodes()) == 512);

}  // namespace

BOOST_AUTO_TEST_CASE(rules_see_through_a_bound) {
  const graph plain = pipeline::expanded(unbounded(), goal::rows);
  const graph bounded = pipeline::expanded(bounded_twice(), goal::rows);
  BOOST_TEST(scratch_bound(bounded.nodes()) == 0);
  BOOST_TEST(shown(stabilise(bounded)).view() == shown(stabilise(plain)).view());
  BOOST_TEST(shown(stabilise(bounded)).view() == "softplus(s)");
}

BOOST_AUTO_TEST_CASE(a_tile_has_as_many_registers_of_rows_as_the_bound_allows) {
  plan_totals plan;
  plan.tile_elements = 10;
  plan.tile_registers = 4;
  BOOST_TEST(scratch_bytes(plan, machine{16}) == 10 * 4 * 16 * 4);
  BOOST_TEST(scratch_bytes(plan, machine{8, false, 8}) == 10 * 4 * 8 * 8);
  BOOST_TEST(!exceeds_scratch(plan, machine{16}));
  BOOST_TEST(!exceeds_scratch(plan, within_bound(machine{16}, 2560)));
  BOOST_TEST(exceeds_scratch(plan, within_bound(machine{16}, 2559)));
}
