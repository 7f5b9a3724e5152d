// SPDX-License-Identifier: BSL-1.0
// Pages of docs/ quote code and output: every quoted block must stand, word for word, where it comes from.
// Code is quoted from a source file between ```cpp and ```, output from what a test printed between ```text
// and ```.
#pragma once

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace fusegrad::test {

/// The contents of a file, by its path from the root of the project.
[[nodiscard]] inline std::string contents_of(const std::string& path) {
  std::ifstream file(FUSEGRAD_EXAMPLES_DATA "/../../" + path);
  BOOST_TEST_REQUIRE(file.is_open(), path << " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The fenced blocks of a page in one language, each with all its lines.
[[nodiscard]] inline std::vector<std::string> blocks_of(const std::string& page,
                                                        const std::string& language) {
  const std::string begin = "\n```" + language + "\n", finish = "\n```\n";
  std::vector<std::string> blocks;
  for (std::size_t at = page.find(begin); at != page.npos; at = page.find(begin, at)) {
    at += begin.size();
    const std::size_t end = page.find(finish, at);
    BOOST_TEST_REQUIRE(end != page.npos, "a block of " << language << " has no end");
    blocks.push_back(page.substr(at, end + 1 - at));
    at = end + 1;
  }
  return blocks;
}

/// Every block of a language on a page stands in the source as it is, whole lines of it.
inline void check_quotes(const std::string& page, const std::string& language, const std::string& source,
                         std::size_t least) {
  const std::vector<std::string> blocks = blocks_of(contents_of(page), language);
  for (const std::string& each : blocks) {
    const bool found = ("\n" + source).find("\n" + each) != source.npos;
    BOOST_TEST(found, page << " quotes what is not in its source:\n" << each);
  }
  BOOST_TEST(blocks.size() >= least, page << " quotes only " << blocks.size() << " blocks of " << language);
}

}  // namespace fusegrad::test
