// tollgate jwt inspect: what a token says, without believing it.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/base/base64url.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/crypto/algorithm.h"
#include "engine/json/reader.h"
#include "engine/verify/claims.h"
#include "engine/verify/jwt.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/jwt_commands.h"
#include "tools/tollgate/key_text.h"
#include "tools/tollgate/line_input.h"
#include "tools/tollgate/output.h"
#include "tools/tollgate/shown_json.h"

namespace tollgate::cli {
namespace {

constexpr std::string_view kWarning =
    "not verified: nothing below is to be believed\n";

struct InspectOptions {
  std::optional<std::string> input;
  std::optional<int64_t> time;
  bool json = false;
};

// One part of a token, read with more patience than a verifier has: so deep,
// and so long, as any document.
class Part {
 public:
  // Reads the object in `encoded`; `name` is for errors.
  absl::Status Read(std::string_view name, std::string_view encoded) {
    std::string text(Base64UrlDecodedBytesMax(encoded.size()), '\0');
    const auto size = DecodeBase64Url(encoded, absl::MakeSpan(text));
    if (!size.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("its ", name, " is not base64url without padding"));
    }
    const auto value = reader_.Parse({text.data(), *size});
    if (!value.ok() || value->kind() != JsonKind::kObject) {
      return absl::InvalidArgumentError(
          absl::StrCat("its ", name, ": ",
                       value.ok() ? "is no object" : value.status().message()));
    }
    value_.emplace(*value);
    return absl::OkStatus();
  }

  const JsonValue& value() const { return *value_; }
  JsonObject object() const { return *value_->Object(); }

 private:
  JsonReader reader_{{}};
  std::optional<JsonValue> value_;
};

struct ReadableToken {
  Part header;
  Part claims;
};

absl::Status ReadToken(std::string_view text, ReadableToken& token) {
  const std::vector<std::string_view> parts = absl::StrSplit(text, '.');
  if (parts.size() != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has ", parts.size(), " parts, not 3",
                     parts.size() == 5 ? "; encrypted ones have 5" : ""));
  }
  absl::Status status = token.header.Read("header", parts[0]);
  status.Update(token.claims.Read("payload", parts[1]));
  return status;
}

// What tollgate has against the form of a token, whoever issued it.
struct Problem {
  Reason reason = Reason::kOk;
  std::string detail;  // empty: the reason says it
};

// The usual causes of a malformed header.
std::string DetailOf(std::string_view text, const JsonObject& header) {
  if (text.size() > limits::kTokenBytesMax) {
    return absl::StrCat("longer than ", limits::kTokenBytesMax, " bytes");
  }
  for (const std::string_view name :
       {"crit", "b64", "enc", "zip", "jwk", "x5c", "jku", "x5u"}) {
    if (header.Find(name).has_value()) {
      return absl::StrCat("the header has `", name, "`");
    }
  }
  if (text.back() == '.') return "there is no signature";
  return "";
}

Problem FindProblem(std::string_view text, const ReadableToken& token) {
  JwtReader reader;
  ParsedJwt jwt;
  const Reason reason = reader.Parse(text, jwt);
  if (reason == Reason::kMalformedCredential) {
    return {reason, DetailOf(text, token.header.object())};
  }
  if (reason == Reason::kOk && !jwt.claims.expires.has_value()) {
    return {Reason::kMissingClaim, "there is no `exp`"};
  }
  return {reason, ""};
}

// Returns "3 hours", in the largest unit of which there is at least one.
std::string SpanText(int64_t seconds) {
  struct Unit {
    int64_t seconds;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{365 * 86400, "year"},
                             {86400, "day"},
                             {3600, "hour"},
                             {60, "minute"},
                             {1, "second"}};
  for (const Unit& unit : kUnits) {
    const int64_t count = seconds / unit.seconds;
    if (count == 0) continue;
    return absl::StrCat(count, " ", unit.name, count == 1 ? "" : "s");
  }
  return "less than a second";
}

// Says what `seconds` from now means for the claim `name`.
std::string AgeText(std::string_view name, int64_t seconds) {
  const bool expiry = name == "exp";
  if (seconds == 0) return expiry ? "expired just now" : "now";
  const std::string span = SpanText(seconds < 0 ? -seconds : seconds);
  if (seconds < 0) return absl::StrCat(expiry ? "expired " : "", span, " ago");
  return absl::StrCat(expiry ? "expires in " : "in ", span);
}

int64_t SecondsOf(DateMicros date) {
  const bool cut_upwards = date < 0 && date % kMicrosInSecond != 0;
  return date / kMicrosInSecond - (cut_upwards ? 1 : 0);
}

