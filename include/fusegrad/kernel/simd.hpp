// SPDX-License-Identifier: BSL-1.0
// Vectors of numbers ("lanes") for one instruction set: the only file that names xsimd or an intrinsic.
// In: element types and an `Arch`. Out: loads that convert, arithmetic, reductions and shuffles in registers.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

// Both compilers report the calling convention of wide vectors even for functions that are always inlined,
// and g++ 12 takes the deliberately undefined operands inside the AVX-512 intrinsics for mistakes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <xsimd/xsimd.hpp>

namespace fusegrad {

/// Registers of 16 bytes, for a machine that has wider ones, too. A type of its own for each instruction set: what
/// is compiled from it depends on that, and a program may hold several.
template <class Arch> struct short_registers : xsimd::sse4_2 {};

}  // namespace fusegrad

// How xsimd learns of an instruction set.
namespace xsimd::types {

template <class Real, class Arch>
struct simd_register<Real, fusegrad::short_registers<Arch>> : simd_register<Real, sse4_2> {
  using register_type = typename simd_register<Real, sse4_2>::register_type;
  simd_register() = default;
  simd_register(register_type value) noexcept : simd_register<Real, sse4_2>{value} {}
};

template <class Real, class Arch>
struct has_simd_register<Real, fusegrad::short_registers<Arch>> : has_simd_register<Real, sse4_2> {};

}  // namespace xsimd::types

namespace fusegrad {

/// The instruction set of one number per register: plain arithmetic, for comparison and for unknown machines.
struct scalar_arch {};

#if defined(__AVX512BW__) && !defined(__OPTIMIZE__) && defined(__GNUC__) && !defined(__clang__)
// Without optimisation the intrinsics of g++ are macros, which xsimd 8.1 gives operands that they cannot
// cast.
using default_arch = xsimd::avx512dq;
#else
using default_arch = xsimd::default_arch;
#endif

/// The widest instruction set the current compiler flags allow.
using native_arch =
    std::conditional_t<std::is_same_v<default_arch, xsimd::unavailable>, scalar_arch, default_arch>;

template <class Real, class Arch> struct lanes_of {
  using type = xsimd::batch<Real, Arch>;
  using mask_type = xsimd::batch_bool<Real, Arch>;
  static constexpr std::size_t count = type::size;
};

template <class Real> struct lanes_of<Real, scalar_arch> {
  using type = Real;
  using mask_type = bool;
  static constexpr std::size_t count = 1;
};

/// One vector register of `Real`; a plain number for `scalar_arch`.
template <class Real, class Arch = native_arch> using lanes = typename lanes_of<Real, Arch>::type;

/// What a comparison of `lanes` gives.
template <class Real, class Arch = native_arch> using lane_mask = typename lanes_of<Real, Arch>::mask_type;

/// Numbers per register.
template <class Real, class Arch = native_arch>
inline constexpr std::size_t lane_count = lanes_of<Real, Arch>::count;

/// The instruction set, or of wider registers those of 16 bytes.
template <class Real, class Arch>
using shortest_arch =
    std::conditional_t<(lanes_of<Real, Arch>::count * sizeof(Real) > 16), short_registers<Arch>, Arch>;

/// The same for floats only: two doubles are too few for what they cost.
template <class Real, class Arch>
using short_arch = std::conditional_t<std::is_same_v<Real, float>, shortest_arch<Real, Arch>, Arch>;

/// Vector registers the instruction set names; micro-kernels size their blocks by it.
template <class Arch>
inline constexpr std::size_t register_count =
    std::is_base_of_v<xsimd::avx512f, Arch> || std::is_base_of_v<xsimd::neon64, Arch> ? 32 : 16;

/// Operations on lanes. Call them qualified (`simd::exp(x)`): then they also take plain numbers, and no word
/// of the expression language hides them.
namespace simd {

template <class Element, std::size_t Count> struct packed {
  typedef Element type __attribute__((vector_size(sizeof(Element) * Count)));
};

/// `Count` elements as the compiler's own vector.
template <class Element, std::size_t Count> using packed_t = typename packed<Element, Count>::type;

using xsimd::abs;
using xsimd::acos;
using xsimd::acosh;
using xsimd::asin;
using xsimd::asinh;
using xsimd::atan;
using xsimd::atan2;
using xsimd::atanh;
using xsimd::cbrt;
using xsimd::ceil;
using xsimd::copysign;
using xsimd::cos;
using xsimd::cosh;
using xsimd::erf;
using xsimd::erfc;
using xsimd::exp;
using xsimd::exp2;
using xsimd::expm1;
using xsimd::floor;
using xsimd::isfinite;
using xsimd::isinf;
using xsimd::isnan;
using xsimd::lgamma;
using xsimd::log;
using xsimd::log10;
using xsimd::log1p;
using xsimd::log2;
using xsimd::nearbyint;
using xsimd::pow;
using xsimd::round;
using xsimd::sin;
using xsimd::sinh;
using xsimd::sqrt;
using xsimd::tan;
using xsimd::tanh;
using xsimd::trunc;

/// The name of an instruction set, as `explain` prints it.
template <class Arch> [[nodiscard]] constexpr const char* name_of() {
  if constexpr (std::same_as<Arch, scalar_arch>)
    return "scalar";
  else
    return Arch::name();
}

/// Every lane equal to `value`.
template <class Arch = native_arch, class Real>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> broadcast(Real value) noexcept {
  return lanes<Real, Arch>(value);
}

/// a * b + c, rounded once where the instruction set has that operation.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<Real, Arch> fma(
    const xsimd::batch<Real, Arch>& a, const xsimd::batch<Real, Arch>& b,
    const xsimd::batch<Real, Arch>& c) noexcept {
  // xsimd 8.1 multiplies and adds where it has these registers.
#if defined(__FMA__)
  if constexpr (std::is_base_of_v<xsimd::sse4_2, Arch> && std::same_as<Real, float>)
    return _mm_fmadd_ps(a, b, c);
#endif
#if defined(__AVX512F__)
  if constexpr (std::is_base_of_v<xsimd::avx512f, Arch> && std::same_as<Real, float>)
    return _mm512_fmadd_ps(a, b, c);
  else if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>)
    return _mm512_fmadd_pd(a, b, c);
  else
#endif
    return xsimd::fma(a, b, c);
}

