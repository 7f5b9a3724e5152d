// SPDX-License-Identifier: BSL-1.0
// Optimisers, written in the language of formulas: rules that say how each number of a parameter changes.
// A new one is a struct with its scalars and its rules; it becomes a kernel like every loss.
#pragma once

#include <array>
#include <tuple>

#include "fusegrad/train/bind.hpp"

namespace fusegrad {

/// The words of an update rule: one number of a parameter, its gradient, and what an optimiser remembers of
/// it.
inline constexpr auto parameter = input<"parameter">;
inline constexpr auto gradient = input<"gradient">;
template <fixed_string Name> inline constexpr named_symbol<Name, symbol_role::input, 0> state{};

/// `target` takes the value of `value`. The rules of an optimiser are carried out in their order.
template <named Target, recordable Value> struct update_rule {
  using target = Target;
  using formula = Value;
};
template <named Target, recordable Value>
[[nodiscard]] constexpr update_rule<Target, Value> update(Target, Value) {
  return {};
}

/// An optimiser says its rules and the values of its scalars.
template <class Type>
concept optimiser = requires(const Type& type) {
  Type::rules();
  type.scalars();
};

/// Stochastic gradient descent: parameter - learning_rate * gradient.
/// Source: Robbins, Monro 1951.
struct sgd {
  double learning_rate = 0.1;

  static constexpr auto rate = scalar<"learning_rate">;
  static constexpr auto rules() { return std::tuple{update(parameter, parameter - rate * gradient)}; }
  auto scalars() const { return std::tuple{rate = learning_rate}; }
};

/// Gradient descent with momentum: velocity = momentum * velocity + gradient; parameter - learning_rate *
/// velocity. Source: Polyak 1964, in the form of Sutskever et al. 2013 without Nesterov's look-ahead.
struct momentum {
  double learning_rate = 0.1;
  double decay = 0.9;

  static constexpr auto rate = scalar<"learning_rate">;
  static constexpr auto decay_rate = scalar<"decay">;
  static constexpr auto velocity = state<"velocity">;
  static constexpr auto rules() {
    return std::tuple{update(velocity, decay_rate * velocity + gradient),
                      update(parameter, parameter - rate * velocity)};
  }
  auto scalars() const { return std::tuple{rate = learning_rate, decay_rate = decay}; }
};

namespace updating {

/// Whether a formula reads a symbol that is neither parameter nor gradient: what the optimiser remembers.
constexpr bool is_state(const symbol& named) {
  return named.role == symbol_role::input && named.name != parameter.name.view() &&
         named.name != gradient.name.view();
}

/// The names of all states of the rules, each once.
template <class... Rules> constexpr std::vector<std::string_view> state_names(std::tuple<Rules...>) {
  std::vector<std::string_view> names;
  const auto add = [&](const symbol& named) {
    if (!is_state(named)) return;
    for (std::string_view each : names)
      if (each == named.name) return;
    names.push_back(named.name);
  };
  const auto add_all = [&](const auto& symbols) {
    for (const symbol& each : symbols) add(each);
  };
  (add_all(written_graph<typename Rules::formula>.symbols), ...);
  (add(Rules::target::description()), ...);
  return names;
}

}  // namespace updating

/// What an optimiser remembers of the parameters of a formula, and the memory its rules run in.
template <optimiser Optimiser, class Formula, class Real> class update_state {
 public:
  /// Changes the parameters by the rules of the optimiser.
  /// Rounds: as the rules are written, each operation rounded once (a product and a sum may become one).
  void apply(const Optimiser& with, parameters<Formula, Real>& to, const Real* gradients) {
    std::apply([&](auto... rules) { (run(rules, with, to, gradients), ...); }, Optimiser::rules());
  }

 private:
  static constexpr std::size_t state_count = updating::state_names(decltype(Optimiser::rules()){}).size();
  static constexpr auto names = [] {
    std::array<std::string_view, state_count> result{};
    const auto found = updating::state_names(decltype(Optimiser::rules()){});
    for (std::size_t i = 0; i < state_count; ++i) result[i] = found[i];
    return result;
  }();

  [[nodiscard]] Real* memory_of(std::string_view name, parameters<Formula, Real>& to) {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return states_[i].data();
    return to.data();
  }

  template <class Rule>
  void run(Rule, const Optimiser& with, parameters<Formula, Real>& to, const Real* gradients) {
    using program =
        fusegrad::program<typename Rule::formula, goal::rows, Real, native_arch, column_elements::real>;
    constexpr std::size_t count = program::plan.symbols.size();
    std::array<column, count> columns{};
    std::array<const Real*, count> numbers{};
    std::array<Real, count> scalars{};
    for (std::size_t i = 0; i < count; ++i) {
      const symbol& each = program::plan.symbols[i];
      const Real* from = each.name == gradient.name.view() ? gradients : memory_of(each.name, to);
      columns[i] = {from, sizeof(Real) == 4 ? element_type::float32 : element_type::float64, to.size(), 1, 1};
      numbers[i] = &scalars[i];
      std::apply([&](const auto&... given) { (set_scalar(each, given, scalars[i]), ...); }, with.scalars());
    }
    Real* const outputs[] = {memory_of(Rule::target::name.view(), to)};
    auto executor = executors_.borrow(kernel<program>::table);
    (void)executor->run({columns.data(), numbers.data(), {nullptr, 0, to.size()}, nullptr, nullptr, outputs});
  }

  template <class Binding> static void set_scalar(const symbol& wanted, const Binding& given, Real& to) {
    if (Binding::symbol_type::name.view() == wanted.name) to = Real(given.data);
  }

  std::array<parameters<Formula, Real>, state_count> states_{};
  executor_pool<Real> executors_;
};

}  // namespace fusegrad
