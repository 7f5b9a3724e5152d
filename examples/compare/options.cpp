// SPDX-License-Identifier: BSL-1.0
// The options of the program.

#include "options.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace compare {
namespace {

std::size_t positive(const std::string& number) { return std::max<std::size_t>(1, std::stoul(number)); }

[[noreturn]] void explain_use() {
  throw std::invalid_argument(
      "usage: compare [--check] [--only NAME]... [--pairs N] [--rows N] [--markdown FILE] [--chart "
      "FILE.png]");
}

}  // namespace

options read_options(int count, char** words) {
  options chosen;
  const std::map<std::string, bool*> flags = {{"--check", &chosen.check_only}, {"--serve", &chosen.serve}};
  const std::map<std::string, std::size_t*> numbers = {{"--pairs", &chosen.pairs}, {"--rows", &chosen.rows}};
  const std::map<std::string, std::string*> texts = {{"--markdown", &chosen.markdown},
                                                     {"--chart", &chosen.chart}};
  for (int n = 1; n < count; ++n) {
    const std::string word = words[n];
    if (flags.contains(word)) {
      *flags.at(word) = true;
      continue;
    }
    if (n + 1 == count) explain_use();
    if (word == "--only")
      chosen.only.emplace_back(words[++n]);
    else if (numbers.contains(word))
      *numbers.at(word) = positive(words[++n]);
    else if (texts.contains(word))
      *texts.at(word) = words[++n];
    else
      explain_use();
  }
  return chosen;
}

}  // namespace compare