template <std::floating_point Real>
[[nodiscard, gnu::always_inline]] inline Real fma(Real a, Real b, Real c) noexcept {
  return xsimd::fma(a, b, c);
}

/// value * 2^power, rounded once, for a value from 1/2 to 2 and a whole number from -1100 to 1100: also where the
/// result is subnormal, and infinite where it is too great. Of an undefined power NaN.
template <class Arch>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<double, Arch> scale(
    const xsimd::batch<double, Arch>& value, const xsimd::batch<double, Arch>& power) noexcept {
#if defined(__AVX512F__)
  if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>)
    return _mm512_scalef_pd(value, power);
  else
#endif
  {
    // Two factors, since 2^power may be no number. Twice the bias and the power stand in the lowest bits of a sum;
    // half of that is the exponent of the one factor, the rest that of the other.
    using batch = xsimd::batch<double, Arch>;
    using bits = xsimd::batch<std::uint64_t, Arch>;
    const bits both = xsimd::bitwise_cast<bits>(power + batch(0x1.8p52 + 2 * 1023));
    const bits one = both >> 1;
    const batch scaled = value * xsimd::bitwise_cast<batch>(one << 52);
    return scaled * xsimd::bitwise_cast<batch>((both - one) << 52);
  }
}

/// The larger number; `b` if either is NaN.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<Real, Arch> max(
    const xsimd::batch<Real, Arch>& a, const xsimd::batch<Real, Arch>& b) noexcept {
  return xsimd::max(a, b);
}

template <std::floating_point Real>
[[nodiscard, gnu::always_inline]] inline Real max(Real a, Real b) noexcept {
  return a > b ? a : b;
}

