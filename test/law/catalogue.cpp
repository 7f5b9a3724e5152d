// SPDX-License-Identifier: BSL-1.0
// The catalogue is whole: every operation that a header of op/ defines has a formula in it.
#define BOOST_TEST_MODULE catalogue
#include "law/catalogue.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>

using namespace fusegrad;
using namespace fusegrad::law;

namespace {

/// The names of all structs that end with _op in the headers of op/.
std::set<std::string> operations_in_headers() {
  const auto here = std::filesystem::path(__FILE__).parent_path();
  const std::regex definition("^struct ([a-z0-9_]+_op)\\b[^;]*$");
  std::set<std::string> found;
  for (const auto& file : std::filesystem::directory_iterator(here / "../../include/fusegrad/op")) {
    std::ifstream header(file.path());
    for (std::string line; std::getline(header, line);)
      if (std::smatch match; std::regex_search(line, match, definition)) found.insert(match[1]);
  }
  return found;
}

/// Whether the operation stands anywhere in the graph that its formula builds.
bool contains_its_operation(const entry& of, unsigned seed) {
  random_engine random(seed);
  graph in;
  operands make(in, random, 0);
  std::vector<source> sources;
  std::vector<ref> kinks;
  make.note_in(sources, kinks);
  const ref formula = of.build(make);
  BOOST_TEST(!in.trouble(), of.op << ": " << sentence(in.trouble().kind));
  for (int i = 0; i <= formula.id.value; ++i)
    if (in[node_id{i}].op == of.row) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_operation_defined_in_a_header_is_in_the_catalogue) {
  const std::set<std::string> defined = operations_in_headers();
  BOOST_TEST(defined.size() >= 36u, "found only " << defined.size() << " operations in the headers");
  std::set<std::string> listed;
  for (const entry& each : catalogue()) listed.insert(each.op);
  for (const std::string& each : defined) BOOST_TEST(listed.count(each) == 1u, each << " is missing");
  for (const std::string& each : listed) BOOST_TEST(defined.count(each) == 1u, each << " is in no header");
}

BOOST_AUTO_TEST_CASE(every_formula_of_the_catalogue_contains_its_operation) {
  for (const entry& each : catalogue()) {
    // A mean over rows of what no row changes is no operation: the roles of symbols are drawn too.
    bool found = false;
    for (unsigned seed = 0; seed < 20; ++seed) found = contains_its_operation(each, seed) || found;
    BOOST_TEST(found, each.op);
  }
}

BOOST_AUTO_TEST_CASE(every_operation_with_a_pullback_has_a_pushforward) {
  for (const entry& each : catalogue())
    BOOST_TEST((each.row->pullback == nullptr) == (each.row->pushforward == nullptr), each.op);
}
