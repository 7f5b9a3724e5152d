// SPDX-License-Identifier: BSL-1.0
// Draws values for a formula's symbols, runs its kernel and the interpreter, and compares: see the header.
#undef BOOST_TEST_MAIN
#include "support/against_interpreter.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace fusegrad::test {

namespace {

constexpr random_key key{.seed = 0x123456789ABCDEF0, .step = 5};

std::vector<selection> selections() {
  constexpr element_type types[] = {element_type::float32, element_type::uint8, element_type::float64,
                                    element_type::int32};
  std::vector<selection> result;
  std::size_t turn = 0;
  for (bool shuffled : {false, true}) {
    for (std::size_t rows : {1u, 2u, 3u, 15u, 16u, 17u, 63u, 64u, 65u, 200u})
      result.push_back({rows, shuffled, types[turn++ % 4]});
    ++turn;
  }
  return result;
}

template <class Element> void store(std::vector<std::byte>& to, const std::vector<int>& values, double unit) {
  to.resize(values.size() * sizeof(Element));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto element = static_cast<Element>(values[i] * unit);
    std::memcpy(to.data() + i * sizeof(Element), &element, sizeof(Element));
  }
}

/// The greatest magnitude among all values of a graph.
double greatest(const std::vector<std::vector<double>>& values) {
  double most = 1;
  for (const auto& each : values)
    for (double value : each)
      if (std::abs(value) > most && value - value == 0) most = std::abs(value);
  return most;
}

/// Compares one output; the first element that differs is named.
template <class Real>
void compare(std::string_view name, const compiled<Real>& kernel, std::size_t output,
             const std::vector<Real>& found, const std::vector<double>& wanted, double tolerance,
             const selection& which) {
  BOOST_TEST_REQUIRE(wanted.size() == found.size(), name << ": output " << output);
  const int symbol = kernel.outputs[output].symbol;
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    if (std::abs(double(found[k]) - wanted[k]) <= tolerance) continue;
    BOOST_TEST(false, name << ": output " << output << " [" << k << "] "
                           << (symbol >= 0 ? kernel.symbols[std::size_t(symbol)].name : "value") << " is "
                           << found[k] << ", expected " << wanted[k] << ", with " << which.rows
                           << (which.shuffled ? " shuffled" : " consecutive") << " rows of type "
                           << int(which.type));
    return;
  }
  BOOST_TEST(true);
}

template <class Real>
void check_rows(std::string_view name, const graph& oracle, const compiled<Real>& kernel,
                const selection& which) {
  const given_values<Real> given(oracle, which);
  std::vector<std::vector<Real>> results;
  std::vector<Real*> places;
  for (const plan_output& each : kernel.outputs)
    results.emplace_back(std::size_t(each.extents.elements()) * (each.of_rows ? which.rows : 1), Real(-77));
  for (auto& each : results) places.push_back(each.data());
  const step_report report = kernel.run(given.step(places.data()));
  BOOST_TEST(report.ok(), name << ": NaN or infinity with " << which.rows << " rows");

  const auto expected = interpret<double>(oracle, given.numbers(), which.rows);
  const double tolerance = 256 * greatest(expected) * double(std::numeric_limits<Real>::epsilon());
  for (std::size_t i = 0; i < results.size(); ++i)
    compare(name, kernel, i, results[i], expected[std::size_t(oracle.outputs()[i].id.value)], tolerance,
            which);
}

template <class Real>
void check_all_rows(std::string_view name, const graph& oracle, const compiled<Real>& kernel) {
  BOOST_TEST_REQUIRE(!oracle.trouble(), name << ": " << sentence(oracle.trouble().kind));
  for (const selection& each : selections()) check_rows(name, oracle, kernel, each);
}

}  // namespace

graph as_written(graph lowered, goal wanted, std::span<const symbol> by) {
  if (wanted != goal::gradient && differs_in_training(lowered)) lowered = in_evaluation(lowered);
  const graph expanded = first_gradient(lowered) ? expand_gradients(lowered) : lowered;
  if (wanted == goal::rows) return expanded;
  const graph value = objective(expanded);
  if (wanted == goal::mean) return value;
  const node_id loss = value.find_output(output_role::value);
  if (by.empty()) return differentiate(value, loss, parameters_of(value), true);
  return shares_of_rows(differentiate(value, loss, places_of(by, value), true));
}

