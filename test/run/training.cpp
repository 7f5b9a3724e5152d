// SPDX-License-Identifier: BSL-1.0
// Whole training runs: the same bits at any number of threads, and one model read by two threads at once.
#define BOOST_TEST_MODULE training
#include "fusegrad/train/fit.hpp"

#include "fusegrad/run/parallel.hpp"

#include "arena.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr std::size_t rows = 2000;
constexpr std::size_t width = 784;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;
constexpr auto softmax_regression = cross_entropy(W * x + b, y);

constexpr auto W1 = param<"W1", 64, 784>;
constexpr auto b1 = param<"b1", 64>;
constexpr auto W2 = param<"W2", 10, 64>;
constexpr auto b2 = param<"b2", 10>;
constexpr auto perceptron = cross_entropy(W2 * relu(W1 * x + b1) + b2, y);

/// Pixels and classes without meaning, but for a trace of one in the other.
auto images() {
  std::vector<std::uint8_t> pixels(rows * width);
  std::vector<float> noise(rows * width);
  uniform(0, 256).fill(noise, 1);
  std::vector<std::uint8_t> classes(rows);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = std::uint8_t(noise[i] * 0.999f);
  for (std::size_t row = 0; row < rows; ++row) classes[row] = pixels[row * width] % 10;
  return dataset(x = scaled(table(std::move(pixels), width), 1 / 255.), y = std::move(classes));
}
const auto data = images();

const fit_options quiet{.epochs = 2, .batch_size = 256, .seed = 3, .log = nullptr};

template <auto Loss> auto trained_by_fit() {
  auto model = initialise<Loss>(7, W = normal(0, 0.01));
  (void)fit(Loss, model, data, sgd{0.1}, quiet);
  return model;
}

auto perceptron_by_fit() {
  auto model = initialise<perceptron>(7, W1 = normal(0, 0.01), W2 = normal(0, 0.01));
  (void)fit(perceptron, model, data, sgd{0.1}, quiet);
  return model;
}

constexpr auto dropped = dropout<0.25>(x);
constexpr auto centred = cross_entropy(W * (dropped - mean_over_rows(dropped)) + b, y);

bool same_bits(const auto& a, const auto& b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(*a.data())) == 0;
}

/// The kernel of softmax regression, with a census of the threads that are given rows.
using counted_program =
    program<std::remove_cvref_t<decltype(softmax_regression)>, goal::gradient, float, native_arch>;
thread_census* census = nullptr;
kernel_table<float> counted_kernel() {
  kernel_table<float> table = kernel<counted_program>::table;
  table.rows = [](const step_data<float>& step, std::size_t begin, std::size_t end, float* tile,
                  block_sums<float>& sums) noexcept {
    census->note();
    kernel<counted_program>::rows(step, begin, end, tile, sums);
  };
  return table;
}

/// The training run once more, step by step on the counted kernel.
auto trained_on_counted_kernel(thread_census& threads) {
  census = &threads;
  using model_type = model_of<std::remove_cvref_t<decltype(softmax_regression)>, float>;
  const kernel_table<float> table = counted_kernel();
  executor<float> run(table);
  const auto on = [&](const auto& step) { return run.run(step); };
  model_type model = initialise<softmax_regression>(7, W = normal(0, 0.01));
  const auto slope = std::make_shared<parameters<typename model_type::formula_type, float>>();
  for (std::size_t epoch = 0; epoch < quiet.epochs; ++epoch)
    for (const auto batch : minibatches(data, quiet.batch_size, quiet.seed + epoch)) {
      float value = 0;
      const auto places = stepping::output_places<counted_program, model_type>(&value, slope->data());
      BOOST_TEST_REQUIRE(stepping::run_by<counted_program>(on, batch, model, places.data()).ok());
      model -= 0.1 * gradient_of<typename model_type::formula_type, float>(slope);
    }
  return model;
}

/// The loss of softmax regression and its gradient by W, in double, by plain loops.
struct plain_result {
  double loss = 0;
  std::vector<double> by_W = std::vector<double>(10 * width);
};
plain_result plain_loops(const auto& model, const std::vector<std::uint32_t>& chosen) {
  plain_result result;
  const auto* pixels = static_cast<const std::uint8_t*>(data[x].view().data);
  const auto* classes = static_cast<const std::uint8_t*>(data[y].view().data);
  for (std::uint32_t row : chosen) {
    double logits[10], total = 0;
    for (std::size_t k = 0; k < 10; ++k) {
      logits[k] = double(model[b](k));
      for (std::size_t i = 0; i < width; ++i)
        logits[k] += double(model[W](k, i)) * pixels[row * width + i] / 255.;
      total += std::exp(logits[k]);
    }
    result.loss += (std::log(total) - logits[classes[row]]) / double(chosen.size());
    for (std::size_t k = 0; k < 10; ++k) {
      const double slope = std::exp(logits[k]) / total - (classes[row] == k ? 1 : 0);
      for (std::size_t i = 0; i < width; ++i)
        result.by_W[k * width + i] += slope * pixels[row * width + i] / 255. / double(chosen.size());
    }
  }
  return result;
}

