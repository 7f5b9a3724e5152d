// SPDX-License-Identifier: BSL-1.0
// Layers of networks, as plain functions of their parameters: a formula names its parameters itself.
#pragma once

#include "fusegrad/op/einsum.hpp"
#include "fusegrad/op/gather.hpp"
#include "fusegrad/op/logsumexp.hpp"
#include "fusegrad/op/moments.hpp"

namespace fusegrad {

/// A function of refs: the weights by a vector, or by each vector of a sequence.
struct weighted_function {
  using printed_as = multiply_op;
  constexpr ref operator()(ref weights, ref x) const {
    return x.rank() > 1 && weights.rank() == 2 ? batched_product(x, weights, true)
                                               : contract_product(weights, x);
  }
};

/// W * x + b, for each vector along the last axis of x.
/// Shape:  W [outputs, inputs], x [..., inputs], b [outputs] -> [..., outputs].
/// Errors: compile time, if the inputs of W and x differ.
template <formula Weights, formula Value, formula Bias>
[[nodiscard]] constexpr auto dense(Weights W, Value x, Bias b) {
  return call<weighted_function>(W, x) + b;
}

/// x with mean 0 and variance 1 along the last axis, then scaled and shifted: gain * (x - mean) /
/// sqrt(variance + Epsilon) + bias.
/// Shape:   x [..., n], gain [n], bias [n] -> [..., n].
/// Rounds:  the variance in two passes.
/// Source:  Ba, Kiros, Hinton 2016, "Layer normalization".
template <double Epsilon = 1e-5, formula Value, formula Gain, formula Bias>
[[nodiscard]] constexpr auto layer_norm(Value x, Gain gain, Bias bias) {
  static_assert(Epsilon > 0, "layer_norm: epsilon is positive");
  const auto scale = rsqrt(variance<-1>(x, keepdim) + constant<Epsilon>);
  return multiply(gain, multiply(x - mean<-1>(x, keepdim), scale)) + bias;
}

/// x divided by its root mean square along the last axis, then scaled: gain * x / sqrt(mean(x^2) + Epsilon).
/// Shape:  x [..., n], gain [n] -> [..., n].
/// Source: Zhang, Sennrich 2019, "Root mean square layer normalization".
template <double Epsilon = 1e-6, formula Value, formula Gain>
[[nodiscard]] constexpr auto rms_norm(Value x, Gain gain) {
  static_assert(Epsilon > 0, "rms_norm: epsilon is positive");
  return multiply(gain, x / sqrt(mean<-1>(square(x), keepdim) + constant<Epsilon>));
}

/// Asks attention that no element of a sequence looks at those behind it.
struct causal_t {};
inline constexpr causal_t causal{};

/// Scores of keys that must not be looked at: their powers are 0 in every number type.
inline constexpr double hidden_score = -1e30;

/// A function of refs: the mean of the values, each weighed by how well its key fits the query.
template <bool Causal> struct attention_function {
  static constexpr std::string_view word = "attention";
  constexpr ref operator()(ref query, ref key, ref value) const {
    const problem_kind trouble = trouble_of_shapes(query.extents(), key.extents(), value.extents());
    if (trouble != problem_kind::none) {
      query.in->report({trouble, query.extents(), key.extents()});
      return query;
    }
    const ref root = sqrt(constant_in(*query.in, query.extents().back()));
    ref scores = batched_product(query, key, true) / root;
    if constexpr (Causal) scores = past_only(scores);
    return batched_product(softmax(scores), value);
  }

 private:
  static constexpr problem_kind trouble_of_shapes(const tensor_shape& query, const tensor_shape& key,
                                                  const tensor_shape& value) {
    if (query.rank < 2 || key.rank < 2 || value.rank < 2) return problem_kind::product_of_these_ranks;
    const bool fit = query.back() == key.back() && key[key.rank - 2] == value[value.rank - 2];
    return fit ? problem_kind::none : problem_kind::product_extents_differ;
  }

  static constexpr ref past_only(ref scores) {
    const tensor_shape extents = scores.extents();
    const ref asking = position_in(*scores.in, extents, 1u << (extents.rank - 2));
    const ref asked = position_in(*scores.in, extents, 1u << (extents.rank - 1));
    return where(asked <= asking, scores, hidden_score);
  }
};

/// A function of refs: attention by several heads, each with its share of the width.
template <int Heads, bool Causal> struct multi_head_attention_function {
  static constexpr std::string_view word = "multi_head_attention";
  constexpr ref operator()(ref query, ref key, ref value, ref of_query, ref of_key, ref of_value,
                           ref of_result) const {
    const ref seen = attention_function<Causal>{}(by_head(query, of_query), by_head(key, of_key),
                                                  by_head(value, of_value));
    if (query.in->trouble()) return query;
    const tensor_shape extents = seen.extents();  // [heads, n, width of a head]
    const ref side_by_side = reshape_to(transpose_of(seen, letters("bac")), {extents[1], Heads * extents[2]});
    return weighted_function{}(of_result, side_by_side);
  }

 private:
  /// [n, inputs] by [heads * width, inputs] -> [heads, n, width].
  static constexpr ref by_head(ref sequence, ref weights) {
    if (sequence.in->trouble()) return sequence;
    const tensor_shape of_sequence = sequence.extents(), of_weights = weights.extents();
    problem_kind trouble = problem_kind::none;
    if (of_sequence.rank != 2 || of_weights.rank != 2)
      trouble = problem_kind::product_of_these_ranks;
    else if (of_weights[0] % Heads != 0)
      trouble = problem_kind::heads_do_not_divide;
    if (trouble != problem_kind::none) {
      sequence.in->report({trouble, of_sequence, of_weights});
      return sequence;
    }
    const ref all = weighted_function{}(weights, sequence);
    if (sequence.in->trouble()) return sequence;
    return transpose_of(reshape_to(all, {of_sequence[0], Heads, of_weights[0] / Heads}), letters("bac"));
  }
};

/// Scaled dot-product attention over the sequences of a row: softmax(query * transpose(key) / sqrt(d)) *
/// value. With `causal`, element i of the query looks at the first i + 1 keys only.
/// Shape:   query [..., n, d], key [..., m, d], value [..., m, e] -> [..., n, e]; leading axes, such as
///          heads, broadcast.
/// Errors:  compile time, if the shapes do not fit.
/// Source:  Vaswani et al. 2017, "Attention is all you need", eq. 1.
template <formula Query, formula Key, formula Value>
[[nodiscard]] constexpr auto attention(Query query, Key key, Value value) {
  return call<attention_function<false>>(query, key, value);
}
template <formula Query, formula Key, formula Value>
[[nodiscard]] constexpr auto attention(Query query, Key key, Value value, causal_t) {
  return call<attention_function<true>>(query, key, value);
}

/// Attention by several heads: queries, keys and values are products with their weights, of which each head
/// gets an equal share; what the heads find stands side by side and is multiplied by the last weights. Without
/// biases.
/// Shape:   query [n, d], key [m, d], value [m, d]; Wq, Wk, Wv [heads * width, d], Wo [outputs, heads * width]
///          -> [n, outputs].
/// Errors:  compile time, if the shapes do not fit or the heads do not divide the width.
/// Source:  Vaswani et al. 2017, "Attention is all you need", 3.2.2.
template <int Heads, formula Query, formula Key, formula Value, formula OfQuery, formula OfKey,
          formula OfValue, formula OfResult>
requires(Heads > 0)
    [[nodiscard]] constexpr auto multi_head_attention(Query query, Key key, Value value, OfQuery Wq, OfKey Wk,
                                                      OfValue Wv, OfResult Wo) {
  return call<multi_head_attention_function<Heads, false>>(query, key, value, Wq, Wk, Wv, Wo);
}
template <int Heads, formula Query, formula Key, formula Value, formula OfQuery, formula OfKey,
          formula OfValue, formula OfResult>
requires(Heads > 0)
    [[nodiscard]] constexpr auto multi_head_attention(Query query, Key key, Value value, OfQuery Wq, OfKey Wk,
                                                      OfValue Wv, OfResult Wo, causal_t) {
  return call<multi_head_attention_function<Heads, true>>(query, key, value, Wq, Wk, Wv, Wo);
}

}  // namespace fusegrad
