// SPDX-License-Identifier: BSL-1.0
// audit: what overflows, cancels or hides a NaN is found and named; what is stable passes.
#define BOOST_TEST_MODULE audit
#include "fusegrad/train/audit.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "fusegrad/op/words.hpp"
#include "fusegrad/train/evaluate.hpp"

namespace mine {

using namespace fusegrad;

/// log(1 + exp(x)) as it stands, which overflows from 89 on in float.
struct naive_softplus_op : elementwise_operation<1> {
  static constexpr std::string_view name = "naive_softplus";
  template <class Value> static constexpr Value value(Value a) { return math::log(Value(1) + math::exp(a)); }
  static constexpr ref partials(ref a, ref) { return 1 / (1 + exp(-a)); }
};
template <formula Value> [[nodiscard]] constexpr auto naive_softplus(Value x) {
  return call<elementwise<naive_softplus_op>>(x);
}

/// x by way of a million, where a float keeps sixteenths.
struct far_and_back_op : elementwise_operation<1> {
  static constexpr std::string_view name = "far_and_back";
  template <class Value> static constexpr Value value(Value a) { return (a + Value(1e6F)) - Value(1e6F); }
  static constexpr ref partials(ref a, ref) { return constant_like(a, 1); }
};
template <formula Value> [[nodiscard]] constexpr auto far_and_back(Value x) {
  return call<elementwise<far_and_back_op>>(x);
}

}  // namespace mine

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 2>;
constexpr auto t = target<"t">;
constexpr auto w = param<"w", 2>;
constexpr auto b = param<"b">;
constexpr auto prediction = dot(w, x) + b;

auto some_data() { return dataset(x = std::vector{0.5, -1.0, 2.0, 1.5}, t = std::vector{1.0, -1.0}); }

std::string text_of(const audit_report& shown) {
  std::ostringstream out;
  out << shown;
  return out.str();
}