double worst_difference(const plain_result& expected, const auto& gradient) {
  double worst = 0;
  for (std::size_t i = 0; i < expected.by_W.size(); ++i)
    worst = std::max(worst, std::abs(expected.by_W[i] - double(gradient[W][i])));
  return worst;
}

}  // namespace

BOOST_AUTO_TEST_CASE(softmax_regression_ends_in_the_same_bits_at_any_number_of_threads) {
  const auto alone = trained_by_fit<softmax_regression>();
  BOOST_TEST(std::isfinite(alone[W](0, 0)));
  for (int threads : thread_counts)
    with_threads(threads, [&] {
      for (int times = 0; times < 3; ++times)
        BOOST_TEST(same_bits(trained_by_fit<softmax_regression>(), alone));
    });
}

BOOST_AUTO_TEST_CASE(a_perceptron_ends_in_the_same_bits_at_any_number_of_threads) {
  const auto alone = perceptron_by_fit();
  BOOST_TEST(std::isfinite(alone[W1](0, 0)));
  for (int threads : thread_counts)
    with_threads(threads, [&] { BOOST_TEST(same_bits(perceptron_by_fit(), alone)); });
}

BOOST_AUTO_TEST_CASE(sweeps_and_dropout_end_in_the_same_bits_at_any_number_of_threads) {
  const auto alone = trained_by_fit<centred>();
  BOOST_TEST(std::isfinite(alone[W](0, 0)));
  for (int threads : thread_counts)
    with_threads(threads, [&] { BOOST_TEST(same_bits(trained_by_fit<centred>(), alone)); });
}

BOOST_AUTO_TEST_CASE(at_least_two_threads_take_part_in_a_training_run) {
  const auto alone = trained_by_fit<softmax_regression>();
  with_threads(most_threads, [&] {
    thread_census threads;
    for (int times = 0; times < 20 && threads.size() < 2; ++times)
      BOOST_TEST(same_bits(trained_on_counted_kernel(threads), alone));
    BOOST_TEST(threads.size() >= 2u);
    BOOST_TEST(threads.size() <= worker_count());
  });
}

BOOST_AUTO_TEST_CASE(a_small_batch_stays_on_the_callers_thread) {
  with_threads(most_threads, [&] {
    thread_census threads;
    census = &threads;
    const kernel_table<float> table = counted_kernel();
    executor<float> run(table);
    const auto on = [&](const auto& step) { return run.run(step); };
    const auto model = initialise<softmax_regression>(7);
    parameters<std::remove_cvref_t<decltype(softmax_regression)>, float> slope;
    float value = 0;
    const auto places =
        stepping::output_places<counted_program, std::remove_cvref_t<decltype(model)>>(&value, slope.data());
    for (const auto batch : minibatches(data, 4))
      BOOST_TEST_REQUIRE(stepping::run_by<counted_program>(on, batch, model, places.data()).ok());
    BOOST_TEST(threads.only_this_thread());
  });
}

BOOST_AUTO_TEST_CASE(two_threads_may_use_one_model_at_the_same_time) {
  const auto model = initialise<softmax_regression>(7, W = normal(0, 0.01));
  const auto order = permutation(rows, 5);
  const std::vector<std::uint32_t> halves[] = {{order.begin(), order.begin() + 1000},
                                               {order.begin() + 1000, order.end()}};
  std::atomic<int> wrong = 0, ready = 0;
  const auto use = [&](const std::vector<std::uint32_t>& chosen) {
    const plain_result expected = plain_loops(model, chosen);
    const batch<std::remove_cvref_t<decltype(data)>> part{&data, {chosen.data(), 0, chosen.size()}};
    ++ready;
    while (ready < 2) std::this_thread::yield();
    for (int times = 0; times < 30; ++times) {
      const auto [value, gradient] = value_and_grad(softmax_regression, model, part);
      // A mean of 1,000 rows in float, each a few ulp of numbers about 1.
      if (std::abs(double(value) - expected.loss) > 1e-5 || worst_difference(expected, gradient) > 1e-6)
        ++wrong;
    }
  };
  with_threads(most_threads, [&] {
    std::jthread other([&] { use(halves[1]); });
    use(halves[0]);
  });
  BOOST_TEST(wrong == 0);
}
