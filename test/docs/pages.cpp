// SPDX-License-Identifier: BSL-1.0
// The pages of docs/ name what there is: links lead somewhere, and nothing is left out of a table of
// contents.
#define BOOST_TEST_MODULE pages
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "docs/quotes.hpp"

using namespace fusegrad::test;
namespace files = std::filesystem;

namespace {

const files::path root = files::path(FUSEGRAD_EXAMPLES_DATA) / ".." / "..";

/// All files below a folder with a given extension, as paths from the root of the project.
std::vector<std::string> files_below(const std::string& folder, const std::string& extension) {
  std::vector<std::string> found;
  for (const auto& each : files::recursive_directory_iterator(root / folder))
    if (each.path().extension() == extension)
      found.push_back(files::relative(each.path(), root).generic_string());
  std::sort(found.begin(), found.end());
  return found;
}

/// The targets of the links on a page that are files, without the name of a section.
std::vector<std::string> links_of(const std::string& page) {
  const std::string text = contents_of(page), begin = "](";
  std::vector<std::string> targets;
  for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, at)) {
    at += begin.size();
    const std::string target = text.substr(at, text.find_first_of(")#\n", at) - at);
    const bool is_code = target.find_first_of(" &*") != target.npos;  // a lambda: [](auto x)
    if (!target.empty() && target.find("://") == target.npos && !is_code) targets.push_back(target);
  }
  return targets;
}

bool links_to(const std::string& page, const std::string& file) {
  const auto leads_there = [&](const std::string& target) {
    const files::path from = root / page;
    return files::weakly_canonical(from.parent_path() / target) == files::weakly_canonical(root / file);
  };
  const std::vector<std::string> links = links_of(page);
  return std::any_of(links.begin(), links.end(), leads_there);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_link_leads_to_a_file) {
  std::vector<std::string> pages = files_below("docs", ".md");
  pages.push_back("README.md");
  for (const std::string& page : pages)
    for (const std::string& target : links_of(page))
      BOOST_TEST(files::exists((root / page).parent_path() / target), page << " links to " << target);
}

BOOST_AUTO_TEST_CASE(the_table_of_contents_names_every_page) {
  for (const std::string& page : files_below("docs", ".md"))
    if (page != "docs/README.md") BOOST_TEST(links_to("docs/README.md", page), page << " is not named");
}

BOOST_AUTO_TEST_CASE(the_page_of_a_stage_names_every_header_of_its_folder) {
  for (const char* stage : {"expr", "graph", "op", "pass", "kernel", "run", "train"}) {
    const std::string page = std::string("docs/stages/") + stage + ".md";
    for (const std::string& header : files_below(std::string("include/fusegrad/") + stage, ".hpp"))
      BOOST_TEST(links_to(page, header), page << " does not name " << header);
  }
}
