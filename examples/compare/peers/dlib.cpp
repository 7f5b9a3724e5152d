// SPDX-License-Identifier: BSL-1.0
// dlib's networks. The input layer is one of our own, as dlib asks where data have another form than its own:
// rows as they lie, given by their beginnings, a pixel counting what the problem says (dlib's own layer would
// make it 1/256). The net is stepped by hand: dlib's trainer would keep a thread more busy.

#include "../peer.hpp"
#include "../problems.hpp"
#include "blas_threads.hpp"

#include <dlib/dnn.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace compare {
namespace {

template <class Problem> struct pixel_rows {
  using input_type = decltype(Problem::pixels.data());

  template <class Iterator> void to_tensor(Iterator begin, Iterator end, dlib::resizable_tensor& data) const {
    data.set_size(end - begin, 1, 1, Problem::features);
    float* next = data.host_write_only();
    for (; begin != end; ++begin)
      next = std::transform(*begin, *begin + Problem::features, next,
                            [](auto pixel) { return Problem::pixel_scale * float(pixel); });
  }
};

template <class Problem>
using linear_net = dlib::loss_multiclass_log<dlib::fc<Problem::classes, pixel_rows<Problem>>>;
using perceptron_net = dlib::loss_multiclass_log<
    dlib::fc<perceptron::classes, dlib::relu<dlib::fc<perceptron::hidden, pixel_rows<perceptron>>>>>;

// The rows of a batch and their labels, as a net takes them.
template <class Problem> struct samples {
  std::vector<decltype(Problem::pixels.data())> rows;
  std::vector<unsigned long> labels;
};

template <class Problem> void pick(const Problem& problem, std::size_t begin, samples<Problem>& into) {
  into.rows.clear();
  into.labels.clear();
  for (const std::uint32_t row :
       problem.order.subspan(begin, std::min(problem.batch, problem.rows() - begin))) {
    into.rows.push_back(&problem.pixels[row * problem.features]);
    into.labels.push_back(problem.labels[row]);
  }
}

// A layer holds [inputs, outputs], and the biases in a last row.
template <class Layer, class Weights, class Biases>
void give(Layer& layer, const Weights& weights, const Biases& biases) {
  const std::size_t inputs = weights.size() / biases.size();
  float* place = layer.layer_details().get_layer_params().host_write_only();
  for (std::size_t j = 0; j < inputs; ++j)
    for (std::size_t k = 0; k < biases.size(); ++k) *place++ = weights[k * inputs + j];
  std::copy(biases.begin(), biases.end(), place);
}

template <class Layer, class Weights, class Biases>
void take(const Layer& layer, Weights& weights, Biases& biases) {
  const std::size_t inputs = weights.size() / biases.size();
  const float* place = layer.layer_details().get_layer_params().host();
  for (std::size_t j = 0; j < inputs; ++j)
    for (std::size_t k = 0; k < biases.size(); ++k) weights[k * inputs + j] = *place++;
  std::copy_n(place, biases.size(), biases.begin());
}

template <class Problem>
void give_all(linear_net<Problem>& net, const typename Problem::parameters& parameters) {
  give(dlib::layer<1>(net), parameters.weights, parameters.biases);
}

template <class Problem>
void take_all(const linear_net<Problem>& net, typename Problem::parameters& parameters) {
  take(dlib::layer<1>(net), parameters.weights, parameters.biases);
}

void give_all(perceptron_net& net, const perceptron::parameters& parameters) {
  give(dlib::layer<1>(net), parameters.weights, parameters.biases);
  give(dlib::layer<3>(net), parameters.hidden_weights, parameters.hidden_biases);
}

void take_all(const perceptron_net& net, perceptron::parameters& parameters) {
  take(dlib::layer<1>(net), parameters.weights, parameters.biases);
  take(dlib::layer<3>(net), parameters.hidden_weights, parameters.hidden_biases);
}

template <class Problem, class Net> training<Problem> prepare(const Problem& problem, unsigned threads) {
  struct state {
    Net net;
    std::vector<dlib::sgd> solvers = {Net::num_computational_layers,
                                      dlib::sgd(0, 0)};  // No decay, no momentum.
    samples<Problem> batch;
  };
  const auto kept = std::make_shared<state>();
  auto& [net, solvers, batch] = *kept;
  pick(problem, 0, batch);
  net.compute_loss(batch.rows.begin(), batch.rows.end(),
                   batch.labels.begin());  // Layers take their sizes here.
  return [&problem, kept, threads](typename Problem::parameters& parameters) {
    set_blas_threads(threads);
    auto& [net, solvers, batch] = *kept;
    give_all(net, parameters);
    double loss = 0;
    for (std::size_t begin = 0; begin < problem.rows(); begin += problem.batch) {
      pick(problem, begin, batch);
      loss += double(batch.rows.size()) *
              net.compute_parameter_gradients(batch.rows.begin(), batch.rows.end(), batch.labels.begin());
      net.update_parameters(solvers, double(problem.learning_rate));
    }
    take_all(net, parameters);
    return loss / double(problem.rows());
  };
}

using bytes = softmax_regression<std::uint8_t>;
using floats = softmax_regression<float>;
const tunable_entries<bytes> on_bytes{"dlib", prepare<bytes, linear_net<bytes>>};
const tunable_entries<floats> on_floats{"dlib", prepare<floats, linear_net<floats>>};
const tunable_entries<perceptron> hidden_layer{"dlib", prepare<perceptron, perceptron_net>};

}  // namespace
}  // namespace compare
