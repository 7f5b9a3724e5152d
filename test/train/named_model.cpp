// SPDX-License-Identifier: BSL-1.0
// A model with a name of its own is trained, evaluated and passed between translation units.
#define BOOST_TEST_MODULE named_model
#include "train/named_model/line.hpp"

using namespace fusegrad;
using fusegrad::test::line;
using fusegrad::test::line_data;
using fusegrad::test::line_model;

BOOST_AUTO_TEST_CASE(a_step_in_another_translation_unit_gives_the_same_bits) {
  line_model here = initialise<line{}>(1, line::w = ones), there = here;
  const auto [value, gradient] = value_and_grad(line{}, here, line_data());
  here -= 0.05 * gradient;
  test::step_elsewhere(there);
  BOOST_TEST((here == there));
  BOOST_TEST(!(here == line_model(initialise<line{}>(1, line::w = ones))));
}

BOOST_AUTO_TEST_CASE(a_named_model_is_the_same_as_its_formula) {
  constexpr auto formula = line::formula();
  auto named = initialise<line{}>(1, line::w = ones);
  auto written_out = initialise<formula>(1, line::w = ones);
  const sgd slowly{.learning_rate = 0.01};
  fit(line{}, named, line_data(), slowly, {.epochs = 5, .batch_size = 2, .log = nullptr});
  fit(formula, written_out, line_data(), slowly, {.epochs = 5, .batch_size = 2, .log = nullptr});
  BOOST_TEST(named[line::w](0) == written_out[line::w](0));
  BOOST_TEST(named[line::w](1) == written_out[line::w](1));
  BOOST_TEST(evaluate(line{}, named, line_data()) == evaluate(formula, written_out, line_data()));
  BOOST_TEST(predict(line{}, named, line_data()).size() == 3u);
}
