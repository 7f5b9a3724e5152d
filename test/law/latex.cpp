// SPDX-License-Identifier: BSL-1.0
// The LaTeX of every operation, alone and inside random formulas, is well formed: braces and parentheses
// close, and nothing has two subscripts or two exponents.
#define BOOST_TEST_MODULE latex
#include "law/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace fusegrad;
using namespace fusegrad::law;

namespace {

int count(std::string_view in, std::string_view what) {
  int found = 0;
  for (std::size_t at = in.find(what); at != in.npos; at = in.find(what, at + what.size())) ++found;
  return found;
}

/// The place behind the group in braces that begins at `at`; npos if it does not end.
std::size_t behind_group(std::string_view in, std::size_t at) {
  int depth = 0;
  for (; at < in.size(); ++at) {
    if (in[at] == '{') ++depth;
    if (in[at] == '}' && --depth == 0) return at + 1;
  }
  return in.npos;
}

/// What is wrong with a formula in LaTeX; empty if nothing is.
std::string fault_of(std::string_view latex) {
  if (count(latex, "{") != count(latex, "}")) return "braces do not close";
  if (count(latex, "\\left") - count(latex, "\\leftarrow") != count(latex, "\\right"))
    return "\\left without \\right";
  if (count(latex, "\\begin{") != count(latex, "\\end{")) return "\\begin without \\end";
  for (std::size_t i = 0; i + 1 < latex.size(); ++i) {
    if ((latex[i] != '_' && latex[i] != '^') || latex[i + 1] != '{') continue;
    const std::size_t behind = behind_group(latex, i + 1);
    if (behind == latex.npos) return "a subscript does not end";
    if (behind < latex.size() && latex[behind] == latex[i]) return std::string("two of ") + latex[i];
  }
  return {};
}

void check(const entry& from, std::uint64_t seed, int depth) {
  const sample drawn(from, seed, depth);
  const std::string latex = print_node(drawn.in(), drawn.value(), {}, &operation::latex).text.string();
  const std::string fault = fault_of(latex);
  BOOST_TEST(fault.empty(), from.op << ": " << fault << " in " << latex);
}

}  // namespace

BOOST_AUTO_TEST_CASE(faults_are_found) {
  BOOST_TEST(fault_of("\\frac{a}{b}").empty());
  BOOST_TEST(!fault_of("\\frac{a}{b").empty());
  BOOST_TEST(!fault_of("\\left(a").empty());
  BOOST_TEST(!fault_of("a_{1}_{i}").empty());
  BOOST_TEST(!fault_of("a^{2}^{3}").empty());
  BOOST_TEST(fault_of("{a_{1}}_{i}^{2}").empty());
}

BOOST_AUTO_TEST_CASE(every_operation_is_well_formed) {
  for (const entry& each : catalogue())
    for (std::uint64_t seed = 0; seed < 10; ++seed) check(each, seed, 0);
}

BOOST_AUTO_TEST_CASE(random_formulas_are_well_formed) {
  for (const entry& each : catalogue())
    for (std::uint64_t seed = 0; seed < 5; ++seed) check(each, seed, 2);
}
