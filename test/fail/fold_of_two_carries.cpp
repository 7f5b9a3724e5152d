// SPDX-License-Identifier: BSL-1.0
// expect: fold and scan: the body returns the next value of every carry, several as a std::tuple
// expect: fold_of_two_carries.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto a = param<"a">;
constexpr auto b = param<"b">;

#ifdef POSITIVE_TWIN
constexpr auto right = fold<3>([](auto v, auto w) { return std::tuple(w, v + w); }, std::tuple(a, b));
#else
constexpr auto wrong = fold<3>([](auto v, auto w) { return v + w; }, std::tuple(a, b));
#endif
