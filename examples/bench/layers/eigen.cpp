// SPDX-License-Identifier: BSL-1.0
// The layers without convolutions in Eigen.
#include "eigen.hpp"

#include <array>
#include <cmath>

namespace bench::layers {
namespace {

struct dense_layer {
  matrix x, W, results, by_W;
  row_vector b, by_b;

  explicit dense_layer(const problem& from)
      : x(matrix_of(from.inputs, dense::rows, dense::inputs)),
        W(matrix_of(from.parameters[0], dense::outputs, dense::inputs)),
        b(vector_of(from.parameters[1])) {}

  double run() {
    results.noalias() = x * W.transpose();
    results = (results.rowwise() + b).cwiseMax(0.0F);
    by_W.noalias() = results.transpose() * x;
    by_W /= float(dense::rows);
    by_b = results.colwise().mean();
    return 0.5 * double(results.squaredNorm()) / double(dense::rows);
  }

  std::vector<float> gradient() const { return joined_parts(by_W, by_b); }
};

struct normalised_layer {
  matrix x, normal, results, adjoint;
  row_vector shift, gain, bias, by_shift, by_gain, by_bias;
  Eigen::VectorXf scale, sums, products;

  explicit normalised_layer(const problem& from)
      : x(matrix_of(from.inputs, normalisation::rows, normalisation::width)),
        shift(vector_of(from.parameters[0])),
        gain(vector_of(from.parameters[1])),
        bias(vector_of(from.parameters[2])) {}

  double run() {
    constexpr auto rows = float(normalisation::rows), width = float(normalisation::width);
    normal = x.rowwise() + shift;
    sums = normal.rowwise().mean();
    normal.colwise() -= sums;
    scale = (normal.rowwise().squaredNorm() / width).array() + float(normalisation::epsilon);
    scale = scale.array().rsqrt();
    normal.array().colwise() *= scale.array();
    results = (normal.array().rowwise() * gain.array()).rowwise() + bias.array();
    by_bias = results.colwise().mean();
    by_gain = results.cwiseProduct(normal).colwise().mean();
    adjoint = results.array().rowwise() * gain.array();
    sums = adjoint.rowwise().mean();
    products = adjoint.cwiseProduct(normal).rowwise().sum() / width;
    adjoint = adjoint - (normal.array().colwise() * products.array()).matrix();
    adjoint.colwise() -= sums;
    by_shift = (adjoint.array().colwise() * scale.array()).colwise().sum() / rows;
    return 0.5 * double(results.squaredNorm()) / double(rows);
  }

  std::vector<float> gradient() const { return joined_parts(by_shift, by_gain, by_bias); }
};

/// Products with weights are those of all sequences at once.
struct attention_layer {
  static constexpr Eigen::Index tokens = attention::tokens, width = attention::width, rows = attention::rows;
  matrix x, Q, K, V, q, k, v, by_q, by_k, by_v, by_Q, by_K, by_V, result;
  Eigen::Matrix<float, tokens, tokens, Eigen::RowMajor> share, by_share;

  explicit attention_layer(const problem& from)
      : x(matrix_of(from.inputs, attention::rows * tokens, width)),
        Q(matrix_of(from.parameters[0], width, width)),
        K(matrix_of(from.parameters[1], width, width)),
        V(matrix_of(from.parameters[2], width, width)),
        by_q(rows * tokens, width),
        by_k(rows * tokens, width),
        by_v(rows * tokens, width) {}

  double run() {
    const float scale = 1 / std::sqrt(float(width));
    q.noalias() = x * Q;
    k.noalias() = x * K;
    v.noalias() = x * V;
    double loss = 0;
    for (Eigen::Index first = 0; first < rows * tokens; first += tokens) {
      const auto of = [&](auto& all) { return all.template middleRows<tokens>(first); };
      share.noalias() = of(q) * of(k).transpose();
      share = (scale * (share.colwise() - share.rowwise().maxCoeff().eval())).array().exp();
      share.array().colwise() /= share.rowwise().sum().eval().array();
      result.noalias() = share * of(v);
      loss += 0.5 * double(result.squaredNorm());
      of(by_v).noalias() = share.transpose() * result;
      by_share.noalias() = result * of(v).transpose();
      by_share.colwise() -= by_share.cwiseProduct(share).rowwise().sum().eval();
      by_share = scale * by_share.cwiseProduct(share);
      of(by_q).noalias() = by_share * of(k);
      of(by_k).noalias() = by_share.transpose() * of(q);
    }
    by_Q.noalias() = x.transpose() * by_q / float(rows);
    by_K.noalias() = x.transpose() * by_k / float(rows);
    by_V.noalias() = x.transpose() * by_v / float(rows);
    return loss / double(rows);
  }

