// tollgate check: validates requests given as JSON Lines.

#include <cerrno>
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
};

class Checker : public LineAnswerer {
 public:
  explicit Checker(const std::string& config) : config_(config) {}

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
    return ExitStatus::kDone;
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
    if (read.ok() && request.signed_tool.has_value()) {
      AppendToolAnswer(*object, DecideTool(request, now), out);
    } else if (read.ok()) {
      AppendAnswer(*object, Decide(request, now), "", out);
    } else {
      AppendMalformed(*object, read, out);
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
    if (auto status = validator_->ReopenAudit(); !status.ok()) {
      PrintMessage(status.message());
    }
    if (auto status = validator_->Reload(); !status.ok()) {
      PrintMessage(absl::StrCat("reload refused, the configuration stays: ",
                                status.message()));
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
    AppendAnswer(object, Refusal(Reason::kMalformedRequest), error.message(),
                 out);
  }

  // A credential that can not be read is refused, alone or beside another.
  Decision Decide(const CheckRequest& request, Now now) {
    if (!request.unreadable_credential) {
      return worker_->Validate(request.view, now);
    }
    return Refusal(IsAlone(request, now) ? Reason::kMalformedCredential
                                         : Reason::kMultipleCredentials);
  }

  ToolDecision DecideTool(const CheckRequest& request, Now now) {
    if (!request.unreadable_credential && IsAlone(request, now)) {
      return worker_->VerifyToolDefinition({*request.signed_tool}, now);
    }
    ToolDecision refusal;
    refusal.reason = Reason::kMultipleCredentials;
    return refusal;
  }

  // Whether the request has no credential that the engine would find.
  bool IsAlone(const CheckRequest& request, Now now) {
    return Probe(request, now).reason == Reason::kNoCredential;
  }

  // Asks the engine with a target that no policy lets pass, so that nothing is
  // charged, what credential it finds besides.
  Decision Probe(const CheckRequest& request, Now now) {
    RequestView probe = request.view;
    probe.target = {};
    return worker_->Validate(probe, now);
  }

  const std::string config_;
  RunningClock clock_;
  JsonReader reader_{{}};
  std::unique_ptr<Validator> validator_;
  std::optional<Validator::Worker> worker_;  // leaves before the validator
};

ExitStatus Check(const CheckOptions& options) {
  // Said at once, not when the first request comes.
  const auto config = LoadAndCompile(options.config);
  if (!config.ok()) return Fail(ExitStatus::kConfiguration, config.status());
  for (const std::string& warning : config->Warnings()) {
    PrintMessage(absl::StrCat("warning: ", warning));
  }
  Signals signals;
  Checker checker(options.config);
  const ExitStatus status = RunJsonLines(options.lines, signals, checker);
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
  Checker checker(options.config);
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

void AddCheckCommand(CLI::App& app, Run& run) {
  CLI::App* command = AddCommand(
      app, "check", "Validates requests: one decision a line of JSON",
      "echo '{\"id\":1,\"method\":\"GET\",\"path\":\"/v1/x\","
      "\"ip\":\"192.0.2.1\",\"headers\":{\"X-API-Key\":\"tg_live_...\"}}' |\n"
      "    tollgate check --config tollgate.yaml");
  auto options = std::make_shared<CheckOptions>();
  AddConfigOption(*command, options->config);
  AddInputOption(*command, options->lines.input);
  AddJsonFlag(*command);
  command->add_option("--metrics", options->metrics,
                      "A file for the engine's metrics at the end of input, in "
                      "Prometheus' text format");
  command->callback(
      [options, &run] { run = [options] { return Check(*options); }; });
}

void AddMetricsCommand(CLI::App& app, Run& run) {
  CLI::App* command = AddCommand(
      app, "metrics",
      "Prints the metrics of an engine in Prometheus' text format: of one that "
      "was just opened or, with --input, has validated those requests",
      "tollgate metrics --config tollgate.yaml --input requests.jsonl");
  auto options = std::make_shared<CheckOptions>();
  AddConfigOption(*command, options->config);
  command->add_option("--input", options->lines.input,
                      "Requests as `tollgate check` reads them");
  command->callback(
      [options, &run] { run = [options] { return PrintMetrics(*options); }; });
}

}  // namespace tollgate::cli
