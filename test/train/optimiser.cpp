// SPDX-License-Identifier: BSL-1.0
// Optimisers against plain loops, and optimisers of a user's own.
// The numbers here are small multiples of powers of two, so no operation rounds and results are exact.
#define BOOST_TEST_MODULE optimiser
#include "fusegrad/train/optimiser.hpp"

#include "data/temporary_directory.hpp"
#include "fusegrad/train/fit.hpp"
#include "regression.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstring>
#include <memory>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

using loss_type = std::remove_const_t<decltype(loss)>;

/// A gradient per step: halves and quarters of small integers.
weights slope_of(int step) { return {0.5 * (step % 3 - 1), 0.25 * (step % 5 - 2), 1. * (step % 2), -0.5}; }

constexpr weights begin{1, -2, 3, 0.5};

template <class Real> void set(parameters<loss_type, Real>& to, const weights& from) {
  for (std::size_t i = 0; i < 3; ++i) to[w](i) = Real(from[i]);
  to[b]() = Real(from[3]);
}

/// More numbers than are computed one by one, and so many that threads share them; a register is never full.
constexpr int many_numbers = 100003;
constexpr auto many = param<"many", many_numbers>;
constexpr auto loss_of_many = squared_error(dot(many, input<"x", many_numbers>), target<"y">);
using many_type = std::remove_const_t<decltype(loss_of_many)>;

template <class Real> void set(parameters<many_type, Real>& to, const weights& from) {
  for (std::size_t i = 0; i < many_numbers; ++i) to[many](i) = Real(from[i % 4]);
}

/// Takes steps by `plain`, which changes parameters by a gradient, and by the optimiser: few parameters, and
/// many of which every fourth is the same.
template <class Real, class Optimiser, class Plain>
void check_against(const Optimiser& optimise, Plain plain, int steps = 6) {
  model_of<loss_type, Real> model;
  model_of<many_type, Real> large_model;
  parameters<loss_type, Real> slope;
  parameters<many_type, Real> large_slope;
  update_state<Optimiser, loss_type, Real> state;
  update_state<Optimiser, many_type, Real> large_state;
  set<Real>(model, begin);
  set<Real>(large_model, begin);
  weights expected = begin;
  for (int step = 0; step < steps; ++step) {
    set<Real>(slope, slope_of(step));
    set<Real>(large_slope, slope_of(step));
    state.apply(optimise, model, slope.data());
    large_state.apply(optimise, large_model, large_slope.data());
    plain(expected, slope_of(step));
    const weights found = weights_of(model);
    BOOST_TEST(found == expected, boost::test_tools::per_element());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < many_numbers; ++i)
      wrong += double(large_model[many](i)) == expected[i % 4] ? 0 : 1;
    BOOST_TEST(wrong == 0u);
  }
}

/// Gradient descent that also shrinks the parameters.
struct decaying_sgd {
  double learning_rate = 0.5;
  double weight_decay = 0.25;

  static constexpr auto rate = scalar<"learning_rate">;
  static constexpr auto decay = scalar<"weight_decay">;
  static constexpr auto rules() {
    return std::tuple{update(parameter, parameter - rate * (gradient + decay * parameter))};
  }
  auto scalars() const { return std::tuple{rate = learning_rate, decay = weight_decay}; }
};

/// Remembers two things and changes them in turn: the second rule meets what the first has set.
struct averaging {
  double learning_rate = 0.5;

  static constexpr auto rate = scalar<"learning_rate">;
  static constexpr auto total = state<"total">;
  static constexpr auto largest = state<"largest">;
  static constexpr auto rules() {
    return std::tuple{update(total, total + gradient), update(largest, max(largest, abs(total))),
                      update(parameter, parameter - rate * total * largest)};
  }
  auto scalars() const { return std::tuple{rate = learning_rate}; }
};

/// Steps of 1 against the gradient.
struct by_sign {
  static constexpr auto rules() {
    constexpr auto zero = constant<0>;
    return std::tuple{update(parameter, parameter - where(gradient > zero, constant<1>,
                                                          where(gradient < zero, constant<-1>, zero)))};
  }
  static auto scalars() { return std::tuple{}; }
};

/// Steps of 1 against the gradient, where it is not 0.
struct by_quotient {
  static constexpr auto rules() {
    return std::tuple{update(parameter, parameter - gradient / abs(gradient))};
  }
  static auto scalars() { return std::tuple{}; }
};

