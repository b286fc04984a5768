#include "tools/tollgate/output.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tollgate::cli {
namespace {

constexpr size_t kPendingMax = size_t{1} << 16;

// How long a reader may pause once an end was asked for.
constexpr int kLastPauseMillis = 1000;

bool IsRegularFile(int descriptor) {
  struct stat found;
  return fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode);
}

absl::Status WriteError(int number) {
  const char* what = number == EBADF ? "is closed" : std::strerror(number);
  return absl::UnavailableError(absl::StrCat("standard output: ", what));
}

}  // namespace

Output::Output(Signals* signals)
    : signals_(signals),
      terminal_(isatty(STDOUT_FILENO) == 1),
      may_block_(!IsRegularFile(STDOUT_FILENO)) {}

absl::Status Output::Offer() {
  if (!terminal_ && pending_.size() < kPendingMax) return status_;
  return Flush();
}

absl::Status Output::Flush() {
  if (status_.ok()) status_ = Write(pending_);
  pending_.clear();
  return status_;
}

// A write of at most PIPE_BUF bytes does not block where poll() saw room.
absl::Status Output::Write(std::string_view text) {
  while (!text.empty()) {
    if (!AwaitRoom()) {
      return absl::UnavailableError("standard output: ended while blocked");
    }
    const size_t size =
        may_block_ ? std::min<size_t>(text.size(), PIPE_BUF) : text.size();
    const ssize_t written = write(STDOUT_FILENO, text.data(), size);
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      return WriteError(errno);
    }
  }
  return absl::OkStatus();
}

// Returns false when the end was asked for and nobody makes room. A reader that
// is only slow gets what it was owed.
bool Output::AwaitRoom() {
  if (!may_block_ || signals_ == nullptr) return true;
  for (;;) {
    pollfd ready[] = {{STDOUT_FILENO, POLLOUT, 0},
                      {signals_->descriptor(), POLLIN, 0}};
    const bool ending = signals_->end();
    const int found =
        poll(ready, ending ? 1 : 2, ending ? kLastPauseMillis : -1);
    if (ready[0].revents != 0) return true;
    if (ending && found == 0) return false;
    signals_->Take();
  }
}

absl::Status CheckOutput() {
  const int flags = fcntl(STDOUT_FILENO, F_GETFL);
  if (flags == -1) return WriteError(errno);
  if ((flags & O_ACCMODE) == O_RDONLY) return WriteError(EBADF);
  pollfd output = {STDOUT_FILENO, POLLOUT, 0};
  poll(&output, 1, 0);
  return (output.revents & POLLERR) != 0 ? WriteError(EPIPE) : absl::OkStatus();
}

ExitStatus Print(std::string_view text) {
  const absl::Status status = Output().Write(text);
  return status.ok() ? ExitStatus::kDone : Fail(ExitStatus::kIo, status);
}

}  // namespace tollgate::cli
