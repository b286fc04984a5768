#include "engine/observe/audit_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/json/writer.h"

namespace tollgate {
namespace {

// How far back the start of the last line is looked for: no line is longer.
constexpr uint64_t kLineBytesMax = uint64_t{64} << 10;
constexpr int kMode = 0600;

// More than a head has: what is longer is none.
constexpr size_t kHeadBytesMax = 256;

absl::Status FileFailed(std::string_view path, int error_number) {
  const std::string what =
      absl::StrCat(path, ": ", std::strerror(error_number));
  return error_number == ENOSPC || error_number == EDQUOT ||
                 error_number == EFBIG
             ? absl::ResourceExhaustedError(what)
             : absl::UnavailableError(what);
}

absl::StatusOr<int> OpenFile(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), flags | O_CREAT | O_CLOEXEC, kMode);
  if (descriptor < 0) return FileFailed(path, errno);
  return descriptor;
}

// False: as errno says.
bool TakeLock(int descriptor, int operation) {
  while (flock(descriptor, operation) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

// Whether the path has another file than the open one, or none.
bool IsAnother(const std::string& path, int descriptor) {
  struct stat there;
  struct stat opened;
  if (stat(path.c_str(), &there) != 0) return errno == ENOENT;
  return fstat(descriptor, &opened) == 0 &&
         (there.st_dev != opened.st_dev || there.st_ino != opened.st_ino);
}

// Writes all of `text`. Returns an error number, or 0.
int WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<size_t>(count));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

std::string TextEvent(std::string_view time, std::string_view event,
                      std::string_view name, std::string_view text) {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject().Key("time").String(time).Key("event").String(event);
  json.Key(name).String(text).EndObject();
  return body;
}

}  // namespace

std::string AuditHeadPath(std::string_view path) {
  return absl::StrCat(path, ".head");
}

AuditFile::AuditFile(AuditFileOptions options) : options_(std::move(options)) {}

AuditFile::~AuditFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (head_descriptor_ >= 0) close(head_descriptor_);
}

absl::StatusOr<std::unique_ptr<AuditFile>> AuditFile::Open(
    AuditFileOptions options) {
  std::unique_ptr<AuditFile> file(new AuditFile(std::move(options)));
  if (auto status = file->Reopen(); !status.ok()) return status;
  return file;
}

absl::Status AuditFile::OpenPath() {
  const auto opened = OpenFile(options_.path, O_RDWR | O_APPEND);
  if (!opened.ok()) return opened.status();
  struct stat found;
  if (fstat(*opened, &found) != 0 || S_ISDIR(found.st_mode)) {
    close(*opened);
    return FileFailed(options_.path, EISDIR);
  }
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = *opened;
  return absl::OkStatus();
}

absl::Status AuditFile::Reopen() {
  if (auto status = OpenPath(); !status.ok()) return status;
  known_size_ = kUnknownSize;
  if (options_.chain == nullptr) return absl::OkStatus();
  const auto head = OpenFile(AuditHeadPath(options_.path), O_RDWR);
  if (!head.ok()) return head.status();
  if (head_descriptor_ >= 0) close(head_descriptor_);
  head_descriptor_ = *head;
  return absl::OkStatus();
}

absl::Status AuditFile::Failed(int error_number) const {
  return FileFailed(options_.path, error_number);
}

absl::Status AuditFile::Append(absl::Span<const std::string> bodies,
                               std::string_view time) {
  if (bodies.empty()) return absl::OkStatus();
  if (auto status = Lock(); !status.ok()) return status;
  const auto unlock = absl::MakeCleanup([this] { Unlock(); });
  return AppendLocked(bodies, time);
}

// Locks, and opens the files that have the paths now, where they are others:
// what went on in an old one would not follow on what others wrote into the new
// one. Where none can be opened, the old one is better than none.
absl::Status AuditFile::Lock() {
  for (;;) {
    if (auto status = LockOpen(); !status.ok()) return status;
    if (!IsMovedAway()) return absl::OkStatus();
    Unlock();
    if (!Reopen().ok()) return LockOpen();
  }
}

// The file beside first: a rotation leaves it where it is, so that whoever
// holds it is alone with the chain. Then the file, which those without a chain
// lock as well.
absl::Status AuditFile::LockOpen() {
  if (head_descriptor_ >= 0 && !TakeLock(head_descriptor_, LOCK_EX)) {
    return FileFailed(AuditHeadPath(options_.path), errno);
  }
  if (TakeLock(descriptor_, LOCK_EX)) return absl::OkStatus();
  const int error_number = errno;
  Unlock();
  return Failed(error_number);
}

void AuditFile::Unlock() {
  flock(descriptor_, LOCK_UN);
  if (head_descriptor_ >= 0) flock(head_descriptor_, LOCK_UN);
}

bool AuditFile::IsMovedAway() const {
  return IsAnother(options_.path, descriptor_) ||
         (head_descriptor_ >= 0 &&
          IsAnother(AuditHeadPath(options_.path), head_descriptor_));
}