  std::vector<float> gradient() const { return joined_parts(by_Q, by_K, by_V); }
};

/// For each cluster, matrices of all rows.
struct mixture_layer {
  static constexpr Eigen::Index rows = mixture::rows, width = mixture::width, clusters = mixture::clusters;
  using points = Eigen::Matrix<float, Eigen::Dynamic, width>;
  using square = Eigen::Matrix<float, width, width, Eigen::RowMajor>;
  struct cluster {
    Eigen::RowVector<float, width> mean, by_mean;
    square factor = square::Zero(), by_factor;
    points centred, z;
  };
  points x;
  Eigen::RowVector<float, clusters> shares, by_shares;
  std::array<cluster, std::size_t(clusters)> all;
  Eigen::Matrix<float, Eigen::Dynamic, clusters> density;
  Eigen::VectorXf greatest, total;

  explicit mixture_layer(const problem& from)
      : x(matrix_of(from.inputs, mixture::rows, mixture::width)), shares(vector_of(from.parameters[0])) {
    for (std::size_t k = 0; k < all.size(); ++k) {
      all[k].mean = vector_of(from.parameters[1 + k]);
      const float* packed = from.parameters[1 + all.size() + k].data();
      for (Eigen::Index i = 0; i < width; ++i)
        for (Eigen::Index j = 0; j <= i; ++j) all[k].factor(i, j) = *packed++;
    }
    density.resize(rows, clusters);
  }

  double run() {
    const Eigen::RowVector<float, clusters> weights =
        (shares.array() - shares.maxCoeff()).exp() / (shares.array() - shares.maxCoeff()).exp().sum();
    for (Eigen::Index k = 0; k < clusters; ++k) {
      cluster& each = all[std::size_t(k)];
      each.centred = x.rowwise() - each.mean;
      each.z.noalias() = each.centred * each.factor.transpose();
      density.col(k) = (std::log(weights[k]) + each.factor.diagonal().array().abs().log().sum()) -
                       0.5F * each.z.rowwise().squaredNorm().array();
    }
    greatest = density.rowwise().maxCoeff();
    density = (density.colwise() - greatest).array().exp();
    total = density.rowwise().sum();
    density.array().colwise() /= total.array();
    for (Eigen::Index k = 0; k < clusters; ++k) by_cluster(all[std::size_t(k)], k);
    by_shares = weights - density.colwise().mean();
    return -double(greatest.sum() + total.array().log().sum()) / double(rows);
  }

  void by_cluster(cluster& each, Eigen::Index k) {
    each.z.array().colwise() *= density.col(k).array();
    each.by_factor.noalias() = each.z.transpose() * each.centred;
    each.by_factor.diagonal().array() -= density.col(k).sum() / each.factor.diagonal().array();
    each.by_factor /= float(rows);
    each.by_mean = -(each.z.colwise().mean() * each.factor);
  }

  std::vector<float> gradient() const {
    std::vector<float> result = joined_parts(by_shares);
    for (const cluster& each : all) result.insert(result.end(), each.by_mean.begin(), each.by_mean.end());
    for (const cluster& each : all)
      for (Eigen::Index i = 0; i < width; ++i)
        for (Eigen::Index j = 0; j <= i; ++j) result.push_back(each.by_factor(i, j));
    return result;
  }
};

const entry of_dense{dense::numbers, "Eigen", of_matrices<dense_layer>};
const entry of_normalisation{normalisation::numbers, "Eigen", of_matrices<normalised_layer>};
const entry of_attention{attention::numbers, "Eigen", of_matrices<attention_layer>};
const entry of_mixture{mixture::numbers, "Eigen", of_matrices<mixture_layer>};

}  // namespace
}  // namespace bench::layers