/// Changes the parameters twice.
struct two_steps {
  static constexpr auto rules() {
    return std::tuple{update(parameter, parameter - gradient), update(parameter, constant<0.5> * parameter)};
  }
  static auto scalars() { return std::tuple{}; }
};

/// Steps by the gradient before: a rule that computes nothing; and the same rule twice.
struct late {
  static constexpr auto last = state<"last">;
  static constexpr auto rules() {
    return std::tuple{update(parameter, parameter - last), update(parameter, parameter - last),
                      update(last, gradient)};
  }
  static auto scalars() { return std::tuple{}; }
};

static_assert(optimiser<sgd> && optimiser<momentum> && optimiser<decaying_sgd> && optimiser<by_sign>);
static_assert(!optimiser<double>);

void check_near(const weights& found, const weights& expected, double tolerance) {
  for (std::size_t i = 0; i < found.size(); ++i)
    BOOST_TEST(std::abs(found[i] - expected[i]) <= tolerance, found[i] << " is not " << expected[i]);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_rule_may_only_remember) {
  weights last{};
  const auto plain = [&](weights& at, const weights& slope) {
    for (std::size_t i = 0; i < 4; ++i) at[i] -= 2 * last[i];
    last = slope;
  };
  check_against<float>(late{}, plain, 4);
}

BOOST_AUTO_TEST_CASE(sgd_is_parameter_minus_rate_times_gradient) {
  const auto plain = [](weights& at, const weights& slope) {
    for (std::size_t i = 0; i < 4; ++i) at[i] -= 0.5 * slope[i];
  };
  check_against<float>(sgd{0.5}, plain);
  check_against<double>(sgd{.learning_rate = 0.5}, plain);
}

BOOST_AUTO_TEST_CASE(momentum_adds_to_its_velocity_first_and_moves_by_it_then) {
  const auto plain = [velocity = weights{}](weights& at, const weights& slope) mutable {
    for (std::size_t i = 0; i < 4; ++i) {
      velocity[i] = 0.5 * velocity[i] + slope[i];
      at[i] -= 0.25 * velocity[i];
    }
  };
  check_against<float>(momentum{0.25, 0.5}, plain);
  check_against<double>(momentum{.learning_rate = 0.25, .decay = 0.5}, plain);
}

// Algorithm 1 of the paper, word for word.
BOOST_AUTO_TEST_CASE(adam_is_that_of_its_paper) {
  auto model = initialise<loss, double>(3, w = normal(0, 1));
  weights expected = weights_of(model), first{}, second{};
  update_state<adam, std::remove_const_t<decltype(loss)>, double> state;
  parameters<std::remove_const_t<decltype(loss)>, double> slope;
  double first_power = 1, second_power = 1;
  for (int step = 1; step <= 50; ++step) {
    weights given{};
    for (std::size_t i = 0; i < 4; ++i) given[i] = std::sin(double(step) + double(i)) * (i == 2 ? 1e-6 : 3);
    for (std::size_t i = 0; i < 3; ++i) slope[w](i) = given[i];
    slope[b] = given[3];
    state.apply(adam{.learning_rate = 0.1}, model, slope.data());
    first_power *= 0.9;
    second_power *= 0.999;
    for (std::size_t i = 0; i < 4; ++i) {
      first[i] = 0.9 * first[i] + 0.1 * given[i];
      second[i] = 0.999 * second[i] + 0.001 * given[i] * given[i];
      const double mean = first[i] / (1 - first_power), mean_square = second[i] / (1 - second_power);
      expected[i] -= 0.1 * mean / (std::sqrt(mean_square) + 1e-8);
    }
    const weights found = weights_of(model);
    for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(std::abs(found[i] - expected[i]) < 1e-11);
  }
}

BOOST_AUTO_TEST_CASE(momentum_without_decay_is_sgd) {
  check_against<float>(momentum{0.5, 0}, [](weights& at, const weights& slope) {
    for (std::size_t i = 0; i < 4; ++i) at[i] -= 0.5 * slope[i];
  });
}

BOOST_AUTO_TEST_CASE(a_users_own_optimiser_decays_weights) {
  check_against<double>(decaying_sgd{}, [](weights& at, const weights& slope) {
    for (std::size_t i = 0; i < 4; ++i) at[i] -= 0.5 * (slope[i] + 0.25 * at[i]);
  });
}