const audit_finding* find(const audit_report& in, const std::string& symbol, hazard what) {
  for (const audit_finding& each : in.findings)
    if (each.symbol == symbol && each.what == what) return &each;
  return nullptr;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_stable_loss_has_no_hazard) {
  // As written it overflows; what is compiled does not.
  constexpr auto loss = log(constant<1> + exp(prediction)) - multiply(t, prediction);
  const audit_report found = audit(loss, initialise<loss>(3, w = normal(), b = normal()), some_data());
  BOOST_TEST(bool(found), found);
  BOOST_TEST(found.tried > 50U);
  BOOST_TEST(found.same_bits);
  BOOST_TEST((found.thread_counts == std::vector{1, 2, 3, 8}));
  BOOST_TEST(found.rows_on_threads >= 2000U);
  BOOST_TEST_REQUIRE(found.drifts.size() == 3U);
  BOOST_TEST(found.drifts[0].result == "loss");
  for (const precision_drift& each : found.drifts) BOOST_TEST(each.relative < 1e-5);
  BOOST_TEST(found.drifts[0].relative > 0);
  BOOST_TEST(text_of(found).find("no hazard") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(counts_with_an_excess_of_zeros_have_no_hazard_by_a_parameter) {
  // Source: Lambert 1992, "Zero-inflated Poisson regression".
  constexpr auto v = param<"v", 2>;
  constexpr auto c = param<"c">;
  constexpr auto share = sigmoid(dot(v, x) + c);
  constexpr auto rate = exp(prediction);
  constexpr auto zero = share + (constant<1> - share) * exp(-rate);
  constexpr auto count = (constant<1> - share) * exp(t * prediction - rate);
  constexpr auto loss = -log(where(t == constant<0>, zero, count));
  constexpr auto written = as_written(loss);
  const auto data = dataset(x = std::vector{0.5, -1.0, 2.0, 1.5}, t = std::vector{0.0, 3.0});
  const audit_report stable = audit(loss, initialise<loss>(3, w = normal()), data);
  const audit_report naive = audit(written, initialise<written>(3, w = normal()), data);
  for (const char* each : {"v", "c", "w", "b"})
    BOOST_TEST(find(stable, each, hazard::not_finite) == nullptr, stable);
  BOOST_TEST(find(naive, "b", hazard::not_finite) != nullptr, naive);
  auto model = initialise<loss>(3);
  model[b] = 30;
  model[c] = -200;  // both ways to a zero are less likely than any float
  BOOST_TEST(std::isfinite(evaluate(loss, model, data)));
}

BOOST_AUTO_TEST_CASE(what_overflows_is_named_at_the_mildest_value) {
  constexpr auto loss = mine::naive_softplus(prediction);
  auto model = initialise<loss>(1);
  model[w] = std::vector<float>{1, 1};
  const audit_report found = audit(loss, model, some_data());
  BOOST_TEST(!found);
  const audit_finding* of_bias = find(found, "b", hazard::not_finite);
  BOOST_TEST_REQUIRE(of_bias != nullptr, found);
  BOOST_TEST(of_bias->place == "b");
  BOOST_TEST(of_bias->value == 100);
  BOOST_TEST(of_bias->result == "the loss");
  BOOST_TEST(std::isinf(of_bias->found));
  BOOST_TEST(std::abs(of_bias->expected - 101.5) < 1e-3);  // rows -0.5 and 3.5 beside it
  const audit_finding* of_data = find(found, "x", hazard::not_finite);
  BOOST_TEST_REQUIRE(of_data != nullptr, found);
  BOOST_TEST(of_data->of_rows);
  BOOST_TEST(text_of(found).find("b = 100: the loss is inf, expected 101.5") != std::string::npos,
             text_of(found));
}

BOOST_AUTO_TEST_CASE(in_double_the_same_operation_lasts_longer) {
  constexpr auto loss = mine::naive_softplus(b);
  const audit_report found = audit(loss, initialise<loss, double>(1));
  const audit_finding* of_bias = find(found, "b", hazard::not_finite);
  BOOST_TEST_REQUIRE(of_bias != nullptr, found);
  BOOST_TEST(of_bias->value == 1000);
}

BOOST_AUTO_TEST_CASE(digits_that_are_lost_are_found) {
  constexpr auto loss = mine::far_and_back(b);
  auto model = initialise<loss>(1);
  model[b] = 0.01F;
  const audit_report found = audit(loss, model);
  const audit_finding* of_data = find(found, "", hazard::lost_digits);
  BOOST_TEST_REQUIRE(of_data != nullptr, found);
  BOOST_TEST(of_data->result == "the loss");
  BOOST_TEST(found.drifts[0].relative > 0.1);
}

BOOST_AUTO_TEST_CASE(a_nan_that_hides_is_found) {
  // NaN is less than nothing, so that the choice falls on b.
  constexpr auto loss = where(t > constant<0>, t * b, b);
  auto model = initialise<loss>(1);
  model[b] = 2;
  const audit_report found = audit(loss, model, dataset(t = std::vector<float>{1, -1}));
  const audit_finding* of_target = find(found, "t", hazard::hidden_nan);
  BOOST_TEST_REQUIRE(of_target != nullptr, found);
  BOOST_TEST(std::isnan(of_target->value));
  BOOST_TEST(find(found, "b", hazard::hidden_nan) == nullptr);
  BOOST_TEST(text_of(found).find("t = nan in row 0: the loss is 2") != std::string::npos, text_of(found));
}

BOOST_AUTO_TEST_CASE(rows_and_elements_can_be_chosen) {
  constexpr auto loss = squared_error(prediction, t);
  const auto model = initialise<loss>(3, w = normal());
  const audit_report few = audit(loss, model, some_data(), audit_options{.rows = 1, .elements = 1});
  const audit_report more = audit(loss, model, some_data());
  BOOST_TEST(few.rows == 1U);
  BOOST_TEST(more.rows == 2U);
  BOOST_TEST(few.tried * 6 == more.tried * 4);  // of x and w one of two elements
}
