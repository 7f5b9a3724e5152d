// SPDX-License-Identifier: BSL-1.0
// docs/trust.md: how to trust a gradient. The page quotes this file and what it prints.
#define BOOST_TEST_MODULE trust
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

#include "docs/quotes.hpp"
#include "fusegrad/fusegrad.hpp"

namespace mine {

using namespace fusegrad;

/// log(1 + exp(x)): a smooth step. Two mistakes: it overflows, and its derivative is that of exp for x < 0.
struct smooth_step_op : elementwise_operation<1> {
  static constexpr std::string_view name = "smooth_step";
  static constexpr int flops = 40;
  template <class Value> static constexpr Value value(Value a) { return math::log(Value(1) + math::exp(a)); }
  static constexpr ref partials(ref a, ref) { return where(a < 0, exp(a), 1 / (1 + exp(-a))); }
};

template <formula Value> [[nodiscard]] constexpr auto smooth_step(Value x) {
  return call<elementwise<smooth_step_op>>(x);
}

}  // namespace mine

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 2>;
constexpr auto t = target<"t">;
constexpr auto w = param<"w", 2>;
constexpr auto b = param<"b">;
constexpr auto loss = mine::smooth_step(dot(w, x) + b) - multiply(t, dot(w, x) + b);

auto some_data() { return dataset(x = std::vector{0.5, -1.0, 2.0, 1.5}, t = std::vector{1.0, 0.0}); }
auto some_model() {
  auto model = initialise<loss, double>(1);
  model[w] = std::vector{1.0, 1.0};
  return model;
}

void check(std::ostream& out) {
  const auto model = some_model();
  const auto data = some_data();

  const gradient_check found = check_gradient(loss, model, data);
  if (!found) out << found;
}

void check_at_kink(std::ostream& out) {
  constexpr auto kinked = relu(dot(w, x) + b);
  out << check_gradient(kinked, initialise<kinked, double>(1), some_data());
}

void check_stable(std::ostream& out) {
  constexpr auto stable = log(constant<1> + exp(dot(w, x) + b)) - multiply(t, dot(w, x) + b);
  const auto model = initialise<stable, double>(1, w = normal());
  out << check_gradient(stable, model, some_data());
  const audit_report audited = audit(stable, model, some_data());
  BOOST_TEST(bool(audited), audited);
}

void audit_it(std::ostream& out) {
  constexpr auto naive = mine::smooth_step(dot(w, x) + b);
  auto model = initialise<naive>(1);
  model[w] = std::vector<float>{1, 1};
  out << audit(naive, model, some_data());
}

std::string page_output() {
  std::ostringstream out;
  check(out);
  check_at_kink(out);
  check_stable(out);
  audit_it(out);
  return out.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_page_quotes_this_file_and_real_output) {
  const std::string output = page_output();
  check_quotes("docs/trust.md", "cpp", contents_of("test/docs/trust.cpp"), 4);
  check_quotes("docs/trust.md", "text", output, 3);
  BOOST_TEST_MESSAGE(output);
}
