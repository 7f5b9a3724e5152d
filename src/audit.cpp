// SPDX-License-Identifier: BSL-1.0
// Extreme values, float against double, and numbers of threads.
#include "fusegrad/train/audit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <ostream>
#include <utility>

#include "fusegrad/pass/pipeline.hpp"
#include "fusegrad/train/non_finite.hpp"

#ifndef FUSEGRAD_THREADS_STD
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#endif

namespace fusegrad {
namespace {

/// A number that a kernel should give, and how great its fellows are.
struct expectation {
  std::size_t symbol = 0;  // of a gradient
  std::size_t element = 0;
  bool is_value = false;
  long double number = 0;    // as written, if that is finite
  long double stable = 0;    // in stable form: as written digits may be lost in long double, too
  long double greatest = 0;  // of the same result

  /// The value first, then the gradients in the order of the symbols.
  [[nodiscard]] std::size_t place_in_results() const { return is_value ? 0 : 1 + symbol; }
};

/// Loss and gradients in long double: of the formula as it was written, and of its stable form.
class reference {
 public:
  explicit reference(const probed_point& at)
      : written_(with_gradients(written_objective(at.formula), at)),
        stable_(
            pipeline::simplified(with_gradients(pipeline::stable(written_objective(at.formula)), at), 0)) {}

  [[nodiscard]] std::vector<expectation> at(const probed_point& place) const {
    std::vector<expectation> result = evaluate(written_, place);
    const std::vector<expectation> others = evaluate(stable_, place);
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (!std::isfinite(result[i].number)) result[i] = others[i];
      result[i].stable = others[i].number;
    }
    return result;
  }

  /// Whether no value on the way to the results of the stable form leaves a range.
  [[nodiscard]] bool stays_below(long double most, const probed_point& place) const {
    for (const auto& each :
         interpret<long double>(stable_, values_for<long double>(stable_, place), place.rows))
      for (long double number : each)
        if (!(std::abs(number) <= most)) return false;
    return true;
  }

 private:
  static graph with_gradients(const graph& value, const probed_point& at) {
    std::vector<int> by;
    for (const symbol& each : at.by) by.push_back(value.find_symbol(each.name));
    return differentiate(value, value.find_output(output_role::value), by, true);
  }

  static std::vector<expectation> evaluate(const graph& in, const probed_point& place) {
    std::vector<expectation> result;
    const auto found = interpret<long double>(in, values_for<long double>(in, place), place.rows);
    for (const output& each : in.outputs()) {
      const std::vector<long double>& numbers = found[std::size_t(each.id.value)];
      long double greatest = 0;
      for (long double number : numbers)
        if (std::isfinite(number)) greatest = std::max(greatest, std::abs(number));
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        expectation next{0, i, each.role == output_role::value, numbers[i], numbers[i], greatest};
        if (!next.is_value) next.symbol = place.find(in.symbols()[std::size_t(each.symbol)]);
        result.push_back(next);
      }
    }
    return result;
  }

  graph written_;
  graph stable_;
};

double found_by(const kernel_results& kernel, const expectation& wanted) {
  return wanted.is_value ? kernel.value : kernel.gradients[wanted.symbol][wanted.element];
}

/// Runs some work with a number of threads, however many processors there are.
template <class Work> void with_threads([[maybe_unused]] int threads, Work work) {
#ifdef FUSEGRAD_THREADS_STD
  work();
#else
  const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 8);
  tbb::task_arena arena(threads);
  arena.execute(work);
#endif
}

