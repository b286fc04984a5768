// JSON Lines commands: one line of output for each line of input, in order.
//
// Output is written at the end of the input, when much of it is pending, at
// once when it goes to a terminal, and whenever no further input is there yet,
// so that a program at the other end of two pipes gets its answers.
//
// Signals: SIGHUP reloads, SIGINT and SIGTERM end as if the input had ended.
// Exit status: kDone if every line was read, whatever was in them; kIo if the
// input can not be read or the output not be written, or when a signal came
// while there was more to read.

#ifndef TOLLGATE_TOOLS_TOLLGATE_JSON_LINES_H_
#define TOLLGATE_TOOLS_TOLLGATE_JSON_LINES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/base/limits.h"
#include "engine/json/reader.h"
#include "engine/json/write_value.h"
#include "engine/json/writer.h"
#include "tools/tollgate/exit_status.h"
#include "tools/tollgate/line_input.h"
#include "tools/tollgate/signals.h"

namespace tollgate::cli {

// What answers the lines of one command.
class LineAnswerer {
 public:
  virtual ~LineAnswerer() = default;

  // Called with the first line before it is answered, and without one if there
  // is none: the place to open what needs it. Not kDone ends the command.
  virtual ExitStatus Start(const InputLine* /*first*/) {
    return ExitStatus::kDone;
  }

  // Appends the answer to `line`, with its line break, to `out`; or does so in
  // a later call, in the order of the lines. An error ends the command.
  virtual absl::Status Answer(const InputLine& line, std::string& out) = 0;

  // Appends the answers still owed: there is no further input, or none yet.
  virtual absl::Status Settle(std::string& /*out*/) { return absl::OkStatus(); }

  // Reads the configuration again.
  virtual void Reload() {}
};

struct JsonLinesOptions {
  std::optional<std::string> input;  // a file; absent: standard input
  size_t line_bytes_max = limits::kInputLineBytesMax;
  bool wipe = false;  // lines hold secrets
};

// Reads every line and writes every answer. `signals` was made before
// `answerer` started any thread.
ExitStatus RunJsonLines(const JsonLinesOptions& options, Signals& signals,
                        LineAnswerer& answerer);

// Reads the object of one line.
absl::StatusOr<JsonObject> ReadLine(JsonReader& reader, const InputLine& line,
                                    size_t line_bytes_max);

// Returns an error if a member is nearly one of `known`: in other case, with
// other marks, or with an `s` too many or too few. It was meant to count, and
// would not. Others are the caller's own.
absl::Status RefuseNearMisses(const JsonObject& object,
                              absl::Span<const std::string_view> known);

// Writes the member "id": the scalar that the line gave, or null.
void WriteId(const std::optional<JsonObject>& line, JsonWriter& json);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_JSON_LINES_H_
