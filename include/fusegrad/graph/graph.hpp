// SPDX-License-Identifier: BSL-1.0
// The graph: nodes in topological order, each distinct value once (hash-consing with ordered operands).
// An ordinary class: passes build and read it in constant expressions and at run time alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "fusegrad/base/sequence.hpp"
#include "fusegrad/graph/node.hpp"
#include "fusegrad/graph/operation.hpp"
#include "fusegrad/graph/problem.hpp"

namespace fusegrad {

/// What a graph computes: the value, the gradient of the value by a symbol, or the value of a symbol for a
/// later sweep over the rows.
enum class output_role : std::uint8_t { value, gradient, statistic };

/// One fact per node.
using node_flags = sequence<char>;

/// A node that must be kept.
struct output {
  output_role role = output_role::value;
  int symbol = -1;
  node_id id;

  bool operator==(const output&) const = default;
};

/// Replaces nodes by simpler ones while they are added: the hook of the rewriting passes.
class rewriting {
 public:
  /// The node that stands for `id` from now on.
  virtual constexpr node_id rewrite(graph&, node_id id) = 0;

 protected:
  constexpr ~rewriting() = default;
};

/// A directed acyclic graph of values.
/// Cost: adding a node is constant time; the hash is compared before anything else, since every step of a
/// constant
///       evaluation counts.
class graph {
 public:
  constexpr graph() : slots_(16) {}

  /// The node for `op(operands)`: the existing one if there is one. Records a problem if the operands do not
  /// fit.
  constexpr node_id add(const operation& op, std::initializer_list<node_id> operands,
                        attributes payload = {}) {
    return add(op, operands.begin(), int(operands.size()), payload);
  }

  constexpr node_id add(const operation& op, const node_id* operands, int count, const attributes& payload) {
    node candidate;
    candidate.op = &op;
    candidate.arity = count;
    candidate.payload = payload;
    for (int i = 0; i < count; ++i) candidate.operands[i] = operands[i];
    return intern(candidate, false);
  }

  /// Adds a node that another graph had, its operands replaced by equals of this graph: nothing is inferred
  /// again but its level.
  constexpr node_id add_like(node known) {
    known.depends = level::constant;
    return intern(known, true);
  }

  /// Adds a node that is known to be new, with operands that are in the graph: how a pass copies a graph.
  constexpr node_id append(const node& known) {
    nodes_.push_back(known);
    return node_id{int(nodes_.size()) - 1};
  }
  constexpr void append(std::span<const node> known) { nodes_.append(known.data(), known.size()); }

  [[nodiscard]] constexpr const node& operator[](node_id id) const { return nodes_.elements[id.value]; }
  [[nodiscard]] constexpr int size() const { return int(nodes_.size()); }
  [[nodiscard]] constexpr std::span<const node> nodes() const { return nodes_; }
  [[nodiscard]] constexpr std::span<const symbol> symbols() const { return symbols_; }
  [[nodiscard]] constexpr std::span<const output> outputs() const { return outputs_; }

  /// The index of a symbol: the existing one of that name if there is one. Records a problem if the two
  /// differ.
  constexpr int add_symbol(const symbol& wanted) {
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      if (!same_name(symbols_[i].name, wanted.name)) continue;
      if (!(symbols_[i] == wanted))
        report({problem_kind::symbol_with_two_shapes, symbols_[i].extents, wanted.extents});
      return int(i);
    }
    symbols_.push_back(wanted);
    return int(symbols_.size()) - 1;
  }

  /// Adds the symbols of another graph, of which no two are the same, to a graph that has none.
  constexpr void copy_symbols(std::span<const symbol> known) {
    symbols_.reserve(known.size());
    for (const symbol& each : known) symbols_.push_back(each);
  }

  [[nodiscard]] constexpr int find_symbol(std::string_view name) const {
    for (std::size_t i = 0; i < symbols_.size(); ++i)
      if (symbols_[i].name == name) return int(i);
    return -1;
  }

  constexpr void add_output(const output& wanted) { outputs_.push_back(wanted); }
  constexpr void drop_outputs() { outputs_.clear(); }

  /// The node of an output, or none.
  [[nodiscard]] constexpr node_id find_output(output_role role, int symbol = -1) const {
    for (const output& each : outputs_)
      if (each.role == role && (role == output_role::value || each.symbol == symbol)) return each.id;
    return {};
  }

  /// The first problem met while the graph was built.
  [[nodiscard]] constexpr const problem& trouble() const { return trouble_; }
  constexpr void report(const problem& found) {
    if (!trouble_) trouble_ = found;
  }

  /// From now on every node that is added passes through `hook`; null ends it.
  constexpr void rewrite_with(rewriting* hook) { hook_ = hook; }

