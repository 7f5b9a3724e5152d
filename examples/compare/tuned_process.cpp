// SPDX-License-Identifier: BSL-1.0
// Requests and answers go through one socket, as the bytes of plain structures: both sides are this program.

#include "tuned_process.hpp"

#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>

namespace compare {
namespace {

constexpr int socket_of_server = STDIN_FILENO;

struct request {
  task chosen;
  std::uint64_t calls;  // To time; none asks for the outcome of a run.
};

struct outcome_heading {
  double loss;
  std::uint64_t parameters;  // So many floats follow.
};

// Whether all could be sent.
bool send_all(int socket, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes = bytes.subspan(std::size_t(sent));
  }
  return true;
}

// Whether all has come.
bool receive_all(int socket, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t received = recv(socket, bytes.data(), bytes.size(), 0);
    if (received <= 0) return false;
    bytes = bytes.subspan(std::size_t(received));
  }
  return true;
}

template <class Value> bool send_value(int socket, const Value& value) {
  return send_all(socket, std::as_bytes(std::span(&value, 1)));
}

template <class Value> bool receive_value(int socket, Value& value) {
  return receive_all(socket, std::as_writable_bytes(std::span(&value, 1)));
}

void require(bool answered) {
  if (!answered)
    throw std::runtime_error("the process of the tuned peers has ended; its last words are above");
}

double time_there(int socket, task chosen, std::uint64_t calls) {
  double seconds = 0;
  require(send_value(socket, request{chosen, calls}) && receive_value(socket, seconds));
  return seconds;
}

outcome run_there(int socket, task chosen) {
  outcome_heading heading{};
  require(send_value(socket, request{chosen, 0}) && receive_value(socket, heading));
  outcome result{heading.loss, std::vector<float>(heading.parameters)};
  require(receive_all(socket, std::as_writable_bytes(std::span(result.parameters))));
  return result;
}

// This process' environment and the settings, as NAME=VALUE.
std::vector<std::string> environment_with(const std::vector<setting>& settings) {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) all.emplace_back(*each);
  for (const setting& each : settings) all.push_back(each.name + "=" + each.value);
  return all;
}

// As the C interface takes a list: ended by a null pointer.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

pid_t start(int socket, const std::vector<setting>& settings, std::size_t most_rows) {
  std::vector<std::string> words = {"compare", "--serve", "--rows", std::to_string(most_rows)};
  std::vector<std::string> environment = environment_with(settings);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, socket_of_server);
  pid_t process = 0;
  const int error = posix_spawn(&process, "/proc/self/exe", &actions, nullptr, pointers_to(words).data(),
                                pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "the process of the tuned peers");
  return process;
}

runner prepared(const all_workloads& all, task chosen) {
  runner result;
  std::uint32_t place = 0;
  all.for_each([&]<class Problem>(const workload<Problem>& work) {
    if (place++ == chosen.workload) result = run_here(work, peers<Problem>().at(chosen.peer));
  });
  return result;
}

bool send_outcome(const outcome& result) {
  return send_value(socket_of_server, outcome_heading{result.loss, result.parameters.size()}) &&
         send_all(socket_of_server, std::as_bytes(std::span(result.parameters)));
}

}  // namespace

tuned_process::tuned_process(const std::vector<setting>& settings, std::size_t most_rows) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    throw std::system_error(errno, std::generic_category(), "the socket to the tuned peers");
  socket_ = sockets[0];
  process_ = start(sockets[1], settings, most_rows);
  close(sockets[1]);
}

tuned_process::~tuned_process() {
  close(socket_);
  waitpid(process_, nullptr, 0);
}

runner tuned_process::run_there(task chosen) const {
  return {[=, this] { return compare::run_there(socket_, chosen); },
          [=, this](std::size_t calls) { return time_there(socket_, chosen, calls); }};
}

void serve(const all_workloads& all) {
  std::optional<task> ready;
  runner current;
  for (request next{}; receive_value(socket_of_server, next);) {
    if (ready != next.chosen) {
      current = prepared(all, next.chosen);
      ready = next.chosen;
    }
    const bool sent = next.calls == 0 ? send_outcome(current.run())
                                      : send_value(socket_of_server, current.time(next.calls));
    if (!sent) return;
  }
}

}  // namespace compare
