// SPDX-License-Identifier: BSL-1.0
// Variance, standard deviation and length over feature axes: compositions of sums and squares.
#pragma once

#include "fusegrad/op/reduce.hpp"

namespace fusegrad {

/// A function of refs: the mean square of the distances from the mean.
template <bool Keep, int... Axes> struct variance_function {
  static constexpr std::string_view word = "variance";
  constexpr ref operator()(ref value) const {
    const ref centred = value - mean_function<true, Axes...>{}(value);
    return mean_function<Keep, Axes...>{}(square(centred));
  }
};

template <bool Keep, int... Axes> struct standard_deviation_function {
  static constexpr std::string_view word = "standard_deviation";
  constexpr ref operator()(ref value) const { return sqrt(variance_function<Keep, Axes...>{}(value)); }
};

template <bool Keep, int... Axes> struct norm_function {
  static constexpr std::string_view word = "norm";
  constexpr ref operator()(ref value) const {
    return sqrt(reduce_function<sum_op, Keep, Axes...>{}(square(value)));
  }
};

/// The mean square of the distances from the mean over the given axes, over all without any. The population's
/// variance, as NumPy's `var` by default: divided by the number of elements, not by one less.
/// Rounds:  in two passes, the mean first: mean(x^2) - mean(x)^2 would cancel.
/// Units:   square of the elements' unit.
/// Source:  Chan, Golub, LeVeque 1983, "Algorithms for computing the sample variance".
template <int... Axes, formula Value> [[nodiscard]] constexpr auto variance(Value v) {
  return call<variance_function<false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto variance(Value v, keepdim_t) {
  return call<variance_function<true, Axes...>>(v);
}

/// The square root of the variance over the given axes, over all without any; gradient 0 where all elements
/// are equal.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto standard_deviation(Value v) {
  return call<standard_deviation_function<false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto standard_deviation(Value v, keepdim_t) {
  return call<standard_deviation_function<true, Axes...>>(v);
}

/// The length of a vector over the given axes, over all without any: the root of the sum of squares; gradient
/// 0 at the origin. The squares overflow from elements of 1.8e19 in float on.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto norm(Value v) {
  return call<norm_function<false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto norm(Value v, keepdim_t) {
  return call<norm_function<true, Axes...>>(v);
}

/// The vectors along one axis, the last unless another is named, divided by their lengths: of length 1 unless
/// theirs is below Least, which then takes its place.
/// Shape:  that of v.
/// Errors: compile time, if the axis is missing.
/// Source: PyTorch, "torch.nn.functional.normalize".
template <int Axis = -1, double Least = 1e-12, formula Value>
[[nodiscard]] constexpr auto normalize(Value v) {
  static_assert(Least > 0, "normalize: the least length is positive");
  return v / max(constant<Least>, norm<Axis>(v, keepdim));
}

/// The cosine of the angle between the vectors along one axis, the last unless another is named; a length below
/// Least counts as Least.
/// Shape:  shapes that broadcast -> theirs without the axis.
/// Errors: compile time, if the axis is missing.
template <int Axis = -1, double Least = 1e-8, formula Left, formula Right>
[[nodiscard]] constexpr auto cosine_similarity(Left a, Right b) {
  return sum<Axis>(multiply(normalize<Axis, Least>(a), normalize<Axis, Least>(b)));
}

}  // namespace fusegrad