/// The smaller number; `b` if either is NaN.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<Real, Arch> min(
    const xsimd::batch<Real, Arch>& a, const xsimd::batch<Real, Arch>& b) noexcept {
  return xsimd::min(a, b);
}

template <std::floating_point Real>
[[nodiscard, gnu::always_inline]] inline Real min(Real a, Real b) noexcept {
  return a < b ? a : b;
}

/// `a` where `which` holds, else `b`.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<Real, Arch> select(
    const xsimd::batch_bool<Real, Arch>& which, const xsimd::batch<Real, Arch>& a,
    const xsimd::batch<Real, Arch>& b) noexcept {
  return xsimd::select(which, a, b);
}

template <std::floating_point Real>
[[nodiscard, gnu::always_inline]] inline Real select(bool which, Real a, Real b) noexcept {
  return which ? a : b;
}

/// Whether a comparison holds in every lane.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline bool all(const xsimd::batch_bool<Real, Arch>& which) noexcept {
  return xsimd::all(which);
}

[[nodiscard, gnu::always_inline]] inline bool all(bool which) noexcept { return which; }

/// The number of each lane: 0, 1, ...
template <class Arch, class Real>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> lane_numbers() noexcept {
  if constexpr (std::same_as<Arch, scalar_arch>)
    return Real(0);
  else
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return lanes<Real, Arch>(
          (typename lanes<Real, Arch>::register_type)packed_t<Real, sizeof...(I)>{Real(I)...});
    }
  (std::make_index_sequence<lane_count<Real, Arch>>{});
}

/// The first `count` lanes of a value, the others 0 whatever they were.
template <class Arch, class Real>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> keep_first(const lanes<Real, Arch>& value,
                                                                      std::size_t count) noexcept {
  using vector = lanes<Real, Arch>;
  if constexpr (std::same_as<Arch, scalar_arch>) {
    return count > 0 ? value : Real(0);
  } else {
    using whole = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
    using bits = packed_t<whole, lane_count<Real, Arch>>;
    return [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
      const bits kept = bits{whole(I)...} < whole(count);
      return vector((typename vector::register_type)((bits)value.data & kept));
    }
    (std::make_index_sequence<lane_count<Real, Arch>>{});
  }
}

/// Keeps a value in a register: without it g++ folds a load into each of several uses.
template <class Real, class Arch>
[[gnu::always_inline]] inline void pin(xsimd::batch<Real, Arch>& value) noexcept {
#if defined(__x86_64__) || defined(__i386__)
  asm("" : "+v"(value.data));
#elif defined(__aarch64__)
  asm("" : "+w"(value.data));
#endif
}

template <std::floating_point Real> [[gnu::always_inline]] inline void pin(Real&) noexcept {}

/// The same, and g++ schedules nothing across it, so that values are read in the order in which they are written down.
/// A processor that finds memory read in order reads ahead by itself; where g++ had mixed the reads, measured, they took up
/// to twice as long.
template <class Real, class Arch>
[[gnu::always_inline]] inline void pin_in_order(xsimd::batch<Real, Arch>& value) noexcept {
#if defined(__x86_64__) || defined(__i386__)
  asm volatile("" : "+v"(value.data));
#elif defined(__aarch64__)
  asm volatile("" : "+w"(value.data));
#endif
}

/// A number that is read from memory here and not earlier: until then it takes no register from the loops before.
template <class Real> [[nodiscard, gnu::always_inline]] inline Real read_late(const Real& number) noexcept {
  const Real* address = &number;
#if defined(__GNUC__)
  asm volatile("" : "+r"(address));
#endif
  return *address;
}

/// The same address, of which the compiler knows no more. Where two addresses in one memory move at different
/// speeds, g++ 12 computes one as a multiple of the other, forgets that both point to the same memory and
/// exchanges reads with writes.
template <class Pointer> [[nodiscard, gnu::always_inline]] inline Pointer opaque(Pointer address) noexcept {
#if defined(__GNUC__) && !defined(__clang__)
  asm("" : "+r"(address));
#endif
  return address;
}

