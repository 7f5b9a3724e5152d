// SPDX-License-Identifier: BSL-1.0
// Runs a command and adds one line to a file: its processor seconds and its peak memory in MiB.
// Processor time rather than wall time, since other tests run beside it.
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: measure <result file> <command> [argument...]\n", stderr);
    return EXIT_FAILURE;
  }
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    std::perror("measure");
    return EXIT_FAILURE;
  }
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);  // also counts what the compiler driver started; ru_maxrss is in KiB
  std::FILE* result = std::fopen(argv[1], "w");
  if (result == nullptr) {
    std::perror(argv[1]);
    return EXIT_FAILURE;
  }
  std::fprintf(result, "%.3f %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
               usage.ru_maxrss / 1024);
  std::fclose(result);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
