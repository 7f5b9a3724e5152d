// SPDX-License-Identifier: BSL-1.0
// Every rule of the grammar is broken once.
#define BOOST_TEST_MODULE verify
#include "fusegrad/graph/verify.hpp"

#include "base/twice.hpp"
#include "fusegrad/op/words.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

namespace {

constexpr graph sound() {
  graph in;
  const ref x = symbol_in(in, {"x", symbol_role::input, {2}, 0});
  const ref w = symbol_in(in, {"w", symbol_role::parameter, {3, 2}, 0});
  in.add_output({output_role::value, -1, row_mean(logsumexp(w * x)).id});
  return in;
}

/// The sound graph with its last node changed by `damage`.
graph damaged(auto damage) {
  const graph from = sound();
  graph result;
  for (const symbol& each : from.symbols()) result.add_symbol(each);
  for (int i = 0; i < from.size(); ++i) {
    node copy = from[node_id{i}];
    if (i + 1 == from.size()) damage(copy);
    result.append(copy);
  }
  for (const output& each : from.outputs()) result.add_output(each);
  return result;
}

void check_message(auto broken, const char* message) {
  BOOST_CHECK_EXCEPTION(broken(), std::logic_error, [&](const std::logic_error& error) {
    return std::string_view(error.what()) == message;
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_sound_graph_passes_unchanged) {
  holds<[] { return verified(sound()).size() == sound().size(); }>();
  verify_shapes(sound());
}

BOOST_AUTO_TEST_CASE(each_broken_rule_is_named) {
  check_message([] { (void)verified(damaged([](node& last) { last.op = nullptr; })); },
                "a node has no operation");
  check_message([] { (void)verified(damaged([](node& last) { last.arity = 2; })); },
                "a node has a wrong number of operands");
  check_message([] { (void)verified(damaged([](node& last) { last.operands[0] = node_id{99}; })); },
                "an operand does not stand before its node");
  check_message([] { (void)verified(damaged([](node& last) { last.operands[0] = node_id{}; })); },
                "an operand does not stand before its node");
  check_message([] { (void)verified(damaged([](node& last) { last.depends = level::row; })); },
                "a node has a wrong level");
  check_message([] { verify_shapes(damaged([](node& last) { last.extents = tensor_shape{7}; })); },
                "a node has a wrong shape");
  check_message([] { (void)verified(sound(), strictness::written_out); }, "a composite is left");
}

BOOST_AUTO_TEST_CASE(an_output_must_exist) {
  graph in = sound();
  in.add_output({output_role::value, -1, node_id{in.size()}});
  check_message([&] { (void)verified(in); }, "an output is no node");
}