/// Converts packed elements to lanes.
/// Rounds:  int32 beyond 2^24 and double to float, to nearest.
template <class Arch, class Real, class Element>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> convert(
    const packed_t<Element, lane_count<Real, Arch>>& elements) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  if constexpr (std::same_as<Element, Real>) {
    return lanes<Real, Arch>((typename lanes<Real, Arch>::register_type)elements);
  } else if constexpr (std::same_as<Element, std::uint8_t>) {
    // g++ 12 converts bytes one by one, so the widening is spelled out.
    packed_t<std::int32_t, count> wide;
#if defined(__AVX512F__)
    if constexpr (count == 16)
      wide = (packed_t<std::int32_t, count>)_mm512_cvtepu8_epi32((__m128i)elements);
    else
#endif
#if defined(__AVX2__)
        if constexpr (count == 8)
      wide = (packed_t<std::int32_t, count>)_mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)elements));
    else
#endif
#if defined(__SSE4_1__)
        if constexpr (count == 4)
      wide = (packed_t<std::int32_t, count>)_mm_cvtepu8_epi32(_mm_cvtsi32_si128((int)elements));
    else
#elif defined(__SSE2__)
    if constexpr (count == 4)
      wide = (packed_t<std::int32_t, count>)_mm_unpacklo_epi16(
          _mm_unpacklo_epi8(_mm_cvtsi32_si128((int)elements), _mm_setzero_si128()), _mm_setzero_si128());
    else
#endif
      wide = __builtin_convertvector(elements, packed_t<std::int32_t, count>);
    return convert<Arch, Real, std::int32_t>(wide);
  } else {
    const auto converted = __builtin_convertvector(elements, packed_t<Real, count>);
    return lanes<Real, Arch>((typename lanes<Real, Arch>::register_type)converted);
  }
}

/// Reads `Count` elements and pads them with zeros; nothing beyond them is touched.
template <class Element, std::size_t Lanes, std::size_t Count>
[[nodiscard, gnu::always_inline]] inline packed_t<Element, Lanes> load_packed(const Element* from) noexcept {
  using result = packed_t<Element, Lanes>;
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  if constexpr (Count < Lanes) {
    constexpr unsigned first = (1U << Count) - 1U;
    if constexpr (sizeof(result) == 16 && sizeof(Element) == 1) {
      return (result)_mm_maskz_loadu_epi8(static_cast<__mmask16>(first), from);
    } else if constexpr (sizeof(result) == 64 && sizeof(Element) == 4) {
      return (result)_mm512_maskz_loadu_epi32(static_cast<__mmask16>(first), from);
    } else if constexpr (sizeof(result) == 64 && sizeof(Element) == 8) {
      return (result)_mm512_maskz_loadu_epi64(static_cast<__mmask8>(first), from);
    }
  }
#endif
  result elements{};
  std::memcpy(&elements, from, Count * sizeof(Element));
  return elements;
}

/// Reads the first `Count` elements (all, by default) and converts them; the other lanes are zero.
/// Any alignment; reads nothing beyond the elements asked for.
template <class Arch, class Real, std::size_t Count = lane_count<Real, Arch>, class Element>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> load(const Element* from) noexcept {
  static_assert(Count >= 1 && Count <= lane_count<Real, Arch>, "a load fills at most one register");
  if constexpr (std::same_as<Arch, scalar_arch>)
    return static_cast<Real>(*from);
  else
    return convert<Arch, Real, Element>(load_packed<Element, lane_count<Real, Arch>, Count>(from));
}

/// An element that is read by itself: clang reads scattered ones by an instruction for all of them, which
/// takes many processors longer.
template <class Element> [[nodiscard, gnu::always_inline]] inline Element read_alone(Element value) noexcept {
#if defined(__clang__) && (defined(__x86_64__) || defined(__i386__))
  if constexpr (std::floating_point<Element> || sizeof(Element) == 8)
    asm("" : "+x"(value));
  else
    asm("" : "+r"(value));
#endif
  return value;
}

