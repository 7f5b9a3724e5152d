// SPDX-License-Identifier: BSL-1.0
// Runs a plan in double, step by step, as slowly and plainly as can be: what the passes decided is tested
// apart from the code that kernels make of it, and for as many formulas as one likes.
#pragma once

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "fusegrad/pass/schedule.hpp"
#include "fusegrad/run/interpret.hpp"

namespace fusegrad::test {

/// A plan at work on tiles of a few rows. Memory starts as NaN in every tile; the rows that pad the last tile
/// repeat its last row, and become NaN wherever a sum over rows would have to clear them.
class plan_runner {
 public:
  static constexpr std::size_t tile_rows = 2;
  using numbers = std::vector<double>;

  plan_runner(const plan& run, const symbol_values<double>& symbols, std::size_t rows)
      : plan_(run),
        symbols_(symbols),
        rows_(rows),
        shared_(std::size_t(run.shared_elements), nan),
        means_(std::size_t(run.large_begin + run.large_elements), 0),
        outputs_(run.outputs.size()) {
    for (const plan_output& each : run.outputs) made_.emplace_back(std::size_t(each.extents.elements()), nan);
    run_once(phase::before_rows);
    for (first_ = 0; first_ < rows_; first_ += tile_rows) run_tile();
    for (double& each : means_) each /= double(rows_);
    run_once(phase::after_rows);
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      if (!plan_.outputs[i].of_rows) write(i);
  }

  /// The values of one output: of every row, or once.
  [[nodiscard]] const numbers& output(std::size_t i) const { return outputs_[i]; }

 private:
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

  void run_once(phase when) {
    run_steps(
        -1, [&](const plan_step& step) { return step.when == when; }, 1);
  }

  /// The steps that stand directly within a `repeat`, or within none, each for so many rows.
  void run_steps(int inside, auto wanted, std::size_t rows) {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const plan_step& step = plan_.steps[i];
      if (step.inside != inside || !wanted(step)) continue;
      if (step.kind != step_kind::repeat) {
        for (row_ = 0; row_ < rows; ++row_) run(step);
        continue;
      }
      for (int number = 0; number < step.times; ++number) {
        step_numbers_[int(i)] = number;
        for (row_ = 0; row_ < rows; ++row_) write(step.to, 0, number);
        run_steps(int(i), wanted, rows);
      }
    }
    row_ = 0;
  }

  void run_tile() {
    tile_.assign(std::size_t(plan_.tile_elements) * tile_rows, nan);
    run_steps(-1, is_of_rows, tile_rows);
    for (row_ = 0; row_ < tile_rows && first_ + row_ < rows_; ++row_)
      for (std::size_t i = 0; i < outputs_.size(); ++i)
        if (plan_.outputs[i].of_rows) write(i);
  }

  [[nodiscard]] static bool is_of_rows(const plan_step& step) {
    return step.when == phase::rows || step.when == phase::slices;
  }
  [[nodiscard]] bool counts() const { return first_ + row_ < rows_; }
  [[nodiscard]] std::size_t row_in_data() const { return std::min(first_ + row_, rows_ - 1); }

  [[nodiscard]] double of_column(int symbol, int i) const {
    const auto width = plan_.symbols[std::size_t(symbol)].extents.elements();
    return symbols_[std::size_t(symbol)][row_in_data() * std::size_t(width) + std::size_t(i)];
  }

  /// The symbol of one of the plan's random values: to this runner, a column like others.
  [[nodiscard]] int random_symbol(int which) const {
    for (std::size_t i = 0; i < plan_.symbols.size(); ++i)
      if (plan_.symbols[i].role == symbol_role::random && plan_.symbols[i].classes == which) return int(i);
    BOOST_TEST_REQUIRE(false, "a random value is read that the plan does not have");
    return -1;
  }

  [[nodiscard]] double read(const element_access& from, int element) const {
    const std::size_t at = std::size_t(from.offset + element);
    switch (from.where) {
      case storage::number: return from.number;
      case storage::position: return element;
      case storage::random: return of_column(random_symbol(from.offset), element);
      case storage::parameter:
        if (plan_.symbols[std::size_t(from.offset)].role == symbol_role::row_count) return double(rows_);
        return symbols_[std::size_t(from.offset)].at(std::size_t(element));
      case storage::shared: return shared_.at(at);
      case storage::mean: return means_.at(at);
      case storage::output: return made_.at(std::size_t(from.offset)).at(std::size_t(element));
      case storage::tile: return tile_.at(at * tile_rows + row_);
      default: BOOST_TEST_REQUIRE(false, "a value is read that is nowhere");
    }
    return nan;
  }

  void write(const element_access& to, int element, double value) {
    const std::size_t at = std::size_t(to.offset + element);
    if (to.where == storage::shared)
      shared_.at(at) = value;
    else if (to.where == storage::output)
      made_.at(std::size_t(to.offset)).at(std::size_t(element)) = value;
    else if (to.where == storage::tile)
      tile_.at(at * tile_rows + row_) = value;
    else
      BOOST_TEST_REQUIRE(false, "a value is written to where it cannot be");
  }

