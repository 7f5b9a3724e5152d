// SPDX-License-Identifier: BSL-1.0
// Einsum and outer products against plain sums: letters, values, gradients, problems, kernels.
#define BOOST_TEST_MODULE einsum
#include "fusegrad/op/einsum.hpp"

#include "fusegrad/fusegrad.hpp"
#include "op/worked.hpp"
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using summation::parse_einsum;
using namespace fusegrad::test;

namespace {

constexpr ref a23(worked& on) { return on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}); }
constexpr ref b32(worked& on) { return on.tensor({3, 2}, {7, 8, 9, 10, 11, 12}); }
constexpr ref cube(worked& on) { return on.tensor({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}); }

}  // namespace

BOOST_AUTO_TEST_CASE(letters_are_read) {
  static_assert(parse_einsum("ij,jk->ik").count == 2);
  static_assert(parse_einsum("ij,jk->ik").operands[1] == letters("bc"));
  static_assert(parse_einsum("ij,jk->ik").result == letters("ac"));
  static_assert(parse_einsum(" iJ , Jk -> ik ").operands[1] == letters("bc"));
  static_assert(parse_einsum("ba").result == letters("ba"),
                "implied: ab, which are the second and the first");
  static_assert(parse_einsum("ij,j").result == letters("a"));
  static_assert(parse_einsum(",->").count == 2);
  for (std::string_view wrong : {"i1->i", "i-j", "i->j->k", "i->j,k", "abcdefg->a", "...i->i"})
    BOOST_TEST(!parse_einsum(wrong).well_formed, wrong);
}

BOOST_AUTO_TEST_CASE(one_operand_is_transposed_summed_or_read_along_its_diagonal) {
  holds<[] {
    worked on;
    const ref a = a23(on), m = on.tensor({2, 2}, {1, 2, 3, 4});
    return on.value(einsum<"ij->ji">(a)) == numbers{1, 4, 2, 5, 3, 6} &&
           on.value(einsum<"ij->i">(a)) == numbers{6, 15} && on.value(einsum<"ij->">(a)) == numbers{21} &&
           on.value(einsum<"ii->i">(m)) == numbers{1, 4} && on.value(einsum<"ii">(m)) == numbers{5} &&
           same(einsum<"ij->ij">(a), a);
  }>();
  holds<[] {
    worked on;
    const ref c = cube(on);
    return on.value(einsum<"iij->j">(c)) == numbers{8, 10} &&
           on.value(einsum<"iji->ij">(c)) == numbers{1, 3, 6, 8} &&
           on.value(einsum<"iii->i">(c)) == numbers{1, 8};
  }>();
}

BOOST_AUTO_TEST_CASE(two_operands_are_multiplied_and_summed) {
  holds<[] {
    worked on;
    const ref a = a23(on), b = b32(on), v = on.vector({1, 10, 100});
    return on.value(einsum<"ij,jk->ik">(a, b)) == numbers{58, 64, 139, 154} &&
           on.value(einsum<"ij,jk->ki">(a, b)) == numbers{58, 139, 64, 154} &&
           on.value(einsum<"ij,ji->">(a, b)) == numbers{212} &&
           on.value(einsum<"ij,j->i">(a, v)) == numbers{321, 654} &&
           on.value(einsum<"ij,j->ij">(a, v)) == numbers{1, 20, 300, 4, 50, 600} &&
           on.value(einsum<"j,ij->ji">(v, a)) == numbers{1, 4, 20, 50, 300, 600} &&
           on.value(einsum<"ij,kj->">(a, a)) == numbers{25 + 49 + 81} &&
           on.value(einsum<"ij,kl->il">(a, b)) == numbers{162, 180, 405, 450};
  }>();
}

BOOST_AUTO_TEST_CASE(batches_keep_their_letter) {
  holds<[] {
    worked on;
    const ref c = cube(on), a = on.tensor({2, 2}, {1, 10, 100, 1000});
    return on.value(einsum<"kij,kj->ki">(c, a)) == numbers{21, 43, 6500, 8700} &&
           on.value(einsum<"kij,kj->ik">(c, a)) == numbers{21, 6500, 43, 8700} &&
           on.value(einsum<"kij,ki->kij">(c, a)) == numbers{1, 2, 30, 40, 500, 600, 7000, 8000};
  }>();
}

BOOST_AUTO_TEST_CASE(a_scalar_scales) {
  holds<[] {
    worked on;
    const ref s = on.number(3), v = on.vector({1, 2});
    return on.value(einsum<",i->i">(s, v)) == numbers{3, 6} && on.value(einsum<"i,->">(v, s)) == numbers{9};
  }>();
}

