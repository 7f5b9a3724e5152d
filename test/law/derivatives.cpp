// SPDX-License-Identifier: BSL-1.0
// Every operation of the catalogue, every mode, first and second order: derivatives along random directions
// against central differences of the value in quadruple precision; then the same derivatives in double and
// float. The report counts what was checked; nothing is skipped.
#define BOOST_TEST_MODULE derivatives
#include "law/number_types.hpp"
#include "law/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "fusegrad/pass/define.hpp"
#include "fusegrad/pass/stabilise.hpp"

using namespace fusegrad;
using namespace fusegrad::law;

namespace {

constexpr std::uint64_t samples_per_formula = 12;

// Unit roundoff is 1e-34, values stay below 1e3, third and fourth derivatives below 1e5 in the intervals of
// the catalogue. First order, step 1e-11: truncation 1e-17, rounding 1e-20. Second order, step 1e-9:
// truncation 1e-14, rounding 1e-13. Constants within derivatives, such as 2 / sqrt(pi), have the 1e-16 of
// double.
const quad first_step = 1e-11;
const quad second_step = 1e-9;
constexpr double quad_tolerance = 1e-12;
// Some hundreds of roundings, magnified by cancellations of up to a thousand.
constexpr double double_tolerance = 1e-11;
constexpr double float_tolerance = 3e-3;

/// One way to a derivative: a graph whose last output is the derivative of the sample along its direction.
struct mode {
  const char* name;
  int order;
  graph (*build)(sample&);
};

std::vector<ref> gradients_in(graph& in, std::size_t count) {
  std::vector<ref> result;
  for (const output& each : in.outputs().last(count)) result.push_back({&in, each.id});
  return result;
}

/// The slope along the directions by reverse mode, as last output.
graph reverse_slope(const graph& from, node_id of, sample& drawn) {
  graph in = differentiate(from, of, drawn.by(), true);
  const std::vector<ref> along = add_directions(in, drawn.by(), 500);
  const ref slope = along_directions(in, drawn.by(), gradients_in(in, drawn.by().size()), along);
  in.add_output({output_role::gradient, -1, slope.id});
  return in;
}

/// The same by forward mode.
graph forward_slope(const graph& from, node_id of, sample& drawn) {
  graph in = from;
  const std::vector<ref> along = add_directions(in, drawn.by(), 500);
  std::vector<direction> directions;
  for (std::size_t k = 0; k < along.size(); ++k) directions.push_back({drawn.by()[k], along[k].id});
  return tangent(in, of, directions);
}

graph reverse(sample& drawn) { return reverse_slope(drawn.in(), drawn.value(), drawn); }
graph forward(sample& drawn) { return forward_slope(drawn.in(), drawn.value(), drawn); }
graph in_kernels(const graph& of) { return write_definitions(stabilise(of)); }

template <graph (*Outer)(const graph&, node_id, sample&), graph (*Inner)(sample&)> graph over(sample& drawn) {
  const graph once = Inner(drawn);
  return Outer(once, once.outputs().back().id, drawn);
}

const std::vector<mode> modes{
    {"reverse", 1, reverse},
    {"forward", 1, forward},
    {"reverse as kernels compute it", 1, [](sample& drawn) { return in_kernels(reverse(drawn)); }},
    {"reverse of the stable form", 1,
     [](sample& drawn) {
       const graph stable = stabilise(drawn.in());
       return in_kernels(reverse_slope(stable, stable.outputs()[0].id, drawn));
     }},
    {"reverse over reverse", 2, over<reverse_slope, reverse>},
    {"forward over reverse", 2, over<forward_slope, reverse>},
    {"forward over forward", 2, over<forward_slope, forward>},
    {"reverse over forward", 2, over<reverse_slope, forward>},
    {"forward over reverse as kernels compute it", 2,
     [](sample& drawn) { return in_kernels(over<forward_slope, reverse>(drawn)); }},
};

/// The value of a sample as it moves along a direction.
class moving {
 public:
  moving(const sample& of, const symbol_values<double>& along)
      : of_(of), here_(convert<quad>(of.values())), along_(convert<quad>(along)) {}

