// SPDX-License-Identifier: BSL-1.0
// fusegrad beside other ways of training the same model: equal results first, then times, ratios and limits.

#include "chart.hpp"
#include "comparison.hpp"
#include "options.hpp"
#include "report.hpp"
#include "tuned_process.hpp"
#include "workloads.hpp"

#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace compare {
namespace {

void write_results(const report& all, const options& chosen) {
  print_text(std::cout << '\n', all);
  if (!chosen.markdown.empty()) {
    std::ofstream file(chosen.markdown);
    print_markdown(file, all);
    if (!file.flush()) throw std::runtime_error(chosen.markdown + ": cannot be written");
  }
  if (!chosen.chart.empty()) draw_chart(chosen.chart, all);
}

int run(const options& chosen) {
  if (chosen.serve) {
    serve(all_workloads(chosen.rows));
    return 0;
  }
  const comparison all(chosen);
  if (!all.check()) {
    std::cout << "The results differ, so nothing is timed.\n";
    return 1;
  }
  if (!chosen.check_only) write_results(all.measure(), chosen);
  return 0;
}

}  // namespace
}  // namespace compare

int main(int count, char** words) try {
  return compare::run(compare::read_options(count, words));
} catch (const std::exception& error) {
  std::cerr << "compare: " << error.what() << '\n';
  return 2;
}
