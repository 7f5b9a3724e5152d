// SPDX-License-Identifier: BSL-1.0
// Every problem has a sentence of its own.
#define BOOST_TEST_MODULE problem
#include "fusegrad/graph/problem.hpp"

#include "base/twice.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

namespace {

// The last kind, so that the loops below see all of them.
constexpr int kinds = int(problem_kind::mean_in_repetition) + 1;

}  // namespace

BOOST_AUTO_TEST_CASE(every_kind_of_problem_has_a_sentence) {
  holds<[] {
    for (int i = 0; i < kinds; ++i)
      if (sentence(problem_kind(i)) == "unknown problem") return false;
    return sentence(problem_kind(kinds)) == "unknown problem";
  }>();
}

BOOST_AUTO_TEST_CASE(no_two_kinds_share_a_sentence) {
  holds<[] {
    for (int i = 0; i < kinds; ++i)
      for (int k = 0; k < i; ++k)
        if (sentence(problem_kind(i)) == sentence(problem_kind(k))) return false;
    return true;
  }>();
}

BOOST_AUTO_TEST_CASE(only_a_found_problem_is_true) {
  holds<[] { return !problem{} && problem{problem_kind::rank_too_large, {}, {}}; }>();
}