template <class Real>
given_values<Real>::given_values(const graph& of, const selection& which) : rows_(which.rows) {
  std::uniform_int_distribution<std::uint32_t> row(0, std::uint32_t(stored_rows() - 1));
  for (std::size_t i = 0; which.shuffled && i < rows_; ++i) index_.push_back(row(random_));
  std::size_t turn = std::size_t(which.type);
  for (const symbol& each : of.symbols()) {
    columns_.emplace_back();
    bytes_.emplace_back();
    memory_.emplace_back(std::size_t(each.extents.elements()));
    numbers_.emplace_back();
    if (is_of_rows(each.role))
      draw_column(each, element_type(turn++ % 4));
    else if (each.role == symbol_role::random)
      draw_random(each);
    else
      draw_parameter(each);
  }
  for (auto& each : memory_) parameters_.push_back(each.data());
  for (auto& each : columns_) places_.push_back(&each);
}

template <class Real> row_selection given_values<Real>::rows() const {
  return {index_.empty() ? nullptr : index_.data(), index_.empty() ? first : 0, rows_};
}

template <class Real> step_data<Real> given_values<Real>::step(Real* const* outputs) const {
  return {.columns = places_.data(),
          .parameters = parameters_.data(),
          .rows = rows(),
          .outputs = outputs,
          .random = key};
}

/// Whole numbers, stored with a scale as integers, without one as floating-point numbers.
template <class Real> void given_values<Real>::draw_column(const symbol& named, element_type type) {
  const std::size_t width = std::size_t(named.extents.elements());
  const bool is_label = named.role == symbol_role::label;
  const bool whole = type == element_type::uint8 || type == element_type::int32;
  const int least = is_label || type == element_type::uint8 ? 0 : -64;
  std::uniform_int_distribution<int> each(least, is_label ? named.classes - 1 : 64);
  std::vector<int> values(stored_rows() * width);
  for (int& value : values) value = each(random_);
  const double unit = is_label ? 1 : grain;
  std::vector<std::byte>& to = bytes_.back();
  if (type == element_type::uint8) store<std::uint8_t>(to, values, 1);
  if (type == element_type::int32) store<std::int32_t>(to, values, 1);
  if (type == element_type::float32) store<float>(to, values, unit);
  if (type == element_type::float64) store<double>(to, values, unit);
  columns_.back() = {to.data(), type, stored_rows(), width, whole ? unit : 1};
  for (std::size_t i = 0; i < rows_; ++i)
    for (std::size_t k = 0; k < width; ++k) numbers_.back().push_back(unit * values[rows()[i] * width + k]);
}

/// What a kernel draws for itself.
template <class Real> void given_values<Real>::draw_random(const symbol& named) {
  for (std::size_t i = 0; i < rows_; ++i)
    for (int k = 0; k < named.extents.elements(); ++k)
      numbers_.back().push_back(
          random_uniform(key, std::uint32_t(rows()[i]), std::uint32_t(named.classes), std::uint32_t(k)));
}

template <class Real> void given_values<Real>::draw_parameter(const symbol& named) {
  std::uniform_int_distribution<int> each(-48, 48);
  for (int i = 0; i < named.extents.elements(); ++i) {
    const double value = named.role == symbol_role::row_count ? double(rows_) : grain * each(random_);
    memory_.back().data()[i] = Real(value);
    numbers_.back().push_back(value);
  }
}

template class given_values<float>;
template class given_values<double>;

void agrees_for_all_rows(std::string_view name, const graph& oracle, const compiled<float>& kernel) {
  check_all_rows(name, oracle, kernel);
}
void agrees_for_all_rows(std::string_view name, const graph& oracle, const compiled<double>& kernel) {
  check_all_rows(name, oracle, kernel);
}

void agrees(std::string_view name, const graph& oracle, const compiled<float>& kernel,
            const selection& which) {
  check_rows(name, oracle, kernel, which);
}
void agrees(std::string_view name, const graph& oracle, const compiled<double>& kernel,
            const selection& which) {
  check_rows(name, oracle, kernel, which);
}

}  // namespace fusegrad::test
