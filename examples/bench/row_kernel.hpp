// SPDX-License-Identifier: BSL-1.0
// The kernel of a formula by itself: the value of each row, written to memory that is there already. What
// users call makes a vector for the results, which takes longer than some of the operations.
#pragma once

#include "fusegrad/fusegrad.hpp"

#include <memory>
#include <vector>

namespace bench {

template <class Formula, class Real, class Data> class row_kernel {
 public:
  explicit row_kernel(Data data) : data_(std::move(data)), results_(data_.rows()) {}
  row_kernel(const row_kernel&) = delete;
  row_kernel& operator=(const row_kernel&) = delete;

  const std::vector<Real>& operator()() {
    Real* const outputs[] = {results_.data()};
    const fusegrad::bound_symbols<program> bound(fusegrad::whole(data_), fusegrad::no_parameters{});
    (void)kernel_.run(bound.step({nullptr, 0, data_.rows()}, outputs));
    return results_;
  }

 private:
  using program = fusegrad::program<Formula, fusegrad::goal::rows, Real, fusegrad::native_arch>;
  Data data_;
  std::vector<Real> results_;
  fusegrad::executor<Real> kernel_{fusegrad::kernel<program>::table};
};

template <class Real, class Formula, class Data> auto make_row_kernel(Formula, Data data) {
  return std::make_shared<row_kernel<Formula, Real, Data>>(std::move(data));
}

}  // namespace bench
