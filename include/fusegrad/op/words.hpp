// SPDX-License-Identifier: BSL-1.0
// Every word of a formula, family by family.
#pragma once

// First, since a compiler names every file between the user's line and the sentence of an error.
#include "fusegrad/op/arithmetic.hpp"

#include "fusegrad/op/activation.hpp"
#include "fusegrad/op/batch_norm.hpp"
#include "fusegrad/op/compare.hpp"
#include "fusegrad/op/concat.hpp"
#include "fusegrad/op/contract.hpp"
#include "fusegrad/op/cumsum.hpp"
#include "fusegrad/op/einsum.hpp"
#include "fusegrad/op/error_function.hpp"
#include "fusegrad/op/exponential.hpp"
#include "fusegrad/op/gamma.hpp"
#include "fusegrad/op/gradient.hpp"
#include "fusegrad/op/layer.hpp"
#include "fusegrad/op/library_rows.hpp"
#include "fusegrad/op/logsumexp.hpp"
#include "fusegrad/op/loss.hpp"
#include "fusegrad/op/moments.hpp"
#include "fusegrad/op/pick.hpp"
#include "fusegrad/op/prod.hpp"
#include "fusegrad/op/random.hpp"
#include "fusegrad/op/reduce.hpp"
#include "fusegrad/op/rounding.hpp"
#include "fusegrad/op/rows.hpp"
#include "fusegrad/op/scan.hpp"
#include "fusegrad/op/slice.hpp"
#include "fusegrad/op/take.hpp"
#include "fusegrad/op/trigonometric.hpp"
#include "fusegrad/op/windows.hpp"
