// SPDX-License-Identifier: BSL-1.0
// Writes docs/operations.md from the operations and words themselves, and fails if the page is another:
// shapes, derivatives and formulas are what the library prints. The page as it should be is then written
// beside the program, as operations.md.
#define BOOST_TEST_MODULE operations
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "docs/quotes.hpp"
#include "fusegrad/op/words.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/expand_gradients.hpp"
#include "fusegrad/pass/stabilise.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// The symbols that an example is made of.
class letters_of {
 public:
  explicit letters_of(graph& in) : in_(&in) {}
  [[nodiscard]] ref number(const char* name) const { return tensor(name, {}); }
  [[nodiscard]] ref vector(const char* name) const { return tensor(name, {3}); }
  [[nodiscard]] ref matrix(const char* name) const { return tensor(name, {2, 3}); }
  [[nodiscard]] ref tensor(const char* name, const tensor_shape& extents) const {
    return symbol_in(*in_, {name, symbol_role::input, extents, 0});
  }
  [[nodiscard]] ref label(const char* name) const {
    return symbol_in(*in_, {name, symbol_role::label, {}, 3});
  }
  [[nodiscard]] ref labels(const char* name) const {
    return symbol_in(*in_, {name, symbol_role::label, {2}, 3});
  }
  [[nodiscard]] graph& in() const { return *in_; }

 private:
  graph* in_;
};

using example = ref (*)(letters_of);

/// One operation, and what its formula does not say: domain, kinks, order of sums.
struct operation_entry {
  const operation* row;
  example build;
  const char* notes;
};

/// One word that is made of operations, as its user writes it.
struct word_entry {
  const char* call;
  example build;
  const char* notes;
};

template <class Op> operation_entry of(example build, const char* notes) {
  return {&row<Op>(), build, notes};
}

