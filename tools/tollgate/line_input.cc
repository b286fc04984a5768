#include "tools/tollgate/line_input.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/crypto/secret.h"

namespace tollgate::cli {
namespace {

constexpr size_t kReadBytes = size_t{1} << 16;

absl::Status InputError(const std::string& name, int number) {
  return absl::UnavailableError(
      absl::StrCat(name, ": ", std::strerror(number)));
}

}  // namespace

absl::StatusOr<LineInput> LineInput::Open(Options options, Signals& signals) {
  int descriptor = STDIN_FILENO;
  if (options.file.has_value()) {
    descriptor = open(options.file->c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return InputError(*options.file, errno);
  }
  return LineInput(std::move(options), signals, descriptor);
}

LineInput::LineInput(Options options, Signals& signals, int descriptor)
    : options_(std::move(options)),
      signals_(signals),
      descriptor_(descriptor),
      capacity_(options_.line_bytes_max + kReadBytes),
      buffer_(new char[capacity_]) {}  // not touched, so not yet in memory

LineInput::LineInput(LineInput&& other) noexcept
    : options_(std::move(other.options_)),
      signals_(other.signals_),
      descriptor_(std::exchange(other.descriptor_, STDIN_FILENO)),
      capacity_(other.capacity_),
      buffer_(std::move(other.buffer_)) {}

LineInput::~LineInput() {
  if (buffer_ != nullptr && options_.wipe) WipeBytes(buffer_.get(), end_);
  if (descriptor_ != STDIN_FILENO) close(descriptor_);
}

absl::StatusOr<std::optional<InputLine>> LineInput::Next(
    const std::function<absl::Status()>& on_pause) {
  if (options_.wipe) WipeBytes(buffer_.get() + begin_ - taken_, taken_);
  taken_ = 0;
  for (;;) {
    if (auto line = TakeLine(); line.has_value()) return line;
    if (at_end_) return std::nullopt;
    MakeRoom();
    if (auto status = Await(on_pause); !status.ok()) return status;
    if (signals_.end()) return EndEarly();
    if (auto status = Fill(); !status.ok()) return status;
  }
}

// Returns the line at the front of the buffer when all of it is there.
std::optional<InputLine> LineInput::TakeLine() {
  const char* const found = static_cast<const char*>(
      std::memchr(buffer_.get() + scanned_, '\n', end_ - scanned_));
  if (found != nullptr) {
    return Emit(static_cast<size_t>(found - buffer_.get()) + 1 - begin_);
  }
  scanned_ = end_;
  if (at_end_ && (end_ > begin_ || skipping_)) return Emit(end_ - begin_);
  if (end_ - begin_ > options_.line_bytes_max) {
    skipping_ = true;
    if (options_.wipe) WipeBytes(buffer_.get(), end_);
    begin_ = scanned_ = end_ = 0;
  }
  return std::nullopt;
}

// Hands out the next `size` bytes, a line with its line break if it has one.
InputLine LineInput::Emit(size_t size) {
  std::string_view text(buffer_.get() + begin_, size);
  begin_ = scanned_ = begin_ + size;
  taken_ = size;
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  const bool too_long =
      std::exchange(skipping_, false) || text.size() > options_.line_bytes_max;
  return {too_long ? std::string_view() : text, too_long};
}

// Moves the begun line to the front once the space behind it runs out.
void LineInput::MakeRoom() {
  if (begin_ == end_) {
    begin_ = scanned_ = end_ = 0;
  } else if (capacity_ - end_ < kReadBytes) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    const size_t freed = std::exchange(begin_, 0);
    scanned_ -= freed;
    end_ -= freed;
    if (options_.wipe) WipeBytes(buffer_.get() + end_, freed);
  }
}

// Waits until there is input, or an end is asked for.
absl::Status LineInput::Await(const std::function<absl::Status()>& on_pause) {
  for (int timeout = 0;; timeout = -1) {
    pollfd ready[] = {{descriptor_, POLLIN, 0},
                      {signals_.descriptor(), POLLIN, 0}};
    poll(ready, 2, timeout);
    const bool signalled = ready[1].revents != 0;
    if (signalled) signals_.Take();
    if (signalled || ready[0].revents == 0) {
      if (auto status = on_pause(); !status.ok()) return status;
    }
    if (ready[0].revents != 0 || signals_.end()) return absl::OkStatus();
  }
}

// Ends before the input does. Who has sent more than was read is told so.
absl::StatusOr<std::optional<InputLine>> LineInput::EndEarly() {
  pollfd ready = {descriptor_, POLLIN, 0};
  poll(&ready, 1, 0);
  if (ready.revents != 0) {
    if (auto status = Fill(); !status.ok()) return status;
  }
  if (end_ == begin_ && !skipping_) return std::nullopt;
  return absl::UnavailableError(
      absl::StrCat(options_.file.value_or("standard input"),
                   ": a signal ended it before all was read"));
}

absl::Status LineInput::Fill() {
  const size_t room = std::min(capacity_ - end_, kReadBytes);
  const ssize_t got = read(descriptor_, buffer_.get() + end_, room);
  if (got > 0) {
    end_ += static_cast<size_t>(got);
  } else if (got == 0) {
    at_end_ = true;
  } else if (errno != EINTR && errno != EAGAIN) {
    return Error(errno);
  }
  return absl::OkStatus();
}

absl::Status LineInput::Error(int number) const {
  if (options_.file.has_value()) return InputError(*options_.file, number);
  if (number != EBADF) return InputError("standard input", number);
  return absl::UnavailableError("standard input: is closed");
}

}  // namespace tollgate::cli
