// SPDX-License-Identifier: BSL-1.0
// A gradient against differences, one element or one random direction at a time.
#include "fusegrad/train/check_gradient.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <ostream>
#include <random>
#include <sstream>

#include "fusegrad/pass/pipeline.hpp"
#include "fusegrad/train/non_finite.hpp"

namespace fusegrad {
namespace {

/// How far one element moves along a direction.
struct movement {
  std::size_t symbol = 0;
  std::size_t element = 0;
  double weight = 1;
};
using direction = std::vector<movement>;

/// A derivative as differences give it, and how far the last extrapolations were from each other.
struct slope {
  long double value = std::numeric_limits<long double>::quiet_NaN();
  long double error = std::numeric_limits<long double>::infinity();
  bool settled = false;
};
struct slopes {
  slope both, left, right;
};

// Steps are base / 4^k: exact in binary, from where a formula may curve down to where nothing but its value in
// long double is left. Of all extrapolations the one that has changed least counts.
constexpr int step_count = 10;
constexpr double first_step = 1.0 / 64;
constexpr long double step_ratio = 4;

/// Quotients of differences for shorter and shorter steps, extrapolated to step 0. Their error is a series in
/// the step, which shrinks by `ratio` from one term to the next; a quotient that is not finite ends what was
/// before it.
slope extrapolate(const std::vector<long double>& quotients, long double ratio, long double size_of_value) {
  slope best;
  long double largest = 0;
  std::vector<long double> previous;
  for (long double each : quotients) {
    std::vector<long double> row{each};
    largest = std::max(largest, std::isfinite(each) ? std::abs(each) : 0);
    long double power = ratio;
    for (std::size_t j = 0; j < previous.size() && std::isfinite(each); ++j, power *= ratio) {
      row.push_back((power * row[j] - previous[j]) / (power - 1));
      const long double error = std::max(std::abs(row[j + 1] - row[j]), std::abs(row[j + 1] - previous[j]));
      if (error <= best.error) best = {row[j + 1], error, false};
    }
    previous = std::isfinite(each) ? row : std::vector<long double>{};
  }
  // The last quotient must be near, too: where slopes grow with every step, nothing has settled.
  const long double drift = std::abs(quotients.back() - best.value);
  best.settled = std::isfinite(best.value) &&
                 best.error <= 1e-4L * std::abs(best.value) + 1e-9L * size_of_value &&
                 drift <= 1e-2L * std::abs(best.value) + 1e-6L * (size_of_value + largest);
  return best;
}

/// The formula as it was written, in long double, along a direction from some place.
class landscape {
 public:
  landscape(const graph& oracle, const probed_point& at)
      : oracle_(oracle), rows_(at.rows), here_(values_for<long double>(oracle, at)) {
    for (std::size_t i = 0; i < at.values.size(); ++i)
      places_.push_back(std::size_t(std::max(0, oracle.find_symbol(at.formula.symbols[i].name))));
  }

  [[nodiscard]] long double value() const {
    const node_id loss = oracle_.find_output(output_role::value);
    return interpret<long double>(oracle_, here_, rows_)[std::size_t(loss.value)].front();
  }

  [[nodiscard]] slopes along(const direction& way) {
    long double base = first_step;
    if (way.size() == 1)
      base *= std::max(1.0L, std::exp2(std::floor(std::log2(std::abs(at(way.front())) + 1e-300L))));
    const long double middle = value();
    std::vector<long double> both, left, right;
    for (int k = 0; k < step_count; ++k) {
      const long double step = base * std::pow(step_ratio, -(long double)(k));
      const long double above = value_at(way, step), below = value_at(way, -step);
      both.push_back((above - below) / (2 * step));
      right.push_back((above - middle) / step);
      left.push_back((middle - below) / step);
    }
    const long double size = std::abs(middle);
    return {extrapolate(both, step_ratio * step_ratio, size), extrapolate(left, step_ratio, size),
            extrapolate(right, step_ratio, size)};
  }

 private:
  [[nodiscard]] long double& at(const movement& of) { return here_[places_[of.symbol]][of.element]; }