const std::vector<operation_entry>& operations() {
  static const std::vector<operation_entry> table{
      of<constant_op>([](letters_of at) { return constant_in(at.in(), 0.5); }, "`constant<0.5>`, `0.5_c`"),
      of<symbol_op>([](letters_of at) { return at.number("x"); },
                    "`input`, `target`, `label`, `param`, `scalar`"),
      of<position_op>([](letters_of at) { return position_in(at.in(), {3}, 1); },
                      "the position along some axes; no word of its own"),
      of<broadcast_op>(
          [](letters_of at) {
            return broadcast_over(at.vector("v"), {2, 3}, 1);
          },
          "`broadcast_to<2, 3>(v)`, and where a word asks for it; NumPy's rule"),
      of<reshape_op>([](letters_of at) { return reshape<3, 2>(at.matrix("A")); }, "`reshape<3, 2>(A)`"),
      of<transpose_op>([](letters_of at) { return transpose(at.matrix("A")); }, "the axes in reverse order"),
      of<add_op>([](letters_of at) { return at.number("a") + at.number("b"); }, ""),
      of<subtract_op>([](letters_of at) { return at.number("a") - at.number("b"); }, ""),
      of<multiply_op>([](letters_of at) { return at.number("a") * at.number("b"); },
                      "`*` is the matrix product beside a matrix; `multiply(a, b)` never is"),
      of<divide_op>([](letters_of at) { return at.number("a") / at.number("b"); }, "b other than 0"),
      of<negate_op>([](letters_of at) { return -at.number("a"); }, ""),
      of<square_op>([](letters_of at) { return square(at.number("a")); }, ""),
      of<sqrt_op>([](letters_of at) { return sqrt(at.number("a")); }, "a from 0 on; gradient 0 at 0"),
      of<abs_op>([](letters_of at) { return abs(at.number("a")); }, "gradient 0 at 0"),
      of<pow_op>([](letters_of at) { return pow<2.5>(at.number("a")); },
                 "a from 0 on, unless the exponent is whole"),
      of<less_op>([](letters_of at) { return at.number("a") < at.number("b"); }, "a condition; also `a > b`"),
      of<less_equal_op>([](letters_of at) { return at.number("a") <= at.number("b"); },
                        "a condition; also `a >= b`"),
      of<equal_op>([](letters_of at) { return at.number("a") == at.number("b"); }, "a condition"),
      of<not_equal_op>([](letters_of at) { return at.number("a") != at.number("b"); }, "a condition"),
      of<where_op>([](letters_of at) { return where(at.number("c") > 0, at.number("a"), at.number("b")); },
                   "nothing of the arm that is not taken is felt"),
      of<max_op>([](letters_of at) { return max(at.number("a"), at.number("b")); },
                 "of equals the first takes the gradient"),
      of<min_op>([](letters_of at) { return min(at.number("a"), at.number("b")); },
                 "of equals the first takes the gradient"),
      of<relu_op>([](letters_of at) { return relu(at.number("a")); }, "gradient 0 at 0"),
      of<exp_op>([](letters_of at) { return exp(at.number("a")); }, ""),
      of<log_op>([](letters_of at) { return log(at.number("a")); }, "a above 0"),
      of<log1p_op>([](letters_of at) { return log1p(at.number("a")); }, "a above -1; accurate near 0"),
      of<expm1_op>([](letters_of at) { return expm1(at.number("a")); }, "accurate near 0"),
      of<sinh_op>([](letters_of at) { return sinh(at.number("a")); }, ""),
      of<cosh_op>([](letters_of at) { return cosh(at.number("a")); }, ""),
      of<tanh_op>([](letters_of at) { return tanh(at.number("a")); }, ""),
      of<log_cosh_op>([](letters_of at) { return log_cosh(at.number("a")); }, "accurate everywhere"),
      of<log_cosh_slope_op>([](letters_of at) { return apply<log_cosh_slope_op>(at.number("a")); },
                            "the slope of `log_cosh`; no word of its own"),
      of<coshm1_op>([](letters_of at) { return apply<coshm1_op>(at.number("a")); },
                    "cosh(a) - 1 up to 0.75, a part of `log_cosh`; no word of its own"),
      of<shift_op>([](letters_of at) { return elementwise<shift_op>{}(at.number("a"), at.number("m")); },
                   "equal infinities have no distance; no word of its own"),
      of<logistic_op>([](letters_of at) { return logistic(at.number("a")); }, "the sigmoid"),
      of<softplus_op>([](letters_of at) { return softplus(at.number("a")); }, "log(1 + exp(a))"),
      of<softsign_op>([](letters_of at) { return softsign(at.number("a")); }, "a / (1 + abs(a))"),
      of<sum_op>([](letters_of at) { return sum<1>(at.matrix("A")); }, "one accumulator per result"),
      of<prod_op>([](letters_of at) { return prod<1>(at.matrix("A")); },
                  "the gradient is the product of the others, also where factors are 0"),
      of<reduce_max_op>([](letters_of at) { return max<1>(at.matrix("A")); },
                        "the first of equals takes the gradient"),
      of<argmax_op>([](letters_of at) { return argmax<1>(at.matrix("A")); }, "a class; the first of equals"),
      of<logsumexp_op>([](letters_of at) { return logsumexp<1>(at.matrix("A")); },
                       "the greatest element is taken off first"),
      of<cumsum_op>([](letters_of at) { return cumsum<1>(at.matrix("A")); },
                    "one axis, the last without any; `reverse_cumsum` from the other end"),
      of<step_number_op>([](letters_of at) { return step_number_in(at.in(), 9); },
                         "the number of the step of a repetition; the body gets it as its last argument"),
      of<carry_op>([](letters_of at) { return carry_of(step_number_in(at.in(), 9), at.number("a"), 0); },
                   "the first argument of a body; `a` at first"),
      of<element_op>([](letters_of at) { return element_of(step_number_in(at.in(), 2), at.matrix("A")); },
                     "the argument of a body that is an element of an axis"),
      of<advance_op>(
          [](letters_of at) {
            const ref carry = carry_of(step_number_in(at.in(), 9), at.number("a"), 0);
            return advanced(carry.operand(0), carry, sin(carry));
          },
          "what a carry becomes; a mark"),
      of<last_carry_op>([](letters_of at) { return fold<9>([](ref v) { return sin(v); }, at.number("a")); },
                        "`fold`; a repetition has its derivative as a whole"),
      of<stacked_op>([](letters_of at) { return scan<9>([](ref v) { return sin(v); }, at.vector("v")); },
                     "`scan`"),
      of<contract_op>([](letters_of at) { return at.matrix("A") * at.vector("v"); },
                      "every matrix product, `dot`, `outer`, `einsum`"),
      of<row_mean_op>([](letters_of at) { return mean_over_rows(at.number("a")); },
                      "adjoints of rows are kept as rows times the derivative"),
      of<copy_op>([](letters_of at) { return apply<copy_op>(at.number("a")); }, "no word of its own"),
      of<as_written_op>([](letters_of at) { return as_written(at.number("a")); },
                        "turns the rules of stability off, for the whole formula"),
      of<scratch_within_op>([](letters_of at) { return scratch_within<65536>(at.number("a")); },
                            "bounds the scratch memory of the kernel, for the whole formula"),
      of<stop_gradient_op>([](letters_of at) { return stop_gradient(at.number("a")); }, "gradient 0"),
      of<one_hot_op>([](letters_of at) { return one_hot(at.label("y")); },
                     "of a label; of labels [n] a matrix"),
      of<gather_op>(
          [](letters_of at) {
            return gather(at.tensor("T", {3, 4}), at.label("y"));
          },
          "`gather<1>` for a column; reads one row, however many there are"),
      of<place_at_label_op>(
          [](letters_of at) {
            return place_at_label(at.vector("v"), at.label("y"), {3, 3});
          },
          "the transpose of `gather`; no word of its own"),
      of<pick_op>([](letters_of at) { return at.vector("v")[at.label("y")]; },
                  "the last axis; what is not picked may be infinite"),
      of<exp2_op>([](letters_of at) { return exp2(at.number("a")); }, ""),
      of<log2_op>([](letters_of at) { return log2(at.number("a")); }, "a above 0"),
      of<log10_op>([](letters_of at) { return log10(at.number("a")); }, "a above 0"),
      of<cbrt_op>([](letters_of at) { return cbrt(at.number("a")); }, "gradient 0 at 0"),
      of<log1mexp_op>([](letters_of at) { return log1mexp(at.number("a")); }, "log(1 - exp(a)); a below 0"),
      of<logit_op>([](letters_of at) { return logit(at.number("a")); },
                   "log(a / (1 - a)); a between 0 and 1"),
      of<sin_op>([](letters_of at) { return sin(at.number("a")); }, ""),
      of<cos_op>([](letters_of at) { return cos(at.number("a")); }, ""),
      of<tan_op>([](letters_of at) { return tan(at.number("a")); }, ""),
      of<asin_op>([](letters_of at) { return asin(at.number("a")); },
                  "a from -1 to 1; infinite slope at the ends"),
      of<acos_op>([](letters_of at) { return acos(at.number("a")); },
                  "a from -1 to 1; infinite slope at the ends"),
      of<atan_op>([](letters_of at) { return atan(at.number("a")); }, ""),
      of<asinh_op>([](letters_of at) { return asinh(at.number("a")); }, ""),
      of<acosh_op>([](letters_of at) { return acosh(at.number("a")); }, "a from 1 on"),
      of<atanh_op>([](letters_of at) { return atanh(at.number("a")); }, "a between -1 and 1"),
      of<erf_op>([](letters_of at) { return erf(at.number("a")); }, ""),
      of<erfc_op>([](letters_of at) { return erfc(at.number("a")); }, "1 - erf(a), into the tail"),
      of<erfcx_op>([](letters_of at) { return erfcx(at.number("a")); }, "exp(a^2) erfc(a)"),
      of<normal_cdf_op>([](letters_of at) { return normal_cdf(at.number("a")); }, ""),
      of<log_erfc_slope_op>([](letters_of at) { return apply<log_erfc_slope_op>(at.number("a")); },
                            "density by probability; no word of its own"),
      of<log_erfc_op>([](letters_of at) { return log_erfc(at.number("a")); }, "log(erfc(a)), into the tail"),
      of<log_normal_cdf_op>([](letters_of at) { return log_normal_cdf(at.number("a")); }, "into the tail"),
      of<lgamma_op>([](letters_of at) { return lgamma(at.number("a")); }, "log(abs(gamma(a)))"),
      of<digamma_op>([](letters_of at) { return digamma(at.number("a")); }, "NaN at -1, -2, ..."),
      of<floor_op>([](letters_of at) { return floor(at.number("a")); }, "gradient 0"),
      of<ceil_op>([](letters_of at) { return ceil(at.number("a")); }, "gradient 0"),
      of<round_op>([](letters_of at) { return round(at.number("a")); }, "half to even; gradient 0"),
      of<sign_op>([](letters_of at) { return sign(at.number("a")); }, "gradient 0"),
      of<polygamma_op>([](letters_of at) { return polygamma<1>(at.number("a")); },
                       "derivatives of `digamma`; up to n = 20"),
      of<log_normal_cdf_slope_op>(
          [](letters_of at) { return apply<log_normal_cdf_slope_op>(at.number("a")); },
          "density by probability; no word of its own"),
      of<scaled_coshm1_op>([](letters_of at) { return apply<scaled_coshm1_op>(at.number("a")); },
                           "a part of `log_cosh`; no word of its own"),
      of<power_op>([](letters_of at) { return pow(at.number("a"), at.number("b")); },
                   "b may be a formula; a from 0 on unless b is whole"),
      of<logaddexp_op>([](letters_of at) { return logaddexp(at.number("a"), at.number("b")); },
                       "log(exp(a) + exp(b))"),
      of<xlogy_op>([](letters_of at) { return xlogy(at.number("a"), at.number("b")); },
                   "a log(b), 0 where a is 0"),
      of<atan2_op>([](letters_of at) { return atan2(at.number("a"), at.number("b")); },
                   "gradient 0 at the origin"),
      of<hypot_op>([](letters_of at) { return hypot(at.number("a"), at.number("b")); },
                   "gradient 0 at the origin"),
      of<copysign_op>([](letters_of at) { return copysign(at.number("a"), at.number("b")); },
                      "gradient 0 where a is 0"),
      of<fma_op>([](letters_of at) { return fma(at.number("a"), at.number("b"), at.number("c")); },
                 "a b + c"),
      of<logical_and_op>([](letters_of at) { return at.number("a") > 0 && at.number("b") > 0; },
                         "a condition; also `logical_and`"),
      of<logical_or_op>([](letters_of at) { return at.number("a") > 0 || at.number("b") > 0; },
                        "a condition; also `logical_or`"),
      of<logical_not_op>([](letters_of at) { return !(at.number("a") > 0); },
                         "a condition; also `logical_not`"),
      of<gaussian_noise_op>([](letters_of at) { return gaussian_noise<0.5>(at.number("a")); },
                            "in training only; normal, drawn as for `dropout`"),
      of<dropout_op>([](letters_of at) { return dropout<0.5>(at.number("a")); },
                     "in training only; draws from seed, step, row and element"),
      of<when_training_op>([](letters_of at) { return when_training(at.number("a"), at.number("b")); },
                           "b outside training"),
      of<strided_op>([](letters_of at) { return slice<1, 1>(at.matrix("A")); },
                     "elements at regular distances: `slice`, `reverse`, `diagonal`, `windows`"),
      of<scatter_op>([](letters_of at) { return pad<1, 1, 2>(at.matrix("A")); },
                     "its transpose: what meets is added"),
      of<concat_op>([](letters_of at) { return concat<1>(at.matrix("A"), at.matrix("B")); }, ""),
      of<take_op>([](letters_of at) { return take<1, 2, 0, 1>(at.matrix("A")); }, "`take<axis, indices...>`"),
      of<add_at_op>(
          [](letters_of at) {
            const ref taken = take<1, 2, 0, 1>(at.matrix("A"));
            const ref g = at.tensor("v", {2, 3});
            return ref{&at.in(), taken->op->pullback(at.in(), taken.id, 0, g.id, false)};
          },
          "the transpose of `take`; no word of its own"),
      of<gradient_op>([](letters_of at) { return grad(square(at.number("a")), at.number("a")); },
                      "written out before anything is computed"),
      of<jvp_op>([](letters_of at) { return jvp(square(at.vector("a")), at.vector("a"), at.vector("v")); },
                 "the same; also `hvp(loss, w, v)`"),
      of<vjp_op>([](letters_of at) { return vjp(square(at.vector("a")), at.vector("a"), at.vector("u")); },
                 "the same"),
      of<jacobian_op>([](letters_of at) { return jacobian(square(at.vector("a")), at.vector("a")); },
                      "the same; also `hessian(loss, w)`"),
  };
  return table;
}