  [[nodiscard]] quad at(const quad& step) const {
    auto there = here_;
    for (int by : of_.by())
      for (std::size_t i = 0; i < there[std::size_t(by)].size(); ++i)
        there[std::size_t(by)][i] += step * along_[std::size_t(by)][i];
    return interpret_in<quad>(of_.in(), there, of_.rows())[std::size_t(of_.value().value)][0];
  }
  [[nodiscard]] quad difference(int order) const {
    if (order == 1) return (at(first_step) - at(-first_step)) / (2 * first_step);
    return (at(second_step) - 2 * at(0) + at(-second_step)) / (second_step * second_step);
  }

 private:
  const sample& of_;
  symbol_values<quad> here_, along_;
};

/// Values for the symbols of a graph: those of the sample by their names, and its directions.
symbol_values<double> values_for(const graph& in, const sample& from, const symbol_values<double>& along) {
  symbol_values<double> result(in.symbols().size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const symbol& named = in.symbols()[i];
    const int known = from.in().find_symbol(named.name);
    if (known >= 0) result[i] = from.values()[std::size_t(known)];
    for (std::size_t k = 0; k < from.by().size(); ++k)
      if (named.name == name_of_symbol(500 + k)) result[i] = along[std::size_t(from.by()[k])];
  }
  return result;
}

template <class Real>
quad derivative_in(const graph& in, const symbol_values<double>& values, std::size_t rows) {
  const auto found = interpret_in<Real>(in, convert<Real>(values), rows);
  return quad(found[std::size_t(in.outputs().back().id.value)][0]);
}

bool close(const quad& a, const quad& b, double tolerance) {
  return abs(a - b) <= tolerance * (1 + abs(a) + abs(b));
}

/// How often each operation was checked in each mode.
class tally {
 public:
  void add(const std::string& operation, const mode& in) {
    ++checks_[{operation, in.name}];
    ++total_;
  }
  void check(std::size_t least) const {
    std::set<std::string> operations;
    for (const entry& each : catalogue()) operations.insert(each.op);
    for (const std::string& operation : operations)
      for (const mode& each : modes) {
        const auto found = checks_.find({operation, each.name});
        BOOST_TEST((found != checks_.end() && found->second >= least),
                   operation << " was not checked in mode " << each.name);
      }
    BOOST_TEST_MESSAGE(operations.size()
                       << " operations x " << modes.size() << " modes of first and second order: " << total_
                       << " derivatives, each in quadruple, double and float");
  }

 private:
  std::map<std::pair<std::string, std::string>, std::size_t> checks_;
  std::size_t total_ = 0;
};

void check_derivatives(const entry& of, std::uint64_t seed, tally& count) {
  sample drawn(of, seed);
  BOOST_TEST_REQUIRE(drawn.usable(), of.op << ": no values far from the kinks");
  const symbol_values<double> along = drawn.directions();
  const moving moved(drawn, along);
  const quad expected[] = {moved.difference(1), moved.difference(2)};
  for (const mode& each : modes) {
    const graph in = each.build(drawn);
    const symbol_values<double> values = values_for(in, drawn, along);
    const quad wanted = expected[each.order - 1];
    const quad found = derivative_in<quad>(in, values, drawn.rows());
    const quad in_double = derivative_in<double>(in, values, drawn.rows());
    const quad in_float = derivative_in<float>(in, values, drawn.rows());
    const bool right = close(found, wanted, quad_tolerance) && close(in_double, found, double_tolerance) &&
                       close(in_float, found, float_tolerance);
    if (!right)
      BOOST_TEST(false, of.op << ", seed " << seed << ", " << each.name << ": " << drawn.text()
                              << ": difference " << wanted << ", derivative " << found << ", in double "
                              << in_double << ", in float " << in_float);
    count.add(of.op, each);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_derivative_equals_differences_in_quadruple_precision) {
  tally count;
  for (const entry& each : catalogue())
    for (std::uint64_t seed = 0; seed < samples_per_formula; ++seed) check_derivatives(each, seed, count);
  count.check(samples_per_formula);
}