  [[nodiscard]] static int dot(const element_access& of, const std::vector<int>& at) {
    int element = of.first;
    for (std::size_t axis = 0; axis < at.size(); ++axis) element += of.stride[axis] * at[axis];
    return element;
  }

  /// Calls `visit(coordinates)` for every element, row-major.
  static void for_each(const tensor_shape& domain, auto visit) {
    for (int i = 0; i < domain.elements(); ++i) {
      std::vector<int> at;
      for (int axis = 0; axis < domain.rank; ++axis) at.push_back(i / domain.stride(axis) % domain[axis]);
      visit(at);
    }
  }

  /// One operation on single numbers, or a reduction of a list of numbers.
  [[nodiscard]] static double evaluate(const operation& op, attributes payload,
                                       const std::vector<numbers>& operands) {
    node single;
    single.op = &op;
    single.arity = int(operands.size());
    if (op.family == operation_family::reduction) payload.axes = 1;
    single.payload = payload;
    tensor_view<const double> views[max_operands];
    for (std::size_t k = 0; k < operands.size(); ++k)
      views[k] = {
          op.family == operation_family::reduction ? tensor_shape{int(operands[k].size())} : tensor_shape{},
          operands[k].data()};
    double result = nan;
    op.evaluate(single, views, {tensor_shape{}, &result});
    return result;
  }

  void run(const plan_step& step) {
    const element_access target{step.target, step.offset, 0, {}};
    const auto input = [&](int i) {
      return step.symbol >= 0 ? of_column(step.symbol, i) : read(step.right, i);
    };
    switch (step.kind) {
      case step_kind::load_rows:
        for (int i = 0; i < step.inputs; ++i) write(target, i, of_column(step.symbol, i));
        break;
      case step_kind::product_from_rows:
      case step_kind::product:
        for (int o = 0; o < step.outputs; ++o) {
          double total = 0;
          for (int i = 0; i < step.inputs; ++i)
            total += read(step.left, step.transposed ? i * step.outputs + o : o * step.inputs + i) * input(i);
          write(target, o, total);
        }
        break;
      case step_kind::contraction:
        if (step.op != nullptr) {
          for (int i = 0; i < step.extents.elements(); ++i) write(target, i, 0);
          const tensor_shape result = outer_letters(step);
          run_letters(step, [&](int i, double value) {
            std::vector<int> at;
            for (int axis = 0; axis < result.rank; ++axis)
              at.push_back(i / result.stride(axis) % result[axis]);
            const int element = dot(step.to, at);
            write(target, element, read(target, element) + value);
          });
          break;
        }
        [[fallthrough]];
      case step_kind::reduction:
        run_letters(step, [&](int i, double value) { write(target, i, value); });
        break;
      case step_kind::contraction_mean:
        run_letters(step, [&](int i, double value) {
          if (counts()) means_.at(std::size_t(step.offset + i)) += value;
        });
        break;
      case step_kind::repeat: break;
      case step_kind::move: run_move(step); break;
      case step_kind::placement: run_placement(step); break;
      case step_kind::scan: run_scan(step); break;
      case step_kind::loops:
        for (int i = step.first_loop; i < step.first_loop + step.loop_count; ++i)
          run(plan_.loops[std::size_t(i)]);
        break;
      case step_kind::gradient_from_rows:
      case step_kind::gradient:
        for (int o = 0; o < step.outputs && counts(); ++o)
          for (int i = 0; i < step.inputs; ++i)
            means_.at(
                std::size_t(step.offset + (step.transposed ? i * step.outputs + o : o * step.inputs + i))) +=
                read(step.left, o) * input(i);
        break;
      case step_kind::label_mean:
        for (int i = 0; i < step.labels * step.inputs && counts(); ++i)
          means_.at(std::size_t(step.offset + place_in_table(step, i))) += read(step.left, i);
        break;
      case step_kind::row_mean:
        for (int i = 0; i < step.outputs && counts(); ++i)
          means_.at(std::size_t(step.offset + i)) += read(step.left, i);
        break;
    }
  }

  /// Where an element of the rows that labels name stands in the table.
  [[nodiscard]] int place_in_table(const plan_step& step, int i) const {
    return int(read(step.right, i / step.inputs)) * step.inputs + i % step.inputs;
  }

  /// Rows of a table that labels name, or a table with a row for each label.
  void run_at_label(const plan_step& step) {
    for (int i = 0; i < step.labels * step.inputs; ++i) {
      const int there = place_in_table(step, i);
      if (step.op == &row<gather_op>())
        write(step.to, i, read(step.left, there));
      else
        write(step.to, there, read(step.to, there) + read(step.left, i));
    }
  }

  void run_move(const plan_step& step) {
    for_each(step.letters, [&](std::vector<int> at) {
      if (step.counter >= 0) at.push_back(step_numbers_.at(step.counter));
      write(step.to, dot(step.to, at), read(step.left, dot(step.left, at)));
    });
  }