  [[nodiscard]] long double value_at(const direction& way, long double distance) {
    std::vector<long double> before;
    for (const movement& each : way) {
      before.push_back(at(each));
      at(each) += distance * each.weight;
    }
    const long double result = value();
    for (std::size_t i = way.size(); i-- > 0;) at(way[i]) = before[i];
    return result;
  }

  const graph& oracle_;
  std::size_t rows_;
  symbol_values<long double> here_;
  std::vector<std::size_t> places_;  // of the formula's symbols in the oracle
};

// One operation by itself: a graph of nothing but it, its operands symbols with the values that they have.

/// An operation of a graph with operands of its own.
class single_operation {
 public:
  single_operation(const graph& from, const node& of, const std::vector<std::vector<double>>& values,
                   std::size_t row) {
    constexpr std::string_view names[max_operands] = {"a", "b", "c"};
    node_id operands[max_operands];
    for (int k = 0; k < of.arity; ++k) {
      const node& operand = from[of.operands[k]];
      operands[k] = add_operand(from, of, operand, names[k]);
      const std::size_t count = std::size_t(operand.extents.elements());
      const auto first = values[std::size_t(of.operands[k].value)].begin() +
                         std::ptrdiff_t(operand.depends == level::row ? row * count : 0);
      at_.values.emplace_back(first, first + std::ptrdiff_t(count));
    }
    const ref result{&in_, in_.add(*of.op, operands, of.arity, of.payload)};
    in_.add_output({output_role::value, -1, weighted_sum(result).id});
    at_.formula = {in_.nodes(), in_.symbols(), in_.outputs(), in_.trouble()};
  }
  single_operation(const single_operation&) = delete;
  single_operation& operator=(const single_operation&) = delete;

  /// Whether the operand is a number with a derivative that is finite and differs from that by differences.
  [[nodiscard]] bool is_wrong(int operand, double& found, double& expected) const {
    if (in_.trouble() || in_.symbols()[std::size_t(operand)].role != symbol_role::parameter) return false;
    const node_id value = in_.outputs().front().id;
    const graph both = differentiate(in_, value, std::array{operand}, true);
    const auto gradients = interpret<double>(both, values_for<double>(both, at_), 1);
    const auto& gradient = gradients[std::size_t(both.find_output(output_role::gradient, operand).value)];
    std::mt19937 random(7);
    direction way;
    found = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const double weight = std::uniform_real_distribution<>(0.5, 1.5)(random);
      way.push_back({std::size_t(operand), i, gradient.size() == 1 ? 1 : weight});
      found += gradient[i] * way.back().weight;
    }
    const slopes there = landscape(in_, at_).along(way);
    expected = double(there.both.value);
    const long double gap = std::abs(there.right.value - there.left.value);
    const bool smooth =
        there.left.settled && there.right.settled &&
        gap <= 1e-5L * std::abs(there.both.value) + 20 * (there.left.error + there.right.error);
    return smooth && std::isfinite(found) &&
           std::abs(found - expected) > 1e-6 * std::abs(expected) + 1e-9 + 10 * double(there.both.error);
  }

 private:
  /// A condition is made of a number, a category is a label of as many classes as its user expects.
  node_id add_operand(const graph& from, const node& of, const node& operand, std::string_view name) {
    symbol named{name, symbol_role::parameter, operand.extents, 0};
    if (operand.kind == value_kind::category) {
      named.role = symbol_role::label;
      const tensor_shape& chosen_from = from[of.operands[0]].extents;
      named.classes = classes_of(from, operand);
      if (named.classes == 0)
        named.classes = of.op == &row<gather_op>() ? chosen_from[0] : chosen_from.back();
    }
    const ref made = symbol_in(in_, named);
    return operand.kind == value_kind::condition ? (made > 0.5).id : made.id;
  }
  /// A weight for each element, so that no errors cancel.
  ref weighted_sum(ref result) {
    const ref weights = symbol_in(in_, {"weights", symbol_role::parameter, result.extents(), 0});
    at_.values.emplace_back();
    for (int i = 0; i < result.extents().elements(); ++i) at_.values.back().push_back(1 + i % 7 / 8.0);
    return sum_over(multiply(result, weights), all_axes(result.extents()));
  }

