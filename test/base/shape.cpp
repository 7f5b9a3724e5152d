// SPDX-License-Identifier: BSL-1.0
// Shapes: extents, strides, sets of axes, and NumPy's rule of broadcasting.
#define BOOST_TEST_MODULE tensor_shape
#include "fusegrad/base/shape.hpp"

#include "base/twice.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

namespace {

constexpr bool become(const tensor_shape& a, const tensor_shape& b, const tensor_shape& both) {
  const broadcast_result one = broadcast(a, b), other = broadcast(b, a);
  return one.fits && other.fits && one.extents == both && other.extents == both;
}

constexpr bool clash(const tensor_shape& a, const tensor_shape& b) {
  return !broadcast(a, b).fits && !broadcast(b, a).fits;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_shape_counts_its_elements_in_row_major_order) {
  holds<[] { return tensor_shape{}.elements() == 1 && tensor_shape{}.rank == 0; }>();
  holds<[] { return tensor_shape{2, 3, 4}.elements() == 24; }>();
  holds<[] {
    return tensor_shape{2, 3, 4}.stride(0) == 12 && tensor_shape{2, 3, 4}.stride(1) == 4 &&
           tensor_shape{2, 3, 4}.stride(2) == 1;
  }>();
  holds<[] { return tensor_shape{2, 3, 4}.back() == 4 && tensor_shape{2, 3, 4}[0] == 2; }>();
}

BOOST_AUTO_TEST_CASE(shapes_are_equal_only_with_the_same_rank_and_extents) {
  holds<[] { return tensor_shape{2, 3} == tensor_shape{2, 3}; }>();
  holds<[] { return tensor_shape{2, 3} != tensor_shape{3, 2}; }>();
  holds<[] { return tensor_shape{1} != tensor_shape{}; }>();
}

// The examples of NumPy's user guide, "Broadcasting".
BOOST_AUTO_TEST_CASE(shapes_broadcast_as_numpys_user_guide_shows) {
  holds<[] { return become({256, 256, 3}, {3}, {256, 256, 3}); }>();
  holds<[] { return become({8, 1, 6, 1}, {7, 1, 5}, {8, 7, 6, 5}); }>();
  holds<[] { return become({5, 4}, {1}, {5, 4}); }>();
  holds<[] { return become({5, 4}, {4}, {5, 4}); }>();
  holds<[] { return become({15, 3, 5}, {15, 1, 5}, {15, 3, 5}); }>();
  holds<[] { return become({15, 3, 5}, {3, 5}, {15, 3, 5}); }>();
  holds<[] { return become({15, 3, 5}, {3, 1}, {15, 3, 5}); }>();
  holds<[] { return clash({3}, {4}); }>();
  holds<[] { return clash({2, 1}, {8, 4, 3}); }>();
}

BOOST_AUTO_TEST_CASE(a_scalar_broadcasts_with_everything) {
  holds<[] { return become({}, {}, {}); }>();
  holds<[] { return become({}, {2, 3}, {2, 3}); }>();
  holds<[] { return become({1}, {}, {1}); }>();
  holds<[] { return become({1, 1}, {3}, {1, 3}); }>();
}

BOOST_AUTO_TEST_CASE(a_column_and_a_row_become_a_matrix) {
  holds<[] { return become({3, 1}, {4}, {3, 4}); }>();
}

BOOST_AUTO_TEST_CASE(reduced_axes_are_dropped_or_become_one) {
  holds<[] { return without({2, 3, 4}, 0b010) == tensor_shape{2, 4}; }>();
  holds<[] { return without({2, 3, 4}, 0b111) == tensor_shape{}; }>();
  holds<[] { return without({2, 3, 4}, 0) == tensor_shape{2, 3, 4}; }>();
  holds<[] { return with_ones({2, 3, 4}, 0b101) == tensor_shape{1, 3, 1}; }>();
}

BOOST_AUTO_TEST_CASE(a_set_of_axes_has_one_bit_per_axis) {
  holds<[] { return all_axes({2, 3, 4}) == 0b111 && all_axes({}) == 0; }>();
  holds<[] { return contains(0b100, 2) && !contains(0b100, 1) && !contains(0b100, 0); }>();
  holds<[] { return elements_along({2, 3, 4}, 0b101) == 8 && elements_along({2, 3, 4}, 0) == 1; }>();
}