template <class Real> class auditor {
 public:
  auditor(const probed_kernel<Real>& kernel, const probed_point& at, const audit_options& options)
      : kernel_(kernel), at_(at), options_(options), reference_(at), usual_(1 + at.values.size(), 0) {
    for (const expectation& each : reference_.at(at)) usual_[each.place_in_results()] = each.greatest;
    report_.rows = at.rows;
  }

  audit_report run(const probed_kernel<float>& floats, const probed_kernel<double>& doubles) {
    if (const auto found = first_hazard(at_, true)) report_.findings.push_back(*found);
    for (std::size_t i = 0; i < at_.values.size(); ++i) try_symbol(i);
    compare_precisions(run_kernel(floats, at_), run_kernel(doubles, at_));
    compare_threads();
    return std::move(report_);
  }

 private:
  static std::vector<double> extreme_values() {
    using limits = std::numeric_limits<Real>;
    std::vector<double> result{0, -0.0, double(limits::denorm_min()), double(limits::min())};
    for (double size : {100.0, 1e3, 1e4, double(limits::max()), double(limits::infinity())})
      for (double sign : {1.0, -1.0}) result.push_back(sign * size);
    result.push_back(std::numeric_limits<double>::quiet_NaN());
    return result;
  }

  void try_symbol(std::size_t which) {
    const symbol_role role = at_.formula.symbols[which].role;
    const bool is_real = role == symbol_role::input || role == symbol_role::target ||
                         role == symbol_role::parameter || role == symbol_role::scalar;
    if (!is_real) return;
    const std::size_t width = at_.width_of(which), tried = std::min(width, options_.elements);
    for (double value : extreme_values())
      for (std::size_t k = 0; k < tried; ++k)
        try_value(which, tried == 1 ? 0 : k * (width - 1) / (tried - 1), value);
  }

  /// In its first row, if the symbol belongs to rows.
  void try_value(std::size_t which, std::size_t element, double value) {
    ++report_.tried;
    probed_point there = at_;
    there.values[which][element] = value;
    // Products with the least numbers may become 0, whichever side of a kink they were on.
    const bool usual = value == 0 || (std::abs(value) >= 1 && std::abs(value) <= 1e4);
    auto found = std::isnan(value) ? hidden_nan(there, which, element) : first_hazard(there, usual);
    if (!found) return;
    const symbol& named = at_.formula.symbols[which];
    found->symbol = std::string(named.name);
    found->place = element_name(named, element);
    found->of_rows = at_.is_of_rows(which);
    found->value = value;
    const auto is_known = [&](const audit_finding& each) {
      return each.symbol == found->symbol && each.what == found->what && (each.value < 0) == (value < 0);
    };
    if (!std::any_of(report_.findings.begin(), report_.findings.end(), is_known))
      report_.findings.push_back(*found);
  }

  /// Where the kernel first goes wrong. Beyond usual values a formula may be as sensitive as it likes, and
  /// what the greatest numbers are multiplied with may leave the range on any way.
  std::optional<audit_finding> first_hazard(const probed_point& there, bool usual) const {
    const kernel_results kernel = run_kernel(kernel_, there);
    if (kernel.finite() && !usual) return std::nullopt;
    if (out_of_range(there)) return std::nullopt;
    for (const expectation& each : reference_.at(there)) {
      const bool representable = std::isfinite(each.number) &&
                                 std::abs(each.number) <= (long double)(std::numeric_limits<Real>::max());
      if (!representable) continue;
      audit_finding result;
      result.result = name_of_result(each);
      result.found = found_by(kernel, each);
      result.expected = double(each.number);
      if (!std::isfinite(result.found)) return result;
      const long double allowed = each.greatest / 100 + negligible(each);
      result.what = hazard::lost_digits;
      const auto is_off = [&](long double number) {
        return !(std::abs((long double)(result.found) - number) <= allowed);
      };
      if (usual && is_off(each.number) && is_off(each.stable)) return result;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string name_of_result(const expectation& of) const {
    if (of.is_value) return "the loss";
    return "the gradient of " + element_name(at_.formula.symbols[of.symbol], of.element);
  }

  /// What counts as nothing: a millionth of the same result with the data as they are, and what is not much
  /// more than the least normal number.
  [[nodiscard]] long double negligible(const expectation& of) const {
    return 1e-6L * usual_[of.place_in_results()] + 1e6L * (long double)(std::numeric_limits<Real>::min());
  }

  /// Whether a symbol has one of the greatest numbers, and some value has to leave the range because of it.
  [[nodiscard]] bool out_of_range(const probed_point& there) const {
    bool greatest = false;
    for (const auto& each : there.values)
      for (double number : each) greatest = greatest || (std::isfinite(number) && std::abs(number) > 1e4);
    return greatest &&
           !reference_.stays_below(1e-4L * (long double)(std::numeric_limits<Real>::max()), there);
  }

  /// A NaN after which loss and gradients are numbers, though another number there would change them.
  std::optional<audit_finding> hidden_nan(const probed_point& there, std::size_t which,
                                          std::size_t element) const {
    const kernel_results kernel = run_kernel(kernel_, there);
    if (!kernel.finite()) return std::nullopt;
    const kernel_results before = run_kernel(kernel_, at_);
    bool matters = false;
    for (double shift : {-1.0, 1.0, -10.0, 10.0}) {
      probed_point beside = at_;
      beside.values[which][element] += shift;
      const kernel_results moved = run_kernel(kernel_, beside);
      matters = matters || moved.value != before.value || moved.gradients != before.gradients;
    }
    if (!matters) return std::nullopt;
    audit_finding result;
    result.what = hazard::hidden_nan;
    result.result = "the loss";
    result.found = kernel.value;
    result.expected = std::numeric_limits<double>::quiet_NaN();
    return result;
  }

  static double relative_difference(const std::vector<double>& a, const std::vector<double>& b) {
    double difference = 0, greatest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double here = std::abs(a[i] - b[i]);
      difference = std::isnan(here) ? std::numeric_limits<double>::infinity() : std::max(difference, here);
      greatest = std::max(greatest, std::abs(b[i]));
    }
    return difference == 0 ? 0 : difference / greatest;
  }

  void compare_precisions(const kernel_results& in_float, const kernel_results& in_double) {
    report_.drifts.push_back({"loss", relative_difference({in_float.value}, {in_double.value})});
    for (const symbol& each : at_.by) {
      const std::size_t i = at_.find(each);
      report_.drifts.push_back({"gradient of " + std::string(each.name),
                                relative_difference(in_float.gradients[i], in_double.gradients[i])});
    }
  }

  /// As many rows as are worth sharing: see parallel work in executor.cpp.
  [[nodiscard]] std::size_t repetitions() const {
    constexpr double enough_flops = 4e6;
    constexpr std::size_t least_rows = 2000, most_rows = 200000;
    const double per_row = std::max(1.0, kernel_.flops_per_row);
    const std::size_t wanted = std::clamp(std::size_t(enough_flops / per_row), least_rows, most_rows);
    return wanted / at_.rows + 1;
  }

  void compare_threads() {
    const std::size_t repeated = repetitions();
    report_.rows_on_threads = repeated * at_.rows;
    kernel_results first;
    for (int threads : {1, 2, 3, 8}) {
      kernel_results now;
      with_threads(threads, [&] { now = run_kernel(kernel_, at_, repeated); });
      if (report_.thread_counts.empty()) first = now;
      const bool same = same_bits(now.value, first.value) &&
                        std::equal(now.gradients.begin(), now.gradients.end(), first.gradients.begin(),
                                   [](const auto& a, const auto& b) {
                                     return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_bits);
                                   });
      report_.same_bits = report_.same_bits && same;
      report_.thread_counts.push_back(threads);
    }
  }

  /// NaN is NaN.
  static bool same_bits(double a, double b) {
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
  }

  const probed_kernel<Real>& kernel_;
  const probed_point& at_;
  const audit_options& options_;
  reference reference_;
  std::vector<long double> usual_;  // the greatest number of each result
  audit_report report_;
};

