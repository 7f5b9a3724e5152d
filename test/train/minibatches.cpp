// SPDX-License-Identifier: BSL-1.0
// Minibatches: every row once per epoch, in an order that the seed decides.
#define BOOST_TEST_MODULE minibatches
#include "fusegrad/train/minibatches.hpp"

#include "data/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x">;
constexpr std::size_t count = 103;

const auto data = dataset(x = std::vector<float>(count));

using indices = std::vector<std::size_t>;
using sizes = std::vector<std::size_t>;

/// The rows of all batches, one after the other, and how many each batch had.
struct walk {
  indices rows;
  sizes batches;
};
walk walk_through(const auto& batches) {
  walk result;
  for (const auto each : batches) {
    BOOST_TEST(each.data->rows() == count);
    result.batches.push_back(each.rows.count);
    for (std::size_t i = 0; i < each.rows.count; ++i) result.rows.push_back(each.rows[i]);
  }
  return result;
}

indices sorted(indices rows) {
  std::ranges::sort(rows);
  return rows;
}
indices in_order() {
  indices rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t(0));
  return rows;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_row_is_in_exactly_one_batch_of_any_size) {
  for (std::size_t size :
       {std::size_t(1), std::size_t(3), std::size_t(7), std::size_t(16), std::size_t(102), count,
        std::size_t(104), std::size_t(100'000), std::numeric_limits<std::size_t>::max()}) {
    const auto batches = minibatches(data, size, 5);
    const walk found = walk_through(batches);
    BOOST_TEST(sorted(found.rows) == in_order(), boost::test_tools::per_element());
    BOOST_TEST(found.batches.size() == batches.size());
    BOOST_TEST(found.batches.size() == (count - 1) / size + 1);
    for (std::size_t i = 0; i + 1 < found.batches.size(); ++i) BOOST_TEST(found.batches[i] == size);
  }
}

BOOST_AUTO_TEST_CASE(the_order_is_that_of_the_seed) {
  const indices first = walk_through(minibatches(data, 10, 5)).rows;
  BOOST_TEST((walk_through(minibatches(data, 10, 5)).rows == first));
  BOOST_TEST((walk_through(minibatches(data, 25, 5)).rows == first));
  BOOST_TEST((walk_through(minibatches(data, 10, 6)).rows != first));
  BOOST_TEST((first != in_order()));
  const std::vector<std::uint32_t> drawn = permutation(count, 5);
  BOOST_TEST((first == indices(drawn.begin(), drawn.end())));
}

BOOST_AUTO_TEST_CASE(without_a_seed_rows_come_as_they_are_stored) {
  BOOST_TEST(walk_through(minibatches(data, 10)).rows == in_order(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_rows_can_be_one_batch) {
  const auto all = whole(data);
  BOOST_TEST(all.rows.count == count);
  BOOST_TEST(all.rows[0] == 0u);
  BOOST_TEST(all.rows[102] == 102u);
}

BOOST_AUTO_TEST_CASE(batches_keep_a_dataset_alive_that_is_gone) {
  const auto batches = minibatches(dataset(x = std::vector<float>{4, 5, 6}), 2);
  std::vector<float> seen;
  for (const auto each : batches)
    for (std::size_t i = 0; i < each.rows.count; ++i)
      seen.push_back(static_cast<const float*>((*each.data)[x].view().data)[each.rows[i]]);
  BOOST_TEST(seen == (std::vector<float>{4, 5, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(batches_of_no_rows_are_refused) {
  const std::string sentence = "minibatches(data, batch_size): expected a batch size of at least 1, found 0";
  BOOST_TEST(message_of<data_error>([] { (void)minibatches(data, 0, 1); }) == sentence);
  BOOST_TEST(message_of<data_error>([] { (void)minibatches(data, 0); }) == sentence);
}
