// SPDX-License-Identifier: BSL-1.0
// A plan survives a constant evaluation in arrays of its size, however many entries were expected.
#define BOOST_TEST_MODULE frozen_plan
#include "fusegrad/pass/frozen_plan.hpp"

#include "pass/plans.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto build = [] { return plan_of_model<softmax_regression>(); };
constexpr auto roomy = freeze_plan<200, 8>(build);
constexpr auto squeezed = freeze_plan<1, 1>(build);

template <class Frozen> bool holds_the_plan(const Frozen& frozen) {
  const plan whole = build();
  bool same = frozen.operations.size() == whole.operations.size() &&
              frozen.steps.size() == whole.steps.size() && frozen.accesses.size() == whole.accesses.size() &&
              frozen.outputs.size() == whole.outputs.size() && frozen.tile_elements == whole.tile_elements &&
              frozen.loss_offset == whole.loss_offset;
  for (std::size_t i = 0; same && i < frozen.operations.size(); ++i)
    same = frozen.operations[i].op == whole.operations[i].op &&
           frozen.operations[i].slot == whole.operations[i].slot;
  return same;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_frozen_plan_has_exactly_the_size_of_its_contents) {
  BOOST_TEST(holds_the_plan(roomy));
}

BOOST_AUTO_TEST_CASE(a_plan_that_is_larger_than_expected_is_frozen_all_the_same) {
  BOOST_TEST(holds_the_plan(squeezed));
}
