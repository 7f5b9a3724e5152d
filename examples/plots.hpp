// SPDX-License-Identifier: BSL-1.0
// The pictures of the examples, drawn by gnuplot into PNG files in the current directory.
// Without gnuplot each function says that no picture is drawn.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#ifdef FUSEGRAD_HAVE_GNUPLOT
#include <gnuplot-iostream.h>
#endif

/// The names of the axes of a plot.
struct axes {
  std::string x;
  std::string y;
};

/// A named series of values, such as one per epoch.
struct curve {
  std::string name;
  std::vector<double> values;
};

/// A grey image of 28 x 28 pixels, 0 is black, under a title of a line or two.
struct titled_image {
  std::span<const std::uint8_t> pixels;
  std::string title;
  bool highlighted = false;
};

/// One feature of all rows: what a row-major matrix of `width` features holds in column `index`.
inline std::vector<float> column_of(std::span<const float> features, std::size_t width, std::size_t index) {
  std::vector<float> column;
  for (std::size_t i = index; i < features.size(); i += width) column.push_back(features[i]);
  return column;
}

#ifdef FUSEGRAD_HAVE_GNUPLOT

/// Whether there is a gnuplot to draw with; it may be missing where its library is installed.
inline bool can_draw(const std::string& file) {
  static const bool found = std::system("command -v gnuplot >/dev/null 2>&1") == 0;
  std::cout << (found ? "picture: " + file : "no gnuplot: " + file + " is not drawn") << '\n';
  return found;
}

/// The look of every picture: quiet axes on two sides, a light grid, three colours that the colour-blind
/// tell apart.
inline void begin_picture(Gnuplot& to, const std::string& file, int width, int height) {
  to << "set terminal pngcairo size " << width << ',' << height << " font 'DejaVu Sans,12'\n"
     << "set output '" << file << "'\n"
     << "set border 3 linecolor rgb '#888888'\n"
     << "set tics nomirror out scale 0.5 textcolor rgb '#333333'\n"
     << "set grid linetype 1 linewidth 1 linecolor rgb '#dcdcdc'\n"
     << "set style line 1 linecolor rgb '#0072b2' linewidth 2.5 pointtype 7 pointsize 0.8\n"
     << "set style line 2 linecolor rgb '#d55e00' linewidth 2.5 pointtype 7 pointsize 0.8\n"
     << "set style line 3 linecolor rgb '#009e73' linewidth 2.5 pointtype 7 pointsize 0.8\n";
}

/// A point for each pair of numbers.
inline void draw_scatter(const std::string& file, const axes& named, std::span<const float> x,
                         std::span<const float> y) {
  if (!can_draw(file)) return;
  Gnuplot to;
  begin_picture(to, file, 640, 480);
  to << "set xlabel '" << named.x << "'\nset ylabel '" << named.y << "'\n"
     << "plot '-' with points pointtype 7 pointsize 0.6 linecolor rgb '#990072b2' notitle\n";
  for (std::size_t i = 0; i < x.size(); ++i) to << x[i] << ' ' << y[i] << '\n';
  to << "e\n";
}

/// A line for each curve over the epochs, or what else counts from 1.
inline void draw_curves(const std::string& file, const std::vector<curve>& curves,
                        const std::string& counted = "epoch") {
  if (!can_draw(file)) return;
  Gnuplot to;
  begin_picture(to, file, 640, 440);
  std::size_t epochs = 1;
  for (const curve& each : curves) epochs = std::max(epochs, each.values.size());
  const bool few = epochs <= 20;
  to << "set xlabel '" << counted << "'\nset xtics " << (few ? 1 : epochs / 10)
     << "\nset key above left vertical reverse Left samplen 2 spacing 1.3\n"
     << "set offsets 0.2, 0.2, 0.02, 0.02\nset autoscale xfix\nplot ";
  for (std::size_t i = 0; i < curves.size(); ++i)
    to << (i == 0 ? "" : ", ") << (few ? "'-' with linespoints linestyle " : "'-' with lines linestyle ")
       << i + 1 << " title '" << curves[i].name << "'";
  to << '\n';
  for (const curve& each : curves) {
    for (std::size_t i = 0; i < each.values.size(); ++i) to << i + 1 << ' ' << each.values[i] << '\n';
    to << "e\n";
  }
}

/// Images in a row, each under its title; highlighted titles are red.
inline void draw_images(const std::string& file, const std::vector<titled_image>& images) {
  if (!can_draw(file)) return;
  Gnuplot to;
  begin_picture(to, file, 130 * int(images.size()), 180);
  to << "set multiplot layout 1," << images.size() << "\n"
     << "set palette gray\nunset colorbox\nunset tics\nunset border\nunset grid\n"
     << "set size ratio -1\nset yrange [27.5:-0.5]\nset xrange [-0.5:27.5]\n"
     << "set lmargin 0.5\nset rmargin 0.5\nset tmargin 3.5\nset bmargin 0.5\n";
  for (const titled_image& each : images) {
    to << "set title \"" << each.title << "\" textcolor rgb '" << (each.highlighted ? "#d55e00" : "#333333")
       << "' offset 0, -0.5\nplot '-' matrix with image notitle\n";
    for (std::size_t i = 0; i < each.pixels.size(); ++i)
      to << int(each.pixels[i]) << ((i + 1) % 28 == 0 ? '\n' : ' ');
    to << "\ne\n";
  }
  to << "unset multiplot\n";
}

#else

inline void no_picture(const std::string& file) {
  std::cout << "built without gnuplot-iostream: " << file << " is not drawn\n";
}
inline void draw_scatter(const std::string& file, const axes&, std::span<const float>,
                         std::span<const float>) {
  no_picture(file);
}
inline void draw_curves(const std::string& file, const std::vector<curve>&, const std::string& = "epoch") {
  no_picture(file);
}
inline void draw_images(const std::string& file, const std::vector<titled_image>&) { no_picture(file); }

#endif