const std::vector<word_entry>& part_words() {
  static const std::vector<word_entry> table{
      {"slice<0, 0, 2>(v)", [](letters_of at) { return slice<0, 0, 2>(at.vector("v")); },
       "axis, start, stop, step; negative ones from the end"},
      {"reverse(v)", [](letters_of at) { return reverse(at.vector("v")); }, ""},
      {"at<0, 2>(A)", [](letters_of at_) { return at<0, 2>(at_.matrix("A")); }, "one element"},
      {"diagonal(S)",
       [](letters_of at) {
         return diagonal(at.tensor("S", {3, 3}));
       },
       ""},
      {"diagonal_matrix(v)", [](letters_of at) { return diagonal_matrix(at.vector("v")); }, ""},
      {"lower_triangular<2>(v)", [](letters_of at) { return lower_triangular<2>(at.vector("v")); },
       "packed row by row"},
      {"pad<0, 1, 2>(v)", [](letters_of at) { return pad<0, 1, 2>(at.vector("v")); }, "zeros"},
      {"concat<0>(u, v)", [](letters_of at) { return concat<0>(at.vector("u"), at.vector("v")); }, ""},
      {"stack(u, v)", [](letters_of at) { return stack(at.vector("u"), at.vector("v")); },
       "along a new axis, the first without any"},
      {"roll<0, 1>(v)", [](letters_of at) { return roll<0, 1>(at.vector("v")); }, ""},
      {"take<0, 2, 0, 0>(v)", [](letters_of at) { return take<0, 2, 0, 0>(at.vector("v")); }, ""},
      {"windows<2, 2>(T)",
       [](letters_of at) {
         return windows<2, 2>(at.tensor("T", {4, 5}));
       },
       "every window of the last two axes"},
  };
  return table;
}

