#include "tools/tollgate/json_lines.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/tollgate/output.h"

namespace tollgate::cli {
namespace {

class Session {
 public:
  Session(LineInput input, Signals& signals, LineAnswerer& answerer)
      : input_(std::move(input)),
        signals_(signals),
        answerer_(answerer),
        output_(&signals) {}

  ExitStatus Run() {
    auto line = Next();
    if (!line.ok()) return Fail(ExitStatus::kIo, line.status());
    const ExitStatus started =
        answerer_.Start(line->has_value() ? &**line : nullptr);
    if (started != ExitStatus::kDone) return started;
    started_ = true;
    absl::Status status = AnswerAll(*std::move(line));
    // What was answered before an error is still worth printing.
    status.Update(Pause());
    return status.ok() ? ExitStatus::kDone : Fail(ExitStatus::kIo, status);
  }

 private:
  absl::StatusOr<std::optional<InputLine>> Next() {
    return input_.Next([this] { return Pause(); });
  }

  absl::Status AnswerAll(std::optional<InputLine> line) {
    while (line.has_value()) {
      if (signals_.TakeReload()) answerer_.Reload();
      absl::Status status = answerer_.Answer(*line, output_.pending());
      status.Update(output_.Offer());
      if (!status.ok()) return status;
      auto next = Next();
      if (!next.ok()) return next.status();
      line = *next;
    }
    return absl::OkStatus();
  }

  // Leaves nobody waiting while we wait.
  absl::Status Pause() {
    if (!started_) return absl::OkStatus();
    absl::Status status = answerer_.Settle(output_.pending());
    status.Update(output_.Flush());
    if (signals_.TakeReload()) answerer_.Reload();
    return status;
  }

  LineInput input_;
  Signals& signals_;
  LineAnswerer& answerer_;
  Output output_;
  bool started_ = false;
};

// The letters of a name in lower case, without an `s` at the end.
std::string RoughName(std::string_view name) {
  std::string rough;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte)) rough += absl::ascii_tolower(byte);
  }
  if (absl::EndsWith(rough, "s")) rough.pop_back();
  return rough;
}

bool IsScalar(const JsonValue& value) {
  return value.kind() != JsonKind::kArray && value.kind() != JsonKind::kObject;
}

}  // namespace

ExitStatus RunJsonLines(const JsonLinesOptions& options, Signals& signals,
                        LineAnswerer& answerer) {
  auto input = LineInput::Open(
      {options.input, options.line_bytes_max, options.wipe}, signals);
  if (!input.ok()) return Fail(ExitStatus::kIo, input.status());
  return Session(*std::move(input), signals, answerer).Run();
}

absl::StatusOr<JsonObject> ReadLine(JsonReader& reader, const InputLine& line,
                                    size_t line_bytes_max) {
  if (line.too_long) {
    return absl::InvalidArgumentError(
        absl::StrCat("line longer than ", line_bytes_max, " bytes"));
  }
  return reader.ParseObject(line.text);
}

absl::Status RefuseNearMisses(const JsonObject& object,
                              absl::Span<const std::string_view> known) {
  for (const JsonMember& member : object) {
    if (absl::c_linear_search(known, member.name)) continue;
    const std::string rough = RoughName(member.name);
    for (const std::string_view name : known) {
      if (RoughName(name) == rough) {
        return member.value.Error(
            absl::StrCat("no such member; did you mean `", name, "`?"));
      }
    }
  }
  return absl::OkStatus();
}

void WriteId(const std::optional<JsonObject>& line, JsonWriter& json) {
  json.Key("id");
  const auto id = line.has_value() ? line->Find("id") : std::nullopt;
  if (id.has_value() && IsScalar(*id)) {
    WriteValue(*id, json);
  } else {
    json.Null();
  }
}

}  // namespace tollgate::cli
