// SPDX-License-Identifier: BSL-1.0
// The interpreter in number types that the library has no rows for: float, and quadruple precision, from the
// same templates of values. Functions of mathematical physics are those of Boost in quadruple precision: the
// library's polynomials have the digits of double.
#pragma once

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/polygamma.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "fusegrad/op/math.hpp"

namespace fusegrad::law {

using quad = boost::multiprecision::cpp_bin_float_quad;

}  // namespace fusegrad::law

// Declared before the operations, which find it by its full name.
namespace fusegrad::math {
inline bool is_true(const law::quad& stored) { return stored != 0; }
}  // namespace fusegrad::math

namespace boost::multiprecision {

/// Found by the namespace of the number type.
inline fusegrad::law::quad select(bool condition, const fusegrad::law::quad& a,
                                  const fusegrad::law::quad& b) {
  return condition ? a : b;
}

}  // namespace boost::multiprecision

#include "fusegrad/op/words.hpp"
#include "fusegrad/run/interpreter.hpp"

namespace fusegrad::law {

/// The value of an operation in quadruple precision where its template has fewer digits.
template <class Op> struct in_quad {};
template <> struct in_quad<erf_op> {
  static quad value(const node&, const quad& x) { return boost::math::erf(x); }
};
template <> struct in_quad<erfc_op> {
  static quad value(const node&, const quad& x) { return boost::math::erfc(x); }
};
template <> struct in_quad<erfcx_op> {
  static quad value(const node&, const quad& x) { return exp(x * x) * boost::math::erfc(x); }
};
template <> struct in_quad<normal_cdf_op> {
  static quad value(const node&, const quad& x) { return boost::math::erfc(quad(-x / sqrt(quad(2)))) / 2; }
};
template <> struct in_quad<log_normal_cdf_op> {
  static quad value(const node& of, const quad& x) { return log(in_quad<normal_cdf_op>::value(of, x)); }
};
template <> struct in_quad<log_normal_cdf_slope_op> {
  static quad value(const node& of, const quad& x) {
    const quad density = exp(-x * x / 2) / sqrt(2 * boost::math::constants::pi<quad>());
    return density / in_quad<normal_cdf_op>::value(of, x);
  }
};
template <> struct in_quad<log_erfc_op> {
  static quad value(const node&, const quad& x) { return log(boost::math::erfc(x)); }
};
template <> struct in_quad<log_erfc_slope_op> {
  static quad value(const node&, const quad& x) {
    return -2 * exp(-x * x) / (sqrt(boost::math::constants::pi<quad>()) * boost::math::erfc(x));
  }
};
template <> struct in_quad<lgamma_op> {
  static quad value(const node&, const quad& x) { return boost::math::lgamma(x); }
};
template <> struct in_quad<digamma_op> {
  static quad value(const node&, const quad& x) { return boost::math::digamma(x); }
};
template <> struct in_quad<polygamma_op> {
  static quad value(const node& of, const quad& x) {
    return boost::math::polygamma(int(of.payload.number), x);
  }
};

template <> struct in_quad<coshm1_op> {
  static quad value(const node&, const quad& x) { return 2 * pow(sinh(quad(x / 2)), 2); }
};
template <> struct in_quad<log_cosh_op> {
  static quad value(const node&, const quad& x) { return log(cosh(x)); }
};

template <class Op, class Real>
void evaluate_in(const node& of, const tensor_view<const Real>* operands, tensor_view<Real> result) {
  if constexpr (std::is_same_v<Real, quad> && requires(quad x) { in_quad<Op>::value(of, x); }) {
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = in_quad<Op>::value(of, operands[0][i]);
  } else if constexpr (functions_of<Op>::has_value) {
    describing::evaluate<Op, Real>(of, operands, result);
  } else {
    throw std::logic_error(std::string(Op::name) + " has no value of its own");
  }
}

/// The evaluation of every operation of the library in one number type.
template <class Real> const std::map<const operation*, evaluate_function<Real>>& evaluations() {
#define FUSEGRAD_EVALUATION(op) {&row<op>(), evaluate_in<op, Real>},
  static const std::map<const operation*, evaluate_function<Real>> table{
      FUSEGRAD_LIBRARY_OPERATIONS(FUSEGRAD_EVALUATION)};
#undef FUSEGRAD_EVALUATION
  return table;
}

/// As `interpret`: the value of every node, rows x elements at row level, else the elements once.
template <class Real>
std::vector<std::vector<Real>> interpret_in(const graph& in, const symbol_values<Real>& symbols,
                                            std::size_t rows) {
  const auto function_of = [](const node& of) { return evaluations<Real>().at(of.op); };
  return interpreter<Real>(in, symbols, rows, function_of).run();
}

}  // namespace fusegrad::law
