// SPDX-License-Identifier: BSL-1.0
// A differentiating compiler of formulas, rebuilt from nothing: docs/from_scratch.md tells it line by line.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace from_scratch {

enum class op { number, symbol, add, multiply, exp, log, reciprocal, softplus, logistic };

/// A number that nobody has computed yet: an operation, and which values it is applied to.
struct value {
  op made_by = op::number;
  int left = -1;
  int right = -1;
  double number = 0;  // of op::number; of op::symbol, which one
  bool operator==(const value&) const = default;
};

/// All values of a formula, operands before results, equal values only once.
struct graph {
  std::vector<value> values;

  constexpr int add(const value& wanted) {
    const auto known = std::find(values.begin(), values.end(), wanted);
    if (known != values.end()) return int(known - values.begin());
    values.push_back(wanted);
    return int(values.size()) - 1;
  }
};

/// A value of a graph, with operators.
struct ref {
  graph* in = nullptr;
  int id = -1;
  constexpr value operator*() const { return in->values[std::size_t(id)]; }
};

constexpr ref number(graph& in, double known) { return {&in, in.add({op::number, -1, -1, known})}; }
constexpr ref symbol(graph& in, int which) { return {&in, in.add({op::symbol, -1, -1, double(which)})}; }

constexpr bool is(ref a, double known) { return (*a).made_by == op::number && (*a).number == known; }

/// What is better than the operation that was asked for; nothing if it is best as it is.
constexpr ref simpler(op wanted, ref a, ref b) {
  if (wanted == op::add && is(a, 0)) return b;
  if (wanted == op::add && is(b, 0)) return a;
  if (wanted == op::multiply && is(a, 1)) return b;
  if (wanted == op::multiply && is(b, 1)) return a;
  if (wanted == op::log && (*a).made_by == op::add) {
    const ref one{a.in, (*a).left}, power{a.in, (*a).right};
    if (is(one, 1) && (*power).made_by == op::exp) return {a.in, a.in->add({op::softplus, (*power).left})};
  }
  return {};
}

constexpr ref make(op wanted, ref a, ref b = {}) {
  const ref better = simpler(wanted, a, b);
  return better.in != nullptr ? better : ref{a.in, a.in->add({wanted, a.id, b.id})};
}

constexpr ref operator+(ref a, ref b) { return make(op::add, a, b); }
constexpr ref operator*(ref a, ref b) { return make(op::multiply, a, b); }
constexpr ref operator+(double a, ref b) { return number(*b.in, a) + b; }
constexpr ref operator*(double a, ref b) { return number(*b.in, a) * b; }
constexpr ref exp(ref a) { return make(op::exp, a); }
constexpr ref log(ref a) { return make(op::log, a); }
constexpr ref reciprocal(ref a) { return make(op::reciprocal, a); }
constexpr ref logistic(ref a) { return make(op::logistic, a); }

/// The derivative of an operation by its left operand, and by its right one, as formulas.
constexpr std::array<ref, 2> partials(ref result) {
  graph& in = *result.in;
  const ref a{&in, (*result).left}, b{&in, (*result).right};
  switch ((*result).made_by) {
    case op::add: return {number(in, 1), number(in, 1)};
    case op::multiply: return {b, a};
    case op::exp: return {result};
    case op::log: return {reciprocal(a)};
    case op::reciprocal: return {-1.0 * (result * result)};
    case op::softplus: return {logistic(a)};
    case op::logistic: return {result * logistic(-1.0 * a)};
    case op::number:
    case op::symbol: break;
  }
  return {};
}

/// Adds the derivative of `loss` by each of the first symbols. Every value is visited once.
constexpr std::vector<int> differentiate(graph& in, int loss, std::size_t symbols) {
  std::vector<ref> adjoints(in.values.size());
  adjoints[std::size_t(loss)] = number(in, 1);
  for (int i = loss; i >= 0; --i) {
    const ref result{&in, i}, adjoint = adjoints[std::size_t(i)];
    if (adjoint.in == nullptr || (*result).left < 0) continue;
    const int operands[] = {(*result).left, (*result).right};
    for (std::size_t k = 0; k < 2 && operands[k] >= 0; ++k) {
      ref& collected = adjoints[std::size_t(operands[k])];
      const ref share = adjoint * partials(result)[k];
      collected = collected.in != nullptr ? collected + share : share;
    }
  }
  std::vector<int> gradient;
  for (std::size_t i = 0; i < symbols; ++i)
    gradient.push_back(adjoints[std::size_t(symbol(in, int(i)).id)].id);
  return gradient;
}

