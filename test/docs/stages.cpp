// SPDX-License-Identifier: BSL-1.0
// The worked example of docs/stages: the loss -log(softmax(W * x + b)[y]) as each stage leaves it. The pages
// quote what is printed here.
#define BOOST_TEST_MODULE stages
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <iomanip>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "docs/listing.hpp"
#include "docs/quotes.hpp"
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;
constexpr auto logits = W * x + b;
constexpr auto loss = -log(softmax(logits)[y]);

using compiled = stages<std::remove_const_t<decltype(loss)>, goal::gradient>;

template <class Formula> std::string facts(Formula) {
  constexpr formula_facts known = facts_of<Formula>;
  std::ostringstream out;
  out << std::left << std::setw(52) << to_string(Formula{}) << std::setw(8) << to_text(known.extents).string()
      << "depth " << known.depth << '\n';
  return out.str();
}

std::string expr_output() {
  return facts(W * x) + facts(logits) + facts(softmax(logits)) + facts(softmax(logits)[y]) + facts(loss);
}

/// The operations of the loss, and what they say of themselves.
template <class... Ops> std::string rows_of_operations() {
  const char* const families[] = {"leaf",        "elementwise", "movement", "reduction",  "scan",
                                  "contraction", "placement",   "row mean", "repetition", "composite"};
  std::ostringstream out;
  const auto print = [&](const operation& each) {
    out << std::left << std::setw(12) << each.name << std::setw(12) << families[int(each.family)]
        << std::right << std::setw(3) << each.flops << (each.exact ? " exact" : "");
    if (each.masks) out << " masks";
    if (each.unbounded_partial) out << " unbounded_partial";
    if (each.define != nullptr) out << " define";
    out << '\n';
  };
  (print(row<Ops>()), ...);
  return out.str();
}

/// What an operation's adjoint g becomes for its first operand.
template <class Build> std::string share(Build build) {
  graph in;
  const auto symbol_of = [&](const char* name, tensor_shape extents) {
    return symbol_in(in, {name, symbol_role::input, extents, 0});
  };
  const ref of = build(in, symbol_of);
  const ref adjoint = symbol_of("g", of.extents());
  const node_id result = of->op->pullback(in, of.id, 0, adjoint.id, false);
  std::ostringstream out;
  out << std::left << std::setw(16) << to_text(in, of.id).string() << to_text(in, result).string() << '\n';
  return out.str();
}

std::string op_output() {
  const auto pulled =
      share([](graph&, auto symbol) { return exp(symbol("a", tensor_shape{})); }) +
      share([](graph&, auto symbol) { return log(symbol("a", tensor_shape{})); }) +
      share([](graph&, auto symbol) { return symbol("a", tensor_shape{}) / symbol("b", tensor_shape{}); }) +
      share([](graph&, auto symbol) { return sum(symbol("v", tensor_shape{10})); }) +
      share([](graph&, auto symbol) { return logsumexp(symbol("v", tensor_shape{10})); }) +
      share([](graph& in, auto symbol) {
        return symbol("v", tensor_shape{10})[symbol_in(in, {"y", symbol_role::label, {}, 10})];
      }) +
      share([](graph&, auto symbol) {
        return symbol("W", tensor_shape{10, 784}) * symbol("x", tensor_shape{784});
      });
  return rows_of_operations<contract_op, add_op, exp_op, sum_op, broadcast_op, divide_op, pick_op, log_op,
                            negate_op, logsumexp_op>() +
         "\n" + pulled;
}

/// The stages of compile.hpp, from what is wanted to what a plan is made of.
std::string pass_output() {
  return listing(thaw(compiled::value)) + listing(thaw(compiled::stable)) +
         listing(thaw(compiled::differentiated)) + listing(thaw(compiled::simplified)) +
         listing(thaw(compiled::settled));
}

std::string kernel_output() {
  const plan made = make_plan(thaw(compiled::settled), machine{16});
  std::ostringstream out;
  out << listing(made) << '\n'
      << "rows of a tile        " << made.tile_registers * 16 << '\n'
      << "numbers per row       " << made.tile_elements << '\n'
      << "sums of matrices      " << made.matrix_elements << '\n'
      << "other sums            " << made.mean_elements - made.matrix_elements << '\n'
      << "operations per row    " << made.flops_per_row << '\n';
  return out.str();
}

// The executor sees a kernel as a table of functions; this one only notes which rows it is given.

struct range {
  std::size_t begin, end;
};
std::vector<range> noted;