  graph in_;
  probed_point at_;
};

/// The operations of a formula whose derivatives are wrong at the values that they meet, each once.
std::vector<operation_to_blame> operations_to_blame(const graph& oracle, const probed_point& at) {
  std::vector<operation_to_blame> result;
  const auto values = interpret<double>(oracle, values_for<double>(oracle, at), at.rows);
  const auto is_known = [&](const operation& op) {
    return std::any_of(result.begin(), result.end(), [&](auto& each) { return each.operation == op.name; });
  };
  for (int i = 0; i < oracle.size(); ++i) {
    const node& each = oracle[node_id{i}];
    const bool differentiable = each.arity > 0 && each.op->pullback != nullptr &&
                                each.op->family != operation_family::row_mean &&
                                each.kind == value_kind::real;
    const std::size_t rows = each.depends == level::row ? at.rows : 1;
    for (std::size_t row = 0; differentiable && row < rows && !is_known(*each.op); ++row) {
      const single_operation alone(oracle, each, values, row);
      for (int k = 0; k < each.arity && !is_known(*each.op); ++k) {
        double found = 0, expected = 0;
        if (alone.is_wrong(k, found, expected))
          result.push_back(
              {std::string(each.op->name), to_text(oracle, node_id{i}).string(), k, row, found, expected});
      }
    }
  }
  return result;
}

/// A kernel's gradient and what rounding may have done to it.
template <class Real> class measured_gradient {
 public:
  measured_gradient(const probed_kernel<Real>& kernel, const probed_point& at)
      : results_(run_kernel(kernel, at)), noise_(results_.gradients) {
    for (auto& each : noise_) std::fill(each.begin(), each.end(), 0);
    for (std::uint32_t seed = 1; seed <= 4; ++seed) note(run_kernel(kernel, shaken(at, seed)));
  }

  [[nodiscard]] const kernel_results& results() const { return results_; }

  [[nodiscard]] double along(const direction& way) const {
    double sum = 0;
    for (const movement& each : way) sum += each.weight * results_.gradients[each.symbol][each.element];
    return sum;
  }
  /// What the roundings of the kernel may have changed.
  [[nodiscard]] double noise(const direction& way) const {
    constexpr double units = 64 * double(std::numeric_limits<Real>::epsilon());
    double sum = 0;
    for (const movement& each : way)
      sum += std::abs(each.weight) *
             (16 * noise_[each.symbol][each.element] + units * greatest(results_.gradients[each.symbol]));
    return sum;
  }

 private:
  static double greatest(const std::vector<double>& values) {
    double most = 0;
    for (double each : values)
      if (std::isfinite(each)) most = std::max(most, std::abs(each));
    return most;
  }
  /// Every real number moved by two units in its last place, to either side.
  static probed_point shaken(const probed_point& at, std::uint32_t seed) {
    std::mt19937 random(seed);
    probed_point result = at;
    for (std::size_t i = 0; i < result.values.size(); ++i) {
      if (at.formula.symbols[i].role == symbol_role::label) continue;
      for (double& each : result.values[i])
        each = double(
            Real(each * (1 + (random() % 2 == 0 ? 2 : -2) * double(std::numeric_limits<Real>::epsilon()))));
    }
    return result;
  }
  void note(const kernel_results& moved) {
    for (std::size_t i = 0; i < noise_.size(); ++i)
      for (std::size_t k = 0; k < noise_[i].size(); ++k) {
        const double change = std::abs(moved.gradients[i][k] - results_.gradients[i][k]);
        if (std::isfinite(change)) noise_[i][k] = std::max(noise_[i][k], change);
      }
  }

  kernel_results results_;
  symbol_values<double> noise_;
};

/// One place: the kernel there, and the formula around it.
template <class Real> class place_of_check {
 public:
  place_of_check(const probed_kernel<Real>& kernel, const graph& oracle, const probed_point& at,
                 double tolerance)
      : gradient_(kernel, at), formula_(oracle, at), tolerance_(tolerance) {}

  [[nodiscard]] const kernel_results& results() const { return gradient_.results(); }

  [[nodiscard]] gradient_finding check(const direction& way) {
    const slopes there = formula_.along(way);
    gradient_finding result;
    result.found = gradient_.along(way);
    result.expected = double(there.both.value);
    result.left = double(there.left.value);
    result.right = double(there.right.value);
    result.allowed =
        tolerance_ * std::abs(result.expected) + gradient_.noise(way) + 10 * double(there.both.error);
    result.verdict = verdict(result, there);
    return result;
  }

 private:
  static gradient_verdict verdict(const gradient_finding& of, const slopes& there) {
    if (!std::isfinite(of.found)) return gradient_verdict::not_finite;
    if (!there.left.settled || !there.right.settled) return gradient_verdict::edge;
    const auto [low, high] = std::minmax(of.left, of.right);
    const double unsure =
        1e-5 * (std::abs(low) + std::abs(high)) + 20 * double(there.left.error + there.right.error);
    const bool at_kink = high - low > unsure;
    if (!at_kink)
      return std::abs(of.found - of.expected) <= of.allowed ? gradient_verdict::agrees
                                                            : gradient_verdict::differs;
    const double slack = std::min(of.allowed, high - low);
    const bool between = of.found >= low - slack && of.found <= high + slack;
    return between ? gradient_verdict::kink : gradient_verdict::differs;
  }

  measured_gradient<Real> gradient_;
  landscape formula_;
  double tolerance_;
};

/// The whole check.
template <class Real> class checker {
 public:
  checker(const probed_kernel<Real>& kernel, const probed_point& at, const gradient_check_options& options)
      : kernel_(kernel),
        at_(at),
        options_(options),
        tolerance_(options.tolerance > 0         ? options.tolerance
                   : std::is_same_v<Real, float> ? 1e-3
                                                 : 1e-6),
        oracle_(oracle_at(at)),
        here_(kernel, oracle_, at, tolerance_) {
    result_.rows = at.rows;
    result_.rows_of_data = at.rows_of_data;
  }

  gradient_check run() {
    if (!std::isfinite(here_.results().value)) note_value();
    for (const symbol& each : at_.by) check_symbol(at_.find(each));
    const auto differs = [](const gradient_finding& each) {
      return each.verdict == gradient_verdict::differs;
    };
    if (std::any_of(result_.findings.begin(), result_.findings.end(), differs))
      result_.operations = operations_to_blame(oracle_, at_);
    return std::move(result_);
  }

 private:
  /// As it was written; in stable form where that is not finite even in long double.
  static graph oracle_at(const probed_point& at) {
    const graph written = written_objective(at.formula);
    if (std::isfinite(landscape(written, at).value())) return written;
    return pipeline::stable(written);
  }

  void note_value() {
    gradient_finding value;
    value.verdict = gradient_verdict::not_finite;
    value.place = "the loss";
    value.found = here_.results().value;
    value.expected = double(landscape(oracle_, at_).value());
    if (here_.results().report.bad_row != no_row)
      value.row = gradient_of_row{here_.results().report.bad_row, value.found, value.expected};
    result_.findings.push_back(value);
  }

  void check_symbol(std::size_t symbol) {
    const std::size_t count = here_.results().gradients[symbol].size();
    findings_of_symbol_ = 0;
    if (count <= options_.elements) {
      for (std::size_t i = 0; i < count; ++i) {
        ++result_.elements;
        check_element({symbol, i, 1});
      }
      return;
    }
    result_.along_directions += count;
    std::mt19937_64 random(options_.seed);
    std::uniform_real_distribution<> size(0.5, 1.5);
    for (int time = 0; time < 2; ++time) {
      direction way;
      for (std::size_t i = 0; i < count; ++i)
        way.push_back({symbol, i, (random() % 2 == 0 ? 1 : -1) * size(random)});
      const gradient_finding found = here_.check(way);
      note_agreement(found);
      if (found.verdict != gradient_verdict::agrees) search(way, found);
    }
  }

  void check_element(const movement& which) {
    const gradient_finding found = here_.check({which});
    note_agreement(found);
    if (found.verdict != gradient_verdict::agrees) note(which, found);
  }

  void note_agreement(const gradient_finding& of) {
    if (of.verdict == gradient_verdict::agrees && of.allowed > 0)
      result_.greatest_error =
          std::max(result_.greatest_error, std::abs(of.found - of.expected) / of.allowed);
  }

  /// Halves a direction until a single element is left, always towards the worse verdict.
  void search(direction way, gradient_finding of_all) {
    while (way.size() > 1) {
      const auto middle = way.begin() + std::ptrdiff_t(way.size() / 2);
      const direction halves[2] = {{way.begin(), middle}, {middle, way.end()}};
      const gradient_finding found[2] = {here_.check(halves[0]), here_.check(halves[1])};
      const int worse = found[1].verdict > found[0].verdict ? 1 : 0;
      if (found[worse].verdict == gradient_verdict::agrees) break;  // no half shows it by itself
      way = halves[worse];
      of_all = found[worse];
    }
    if (way.size() == 1)
      return note({way[0].symbol, way[0].element, 1}, here_.check({{way[0].symbol, way[0].element, 1}}));
    of_all.symbol = std::string(at_.formula.symbols[way.front().symbol].name);
    of_all.place = of_all.symbol + ", along a direction of " + std::to_string(way.size()) + " elements";
    add(of_all);
  }

  void note(const movement& which, gradient_finding found) {
    const symbol& named = at_.formula.symbols[which.symbol];
    found.symbol = std::string(named.name);
    found.element = which.element;
    found.place = element_name(named, which.element % at_.width_of(which.symbol));
    if (found.verdict == gradient_verdict::differs) {
      found.only_here = is_right_beside(which);
      found.row = row_to_blame(which);
    }
    if (at_.is_of_rows(which.symbol))
      found.row = gradient_of_row{which.element / at_.width_of(which.symbol), found.found, found.expected};
    add(found);
  }

  void add(const gradient_finding& found) {
    const auto same = [&](const gradient_finding& each) {
      return each.place == found.place && each.element == found.element;
    };
    if (std::any_of(result_.findings.begin(), result_.findings.end(), same)) return;
    if (findings_of_symbol_++ < options_.most_findings) result_.findings.push_back(found);
  }

  /// Whether the kernel agrees a little to both sides of a point.
  bool is_right_beside(const movement& which) {
    bool right = true;
    for (double side : {-1.0, 1.0}) {
      probed_point beside = at_;
      double& moved = beside.values[which.symbol][which.element];
      moved = double(Real(moved + side * std::max(1.0, std::abs(moved)) / 256));
      place_of_check<Real> there(kernel_, oracle_, beside, tolerance_);
      right = right && there.check({which}).verdict == gradient_verdict::agrees;
    }
    return right;
  }

  /// The row whose own derivative is wrong, the worst of several; none if all of them are, or the only one.
  std::optional<gradient_of_row> row_to_blame(const movement& which) {
    if (at_.is_of_rows(which.symbol) || at_.rows == 1) return std::nullopt;
    std::optional<gradient_of_row> worst;
    std::size_t wrong = 0;
    for (std::size_t row = 0; row < at_.rows; ++row) {
      const probed_point alone = at_.with_row(row);
      const graph oracle = oracle_at(alone);
      place_of_check<Real> there(kernel_, oracle, alone, tolerance_);
      const gradient_finding found = there.check({which});
      if (found.verdict != gradient_verdict::differs) continue;
      ++wrong;
      const double error = std::abs(found.found - found.expected);
      if (!worst || error > std::abs(worst->found - worst->expected))
        worst = gradient_of_row{row, found.found, found.expected};
    }
    return wrong < at_.rows ? worst : std::nullopt;
  }

  const probed_kernel<Real>& kernel_;
  const probed_point& at_;
  const gradient_check_options& options_;
  double tolerance_;
  graph oracle_;
  place_of_check<Real> here_;
  gradient_check result_;
  std::size_t findings_of_symbol_ = 0;
};

bool is_error(gradient_verdict verdict) {
  return verdict == gradient_verdict::differs || verdict == gradient_verdict::not_finite;
}

void print(std::ostream& to, const gradient_finding& of) {
  to << "  " << of.place << ": ";
  switch (of.verdict) {
    case gradient_verdict::agrees: to << "agrees"; break;
    case gradient_verdict::kink:
      to << "a kink, with slope " << of.left << " to the left and " << of.right
         << " to the right; the kernel gives " << of.found << ", which lies between";
      break;
    case gradient_verdict::edge:
      to << "no derivative, for the differences do not settle: a jump, an infinite slope or the end of the "
            "domain; the kernel gives "
         << of.found;
      break;
    case gradient_verdict::differs:
      to << "expected " << of.expected << ", the kernel gives " << of.found;
      if (of.only_here)
        to << "; beside this point the kernel is right: a kink inside of the formula, or a derivative that "
              "is wrong at this point alone";
      break;
    case gradient_verdict::not_finite:
      to << "expected " << of.expected << ", the kernel gives " << of.found;
      break;
  }
  if (of.row) {
    to << "; row " << of.row->row;
    const bool same = of.row->found == of.found && of.row->expected == of.expected;
    if (!same) to << " is to blame: by itself expected " << of.row->expected << ", found " << of.row->found;
  }
  to << '\n';
}

/// "3 derivatives one by one, 7840 along directions".
std::string count_of_checks(const gradient_check& of) {
  std::ostringstream text;
  if (of.elements > 0) text << of.elements << (of.elements == 1 ? " derivative" : " derivatives");
  if (of.along_directions > 0)
    text << (of.elements > 0 ? " one by one, " : "") << of.along_directions << " along directions";
  return text.str();
}

}  // namespace

