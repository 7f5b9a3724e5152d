// SPDX-License-Identifier: BSL-1.0
// Optimisers, written in the language of formulas: rules that say how each number of a parameter changes.
// A new one is a struct with its scalars and its rules; it becomes a kernel like every loss.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <tuple>

#include "fusegrad/run/parallel.hpp"
#include "fusegrad/run/small_step.hpp"
#include "fusegrad/train/bind.hpp"
#include "fusegrad/train/non_finite.hpp"

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

/// Whether no number is NaN or infinite; `count` is a multiple of 16. Several sums, so that no addition waits
/// for the one before.
template <class Arch, class Real> bool all_finite(const Real* numbers, std::size_t count) noexcept {
  constexpr std::size_t width = lane_count<Real, Arch>;
  std::array<lanes<Real, Arch>, 16 / width> doubts;  // stay 0 while everything is finite
  doubts.fill(lanes<Real, Arch>(Real(0)));
  for (std::size_t i = 0; i < count; i += 16)
#pragma GCC unroll 32
    for (std::size_t k = 0; k < 16 / width; ++k) {
      const lanes<Real, Arch> each = simd::load_aligned<Arch>(numbers + i + k * width);
      doubts[k] = doubts[k] + (each - each);
    }
  Real doubt = 0;
  for (const lanes<Real, Arch>& each : doubts) doubt += simd::sum_of_lanes(each);
  return doubt == 0;
}

/// Calls `body(begin, end)` for parts of [0, count), in parallel where there are many.
template <class Body> void in_parts(std::size_t count, const Body& body) {
  constexpr std::size_t part = std::size_t(1) << 14;  // numbers: tens of kilobytes, a microsecond
  constexpr std::size_t few = 4;
  const std::size_t parts = (count + part - 1) / part;
  if (parts <= few) return body(std::size_t(0), count);
  parallel_blocks(parts, worker_count(),
                  [&](std::size_t i, std::size_t) { body(i * part, std::min(count, (i + 1) * part)); });
}

}  // namespace updating

/// What an optimiser remembers of the parameters of a formula, and the memory its rules run in.
template <optimiser Optimiser, class Formula, class Real> class update_state {
 public:
  /// Changes the parameters by the rules of the optimiser. New values are written beside the old ones, and
  /// take their place when all of them are finite.
  /// Rounds:  as the rules are written, each operation rounded once (a product and a sum may become one).
  /// Errors:  non_finite_error naming a parameter that would become NaN or infinite. The parameters are as
  ///          they were; what the optimiser remembers has taken the step.
  /// Cost:    the rules, and one pass to check and one to copy; allocates at the first step only.
  void apply(const Optimiser& with, parameters<Formula, Real>& to, const Real* gradients) {
    next_.reserve(layout::size);
    now_ = to.data();
    std::apply([&](auto... rules) { (run(rules, with, gradients), ...); }, Optimiser::rules());
    if (now_ == to.data()) return;  // no rule has changed a parameter
    check_parameters();
    updating::in_parts(layout::size, [&](std::size_t begin, std::size_t end) {
      std::memcpy(to.data() + begin, now_ + begin, (end - begin) * sizeof(Real));
    });
  }

 private:
  using layout = parameter_layout<Formula>;
  static constexpr std::size_t state_count = updating::state_names(decltype(Optimiser::rules()){}).size();
  static constexpr auto names = [] {
    std::array<std::string_view, state_count> result{};
    const auto found = updating::state_names(decltype(Optimiser::rules()){});
    for (std::size_t i = 0; i < state_count; ++i) result[i] = found[i];
    return result;
  }();

  /// What a rule reads or writes by a name: one of the states, the parameters, or the gradients.
  static constexpr std::size_t parameter_place = state_count, gradient_place = state_count + 1;
  static constexpr std::size_t place_of(std::string_view name) {
    if (name == gradient.name.view()) return gradient_place;
    for (std::size_t i = 0; i < state_count; ++i)
      if (names[i] == name) return i;
    return parameter_place;
  }

  template <std::size_t Place> [[nodiscard]] const Real* source(const Real* gradients) const {
    if constexpr (Place == gradient_place)
      return gradients;
    else if constexpr (Place == parameter_place)
      return now_;
    else
      return states_[Place].data();
  }

  template <std::size_t Place> [[nodiscard]] Real* target() {
    if constexpr (Place < state_count)
      return states_[Place].data();
    else
      return next_.data();
  }

  /// Throws if a parameter is not finite. The padding between them may be anything.
  void check_parameters() const {
    std::atomic<bool> finite = true;
    updating::in_parts(layout::size, [&](std::size_t begin, std::size_t end) {
      if (!updating::all_finite<native_arch>(now_ + begin, end - begin)) finite = false;
    });
    if (finite) return;
    for (std::size_t i = 0; i < layout::symbol_count; ++i) {
      const symbol& each = layout::formula.symbols[i];
      if (each.role != symbol_role::parameter) continue;
      for (std::size_t k = 0; k < std::size_t(each.extents.elements()); ++k) {
        const Real value = now_[layout::offsets[i] + k];
        if (!std::isfinite(value)) report_non_finite_parameter(each, k, double(value));
      }
    }
  }

  template <class Rule> void run(Rule, const Optimiser& with, const Real* gradients) {
    using program =
        fusegrad::program<typename Rule::formula, goal::rows, Real, native_arch, column_elements::real>;
    constexpr std::size_t count = program::plan.symbols.size();
    std::array<column, count> columns{};
    std::array<const Real*, count> numbers{};
    std::array<Real, count> scalars{};
    const auto bind = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      constexpr symbol_role role = program::plan.symbols[I].role;
      numbers[I] = &scalars[I];
      if constexpr (role == symbol_role::input)
        columns[I] = {source<place_of(program::plan.symbols[I].name)>(gradients), type_of<Real>(),
                      layout::size, 1, 1};
      else
        std::apply([&](const auto&... given) { (set_scalar<program, I>(given, scalars[I]), ...); },
                   with.scalars());
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (bind(std::integral_constant<std::size_t, I>{}), ...);
    }
    (std::make_index_sequence<count>{});
    constexpr std::size_t place = place_of(Rule::target::name.view());
    Real* const outputs[] = {target<place>()};
    (void)step_runner<program>(executors_)
        .run({columns.data(), numbers.data(), {nullptr, 0, layout::size}, nullptr, nullptr, outputs});
    if constexpr (place >= state_count) now_ = next_.data();
  }

  template <class Program, std::size_t I, class Binding>
  static void set_scalar(const Binding& given, Real& to) {
    constexpr std::string_view wanted = Program::plan.symbols[I].name;
    if constexpr (Binding::symbol_type::name.view() == wanted) to = Real(given.data);
  }

  std::array<parameters<Formula, Real>, state_count> states_{};
  aligned_memory<Real> next_;  // the parameters after the step
  const Real* now_ = nullptr;  // the parameters as the next rule meets them
  executor_pool<Real> executors_;
};

}  // namespace fusegrad