/// The graph of a formula of so many symbols with its outputs: the loss, then the gradient by each parameter.
struct compiled {
  graph in;
  std::vector<int> outputs;
};

template <class Formula, std::size_t Parameters, std::size_t Columns> constexpr compiled compile() {
  compiled result;
  const int loss = [&]<std::size_t... I>(std::index_sequence<I...>) {
    (symbol(result.in, int(I)), ...);  // they come first, in their order
    return Formula{}(symbol(result.in, int(I))...).id;
  }
  (std::make_index_sequence<Parameters + Columns>{});
  result.outputs = differentiate(result.in, loss, Parameters);
  result.outputs.insert(result.outputs.begin(), loss);
  return result;
}

/// The plan of a kernel: a type without a single object, whose constants the kernel is made of.
template <class Formula, std::size_t Parameters, std::size_t Columns> struct plan {
  static constexpr std::size_t parameters = Parameters, columns = Columns;
  static constexpr std::size_t size = compile<Formula, Parameters, Columns>().in.values.size();

  static constexpr auto values = [] {
    std::array<value, size> result{};
    std::ranges::copy(compile<Formula, Parameters, Columns>().in.values, result.begin());
    return result;
  }();
  static constexpr auto outputs = [] {
    std::array<int, 1 + Parameters> result{};
    std::ranges::copy(compile<Formula, Parameters, Columns>().outputs, result.begin());
    return result;
  }();
  /// Whether an output needs a value: what rules have replaced is left out.
  static constexpr auto needed = [] {
    std::array<bool, size> result{};
    for (int each : outputs) result[std::size_t(each)] = true;
    for (std::size_t i = size; i-- > 0;) {
      if (result[i] && values[i].left >= 0) result[std::size_t(values[i].left)] = true;
      if (result[i] && values[i].right >= 0) result[std::size_t(values[i].right)] = true;
    }
    return result;
  }();
};

/// Computes one value. What it is, the C++ compiler knows: one line of code is left of this function.
template <class Plan, std::size_t I> inline void compute(double* all, const double* symbols) {
  constexpr value each = Plan::values[I];
  [[maybe_unused]] const double a = each.left >= 0 ? all[each.left] : 0;
  [[maybe_unused]] const double b = each.right >= 0 ? all[each.right] : 0;
  if constexpr (!Plan::needed[I]) return;
  if constexpr (each.made_by == op::number) all[I] = each.number;
  if constexpr (each.made_by == op::symbol) all[I] = symbols[std::size_t(each.number)];
  if constexpr (each.made_by == op::add) all[I] = a + b;
  if constexpr (each.made_by == op::multiply) all[I] = a * b;
  if constexpr (each.made_by == op::exp) all[I] = std::exp(a);
  if constexpr (each.made_by == op::log) all[I] = std::log(a);
  if constexpr (each.made_by == op::reciprocal) all[I] = 1 / a;
  if constexpr (each.made_by == op::softplus) all[I] = std::fmax(a, 0) + std::log1p(std::exp(-std::fabs(a)));
  if constexpr (each.made_by == op::logistic) all[I] = 1 / (1 + std::exp(-a));
}

/// The means, over the rows, of the loss and of its gradient.
template <class Plan>
std::array<double, 1 + Plan::parameters> value_and_grad(
    const std::array<double, Plan::parameters>& parameters,
    std::span<const std::array<double, Plan::columns>> rows) {
  std::array<double, 1 + Plan::parameters> means{};
  double symbols[Plan::parameters + Plan::columns], all[Plan::size];
  std::ranges::copy(parameters, symbols);
  for (const auto& row : rows) {
    std::ranges::copy(row, symbols + Plan::parameters);
    [&]<std::size_t... I>(std::index_sequence<I...>) { (compute<Plan, I>(all, symbols), ...); }
    (std::make_index_sequence<Plan::size>{});
    for (std::size_t k = 0; k < means.size(); ++k) means[k] += all[Plan::outputs[k]] / double(rows.size());
  }
  return means;
}

}  // namespace from_scratch