std::string_view name_of(gradient_verdict verdict) {
  switch (verdict) {
    case gradient_verdict::agrees: return "agrees";
    case gradient_verdict::kink: return "kink";
    case gradient_verdict::edge: return "edge";
    case gradient_verdict::differs: return "differs";
    case gradient_verdict::not_finite: return "not finite";
  }
  return {};
}

gradient_check::operator bool() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const gradient_finding& each) { return is_error(each.verdict); });
}

std::ostream& operator<<(std::ostream& to, const gradient_check& shown) {
  const auto errors = std::count_if(shown.findings.begin(), shown.findings.end(),
                                    [](const gradient_finding& each) { return is_error(each.verdict); });
  to << "gradient of the kernel against differences, " << count_of_checks(shown) << ", " << shown.rows;
  if (shown.rows < shown.rows_of_data) to << " of " << shown.rows_of_data;
  to << (shown.rows_of_data == 1 ? " row: " : " rows: ");
  if (errors > 0)
    to << errors << (errors == 1 ? " is wrong" : " are wrong") << '\n';
  else
    to << (shown.findings.empty() ? "all agree" : "none is wrong") << '\n';
  for (const gradient_finding& each : shown.findings) print(to, each);
  for (const operation_to_blame& each : shown.operations)
    to << "  the derivative of the operation " << each.operation << " is wrong by itself: operand "
       << each.operand + 1 << " of " << each.formula << ", row " << each.row << ": expected " << each.expected
       << ", found " << each.found << '\n';
  return to;
}

template <class Real>
gradient_check check_kernel(const probed_kernel<Real>& kernel, const probed_point& at,
                            const gradient_check_options& options) {
  return checker<Real>(kernel, at, options).run();
}
template gradient_check check_kernel(const probed_kernel<float>&, const probed_point&,
                                     const gradient_check_options&);
template gradient_check check_kernel(const probed_kernel<double>&, const probed_point&,
                                     const gradient_check_options&);

}  // namespace fusegrad
