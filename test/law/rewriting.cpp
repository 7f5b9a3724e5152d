// SPDX-License-Identifier: BSL-1.0
// The passes that rewrite a graph keep its value and its gradients, on random graphs.
#define BOOST_TEST_MODULE rewriting
#include "fusegrad/graph/verify.hpp"
#include "law/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "fusegrad/pass/define.hpp"

using namespace fusegrad;
using namespace fusegrad::law;

namespace {

constexpr std::uint64_t samples_per_formula = 20;
constexpr int depth = 3;

// A stable form rounds otherwise than the formula it replaces. Each of some ten operations on the way adds
// about 1e-16, and the bent operands (slopes up to 10) carry it on: 1e-12 of the value leaves room.
constexpr double tolerance = 1e-12;

/// The outputs of a graph, each as its rows x elements.
std::vector<std::vector<double>> outputs_of(const graph& in, const sample& from) {
  const auto found = interpret<double>(in, from.values(), from.rows());
  std::vector<std::vector<double>> result;
  for (const output& each : in.outputs()) {
    std::vector<double> values = found[std::size_t(each.id.value)];
    // A value that turned out to be the same for all rows is compared with each of them.
    const std::size_t elements = std::size_t(in[each.id].extents.elements());
    if (in[each.id].depends != level::row)
      for (std::size_t row = 1; row < from.rows(); ++row)
        for (std::size_t i = 0; i < elements; ++i) values.push_back(values[i]);
    result.push_back(values);
  }
  return result;
}

void check_same(const graph& before, const graph& after, const sample& from) {
  BOOST_TEST(!after.trouble(), sentence(after.trouble().kind));
  if (after.trouble()) return;
  verify_shapes(verified(after));
  const auto expected = outputs_of(before, from), found = outputs_of(after, from);
  BOOST_TEST_REQUIRE(expected.size() == found.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    BOOST_TEST_REQUIRE(expected[k].size() == found[k].size());
    double scale = 1;
    for (double each : expected[k]) scale = std::max(scale, std::abs(each));
    // The text of a random graph is long: it is made for a failure only.
    for (std::size_t i = 0; i < expected[k].size(); ++i)
      if (!(std::abs(expected[k][i] - found[k][i]) <= tolerance * scale))
        BOOST_TEST(false, from.text()
                              << ", output " << k << ": " << expected[k][i] << " became " << found[k][i]);
  }
}

/// A random graph around each formula of the catalogue, some of them.
template <class Check> void for_random_graphs(std::uint64_t first_seed, Check check) {
  std::uint64_t used = 0, drawn = 0;
  for (const entry& each : catalogue())
    for (std::uint64_t i = 0; i < samples_per_formula; ++i) {
      const std::uint64_t seed = first_seed + drawn;
      const sample from(each, seed, depth);
      ++drawn;
      if (!from.usable()) continue;
      ++used;
      BOOST_TEST_CONTEXT(each.op << ", seed " << seed) check(from);
    }
  BOOST_TEST(used * 10 > drawn * 9, "only " << used << " of " << drawn << " random graphs could be used");
}

template <class Rewrite> void check_on_random_graphs(Rewrite rewrite) {
  for_random_graphs(1000, [&](const sample& from) {
    check_same(from.in(), rewrite(from.in()), from);
    const graph gradients = differentiate(from.in(), from.value(), from.by(), true);
    check_same(gradients, rewrite(gradients), from);
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(prune_keeps_values_and_gradients) {
  check_on_random_graphs([](const graph& in) { return prune(in); });
}

BOOST_AUTO_TEST_CASE(simplify_keeps_values_and_gradients) {
  check_on_random_graphs([](const graph& in) { return simplify(in); });
}

BOOST_AUTO_TEST_CASE(stabilise_keeps_values_and_gradients) {
  check_on_random_graphs([](const graph& in) { return stabilise(in); });
}

BOOST_AUTO_TEST_CASE(write_definitions_keeps_values_and_gradients) {
  check_on_random_graphs([](const graph& in) { return write_definitions(in); });
}

BOOST_AUTO_TEST_CASE(no_composite_and_no_wall_is_left_by_write_definitions) {
  for_random_graphs(3000, [](const sample& from) {
    const graph written = write_definitions(from.in());
    for (const node& of : written.nodes()) {
      BOOST_TEST((of.op->family != operation_family::composite), of.op->name);
      BOOST_TEST((of.op != &row<stop_gradient_op>()));
    }
  });
}

BOOST_AUTO_TEST_CASE(the_whole_pipeline_keeps_the_gradients_of_the_formula_as_it_stands) {
  for_random_graphs(2000, [](const sample& from) {
    const graph plain = differentiate(from.in(), from.value(), from.by(), true);
    const graph stable = stabilise(from.in());
    const graph derived = differentiate(stable, stable.outputs()[0].id, from.by(), true);
    check_same(plain, write_definitions(stabilise(derived)), from);
  });
}
