// SPDX-License-Identifier: BSL-1.0
// A random scalar built from one formula of the catalogue, with values for its symbols.
#pragma once

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "fusegrad/pass/expand_gradients.hpp"
#include "fusegrad/pass/tangent.hpp"
#include "fusegrad/run/interpret.hpp"
#include "law/catalogue.hpp"

namespace fusegrad::law {

/// The nearest that a value may come to a kink, far beyond the step of the differences.
inline constexpr double kink_margin = 1e-3;

template <class To, class From> [[nodiscard]] symbol_values<To> convert(const symbol_values<From>& values) {
  symbol_values<To> result;
  for (const auto& each : values) result.emplace_back(each.begin(), each.end());
  return result;
}

/// The mean over the rows of a sum of the formula's elements, each with a weight of its own.
class sample {
 public:
  sample(const entry& from, std::uint64_t seed, int depth = 0) : random_(seed) {
    operands make(in_, random_, depth);
    std::vector<ref> kinks;
    make.note_in(sources_, kinks);
    const ref formula = from.build(make);
    const ref weights = make.leaf({0.5, 1.5}, formula.extents(), false);
    const ref total = multiply(formula, weights);
    in_.add_output({output_role::value, -1, row_mean(sum_over(total, all_axes(total.extents()))).id});
    for (ref each : kinks) in_.add_output({output_role::value, -1, each.id});
    if (first_gradient(in_)) in_ = expand_gradients(in_);
    BOOST_TEST_REQUIRE(!in_.trouble(), from.op << ": " << sentence(in_.trouble().kind));
    for (int i = 0; i < int(in_.symbols().size()); ++i)
      if (const source* from_catalogue = source_of(i); from_catalogue != nullptr && from_catalogue->moves)
        by_.push_back(i);
    rows_ = std::size_t(make.number(1, 3));
    usable_ = draw_far_from_kinks();
  }

  /// Whether values far from all kinks were found; always so for a formula of fresh symbols.
  [[nodiscard]] bool usable() const { return usable_; }

  [[nodiscard]] const graph& in() const { return in_; }
  [[nodiscard]] node_id value() const { return in_.outputs()[0].id; }
  [[nodiscard]] const std::vector<int>& by() const { return by_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] const symbol_values<double>& values() const { return values_; }
  [[nodiscard]] bool of_rows(int symbol) const {
    const symbol_role role = in_.symbols()[std::size_t(symbol)].role;
    return role != symbol_role::parameter && role != symbol_role::row_count;
  }
  [[nodiscard]] std::string text() const { return to_text(in_, value()).string(); }

  /// Fresh values of -1 to 1 in the shapes of the symbols: a direction to move along.
  [[nodiscard]] symbol_values<double> directions() {
    symbol_values<double> result = values_;
    for (auto& each : result)
      for (double& element : each) element = boost::random::uniform_real_distribution<>(-1, 1)(random_);
    return result;
  }

 private:
  /// An exact tie is as dangerous as a near one: a rewritten graph may round it to either side.
  [[nodiscard]] bool draw_far_from_kinks() {
    for (int attempt = 0; attempt < 100; ++attempt) {
      values_.assign(in_.symbols().size(), {});
      for (std::size_t i = 0; i < values_.size(); ++i) draw_symbol(i, values_[i]);
      const auto found = interpret<double>(in_, values_, rows_);
      double nearest = 1;
      for (const output& each : in_.outputs().subspan(1))
        for (double element : found[std::size_t(each.id.value)])
          nearest = std::min(nearest, std::abs(element));
      if (nearest > kink_margin) return true;
    }
    return false;
  }

  /// The row count has none; it may stand between symbols that have one.
  [[nodiscard]] const source* source_of(int index) const {
    const symbol& named = in_.symbols()[std::size_t(index)];
    if (named.role == symbol_role::row_count) return nullptr;
    return &sources_.at(std::stoul(std::string(named.name.substr(1))));
  }

  void draw_symbol(std::size_t index, std::vector<double>& into) {
    const source* from_catalogue = source_of(int(index));
    if (from_catalogue == nullptr) return;
    const symbol& named = in_.symbols()[index];
    const interval range = from_catalogue->range;
    into.resize(std::size_t(named.extents.elements()) * (of_rows(int(index)) ? rows_ : 1));
    for (double& each : into) {
      each = boost::random::uniform_real_distribution<>(range.low, range.high)(random_);
      if (named.role == symbol_role::label) each = std::floor(each);
    }
  }

  random_engine random_;
  graph in_;
  std::vector<source> sources_;
  std::vector<int> by_;
  symbol_values<double> values_;
  std::size_t rows_ = 1;
  bool usable_ = false;
};

/// A direction for each symbol that moves, as a symbol of its own.
[[nodiscard]] inline std::vector<ref> add_directions(graph& in, const std::vector<int>& by,
                                                     std::size_t first) {
  std::vector<ref> result;
  for (int each : by) {
    const symbol moving = in.symbols()[std::size_t(each)];
    result.push_back(symbol_in(in, {name_of_symbol(first++), moving.role, moving.extents, 0}));
  }
  return result;
}

/// The sum of the products of a gradient and a direction, averaged over the rows where it belongs to rows.
[[nodiscard]] inline ref along_directions(graph& in, const std::vector<int>& by,
                                          const std::vector<ref>& gradients,
                                          const std::vector<ref>& directions) {
  ref total = constant_in(in, 0);
  for (std::size_t i = 0; i < by.size(); ++i) {
    const ref product = multiply(gradients[i], directions[i]);
    total = total + row_mean(sum_over(product, all_axes(product.extents())));
  }
  return total;
}

}  // namespace fusegrad::law