absl::Status AuditFile::AppendLocked(absl::Span<const std::string> bodies,
                                     std::string_view time) {
  struct stat found;
  if (fstat(descriptor_, &found) != 0) return Failed(errno);
  // What is no regular file, a pipe or a device, has no end to look at.
  const bool regular = S_ISREG(found.st_mode);
  uint64_t size = regular ? static_cast<uint64_t>(found.st_size) : 0;
  uint64_t torn = 0;
  if (regular && size > 0) {
    const auto dropped = DropTornLine(size);
    if (!dropped.ok()) return dropped.status();
    torn = *dropped;
  }
  bool head_lost = false;
  if (auto status = CatchUp(size, head_lost); !status.ok()) return status;
  ChainState state = state_;
  std::string text;
  if (size == 0 && state.sequence > 0) {
    AppendLine(
        TextEvent(time, "continued", "after", AuditChain::FormatState(state)),
        state, text);
  }
  if (head_lost) {
    AppendLine(TextEvent(time, "head_lost", "why", "missing, or changed"),
               state, text);
  }
  if (torn > 0) {
    AppendLine(
        TextEvent(time, "torn_line_dropped", "bytes", absl::StrCat(torn)),
        state, text);
  }
  const uint64_t lines_before = lines_since_checkpoint_;
  for (const std::string& body : bodies) {
    AppendLine(body, state, text);
    if (lines_since_checkpoint_ >= options_.checkpoint_lines) {
      AppendCheckpoint(time, state, text);
    }
  }
  if (const int failed = WriteAll(descriptor_, text); failed != 0) {
    lines_since_checkpoint_ = lines_before;
    // Best effort: what stays is a torn line, which the next one takes off.
    if (regular && ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      known_size_ = kUnknownSize;
    }
    return Failed(failed);
  }
  state_ = state;
  known_size_ = size + text.size();
  WriteHead();
  return absl::OkStatus();
}

void AuditFile::AppendLine(std::string_view body, ChainState& state,
                           std::string& out) {
  if (options_.chain == nullptr) {
    absl::StrAppend(&out, body, "\n");
    return;
  }
  options_.chain->AppendLine(body, state, out);
  ++lines_since_checkpoint_;
}

void AuditFile::AppendCheckpoint(std::string_view time, ChainState& state,
                                 std::string& out) {
  lines_since_checkpoint_ = 0;
  if (options_.chain == nullptr || options_.signer == nullptr) return;
  const auto signature =
      options_.signer->Sign(AuditChain::CheckpointMessage(state));
  options_.chain->AppendLine(
      TextEvent(time, "checkpoint", "signature",
                signature.ok() ? EncodeBase64Url(*signature) : ""),
      state, out);
}

// Takes off what a crash left of a line; returns how many bytes.
absl::StatusOr<uint64_t> AuditFile::DropTornLine(uint64_t& size) {
  const uint64_t from = size - std::min(size, kLineBytesMax);
  const auto end = Read(from, size);
  if (!end.ok()) return end.status();
  if (end->back() == '\n') return 0;
  const size_t last = end->rfind('\n');
  const uint64_t whole = last == std::string::npos ? from : from + last + 1;
  const uint64_t torn = size - whole;
  if (ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) {
    return Failed(errno);
  }
  size = whole;
  return torn;
}

// Learns where the chain stands, when others wrote, or nobody here has yet: at
// the furthest of what the file's end says, what the head does, and what was
// written here. So where lines were cut off, those that follow do not fit.
absl::Status AuditFile::CatchUp(uint64_t size, bool& head_lost) {
  if (options_.chain == nullptr) return absl::OkStatus();
  char text[kHeadBytesMax];
  const ssize_t count = pread(head_descriptor_, text, sizeof(text), 0);
  if (count < 0) return FileFailed(AuditHeadPath(options_.path), errno);
  const auto head =
      options_.chain->ReadHead({text, static_cast<size_t>(count)});
  // As it was left here, both: of the size alone it could be what is left of
  // what others wrote.
  if (size == known_size_ && head == state_) return absl::OkStatus();
  if (size > 0) {
    const auto end = Read(size - std::min(size, kLineBytesMax), size - 1);
    if (!end.ok()) return end.status();
    const auto last = AuditChain::StateOf(
        std::string_view(*end).substr(end->rfind('\n') + 1));
    if (!last.has_value()) {
      return absl::DataLossError(absl::StrCat(
          options_.path, ": its last line is of no chain; move it away"));
    }
    if (last->sequence > state_.sequence) state_ = *last;
  }
  if (head.has_value() && head->sequence > state_.sequence) state_ = *head;
  head_lost = !head.has_value() && size > 0;
  return absl::OkStatus();
}

absl::StatusOr<std::string> AuditFile::Read(uint64_t from, uint64_t to) const {
  std::string bytes(to - from, '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t count =
        pread(descriptor_, bytes.data() + have, bytes.size() - have,
              static_cast<off_t>(from + have));
    if (count == 0) return Failed(EIO);
    if (count > 0) {
      have += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      return Failed(errno);
    }
  }
  return bytes;
}

// Fails as the disk does; then the lines that are there say more than the head,
// which is no sign of anything cut off.
void AuditFile::WriteHead() const {
  if (options_.chain == nullptr) return;
  const std::string head = options_.chain->FormatHead(state_);
  [[maybe_unused]] const ssize_t written =
      pwrite(head_descriptor_, head.data(), head.size(), 0);
}

absl::StatusOr<AuditExtent> ReadAuditExtent(const std::string& path) {
  AuditExtent extent;
  const std::string head_path = AuditHeadPath(path);
  const int head = open(head_path.c_str(), O_RDONLY | O_CLOEXEC);
  if (head < 0 && errno != ENOENT) return FileFailed(head_path, errno);
  // Closing unlocks.
  const auto close_head = absl::MakeCleanup([head] {
    if (head >= 0) close(head);
  });
  if (head >= 0) {
    if (!TakeLock(head, LOCK_SH)) return FileFailed(head_path, errno);
    char text[kHeadBytesMax];
    const ssize_t count = pread(head, text, sizeof(text), 0);
    if (count < 0) return FileFailed(head_path, errno);
    extent.head.emplace(text, static_cast<size_t>(count));
  }
  struct stat found;
  if (stat(path.c_str(), &found) == 0) {
    extent.bytes = static_cast<uint64_t>(found.st_size);
  } else if (errno != ENOENT) {
    return FileFailed(path, errno);
  }
  return extent;
}

}  // namespace tollgate
