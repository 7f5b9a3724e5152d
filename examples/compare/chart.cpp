// SPDX-License-Identifier: BSL-1.0
// Horizontal bars that begin at the baseline, on a logarithmic scale: to the left is faster, to the right
// slower.

#include "chart.hpp"

#include "../plots.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace compare {

#ifdef FUSEGRAD_HAVE_GNUPLOT

namespace {

// Pixels.
constexpr int picture_width = 960;
constexpr int bar_height = 19;
constexpr int title_height = 30;
constexpr int axis_height = 30;

// The peers of one workload.
using panel = std::vector<result>;

std::vector<panel> panels_of(const report& all) {
  std::vector<panel> panels;
  for (const result& line : all.results) {
    if (panels.empty() || panels.back().front().workload != line.workload) panels.emplace_back();
    panels.back().push_back(line);
  }
  return panels;
}

int height_of(const panel& bars) { return title_height + bar_height * int(bars.size()) + axis_height; }

// Light where there are several threads.
std::string colour_of(const result& line, const std::string& baseline) {
  if (line.peer == baseline) return "0x888888";
  if (line.peer == "fusegrad") return line.threads == 1 ? "0x0072b2" : "0x56b4e9";
  return line.threads == 1 ? "0xd55e00" : "0xf0a774";
}

std::string name_of(const result& line) {
  return line.peer + (line.threads == 1 ? "" : ", " + std::to_string(line.threads) + " threads");
}

std::string label_of(const result& line) {
  return fixed(line.ratio, line.ratio < 100 ? 2 : 0) + "   (" + fixed(line.time, line.time < 100 ? 2 : 0) +
         ' ' + line.unit + ')';
}

// The powers of ten within the range; 1, 2 and 5 times each where there are few.
std::string tics_between(double low, double high) {
  std::string tics;
  for (double power = 1e-3; power < 1e7; power *= 10)
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (high / low > 300 && factor != 1) continue;
      const double tic = factor * power;
      if (tic < low || tic > high) continue;
      tics +=
          (tics.empty() ? "" : ", ") + std::string("'") + fixed(tic, tic < 1 ? 1 : 0) + "' " + fixed(tic, 3);
    }
  return tics;
}

void set_axes(Gnuplot& to, const panel& bars) {
  const auto [least, greatest] = std::ranges::minmax(bars, {}, &result::ratio);
  const double low = std::min(least.ratio, 1.0) * 0.85;
  const double high = std::max(greatest.ratio, 1.0);
  const double room_for_label = std::pow(high / low, 0.3);
  to << "set xrange [" << low << ':' << high * room_for_label << "]\n"
     << "set xtics (" << tics_between(low, high) << ")\n"
     << "set yrange [" << double(bars.size()) - 0.4 << ":-0.6]\nset ytics (";
  for (std::size_t n = 0; n < bars.size(); ++n)
    to << (n == 0 ? "" : ", ") << '\'' << name_of(bars[n]) << "' " << n;
  to << ")\n";
}

void draw_panel(Gnuplot& to, const panel& bars, const std::string& baseline) {
  to << "set label 1 '" << bars.front().workload << ", time / " << baseline
     << "' at graph 0, graph 1 left offset 0,0.7 font ',13'\n";
  set_axes(to, bars);
  to << "plot '-' using 1:2:3:4:5:6:7 with boxxyerror linecolor rgb variable notitle, "
     << "'-' using 1:2:3 with labels left offset 0.5,0 font ',10' notitle\n";
  for (std::size_t n = 0; n < bars.size(); ++n) {
    const auto [left, right] = std::minmax({bars[n].ratio, 1.0});
    to << right << ' ' << n << ' ' << left << ' ' << right << ' ' << double(n) - 0.36 << ' '
       << double(n) + 0.36 << ' ' << colour_of(bars[n], baseline) << '\n';
  }
  to << "e\n";
  for (std::size_t n = 0; n < bars.size(); ++n)
    to << std::max(bars[n].ratio, 1.0) << ' ' << n << " \"" << label_of(bars[n]) << "\"\n";
  to << "e\n";
}

}  // namespace

void draw_chart(const std::string& file, const report& all) {
  if (!can_draw(file)) return;
  const std::vector<panel> panels = panels_of(all);
  int height = 0;
  for (const panel& bars : panels) height += height_of(bars);
  const auto share = [&](int pixels) { return double(pixels) / double(height); };
  Gnuplot to;
  begin_picture(to, file, picture_width, height);
  to << "set multiplot\nset logscale x\nset style fill solid noborder\nset border 1\nset grid xtics noytics\n"
     << "set lmargin at screen 0.24\nset rmargin at screen 0.98\nset ytics scale 0\n"
     << "set arrow from 1, graph 0 to 1, graph 1 nohead front linecolor rgb '#333333' linewidth 1\n";
  int above = 0;
  for (const panel& bars : panels) {
    to << "set tmargin at screen " << 1 - share(above + title_height) << '\n';
    above += height_of(bars);
    to << "set bmargin at screen " << 1 - share(above - axis_height) << '\n';
    draw_panel(to, bars, all.baseline);
  }
  to << "unset multiplot\n";
}

#else

void draw_chart(const std::string& file, const report&) { no_picture(file); }

#endif

}  // namespace compare
