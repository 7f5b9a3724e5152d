// SPDX-License-Identifier: BSL-1.0
// The parameters of a formula, and everything shaped like them: gradients, the state of optimisers.
// One piece of memory, one view per symbol.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "fusegrad/compile.hpp"
#include "fusegrad/data/dataset.hpp"
#include "fusegrad/run/executor.hpp"
#include "fusegrad/train/tensor.hpp"

namespace fusegrad {

/// Fails with a sentence: the formula has no such parameter.
template <class Name, bool Found> constexpr void check_parameter() {
  static_assert(Found, "the formula has no parameter of that name and shape");
}

/// Where the parameters of a formula lie.
template <class Formula> struct parameter_layout {
  static constexpr auto& formula = written_graph<Formula>;

  static constexpr std::size_t symbol_count = formula.symbols.size();

  /// The first number of each symbol, and the end. Every tensor starts at a multiple of a SIMD register.
  static constexpr auto offsets = [] {
    std::array<std::size_t, symbol_count + 1> result{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < symbol_count; ++i) {
      result[i] = at;
      constexpr std::size_t grain = 16;
      if (formula.symbols[i].role == symbol_role::parameter)
        at += (std::size_t(formula.symbols[i].extents.elements()) + grain - 1) / grain * grain;
    }
    result[symbol_count] = at;
    return result;
  }();
  static constexpr std::size_t size = offsets[symbol_count];

  /// The index of a symbol among those of the formula, or -1.
  [[nodiscard]] static constexpr int find(const symbol& wanted) {
    for (std::size_t i = 0; i < symbol_count; ++i)
      if (formula.symbols[i] == wanted) return int(i);
    return -1;
  }
};

/// Numbers for every parameter of a formula. A copy has numbers of its own.
template <class Formula, class Real> class parameters {
 public:
  using layout = parameter_layout<Formula>;
  using formula_type = Formula;
  using real = Real;

  /// All zero.
  parameters() : memory_(layout::size) { fill(0); }
  parameters(const parameters& other) : memory_(layout::size) { *this = other; }
  parameters(parameters&&) noexcept = default;
  parameters& operator=(const parameters& other) {
    memory_.reserve(layout::size);
    for (std::size_t i = 0; i < layout::size; ++i) memory_.data()[i] = other.memory_.data()[i];
    return *this;
  }
  parameters& operator=(parameters&&) noexcept = default;

  /// The tensor of one parameter: `model[W]`.
  template <parameter_symbol Symbol> [[nodiscard]] tensor<Real, Symbol::extents> operator[](Symbol) {
    return tensor<Real, Symbol::extents>(data() + offset_of<Symbol>());
  }
  template <parameter_symbol Symbol>
  [[nodiscard]] tensor<const Real, Symbol::extents> operator[](Symbol) const {
    return tensor<const Real, Symbol::extents>(data() + offset_of<Symbol>());
  }

  /// All numbers, tensor after tensor, with padding between them.
  [[nodiscard]] Real* data() noexcept { return memory_.data(); }
  [[nodiscard]] const Real* data() const noexcept { return memory_.data(); }
  [[nodiscard]] static constexpr std::size_t size() noexcept { return layout::size; }

  void fill(Real value) {
    for (std::size_t i = 0; i < layout::size; ++i) data()[i] = value;
  }

  /// Bitwise the same numbers; the padding between tensors does not count.
  friend bool operator==(const parameters& a, const parameters& b) {
    for (std::size_t i = 0; i < layout::symbol_count; ++i) {
      const symbol& each = layout::formula.symbols[i];
      if (each.role != symbol_role::parameter) continue;
      const std::size_t bytes = std::size_t(each.extents.elements()) * sizeof(Real);
      if (std::memcmp(a.data() + layout::offsets[i], b.data() + layout::offsets[i], bytes) != 0) return false;
    }
    return true;
  }

  friend std::ostream& operator<<(std::ostream& to, const parameters& shown) {
    for (std::size_t i = 0; i < layout::symbol_count; ++i) {
      const symbol& each = layout::formula.symbols[i];
      if (each.role != symbol_role::parameter) continue;
      to << each.name << " = ";
      print_tensor<Real>(to, {shown.data() + layout::offsets[i], std::size_t(each.extents.elements())},
                         each.extents);
      to << '\n';
    }
    return to;
  }

 private:
  template <class Symbol> static constexpr std::size_t offset_of() {
    constexpr int index = layout::find(Symbol::description());
    check_parameter<symbol_name<Symbol::name>, (index >= 0)>();
    return layout::offsets[std::size_t(index < 0 ? 0 : index)];
  }

  aligned_memory<Real> memory_;
};

/// Gradients on loan: freed gradients are used again, so that steps allocate nothing.
template <class Formula, class Real> class gradient_pool {
 public:
  [[nodiscard]] std::shared_ptr<parameters<Formula, Real>> take() {
    const std::lock_guard lock(mutex_);
    for (const auto& each : all_)
      if (each.use_count() == 1) return each;
    all_.push_back(std::make_shared<parameters<Formula, Real>>());
    return all_.back();
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<parameters<Formula, Real>>> all_;
};

/// Plain numbers on loan, as many as are asked for: gradients by data.
template <class Real> class number_pool {
 public:
  /// Memory that was used before may be larger, and holds what it held.
  [[nodiscard]] std::shared_ptr<aligned_memory<Real>> take(std::size_t count) {
    const std::lock_guard lock(mutex_);
    const auto free =
        std::find_if(all_.begin(), all_.end(), [](auto& each) { return each.use_count() == 1; });
    const auto found = free != all_.end() ? *free : std::make_shared<aligned_memory<Real>>(std::size_t(0));
    if (free == all_.end()) all_.push_back(found);
    found->reserve(count);
    return found;
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<aligned_memory<Real>>> all_;
};

/// The gradient of a loss: readable like parameters. Copies refer to the same numbers.
template <class Formula, class Real> class gradient_of {
 public:
  using formula_type = Formula;
  using real = Real;

  explicit gradient_of(std::shared_ptr<parameters<Formula, Real>> numbers) : numbers_(std::move(numbers)) {}

  template <parameter_symbol Symbol>
  [[nodiscard]] tensor<const Real, Symbol::extents> operator[](Symbol by) const {
    return std::as_const(*numbers_)[by];
  }
  [[nodiscard]] const Real* data() const noexcept { return numbers_->data(); }
  friend std::ostream& operator<<(std::ostream& to, const gradient_of& shown) {
    return to << *shown.numbers_;
  }

 private:
  std::shared_ptr<parameters<Formula, Real>> numbers_;
};

/// A gradient times a number, waiting to be added to a model or subtracted from it.
template <class Formula, class Real> struct scaled_gradient {
  double factor;
  gradient_of<Formula, Real> gradient;
};

template <number Factor, class Formula, class Real>
[[nodiscard]] scaled_gradient<Formula, Real> operator*(Factor factor,
                                                       const gradient_of<Formula, Real>& gradient) {
  return {double(factor), gradient};
}
template <number Factor, class Formula, class Real>
[[nodiscard]] scaled_gradient<Formula, Real> operator*(const gradient_of<Formula, Real>& gradient,
                                                       Factor factor) {
  return factor * gradient;
}
template <class Formula, class Real>
[[nodiscard]] scaled_gradient<Formula, Real> operator-(const gradient_of<Formula, Real>& gradient) {
  return -1 * gradient;
}

template <number Factor, class Formula, class Real>
[[nodiscard]] scaled_gradient<Formula, Real> operator*(Factor factor,
                                                       const scaled_gradient<Formula, Real>& step) {
  return double(factor) * step.factor * step.gradient;
}
template <number Factor, class Formula, class Real>
[[nodiscard]] scaled_gradient<Formula, Real> operator*(const scaled_gradient<Formula, Real>& step,
                                                       Factor factor) {
  return factor * step;
}
template <class Formula, class Real>
[[nodiscard]] scaled_gradient<Formula, Real> operator-(const scaled_gradient<Formula, Real>& step) {
  return -1 * step;
}

}  // namespace fusegrad
