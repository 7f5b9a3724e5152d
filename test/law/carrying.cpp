// SPDX-License-Identifier: BSL-1.0
// Every operation carries a further axis: Jacobians, by forward and by reverse mode, equal tangents along one
// unit vector after the other.
#define BOOST_TEST_MODULE carrying
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fusegrad/graph/verify.hpp"
#include "fusegrad/pass/expand_gradients.hpp"
#include "fusegrad/run/interpret.hpp"
#include "law/catalogue.hpp"

using namespace fusegrad;
using namespace fusegrad::law;

namespace {

constexpr std::uint64_t samples_per_formula = 8;
constexpr std::size_t rows = 2;

/// A formula of the catalogue with values for its symbols.
struct drawn_formula {
  graph in;
  std::vector<source> sources;
  symbol_values<double> values;

  drawn_formula(const entry& from, std::uint64_t seed) {
    random_engine random(seed);
    operands make(in, random, 0);
    std::vector<ref> kinks;
    make.note_in(sources, kinks);
    in.add_output({output_role::value, -1, from.build(make).id});
    if (first_gradient(in)) in = expand_gradients(in);
    BOOST_TEST_REQUIRE(!in.trouble(), from.op << ": " << sentence(in.trouble().kind));
    for (const symbol& named : in.symbols()) {
      values.emplace_back();
      if (named.role == symbol_role::row_count) continue;
      const source& known = source_of(named);
      const std::size_t times = named.role == symbol_role::parameter ? 1 : rows;
      values.back().resize(std::size_t(named.extents.elements()) * times);
      for (double& each : values.back()) {
        each = boost::random::uniform_real_distribution<>(known.range.low, known.range.high)(random);
        if (named.role == symbol_role::label) each = std::floor(each);
      }
    }
  }
  [[nodiscard]] const source& source_of(const symbol& named) const {
    return sources.at(std::stoul(std::string(named.name.substr(1))));
  }
  [[nodiscard]] node_id value() const { return in.outputs()[0].id; }
};

/// The elements of a node, for each row.
std::vector<double> elements_of(const graph& in, node_id id, const drawn_formula& of) {
  const std::vector<double> found = interpret<double>(in, of.values, rows)[std::size_t(id.value)];
  std::vector<double> result;
  for (std::size_t times = in[id].depends == level::row ? 1 : rows; times > 0; --times)
    result.insert(result.end(), found.begin(), found.end());
  return result;
}

/// Every column by a tangent of its own: [rows][columns][elements of the formula].
std::vector<double> one_by_one(const drawn_formula& of, int by) {
  const shape extents = of.in.symbols()[std::size_t(by)].extents;
  const std::size_t columns = std::size_t(extents.elements());
  const std::size_t size = std::size_t(of.in[of.value()].extents.elements());
  std::vector<double> result(rows * columns * size);
  for (std::size_t column = 0; column < columns; ++column) {
    graph in = of.in;
    const ref place = position_in(in, extents, all_axes(extents));
    const ref unit = where(place == constant_in(in, double(column), extents), 1, constant_in(in, 0, extents));
    const std::vector<direction> along{{by, extents.rank == 0 ? constant_in(in, 1).id : unit.id}};
    const graph moved = tangent(in, of.value(), along);
    const std::vector<double> found = elements_of(moved, moved.outputs().back().id, of);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < size; ++i)
        result[(row * columns + column) * size + i] = found[row * size + i];
  }
  return result;
}

/// All columns at once, as one_by_one orders them.
std::vector<double> all_at_once(const drawn_formula& of, int by, bool reverse) {
  graph in = of.in;
  const shape value = in[of.value()].extents, extents = in.symbols()[std::size_t(by)].extents;
  const ref along = direction_in(in, reverse ? value : extents);
  graph result;
  const int symbols[] = {by};
  const std::vector<direction> directions{{by, along.id}};
  if (reverse)
    result = differentiate(in, of.value(), symbols, false, along.id, true);
  else
    result = tangent(in, of.value(), directions, true);
  const ref wide = for_every_direction(result, result.outputs().back().id, along.id);
  if (result.trouble().kind == problem_kind::rank_too_large) return {};
  if (has_repetitions(in) && result.trouble().kind == problem_kind::no_leading_axis) return {};
  BOOST_TEST_REQUIRE(!result.trouble(), sentence(result.trouble().kind));
  verify_shapes(result);
  result.drop_outputs();
  result.add_output({output_role::value, -1, wide.id});
  result = prune(result);  // without the narrow derivative, whose direction has no value
  const std::vector<double> found = elements_of(result, result.outputs()[0].id, of);
  if (!reverse) return found;
  const std::size_t columns = std::size_t(extents.elements()), size = std::size_t(value.elements());
  std::vector<double> turned(found.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t column = 0; column < columns; ++column)
        turned[(row * columns + column) * size + i] = found[(row * size + i) * columns + column];
  return turned;
}

bool passes_mean(const drawn_formula& of, int by) {
  const int symbols[] = {by};
  return expanding::passes_row_mean(of.in, of.value(), reverse_mode::active_nodes(of.in, symbols));
}

/// Equal but for rounding; sums may run in another order.
bool close(const std::vector<double>& a, const std::vector<double>& b) {
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i)
    same = std::abs(a[i] - b[i]) <= 1e-12 * (1 + std::abs(a[i]));
  return same;
}

}  // namespace

BOOST_AUTO_TEST_CASE(jacobians_equal_tangents_along_unit_vectors) {
  std::map<std::string, int> checked;
  int too_large = 0;
  for (const entry& each : catalogue())
    for (std::uint64_t seed = 0; seed < samples_per_formula; ++seed) {
      const drawn_formula of(each, seed);
      for (int by = 0; by < int(of.in.symbols().size()); ++by) {
        const symbol& named = of.in.symbols()[std::size_t(by)];
        if (named.role == symbol_role::row_count || named.role == symbol_role::label) continue;
        if (passes_mean(of, by)) continue;  // tested with the pass: shares of rows
        const std::vector<double> expected = one_by_one(of, by);
        for (bool reverse : {false, true}) {
          const std::vector<double> found = all_at_once(of, by, reverse);
          if (found.empty()) {  // a convolution has six letters: there is no seventh
            BOOST_TEST((each.op == "contract_op" || has_repetitions(of.in)), each.op);
            ++too_large;
            continue;
          }
          BOOST_TEST(close(found, expected), each.op << ", seed " << seed << " by " << named.name
                                                     << (reverse ? ", reverse" : ", forward") << ": "
                                                     << to_text(of.in, of.value()).view());
        }
        ++checked[each.op];
      }
    }
  std::set<std::string> operations;
  for (const entry& each : catalogue()) operations.insert(each.op);
  for (const std::string& each : operations)
    if (each != "row_mean_op") BOOST_TEST(checked[each] > 0, each << " was not checked");
  BOOST_TEST_MESSAGE(operations.size() << " operations, each in Jacobians of both modes; " << too_large
                                       << " Jacobians of convolutions have more than six axes");
}
