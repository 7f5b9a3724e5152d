// SPDX-License-Identifier: BSL-1.0
// The robust pairs in libtorch: the formula as written, operation by operation, and its gradient.

#include "../peer.hpp"
#include "../problems.hpp"
#include "blas_threads.hpp"

#include <torch/torch.h>

#include <cstdint>
#include <span>

namespace compare {
namespace {

using torch::Tensor;

// A tensor on memory of another, as libtorch takes it: without const.
Tensor view(std::span<const float> data) {
  return torch::from_blob(const_cast<float*>(data.data()), {std::int64_t(data.size())}, torch::kFloat);
}

training<robust_pairs> prepare(const robust_pairs& problem, unsigned threads) {
  const Tensor predictions = view(problem.predictions).requires_grad_();
  const Tensor targets = view(problem.targets);
  return [=](robust_pairs::parameters& parameters) {
    torch::set_num_threads(int(threads));
    set_blas_threads(threads);
    const Tensor error = predictions - targets;
    const Tensor loss =
        (error.cosh().log() + (error.square() / double(robust_pairs::freedom)).log1p()).mean();
    // What stands there as the gradient is added to, so that libtorch needs no memory of its own for it.
    predictions.mutable_grad() = view({parameters.gradient.data(), parameters.gradient.size()}).zero_();
    loss.backward();
    return double(loss.item<float>());
  };
}

const tunable_entries<robust_pairs> pairs{"libtorch", prepare};

}  // namespace
}  // namespace compare
