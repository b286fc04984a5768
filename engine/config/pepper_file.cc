#include "engine/config/pepper_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/config/file_bytes.h"

namespace tollgate {
namespace {

absl::Status Refused(const std::string& path, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(absl::Utf8SafeCEscape(path), ": ", why));
}

// A buffer on the stack that is wiped when it goes.
struct WipedBuffer {
  std::array<char, limits::kPepperBytesMax + 1> bytes;
  ~WipedBuffer() { WipeBytes(bytes.data(), bytes.size()); }
};

absl::Status CheckSize(const std::string& path, std::string_view what,
                       size_t size) {
  if (size < limits::kPepperBytesMin) {
    return Refused(path, absl::StrCat(what, " needs at least ",
                                      limits::kPepperBytesMin, " bytes"));
  }
  if (size > limits::kPepperBytesMax) {
    return Refused(path, absl::StrCat(what, " has at most ",
                                      limits::kPepperBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LoadedPepper> LoadPepper(const std::string& path,
                                        std::string_view what) {
  // Not to wait for the other end if it is a pipe, which is refused below.
  const absl::StatusOr<InputFile> file = InputFile::Open(path, O_NONBLOCK);
  if (!file.ok()) return file.status();
  struct stat facts;
  if (fstat(file->descriptor(), &facts) != 0) return FileError(path, errno);
  if (!S_ISREG(facts.st_mode)) return Refused(path, "is not a regular file");
  if ((facts.st_mode & S_IWOTH) != 0) {
    return Refused(path, "anyone may write to it; chmod 600 it");
  }
  WipedBuffer buffer;
  const auto size = file->Read(absl::MakeSpan(buffer.bytes));
  if (!size.ok()) return size.status();
  if (absl::Status status = CheckSize(path, what, *size); !status.ok()) {
    return status;
  }
  LoadedPepper pepper;
  pepper.bytes = SecretBytes::CopyOf({buffer.bytes.data(), *size});
  if ((facts.st_mode & S_IROTH) != 0) {
    pepper.warning = absl::StrCat(absl::Utf8SafeCEscape(path),
                                  ": anyone may read it; chmod 600 it");
  }
  return pepper;
}

}  // namespace tollgate
