// SPDX-License-Identifier: BSL-1.0
// The third-party headers that every test parses. Nothing of fusegrad: a test must include what it uses.
#pragma once

#include <boost/hana.hpp>
#include <boost/test/unit_test.hpp>
