// SPDX-License-Identifier: BSL-1.0
// Jacobians of every operation, by forward and by reverse mode, equal tangents along one unit vector after the
// other: all directions at once in a further axis, or, where an operation takes none, in a repetition.
#define BOOST_TEST_MODULE carrying
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstddef>
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
  const tensor_shape extents = of.in.symbols()[std::size_t(by)].extents;
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

/// The derivative of one mode along all directions, in one graph.
graph derivative_along_every(const drawn_formula& of, int by, bool reverse) {
  const expanding::request wanted(of.in, of.value(), by);
  graph result = expanding::along_every(of.in, wanted, reverse);
  BOOST_TEST_REQUIRE(!result.trouble(), sentence(result.trouble().kind));
  verify_shapes(result);
  const node_id found = result.outputs().back().id;
  result.drop_outputs();
  result.add_output({output_role::value, -1, found});
  return prune(result);  // without the narrow derivative, whose direction has no value
}

/// All columns at once, as one_by_one orders them.
std::vector<double> all_at_once(const drawn_formula& of, const graph& derivative, int by, bool reverse) {
  const std::vector<double> found = elements_of(derivative, derivative.outputs()[0].id, of);
  if (!reverse) return found;
  const tensor_shape value = of.in[of.value()].extents, extents = of.in.symbols()[std::size_t(by)].extents;
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

const char* mode_name(bool reverse) { return reverse ? "reverse mode" : "forward mode"; }

/// Which operations were compared, and in how many Jacobians directions took turns.
class tally {
 public:
  void compared(const entry& of, bool reverse, const graph& derivative) {
    compared_[reverse].insert(of.op);
    ++(takes_turns(derivative) ? in_turn_ : at_once_);
  }
  void check() const {
    std::set<std::string> operations;
    for (const entry& each : catalogue())
      if (each.op != "row_mean_op") operations.insert(each.op);
    for (const std::string& each : operations)
      for (bool reverse : {false, true})
        BOOST_TEST(compared_[reverse].contains(each), each << " was not checked by " << mode_name(reverse));
    BOOST_TEST(in_turn_ > 0);
    BOOST_TEST_MESSAGE(operations.size()
                       << " operations in Jacobians of both modes; of " << at_once_ + in_turn_
                       << " Jacobians, " << in_turn_ << " take one direction after another");
  }

 private:
  static bool takes_turns(const graph& derivative) {
    return derivative[derivative.outputs()[0].id].op == &row<stacked_op>();
  }

  std::set<std::string> compared_[2];  // by forward and by reverse mode
  int at_once_ = 0, in_turn_ = 0;
};

void check_jacobian(const entry& each, const drawn_formula& of, int by, tally& count) {
  const std::vector<double> expected = one_by_one(of, by);
  for (bool reverse : {false, true}) {
    const graph derivative = derivative_along_every(of, by, reverse);
    BOOST_TEST(close(all_at_once(of, derivative, by, reverse), expected),
               each.op << " by " << of.in.symbols()[std::size_t(by)].name << ", " << mode_name(reverse)
                       << ": " << to_text(of.in, of.value()).view());
    count.compared(each, reverse, derivative);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(jacobians_equal_tangents_along_unit_vectors) {
  tally count;
  for (const entry& each : catalogue())
    for (std::uint64_t seed = 0; seed < samples_per_formula; ++seed) {
      const drawn_formula of(each, seed);
      for (int by = 0; by < int(of.in.symbols().size()); ++by) {
        const symbol_role role = of.in.symbols()[std::size_t(by)].role;
        if (role == symbol_role::row_count || role == symbol_role::label) continue;
        if (passes_mean(of, by)) continue;  // tested with the pass: shares of rows
        BOOST_TEST_CONTEXT(each.op << ", seed " << seed) check_jacobian(each, of, by, count);
      }
    }
  count.check();
}
