// tollgate recommend: which strategy fits, why, and what it costs here.

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "engine/config/file_bytes.h"
#include "engine/config/suggestion.h"
#include "engine/json/reader.h"
#include "engine/json/writer.h"
#include "engine/policy/strategy_advisor.h"
#include "tools/tollgate/command.h"
#include "tools/tollgate/output.h"

namespace tollgate::cli {
namespace {

constexpr size_t kMeasurementsBytesMax = size_t{1} << 20;
constexpr double kMillion = 1e6;
constexpr double kNanosPerSecond = 1e9;
constexpr double kMebi = 1 << 20;

struct RecommendOptions {
  std::string security_level = "medium";
  std::string complexity_tolerance = "medium";
  std::string use_case = "general";
  std::vector<std::string> needs;
  std::string measurements;
  bool json = false;
};

// What a benchmark on this machine found of one strategy.
struct Cost {
  double nanos = 0;
  std::optional<double> credential_bytes;

  double cores_per_million() const {
    return nanos * kMillion / kNanosPerSecond;
  }
};

struct Measurements {
  std::string file;
  std::string machine;
  std::map<std::string, Cost, std::less<>> costs;
};

// Where `tollgate bench` leaves what it measured last.
std::string MeasurementsFile() {
  if (const char* const cache = std::getenv("XDG_CACHE_HOME")) {
    return absl::StrCat(cache, "/tollgate/bench.json");
  }
  const char* const home = std::getenv("HOME");
  return home != nullptr ? absl::StrCat(home, "/.cache/tollgate/bench.json")
                         : "";
}

void ReadCost(const JsonValue& value, Measurements& out) {
  const auto object = value.Object();
  if (!object.ok()) return;
  const auto strategy = object->Find("strategy");
  const auto nanos = object->Find("ns");
  if (!strategy.has_value() || !nanos.has_value()) return;
  const auto name = strategy->String();
  const auto number = nanos->Number();
  if (!name.ok() || !number.ok() || *number <= 0) return;
  Cost cost{.nanos = *number, .credential_bytes = std::nullopt};
  if (const auto bytes = object->Find("credential_bytes")) {
    if (const auto count = bytes->Number(); count.ok()) {
      cost.credential_bytes = *count;
    }
  }
  out.costs.emplace(*name, cost);
}

absl::StatusOr<Measurements> ReadMeasurements(const std::string& file) {
  const auto text = ReadFile(file, kMeasurementsBytesMax);
  if (!text.ok()) return text.status();
  JsonReader reader({.bytes_max = kMeasurementsBytesMax});
  const auto root = reader.ParseObject(*text);
  const auto strategies = root.ok() ? root->Get("strategies") : root.status();
  const auto list = strategies.ok() ? strategies->Array() : strategies.status();
  if (!list.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": not what `tollgate bench --json` prints: ",
                     list.status().message()));
  }
  Measurements out{.file = file, .machine = "", .costs = {}};
  for (const JsonValue item : *list) ReadCost(item, out);
  if (const auto machine = root->Find("machine")) {
    const auto object = machine->Object();
    const auto name = object.ok() ? object->Get("processor") : object.status();
    const auto text_of = name.ok() ? name->String() : name.status();
    if (text_of.ok()) out.machine = std::string(*text_of);
  }
  return out;
}

// Reads a word of a closed set; the error names them all.
template <typename Values, typename Name>
auto ReadChoice(std::string_view option, const std::string& word,
                const Values& values, Name name)
    -> absl::StatusOr<typename Values::value_type> {
  std::vector<std::string_view> known;
  for (const auto value : values) {
    if (name(value) == word) return value;
    known.push_back(name(value));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      option, ": `", word, "` is none of ", absl::StrJoin(known, ", ")));
}

absl::StatusOr<StrategyRequirements> ReadRequirements(
    const RecommendOptions& options) {
  StrategyRequirements requirements;
  const auto level = ReadChoice("--security-level", options.security_level,
                                kSecurityLevels, SecurityLevelName);
  if (!level.ok()) return level.status();
  const auto tolerance =
      ReadChoice("--complexity-tolerance", options.complexity_tolerance,
                 kComplexities, ComplexityName);
  if (!tolerance.ok()) return tolerance.status();
  for (const std::string& word : options.needs) {
    const auto need =
        ReadChoice("--need", word, kStrategyNeeds, StrategyNeedName);
    if (!need.ok()) return need.status();
    requirements.needs.push_back(*need);
  }
  requirements.security_level = *level;
  requirements.complexity_tolerance = *tolerance;
  requirements.use_case = options.use_case;
  return requirements;
}

const Cost* CostOf(const StrategyAdvice& advice, const Measurements& measured) {
  const auto found = measured.costs.find(advice.measured_as);
  return found != measured.costs.end() ? &found->second : nullptr;
}

