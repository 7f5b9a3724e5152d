// SPDX-License-Identifier: BSL-1.0
// The plan: what a kernel does, step by step, as plain values. place, fuse and schedule fill it; kernel/
// turns it into code and decides nothing any more.
#pragma once

#include <cstdint>
#include <vector>

#include "fusegrad/graph/graph.hpp"

namespace fusegrad {

/// What the cost model must know of the machine, and of the columns that a kernel will meet on it.
struct machine {
  int lanes = 16;                 // numbers in one SIMD register
  bool columns_in_place = false;  // see column_elements::in_place
  int number_bytes = 4;           // of one number
  int most_scratch = 0;           // bytes that a tile may take, 0 where the formula sets no bound

  [[nodiscard]] constexpr int register_bytes() const { return lanes * number_bytes; }
};

/// When a step runs: once before the rows; for every tile of rows; for every slice of a large gradient, over
/// the rows of several tiles; once after the rows.
enum class phase : std::uint8_t { before_rows, rows, slices, after_rows };
inline constexpr phase all_phases[] = {phase::before_rows, phase::rows, phase::slices, phase::after_rows};

/// Where the elements of a value are.
enum class storage : std::uint8_t {
  nowhere,    // it lives in a register of one loop, or is never needed
  number,     // a constant
  position,   // the coordinates of the element
  random,     // made where it is read: offset is which of the formula's random values
  parameter,  // the memory of a symbol that belongs to the step
  column,     // the user's data, as they lie: offset is the symbol
  shared,     // computed once per step: offset in elements
  tile,       // rows-in-lanes: [element][row] for the rows of one tile, offset in elements
  mean,       // a mean over the rows: offset in elements
  output,     // the memory of an output, of rows or of the step: offset is its index
};

/// How the elements of a row value lie: the choice of `place`.
enum class layout : std::uint8_t { none, rows_in_lanes, as_stored };

/// A value seen through movements: where its elements are, one stride per axis of the reader's domain.
struct element_access {
  storage where = storage::nowhere;
  int offset = 0;     // in elements; of `parameter`: the symbol
  double number = 0;  // of `number`
  int stride[max_rank] = {};
  int first = 0;  // the element at the origin
};

/// One operation inside a loop. Kept small: a plan has one for every value of a formula, and the C++ compiler
/// copies them in its own memory.
struct loop_operation {
  const operation* op = nullptr;
  int node = -1;
  int payload = -1;  // in `plan::payloads`, -1 for attributes{}
  int arity = 0;
  value_kind kind = value_kind::real;
  value_kind operand_kind[max_operands] = {};
  bool reduces = false;
  bool reduces_all = false;       // over every axis of the domain: the accumulator is a register
  int slot = -1;                  // its register, counted apart for numbers, conditions and accumulators
  int source[max_operands] = {};  // each operand: a register of this loop, or ~ its index in `plan::accesses`
  int result = -1;                // in `plan::accesses`, -1 unless another step reads it