/// The elements `of(0)`, `of(1)`, ..., converted.
template <class Arch, class Real, class Element, class Of>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> gather(Of of) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  if constexpr (std::same_as<Arch, scalar_arch>) {
    return static_cast<Real>(of(0));
  } else {
    packed_t<Element, count> elements;
    [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
      elements = packed_t<Element, count>{read_alone(of(I))...};
    }
    (std::make_index_sequence<count>{});
    return convert<Arch, Real, Element>(elements);
  }
}

/// The two elements at `of(0)`, the two at `of(1)`, ..., converted: first all first ones, then all second
/// ones. Pairs of up to eight bytes are read as one.
template <class Arch, class Real, class Element, class Of>
[[nodiscard, gnu::always_inline]] inline std::pair<lanes<Real, Arch>, lanes<Real, Arch>> gather_pairs(
    Of of) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  if constexpr (std::same_as<Arch, scalar_arch> || sizeof(Element) != 4) {
    return {gather<Arch, Real, Element>([&](std::size_t i) { return of(i)[0]; }),
            gather<Arch, Real, Element>([&](std::size_t i) { return of(i)[1]; })};
  } else {
    const auto pair_at = [&](std::size_t i) __attribute__((always_inline)) {
      std::uint64_t pair;
      std::memcpy(&pair, of(i), sizeof(pair));
      return read_alone(pair);
    };
    return [&]<std::size_t... I, std::size_t... Half>(std::index_sequence<I...>, std::index_sequence<Half...>)
        __attribute__((always_inline)) {
      using halves = packed_t<Element, count>;
      const auto low = (halves)packed_t<std::uint64_t, count / 2>{pair_at(Half)...};
      const auto high = (halves)packed_t<std::uint64_t, count / 2>{pair_at(count / 2 + Half)...};
      return std::pair{convert<Arch, Real, Element>(__builtin_shufflevector(low, high, (2 * I)...)),
                       convert<Arch, Real, Element>(__builtin_shufflevector(low, high, (2 * I + 1)...))};
    }
    (std::make_index_sequence<count>{}, std::make_index_sequence<count / 2>{});
  }
}

/// Reads a register's worth of numbers from an address aligned to the register.
template <class Arch = native_arch, class Real>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> load_aligned(const Real* from) noexcept {
  if constexpr (std::same_as<Arch, scalar_arch>)
    return *from;
  else
    return lanes<Real, Arch>::load_aligned(from);
}

/// Writes the first `Count` lanes (all, by default) to any address, and nothing beyond them.
template <std::size_t Count, class Real, class Arch>
[[gnu::always_inline]] inline void store(Real* to, const xsimd::batch<Real, Arch>& value) noexcept {
  static_assert(Count >= 1 && Count <= lane_count<Real, Arch>, "a store empties at most one register");
  std::memcpy(to, &value.data, Count * sizeof(Real));
}

template <class Real, class Arch>
[[gnu::always_inline]] inline void store(Real* to, const xsimd::batch<Real, Arch>& value) noexcept {
  value.store_unaligned(to);
}

template <std::size_t Count = 1, std::floating_point Real>
[[gnu::always_inline]] inline void store(Real* to, Real value) noexcept {
  static_assert(Count == 1, "a plain number fills one place");
  *to = value;
}

/// Writes all lanes to an address aligned to the register.
template <class Real, class Arch>
[[gnu::always_inline]] inline void store_aligned(Real* to, const xsimd::batch<Real, Arch>& value) noexcept {
  value.store_aligned(to);
}

template <std::floating_point Real>
[[gnu::always_inline]] inline void store_aligned(Real* to, Real value) noexcept {
  *to = value;
}

