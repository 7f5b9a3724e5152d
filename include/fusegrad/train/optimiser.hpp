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
/// velocity.
/// Source:  Polyak 1964, in the form of Sutskever et al. 2013 without Nesterov's look-ahead.
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

/// Steps of about the learning rate, whatever the size of the gradient: running means of the gradient and of its
/// square, the first divided by the root of the second. Both means begin at 0, and are divided by the share of the
/// gradients that they have seen.
/// Source:  Kingma, Ba 2015, "Adam: a method for stochastic optimization", with its default values.
struct adam {
  double learning_rate = 0.001;
  double first_decay = 0.9;
  double second_decay = 0.999;
  double epsilon = 1e-8;

  static constexpr auto rate = scalar<"learning_rate">;
  static constexpr auto first = scalar<"first_decay">;
  static constexpr auto second = scalar<"second_decay">;
  static constexpr auto least = scalar<"epsilon">;
  static constexpr auto average = state<"average">;
  static constexpr auto average_square = state<"average_square">;
  static constexpr auto seen = state<"seen">;
  static constexpr auto seen_square = state<"seen_square">;
  static constexpr auto rules() {
    constexpr auto step = (average / seen) / (sqrt(average_square / seen_square) + least);
    return std::tuple{
        update(average, first * average + (constant<1> - first) * gradient),
        update(average_square, second * average_square + (constant<1> - second) * square(gradient)),
        update(seen, first * seen + (constant<1> - first)),
        update(seen_square, second * seen_square + (constant<1> - second)),
        update(parameter, parameter - rate * step)};
  }
  auto scalars() const {
    return std::tuple{rate = learning_rate, first = first_decay, second = second_decay, least = epsilon};
  }
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

/// Calls `body(begin, end)` for parts of [0, count), in parallel where there are many.
template <class Body> void in_parts(std::size_t count, const Body& body) {
  constexpr std::size_t part = std::size_t(1) << 11;  // numbers: what a rule reads stays in the nearest cache
  constexpr std::size_t few = 32;
  const std::size_t parts = (count + part - 1) / part;
  const auto run = [&](std::size_t i, std::size_t) { body(i * part, std::min(count, (i + 1) * part)); };
  if (parts > few) return parallel_blocks(parts, worker_count(), run);
  for (std::size_t i = 0; i < parts; ++i) run(i, 0);
}

/// What a rule reads or writes: one of the states, in their order, the parameters, or the gradients.
struct place {
  enum kind { state, parameters, gradients } what;
  std::size_t index = 0;  // of a state
};

/// The memory of a step.
template <class Real> struct step_memory {
  Real* parameters;
  const Real* gradients;
  Real* const* states;  // what the optimiser remembers
};

/// The rule with an index, in one step: its kernel, and where its symbols are. `Places::place_of(name)` finds
/// a symbol.
template <class Real, class Arch, class Rule, std::size_t Index, class Places> class rule_run {
 public:
  template <class Optimiser>
  [[gnu::always_inline]] rule_run(const Optimiser& with, const step_memory<Real>& memory)
      : rule_run(std::make_index_sequence<count>{}, with, memory) {}

  /// Carries the rule out for numbers [begin, end), whole registers.
  [[gnu::always_inline]] void operator()(std::size_t begin, std::size_t end) const noexcept {
    with_step(
        std::make_index_sequence<count>{}, [&](const step_data<Real>& step) __attribute__((always_inline)) {
          block_sums<Real> none;
          kernel<program>::rows_inline(step, begin, end, nullptr, none);
        });
  }

 private:
  using program =
      fusegrad::program<typename Rule::formula, goal::rows, Real, Arch, column_elements::in_place>;
  static constexpr std::size_t count = program::plan.symbols.size();

  // Each symbol at once: a loop over all of them would go through memory.
  template <std::size_t... I, class Optimiser>
  [[gnu::always_inline]] rule_run(std::index_sequence<I...>, const Optimiser& with,
                                  const step_memory<Real>& memory)
      : columns_{column_of<I>(memory)...} {
    (set_scalar<I>(with), ...);
    constexpr place target = Places::place_of(Rule::target::name.view());
    output_ = target.what == place::state ? memory.states[target.index] : memory.parameters;
    prepare();
  }

  template <std::size_t I> [[gnu::always_inline]] static column column_of(const step_memory<Real>& memory) {
    constexpr symbol each = program::plan.symbols[I];
    if constexpr (each.role == symbol_role::input)
      return {.data = source<Places::place_of(each.name)>(memory)};
    else
      return {};
  }
  template <place From> static const Real* source(const step_memory<Real>& memory) {
    if constexpr (From.what == place::state)
      return memory.states[From.index];
    else if constexpr (From.what == place::gradients)
      return memory.gradients;
    else
      return memory.parameters;
  }
  template <std::size_t I, class Optimiser> [[gnu::always_inline]] void set_scalar(const Optimiser& with) {
    if constexpr (program::plan.symbols[I].role != symbol_role::input) {
      const auto take = [this]<class Binding>(const Binding& given) {
        if constexpr (program::plan.symbols[I].name == Binding::symbol_type::name.view())
          scalars_[I] = Real(given.data);
      };
      std::apply([&](const auto&... given) { (take(given), ...); }, with.scalars());
    }
  }

  /// Computes what is the same for all numbers.
  void prepare() { with_step(std::make_index_sequence<count>{}, kernel<program>::before_rows); }
  template <std::size_t... I, class Work>
  [[gnu::always_inline]] void with_step(std::index_sequence<I...>, const Work& work) const noexcept {
    const std::array<const column*, count> columns{&columns_[I]...};
    const std::array<const Real*, count> numbers{&scalars_[I]...};
    work({columns.data(), numbers.data(), {}, shared_.data(), nullptr, &output_});
  }

  std::array<column, count> columns_;
  std::array<Real, count> scalars_;
  mutable std::array<Real, std::size_t(program::plan.shared_elements) + 1> shared_{};
  Real* output_ = nullptr;
};

/// Several rules, one after the other.
template <class... Runs> struct rule_runs : private Runs... {
  template <class Optimiser, class Memory>
  rule_runs(const Optimiser& with, const Memory& memory) : Runs(with, memory)... {}
  [[gnu::always_inline]] void operator()(std::size_t begin, std::size_t end) const noexcept {
    (Runs::operator()(begin, end), ...);
  }
};

}  // namespace updating

