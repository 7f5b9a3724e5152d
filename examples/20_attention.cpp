// SPDX-License-Identifier: BSL-1.0
// Attention over words. Each row is a small dictionary of its own, eight words with their meanings, and asks
// for one of them. Nothing can be learned by heart: the net learns to look up. A row holds its words as
// labels; each reads its row of a table, and training changes these rows alone.
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <random>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr int vocabulary = 40, entries = 8, width = 16;

constexpr auto names = label<"names", vocabulary, entries>;
constexpr auto meanings = label<"meanings", vocabulary, entries>;
constexpr auto asked = label<"asked", vocabulary, 1>;
constexpr auto answer = label<"answer", vocabulary>;
constexpr auto K = param<"K", vocabulary, width>;  // what a word is as a name
constexpr auto V = param<"V", vocabulary, width>;  // and as a meaning
constexpr auto W = param<"W", vocabulary, width>;

constexpr auto found = attention(embedding(K, asked), embedding(K, names), embedding(V, meanings));
constexpr auto logits = W * at<0>(found);
constexpr auto loss = cross_entropy(logits, answer);

/// Dictionaries of different words with any meanings.
struct dictionaries {
  std::vector<std::uint8_t> names, meanings, asked, answers;

  dictionaries(int count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> words(vocabulary);
    std::iota(words.begin(), words.end(), std::uint8_t(0));
    for (int row = 0; row < count; ++row) {
      for (std::size_t i = 0; i < entries; ++i) {
        std::swap(words[i], words[i + random() % (vocabulary - i)]);
        names.push_back(words[i]);
        meanings.push_back(std::uint8_t(random() % vocabulary));
      }
      const std::size_t entry = names.size() - entries + random() % entries;
      asked.push_back(names[entry]);
      answers.push_back(meanings[entry]);
    }
  }
  [[nodiscard]] auto rows() const {
    return dataset(::names = names, ::meanings = meanings, ::asked = asked, answer = answers);
  }
};

int main() {
  const auto train = dictionaries(4000, 1).rows(), test = dictionaries(1000, 2).rows();
  auto model = initialise<loss>(3, K = normal(0, 0.3), V = normal(0, 0.3), W = normal(0, 0.3));
  const auto report = [&](const char* when) {
    std::printf("%-16s loss %6.4f, right answers %5.1f %%\n", when, double(evaluate(loss, model, test)),
                100 * accuracy(logits, model, test));
  };
  report("at first");
  for (const char* when : {"after 1 epoch", "after 2 epochs", "after 3 epochs", "after 4 epochs"}) {
    fit(loss, model, train, adam{.learning_rate = 0.01}, {.epochs = 1, .batch_size = 50, .log = nullptr});
    report(when);
  }
}
