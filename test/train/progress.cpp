// SPDX-License-Identifier: BSL-1.0
// What a training run shows: lines in a file, a bar on a terminal, nothing without a stream.
#define BOOST_TEST_MODULE progress
#include "fusegrad/train/progress.hpp"

#include "fusegrad/run/instruction_set.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <iostream>
#include <regex>
#include <sstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

using namespace fusegrad;

namespace {

/// Two epochs of three batches, slow enough for a bar to be drawn.
void run(std::ostream* to) {
  progress shown(to, 2, 3);
  shown.begin("sse2", 1);
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    for (std::size_t batch = 0; batch < 3; ++batch) {
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
      shown.batch_done(epoch, batch);
    }
    shown.epoch_done(epoch, 0.5 / double(epoch + 1));
  }
}

/// What std::cout writes to a terminal while `call` runs; empty where there are no terminals.
template <class Call> std::string on_terminal(Call call) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) return {};
  const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
  const int before = dup(STDOUT_FILENO);
  std::cout.flush();
  dup2(terminal, STDOUT_FILENO);
  call();
  std::cout.flush();
  dup2(before, STDOUT_FILENO);
  std::string text;
  char part[1000];
  for (ssize_t count = 0; (count = read(master, part, sizeof part)) > 0;)
    text.append(part, std::size_t(count));
  for (const int each : {master, terminal, before}) close(each);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_stream_gets_one_line_per_epoch_and_no_bar) {
  std::ostringstream text;
  run(&text);
  // Registers of one number: whatever the machine is, it has wider ones, unless it is an unknown one.
  const std::string advice = available_instruction_set().lanes > 1 ? ": link fusegrad::native to use it" : "";
  const std::regex lines("training: 2 epochs of 3 batches, compiled for sse2; this machine has [a-z0-9.]+" +
                         advice +
                         "\n"
                         "epoch 1/2  loss 0.5  [0-9]+\\.[0-9]{2} s\n"
                         "epoch 2/2  loss 0.25  [0-9]+\\.[0-9]{2} s\n");
  BOOST_TEST(std::regex_match(text.str(), lines), text.str());
}

BOOST_AUTO_TEST_CASE(who_uses_the_widest_registers_gets_no_advice) {
  const instruction_set here = available_instruction_set();
  std::ostringstream text;
  progress(&text, 2, 3).begin(here.name, here.lanes);
  BOOST_TEST(text.str() == std::string("training: 2 epochs of 3 batches, compiled for ") + here.name +
                               "; this machine has " + here.name + "\n");
}

BOOST_AUTO_TEST_CASE(a_loss_prints_in_five_digits) {
  std::ostringstream text;
  progress shown(&text, 1, 1);
  shown.epoch_done(0, 0.123456789);
  BOOST_TEST(text.str().find("loss 0.12346  ") != std::string::npos, text.str());
}

BOOST_AUTO_TEST_CASE(without_a_stream_nothing_is_shown) {
  std::ostringstream caught;
  std::streambuf* const before = std::cout.rdbuf(caught.rdbuf());
  run(nullptr);
  std::cout.rdbuf(before);
  BOOST_TEST(caught.str() == "");
}

BOOST_AUTO_TEST_CASE(a_terminal_gets_a_bar_that_its_line_replaces) {
  const std::string text = on_terminal([] { run(&std::cout); });
  if (text.empty()) {
    BOOST_TEST_MESSAGE("no terminal can be opened here");
    return;
  }
  BOOST_TEST(text.find("\repoch 1/2 [====================          ]") != std::string::npos, text);
  const std::size_t bar = text.rfind(']');
  const std::size_t line = text.rfind("\repoch 2/2  loss 0.25");
  BOOST_TEST(line != std::string::npos, text);
  BOOST_TEST(bar < line, text);
}