BOOST_AUTO_TEST_CASE(a_users_own_optimiser_remembers_what_it_names_and_its_rules_run_in_order) {
  const auto plain = [total = weights{}, largest = weights{}](weights& at, const weights& slope) mutable {
    for (std::size_t i = 0; i < 4; ++i) {
      total[i] += slope[i];
      largest[i] = std::max(largest[i], std::abs(total[i]));
      at[i] -= 0.5 * total[i] * largest[i];
    }
  };
  check_against<float>(averaging{}, plain);
  check_against<double>(averaging{}, plain);
}

BOOST_AUTO_TEST_CASE(a_users_own_optimiser_trains_in_fit) {
  const numbers in(64);
  auto model = initialise<loss, double>(1, w = normal(0, 1));
  weights plain = weights_of(model);
  (void)fit(loss, model, in.data(), decaying_sgd{0.05, 0.1},
            {.epochs = 3, .batch_size = 10, .seed = 2, .log = nullptr});
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch)
    for (const auto batch : minibatches(in.data(), 10, 2 + epoch)) {
      const plain_step step = plain_loop(plain, in, rows_of(batch));
      for (std::size_t i = 0; i < 4; ++i) plain[i] -= 0.05 * (step.gradient[i] + 0.1 * plain[i]);
    }
  check_near(weights_of(model), plain, 1e-13);
}

BOOST_AUTO_TEST_CASE(momentum_in_fit_is_that_of_a_plain_loop) {
  const numbers in(64);
  auto model = initialise<loss, double>(1, w = normal(0, 1));
  weights plain = weights_of(model), velocity{};
  (void)fit(loss, model, in.data(), momentum{0.02, 0.9},
            {.epochs = 3, .batch_size = 10, .seed = 2, .log = nullptr});
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch)
    for (const auto batch : minibatches(in.data(), 10, 2 + epoch)) {
      const plain_step step = plain_loop(plain, in, rows_of(batch));
      for (std::size_t i = 0; i < 4; ++i) {
        velocity[i] = 0.9 * velocity[i] + step.gradient[i];
        plain[i] -= 0.02 * velocity[i];
      }
    }
  check_near(weights_of(model), plain, 1e-13);
}

BOOST_AUTO_TEST_CASE(descent_by_hand_and_sgd_have_the_same_bits) {
  const numbers in(64);
  auto by_hand = initialise<loss>(1, w = normal(0, 1));
  auto by_sgd = by_hand;
  update_state<sgd, loss_type, float> state;
  for (const auto batch : minibatches(in.data(), 3, 8)) {
    by_hand -= 0.03 * value_and_grad(loss, by_hand, batch).gradient;
    state.apply(sgd{0.03}, by_sgd, value_and_grad(loss, by_sgd, batch).gradient.data());
    BOOST_TEST((by_hand == by_sgd));
  }
}

BOOST_AUTO_TEST_CASE(numbers_between_the_parameters_may_become_anything) {
  model_of<loss_type, float> model;
  parameters<loss_type, float> slope;
  update_state<by_quotient, loss_type, float> state;
  set<float>(slope, {2, -3, 4, -5});
  for (int step = 1; step <= 3; ++step) {
    state.apply(by_quotient{}, model, slope.data());  // 0 / 0 where no parameter lies
    const weights expected{-1. * step, 1. * step, -1. * step, 1. * step};
    BOOST_TEST(weights_of(model) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_step_that_overflows_names_the_parameter_and_leaves_all_as_they_were) {
  model_of<loss_type, double> model;
  parameters<loss_type, double> slope;
  update_state<momentum, loss_type, double> state;
  set<double>(model, begin);
  set<double>(slope, {0, 1e300, 0, 1e300});
  const auto before = model;
  const auto step = [&] { state.apply(momentum{1e10}, model, slope.data()); };
  BOOST_TEST(message_of<non_finite_error>(step) ==
             "this step would make w(1) -inf: the learning rate is too large for its gradient; the "
             "parameters are as they were before this step");
  BOOST_TEST((model == before));
}

BOOST_AUTO_TEST_CASE(a_rule_meets_the_parameters_that_an_earlier_one_has_set) {
  check_against<float>(two_steps{}, [](weights& at, const weights& slope) {
    for (std::size_t i = 0; i < 4; ++i) at[i] = 0.5 * (at[i] - slope[i]);
  });
}

BOOST_AUTO_TEST_CASE(an_optimiser_may_have_neither_scalars_nor_states) {
  check_against<float>(by_sign{}, [](weights& at, const weights& slope) {
    for (std::size_t i = 0; i < 4; ++i) at[i] -= slope[i] > 0 ? 1 : slope[i] < 0 ? -1 : 0;
  });
}
