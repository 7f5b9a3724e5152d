// SPDX-License-Identifier: BSL-1.0
// Everything, in the order of the pipeline: the table of contents.
//
//   expr  ->  graph  ->  pass  ->  kernel  ->  run  ->  train
#pragma once

// What the user writes: symbols, words, lambdas.
#include "fusegrad/expr/diagnose.hpp"
#include "fusegrad/expr/expression.hpp"
#include "fusegrad/expr/literals.hpp"
#include "fusegrad/expr/trace.hpp"

// From a formula to a kernel.
#include "fusegrad/compile.hpp"

// Running kernels, and looking at them.
#include "fusegrad/run/executor.hpp"
#include "fusegrad/run/explain.hpp"
#include "fusegrad/run/formula_text.hpp"
#include "fusegrad/run/interpret.hpp"
#include "fusegrad/run/print_formula.hpp"
#include "fusegrad/run/to_dot.hpp"

// Data.
#include "fusegrad/data/dataset.hpp"
#include "fusegrad/data/fashion_mnist.hpp"
#include "fusegrad/data/random.hpp"
#include "fusegrad/data/synthetic_data.hpp"

// Training. What a call can lack comes first: the way to its sentence is printed, and is short here.
#include "fusegrad/train/audit.hpp"
#include "fusegrad/train/bind.hpp"
#include "fusegrad/train/check_gradient.hpp"
#include "fusegrad/train/evaluate.hpp"
#include "fusegrad/train/fit.hpp"
#include "fusegrad/train/optimiser.hpp"
#include "fusegrad/train/predictor.hpp"
#include "fusegrad/train/running_average.hpp"
#include "fusegrad/train/trainer.hpp"
#include "fusegrad/train/value_and_grad.hpp"
#include "fusegrad/train/wrt.hpp"