  void run_placement(const plan_step& step) {
    if (step.op == &row<gather_op>()) return run_at_label(step);
    const element_access target{step.to.where, step.to.offset, 0, {}};
    for (int i = 0; i < step.extents.elements(); ++i) write(target, i, 0);
    if (step.op == &row<place_at_label_op>()) return run_at_label(step);
    for_each(step.letters, [&](const std::vector<int>& at) {
      std::vector<int> from = at, to = at;
      const element_access* read_from = &step.left;
      int& along = step.op == &row<add_at_op>() ? to[std::size_t(step.axis)] : from[std::size_t(step.axis)];
      if (step.indices != nullptr) {
        along = place_on_axis(step.indices[along], step.outputs);
        if (along < 0) return;
      }
      if (step.op == &row<concat_op>() && along >= step.outputs) {
        along -= step.outputs;
        read_from = &step.right;
      }
      const int element = dot(step.to, to);
      write(target, element, read(target, element) + read(*read_from, dot(*read_from, from)));
    });
  }

  [[nodiscard]] static tensor_shape outer_letters(const plan_step& step) {
    tensor_shape outer;
    for (int letter = 0; letter < step.result_letters; ++letter) outer.push_back(step.letters[letter]);
    return outer;
  }

  void run_letters(const plan_step& step, auto finish) {
    const tensor_shape outer = outer_letters(step);
    tensor_shape inner;
    for (int letter = step.result_letters; letter < step.letters.rank; ++letter)
      inner.push_back(step.letters[letter]);
    int result = 0;
    for_each(outer, [&](std::vector<int> at) {
      numbers products;
      const std::size_t kept = at.size();
      for_each(inner, [&](const std::vector<int>& summed) {
        at.resize(kept);
        at.insert(at.end(), summed.begin(), summed.end());
        const double left = read(step.left, dot(step.left, at));
        products.push_back(step.kind == step_kind::reduction ? left
                                                             : left * read(step.right, dot(step.right, at)));
      });
      const operation& op = step.kind == step_kind::reduction ? *step.op : row<sum_op>();
      finish(result++, evaluate(op, {}, {products}));
    });
  }

  /// A cumulative sum along the last letter.
  void run_scan(const plan_step& step) {
    const int along = step.letters.rank - 1, length = step.letters[along];
    for_each(step.letters, [&](std::vector<int> at) {
      const int end = at[std::size_t(along)];
      double total = 0;
      for (int i = 0; i < length; ++i) {
        if (step.transposed ? i < end : i > end) continue;
        at[std::size_t(along)] = i;
        total += read(step.left, dot(step.left, at));
      }
      at[std::size_t(along)] = end;
      write(step.right, dot(step.right, at), total);
    });
  }

  void run(const fused_loop& loop) {
    numbers registers, conditions;
    std::vector<numbers> gathered(std::size_t(loop.accumulators));
    const auto end = std::size_t(loop.first + loop.count);
    for_each(loop.domain, [&](const std::vector<int>& at) {
      registers.assign(std::size_t(loop.numbers), nan);
      conditions.assign(std::size_t(loop.conditions), nan);
      for (std::size_t i = std::size_t(loop.first); i < end; ++i) {
        const loop_operation& each = plan_.operations[i];
        std::vector<numbers> operands;
        for (int k = 0; k < each.arity; ++k) {
          auto& held = each.operand_kind[k] == value_kind::condition ? conditions : registers;
          if (each.from_register(k)) {
            operands.push_back({held.at(std::size_t(each.source[k]))});
          } else {
            const element_access& from = plan_.accesses[each.access_index(k)];
            operands.push_back({read(from, dot(from, at))});
          }
        }
        if (each.reduces) {
          gathered.at(std::size_t(each.slot)).push_back(operands[0][0]);
          continue;
        }
        const double value = evaluate(*each.op, payload_of(plan_, each), operands);
        (each.kind == value_kind::condition ? conditions : registers).at(std::size_t(each.slot)) = value;
        const element_access result = plan_.result_of(each);
        if (each.result >= 0) write(result, dot(result, at), value);
      }
    });
    for (std::size_t i = std::size_t(loop.first); i < end; ++i) {
      const loop_operation& each = plan_.operations[i];
      if (each.reduces && each.result >= 0)
        write(plan_.result_of(each), 0,
              evaluate(*each.op, payload_of(plan_, each), {gathered[std::size_t(each.slot)]}));
    }
  }

  void write(std::size_t i) {
    const plan_output& each = plan_.outputs[i];
    for_each(each.extents,
             [&](const std::vector<int>& at) { outputs_[i].push_back(read(each.at, dot(each.at, at))); });
  }

  const plan& plan_;
  const symbol_values<double>& symbols_;
  std::size_t rows_;
  std::size_t first_ = 0;
  std::size_t row_ = 0;
  numbers tile_;
  numbers shared_;
  numbers means_;
  std::vector<numbers> made_;  // in the places of outputs
  std::vector<numbers> outputs_;
  std::map<int, int> step_numbers_;  // per `repeat`, the step that it is at
};

}  // namespace fusegrad::test