const std::vector<word_entry>& elementwise_words() {
  static const std::vector<word_entry> table{
      {"logsubexp(a, b)", [](letters_of at) { return logsubexp(at.number("a"), at.number("b")); },
       "log(exp(a) - exp(b)); a above b"},
      {"sigmoid(a)", [](letters_of at) { return sigmoid(at.number("a")); }, "another name of `logistic`"},
      {"rsqrt(x)", [](letters_of at) { return rsqrt(at.number("x")); }, "x above 0"},
      {"clamp<-1, 1>(x)", [](letters_of at) { return clamp<-1, 1>(at.number("x")); },
       "also `clamp(x, low, high)`; at a limit the gradient is that of x"},
      {"isnan(x)", [](letters_of at) { return isnan(at.number("x")); }, "a condition"},
      {"isfinite(x)", [](letters_of at) { return isfinite(at.number("x")); }, "a condition"},
  };
  return table;
}

const std::vector<word_entry>& activations() {
  static const std::vector<word_entry> table{
      {"gelu(x)", [](letters_of at) { return gelu(at.number("x")); }, "with the normal distribution"},
      {"gelu_tanh(x)", [](letters_of at) { return gelu_tanh(at.number("x")); }, "its approximation by tanh"},
      {"leaky_relu(x)", [](letters_of at) { return leaky_relu(at.number("x")); }, "slope 0.01 at 0"},
      {"prelu(x, s)", [](letters_of at) { return prelu(at.number("x"), at.number("s")); }, "slope s at 0"},
      {"elu(x)", [](letters_of at) { return elu(at.number("x")); }, "slope 1 at 0; `elu<alpha>`: alpha"},
      {"selu(x)", [](letters_of at) { return selu(at.number("x")); }, ""},
      {"silu(x)", [](letters_of at) { return silu(at.number("x")); }, "also known as swish"},
      {"mish(x)", [](letters_of at) { return mish(at.number("x")); }, ""},
      {"log_sigmoid(x)", [](letters_of at) { return log_sigmoid(at.number("x")); }, ""},
      {"hard_tanh(x)", [](letters_of at) { return hard_tanh(at.number("x")); }, "slope 0 at -1 and 1"},
      {"relu6(x)", [](letters_of at) { return relu6(at.number("x")); }, "slope 0 at 0 and 6"},
      {"hard_sigmoid(x)", [](letters_of at) { return hard_sigmoid(at.number("x")); }, "slope 0 at -3 and 3"},
      {"hard_swish(x)", [](letters_of at) { return hard_swish(at.number("x")); }, ""},
  };
  return table;
}

