// SPDX-License-Identifier: BSL-1.0
// Large gradients: each slice has one owner, which adds up all rows of a group of tiles. No copy per block of
// rows, nothing to combine, and the same bits whoever owns which slice.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "fusegrad/kernel/gather.hpp"
#include "fusegrad/kernel/matmul.hpp"
#include "fusegrad/kernel/step.hpp"

namespace fusegrad::slicing {

/// One large gradient of a plan.
template <class Program, int Step> struct large_gradient : entry::step_facts<Program, Step> {
  using real = typename Program::real;
  using arch = typename Program::arch;
  using facts = entry::step_facts<Program, Step>;
  using slices = gradient_slices<arch, real, facts::outputs, facts::inputs>;
  using panels = typename slices::panels;

  static constexpr std::size_t count_of_slices = slices::count;

  static real* memory(const step_data<real>& step) noexcept {
    return entry::memory_of_large<Program, Step>(step);
  }

  /// Adds some tiles to a slice; the rows of the first begin at `begin`.
  static void add_tiles(const step_data<real>& step, const tile_group<real>& group, std::size_t begin,
                        std::size_t count, std::size_t slice) noexcept {
    constexpr std::size_t height = Program::tile_rows;
    const real* const tile = group.tiles + (begin - group.begin) / height * group.distance;
    const adjoint_of_tiles<real> adjoint{tile + std::size_t(facts::step.left.offset) * height, group.distance,
                                         count};
    const accumulate onto = begin == group.begin && !group.begun ? accumulate::no : accumulate::yes;
    gradient_part<real> to{memory(step), real(1) / real(step.rows.count), onto, slices::outputs_of(slice)};
    if constexpr (facts::step.kind == step_kind::gradient) {
      gradient_panels_from_lanes<arch, facts::outputs, facts::inputs, height, most_tiles_together,
                                 facts::layout>(
          adjoint, tile + std::size_t(facts::step.right.offset) * height, to, slices::panels_of(slice));
    } else {
      const column& from = *step.columns[facts::step.symbol];
      to.scale *= real(from.scale);
      with_element<Program::columns, real>(from.type, [&](auto element) {
        using type = typename decltype(element)::type;
        const auto rows_of = [&](std::size_t which) {
          return rows_of_tile<type>(step, begin + which * height, group.end);
        };
        gradient_panels_from_rows<arch, facts::outputs, facts::inputs, height, most_tiles_together,
                                  facts::layout>(adjoint, rows_of, to, slices::panels_of(slice));
      });
    }
  }

  /// The rows of one tile, as they are stored in a column.
  template <class Element> struct rows_of_tile {
    tile_rows<Program::tile_rows> numbers;
    row_tile<Element, facts::inputs> stored;

    rows_of_tile(const step_data<real>& step, std::size_t begin, std::size_t end) noexcept
        : numbers(step.rows.alone(), begin, end),
          stored(numbers.template of<Element, facts::inputs>(*step.columns[facts::step.symbol])) {}
    const Element* row(std::size_t t) const noexcept { return stored.row(t); }
  };

  /// Whether all numbers of a slice are finite.
  static bool is_finite(const real* gradient, std::size_t slice) noexcept {
    constexpr bool by_rows = facts::layout == weights_layout::outputs_by_inputs;
    const auto matrix = by_output<facts::layout, facts::outputs, facts::inputs>(gradient);
    lanes<real, arch> doubt(real(0));  // stays 0 while everything is finite
    panels::for_each(slices::panels_of(slice), [&]<std::size_t Columns>(std::size_t first) {
      for_blocks<facts::outputs, block_outputs<arch>(facts::outputs)>(
          [&](auto size, std::size_t m) {
            constexpr std::size_t outputs = decltype(size)::value;
            constexpr std::size_t lines = by_rows ? outputs : Columns, length = by_rows ? Columns : outputs;
            for (std::size_t i = 0; i < lines; ++i)
              doubt = doubt + doubt_of<length>(by_rows ? &matrix(m + i, first) : &matrix(m, first + i));
          },
          slices::outputs_of(slice));
    });
    return simd::sum_of_lanes(doubt) == 0;
  }

  /// 0 if so many numbers are finite, else NaN somewhere.
  template <std::size_t Count> static lanes<real, arch> doubt_of(const real* from) noexcept {
    constexpr std::size_t count = lane_count<real, arch>;
    lanes<real, arch> doubt(real(0));
    const auto look_at = [&](lanes<real, arch> each) { doubt = doubt + (each - each); };
    for (std::size_t i = 0; i < Count / count; ++i) look_at(simd::load<arch, real>(from + i * count));
    if constexpr (Count % count > 0)
      look_at(simd::load<arch, real, Count % count>(from + Count / count * count));
    return doubt;
  }

  /// Adds a group of tiles to a slice; false if it is then NaN or infinite.
  static bool run(const step_data<real>& step, const tile_group<real>& group, std::size_t slice) noexcept {
    constexpr std::size_t height = Program::tile_rows, together = most_tiles_together * height;
    for (std::size_t at = group.begin; at < group.end; at += together) {
      const std::size_t rows = std::min(together, group.end - at);
      add_tiles(step, group, at, (rows + height - 1) / height, slice);
    }
    return is_finite(memory(step), slice);
  }
};

/// What gathers a large gradient, by its slices.
template <class Program, int Step>
using sliced_gradient = std::conditional_t<Program::plan.steps[Step].kind == step_kind::label_mean,
                                           large_table<Program, Step>, large_gradient<Program, Step>>;

/// Slices of all large gradients of a plan.
template <class Program> constexpr int slice_count() {
  std::size_t count = 0;
  looping::for_each_index<0, int(Program::plan.steps.size())>([&](auto step) {
    if constexpr (Program::plan.steps[step].when == phase::slices)
      count += sliced_gradient<Program, step>::count_of_slices;
  });
  return int(count);
}

/// Runs one of them.
template <class Program>
bool run_slice(const step_data<typename Program::real>& step, const tile_group<typename Program::real>& group,
               int slice) noexcept {
  std::size_t left = std::size_t(slice);  // slices to pass over
  bool found = false, finite = true;
  looping::for_each_index<0, int(Program::plan.steps.size())>([&](auto which) {
    if constexpr (Program::plan.steps[which].when == phase::slices) {
      using gradient = sliced_gradient<Program, which>;
      if (!found && left < gradient::count_of_slices) {
        finite = gradient::run(step, group, left);
        found = true;
      } else if (!found) {
        left -= gradient::count_of_slices;
      }
    }
  });
  return finite;
}

}  // namespace fusegrad::slicing
