// tollgate limit simulate: what rate limits let through, given as JSON Lines.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "engine/config/config.h"
#include "engine/json/writer.h"
#include "engine/limit/rate_limiter.h"
#include "engine/sync/epoch.h"
#include "tools/tollgate/command.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/json_lines.h"

namespace tollgate::cli {
namespace {

// Room for the events below with keys of some length.
constexpr size_t kLineBytesMax = size_t{64} << 20;
constexpr size_t kEventsMax = 1'000'000;

// Buckets of a million keys with seven windows, and then some.
constexpr size_t kBucketBytesMax = size_t{1} << 30;

// One worker and a bucket for each key: exact, to the permit.
class Simulation {
 public:
  explicit Simulation(std::vector<LimitSpec> limits)
      : limits_(limiter_.Intern(std::move(limits))),
        worker_(limiter_.NewWorker()) {}

  absl::StatusOr<bool> Charge(std::string_view key, MonotonicNanos now) {
    const auto [bucket, added] = buckets_.try_emplace(key, BucketId());
    if (added) bucket->second = limiter_.Create(limits_);
    if (bucket->second == BucketId()) {
      return absl::ResourceExhaustedError("out of memory for buckets");
    }
    const ChargeResult result =
        limiter_.Charge(worker_, bucket->second, limits_, now);
    return result.outcome == ChargeOutcome::kAllowed;
  }

 private:
  EpochDomain epochs_;
  RateLimiter limiter_{&epochs_,
                       {.bucket_bytes_max = kBucketBytesMax, .lease_sets = 2}};
  const LimitSet* const limits_;
  RateLimiter::Worker worker_;
  absl::flat_hash_map<std::string_view, BucketId> buckets_;
};

absl::StatusOr<std::vector<LimitSpec>> ReadLimits(const JsonObject& line) {
  const auto value = line.Get("rate_limits");
  if (!value.ok()) return value.status();
  std::string text;
  JsonWriter json(&text);
  WriteValue(*value, json);
  return ParseRateLimits(text);
}

// Charges for one event, [time_ms, "key"].
absl::StatusOr<bool> ChargeEvent(const JsonValue& event,
                                 Simulation& simulation) {
  const auto pair = event.Array();
  if (!pair.ok()) return pair.status();
  if (pair->size() != 2) return event.Error("must be [time_ms, \"key\"]");
  auto item = pair->begin();
  const auto time = ReadMillis(*item);
  if (!time.ok()) return time.status();
  const auto key = (*++item).String();
  if (!key.ok()) return key.status();
  return simulation.Charge(*key, *time);
}

absl::StatusOr<std::vector<bool>> Simulate(const JsonObject& line) {
  if (auto status = RefuseNearMisses(line, {"id", "rate_limits", "events"});
      !status.ok()) {
    return status;
  }
  auto limits = ReadLimits(line);
  if (!limits.ok()) return limits.status();
  const auto value = line.Get("events");
  if (!value.ok()) return value.status();
  const auto events = value->Array();
  if (!events.ok()) return events.status();
  if (events->size() > kEventsMax) {
    return value->Error(absl::StrCat("more than ", kEventsMax, " events"));
  }
  Simulation simulation(*std::move(limits));
  std::vector<bool> allowed;
  allowed.reserve(events->size());
  for (const JsonValue event : *events) {
    const auto outcome = ChargeEvent(event, simulation);
    if (!outcome.ok()) return outcome.status();
    allowed.push_back(*outcome);
  }
  return allowed;
}

class Simulator : public LineAnswerer {
 public:
  absl::Status Answer(const InputLine& line, std::string& out) override {
    const auto object = ReadLine(reader_, line, kLineBytesMax);
    const auto result =
        object.ok() ? Simulate(*object)
                    : absl::StatusOr<std::vector<bool>>(object.status());
    JsonWriter json(&out);
    json.BeginObject();
    WriteId(object.ok() ? std::optional(*object) : std::nullopt, json);
    json.Key("allowed").BeginArray();
    if (result.ok()) {
      for (const bool allowed : *result) json.Bool(allowed);
    }
    json.EndArray();
    if (!result.ok()) json.Key("error").String(result.status().message());
    json.EndObject();
    out += '\n';
    return absl::OkStatus();
  }

 private:
  JsonReader reader_{{.bytes_max = kLineBytesMax}};
};

ExitStatus SimulateLimits(const JsonLinesOptions& options) {
  Signals signals;
  Simulator simulator;
  return RunJsonLines(options, signals, simulator);
}

}  // namespace

void AddLimitCommand(Command app) {
  const std::string example =
      "echo '{\"id\":1,\"rate_limits\":{\"per_second\":1},"
      "\"events\":[[0,\"a\"],[500,\"a\"],[1000,\"a\"]]}' |\n"
      "    tollgate limit simulate";
  const Command limit =
      app.AddCommand("limit", "Tries out rate limits", example);
  limit.RequireCommand();
  const Command simulate = limit.AddCommand(
      "simulate",
      "Says which of a series of requests rate limits allow. A line has at "
      "most 64 MiB and a million events",
      example);
  auto options = std::make_shared<JsonLinesOptions>();
  options->line_bytes_max = kLineBytesMax;
  AddInputOption(simulate, options->input);
  AddJsonFlag(simulate);
  simulate.Does([options] { return SimulateLimits(*options); });
}

}  // namespace tollgate::cli
