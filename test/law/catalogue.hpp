// SPDX-License-Identifier: BSL-1.0
// Every operation as a formula of random operands: what the laws quantify over.
// An operand is a fresh symbol, or, at a positive depth, another formula of the catalogue bent into the
// interval that the operation accepts: one table gives single operations and random graphs.
#pragma once

#include <boost/core/demangle.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <boost/random/uniform_real_distribution.hpp>

#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "fusegrad/op/words.hpp"

namespace fusegrad::law {

using random_engine = boost::random::mt19937_64;

/// Where the values of an operand may lie.
struct interval {
  double low = -2;
  double high = 2;
};

/// What a symbol of a random formula is filled with, and whether derivatives are taken by it.
struct source {
  interval range;
  bool moves = true;
};

/// Names live as long as the program, as those of template arguments do.
[[nodiscard]] inline std::string_view name_of_symbol(std::size_t index) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (int i = 0; i < 1000; ++i) made.push_back("s" + std::to_string(i));
    return made;
  }();
  return names.at(index);
}

/// Makes the operands that a formula asks for.
class operands {
 public:
  operands(graph& in, random_engine& random, int depth)
      : in_(&in), random_(&random), depth_(depth), common_(any_shape(0)) {}

  [[nodiscard]] int number(int low, int high) {
    return boost::random::uniform_int_distribution<int>(low, high)(*random_);
  }

  /// Extents 1 to 3, of at least the given rank.
  [[nodiscard]] tensor_shape any_shape(int least_rank) {
    tensor_shape result;
    for (int rank = number(least_rank, 3); rank > 0; --rank) result.push_back(number(1, 3));
    return result;
  }

  /// A set of at least one axis.
  [[nodiscard]] axis_set any_axes(const tensor_shape& of) { return axis_set(number(1, int(all_axes(of)))); }

  /// An operand of an elementwise operation: its shape broadcasts with those of its fellows.
  [[nodiscard]] ref real(interval range = {}) {
    tensor_shape narrow;
    for (int axis = number(0, common_.rank); axis < common_.rank; ++axis)
      narrow.push_back(number(0, 3) == 0 ? 1 : common_[axis]);
    return real(range, narrow);
  }

  [[nodiscard]] ref real(interval range, const tensor_shape& extents);

  /// A fresh symbol of a random role.
  [[nodiscard]] ref leaf(interval range, const tensor_shape& extents, bool moves = true) {
    const symbol_role roles[] = {symbol_role::parameter, symbol_role::input, symbol_role::target};
    sources_->push_back({range, moves});
    return symbol_in(*in_, {name_of_symbol(sources_->size() - 1), roles[number(0, 2)], extents, 0});
  }

  [[nodiscard]] ref label(int classes, const tensor_shape& extents = {}) {
    sources_->push_back({{0, double(classes)}, false});
    return symbol_in(*in_, {name_of_symbol(sources_->size() - 1), symbol_role::label, extents, classes});
  }

  /// Notes a value at whose zeros the formula has a kink or a jump.
  void kink(ref at) { kinks_->push_back(at); }

  /// All operands of one formula, nested ones too, keep their notes in the same place.
  void note_in(std::vector<source>& sources, std::vector<ref>& kinks) {
    sources_ = &sources;
    kinks_ = &kinks;
  }

 private:
  graph* in_;
  random_engine* random_;
  int depth_;
  tensor_shape common_;
  std::vector<source>* sources_ = nullptr;
  std::vector<ref>* kinks_ = nullptr;
};

/// One formula of one operation.
struct entry {
  const operation* row;
  std::string op;  // the name of the operation's struct
  ref (*build)(operands&);
};

template <class Op> [[nodiscard]] entry of(ref (*build)(operands&)) {
  const std::string full = boost::core::demangle(typeid(Op).name());
  return {&row<Op>(), full.substr(full.rfind(':') + 1), build};
}

/// Where the greatest along some axes is not alone: the distance to the runner-up.
[[nodiscard]] constexpr ref lead_of_greatest(ref v, axis_set axes) {
  const ref most = reduce<reduce_max_op>(v, axes);
  const ref best = broadcast_over(reduce<argmax_op>(v, axes), v.extents(), axes);
  const ref others = where(position_in(*v.in, v.extents(), axes) == best, -1e3, v);
  return most - reduce<reduce_max_op>(others, axes);
}

