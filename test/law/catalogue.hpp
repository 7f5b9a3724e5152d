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
  [[nodiscard]] shape any_shape(int least_rank) {
    shape result;
    for (int rank = number(least_rank, 3); rank > 0; --rank) result.push_back(number(1, 3));
    return result;
  }

  /// A set of at least one axis.
  [[nodiscard]] axis_set any_axes(const shape& of) { return axis_set(number(1, int(all_axes(of)))); }

  /// An operand of an elementwise operation: its shape broadcasts with those of its fellows.
  [[nodiscard]] ref real(interval range = {}) {
    shape narrow;
    for (int axis = number(0, common_.rank); axis < common_.rank; ++axis)
      narrow.push_back(number(0, 3) == 0 ? 1 : common_[axis]);
    return real(range, narrow);
  }

  [[nodiscard]] ref real(interval range, const shape& extents);

  /// A fresh symbol of a random role.
  [[nodiscard]] ref leaf(interval range, const shape& extents, bool moves = true) {
    const symbol_role roles[] = {symbol_role::parameter, symbol_role::input, symbol_role::target};
    sources_->push_back({range, moves});
    return symbol_in(*in_, {name_of_symbol(sources_->size() - 1), roles[number(0, 2)], extents, 0});
  }

  [[nodiscard]] ref label(int classes) {
    sources_->push_back({{0, double(classes)}, false});
    return symbol_in(*in_, {name_of_symbol(sources_->size() - 1), symbol_role::label, {}, classes});
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
  shape common_;
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
        const shape extents = make.any_shape(1);
        const ref a = make.real({}, extents), b = make.real({}, extents);
        const ref y = make.label(extents.back());
        return where(at_class(y, extents), a, square(b));
      }),
      // movements
      of<broadcast_op>([](operands& make) {
        const shape extents = make.any_shape(1);
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
        const shape extents = make.any_shape(1);
        const ref v = make.real({}, extents);
        make.kink(lead_of_greatest(v, all_axes(extents)));
        return where(argmax(v) == make.label(extents.elements()), make.real(), make.real());
      }),
      of<not_equal_op>([](operands& make) {
        const shape extents = make.any_shape(1);
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
      // reductions
      of<sum_op>([](operands& make) {
        const ref v = make.real({}, make.any_shape(1));
        return sum_over(square(v), make.any_axes(v.extents()));
      }),
      of<sum_op>([](operands& make) { return mean<-1>(make.real({}, make.any_shape(1)), keepdim); }),
      of<argmax_op>([](operands& make) {
        const shape extents = make.any_shape(1);
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
      // rows
      of<row_mean_op>([](operands& make) { return multiply(mean_over_rows(make.real()), make.real()); }),
      of<row_mean_op>([](operands& make) {
        return tanh(sum_over_rows(make.real({-0.3, 0.3})));
      }),
      of<copy_op>([](operands& make) { return apply<copy_op>(make.real()); }),
      of<stop_gradient_op>([](operands& make) {
        const ref wall = make.leaf({}, make.any_shape(0), false);
        return multiply(stop_gradient(sum(wall)), make.real());
      }),
      // classes
      of<one_hot_op>([](operands& make) { return one_hot(make.label(3)) * make.real({}, {3}); }),
      of<pick_op>([](operands& make) {
        const shape extents = make.any_shape(1);
        return make.real({}, extents)[make.label(extents.back())];
      }),
      of<pick_op>([](operands& make) { return cross_entropy(make.real({}, {3}), make.label(3)); }),
      // gradients
      of<gradient_op>([](operands& make) {
        const shape extents = make.any_shape(0);
        const ref w = make.leaf({}, extents), x = make.leaf({}, extents);
        return grad(sum(multiply(tanh(w), x) + multiply(square(w), w)), w);
      }),
  };
  return table;
}

/// Brings a value to a shape: by broadcasting where that goes, else by its sum.
[[nodiscard]] constexpr ref fit(ref value, const shape& extents) {
  if (value.extents().elements() == extents.elements()) return reshape_to(value, extents);
  const broadcast_result both = broadcast(value.extents(), extents);
  if (both.fits && both.extents == extents) return broadcast_to(value, extents);
  return broadcast_to(sum_over(value, all_axes(value.extents())), extents);
}

inline ref operands::real(interval range, const shape& extents) {
  if (depth_ == 0 || number(0, 3) == 0) return leaf(range, extents);
  operands inner(*in_, *random_, depth_ - 1);
  inner.note_in(*sources_, *kinks_);
  const ref value =
      fit(catalogue()[std::size_t(number(0, int(catalogue().size()) - 1))].build(inner), extents);
  const double middle = (range.low + range.high) / 2, half = (range.high - range.low) / 2;
  return middle + half * tanh(0.5 * value);
}

}  // namespace fusegrad::law