  [[nodiscard]] constexpr bool from_register(int operand) const { return source[operand] >= 0; }
  [[nodiscard]] constexpr std::size_t access_index(int operand) const {
    return std::size_t(~source[operand]);
  }
};

/// One fused loop over a domain: every element of every operation, in one pass.
struct fused_loop {
  phase when = phase::rows;
  int stage = 0;  // loops of one stage run one after the other on the same rows
  tensor_shape domain;
  int first = 0;  // range in `plan::operations`
  int count = 0;
  int numbers = 0;  // registers
  int conditions = 0;
  int accumulators = 0;
};

/// The kinds of steps.
enum class step_kind : std::uint8_t {
  load_rows,           // column -> tile, transposed to rows-in-lanes
  product_from_rows,   // parameter matrix x column -> tile
  product,             // parameter matrix x tile -> tile
  contraction,         // any other contraction, by loops; with an operation: its result is scattered
  reduction,           // over some of the axes
  scan,                // along one axis, from its first element or its last
  placement,           // elements written to other places
  loops,               // a stage of fused loops
  gradient_from_rows,  // mean over rows of tile (x) column
  gradient,            // mean over rows of tile (x) tile
  contraction_mean,    // mean over rows of any other contraction
  label_mean,          // mean over rows of a tile value at the row of a table that a label names
  row_mean,            // mean over rows of a tile value
  repeat,              // the steps that follow, `body` of them, `times` times
  move,                // elements to other places, as a repetition begins, goes on and ends
};

/// One step. Which members count depends on the kind.
struct plan_step {
  step_kind kind = step_kind::loops;
  phase when = phase::rows;
  int stage = 0;
  int node = -1;                  // what it computes
  const operation* op = nullptr;  // of a reduction, a scan, a placement
  int symbol = -1;                // the column or the parameter it reads
  int outputs = 0;                // extents of products, and of tables: [outputs][inputs]
  int inputs = 0;
  bool transposed = false;  // the matrix is stored [inputs][outputs]; scan: from the last element
  element_access left;      // contraction: operands, strides per letter; product: the matrix
  element_access right;     // scan: the result
  int offset = 0;           // of the result, in the storage of its kind
  storage target = storage::tile;
  int first_loop = 0;  // range in `plan::loops`
  int loop_count = 0;
  tensor_shape letters;  // contraction: extents of the letters, the result's first; scan: its own axis last;
                         // placement: of what is looped over
  int result_letters = 0;
  element_access to;     // placement, contraction: the result, strides over `letters`
  tensor_shape extents;  // and its extents, of a placement
  int axis = 0;          // along which it puts together or chooses
  const int* indices = nullptr;
  int labels = 1;    // how many each row has, that name rows of a table
  int times = 0;     // repeat: how often
  int body = 0;      // repeat: how many steps
  int inside = -1;   // the innermost repeat that it is a part of, or -1
  int counter = -1;  // move: the repeat whose step number is a coordinate more, after those of `letters`
};

/// A result and where to find it.
struct plan_output {
  output_role role = output_role::value;
  int symbol = -1;
  tensor_shape extents;
  element_access at;     // strides over `extents`
  bool of_rows = false;  // one per row
};

/// A tile has so many rows, or fewer, or is made of groups of so many: kernels look at whole groups.
inline constexpr int rows_of_group = 64;

/// What is counted over a whole plan.
struct plan_totals {
  int tile_elements = 0;  // elements per row in tile storage, after reuse
  int shared_elements = 0;
  int matrix_elements = 0;  // sums kept in the number type of the kernel; they come first in `mean` storage
  int mean_elements = 0;  // all sums of blocks of rows; those beyond the matrices are kept in double by tiles
  int large_begin = 0;    // large gradients follow, from a multiple of a cache line on
  int large_elements = 0;
  int loss_offset = -1;    // tile element of the row-level loss, or -1
  int tile_registers = 1;  // rows of a tile, in registers
  bool light = false;      // rows pass through tiles, with results of their own, few numbers and no matrix
  double flops_per_row = 0;
  double flops_per_step = 0;
  double bytes_per_row = 0;
  problem trouble;
};

/// The peak of the memory of one tile, in bytes: each thread that runs the rows has one.
[[nodiscard]] constexpr long long scratch_bytes(const plan_totals& of, const machine& on) {
  return static_cast<long long>(of.tile_elements) * of.tile_registers * on.register_bytes();
}

/// Whether a tile takes more memory than the formula allows.
[[nodiscard]] constexpr bool exceeds_scratch(const plan_totals& of, const machine& on) {
  return on.most_scratch > 0 && scratch_bytes(of, on) > on.most_scratch;
}

/// The whole kernel.
struct plan : plan_totals {
  std::vector<symbol> symbols;
  std::vector<layout> column_layouts;  // per symbol; `none` where it is no column or is never read
  sequence<plan_step> steps;
  sequence<fused_loop> loops;
  sequence<loop_operation> operations;
  sequence<element_access> accesses;
  std::vector<attributes> payloads;
  std::vector<plan_output> outputs;

  /// Where the result of an operation is stored; `nowhere` if it is not.
  [[nodiscard]] constexpr element_access result_of(const loop_operation& of) const {
    return of.result < 0 ? element_access{} : accesses[std::size_t(of.result)];
  }
};

/// The attributes of an operation of a plan, or of a frozen one.
[[nodiscard]] constexpr attributes payload_of(const auto& in, const loop_operation& of) {
  return of.payload < 0 ? attributes{} : in.payloads[std::size_t(of.payload)];
}

}  // namespace fusegrad
