// SPDX-License-Identifier: BSL-1.0
// The ratios of a report as a picture: a bar for each peer, a panel for each workload.
#pragma once

#include "report.hpp"

#include <string>

namespace compare {

/// Draws a PNG file, or says on standard output why not.
void draw_chart(const std::string& file, const report& all);

}  // namespace compare
