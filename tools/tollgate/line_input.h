// Lines from a file or from standard input, in bounded memory whatever comes.
//
// A line longer than the bound is read to its end and reported as too long,
// without its bytes. The last line may lack its line break. Line breaks are
// line feeds; every other byte belongs to a line.
//
// Thread-safety: as of a plain value. Ownership: a line views the buffer until
// the next call. Cost: one buffer of the bound and a bit, of which only what
// lines fill is ever touched; 64 KiB a read. Errors: Unavailable, with the name
// of the input.

#ifndef TOLLGATE_TOOLS_TOLLGATE_LINE_INPUT_H_
#define TOLLGATE_TOOLS_TOLLGATE_LINE_INPUT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/tollgate/signals.h"

namespace tollgate::cli {

struct InputLine {
  std::string_view text;  // without its line break
  bool too_long = false;  // longer than the bound; the text is empty
};

class LineInput {
 public:
  struct Options {
    std::optional<std::string> file;  // absent: standard input
    size_t line_bytes_max = 0;
    bool wipe = false;  // overwrites each line before the next one
  };

  static absl::StatusOr<LineInput> Open(Options options, Signals& signals);

  LineInput(LineInput&&) noexcept;
  LineInput& operator=(LineInput&&) = delete;
  ~LineInput();

  // Returns the next line; nothing at the end of the input, and when an end was
  // asked for by a signal. Calls `on_pause` before it waits: for input that is
  // not there yet, or after a signal was taken.
  absl::StatusOr<std::optional<InputLine>> Next(
      const std::function<absl::Status()>& on_pause);

 private:
  LineInput(Options options, Signals& signals, int descriptor);

  std::optional<InputLine> TakeLine();
  InputLine Emit(size_t size);
  void MakeRoom();
  absl::Status Await(const std::function<absl::Status()>& on_pause);
  absl::StatusOr<std::optional<InputLine>> EndEarly();
  absl::Status Fill();
  absl::Status Error(int number) const;

  Options options_;
  Signals& signals_;
  int descriptor_;
  size_t capacity_;
  std::unique_ptr<char[]> buffer_;
  size_t taken_ = 0;    // of the line handed out last, when it is to be wiped
  size_t begin_ = 0;    // of the line being read
  size_t scanned_ = 0;  // no line break between begin_ and here
  size_t end_ = 0;      // of what was read
  bool skipping_ = false;  // inside a line that is too long
  bool at_end_ = false;
};

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_LINE_INPUT_H_
