// SPDX-License-Identifier: BSL-1.0
// Counts the calls of malloc and its kin by any thread of this program.
#pragma once

#include <cstddef>

namespace fusegrad::test {

[[nodiscard]] std::size_t allocation_count() noexcept;

}  // namespace fusegrad::test
