// SPDX-License-Identifier: BSL-1.0
// A growing array whose operations are single statements. std::vector takes ten times the steps in a constant
// evaluation, and clang stops one after a million.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace fusegrad {

/// A growing array of elements that can be default-constructed and assigned.
template <class Element> class sequence {
 public:
  /// The elements; open, so that the innermost reads of a pass need no call.
  Element* elements = nullptr;

  constexpr sequence() = default;
  /// `count` value-initialised elements: one step, whatever the count.
  constexpr explicit sequence(std::size_t count) : size_(count), capacity_(count) {
    if (count > ~std::size_t(0) >> 1) __builtin_unreachable();  // else g++ 12 warns of sizes that were ints
    elements = new Element[count]();
  }
  constexpr sequence(const sequence& other) { append(other.elements, other.size_); }
  constexpr sequence(sequence&& other) noexcept { swap(other); }
  constexpr sequence& operator=(sequence other) noexcept {
    swap(other);
    return *this;
  }
  constexpr ~sequence() { delete[] elements; }

  constexpr Element& operator[](std::size_t index) { return elements[index]; }
  constexpr const Element& operator[](std::size_t index) const { return elements[index]; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr const Element* data() const { return elements; }
  [[nodiscard]] constexpr Element* begin() { return elements; }
  [[nodiscard]] constexpr Element* end() { return elements + size_; }
  [[nodiscard]] constexpr const Element* begin() const { return elements; }
  [[nodiscard]] constexpr const Element* end() const { return elements + size_; }
  constexpr operator std::span<const Element>() const { return {elements, size_}; }

  constexpr void push_back(const Element& value) {
    if (size_ == capacity_)
      grow(value);
    else
      elements[size_++] = value;
  }

  /// Copies `count` elements, which do not lie in this sequence, to the end.
  constexpr void append(const Element* from, std::size_t count) {
    reserve(size_ + count);
    for (std::size_t i = 0; i < count; ++i) elements[size_ + i] = from[i];
    size_ += count;
  }

  constexpr void reserve(std::size_t count) {
    if (count <= capacity_) return;
    Element* const larger = new Element[count]();
    for (std::size_t i = 0; i < size_; ++i) larger[i] = elements[i];
    delete[] elements;
    elements = larger;
    capacity_ = count;
  }

  /// Grows to `count` elements, the new ones value-initialised.
  constexpr void resize(std::size_t count) {
    reserve(count);
    size_ = count;
  }

 private:
  constexpr void grow(Element value) {  // a copy: the value may lie in the old memory
    reserve(capacity_ == 0 ? 4 : capacity_ * 2);
    elements[size_++] = value;
  }
  constexpr void swap(sequence& other) noexcept {
    std::swap(elements, other.elements);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace fusegrad