/// Writes all lanes past the caches to an address aligned to the register: for what is not read again soon.
/// Other threads see it after `end_of_streams`.
template <class Real, class Arch>
[[gnu::always_inline]] inline void stream(Real* to, const xsimd::batch<Real, Arch>& value) noexcept {
#if defined(__clang__)
  __builtin_nontemporal_store(value.data, reinterpret_cast<decltype(value.data)*>(to));
#elif defined(__SSE2__)
  constexpr std::size_t size = sizeof(value.data);
  if constexpr (size == 16) _mm_stream_si128(reinterpret_cast<__m128i*>(to), (__m128i)value.data);
#if defined(__AVX__)
  if constexpr (size == 32) _mm256_stream_si256(reinterpret_cast<__m256i*>(to), (__m256i)value.data);
#endif
#if defined(__AVX512F__)
  if constexpr (size == 64) _mm512_stream_si512(reinterpret_cast<__m512i*>(to), (__m512i)value.data);
#endif
#else
  value.store_aligned(to);
#endif
}

template <std::floating_point Real> [[gnu::always_inline]] inline void stream(Real* to, Real value) noexcept {
  *to = value;
}

/// Comes after the last `stream`, before anybody is told of the results.
inline void end_of_streams() noexcept {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

/// The low half of each word times a number of 32 bits: all 64 bits of the product.
template <class Arch, class Words>
[[nodiscard, gnu::always_inline]] inline Words product_of_low_halves(Words words,
                                                                     std::uint32_t factor) noexcept {
  const Words factors = Words{} + factor;
#if defined(__AVX512F__)
  if constexpr (sizeof(Words) == 64)
    return (Words)_mm512_mul_epu32((__m512i)words, (__m512i)factors);
  else
#endif
#if defined(__AVX2__)
      if constexpr (sizeof(Words) == 32)
    return (Words)_mm256_mul_epu32((__m256i)words, (__m256i)factors);
  else
#endif
#if defined(__SSE2__)
      if constexpr (sizeof(Words) == 16)
    return (Words)_mm_mul_epu32((__m128i)words, (__m128i)factors);
  else
#endif
    return (words & 0xFFFFFFFFu) * factors;
}

template <std::size_t Distance, class Real, class Arch, std::size_t... Lane>
[[gnu::always_inline]] inline void exchange(xsimd::batch<Real, Arch>& a, xsimd::batch<Real, Arch>& b,
                                            std::index_sequence<Lane...>) noexcept {
  constexpr std::size_t count = sizeof...(Lane);
  const auto left = a.data;
  const auto right = b.data;
  a.data = __builtin_shufflevector(left, right, ((Lane & Distance) != 0 ? count + Lane - Distance : Lane)...);
  b.data = __builtin_shufflevector(left, right, ((Lane & Distance) != 0 ? count + Lane : Lane + Distance)...);
}

/// Exchanges the lanes of `a` whose number has the bit `Distance` with the lanes of `b` that lack it.
/// This one step, for every power of two, transposes a square of registers and sums many registers at once.
template <std::size_t Distance, class Real, class Arch>
[[gnu::always_inline]] inline void exchange(xsimd::batch<Real, Arch>& a,
                                            xsimd::batch<Real, Arch>& b) noexcept {
  exchange<Distance>(a, b, std::make_index_sequence<lane_count<Real, Arch>>{});
}

/// Half of two registers, lanes of `a` and `b` in turn: their lower halves, or their upper ones.
template <bool Upper, class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<Real, Arch> in_turn(
    const xsimd::batch<Real, Arch>& a, const xsimd::batch<Real, Arch>& b) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  return [&]<std::size_t... Lane>(std::index_sequence<Lane...>) __attribute__((always_inline)) {
    return xsimd::batch<Real, Arch>{__builtin_shufflevector(
        a.data, b.data, ((Upper ? count / 2 : 0) + Lane / 2 + (Lane % 2) * count)...)};
  }
  (std::make_index_sequence<count>{});
}

template <std::size_t Distance, class Real, class Arch, std::size_t... Lane>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<Real, Arch> swapped(
    const xsimd::batch<Real, Arch>& value, std::index_sequence<Lane...>) noexcept {
  return {__builtin_shufflevector(value.data, value.data, (Lane ^ Distance)...)};
}

