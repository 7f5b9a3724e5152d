// SPDX-License-Identifier: BSL-1.0
// Every word of a formula, family by family.
#pragma once

#include "fusegrad/op/arithmetic.hpp"
#include "fusegrad/op/compare.hpp"
#include "fusegrad/op/concat.hpp"
#include "fusegrad/op/contract.hpp"
#include "fusegrad/op/exponential.hpp"
#include "fusegrad/op/gradient.hpp"
#include "fusegrad/op/library_rows.hpp"
#include "fusegrad/op/logsumexp.hpp"
#include "fusegrad/op/loss.hpp"
#include "fusegrad/op/pick.hpp"
#include "fusegrad/op/reduce.hpp"
#include "fusegrad/op/rows.hpp"
#include "fusegrad/op/slice.hpp"
#include "fusegrad/op/take.hpp"
#include "fusegrad/op/windows.hpp"
