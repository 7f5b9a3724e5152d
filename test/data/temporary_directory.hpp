// SPDX-License-Identifier: BSL-1.0
// Files for the tests of readers: a directory that removes itself, and the bytes of small IDX and gzip files.
// Damaged files are cut from good ones.
#pragma once

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/device/array.hpp>
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace fusegrad::test {

/// A new empty directory, removed with all it holds at the end of the scope.
class temporary_directory {
 public:
  temporary_directory() { std::filesystem::create_directory(path_); }
  ~temporary_directory() { std::filesystem::remove_all(path_); }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Writes a file and gives its path.
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

 private:
  static std::filesystem::path new_path() {
    static std::atomic<int> count = 0;
    const std::string name = "fusegrad-" + std::to_string(getpid()) + "-" + std::to_string(count++);
    return std::filesystem::temp_directory_path() / name;
  }

  std::filesystem::path path_ = new_path();
};

/// The header of an IDX file.
inline std::string idx_header(char code, const std::vector<std::uint32_t>& extents) {
  std::string bytes = {0, 0, code, static_cast<char>(extents.size())};
  for (std::uint32_t extent : extents)
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(extent >> shift & 0xff);
  return bytes;
}

/// What gzip makes of the bytes.
inline std::string gzip(const std::string& bytes) {
  namespace io = boost::iostreams;
  std::string result;
  io::filtering_ostreambuf stream;
  stream.push(io::gzip_compressor());
  stream.push(io::back_inserter(result));
  io::copy(io::array_source(bytes.data(), bytes.size()), stream);
  return result;
}

/// The text of the `Exception` that `call` throws; a sentence that matches no test if it throws none.
template <class Exception, class Call> std::string message_of(Call call) try {
  call();
  return "nothing was thrown";
} catch (const Exception& exception) {
  return exception.what();
}

}  // namespace fusegrad::test
