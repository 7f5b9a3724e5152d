// SPDX-License-Identifier: BSL-1.0
// Rows of tables that labels name, value and gradient: from a hundred classes to a hundred thousand, beside the
// product with a vector that is 1 at the class and given as data, which looks at all rows.
#include "scaling.hpp"

#include <algorithm>

namespace {

using namespace fusegrad;

constexpr int width = 32;
constexpr std::size_t rows = 1 << 14;

/// A class for each row, in no visible order.
std::vector<int> labels_of(int classes) {
  std::vector<int> result;
  for (const float each : bench::scattered(rows))
    result.push_back(std::min(classes - 1, int((each + 1) / 2 * float(classes))));
  return result;
}

/// Enters a loss on one thread; its value.
template <class Loss, class Data> double add_table(const char* who, int classes, Loss loss, Data data) {
  constexpr Loss formula{};
  auto model = std::make_shared<decltype(initialise<formula>(1))>(initialise<formula>(1));
  const std::vector<float> numbers = bench::scattered(model->size());
  std::copy(numbers.begin(), numbers.end(), model->data());
  const auto given = std::make_shared<Data>(std::move(data));
  bench::add_step(std::to_string(classes) + " classes", who, 1, {.elements = double(rows)}, loss, model,
                  given);
  return value_and_grad(loss, *model, *given).value;
}

template <int Classes, bool Product> void add_classes() {
  constexpr auto y = label<"y", Classes>;
  constexpr auto x = input<"x", Classes>;
  constexpr auto T = param<"T", Classes, width>;
  const std::vector<int> labels = labels_of(Classes);
  const double value = add_table("a row that a label names", Classes, sum(square(embedding(T, y))),
                                 dataset(y = std::vector<int>(labels)));
  if constexpr (Product) {
    std::vector<float> vectors(rows * Classes);
    for (std::size_t i = 0; i < rows; ++i) vectors[i * Classes + std::size_t(labels[i])] = 1;
    const double same =
        add_table("product with its vector", Classes, sum(square(x * T)), dataset(x = std::move(vectors)));
    bench::require_equal("the product", same, value, 1e-5);
  }
}

}  // namespace

int main(int argc, char** argv) {
  add_classes<100, true>();
  add_classes<1000, true>();
  add_classes<100000, false>();
  return bench::run(argc, argv,
                    "Rows of tables of width 32, value and gradient (an element is a row of the data)");
}