const std::vector<word_entry>& losses() {
  static const std::vector<word_entry> table{
      {"squared_error(p, t)", [](letters_of at) { return squared_error(at.number("p"), at.number("t")); },
       ""},
      {"mse(p, t)", [](letters_of at) { return mse(at.vector("p"), at.vector("t")); },
       "the mean over all axes"},
      {"mae(p, t)", [](letters_of at) { return mae(at.vector("p"), at.vector("t")); },
       "the mean over all axes"},
      {"huber(p, t)", [](letters_of at) { return huber(at.number("p"), at.number("t")); }, "`huber<delta>`"},
      {"quantile_loss<0.9>(p, t)",
       [](letters_of at) { return quantile_loss<0.9>(at.number("p"), at.number("t")); }, "slope -0.9 at 0"},
      {"poisson_nll(log_rate, count)",
       [](letters_of at) { return poisson_nll(at.number("log_rate"), at.number("count")); }, ""},
      {"gaussian_nll(m, t, var)",
       [](letters_of at) { return gaussian_nll(at.number("m"), at.number("t"), at.number("var")); },
       "PyTorch's order; a variance from 1e-6 on"},
      {"gaussian_nll_of_log_variance(m, t, s)",
       [](letters_of at) {
         return gaussian_nll_of_log_variance(at.number("m"), at.number("t"), at.number("s"));
       },
       ""},
      {"student_t_nll<4>(m, t, s)",
       [](letters_of at) { return student_t_nll<4>(at.number("m"), at.number("t"), at.number("s")); },
       "a scale s above 0"},
      {"hinge_loss(z, t)", [](letters_of at) { return hinge_loss(at.number("z"), at.number("t")); },
       "a target of -1 or 1"},
      {"logistic_loss(z, t)", [](letters_of at) { return logistic_loss(at.number("z"), at.number("t")); },
       "binary cross-entropy with logits"},
      {"binary_cross_entropy(z, t)",
       [](letters_of at) { return binary_cross_entropy(at.number("z"), at.number("t")); },
       "another name of `logistic_loss`: z is the logit"},
      {"focal_loss(z, t)", [](letters_of at) { return focal_loss(at.number("z"), at.number("t")); },
       "`focal_loss<gamma>`, gamma from 1 on"},
      {"cross_entropy(z, y)", [](letters_of at) { return cross_entropy(at.vector("z"), at.label("y")); },
       "y a label"},
      {"cross_entropy(A, s)", [](letters_of at) { return cross_entropy(at.matrix("A"), at.labels("s")); },
       "several labels: the mean over them; each by itself is `-log(softmax(A)[s])`"},
      {"cross_entropy(z, t)", [](letters_of at) { return cross_entropy(at.vector("z"), at.vector("t")); },
       "t probabilities"},
      {"cross_entropy<0.1>(z, y)",
       [](letters_of at) { return cross_entropy<0.1>(at.vector("z"), at.label("y")); }, "smoothed"},
      {"kl_divergence(q, t)", [](letters_of at) { return kl_divergence(at.vector("q"), at.vector("t")); },
       "q logarithms, t probabilities; 0 where t is 0"},
      {"triplet_loss(a, p, n)",
       [](letters_of at) { return triplet_loss(at.vector("a"), at.vector("p"), at.vector("n")); },
       "`triplet_loss<margin>`"},
  };
  return table;
}