BOOST_AUTO_TEST_CASE(three_operands_are_multiplied_from_left_to_right) {
  holds<[] {
    worked on;
    const ref a = a23(on), b = b32(on), v = on.vector({1, 10});
    return on.value(einsum<"ij,jk,k->i">(a, b, v)) == numbers{698, 1679} &&
           on.value(einsum<"i,ij,jk">(v, a, b)) == numbers{1448, 1604};
  }>();
}

BOOST_AUTO_TEST_CASE(gradients_are_einsums_too) {
  holds<[] {
    worked on;
    const ref c = cube(on), a = on.tensor({2, 2}, {1, 10, 100, 1000});
    const ref loss = sum(einsum<"kij,kj->ki">(c, a));
    return on.gradient(loss, c) == numbers{1, 10, 1, 10, 100, 1000, 100, 1000} &&
           on.gradient(loss, a) == numbers{4, 6, 12, 14} &&
           on.gradient(einsum<"ii->">(a), a) == numbers{1, 0, 0, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(wrong_letters_are_reported) {
  const auto trouble = [](auto build) {
    worked on;
    (void)build(on);
    return on.trouble();
  };
  using enum problem_kind;
  BOOST_TEST(
      (trouble([](worked& on) { return einsum<"i,j->ij">(a23(on), b32(on)); }) == einsum_letters_and_axes));
  BOOST_TEST(
      (trouble([](worked& on) { return einsum<"ij,ij->ij">(a23(on), b32(on)); }) == einsum_two_extents));
  BOOST_TEST((trouble([](worked& on) { return einsum<"ii->i">(a23(on)); }) == einsum_two_extents));
  BOOST_TEST((trouble([](worked& on) { return einsum<"ij->k">(a23(on)); }) == einsum_result_letter));
  BOOST_TEST((trouble([](worked& on) { return einsum<"ij->ii">(a23(on)); }) == einsum_result_letter));
  BOOST_TEST((trouble([](worked& on) { return einsum<"ij->i">(a23(on) > 1); }) == condition_is_no_number));
  BOOST_TEST(
      (trouble([](worked& on) { return einsum<"abc,ade,bdf->cef">(cube(on), cube(on), cube(on)); }) == none));
  BOOST_TEST((trouble([](worked& on) { return einsum<"abc,def->abcdef">(cube(on), cube(on)); }) == none));
  BOOST_TEST((trouble([](worked& on) {
                return einsum<"abcg,defg->abcdef">(reshape<2, 2, 2, 1>(cube(on)),
                                                   reshape<2, 2, 2, 1>(cube(on)));
              }) == rank_too_large));
}

BOOST_AUTO_TEST_CASE(every_element_meets_every_other) {
  holds<[] {
    worked on;
    const ref u = on.vector({1, 2}), v = on.vector({3, 4, 5});
    return on.value(outer(u, v)) == numbers{3, 4, 5, 6, 8, 10} && on.prints(outer(u, v), "outer(a, b)") &&
           outer(outer(u, v), u).extents() == tensor_shape{2, 3, 2} &&
           on.value(outer(u, on.number(2))) == numbers{2, 4};
  }>();
  holds<[] {
    worked on;
    const ref c = cube(on);
    (void)outer(outer(c, c), c);
    return on.trouble() == problem_kind::rank_too_large;
  }>();
}

BOOST_AUTO_TEST_CASE(general_products_print_their_letters) {
  holds<[] {
    worked on;
    const ref c = cube(on), a = on.tensor({2, 2}, {1, 2, 3, 4});
    return on.prints(einsum<"kij,kj->ki">(c, a), "einsum<\"abc,ac->ab\">(a, b)");
  }>();
}

BOOST_AUTO_TEST_CASE(the_kernels_equal_the_interpreter) {
  constexpr auto x = input<"x", 3, 4>;
  constexpr auto W = param<"W", 3, 4>;
  constexpr auto T = param<"T", 2, 3, 4>;
  gradient_agrees("rows of two matrices", sum(square(einsum<"ij,ij->i">(W, x))));
  rows_agree("its gradient by the input", grad(sum(square(einsum<"ij,ij->i">(W, x))), x));
  gradient_agrees("a tensor and a matrix", sum(tanh(einsum<"kij,ij->ki">(T, x) / constant<8>)));
  gradient_agrees("the diagonal", einsum<"ii->">(transpose(W) * x) / constant<8>);
  gradient_agrees("outer", sum(tanh(outer(param<"u", 3>, input<"v", 4>))));
}