// Appends a line for each date among the claims.
void AppendDates(const JsonObject& claims, int64_t now, std::string& out) {
  for (const std::string_view name : {"iat", "nbf", "exp", "auth_time"}) {
    const auto value = claims.Find(name);
    if (!value.has_value()) continue;
    const auto date = ReadNumericDate(*value);
    if (!date.has_value()) {
      absl::StrAppend(&out, "  ", name, ": is no date\n");
    } else if (*date == std::numeric_limits<DateMicros>::max() ||
               *date == std::numeric_limits<DateMicros>::min()) {
      absl::StrAppend(&out, "  ", name, ": beyond all dates\n");
    } else {
      const int64_t seconds = SecondsOf(*date);
      absl::StrAppend(&out, "  ", name, ": ", FormatTime(seconds), ", ",
                      AgeText(name, seconds - now), "\n");
    }
  }
}

std::string Explain(const ReadableToken& token, const Problem& problem,
                    int64_t now) {
  std::string out(kWarning);
  absl::StrAppend(
      &out, "header: ", ShownJson(token.header.value(), JsonLayout::kIndented),
      "\nclaims: ", ShownJson(token.claims.value(), JsonLayout::kIndented),
      "\n");
  std::string dates;
  AppendDates(token.claims.object(), now, dates);
  if (!dates.empty()) absl::StrAppend(&out, "dates:\n", dates);
  if (problem.reason == Reason::kOk) return out + "form: as it should be\n";
  absl::StrAppend(&out, "form: refused, ", ReasonName(problem.reason),
                  problem.detail.empty() ? "" : ": ", problem.detail, "\n");
  return out;
}

std::string Answer(const ReadableToken& token, const Problem& problem) {
  const bool good = problem.reason == Reason::kOk;
  return absl::StrCat(
      "{\"header\":", ShownJson(token.header.value(), JsonLayout::kOneLine),
      ",\"claims\":", ShownJson(token.claims.value(), JsonLayout::kOneLine),
      ",\"problem\":",
      good ? "null" : absl::StrCat("\"", ReasonName(problem.reason), "\""),
      "}\n");
}

// Reads all of the input, which is one line and white space around it.
absl::StatusOr<std::string> ReadText(const InspectOptions& options,
                                     Signals& signals) {
  auto input =
      LineInput::Open({options.input, limits::kInputLineBytesMax}, signals);
  if (!input.ok()) return input.status();
  std::string text;
  for (;;) {
    const auto line = input->Next([] { return absl::OkStatus(); });
    if (!line.ok()) return line.status();
    if (!line->has_value()) return text;
    const std::string_view found = absl::StripAsciiWhitespace((*line)->text);
    if ((*line)->too_long || (!found.empty() && !text.empty())) {
      return absl::InvalidArgumentError(
          (*line)->too_long ? "it is too long" : "there is more than one line");
    }
    if (!found.empty()) text = std::string(found);
  }
}

ExitStatus NoToken(const absl::Status& why) {
  return Fail(ExitStatus::kDenied,
              absl::StrCat("not a token: ", why.message()));
}

ExitStatus Inspect(const InspectOptions& options) {
  const int64_t now = options.time.value_or(ReadClock().wall.value);
  if (now < 0 || now > kInstantSecondsMax) {
    return Fail(ExitStatus::kUsage,
                absl::StrCat("--time: must be from 0 to ", kInstantSecondsMax));
  }
  Signals signals;
  const auto text = ReadText(options, signals);
  if (absl::IsInvalidArgument(text.status())) return NoToken(text.status());
  if (!text.ok()) return Fail(ExitStatus::kIo, text.status());
  ReadableToken token;
  const absl::Status read = ReadToken(*text, token);
  if (!read.ok()) return NoToken(read);
  const Problem problem = FindProblem(*text, token);
  return Print(options.json ? Answer(token, problem)
                            : Explain(token, problem, now));
}

}  // namespace

void AddJwtInspectCommand(Command jwt) {
  const Command command = jwt.AddCommand(
      "inspect", "Shows what a token says and verifies nothing of it",
      "tollgate jwt inspect < token.txt");
  auto options = std::make_shared<InspectOptions>();
  command
      .AddOption("--input", options->input,
                 "The file with the token, instead of standard input")
      .TypeName("FILE");
  command.AddOption("--time", options->time,
                    "The time to take for now, in seconds since 1970");
  AddJsonFlag(command, options->json);
  command.Does([options] { return Inspect(*options); });
}

}  // namespace tollgate::cli
