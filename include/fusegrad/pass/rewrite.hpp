// SPDX-License-Identifier: BSL-1.0
// The rewriting engine: rules are tried on each node as it is added, so what a rule builds is rewritten too.
// One sweep in topological order reaches the normal form; each rule must bring its node nearer to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "fusegrad/op/ref.hpp"
#include "fusegrad/pass/prune.hpp"

namespace fusegrad {

/// A set of operations, as bits that a few of them may share: it says at once that a rule cannot match.
using operation_bits = std::uint64_t;

/// Every node has this bit, with whatever operands.
inline constexpr operation_bits any_bit = operation_bits(1) << 63;

[[nodiscard]] constexpr operation_bits bit_of(const operation& of) {
  return operation_bits(1) << of.hash % 63;
}

/// The operations that one of the operands must be made by: their bits to ask first, and they themselves.
struct operand_filter {
  static constexpr int most = 3;
  operation_bits bits = any_bit;
  const operation* operations[most] = {};  // null: any operand will do

  [[nodiscard]] constexpr bool admits(const graph& in, const node& root) const {
    if (operations[0] == nullptr) return true;
    for (int i = 0; i < root.arity; ++i)
      for (const operation* each : operations)
        if (in[root.operands[i]].op == each) return true;
    return false;
  }
};

inline constexpr operand_filter any_operand{};

template <class... Ops> [[nodiscard]] constexpr operand_filter made_by() {
  static_assert(sizeof...(Ops) <= operand_filter::most);
  return {(bit_of(row<Ops>()) | ...), {&row<Ops>()...}};
}

/// A local rule: a formula to look for and what takes its place.
struct rewrite_rule {
  std::string_view name;
  std::string_view formula;   // as a reader of `explain` sees it
  const operation* root;      // tried at nodes of this operation only; null: at every node
  operand_filter operands;    // tried where one of the operands is one of these
  ref (*apply)(ref);          // an invalid id where the rule does not match
  std::string_view why = {};  // what was wrong with the formula, for the same reader
};

/// What a rule answers where it does not match.
inline constexpr ref no_match{};

/// How often each rule of a table fired.
using rule_counts = std::vector<int>;

/// One use of a rule: what it found, and what took its place.
struct rule_firing {
  std::size_t rule = 0;  // its position in the table
  node_id before;
  node_id after;
};

/// Applies a table of rules to every node that is added.
class rule_rewriting final : public rewriting {
 public:
  constexpr explicit rule_rewriting(std::span<const rewrite_rule> rules)
      : rules_(rules), next_(rules.size()), lists_(buckets + 1) {
    for (int i = int(rules.size()) - 1; i >= 0; --i) {
      const rewrite_rule& rule = rules[std::size_t(i)];
      list& one = lists_[rule.root == nullptr ? buckets : bucket_of(*rule.root)];
      next_[std::size_t(i)] = one.first;
      one.first = i + 1;
      one.operands |= rule.operands.bits;
    }
  }

  constexpr node_id rewrite(graph& in, node_id id) override {
    const std::size_t index = std::size_t(id.value);
    if (index < normal_.size() && normal_.elements[index].value >= 0) return normal_.elements[index];
    remember(id, id);  // a rule that meets its own node takes it as it is
    const node& here = in[id];
    const operation* const op = here.op;
    operation_bits operands = any_bit;
    for (int i = 0; i < here.arity; ++i) operands |= bit_of(*in[here.operands[i]].op);
    if (!try_rules(in, id, op, operands, lists_.elements[bucket_of(*op)]))
      try_rules(in, id, op, operands, lists_.elements[buckets]);
    return normal_.elements[index];
  }

  /// Every use of a rule, in order. The nodes are those of the graph before it is pruned.
  [[nodiscard]] constexpr std::span<const rule_firing> firings() const { return firings_; }

  [[nodiscard]] constexpr rule_counts fired() const {
    rule_counts counts(rules_.size(), 0);
    for (const rule_firing& each : firings_) ++counts[each.rule];
    return counts;
  }

 private:
  /// Some rules in the order of the table, and what one of the operands must be for any of them.
  struct list {
    int first = 0;  // 1 + the first rule, 0 where there is none
    operation_bits operands = 0;
  };

  static constexpr std::size_t buckets = 64;
  static constexpr std::size_t bucket_of(const operation& of) { return of.hash % buckets; }

  /// Tries the rules of one list until one fires.
  constexpr bool try_rules(graph& in, node_id id, const operation* op, operation_bits operands, list of) {
    if ((of.operands & operands) == 0) return false;
    const rewrite_rule* const rules = rules_.data();
    for (int place = of.first; place > 0; place = next_.elements[place - 1]) {
      const rewrite_rule& rule = rules[place - 1];
      if ((rule.operands.bits & operands) == 0 || (rule.root != nullptr && rule.root != op)) continue;
      if (!rule.operands.admits(in, in[id])) continue;  // bits may be shared
      const ref found = rule.apply({&in, id});
      if (!found.id || found.id == id) continue;
      firings_.push_back({std::size_t(place) - 1, id, found.id});
      remember(id, found.id);
      return true;
    }
    return false;
  }

  constexpr void remember(node_id id, node_id normal) {
    if (std::size_t(id.value) >= normal_.size()) normal_.resize(std::size_t(id.value) * 2 + 32);
    normal_[std::size_t(id.value)] = normal;
  }

  std::span<const rewrite_rule> rules_;
  sequence<int> next_;    // 1 + the next rule of the same list, 0 at its end
  sequence<list> lists_;  // by the hash of the root; the last one for every operation
  std::vector<rule_firing> firings_;
  sequence<node_id> normal_;
};

/// The graph in the normal form of some rules; counts what fired if asked. The first `normal` nodes are so
/// already.
[[nodiscard]] constexpr graph rewrite(const graph& from, std::span<const rewrite_rule> rules,
                                      rule_counts* fired = nullptr, int normal = 0) {
  rule_rewriting rewriter(rules);
  graph result = rebuild(from, reachable(from), &rewriter, normal);
  if (fired != nullptr) *fired = rewriter.fired();
  return prune(static_cast<graph&&>(result));
}

}  // namespace fusegrad
