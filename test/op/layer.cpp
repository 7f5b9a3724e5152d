// SPDX-License-Identifier: BSL-1.0
// Layers against plain loops in long double: values, gradients, problems, and their kernels.
#define BOOST_TEST_MODULE layer
#include "fusegrad/op/layer.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

#include "fusegrad/fusegrad.hpp"
#include "op/worked.hpp"
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

using reals = std::vector<long double>;

void check_close(const numbers& found, const reals& wanted, long double tolerance) {
  BOOST_TEST_REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    BOOST_TEST(std::fabs(found[i] - wanted[i]) <= tolerance,
               "element " << i << " is " << found[i] << ", expected " << double(wanted[i]));
}

/// softmax(query * transpose(key) / sqrt(d)) * value, of [n, d], [m, d], [m, e], as loops.
reals attention_of(const numbers& query, const numbers& key, const numbers& value, int n, int m, int d, int e,
                   bool only_past) {
  reals result;
  for (int i = 0; i < n; ++i) {
    reals powers;
    long double total = 0;
    for (int k = 0; k < m; ++k) {
      long double score = 0;
      for (int j = 0; j < d; ++j)
        score += (long double)(query[std::size_t(i * d + j)]) * key[std::size_t(k * d + j)];
      powers.push_back(only_past && k > i ? 0.0L : std::exp(score / std::sqrt((long double)(d))));
      total += powers.back();
    }
    for (int c = 0; c < e; ++c) {
      long double mean = 0;
      for (int k = 0; k < m; ++k) mean += powers[std::size_t(k)] / total * value[std::size_t(k * e + c)];
      result.push_back(mean);
    }
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_dense_layer_takes_a_vector_or_a_sequence) {
  holds<[] {
    worked on;
    const ref w = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), b = on.vector({100, 200});
    const ref x = on.vector({1, 0, 2}), sequence = on.tensor({2, 3}, {1, 0, 2, 0, 1, 0});
    return on.value(dense(w, x, b)) == numbers{107, 216} &&
           on.value(dense(w, sequence, b)) == numbers{107, 216, 102, 205} && same(dense(w, x, b), w * x + b);
  }>();
  holds<[] {
    worked on;
    (void)dense(on.tensor({1, 3}, {1, 2, 3}), on.vector({1, 2}), on.vector({1}));
    return on.trouble() == problem_kind::product_extents_differ;
  }>();
}

BOOST_AUTO_TEST_CASE(a_layer_norm_has_mean_zero_and_variance_one) {
  worked on;
  const ref x = on.tensor({2, 4}, {1, 2, 3, 6, 1e8, 1e8 + 1, 1e8 + 2, 1e8 + 1});
  const ref gain = on.vector({1, 2, 3, 4}), bias = on.vector({10, 20, 30, 40});
  // The means are 3 and 1e8 + 1, the variances 3.5 and 0.5.
  const long double first = std::sqrt(3.5L + 1e-5L), second = std::sqrt(0.5L + 1e-5L);
  check_close(on.value(layer_norm(x, gain, bias)),
              {10 - 2 / first, 20 - 2 / first, 30, 40 + 12 / first, 10 - 1 / second, 20, 30 + 3 / second, 40},
              1e-13L);
}

BOOST_AUTO_TEST_CASE(a_layer_norm_of_equal_elements_is_its_bias) {
  worked on;
  const ref x = on.vector({7, 7, 7}), gain = on.vector({1, 2, 3}), bias = on.vector({4, 5, 6});
  BOOST_TEST(on.value(layer_norm(x, gain, bias)) == (numbers{4, 5, 6}));
  for (double each : on.gradient(sum(layer_norm(x, gain, bias)), x)) BOOST_TEST(std::isfinite(each));
}

BOOST_AUTO_TEST_CASE(an_rms_norm_has_mean_square_one) {
  worked on;
  const ref x = on.tensor({2, 2}, {3, -4, 0, 0}), gain = on.vector({1, 2});
  const long double root = std::sqrt(12.5L + 1e-6L);
  check_close(on.value(rms_norm(x, gain)), {3 / root, -8 / root, 0, 0}, 1e-15L);
}

// Each head on its own, with its rows of the weights, and side by side: what one head of attention is, was
// tested above.
BOOST_AUTO_TEST_CASE(heads_share_the_width) {
  worked on;
  const ref x = on.tensor({3, 2}, {1, 2, 0.5, -1, 2, 0}), y = on.tensor({2, 2}, {0.25, 1, -2, 1});
  const ref w = on.tensor({4, 2}, {1, 0, 0.5, 1, -1, 2, 0.25, 0.5}),
            o = on.tensor({1, 4}, {1, 10, 100, 1000});
  const auto head = [&](auto rows) {
    const auto by = [&](ref sequence) { return matmul(sequence, transpose(rows)); };
    return attention(by(x), by(y), by(y));
  };
  const auto [first, second] = split<2, 0>(w);
  const ref wanted = matmul(concat<1>(head(first), head(second)), transpose(o));
  const numbers expected = on.value(wanted);
  check_close(on.value(multi_head_attention<2>(x, y, y, w, w, w, o)), {expected.begin(), expected.end()},
              1e-11L);
  BOOST_TEST((multi_head_attention<2>(x, x, x, w, w, w, o, causal).extents() == tensor_shape{3, 1}));
  (void)multi_head_attention<3>(x, y, y, w, w, w, o);
  BOOST_TEST((on.trouble() == problem_kind::heads_do_not_divide));
}