const std::vector<word_entry>& tensor_words() {
  static const std::vector<word_entry> table{
      {"mean<1>(A)", [](letters_of at) { return mean<1>(at.matrix("A")); }, ""},
      {"min<1>(A)", [](letters_of at) { return min<1>(at.matrix("A")); },
       "the first of equals takes the gradient"},
      {"argmin<1>(A)", [](letters_of at) { return argmin<1>(at.matrix("A")); }, "a class"},
      {"any<1>(A > 0)", [](letters_of at) { return any<1>(at.matrix("A") > 0); }, "a condition"},
      {"all<1>(A > 0)", [](letters_of at) { return all<1>(at.matrix("A") > 0); }, "a condition"},
      {"variance<1>(A)", [](letters_of at) { return variance<1>(at.matrix("A")); }, "of the population"},
      {"standard_deviation<1>(A)", [](letters_of at) { return standard_deviation<1>(at.matrix("A")); },
       "gradient 0 where all are equal"},
      {"norm<1>(A)", [](letters_of at) { return norm<1>(at.matrix("A")); }, "gradient 0 at the origin"},
      {"normalize(A)", [](letters_of at) { return normalize(at.matrix("A")); },
       "the last axis; `normalize<axis, least>`"},
      {"cosine_similarity(u, v)",
       [](letters_of at) { return cosine_similarity(at.vector("u"), at.vector("v")); }, "the last axis"},
      {"glu(u)", [](letters_of at) { return glu(at.tensor("u", {4})); }, "the halves of the last axis"},
      {"std::get<0>(split<2>(u))", [](letters_of at) { return std::get<0>(split<2>(at.tensor("u", {4}))); },
       "a tuple; `split<parts, axis>`"},
      {"std::get<1>(split_at<0, 1>(u))",
       [](letters_of at) { return std::get<1>(split_at<0, 1>(at.vector("u"))); }, "cut at places"},
      {"reverse_cumsum<1>(A)", [](letters_of at) { return reverse_cumsum<1>(at.matrix("A")); }, ""},
      {"fold(body, a, v)",
       [](letters_of at) {
         return fold([](ref carry, ref each) { return sin(carry) * each; }, at.number("a"), at.vector("v"));
       },
       "any body; here `sin(carry) * each`"},
      {"fold<9>(body, a)",
       [](letters_of at) { return fold<9>([](ref carry) { return sin(carry); }, at.number("a")); },
       "the body may take the number of the step, too"},
      {"scan(body, a, v)",
       [](letters_of at) {
         return scan([](ref carry, ref each) { return carry * each; }, at.number("a"), at.vector("v"));
       },
       "all carries; here those of `carry * each`"},
      {"softmax(A)", [](letters_of at) { return softmax(at.matrix("A")); }, "the last axis without any"},
      {"softmax<0>(A)", [](letters_of at) { return softmax<0>(at.matrix("A")); }, ""},
      {"log_softmax(A)", [](letters_of at) { return log_softmax(at.matrix("A")); }, ""},
      {"dot(u, v)", [](letters_of at) { return dot(at.vector("u"), at.vector("v")); }, ""},
      {"outer(u, v)", [](letters_of at) { return outer(at.vector("u"), at.vector("v")); }, ""},
      {"matmul(T, A)",
       [](letters_of at) {
         return matmul(at.tensor("T", {4, 5, 2}), at.matrix("A"));
       },
       "batches as NumPy's"},
      {"einsum<\"kij,kj->ki\">(T, A)",
       [](letters_of at) {
         return einsum<"kij,kj->ki">(at.tensor("T", {2, 4, 3}), at.matrix("A"));
       },
       ""},
      {"einsum<\"ii->\">(S)",
       [](letters_of at) {
         return einsum<"ii->">(at.tensor("S", {3, 3}));
       },
       "a letter twice: the diagonal"},
      {"sum_over_rows(a)", [](letters_of at) { return sum_over_rows(at.number("a")); }, ""},
  };
  return table;
}