inline constexpr interval positive{0.2, 3};

/// At least one formula per operation of fusegrad.
[[nodiscard]] inline const std::vector<entry>& catalogue() {
  static const std::vector<entry> table{
      // leaves
      of<constant_op>([](operands& make) { return 0.75 * make.real() - 2.5; }),
      of<symbol_op>([](operands& make) { return make.real(); }),
      of<position_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(1);
        const ref a = make.real({}, extents), b = make.real({}, extents);
        const ref y = make.label(extents.back());
        return where(at_class(y, extents), a, square(b));
      }),
      // movements
      of<broadcast_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(1);
        const axis_set axes = make.any_axes(extents);
        return broadcast_over(make.real({}, without(extents, axes)), extents, axes);
      }),
      of<reshape_op>([](operands& make) {
        return reshape<3, 2>(make.real({}, {2, 1, 3}));
      }),
      of<transpose_op>([](operands& make) { return transpose(make.real({}, make.any_shape(2))); }),
      of<transpose_op>([](operands& make) {
        return transpose_of(make.real({}, {2, 3, 2}), letters("cab"));
      }),
      of<strided_op>([](operands& make) {
        return slice<1, 1, to_end, 2>(make.real({}, {2, 4}));
      }),
      of<strided_op>([](operands& make) {
        return at<-1>(reverse<0, 1>(square(make.real({}, {2, 3, 2}))));
      }),
      of<strided_op>([](operands& make) {
        return sum(diagonal(make.real({}, {3, 3})));
      }),
      of<strided_op>([](operands& make) {
        return windows<2, 1, 2>(make.real({}, {4, 2}));
      }),
      // placements
      of<scatter_op>([](operands& make) {
        return pad<0, 0, 1>(pad<1, 2, 1>(make.real({}, {2, 2})));
      }),
      of<scatter_op>([](operands& make) { return diagonal_matrix(make.real({}, {3})) * make.real({}, {3}); }),
      of<concat_op>([](operands& make) {
        const ref a = make.real({}, {2, 1}), b = make.real({}, {2, 2});
        return concat<1>(a, b, square(a));
      }),
      of<concat_op>([](operands& make) { return stack<1>(make.real({}, {3}), make.real({}, {3})); }),
      of<concat_op>([](operands& make) { return roll<0, 1>(make.real({}, {3})); }),
      of<take_op>([](operands& make) {
        return take<0, 2, 0, 0, 1>(make.real({}, {3, 2}));
      }),
      of<take_op>(
          [](operands& make) { return lower_triangular<2>(make.real({}, {3})) * make.real({}, {2}); }),
      of<strided_op>([](operands& make) {
        const ref seen = windows<2, 2>(square(make.real({}, {3, 3})));
        return sum<0, 1>(multiply(seen, make.real({}, seen.extents())));
      }),
      of<strided_op>([](operands& make) {
        return mean_pool2d<2, 1>(make.real({}, {1, 2, 3}));
      }),
      of<contract_op>([](operands& make) {
        return conv2d<2, 1>(make.real({}, {2, 3, 2}), make.real({}, {2, 2, 2, 2}));
      }),
      of<add_at_op>([](operands& make) {
        attributes into;
        into.axes = 1;
        into.indices = index_table<2, 0, 2>;
        into.extents = {4, 2};
        return square(add_at(make.real({}, {3, 2}), into));
      }),
      of<gather_op>([](operands& make) {
        return gather<1>(make.real({}, {2, 3}), make.label(3)) * make.real({}, {2, 2});
      }),
      of<gather_op>([](operands& make) {
        return sum(square(embedding(make.real({}, {3, 2}), make.label(3))));
      }),
      of<gather_op>([](operands& make) {
        return square(embedding(make.real({}, {3, 2}), make.label(3, {4})));
      }),
      of<gather_op>([](operands& make) {
        const ref labels = reverse(make.label(3, {2, 1}));
        return multiply(gather<1>(make.real({}, {2, 3, 2}), labels), make.real({}, {2, 2, 1, 2}));
      }),
      of<one_hot_op>([](operands& make) {
        return one_hot(make.label(3, {4})) * make.real({}, {3, 2});
      }),
      of<pick_op>([](operands& make) {
        return make.real({}, {2, 64})[make.label(64)];
      }),
      of<pick_op>([](operands& make) {
        return square(make.real({}, {2, 2, 3})[make.label(3, {2})]);
      }),
      of<pick_op>([](operands& make) {
        const ref words = make.label(3, {4});
        return make.real({}, {3})[slice<0, 1, 4>(words)] * make.real({}, {3})[at<0>(words)];
      }),
      of<pick_op>([](operands& make) {
        return cross_entropy<0.1>(make.real({}, {2, 3}), make.label(3, {2}));
      }),
      of<pick_op>([](operands& make) { return cross_entropy(make.real({}, {3}), make.label(3, {2})); }),
      of<one_hot_op>([](operands& make) {
        return multiply(one_hot(make.label(3, {2})), make.real({}, {2, 3}));
      }),
      of<place_at_label_op>([](operands& make) {
        return square(place_at_label(make.real({}, {4, 2}), make.label(3, {4}), {3, 2}));
      }),
      of<place_at_label_op>([](operands& make) {
        return square(place_at_label(make.real({}, {2}), make.label(3), {3, 2}));
      }),
      of<place_at_label_op>([](operands& make) {
        return place_at_label(make.real({}, {}), make.label(3), {3}) * make.real({}, {3});
      }),
      // arithmetic
      of<add_op>([](operands& make) { return make.real() + make.real(); }),
      of<subtract_op>([](operands& make) { return make.real() - make.real(); }),
      of<multiply_op>([](operands& make) { return multiply(make.real(), make.real()); }),
      of<divide_op>([](operands& make) {
        return make.real() / make.real({0.5, 2});
      }),
      of<divide_op>([](operands& make) {
        return make.real() / make.real({-2, -0.5});
      }),
      of<divide_op>([](operands& make) { return softmax(make.real({}, make.any_shape(1))); }),
      of<negate_op>([](operands& make) { return -make.real(); }),
      of<square_op>([](operands& make) { return square(make.real()); }),
      of<square_op>([](operands& make) { return squared_error(make.real(), make.real()); }),
      of<sqrt_op>([](operands& make) { return sqrt(make.real(positive)); }),
      of<abs_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return abs(a);
      }),
      of<pow_op>([](operands& make) { return pow<0>(make.real()) + make.real(); }),
      of<pow_op>([](operands& make) { return pow<1>(make.real()); }),
      of<pow_op>([](operands& make) { return pow<2>(make.real()); }),
      of<pow_op>([](operands& make) { return pow<5>(make.real()); }),
      of<pow_op>([](operands& make) {
        return pow<11>(make.real({-1, 1.2}));
      }),
      of<pow_op>([](operands& make) { return pow<0.5>(make.real(positive)); }),
      of<pow_op>([](operands& make) { return pow<2.5>(make.real(positive)); }),
      of<pow_op>([](operands& make) { return pow<0.3>(make.real(positive)); }),
      of<pow_op>([](operands& make) {
        return pow<-1.5>(make.real({0.5, 3}));
      }),
      of<pow_op>([](operands& make) {
        return pow<-2>(make.real({-2, -0.5}));
      }),
      // comparisons and choices
      of<less_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(a - b);
        return where(a < b, make.real(), make.real());
      }),
      of<less_equal_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(a - b);
        return where(a <= b, square(a), make.real());
      }),
      of<equal_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(1);
        const ref v = make.real({}, extents);
        make.kink(lead_of_greatest(v, all_axes(extents)));
        return where(argmax(v) == make.label(extents.elements()), make.real(), make.real());
      }),
      of<not_equal_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(1);
        return where(make.label(extents.back()) != make.label(extents.back()), make.real(), make.real());
      }),
      of<where_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return where(a > 0, exp(a) * 0.5, -a);
      }),
      of<max_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(a - b);
        return max(a, b);
      }),
      of<min_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(a - b);
        return min(a, b);
      }),
      of<relu_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return relu(a);
      }),
      of<where_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(abs(a - b) - 1);
        make.kink(a - b);
        return huber(a, b);
      }),
      // exponentials
      of<exp_op>([](operands& make) { return exp(make.real()); }),
      of<log_op>([](operands& make) { return log(make.real(positive)); }),
      of<log_op>([](operands& make) { return log_softmax(make.real({}, make.any_shape(1))); }),
      of<log1p_op>([](operands& make) {
        return log1p(make.real({-0.7, 2}));
      }),
      of<expm1_op>([](operands& make) { return expm1(make.real()); }),
      of<sinh_op>([](operands& make) { return sinh(make.real()); }),
      of<cosh_op>([](operands& make) { return cosh(make.real()); }),
      of<coshm1_op>([](operands& make) {
        return apply<coshm1_op>(make.real({-0.7, 0.7}));
      }),
      of<log_cosh_op>([](operands& make) { return log_cosh(make.real()); }),
      of<log_cosh_slope_op>([](operands& make) { return apply<log_cosh_slope_op>(make.real()); }),
      of<tanh_op>([](operands& make) { return tanh(make.real()); }),
      of<logistic_op>([](operands& make) {
        return logistic(make.real({-4, 4}));
      }),
      of<softplus_op>([](operands& make) {
        return softplus(make.real({-4, 4}));
      }),
      of<softplus_op>([](operands& make) {
        return logistic_loss(make.real(), make.real({0, 1}));
      }),
      // randomness: of given numbers, since drawing is no operation
      of<dropout_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(0);
        const ref random = make.leaf({0, 1}, extents, false);
        attributes payload;
        payload.number = 0.375;
        make.kink(random - 0.375);
        return apply<dropout_op>(payload, make.real({}, extents), random);
      }),
      of<gaussian_noise_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(0);
        const ref random = make.leaf({0, 0.99}, extents, false);
        attributes payload;
        payload.number = 0.375;
        return square(apply<gaussian_noise_op>(payload, make.real({}, extents), random));
      }),
      of<when_training_op>([](operands& make) { return when_training(tanh(make.real()), make.real()); }),
      of<when_training_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(1), channels{extents[0]};
        return batch_norm<0.25>(make.real({}, extents), make.real({}, channels), make.real({}, channels),
                                make.real({}, channels), make.real({}, channels));
      }),
      // activations
      of<softsign_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return softsign(a);
      }),
      of<where_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return selu(a) + leaky_relu<0.2>(a);
      }),
      of<where_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return prelu(a, make.real());
      }),
      of<logistic_op>([](operands& make) {
        return silu(make.real({-4, 4}));
      }),
      of<softplus_op>([](operands& make) {
        return mish(make.real({-4, 4})) + log_sigmoid(make.real());
      }),
      of<min_op>([](operands& make) {
        const ref a = make.real({-5, 8});
        for (double each : {-3.0, -1.0, 0.0, 1.0, 3.0, 6.0}) make.kink(a - each);
        return hard_tanh(a) + relu6(a) + hard_swish(a);
      }),
      of<power_op>([](operands& make) { return pow(make.real(positive), make.real()); }),
      of<power_op>([](operands& make) { return pow(2, make.real()); }),
      of<exp2_op>([](operands& make) { return exp2(make.real()); }),
      of<log2_op>([](operands& make) { return log2(make.real(positive)); }),
      of<log10_op>([](operands& make) { return log10(make.real(positive)); }),
      of<cbrt_op>([](operands& make) {
        return cbrt(make.real({-3, -0.2}));
      }),
      of<log1mexp_op>([](operands& make) {
        return log1mexp(make.real({-3, -0.2}));
      }),
      of<logaddexp_op>([](operands& make) { return logaddexp(make.real(), make.real()); }),
      of<logit_op>([](operands& make) {
        return logit(make.real({0.1, 0.9}));
      }),
      of<xlogy_op>([](operands& make) { return xlogy(make.real(), make.real(positive)); }),
      of<xlogy_op>([](operands& make) {
        const ref p = make.real({0.1, 0.9});
        return xlogy(p, p);
      }),
      // angles and lengths
      of<sin_op>([](operands& make) { return sin(make.real()); }),
      of<cos_op>([](operands& make) { return cos(make.real()); }),
      of<tan_op>([](operands& make) {
        return tan(make.real({-1, 1}));
      }),
      of<asin_op>([](operands& make) {
        return asin(make.real({-0.8, 0.8}));
      }),
      of<acos_op>([](operands& make) {
        return acos(make.real({-0.8, 0.8}));
      }),
      of<atan_op>([](operands& make) { return atan(make.real()); }),
      of<atan2_op>([](operands& make) { return atan2(make.real(positive), make.real()); }),
      of<atan2_op>([](operands& make) { return atan2(make.real(), make.real(positive)); }),
      of<hypot_op>([](operands& make) { return hypot(make.real(positive), make.real()); }),
      of<asinh_op>([](operands& make) { return asinh(make.real()); }),
      of<acosh_op>([](operands& make) {
        return acosh(make.real({1.2, 4}));
      }),
      of<atanh_op>([](operands& make) {
        return atanh(make.real({-0.8, 0.8}));
      }),
      // the normal distribution
      of<erf_op>([](operands& make) { return erf(make.real()); }),
      of<erfc_op>([](operands& make) { return erfc(make.real()); }),
      of<erfcx_op>([](operands& make) {
        return erfcx(make.real({-1, 2}));
      }),
      of<normal_cdf_op>([](operands& make) { return normal_cdf(make.real()); }),
      of<normal_cdf_op>([](operands& make) { return gelu(make.real()); }),
      of<logistic_op>([](operands& make) { return gelu_tanh(make.real()); }),
      of<log_erfc_slope_op>([](operands& make) { return apply<log_erfc_slope_op>(make.real()); }),
      of<log_erfc_op>([](operands& make) { return log_erfc(make.real()); }),
      of<log_normal_cdf_op>([](operands& make) {
        return log_normal_cdf(make.real({-4, 3}));
      }),
      of<log_normal_cdf_slope_op>([](operands& make) {
        return apply<log_normal_cdf_slope_op>(make.real({-4, 3}));
      }),
      // the gamma function
      of<lgamma_op>([](operands& make) {
        return lgamma(make.real({0.5, 10}));
      }),
      of<lgamma_op>([](operands& make) {
        return lgamma(make.real({-1.8, -1.2}));
      }),
      of<digamma_op>([](operands& make) {
        return digamma(make.real({0.6, 10}));
      }),
      of<digamma_op>([](operands& make) {
        return digamma(make.real({-1.8, -1.2}));
      }),
      of<polygamma_op>([](operands& make) {
        return polygamma<1>(make.real({0.8, 10}));
      }),
      of<polygamma_op>([](operands& make) {
        return polygamma<1>(make.real({-1.7, -1.3}));
      }),
      of<polygamma_op>([](operands& make) {
        return polygamma<2>(make.real({1, 10}));
      }),
      // whole numbers, signs and limits
      of<floor_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a - round(a));
        return multiply(floor(a), make.real()) + square(a);
      }),
      of<ceil_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a - round(a));
        return multiply(ceil(a), make.real());
      }),
      of<round_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a - floor(a) - 0.5);
        return multiply(round(a), make.real());
      }),
      of<sign_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return multiply(sign(a), make.real());
      }),
      // Rewriting keeps no sign of a zero.
      of<copysign_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return copysign(a, make.real(positive));
      }),
      of<copysign_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return copysign(a, make.real({-3, -0.2}));
      }),
      of<min_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a + 1);
        make.kink(a - 0.5);
        return clamp<-1.0, 0.5>(a);
      }),
      of<max_op>([](operands& make) {
        const ref a = make.real(), low = make.real({-1, -0.5}), high = make.real({0.5, 1});
        make.kink(a - low);
        make.kink(a - high);
        return clamp(a, low, high);
      }),
      of<fma_op>([](operands& make) { return fma(make.real(), make.real(), make.real()); }),
      of<logical_and_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(a);
        make.kink(b);
        return where(a > 0 && b > 0, multiply(a, b), make.real());
      }),
      of<logical_or_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(a);
        make.kink(b);
        return where(a > 0 || b > 0, multiply(a, b), make.real());
      }),
      of<logical_not_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return where(!(a > 0), square(a), make.real());
      }),
      of<scaled_coshm1_op>([](operands& make) {
        const ref a = make.real();
        make.kink(a);
        return apply<scaled_coshm1_op>(a);
      }),
      of<scaled_coshm1_op>([](operands& make) {  // one side of its kink
        return apply<scaled_coshm1_op>(make.real({0.2, 4}));
      }),
      // reductions
      of<sum_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        return sum_over(square(v), make.any_axes(v.extents()));
      }),
      of<sum_op>([](operands& make) { return mean<-1>(make.real({}, make.any_shape(1)), keepdim); }),
      of<argmax_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(1);
        const axis_set axes = make.any_axes(extents);
        const ref v = make.real({}, extents);
        make.kink(lead_of_greatest(v, axes));
        const ref best = broadcast_over(reduce<argmax_op>(v, axes), extents, axes);
        return where(position_in(*v.in, extents, axes) == best, square(v), v);
      }),
      of<reduce_max_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        const axis_set axes = make.any_axes(v.extents());
        make.kink(lead_of_greatest(v, axes));
        return reduce<reduce_max_op>(v, axes);
      }),
      of<logsumexp_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        return reduce<logsumexp_op>(v, make.any_axes(v.extents()));
      }),
      of<shift_op>([](operands& make) { return elementwise<shift_op>{}(make.real(), make.real()); }),
      of<log1mexp_op>([](operands& make) {
        return logsubexp(make.real({0, 2}), make.real({-2, -0.5}));
      }),
      of<reduce_max_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(1);
        const ref v = make.real({}, extents);
        make.kink(lead_of_greatest(-v, all_axes(extents)));
        return min(v);
      }),
      of<argmax_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(1);
        const ref v = make.real({}, extents);
        make.kink(lead_of_greatest(-v, all_axes(extents)));
        return where(argmin(v) == make.label(extents.elements()), make.real(), square(make.real()));
      }),
      of<reduce_max_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        make.kink(v);
        return where(any<-1>(v > 0, keepdim), square(v), v);
      }),
      of<prod_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        return reduce<prod_op>(v, make.any_axes(v.extents()));
      }),
      of<sum_op>([](operands& make) { return variance(make.real({}, make.any_shape(1))); }),
      of<sqrt_op>([](operands& make) {
        const ref v = make.real({}, {2, 3});
        make.kink(variance<0>(v) - 0.01);
        return standard_deviation<0>(v);
      }),
      of<sqrt_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        make.kink(max(abs(v)) - 0.1);
        return norm(v);
      }),
      // scans
      of<cumsum_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        return cumulate(square(v), 1u << make.number(0, v.rank() - 1), scan_from::first);
      }),
      of<cumsum_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        return cumulate(v, 1u << make.number(0, v.rank() - 1), scan_from::last);
      }),
      // repetitions
      of<step_number_op>([](operands& make) {
        const ref a = make.real({}, {2});
        return fold<3>([=](ref h, ref step) { return sin(h) + multiply(a, step); }, make.real({}, {2}));
      }),
      of<carry_op>([](operands& make) {
        const ref W = make.real({}, {2, 2}), b = make.real({}, {2});
        return fold<4>([=](ref h) { return tanh(W * h + b); }, make.real({}, {2}));
      }),
      of<element_op>([](operands& make) {
        const ref U = make.real({}, {2, 3});
        return fold([=](ref h, ref x) { return tanh(0.5 * h + U * x); }, make.real({}, {2}),
                    make.real({}, {3, 3}));
      }),
      of<advance_op>([](operands& make) {
        const ref a = make.real({}, {2}), xs = make.real({}, {3});
        const auto both =
            fold([=](ref h, ref c, ref x) { return std::tuple(sin(c) + x, multiply(tanh(h), a)); },
                 std::tuple(make.real({}, {2}), make.real({}, {2})), xs);
        return multiply(std::get<0>(both), std::get<1>(both));
      }),
      of<last_carry_op>([](operands& make) {
        const ref xs = make.real({}, {2, 2});
        return fold([=](ref h, ref x) { return fold<2>([=](ref k) { return sin(multiply(k, x)) + h; }, h); },
                    make.real({}, {2}), xs);
      }),
      of<stacked_op>([](operands& make) {
        const ref a = make.real({}, {}), xs = make.real({}, {3, 2}), ys = make.real({}, {3});
        return scan([=](ref h, ref x, ref y) { return tanh(multiply(h, x) + a) + y; }, make.real({}, {2}), xs,
                    ys);
      }),
      // contractions
      of<contract_op>([](operands& make) {
        return make.real({}, {3, 2}) * make.real({}, {2});
      }),
      of<contract_op>([](operands& make) {
        return make.real({}, {3}) * make.real({}, {3, 2});
      }),
      of<contract_op>([](operands& make) {
        return make.real({}, {2, 3}) * make.real({}, {3, 2});
      }),
      of<contract_op>([](operands& make) { return dot(make.real({}, {3}), make.real({}, {3})); }),
      of<contract_op>([](operands& make) {
        const ref a = make.real({}, {2, 2, 3}), b = make.real({}, {3, 2});
        return contract(a, letters("bij"), b, letters("jb"), letters("ib"));
      }),
      of<contract_op>([](operands& make) {
        return matmul(make.real({}, {2, 1, 3}), make.real({}, {2, 3, 2}));
      }),
      of<contract_op>([](operands& make) {
        return matmul(make.real({}, {3}), make.real({}, {2, 3, 2}));
      }),
      of<contract_op>([](operands& make) {
        return einsum<"kij,kj->ki">(make.real({}, {2, 3, 2}), make.real({}, {2, 2}));
      }),
      of<contract_op>([](operands& make) {
        return einsum<"ii,ij,kj->jk">(make.real({}, {3, 3}), make.real({}, {3, 2}), make.real({}, {2, 2}));
      }),
      of<contract_op>([](operands& make) { return outer(make.real({}, {2}), make.real({}, {3})); }),
      // rows
      of<row_mean_op>([](operands& make) { return multiply(mean_over_rows(make.real()), make.real()); }),
      of<row_mean_op>([](operands& make) {
        return tanh(sum_over_rows(make.real({-0.3, 0.3})));
      }),
      of<copy_op>([](operands& make) { return apply<copy_op>(make.real()); }),
      of<as_written_op>([](operands& make) { return as_written(make.real()); }),
      of<scratch_within_op>([](operands& make) { return scratch_within<65536>(make.real()); }),
      of<stop_gradient_op>([](operands& make) {
        const ref wall = make.leaf({}, make.any_shape(0), false);
        return multiply(stop_gradient(sum(wall)), make.real());
      }),
      // losses
      of<square_op>([](operands& make) { return mse(make.real(), make.real()); }),
      of<abs_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(a - b);
        return mae(a, b);
      }),
      of<max_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(a - b);
        return quantile_loss<0.9>(a, b);
      }),
      of<exp_op>([](operands& make) {
        return poisson_nll(make.real(), make.real({0, 5}));
      }),
      of<log_op>([](operands& make) { return gaussian_nll(make.real(), make.real(), make.real(positive)); }),
      of<exp_op>(
          [](operands& make) { return gaussian_nll_of_log_variance(make.real(), make.real(), make.real()); }),
      of<log1p_op>([](operands& make) {
        return student_t_nll<3>(make.real(), make.real(), make.real({0.5, 2}));
      }),
      of<relu_op>([](operands& make) {
        const ref a = make.real(), b = make.real();
        make.kink(1 - multiply(a, b));
        return hinge_loss(a, b);
      }),
      of<softplus_op>([](operands& make) {
        return focal_loss(make.real(), make.real({0, 1})) + focal_loss<1.5>(make.real(), make.real({0, 1}));
      }),
      of<relu_op>([](operands& make) {
        const ref a = make.real({}, {3}), b = make.real({}, {3}), c = make.real({}, {3});
        const ref loss = triplet_loss(a, b, c);
        make.kink(loss);
        make.kink(norm(a - b) - 0.05);
        make.kink(norm(a - c) - 0.05);
        return loss;
      }),
      of<log_op>([](operands& make) {
        const ref v = make.real({}, {2, 3});
        return kl_divergence(log_softmax(v), make.real({0.1, 1}, {2, 3}));
      }),
      of<pick_op>([](operands& make) {
        return cross_entropy<0.1>(make.real({}, {2, 3}), make.label(3));
      }),
      of<log_op>([](operands& make) {
        return cross_entropy<0.1>(make.real({}, {2, 3}), make.real({0.1, 1}, {2, 3}));
      }),
      of<exp_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        return softmax<0>(v);
      }),
      // layers
      of<contract_op>([](operands& make) {
        return dense(make.real({}, {2, 3}), make.real({}, {2, 3}), make.real({}, {2}));
      }),
      of<pow_op>([](operands& make) {
        return layer_norm<0.1>(make.real({}, {2, 3}), make.real({}, {3}), make.real({}, {3}));
      }),
      of<sqrt_op>([](operands& make) {
        return rms_norm<0.1>(make.real({}, {2, 3}), make.real({}, {3}));
      }),
      of<one_hot_op>([](operands& make) {
        return one_hot(make.label(3)) * make.real({}, {3, 2});
      }),
      of<contract_op>([](operands& make) {
        return attention(make.real({}, {3, 2}), make.real({}, {3, 2}), make.real({}, {3, 2}), causal);
      }),
      of<contract_op>([](operands& make) {
        return attention(make.real({}, {2, 1, 2}), make.real({}, {3, 2}), make.real({}, {3, 2}));
      }),
      // classes
      of<one_hot_op>([](operands& make) { return one_hot(make.label(3)) * make.real({}, {3}); }),
      of<pick_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(1);
        return make.real({}, extents)[make.label(extents.back())];
      }),
      of<pick_op>([](operands& make) { return cross_entropy(make.real({}, {3}), make.label(3)); }),
      // gradients
      of<gradient_op>([](operands& make) {
        const tensor_shape extents = make.any_shape(0);
        const ref w = make.leaf({}, extents), x = make.leaf({}, extents);
        return grad(sum(multiply(tanh(w), x) + multiply(square(w), w)), w);
      }),
      of<jvp_op>([](operands& make) {
        const ref w = make.leaf({}, {2}), x = make.leaf({}, {2, 3}), v = make.leaf({}, {2});
        return jvp(tanh(w * x), w, v);
      }),
      of<jvp_op>([](operands& make) {
        const ref w = make.leaf({}, {3}), v = make.leaf({}, {3});
        return hvp(logsumexp(multiply(w, square(w))), w, v);
      }),
      of<vjp_op>([](operands& make) {
        const ref w = make.leaf({}, {2}), x = make.leaf({}, {2, 3}), u = make.leaf({}, {3});
        return vjp(tanh(w * x), x, u);
      }),
      of<jacobian_op>([](operands& make) {  // reverse mode
        const ref w = make.leaf({}, {2, 3}), x = make.leaf({}, {3});
        return jacobian(tanh(w * x), x);
      }),
      of<jacobian_op>([](operands& make) {  // forward mode
        const ref w = make.leaf({}, {3, 2}), x = make.leaf({}, {2});
        return jacobian(multiply(softmax(w * x), sum(x)), x);
      }),
      of<jacobian_op>([](operands& make) {
        const ref w = make.leaf({}, {2, 2});
        return hessian(sum(exp(w * w)), w);
      }),
  };
  return table;
}

/// Brings a value to a shape: by broadcasting where that goes, else by its sum.
[[nodiscard]] constexpr ref fit(ref value, const tensor_shape& extents) {
  if (value.extents().elements() == extents.elements()) return reshape_to(value, extents);
  const broadcast_result both = broadcast(value.extents(), extents);
  if (both.fits && both.extents == extents) return broadcast_to(value, extents);
  return broadcast_to(sum_over(value, all_axes(value.extents())), extents);
}

inline ref operands::real(interval range, const tensor_shape& extents) {
  if (depth_ == 0 || number(0, 3) == 0) return leaf(range, extents);
  operands inner(*in_, *random_, depth_ - 1);
  inner.note_in(*sources_, *kinks_);
  const ref value =
      fit(catalogue()[std::size_t(number(0, int(catalogue().size()) - 1))].build(inner), extents);
  const double middle = (range.low + range.high) / 2, half = (range.high - range.low) / 2;
  return middle + half * tanh(0.5 * value);
}

}  // namespace fusegrad::law