BOOST_AUTO_TEST_CASE(a_label_names_a_row_of_a_table) {
  holds<[] {
    worked on;
    const ref table = on.tensor({3, 2}, {1, 2, 3, 4, 5, 6}), y = on.label(3, 1),
              weights = on.vector({10, 100});
    return on.value(embedding(table, y)) == numbers{3, 4} &&
           on.gradient(dot(weights, embedding(table, y)), table) == numbers{0, 0, 10, 100, 0, 0};
  }>();
  holds<[] {
    worked on;
    (void)embedding(on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), on.label(3, 1));
    return on.trouble() == problem_kind::embedding_classes_differ;
  }>();
  holds<[] {
    worked on;
    (void)embedding(on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), on.number(1));
    return on.trouble() == problem_kind::pick_needs_label;
  }>();
}

BOOST_AUTO_TEST_CASE(attention_is_a_weighted_mean_of_values) {
  worked on;
  const numbers q{0.5, -1, 2, 0, 1, 1}, k{1, 0, -2, 1, 0.25, 3, 1, -1},
      v{1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -2, -3};
  const ref query = on.tensor({3, 2}, {0.5, -1, 2, 0, 1, 1}),
            key = on.tensor({4, 2}, {1, 0, -2, 1, 0.25, 3, 1, -1}),
            value = on.tensor({4, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -2, -3});
  check_close(on.value(attention(query, key, value)), attention_of(q, k, v, 3, 4, 2, 3, false), 1e-14L);
  check_close(on.value(attention(query, key, value, causal)), attention_of(q, k, v, 3, 4, 2, 3, true),
              1e-14L);
}

BOOST_AUTO_TEST_CASE(what_lies_ahead_takes_no_gradient) {
  worked on;
  const ref x = on.tensor({3, 2}, {0.5, -1, 2, 0, 1, 1}), v = on.tensor({3, 1}, {1, 5, 9});
  const ref first = dot(on.vector({1, 0, 0}), einsum<"nd->n">(attention(x, x, v, causal)));
  BOOST_TEST(on.value(first) == numbers{1});
  BOOST_TEST(on.gradient(first, v) == (numbers{1, 0, 0}));
}

BOOST_AUTO_TEST_CASE(heads_are_leading_axes) {
  worked on;
  const ref query = on.tensor({2, 1, 2}, {0.5, -1, 2, 0}), key = on.tensor({3, 2}, {1, 0, -2, 1, 0.25, 3}),
            value = on.tensor({2, 3, 1}, {1, 2, 3, 4, 5, 6});
  reals wanted = attention_of({0.5, -1}, {1, 0, -2, 1, 0.25, 3}, {1, 2, 3}, 1, 3, 2, 1, false);
  const reals second = attention_of({2, 0}, {1, 0, -2, 1, 0.25, 3}, {4, 5, 6}, 1, 3, 2, 1, false);
  wanted.insert(wanted.end(), second.begin(), second.end());
  const ref attended = attention(query, key, value);
  BOOST_TEST((attended.extents() == tensor_shape{2, 1, 1}));
  check_close(on.value(attended), wanted, 1e-14L);
}

BOOST_AUTO_TEST_CASE(keys_have_the_width_of_queries_and_the_number_of_values) {
  const auto trouble = [](const tensor_shape& query, const tensor_shape& key, const tensor_shape& value) {
    graph in;
    const auto symbol_of = [&](const char* name, const tensor_shape& extents) {
      return symbol_in(in, {name, symbol_role::input, extents, 0});
    };
    (void)attention(symbol_of("q", query), symbol_of("k", key), symbol_of("v", value));
    return in.trouble().kind;
  };
  BOOST_TEST((trouble({3, 2}, {4, 2}, {4, 5}) == problem_kind::none));
  BOOST_TEST((trouble({3, 2}, {4, 3}, {4, 5}) == problem_kind::product_extents_differ));
  BOOST_TEST((trouble({3, 2}, {4, 2}, {3, 5}) == problem_kind::product_extents_differ));
  BOOST_TEST((trouble({3, 2}, {2}, {4, 5}) == problem_kind::product_of_these_ranks));
  BOOST_TEST((trouble({2, 3, 2}, {3, 4, 2}, {4, 5}) == problem_kind::shapes_do_not_broadcast));
}

BOOST_AUTO_TEST_CASE(the_kernels_equal_the_interpreter) {
  constexpr auto x = input<"x", 3, 4>;
  constexpr auto g = param<"g", 4>;
  constexpr auto c = param<"c", 4>;
  gradient_agrees("dense", sum(tanh(dense(param<"W", 2, 4>, x, param<"b", 2>) / constant<4>)));
  gradient_agrees("layer_norm", sum(square(layer_norm<0.5>(x, g, c))));
  gradient_agrees("rms_norm", sum(square(rms_norm<0.5>(x, g))));
  gradient_agrees("embedding", sum(square(embedding(param<"T", 5, 3>, label<"y", 5>))));
}

BOOST_AUTO_TEST_CASE(the_kernel_of_attention_equals_the_interpreter) {
  constexpr auto x = input<"x", 3, 4>;
  constexpr auto attended = attention(dense(param<"Q", 2, 4>, x, param<"b", 2>) / constant<4>,
                                      dense(param<"K", 2, 4>, x, param<"b", 2>) / constant<4>, x, causal);
  gradient_agrees("attention", sum(square(attended)));
}