const std::vector<word_entry>& layers() {
  static const std::vector<word_entry> table{
      {"dense(W, x, b)",
       [](letters_of at) { return dense(at.matrix("W"), at.vector("x"), at.tensor("b", {2})); }, ""},
      {"layer_norm(x, gain, bias)",
       [](letters_of at) { return layer_norm(at.vector("x"), at.vector("gain"), at.vector("bias")); },
       "the last axis"},
      {"rms_norm(x, gain)", [](letters_of at) { return rms_norm(at.vector("x"), at.vector("gain")); },
       "the last axis"},
      {"batch_norm(x, gain, bias, mean, variance)",
       [](letters_of at) {
         return batch_norm(at.vector("x"), at.vector("gain"), at.vector("bias"), at.vector("mean"),
                           at.vector("variance"));
       },
       "statistics of the batch in training, those given outside"},
      {"batch_mean(x)", [](letters_of at) { return batch_mean(at.vector("x")); }, "over rows, by channel"},
      {"batch_variance(x)", [](letters_of at) { return batch_variance(at.vector("x")); },
       "over rows, by channel"},
      {"conv2d(I, K)",
       [](letters_of at) {
         return conv2d(at.tensor("I", {2, 5, 5}), at.tensor("K", {4, 2, 3, 3}));
       },
       "`conv2d<stride, padding>`"},
      {"max_pool2d<2>(I)",
       [](letters_of at) {
         return max_pool2d<2>(at.tensor("I", {2, 4, 4}));
       },
       ""},
      {"mean_pool2d<2>(I)",
       [](letters_of at) {
         return mean_pool2d<2>(at.tensor("I", {2, 4, 4}));
       },
       ""},
      {"conv2d<1, 0, 1, 2>(I, K)",
       [](letters_of at) {
         return conv2d<1, 0, 1, 2>(at.tensor("I", {2, 5, 5}), at.tensor("K", {4, 1, 3, 3}));
       },
       "`conv2d<stride, padding, dilation, groups>`; here depthwise"},
      {"multi_head_attention<2>(x, x, x, Q, K, V, O)",
       [](letters_of at) {
         const ref x = at.tensor("x", {5, 3});
         return multi_head_attention<2>(x, x, x, at.tensor("Q", {4, 3}), at.tensor("K", {4, 3}),
                                        at.tensor("V", {4, 3}), at.tensor("O", {2, 4}));
       },
       "also with `causal`"},
      {"A[s]", [](letters_of at) { return at.matrix("A")[at.labels("s")]; }, "each label at its own place"},
      {"v[s]", [](letters_of at) { return at.vector("v")[at.labels("s")]; }, "all labels from one vector"},
      {"embedding(T, s)",
       [](letters_of at) {
         return embedding(at.tensor("T", {3, 4}), at.labels("s"));
       },
       "a row for each label; rows that several labels read take the sum of their gradients"},
      {"embedding(T, at<0>(s))",
       [](letters_of at) {
         return embedding(at.tensor("T", {3, 4}), fusegrad::at<0>(at.labels("s")));
       },
       "parts of labels are labels"},
      {"embedding(T, y)",
       [](letters_of at) {
         return embedding(at.tensor("T", {3, 4}), at.label("y"));
       },
       "reads and changes one row, however many there are"},
      {"attention(q, k, v)",
       [](letters_of at) {
         return attention(at.tensor("q", {5, 2}), at.tensor("k", {4, 2}), at.tensor("v", {4, 3}));
       },
       ""},
      {"attention(x, x, x, causal)",
       [](letters_of at) {
         const ref x = at.tensor("x", {5, 2});
         return attention(x, x, x, causal);
       },
       "nobody looks ahead"},
  };
  return table;
}

/// A formula between backquotes; a bar would end the cell of a table.
std::string quoted(const std::string& text) {
  return text.empty() ? "" : "`" + std::regex_replace(text, std::regex("\\|"), "\\|") + "`";
}

std::string shape_text(const tensor_shape& of) { return of.rank == 0 ? "scalar" : to_text(of).string(); }

/// The symbols in the order in which a text names them: that of a function's arguments is the compiler's.
std::vector<int> in_order_of(const std::string& text, const graph& in) {
  std::map<std::ptrdiff_t, int> by_place;
  for (int i = 0; i < int(in.symbols().size()); ++i) {
    const std::regex name("\\b" + std::string(in.symbols()[std::size_t(i)].name) + "\\b");
    if (std::smatch match; std::regex_search(text, match, name)) by_place[match.position()] = i;
  }
  std::vector<int> order;
  for (const auto& [place, symbol] : by_place) order.push_back(symbol);
  return order;
}

/// The shapes of the symbols that a text names, then that of the result.
std::string shape_rule(const std::string& text, const graph& in, ref result) {
  if (result->arity == 0) return shape_text(result.extents());
  std::string rule;
  for (int i : in_order_of(text, in)) {
    const symbol& each = in.symbols()[std::size_t(i)];
    if (each.role == symbol_role::row_count) continue;
    rule += (rule.empty() ? "" : ", ") + (each.role != symbol_role::label ? shape_text(each.extents)
                                          : each.extents.rank == 0
                                              ? "label of 3"
                                              : "labels " + shape_text(each.extents) + " of 3");
  }
  return rule + " -> " + shape_text(result.extents());
}

/// What an adjoint g of the result is for each operand.
std::string shares(graph& in, ref result) {
  const node original = *result;
  if (original.op->pullback == nullptr) return "none";
  std::string all;
  for (int operand = 0; operand < original.arity; ++operand) {
    if (in[original.operands[operand]].kind != value_kind::real) continue;
    const ref g = symbol_in(in, {"g", symbol_role::input, original.extents, 0});
    const node_id share = original.op->pullback(in, result.id, operand, g.id, false);
    graph alone = in;
    alone.drop_outputs();
    alone.add_output({output_role::value, -1, share});
    alone = simplify(alone);
    all += (all.empty() ? "" : ", ") + quoted(to_text(alone, alone.outputs()[0].id).string());
  }
  return all;
}

/// The derivative by the first symbol of a text, in its stable form; of a tensor that of its sum with weights
/// g.
std::string slope(const std::string& text, graph in, ref value) {
  if (value->kind != value_kind::real) return "none";
  ref total{&in, value.id};
  if (total.rank() > 0)
    total = sum(multiply(symbol_in(in, {"g", symbol_role::input, total.extents(), 0}), total));
  in.add_output({output_role::value, -1, total.id});
  const graph stable = stabilise(in);
  const int by[] = {in_order_of(text, in).front()};
  graph both = differentiate(stable, stable.outputs()[0].id, by, false);
  const output gradient = both.outputs().back();
  both.drop_outputs();
  both.add_output({output_role::value, -1, gradient.id});
  both = stabilise(both);
  const std::string formula = to_text(both, both.outputs()[0].id).string();
  constexpr std::size_t too_long = 180;
  return formula.size() > too_long ? "follows" : quoted(formula);
}

