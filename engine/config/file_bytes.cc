#include "engine/config/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tollgate {

absl::Status FileError(const std::string& path, int error_number) {
  const std::string message = absl::StrCat(absl::Utf8SafeCEscape(path), ": ",
                                           std::strerror(error_number));
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(message);
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return absl::InvalidArgumentError(message);
    default:
      return absl::UnavailableError(message);
  }
}

InputFile::InputFile(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

InputFile::~InputFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<InputFile> InputFile::Open(const std::string& path, int flags) {
  const int descriptor =
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
  if (descriptor < 0) return FileError(path, errno);
  return InputFile(path, descriptor);
}

absl::StatusOr<size_t> InputFile::Read(absl::Span<char> buffer) const {
  size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t count =
        read(descriptor_, buffer.data() + size, buffer.size() - size);
    if (count == 0) break;
    if (count > 0) {
      size += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      return FileError(path_, errno);
    }
  }
  return size;
}

namespace {

// Grows as the file does: what may be long mostly is not.
absl::StatusOr<std::string> ReadAll(const InputFile& file,
                                    const std::string& path, size_t size_max) {
  constexpr size_t kFirstBytes = 16 << 10;
  std::string bytes;
  for (size_t room = kFirstBytes;; room *= 2) {
    const size_t known = bytes.size();
    bytes.resize(std::min(room, size_max + 1));
    const absl::StatusOr<size_t> read =
        file.Read(absl::MakeSpan(bytes).subspan(known));
    if (!read.ok()) return read.status();
    const bool ended = known + *read < bytes.size();
    bytes.resize(known + *read);
    if (ended) return bytes;
    if (bytes.size() > size_max) break;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      absl::Utf8SafeCEscape(path), ": is longer than ", size_max, " bytes"));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t size_max) {
  const absl::StatusOr<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  return ReadAll(*file, path, size_max);
}

absl::StatusOr<std::string> ReadRegularFile(const std::string& path,
                                            size_t size_max) {
  const absl::StatusOr<InputFile> file = InputFile::Open(path, O_NONBLOCK);
  if (!file.ok()) return file.status();
  struct stat facts;
  if (fstat(file->descriptor(), &facts) != 0) return FileError(path, errno);
  if (!S_ISREG(facts.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(absl::Utf8SafeCEscape(path), ": is not a regular file"));
  }
  return ReadAll(*file, path, size_max);
}

}  // namespace tollgate
