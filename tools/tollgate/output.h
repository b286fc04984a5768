// What a command prints: buffered writing to standard output that notices
// every failure.
//
// Thread-safety: as of a plain value. Errors: Unavailable, "standard output:
// ..."; after the first one nothing more is written.

#ifndef TOLLGATE_TOOLS_TOLLGATE_OUTPUT_H_
#define TOLLGATE_TOOLS_TOLLGATE_OUTPUT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tools/tollgate/exit_status.h"
#include "tools/tollgate/signals.h"

namespace tollgate::cli {

class Output {
 public:
  // With `signals`, an end that is asked for ends a write that has not gone on
  // for a second.
  explicit Output(Signals* signals = nullptr);

  // The text not yet written; append to it.
  std::string& pending() { return pending_; }

  // Writes if much is pending, or if somebody watches at a terminal.
  absl::Status Offer();

  // Writes all that is pending.
  absl::Status Flush();

  // Writes `text` at once, without a copy of it. REQUIRES: nothing is pending.
  absl::Status Write(std::string_view text);

 private:
  bool AwaitRoom();

  Signals* const signals_;
  const bool terminal_;
  const bool may_block_;  // not a regular file
  absl::Status status_;
  std::string pending_;
};

// Returns why nothing can be written now: it is closed, not for writing, or
// its reader is gone. For what must not be done and then not be told; a disk
// that is full is seen only when writing.
absl::Status CheckOutput();

// Prints `text`, without a copy of it, and returns kDone, or says why it can
// not be printed.
ExitStatus Print(std::string_view text);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_OUTPUT_H_
