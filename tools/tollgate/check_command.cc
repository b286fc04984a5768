// tollgate check: validates requests given as JSON Lines.

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/json/reader.h"
#include "engine/validator.h"
#include "tools/tollgate/check_answer.h"
#include "tools/tollgate/check_request.h"
#include "tools/tollgate/command.h"
#include "tools/tollgate/compiled_config.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/json_lines.h"
#include "tools/tollgate/output.h"

namespace tollgate::cli {
namespace {

struct CheckOptions {
  std::string config;
  JsonLinesOptions lines;
  std::string metrics;  // a file; empty: none is written
  std::string shadow;   // another configuration; empty: none
  bool explain = false;
};

class Checker : public LineAnswerer {
 public:
  explicit Checker(const CheckOptions& options)
      : config_(options.config),
        shadow_config_(options.shadow),
        explain_(options.explain) {}

  // Saved usage is restored as of the first request's time.
  ExitStatus Start(const InputLine* first) override {
    if (first != nullptr) SetClock(*first);
    auto validator = Validator::Open(
        config_,
        {.housekeeping = true, .clock = [this] { return clock_.Read(); }});
    // The configuration was found good, so it is the store.
    if (!validator.ok()) return Fail(ExitStatus::kIo, validator.status());
    validator_ = *std::move(validator);
    worker_.emplace(validator_->RegisterWorker());
    return shadow_config_.empty() ? ExitStatus::kDone : StartShadow();
  }

  // Says how many answers the other configuration would change.
  void SumUpShadow() const {
    if (shadow_ == nullptr) return;
    PrintMessage(absl::StrCat("shadow: ", differing_, " of ", compared_,
                              " decisions would change"));
  }

  absl::Status Answer(const InputLine& line, std::string& out) override {
    const auto object = ReadLine(reader_, line, limits::kInputLineBytesMax);
    if (!object.ok()) {
      AppendMalformed(std::nullopt, object.status(), out);
      return absl::OkStatus();
    }
    CheckRequest request;
    const absl::Status read = ReadCheckRequest(*object, request);
    const Now now = clock_.Set(request.time);
    if (!read.ok()) {
      AppendMalformed(*object, read, out);
    } else if (request.unreadable_tool || request.signed_tool.has_value()) {
      AppendTool(*object, request, now, out);
    } else {
      AppendDecision(*object, request, now, out);
    }
    return absl::OkStatus();
  }

  std::string Metrics() { return validator_->Metrics(); }

  absl::Status Settle(std::string& /*out*/) override {
    worker_->Idle();
    return absl::OkStatus();
  }

  // As a gateway does on SIGHUP: the audit's file may have been rotated too.
  void Reload() override {
    if (auto status = validator_->Reload(); !status.ok()) {
      PrintMessage(absl::StrCat("reload refused, the configuration stays: ",
                                status.message()));
    }
    if (auto status = validator_->ReopenAudit(); !status.ok()) {
      PrintMessage(status.message());
    }
  }

 private:
  void SetClock(const InputLine& line) {
    const auto object = ReadLine(reader_, line, limits::kInputLineBytesMax);
    if (!object.ok()) return;
    CheckRequest request;
    ReadCheckRequest(*object, request).IgnoreError();  // answered later
    clock_.Set(request.time);
  }

  static void AppendMalformed(const std::optional<JsonObject>& object,
                              const absl::Status& error, std::string& out) {
    AppendAnswer(object, Refusal(Reason::kMalformedRequest),
                 {.error = error.message()}, out);
  }

  void AppendDecision(const JsonObject& line, const CheckRequest& request,
                      Now now, std::string& out) {
    AnswerExtras extras;
    Explanation explanation;
    const Decision decision =
        explain_ ? worker_->Explain(request.view, now, explanation)
                 : worker_->Validate(request.view, now);
    if (explain_) extras.explanation = &explanation;
    Decision shadow;
    if (shadow_worker_.has_value()) {
      shadow = shadow_worker_->Validate(request.view, now);
      const bool differs = Differ(decision, shadow);
      ++compared_;
      differing_ += differs;
      if (differs) extras.shadow = &shadow;
    }
    AppendAnswer(line, decision, extras, out);
  }

  // A tool definition is refused beside another credential, whatever it is.
  void AppendTool(const JsonObject& line, const CheckRequest& request, Now now,
                  std::string& out) {
    const bool alone = !worker_->HasCredential(request.view);
    if (alone && request.signed_tool.has_value()) {
      const ToolDocumentText document = {*request.signed_tool};
      AppendToolAnswer(line, worker_->VerifyToolDefinition(document, now), out);
      return;
    }
    const Reason reason =
        alone ? Reason::kMalformedCredential : Reason::kMultipleCredentials;
    AppendAnswer(
        line, worker_->Refuse(request.view, Strategy::kSignedTool, reason, now),
        {}, out);
  }