void WriteTexts(std::string_view name, const std::vector<std::string>& texts,
                JsonWriter& json) {
  json.Key(name).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

void WriteCost(const Cost& cost, JsonWriter& json) {
  json.Key("cost").BeginObject();
  json.Key("ns_per_validation").Double(cost.nanos);
  json.Key("cores_per_million_per_second").Double(cost.cores_per_million());
  if (cost.credential_bytes.has_value()) {
    json.Key("bytes_per_million_credentials")
        .Double(*cost.credential_bytes * kMillion);
  }
  json.EndObject();
}

void WriteAdvice(const StrategyAdvice& advice, const Measurements& measured,
                 JsonWriter& json) {
  json.BeginObject().Key("strategy").String(advice.strategy);
  json.Key("fits").Bool(advice.fits);
  json.Key("score").Int(advice.score);
  json.Key("summary").String(advice.summary);
  WriteTexts("reasons", advice.reasons, json);
  WriteTexts("unmet", advice.unmet, json);
  if (const Cost* cost = CostOf(advice, measured)) WriteCost(*cost, json);
  json.EndObject();
}

std::string AdviceJson(const StrategyRequirements& requirements,
                       const std::vector<StrategyAdvice>& ranked,
                       const Measurements& measured) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().Key("requirements").BeginObject();
  json.Key("security_level")
      .String(SecurityLevelName(requirements.security_level));
  json.Key("complexity_tolerance")
      .String(ComplexityName(requirements.complexity_tolerance));
  json.Key("use_case").String(requirements.use_case);
  json.Key("needs").BeginArray();
  for (const StrategyNeed need : requirements.needs) {
    json.String(StrategyNeedName(need));
  }
  json.EndArray().EndObject();
  const StrategyAdvice* const best = Recommended(ranked);
  json.Key("recommended");
  best != nullptr ? json.String(best->strategy) : json.Null();
  json.Key("none_fits").Bool(best == nullptr);
  for (const bool combinations : {false, true}) {
    json.Key(combinations ? "combinations" : "ranking").BeginArray();
    for (const StrategyAdvice& advice : ranked) {
      if (advice.combination == combinations) {
        WriteAdvice(advice, measured, json);
      }
    }
    json.EndArray();
  }
  if (!measured.costs.empty()) {
    json.Key("measured_on").String(measured.machine);
  }
  json.EndObject();
  return text + "\n";
}

void AppendAdvice(const StrategyAdvice& advice, const Measurements& measured,
                  std::string& out) {
  absl::StrAppendFormat(&out, "\n%-16s score %2d  %s\n", advice.strategy,
                        advice.score, advice.fits ? "fits" : "does not fit");
  absl::StrAppend(&out, "    ", advice.summary, "\n");
  for (const std::string& reason : advice.reasons) {
    absl::StrAppend(&out, "  + ", reason, "\n");
  }
  for (const std::string& unmet : advice.unmet) {
    absl::StrAppend(&out, "  - ", unmet, "\n");
  }
  const Cost* const cost = CostOf(advice, measured);
  if (cost == nullptr) return;
  absl::StrAppendFormat(&out,
                        "    measured here: %.0f ns a validation that was "
                        "proved before, %.2f cores for a million a second",
                        cost->nanos, cost->cores_per_million());
  if (cost->credential_bytes.has_value()) {
    absl::StrAppendFormat(&out, ", %.0f MiB for a million credentials",
                          *cost->credential_bytes * kMillion / kMebi);
  }
  absl::StrAppend(&out, "\n");
}

std::string AdviceText(const std::vector<StrategyAdvice>& ranked,
                       const Measurements& measured) {
  const StrategyAdvice* const best = Recommended(ranked);
  std::string out =
      best != nullptr ? absl::StrCat("recommended: ", best->strategy, ", ",
                                     best->summary, "\n")
                      : "none fits: each misses something that was asked for\n";
  for (const StrategyAdvice& advice : ranked) {
    AppendAdvice(advice, measured, out);
  }
  if (measured.costs.empty()) {
    absl::StrAppend(&out,
                    "\nNothing was measured on this machine yet: "
                    "`tollgate bench` does.\n");
  }
  return out;
}

ExitStatus Recommend(const RecommendOptions& options) {
  const auto requirements = ReadRequirements(options);
  if (!requirements.ok()) {
    return Fail(ExitStatus::kUsage, requirements.status());
  }
  const bool asked = !options.measurements.empty();
  auto measured =
      ReadMeasurements(asked ? options.measurements : MeasurementsFile());
  if (!measured.ok() && asked) return Fail(ExitStatus::kIo, measured.status());
  if (!measured.ok()) measured = Measurements();
  const std::vector<std::string_view> known = KnownUseCases();
  const std::string hint = DidYouMean(requirements->use_case, known);
  if (!hint.empty() && !absl::c_linear_search(known, requirements->use_case)) {
    PrintMessage(absl::StrCat("no strategy is made for `",
                              requirements->use_case, "`", hint));
  }
  const auto ranked = AdviseStrategies(*requirements);
  return Print(options.json ? AdviceJson(*requirements, ranked, *measured)
                            : AdviceText(ranked, *measured));
}

}  // namespace

void AddRecommendCommand(Command app) {
  const Command command = app.AddCommand(
      "recommend",
      "Says which strategy fits, why, and what it costs on this machine",
      "tollgate recommend --security-level high --use-case microservices "
      "--need proof_of_possession");
  auto options = std::make_shared<RecommendOptions>();
  command
      .AddOption("--security-level", options->security_level,
                 "At least this: low, medium, high or very_high")
      .ShowDefault();
  command
      .AddOption("--complexity-tolerance,--complexity",
                 options->complexity_tolerance,
                 "Preferably no more than this: low, medium or high")
      .ShowDefault();
  command
      .AddOption("--use-case", options->use_case,
                 absl::StrCat("What for: general, ",
                              absl::StrJoin(KnownUseCases(), ", ")))
      .ShowDefault();
  command.AddOption("--need", options->needs,
                    "Must have: fast_revocation, no_shared_secret, "
                    "no_client_tls, offline or proof_of_possession; may be "
                    "given several times");
  command.AddOption("--measurements", options->measurements,
                    "What `tollgate bench --json` printed; by default what "
                    "was measured here last");
  AddJsonFlag(command, options->json);
  command.Does([options] { return Recommend(*options); });
}

}  // namespace tollgate::cli