std::string blocks_of_rows(std::size_t rows) {
  kernel_table<float> table;
  table.tile_rows = 64;
  table.matrix_elements = 7840;
  table.mean_elements = 7851;
  table.before_rows = [](const step_data<float>&) noexcept {};
  table.after_rows = [](const step_data<float>&) noexcept {};
  table.rows = [](const step_data<float>&, std::size_t begin, std::size_t end, float*,
                  block_sums<float>&) noexcept {
    noted.push_back({begin, end});
  };
  table.combine = [](const float*, std::size_t, std::size_t, float, float*, std::size_t,
                     std::size_t) noexcept { return true; };
  noted.clear();
  step_data<float> data;
  data.rows = {nullptr, 0, rows};
  executor<float> run(table);
  (void)run.run(data);
  std::ostringstream out;
  out << std::setw(5) << rows << " rows: " << std::setw(2) << noted.size() << " blocks of "
      << noted.front().end - noted.front().begin << " rows, the last of "
      << noted.back().end - noted.back().begin << '\n';
  return out.str();
}

/// The value of a graph by the interpreter, for one row of class 1 with logits (1000, 0, ..., 0).
std::string interpreted(const char* title, const graph& in) {
  symbol_values<double> values;
  for (const symbol& each : in.symbols()) {
    values.emplace_back(std::size_t(each.extents.elements()), 0.0);
    if (each.name == "b") values.back()[0] = 1000;
    if (each.name == "y") values.back()[0] = 1;
  }
  const auto found = interpret<double>(in, values, 1);
  std::ostringstream out;
  out << std::left << std::setw(16) << title
      << found[std::size_t(in.find_output(output_role::value).value)][0] << '\n';
  return out.str();
}

std::string run_output() {
  return interpreted("as written", thaw(compiled::value)) + interpreted("stable", thaw(compiled::stable)) +
         interpreted("for the kernel", thaw(compiled::settled)) + "\n" + blocks_of_rows(256) +
         blocks_of_rows(10000) + blocks_of_rows(60000);
}

using model_type = model_of<std::remove_const_t<decltype(loss)>, float>;

/// Images of ten classes: in those of class k every tenth pixel from the k-th on is white.
auto striped_images(std::size_t count) {
  std::vector<std::uint8_t> pixels(count * 784), classes(count);
  for (std::size_t row = 0; row < count; ++row) {
    classes[row] = std::uint8_t(row % 10);
    for (std::size_t i = row % 10; i < 784; i += 10) pixels[row * 784 + i] = 255;
  }
  return dataset(x = scaled(table(pixels, 784), 1 / 255.), y = classes);
}

std::string train_output() {
  std::ostringstream out;
  out << std::fixed << std::setprecision(3);
  const auto images = striped_images(1000);
  model_type model;  // all parameters 0
  const auto [value, gradient] = value_and_grad(loss, model, images);
  out << "at first: loss " << value << ", accuracy " << accuracy(logits, model, images) << '\n';
  out << "gradient by W: " << gradient[W](0, 0) << ", " << gradient[W](0, 1) << ", ...\n";
  for (const epoch_report& each :
       fit(loss, model, images, sgd{.learning_rate = 0.1}, {.epochs = 3, .batch_size = 100, .log = nullptr}))
    out << "epoch " << each.epoch << ": loss " << each.loss << '\n';
  out << "accuracy " << accuracy(logits, model, images) << '\n';
  return out.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_loss_is_an_empty_object_without_a_problem) {
  static_assert(std::is_empty_v<decltype(loss)>);
  BOOST_TEST(sentence(compiled::settled.trouble.kind) == "no problem");
}

BOOST_AUTO_TEST_CASE(the_page_of_expressions_quotes_real_output) {
  check_quotes("docs/stages/expr.md", "text", expr_output(), 1);
}

BOOST_AUTO_TEST_CASE(the_page_of_graphs_quotes_real_output) {
  check_quotes("docs/stages/graph.md", "text", listing(thaw(compiled::formula)), 1);
}

BOOST_AUTO_TEST_CASE(the_page_of_operations_quotes_real_output) {
  check_quotes("docs/stages/op.md", "text", op_output(), 2);
}

BOOST_AUTO_TEST_CASE(the_page_of_passes_quotes_real_output) {
  check_quotes("docs/stages/pass.md", "text", pass_output(), 4);
}

BOOST_AUTO_TEST_CASE(the_page_of_kernels_quotes_real_output) {
  check_quotes("docs/stages/kernel.md", "text", kernel_output(), 2);
}

BOOST_AUTO_TEST_CASE(the_page_of_running_quotes_real_output) {
  check_quotes("docs/stages/run.md", "text", run_output(), 2);
}

BOOST_AUTO_TEST_CASE(the_page_of_training_quotes_real_output_of_this_file) {
  check_quotes("docs/stages/train.md", "text", train_output(), 1);
  check_quotes("docs/stages/train.md", "cpp", contents_of("test/docs/stages.cpp"), 1);
}

BOOST_AUTO_TEST_CASE(the_page_of_expressions_begins_with_the_example_of_this_file) {
  check_quotes("docs/stages/expr.md", "cpp", contents_of("test/docs/stages.cpp"), 1);
}
