// SPDX-License-Identifier: BSL-1.0
// A model: the parameters of a loss, and the memory in which it is trained.
#pragma once

#include "fusegrad/data/random.hpp"
#include "fusegrad/train/optimiser.hpp"

namespace fusegrad {

/// Parameters together with the memory that training needs. Models can be read by several threads at once; a
/// copy trains on its own.
template <class Formula, class Real> class model_of : public parameters<Formula, Real> {
 public:
  model_of() : memory_(std::make_shared<memory>()) {}
  model_of(const model_of& other) : parameters<Formula, Real>(other), memory_(std::make_shared<memory>()) {}
  model_of(model_of&&) noexcept = default;
  model_of& operator=(const model_of& other) {
    if (memory_ == nullptr) memory_ = std::make_shared<memory>();  // it was moved from
    parameters<Formula, Real>::operator=(other);
    return *this;
  }
  model_of& operator=(model_of&&) noexcept = default;

  /// A step of gradient descent: `model -= learning_rate * gradient`. The same kernel as that of `sgd`.
  /// Errors:  non_finite_error naming a parameter that would become NaN or infinite; the model is as it was.
  model_of& operator-=(const scaled_gradient<Formula, Real>& step) {
    memory_->descent.apply(sgd{step.factor}, *this, step.gradient.data());
    return *this;
  }
  model_of& operator-=(const gradient_of<Formula, Real>& step) { return *this -= 1 * step; }

  /// A step uphill: `model += step` is `model -= -step`.
  model_of& operator+=(const scaled_gradient<Formula, Real>& step) { return *this -= -step; }
  model_of& operator+=(const gradient_of<Formula, Real>& step) { return *this -= -step; }

  [[nodiscard]] executor_pool<Real>& executors() const { return memory_->executors; }
  [[nodiscard]] gradient_pool<Formula, Real>& gradients() const { return memory_->gradients; }
  [[nodiscard]] number_pool<Real>& numbers() const { return memory_->numbers; }

 private:
  struct memory {
    executor_pool<Real> executors;
    gradient_pool<Formula, Real> gradients;
    number_pool<Real> numbers;
    update_state<sgd, Formula, Real> descent;
  };
  std::shared_ptr<memory> memory_;
};

/// Whoever asks for the type of a constexpr formula gets a const one, and here a sentence.
template <class Formula, class Real> class model_of<const Formula, Real> {
  static_assert(
      sizeof(Formula) == 0,
      "model_of<decltype(loss), float>: decltype(loss) is const; write decltype(initialise<loss>(0))");
};

/// A loss as a template argument: its type.
template <auto Loss> using formula_of = std::remove_cvref_t<decltype(Loss)>;

/// What can be wrong with an initial value.
enum class initial_problem { none, no_parameter, other_parameter, no_initialiser, named_twice };

template <class Layout, class Binding> inline constexpr initial_problem initial_problem_of{};
template <class Layout, class Symbol, class Initial>
inline constexpr initial_problem initial_problem_of<Layout, binding<Symbol, Initial>> =
    !parameter_symbol<Symbol>                    ? initial_problem::no_parameter
    : Layout::find(Symbol::description()) < 0    ? initial_problem::other_parameter
    : !initialiser<std::remove_cvref_t<Initial>> ? initial_problem::no_initialiser
                                                 : initial_problem::none;

/// The same, of one among all bindings of a call.
template <class Layout, class Binding, class... All>
inline constexpr initial_problem initial_problem_among =
    (int(std::is_same_v<typename Binding::symbol_type, typename All::symbol_type>) + ...) > 1
        ? initial_problem::named_twice
        : initial_problem_of<Layout, Binding>;

/// Fails with a sentence if an initial value is wrong.
template <class SymbolName, initial_problem Problem> constexpr void check_initial() {
  static_assert(Problem != initial_problem::no_parameter,
                "initialise<loss>(seed, W = normal(0, 0.01)): W must be a parameter");
  static_assert(Problem != initial_problem::other_parameter,
                "the formula has no parameter of that name and shape");
  static_assert(
      Problem != initial_problem::no_initialiser,
      "an initial value is normal(mean, deviation), uniform(low, high), zeros, ones or filled_with(value)");
  static_assert(Problem != initial_problem::named_twice,
                "a parameter has two initial values: name it once in initialise<loss>(seed, W = ...)");
}

/// A model of a loss with initial parameters: `initialise<loss>(seed, W = normal(0, 0.01))`; others are 0.
/// Real:    float, or `initialise<loss, double>`.
/// Rounds:  the same numbers on every platform; each parameter draws from a stream of its own.
/// Errors:  compile time, if the loss has no such parameter or one is named twice.
template <auto Loss, class Real = float, class... Bindings>
[[nodiscard]] model_of<formula_of<Loss>, Real> initialise(std::uint64_t seed, Bindings&&... initial) {
  using formula = formula_of<Loss>;
  using layout = parameter_layout<formula>;
  constexpr problem trouble = written_graph<formula>.trouble;
  diagnose<trouble.kind, wrong_whole<formula, trouble>>();
  (check_initial<
       symbol_name<std::remove_cvref_t<Bindings>::symbol_type::name>,
       initial_problem_among<layout, std::remove_cvref_t<Bindings>, std::remove_cvref_t<Bindings>...>>(),
   ...);
  model_of<formula, Real> model;
  [[maybe_unused]] const auto set = [&]<class Symbol, class Initial>(binding<Symbol, Initial>& each) {
    if constexpr (initial_problem_of<layout, binding<Symbol, Initial>> == initial_problem::none) {
      constexpr std::uint64_t spread =
          0x9E3779B97F4A7C15u;  // 2^64 / golden ratio: seeds of neighbours lie far apart
      constexpr int index = layout::find(Symbol::description());
      each.data.fill(std::span<Real>(model[Symbol{}].values()), seed + spread * std::uint64_t(index + 1));
    }
  };
  (set(initial), ...);
  return model;
}

}  // namespace fusegrad