  // Opens the configuration that is only tried out: it writes nothing.
  ExitStatus StartShadow() {
    auto shadow = Validator::Open(shadow_config_,
                                  {.housekeeping = true,
                                   .dry_run = true,
                                   .clock = [this] { return clock_.Read(); }});
    if (!shadow.ok()) return Fail(ExitStatus::kIo, shadow.status());
    shadow_ = *std::move(shadow);
    shadow_worker_.emplace(shadow_->RegisterWorker());
    return ExitStatus::kDone;
  }

  const std::string config_;
  const std::string shadow_config_;  // empty: none
  const bool explain_;
  uint64_t compared_ = 0;
  uint64_t differing_ = 0;
  RunningClock clock_;
  JsonReader reader_{{}};
  std::unique_ptr<Validator> validator_;
  std::optional<Validator::Worker> worker_;  // leaves before the validator
  std::unique_ptr<Validator> shadow_;
  std::optional<Validator::Worker> shadow_worker_;
};

ExitStatus Check(const CheckOptions& options) {
  Signals signals;  // first: one that comes meanwhile waits
  // Said at once, not when the first request comes.
  const auto config = LoadAndCompile(options.config);
  if (!config.ok()) return Fail(ExitStatus::kConfiguration, config.status());
  for (const std::string& warning : config->config.Warnings()) {
    PrintMessage(absl::StrCat("warning: ", warning));
  }
  if (!options.shadow.empty()) {
    const auto shadow = LoadAndCompile(options.shadow);
    if (!shadow.ok()) return Fail(ExitStatus::kConfiguration, shadow.status());
  }
  Checker checker(options);
  const ExitStatus status = RunJsonLines(options.lines, signals, checker);
  checker.SumUpShadow();
  if (status != ExitStatus::kDone || options.metrics.empty()) return status;
  std::ofstream file(options.metrics);
  if (!(file << checker.Metrics()).flush()) {
    return Fail(ExitStatus::kIo,
                absl::StrCat(options.metrics, ": ", std::strerror(errno)));
  }
  return status;
}

// Answers as `check` does, and keeps the answers to itself.
class SilentChecker : public LineAnswerer {
 public:
  explicit SilentChecker(Checker* checker) : checker_(*checker) {}

  ExitStatus Start(const InputLine* first) override {
    return checker_.Start(first);
  }
  absl::Status Answer(const InputLine& line, std::string& /*out*/) override {
    std::string unread;
    return checker_.Answer(line, unread);
  }
  absl::Status Settle(std::string& out) override {
    return checker_.Settle(out);
  }

 private:
  Checker& checker_;
};

ExitStatus PrintMetrics(const CheckOptions& options) {
  const auto config = LoadAndCompile(options.config);
  if (!config.ok()) return Fail(ExitStatus::kConfiguration, config.status());
  Checker checker(options);
  ExitStatus status;
  if (options.lines.input.has_value()) {
    Signals signals;
    SilentChecker silent(&checker);
    status = RunJsonLines(options.lines, signals, silent);
  } else {
    status = checker.Start(nullptr);
  }
  return status == ExitStatus::kDone ? Print(checker.Metrics()) : status;
}

}  // namespace

void AddCheckCommand(Command app) {
  const Command command = app.AddCommand(
      "check", "Validates requests: one decision a line of JSON",
      "echo '{\"id\":1,\"method\":\"GET\",\"path\":\"/v1/x\","
      "\"ip\":\"192.0.2.1\",\"headers\":{\"X-API-Key\":\"tg_live_...\"}}' |\n"
      "    tollgate check --config tollgate.yaml");
  auto options = std::make_shared<CheckOptions>();
  AddConfigOption(command, options->config);
  AddInputOption(command, options->lines.input);
  AddJsonFlag(command);
  command.AddOption("--metrics", options->metrics,
                    "A file for the engine's metrics at the end of input, in "
                    "Prometheus' text format");
  command.AddFlag("--explain", options->explain,
                  "Adds the stages that ran, what each took, and the rule "
                  "that decided");
  command.AddOption("--shadow", options->shadow,
                    "Another configuration that is tried out beside: "
                    "decisions that it would change have a member `shadow`. "
                    "It writes nothing");
  command.Does([options] { return Check(*options); });
}

void AddMetricsCommand(Command app) {
  const Command command = app.AddCommand(
      "metrics",
      "Prints the metrics of an engine in Prometheus' text format: of one that "
      "was just opened or, with --input, has validated those requests",
      "tollgate metrics --config tollgate.yaml --input requests.jsonl");
  auto options = std::make_shared<CheckOptions>();
  AddConfigOption(command, options->config);
  command.AddOption("--input", options->lines.input,
                    "Requests as `tollgate check` reads them");
  command.Does([options] { return PrintMetrics(*options); });
}

}  // namespace tollgate::cli