std::string operation_row(const operation_entry& entry) {
  graph in;
  const ref result = entry.build(letters_of(in));
  BOOST_TEST_REQUIRE(!in.trouble(), entry.row->name << ": " << sentence(in.trouble().kind));
  BOOST_TEST((result->op == entry.row), entry.row->name << " is not what its example is made by");
  const std::string printed = to_text(in, result.id).string();
  const bool elementwise = entry.row->family == operation_family::elementwise;
  const std::string shapes = elementwise ? "elementwise" : shape_rule(printed, in, result);
  return "| " + std::string(entry.row->name) + " | " + quoted(to_text(in, result.id).string()) + " | " +
         shapes + " | " + shares(in, result) + " | " + entry.notes + " |\n";
}

std::string word_row(const word_entry& entry) {
  graph in;
  const ref result = entry.build(letters_of(in));
  BOOST_TEST_REQUIRE(!in.trouble(), entry.call << ": " << sentence(in.trouble().kind));
  return "| " + quoted(entry.call) + " | " + shape_rule(entry.call, in, result) + " | " +
         quoted(to_text(in, result.id).string()) + " | " + slope(entry.call, in, result) + " | " +
         entry.notes + " |\n";
}

std::string word_table(const char* title, const std::vector<word_entry>& words) {
  std::string table = std::string("\n## ") + title + "\n\n" +
                      "| word | shape | what it is | its derivative | |\n|---|---|---|---|---|\n";
  for (const word_entry& each : words) table += word_row(each);
  return table;
}

std::string page() {
  std::string text =
      "# All operations and words\n"
      "\n"
      "Written by [test/docs/operations.cpp](../test/docs/operations.cpp) from the library itself: formulas "
      "are as "
      "it prints\nthem, with broadcasts left out. Shapes are examples: `[2, 3]` is a matrix, `label of 3` a "
      "class "
      "of three,\n`labels [2] of 3` two of them in a row.\n"
      "\n"
      "## Operations\n"
      "\n"
      "What a graph is made of. The derivative is what an adjoint g of the result is for each operand, as "
      "the "
      "operation's\nstruct states it; reverse mode, forward mode and higher orders follow from it.\n"
      "\n"
      "| operation | printed | shape | derivative | |\n|---|---|---|---|---|\n";
  for (const operation_entry& each : operations()) text += operation_row(each);
  text +=
      "\n"
      "Below, words that are made of these. Their derivatives are by the first operand and in stable form, "
      "of "
      "tensors for an\nadjoint g; what is too long for a line follows from the formula.\n";
  return text + word_table("Elementwise", elementwise_words()) + word_table("Parts of values", part_words()) +
         word_table("Reductions, products, probabilities", tensor_words()) +
         word_table("Activations", activations()) + word_table("Losses", losses()) +
         word_table("Layers", layers());
}

/// The names of the words that the headers of op/ define.
std::set<std::string> words_in_headers() {
  const auto headers = std::filesystem::path(FUSEGRAD_EXAMPLES_DATA) / "../../include/fusegrad/op";
  const std::regex definition("^(?:template.*)?\\[\\[nodiscard\\]\\] constexpr auto ([a-z_0-9]+)\\(");
  std::set<std::string> found;
  for (const auto& file : std::filesystem::directory_iterator(headers)) {
    std::ifstream header(file.path());
    for (std::string line; std::getline(header, line);)
      if (std::smatch match; std::regex_search(line, match, definition)) found.insert(match[1]);
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_page_is_what_the_library_prints) {
  const std::string wanted = page();
  const bool current = contents_of("docs/operations.md") == wanted;
  if (!current) std::ofstream("operations.md") << wanted;
  BOOST_TEST(current, "docs/operations.md is stale: " << (std::filesystem::current_path() / "operations.md")
                                                      << " is as it should be");
}

BOOST_AUTO_TEST_CASE(every_operation_of_the_library_is_on_the_page) {
  std::set<const operation*> shown;
  for (const operation_entry& each : operations()) shown.insert(each.row);
#define FUSEGRAD_IS_SHOWN(op) BOOST_TEST(shown.count(&row<op>()) == 1u, #op << " is missing");
  FUSEGRAD_LIBRARY_OPERATIONS(FUSEGRAD_IS_SHOWN)
#undef FUSEGRAD_IS_SHOWN
}

BOOST_AUTO_TEST_CASE(every_word_is_on_the_page) {
  const std::string text = page();
  const std::set<std::string> words = words_in_headers();
  BOOST_TEST(words.size() > 60u, "found only " << words.size() << " words in the headers");
  for (const std::string& each : words) {
    const std::regex call("[^a-z_0-9]" + each + "[^a-z_0-9]");
    BOOST_TEST(std::regex_search(text, call), each << " is missing");
  }
}
