// SPDX-License-Identifier: BSL-1.0
// Matrix products and inner products: values, shapes, gradients, problems and printed form.
#define BOOST_TEST_MODULE contract
#include "fusegrad/op/contract.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(a_matrix_is_multiplied_by_a_vector_from_either_side) {
  holds<[] {
    worked on;
    const ref w = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), x = on.vector({1, 0, 2}), y = on.vector({1, 10});
    return on.value(w * x) == numbers{7, 16} && on.value(y * w) == numbers{41, 52, 63} && !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(two_matrices_are_multiplied) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), b = on.tensor({3, 2}, {1, 0, 0, 1, 1, 1});
    const ref product = a * b;
    return product.extents() == tensor_shape{2, 2} && on.value(product) == numbers{4, 5, 10, 11} &&
           same(matmul(a, b), product);
  }>();
}

BOOST_AUTO_TEST_CASE(two_vectors_have_an_inner_product) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2, 3}), b = on.vector({4, 5, 6});
    return dot(a, b).rank() == 0 && on.value(dot(a, b)) == numbers{32} &&
           on.value(a * b) == numbers{4, 10, 18};
  }>();
}

BOOST_AUTO_TEST_CASE(letters_spell_any_other_contraction) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2}), b = on.vector({3, 4, 5}), m = on.tensor({2, 2}, {1, 2, 3, 4});
    const ref outer = contract(a, letters("i"), b, letters("j"), letters("ij"));
    const ref both = contract(m, letters("ij"), m, letters("ij"), letters(""));
    const ref by_column = contract(m, letters("ij"), m, letters("ij"), letters("j"));
    return on.value(outer) == numbers{3, 4, 5, 6, 8, 10} && on.value(both) == numbers{30} &&
           on.value(by_column) == numbers{10, 20};
  }>();
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_product_is_an_outer_product_and_a_transposed_product) {
  holds<[] {
    worked on;
    const ref w = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), x = on.vector({1, 0, 2}), y = on.vector({1, 10});
    const ref loss = sum(y * (w * x));
    return on.gradient(loss, w) == numbers{1, 0, 2, 10, 0, 20} && on.gradient(loss, x) == numbers{41, 52, 63};
  }>();
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 2}, {1, 2, 3, 4}), b = on.tensor({2, 2}, {5, 6, 7, 8});
    return on.gradient(sum(a * b), a) == numbers{11, 15, 11, 15} &&
           on.gradient(sum(a * b), b) == numbers{4, 4, 6, 6};
  }>();
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2});
    return on.gradient(dot(a, a), a) == numbers{2, 4};
  }>();
}

BOOST_AUTO_TEST_CASE(inner_extents_that_differ_are_reported_with_both_shapes) {
  holds<[] {
    worked on;
    (void)(on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}) * on.vector({1, 2}));
    return on.trouble() == problem_kind::product_extents_differ &&
           on.in().trouble().left == tensor_shape{2, 3} && on.in().trouble().right == tensor_shape{2};
  }>();
  holds<[] {
    worked on;
    (void)dot(on.vector({1, 2, 3}), on.vector({1, 2}));
    return on.trouble() == problem_kind::product_extents_differ;
  }>();
}

BOOST_AUTO_TEST_CASE(a_matrix_product_of_two_vectors_or_of_three_axes_is_reported) {
  holds<[] {
    worked on;
    (void)matmul(on.vector({1, 2}), on.vector({1, 2}));
    return on.trouble() == problem_kind::product_of_these_ranks;
  }>();
  holds<[] {
    worked on;
    (void)(on.tensor({2, 2}, {1, 2, 3, 4}) * on.tensor({2, 1, 1}, {1, 2}));
    return on.trouble() == problem_kind::product_of_these_ranks;
  }>();
}

BOOST_AUTO_TEST_CASE(matrices_in_the_last_two_axes_are_multiplied_batch_by_batch) {
  holds<[] {
    worked on;
    const ref c = on.tensor({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), m = on.tensor({2, 2}, {1, 10, 100, 1000});
    return on.value(matmul(c, m)) == numbers{201, 2010, 403, 4030, 605, 6050, 807, 8070} &&
           on.value(matmul(m, c)) == numbers{31, 42, 3100, 4200, 75, 86, 7500, 8600} &&
           on.value(matmul(c, c)) == numbers{7, 10, 15, 22, 67, 78, 91, 106} &&
           on.value(batched_product(c, m, true)) == numbers{21, 2100, 43, 4300, 65, 6500, 87, 8700};
  }>();
}

BOOST_AUTO_TEST_CASE(leading_axes_of_a_product_broadcast) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 1, 1, 2}, {1, 2, 3, 4}), b = on.tensor({3, 2, 1}, {1, 10, 2, 20, 3, 30});
    return matmul(a, b).extents() == tensor_shape{2, 3, 1, 1} &&
           on.value(matmul(a, b)) == numbers{21, 42, 63, 43, 86, 129} &&
           on.gradient(sum(matmul(a, b)), a) == numbers{6, 60, 6, 60} &&
           on.gradient(sum(matmul(a, b)), b) == numbers{4, 6, 4, 6, 4, 6};
  }>();
}

BOOST_AUTO_TEST_CASE(a_vector_takes_part_in_every_product_of_a_batch) {
  holds<[] {
    worked on;
    const ref c = on.tensor({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), v = on.vector({1, 10});
    return on.value(matmul(c, v)) == numbers{21, 43, 65, 87} &&
           on.value(matmul(v, c)) == numbers{31, 42, 75, 86};
  }>();
}

BOOST_AUTO_TEST_CASE(batches_that_do_not_fit_are_reported) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 1, 2}, {1, 2, 3, 4}), b = on.tensor({3, 2, 1}, {1, 10, 2, 20, 3, 30});
    (void)matmul(a, b);
    return on.trouble() == problem_kind::shapes_do_not_broadcast;
  }>();
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 1, 2}, {1, 2, 3, 4});
    (void)matmul(a, a);
    return on.trouble() == problem_kind::product_extents_differ;
  }>();
}

BOOST_AUTO_TEST_CASE(a_comparison_is_no_factor) {
  holds<[] {
    worked on;
    const ref m = on.tensor({2, 2}, {1, 2, 3, 4});
    (void)(m * (m > 0));
    return on.trouble() == problem_kind::condition_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(products_print_as_they_are_written) {
  holds<[] {
    worked on;
    const ref w = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), x = on.vector({1, 0, 2}), y = on.vector({1, 10});
    return on.prints(w * x + y, "a * b + c") && on.prints(y * w, "c * a") &&
           on.prints(w * (x + x), "a * (b + b)") && on.prints(dot(x, x), "dot(b, b)");
  }>();
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2}), m = on.tensor({2, 2}, {1, 2, 3, 4});
    return on.prints(contract(a, letters("i"), a, letters("j"), letters("ij")), "outer(a, a)") &&
           on.prints(contract(m, letters("ji"), a, letters("j"), letters("i")), "transpose(b) * a");
  }>();
}