  constexpr void reserve(std::size_t count) {
    nodes_.reserve(count);
    hashes_.reserve(count);
  }

 private:
  /// Names that differ most often do so at the end. A string's own comparison takes ten times the steps.
  static constexpr bool same_name(std::string_view a, std::string_view b) {
    std::size_t left = a.size();
    if (left != b.size()) return false;
    const char* const first = a.data();
    const char* const second = b.data();
    while (left > 0 && first[left - 1] == second[left - 1]) --left;
    return left == 0;
  }

  constexpr node_id intern(node& candidate, bool inferred) {
    if (hashes_.size() != nodes_.size()) index();
    const std::uint32_t hash = hash_of_node(candidate);
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash & mask;
    for (; slots_.elements[slot] != 0; slot = (slot + 1) & mask) {
      const int found = slots_.elements[slot] - 1;
      if (hashes_.elements[found] == hash && same_value(nodes_.elements[found], candidate))
        return rewritten(node_id{found});
    }
    find_level(candidate);
    if (!inferred) infer(candidate);
    const int added = int(nodes_.size());
    slots_.elements[slot] = added + 1;
    nodes_.push_back(candidate);
    hashes_.push_back(hash);
    if (nodes_.size() * 2 > slots_.size()) index();
    return rewritten(node_id{added});
  }

  constexpr void find_level(node& candidate) const {
    if (candidate.op->family == operation_family::leaf) {
      candidate.depends = level_of_leaf(candidate.payload);
      return;
    }
    for (int i = 0; i < candidate.arity; ++i) {
      const level depends = nodes_.elements[candidate.operands[i].value].depends;
      if (depends > candidate.depends) candidate.depends = depends;
    }
    if (candidate.op->family == operation_family::row_mean) candidate.depends = level::parameter;
    if (begins_repetition(candidate)) candidate.depends = level(candidate.payload.axes);
  }

  constexpr void infer(node& candidate) {
    const inference inferred = candidate.op->infer(*this, candidate);
    if (inferred.trouble) report(inferred.trouble);
    candidate.extents = inferred.extents;
    candidate.kind = inferred.kind;
  }

  static constexpr bool same_value(const node& a, const node& b) {
    if (a.op != b.op || a.arity != b.arity) return false;
    for (int i = 0; i < a.arity; ++i)
      if (a.operands[i].value != b.operands[i].value) return false;
    return a.payload == b.payload;
  }

  static constexpr std::uint32_t hash_of_node(const node& of) {
    std::uint32_t hash = of.op->hash;
    for (int i = 0; i < of.arity; ++i) hash = (hash ^ std::uint32_t(of.operands[i].value)) * 0x9E3779B1u;
    hash = (hash ^ std::uint32_t(of.payload.symbol + 1)) * 0x85EBCA77u;
    hash = (hash ^ of.payload.axes ^ of.payload.letters[0].packed ^ std::uint32_t(of.payload.starts.low)) *
           0xC2B2AE3Du;
    hash = (hash ^ std::uint32_t(number_key(of.payload.number))) * 0x27D4EB2Fu;
    return hash ^ hash >> 15;
  }

  /// Any whole number that equal payloads share.
  static constexpr std::int32_t number_key(double number) {
    return number > -1e6 && number < 1e6 ? std::int32_t(number * 1000) : 1;
  }

  constexpr level level_of_leaf(const attributes& payload) const {
    if (payload.symbol < 0) return level::constant;
    switch (symbols_[std::size_t(payload.symbol)].role) {
      case symbol_role::parameter:
      case symbol_role::scalar:
      case symbol_role::row_count:
      case symbol_role::statistic: return level::parameter;
      default: return level::row;
    }
  }

  constexpr node_id rewritten(node_id id) { return hook_ == nullptr ? id : hook_->rewrite(*this, id); }

  /// Makes the hash table anew, for the nodes that were appended or since it is half full.
  constexpr void index() {
    std::size_t size = slots_.size();
    while (size < nodes_.size() * 4) size *= 4;
    slots_ = sequence<int>(size);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (i >= hashes_.size()) hashes_.push_back(hash_of_node(nodes_.elements[i]));
      std::size_t slot = hashes_.elements[i] & (size - 1);
      while (slots_.elements[slot] != 0) slot = (slot + 1) & (size - 1);
      slots_.elements[slot] = int(i) + 1;
    }
  }

  sequence<node> nodes_;
  sequence<std::uint32_t> hashes_;
  sequence<int> slots_;  // 1 + index of a node, 0 where free; a power of two
  std::vector<symbol> symbols_;
  std::vector<output> outputs_;
  problem trouble_;
  rewriting* hook_ = nullptr;
};

}  // namespace fusegrad
