// SPDX-License-Identifier: BSL-1.0
// The layers in libtorch: its functions, and its own derivatives.
#include "problems.hpp"

#include "../../compare/peers/blas_threads.hpp"

#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <memory>

namespace bench::layers {
namespace {

using torch::Tensor;
using sizes = std::vector<std::int64_t>;

Tensor view(const std::vector<float>& values, const sizes& extents) {
  return torch::from_blob(const_cast<float*>(values.data()), extents, torch::kFloat);
}

/// `loss_of(inputs, parameters)` is the sum of the losses of all rows.
template <class Loss>
implementation of_tensors(const problem& from, Tensor inputs, const std::vector<sizes>& extents,
                          Loss loss_of) {
  torch::set_num_threads(1);
  compare::set_blas_threads(1);
  struct state {
    Tensor inputs;
    std::vector<Tensor> parameters, gradient;
  };
  const auto kept = std::make_shared<state>();
  kept->inputs = std::move(inputs);
  for (std::size_t k = 0; k < extents.size(); ++k)
    kept->parameters.push_back(view(from.parameters[k], extents[k]).clone().set_requires_grad(true));
  const auto run = [=, rows = double(from.rows)] {
    const Tensor loss = loss_of(kept->inputs, kept->parameters) / rows;
    kept->gradient = torch::autograd::grad({loss}, kept->parameters);
    return double(loss.item<float>());
  };
  const auto gradient = [=] {
    std::vector<float> all;
    for (const Tensor& each : kept->gradient) {
      const Tensor dense = each.contiguous();
      all.insert(all.end(), dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel());
    }
    return all;
  };
  return {run, gradient};
}

Tensor half_squares(const Tensor& values) { return values.square().sum() / 2; }

implementation dense_layer(const problem& from) {
  using namespace dense;
  return of_tensors(from, view(from.inputs, {rows, inputs}), {{outputs, inputs}, {outputs}},
                    [](const Tensor& x, const std::vector<Tensor>& p) {
                      return half_squares(torch::relu(torch::linear(x, p[0], p[1])));
                    });
}

implementation convolution_layer(const problem& from) {
  using namespace convolution;
  return of_tensors(from, view(from.inputs, {rows, 1, side, side}),
                    {{channels, 1, kernel, kernel}, {channels}},
                    [](const Tensor& x, const std::vector<Tensor>& p) {
                      return half_squares(torch::relu(torch::conv2d(x, p[0], p[1], 1, padding)));
                    });
}

implementation two_convolution_layers(const problem& from) {
  using namespace two_convolutions;
  return of_tensors(
      from, view(from.inputs, {rows, 1, side, side}),
      {{channels, 1, kernel, kernel}, {channels}, {next_channels, channels, kernel, kernel}, {next_channels}},
      [](const Tensor& x, const std::vector<Tensor>& p) {
        const Tensor first = torch::avg_pool2d(torch::relu(torch::conv2d(x, p[0], p[1], 1, padding)), 2);
        return half_squares(torch::relu(torch::conv2d(first, p[2], p[3])));
      });
}

implementation normalised_layer(const problem& from) {
  using namespace normalisation;
  return of_tensors(from, view(from.inputs, {rows, width}), {{width}, {width}, {width}},
                    [](const Tensor& x, const std::vector<Tensor>& p) {
                      return half_squares(torch::layer_norm(x + p[0], {width}, p[1], p[2], epsilon));
                    });
}

implementation attention_layer(const problem& from) {
  using namespace attention;
  return of_tensors(from, view(from.inputs, {rows, tokens, width}),
                    {{width, width}, {width, width}, {width, width}},
                    [](const Tensor& x, const std::vector<Tensor>& p) {
                      const Tensor q = x.matmul(p[0]), k = x.matmul(p[1]), v = x.matmul(p[2]);
                      const Tensor scores = q.matmul(k.transpose(1, 2)) / std::sqrt(double(width));
                      return half_squares(scores.softmax(-1).matmul(v));
                    });
}

/// All clusters at once: means [clusters][width], factors [clusters][width][width].
implementation mixture_layer(const problem& from) {
  using namespace mixture;
  std::vector<sizes> extents{{clusters}};
  extents.resize(1 + clusters, {width});
  extents.resize(1 + 2 * clusters, {packed});
  const Tensor triangle = torch::tril_indices(width, width);
  const Tensor places = triangle[0] * std::int64_t(width) + triangle[1];
  return of_tensors(
      from, view(from.inputs, {rows, width}), extents, [=](const Tensor& x, const std::vector<Tensor>& p) {
        const auto after = p.begin() + 1 + clusters;
        const Tensor means = torch::stack(std::vector<Tensor>(p.begin() + 1, after));
        const Tensor factors = torch::stack(std::vector<Tensor>(after, p.end()));
        const Tensor full = torch::zeros({clusters, width * width})
                                .index_copy(1, places, factors)
                                .view({clusters, width, width});
        const Tensor z = torch::matmul(x.unsqueeze(0) - means.unsqueeze(1), full.transpose(1, 2));
        const Tensor determinants = full.diagonal(0, 1, 2).abs().log().sum(1);
        const Tensor densities = determinants.unsqueeze(1) - z.square().sum(2) / 2;
        return -torch::logsumexp(p[0].log_softmax(0).unsqueeze(1) + densities, 0).sum();
      });
}

const entry of_dense{dense::numbers, "libtorch", dense_layer};
const entry of_convolution{convolution::numbers, "libtorch", convolution_layer};
const entry of_two{two_convolutions::numbers, "libtorch", two_convolution_layers};
const entry of_normalisation{normalisation::numbers, "libtorch", normalised_layer};
const entry of_attention{attention::numbers, "libtorch", attention_layer};
const entry of_mixture{mixture::numbers, "libtorch", mixture_layer};

}  // namespace
}  // namespace bench::layers