/// What an optimiser remembers of the parameters of a formula, and the memory its rules run in.
template <optimiser Optimiser, class Formula, class Real> class update_state {
 public:
  /// Changes the parameters by the rules of the optimiser. Old values are kept beside the new ones, and take
  /// their place again unless all of them are finite.
  /// Rounds:  as the rules are written, each operation rounded once (a product and a sum may become one).
  /// Errors:  non_finite_error naming a parameter that would become NaN or infinite. The parameters are as
  ///          they were; what the optimiser remembers has taken the step.
  /// Cost:    one pass over the parameters; allocates at the first step only.
  [[gnu::always_inline]] void apply(const Optimiser& with, parameters<Formula, Real>& to,
                                    const Real* gradients) {
    std::array<Real*, state_count> states{};
    for (std::size_t i = 0; i < state_count; ++i) states[i] = states_[i].data();
    if constexpr (few_numbers) {
      // Nothing that is written changes a copy of the gradient, so that it may stay in registers.
      std::array<Real, layout::size> before, slopes;
      in_parts([&](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
        for (std::size_t i = begin; i < end; ++i) slopes[i] = gradients[i];
      });
      run<scalar_arch>(with, updating::step_memory<Real>{to.data(), slopes.data(), states.data()},
                       before.data(), all);
    } else {
      run_on_many(with, updating::step_memory<Real>{to.data(), gradients, states.data()});
    }
  }

  /// What a name in a rule stands for.
  static constexpr updating::place place_of(std::string_view name) {
    if (name == gradient.name.view()) return {updating::place::gradients};
    for (std::size_t i = 0; i < state_count; ++i)
      if (names[i] == name) return {updating::place::state, i};
    return {updating::place::parameters};
  }

 private:
  using layout = parameter_layout<Formula>;
  using rules = decltype(Optimiser::rules());
  template <std::size_t Rule> using rule = std::tuple_element_t<Rule, rules>;
  static constexpr std::size_t state_count = updating::state_names(rules{}).size();
  static constexpr auto names = [] {
    std::array<std::string_view, state_count> result{};
    const auto found = updating::state_names(rules{});
    for (std::size_t i = 0; i < state_count; ++i) result[i] = found[i];
    return result;
  }();

  /// So few that each is computed by itself, since a register that is read after its numbers were written one
  /// by one waits for all of them.
  static constexpr bool few_numbers = [] {
    constexpr int few = 16;
    int numbers = 0;
    for (const symbol& each : layout::formula.symbols)
      if (each.role == symbol_role::parameter) numbers += each.extents.elements();
    return numbers <= few;
  }();

  /// Calls `body(begin, end)` for parts of all numbers; padding belongs to none where they are few.
  template <class Body> [[gnu::always_inline]] static void in_parts(const Body& body) {
    if constexpr (few_numbers) {
      const auto one = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        constexpr symbol each = layout::formula.symbols[I];
        if constexpr (each.role == symbol_role::parameter)
          body(layout::offsets[I], layout::offsets[I] + std::size_t(each.extents.elements()));
      };
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (one(std::integral_constant<std::size_t, I>{}), ...);
      }
      (std::make_index_sequence<layout::symbol_count>{});
    } else {
      updating::in_parts(layout::size, body);
    }
  }

  static constexpr std::make_index_sequence<std::tuple_size_v<rules>> all{};

  [[gnu::noinline]] void run_on_many(const Optimiser& with, const updating::step_memory<Real>& memory) {
    before_.reserve(layout::size);
    run<native_arch>(with, memory, before_.data(), all);
  }

  template <class Arch, std::size_t... Rule>
  [[gnu::always_inline]] void run(const Optimiser& with, const updating::step_memory<Real>& memory,
                                  Real* before, std::index_sequence<Rule...>) {
    const updating::rule_runs<updating::rule_run<Real, Arch, rule<Rule>, Rule, update_state>...> carry_out(
        with, memory);
    Real* const now = memory.parameters;
    std::conditional_t<few_numbers, Real, std::atomic<bool>> doubt = {};  // of few numbers their sum
    in_parts([&](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
      std::memcpy(before + begin, now + begin, (end - begin) * sizeof(Real));
      carry_out(begin, end);
      if constexpr (few_numbers)
        for (std::size_t i = begin; i < end; ++i) doubt += now[i] - now[i];
      else if (!all_finite<Arch>(now + begin, end - begin))
        doubt = true;
    });
    if (doubt != 0) restore(now, before);
  }

  /// Takes the step back, and throws. The padding between parameters may be anything, and then nothing is
  /// wrong.
  [[gnu::cold, gnu::noinline]] static void restore(Real* now, const Real* before) {
    for (std::size_t i = 0; i < layout::symbol_count; ++i) {
      const symbol& each = layout::formula.symbols[i];
      if (each.role != symbol_role::parameter) continue;
      for (std::size_t k = 0; k < std::size_t(each.extents.elements()); ++k) {
        const Real value = now[layout::offsets[i] + k];
        if (std::isfinite(value)) continue;
        in_parts([&](std::size_t begin, std::size_t end) {
          std::memcpy(now + begin, before + begin, (end - begin) * sizeof(Real));
        });
        report_non_finite_parameter(each, k, double(value));
      }
    }
  }

  std::array<parameters<Formula, Real>, state_count> states_{};
  aligned_memory<Real> before_;  // the parameters before the step, where they are many
};

}  // namespace fusegrad
