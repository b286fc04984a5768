// Reads small files whole, bounded, with errors that name the file.
//
// Control path only. Errors: NotFound, PermissionDenied, InvalidArgument (not a
// file, or too long), Unavailable (the system could not read it).

#ifndef TOLLGATE_ENGINE_CONFIG_FILE_BYTES_H_
#define TOLLGATE_ENGINE_CONFIG_FILE_BYTES_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace tollgate {

// An open file, closed at the end.
class InputFile {
 public:
  // Opens for reading, with `flags` such as O_NONBLOCK beside.
  static absl::StatusOr<InputFile> Open(const std::string& path, int flags = 0);

  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  int descriptor() const { return descriptor_; }

  // Reads until `buffer` is full or the file ends. Returns the bytes read.
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) const;

 private:
  InputFile(std::string path, int descriptor);

  std::string path_;
  int descriptor_;
};

// Returns the status for the failure `error_number` (errno) on `path`.
absl::Status FileError(const std::string& path, int error_number);

// Reads the file at `path`, of at most `size_max` bytes. Waits where it is a
// pipe: for what a command is given.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t size_max);

// The same of a regular file, and of nothing else: for what an engine follows,
// which must not wait for anybody.
absl::StatusOr<std::string> ReadRegularFile(const std::string& path,
                                            size_t size_max);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_FILE_BYTES_H_