/// The lanes in the order in which each changes places with the one at a distance, a power of two.
template <std::size_t Distance, class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<Real, Arch> swapped(
    const xsimd::batch<Real, Arch>& value) noexcept {
  return swapped<Distance>(value, std::make_index_sequence<lane_count<Real, Arch>>{});
}

/// The number in the first lane.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline Real first_lane(const xsimd::batch<Real, Arch>& value) noexcept {
  return value.data[0];
}
template <std::floating_point Real>
[[nodiscard, gnu::always_inline]] inline Real first_lane(Real value) noexcept {
  return value;
}

/// Combines all lanes: halves first (distance count / 2), neighbours last.
template <class Real, class Arch, class Combine>
[[nodiscard, gnu::always_inline]] inline Real reduce(xsimd::batch<Real, Arch> value,
                                                     Combine combine) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr std::make_index_sequence<count> all{};
  if constexpr (count >= 16) value = combine(value, swapped<8>(value, all));
  if constexpr (count >= 8) value = combine(value, swapped<4>(value, all));
  if constexpr (count >= 4) value = combine(value, swapped<2>(value, all));
  if constexpr (count >= 2) value = combine(value, swapped<1>(value, all));
  return value.data[0];
}

/// The lower half of a register plus the upper one.
template <class Register, std::size_t... Lane>
[[nodiscard, gnu::always_inline]] inline auto sum_of_halves(Register value,
                                                            std::index_sequence<Lane...>) noexcept {
  return __builtin_shufflevector(value, value, Lane...) +
         __builtin_shufflevector(value, value, (sizeof...(Lane) + Lane)...);
}

template <std::size_t Lanes, class Register>
[[nodiscard, gnu::always_inline]] inline auto sum_of_register(Register value) noexcept {
  if constexpr (Lanes == 1)
    return value[0];
  else
    return sum_of_register<Lanes / 2>(sum_of_halves(value, std::make_index_sequence<Lanes / 2>{}));
}

/// The sum of all lanes, in the order of `reduce`. What is left to add becomes narrower at every step: wide
/// shuffles are slow.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline Real sum_of_lanes(const xsimd::batch<Real, Arch>& value) noexcept {
  return sum_of_register<lane_count<Real, Arch>>(value.data);
}

template <std::floating_point Real>
[[nodiscard, gnu::always_inline]] inline Real sum_of_lanes(Real value) noexcept {
  return value;
}

/// A register as several of another instruction set, added up: lane i sums the lanes i, i + lanes, ...
/// Rounds:  halves, in the order of `reduce`.
template <class Shorter, class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Shorter> sum_of_parts(
    const xsimd::batch<Real, Arch>& value) noexcept {
  constexpr std::size_t count = lane_count<Real, Shorter>;
  const auto halve = []<class Register>(const auto& self, Register whole) __attribute__((always_inline)) {
    constexpr std::size_t half = sizeof(Register) / sizeof(Real) / 2;
    if constexpr (half < count)
      return whole;
    else
      return self(self, sum_of_halves(whole, std::make_index_sequence<half>{}));
  };
  return lanes<Real, Shorter>((typename lanes<Real, Shorter>::register_type)halve(halve, value.data));
}

/// The largest lane.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline Real max_of_lanes(const xsimd::batch<Real, Arch>& value) noexcept {
  return simd::reduce(value, [](auto a, auto b) { return simd::max(a, b); });
}

template <std::floating_point Real>
[[nodiscard, gnu::always_inline]] inline Real max_of_lanes(Real value) noexcept {
  return value;
}

/// The smallest lane.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline Real min_of_lanes(const xsimd::batch<Real, Arch>& value) noexcept {
  return simd::reduce(value, [](auto a, auto b) { return simd::min(a, b); });
}

template <std::floating_point Real>
[[nodiscard, gnu::always_inline]] inline Real min_of_lanes(Real value) noexcept {
  return value;
}

}  // namespace simd
}  // namespace fusegrad

#pragma GCC diagnostic pop