void print(std::ostream& to, const audit_finding& of) {
  to << "    ";
  if (of.symbol.empty())
    to << "with the data as they are ";
  else
    to << of.place << " = " << of.value;
  if (of.of_rows) to << " in row " << of.row;
  if (of.what == hazard::hidden_nan) {
    to << ": " << of.result << " is " << of.found << " and all gradients are finite: nobody would notice\n";
    return;
  }
  to << ": " << of.result << " is " << of.found << ", expected " << of.expected << '\n';
}

}  // namespace

std::string_view name_of(hazard what) {
  switch (what) {
    case hazard::not_finite: return "not finite";
    case hazard::lost_digits: return "lost digits";
    case hazard::hidden_nan: return "hidden NaN";
  }
  return {};
}

std::ostream& operator<<(std::ostream& to, const audit_report& shown) {
  to << "audit of the compiled kernel, " << shown.rows << (shown.rows == 1 ? " row" : " rows") << '\n';
  to << "  " << shown.tried << " extreme values: ";
  if (shown.findings.empty())
    to << "no hazard\n";
  else
    to << shown.findings.size() << (shown.findings.size() == 1 ? " hazard\n" : " hazards\n");
  for (const audit_finding& each : shown.findings) print(to, each);
  to << "  float against double, relative:";
  for (const precision_drift& each : shown.drifts)
    to << (&each == &shown.drifts.front() ? " " : ", ") << each.result << " " << each.relative;
  to << "\n  ";
  for (int each : shown.thread_counts) to << each << (each == shown.thread_counts.back() ? "" : ", ");
  to << " threads, " << shown.rows_on_threads
     << " rows: " << (shown.same_bits ? "the same bits" : "bits that depend on the number of threads")
     << '\n';
  return to;
}

audit_report audit_kernels(const probed_kernel<float>& floats, const probed_kernel<double>& doubles,
                           bool in_float, const probed_point& at, const audit_options& options) {
  if (in_float) return auditor<float>(floats, at, options).run(floats, doubles);
  return auditor<double>(doubles, at, options).run(floats, doubles);
}

}  // namespace fusegrad
