// SPDX-License-Identifier: BSL-1.0
// Derivatives of every operation: reverse mode against differences and against forward mode, twice.
#define BOOST_TEST_MODULE gradient
#include "law/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::law;

namespace {

constexpr std::uint64_t samples_per_formula = 40;

// Step 1e-6 in long double (unit roundoff 5e-20). Truncation is h^2/6 of the third derivative, which the
// intervals of the catalogue keep below 1e4: 2e-9. Rounding of values below 1e3 is 1e-16 / 1e-6 = 1e-10.
constexpr long double step = 1e-6L;
constexpr double difference_tolerance = 1e-8;

// Both modes add the same products in another order: some ten roundings of 1e-16, on sums of some tens of
// terms.
constexpr double mode_tolerance = 1e-12;

bool close(double a, double b, double tolerance, double scale) {
  return std::abs(a - b) <= tolerance * (scale + std::abs(a) + std::abs(b));
}

/// The scalar at `value` as each element of the symbols `by` moves, against the gradients of the same graph.
void check_against_differences(const sample& from, const graph& in, node_id value,
                               const std::vector<node_id>& gradients, const symbol_values<double>& values) {
  const auto found = interpret<double>(in, values, from.rows());
  auto moved = convert<long double>(values);
  const auto value_there = [&] {
    return interpret<long double>(in, moved, from.rows())[std::size_t(value.value)][0];
  };
  for (std::size_t k = 0; k < from.by().size(); ++k) {
    const std::size_t by = std::size_t(from.by()[k]);
    const node& gradient = in[gradients[k]];
    const std::vector<double>& elements = found[std::size_t(gradients[k].value)];
    // An adjoint of a row stands for `rows` times the derivative.
    const long double share = from.of_rows(int(by)) ? (long double)(from.rows()) : 1.0L;
    for (std::size_t i = 0; i < moved[by].size(); ++i) {
      const long double here = moved[by][i];
      moved[by][i] = here + step;
      const long double above = value_there();
      moved[by][i] = here - step;
      const long double below = value_there();
      moved[by][i] = here;
      const double difference = double(share * (above - below) / (2 * step));
      const bool same_for_rows = gradient.depends != level::row;
      const double derivative = elements[same_for_rows ? i % elements.size() : i];
      if (!close(derivative, difference, difference_tolerance, 1))
        BOOST_TEST(false, from.text() << " by symbol " << by << " element " << i << ": derivative "
                                      << derivative << ", difference " << difference);
    }
  }
}

std::vector<node_id> gradient_outputs(const graph& in) {
  std::vector<node_id> result;
  for (const output& each : in.outputs())
    if (each.role == output_role::gradient) result.push_back(each.id);
  return result;
}

std::vector<ref> refs(graph& in, const std::vector<node_id>& ids) {
  std::vector<ref> result;
  for (node_id each : ids) result.push_back({&in, each});
  return result;
}

std::vector<direction> directions_of(const sample& from, const std::vector<ref>& along) {
  std::vector<direction> result;
  for (std::size_t k = 0; k < along.size(); ++k) result.push_back({from.by()[k], along[k].id});
  return result;
}

/// The values of the symbols followed by those of their directions.
symbol_values<double> with_directions(sample& from, int times) {
  symbol_values<double> result = from.values();
  result.resize(from.in().symbols().size());
  for (int time = 0; time < times; ++time) {
    const symbol_values<double> along = from.directions();
    for (int each : from.by()) result.push_back(along[std::size_t(each)]);
  }
  return result;
}

template <class Check> void for_every_formula(Check check) {
  for (const entry& each : catalogue())
    for (std::uint64_t seed = 0; seed < samples_per_formula; ++seed) {
      sample drawn(each, seed);
      BOOST_TEST_REQUIRE(drawn.usable(), each.op << ": no values far from the kinks");
      BOOST_TEST_CONTEXT(each.op << ", seed " << seed) check(drawn);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(reverse_mode_equals_central_differences) {
  for_every_formula([](sample& from) {
    const graph in = differentiate(from.in(), from.value(), from.by(), true);
    check_against_differences(from, in, from.value(), gradient_outputs(in), from.values());
  });
}

// Every repetition in segments, of which only the first carries are kept; then their gradient, too.
BOOST_AUTO_TEST_CASE(gradients_that_keep_few_carries_equal_central_differences) {
  constexpr int few = 1;
  for_every_formula([](sample& from) {
    if (!has_repetitions(from.in())) return;
    graph in = differentiate(from.in(), from.value(), from.by(), true, {}, false, few);
    const std::vector<node_id> gradients = gradient_outputs(in);
    check_against_differences(from, in, from.value(), gradients, from.values());
    const ref slope =
        along_directions(in, from.by(), refs(in, gradients), add_directions(in, from.by(), 500));
    const graph twice = differentiate(in, slope.id, from.by(), true);
    std::vector<node_id> second = gradient_outputs(twice);
    second.erase(second.begin(), second.begin() + std::ptrdiff_t(gradients.size()));
    check_against_differences(from, twice, slope.id, second, with_directions(from, 1));
  });
}

BOOST_AUTO_TEST_CASE(forward_mode_equals_reverse_mode) {
  for_every_formula([](sample& from) {
    graph in = differentiate(from.in(), from.value(), from.by(), true);
    const std::vector<node_id> gradients = gradient_outputs(in);
    const std::vector<ref> along = add_directions(in, from.by(), 500);
    const ref reverse = along_directions(in, from.by(), refs(in, gradients), along);
    const graph both = tangent(in, from.value(), directions_of(from, along));
    const node_id forward = both.outputs().back().id;
    const auto found = interpret<double>(both, with_directions(from, 1), from.rows());
    const double by_reverse = found[std::size_t(reverse.id.value)][0];
    const double by_forward = found[std::size_t(forward.value)][0];
    if (!close(by_reverse, by_forward, mode_tolerance, 1))
      BOOST_TEST(false, from.text() << ": reverse " << by_reverse << ", forward " << by_forward);
  });
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_gradient_equals_differences_of_the_gradient) {
  for_every_formula([](sample& from) {
    graph in = differentiate(from.in(), from.value(), from.by(), true);
    const std::vector<node_id> gradients = gradient_outputs(in);
    const ref slope =
        along_directions(in, from.by(), refs(in, gradients), add_directions(in, from.by(), 500));
    const graph twice = differentiate(in, slope.id, from.by(), true);
    std::vector<node_id> second = gradient_outputs(twice);
    second.erase(second.begin(), second.begin() + std::ptrdiff_t(gradients.size()));
    check_against_differences(from, twice, slope.id, second, with_directions(from, 1));
  });
}

BOOST_AUTO_TEST_CASE(forward_over_reverse_equals_reverse_over_reverse) {
  for_every_formula([](sample& from) {
    graph in = differentiate(from.in(), from.value(), from.by(), true);
    const std::vector<node_id> gradients = gradient_outputs(in);
    const ref slope =
        along_directions(in, from.by(), refs(in, gradients), add_directions(in, from.by(), 500));
    graph twice = differentiate(in, slope.id, from.by(), true);
    std::vector<node_id> second = gradient_outputs(twice);
    second.erase(second.begin(), second.begin() + std::ptrdiff_t(gradients.size()));
    const std::vector<ref> along = add_directions(twice, from.by(), 700);
    const ref reverse = along_directions(twice, from.by(), refs(twice, second), along);
    const graph both = tangent(twice, slope.id, directions_of(from, along));
    const auto found = interpret<double>(both, with_directions(from, 2), from.rows());
    const double by_reverse = found[std::size_t(reverse.id.value)][0];
    const double by_forward = found[std::size_t(both.outputs().back().id.value)][0];
    if (!close(by_reverse, by_forward, mode_tolerance, 1))
      BOOST_TEST(false, from.text() << ": reverse " << by_reverse << ", forward " << by_forward);
  });
}
