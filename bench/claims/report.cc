#include "bench/claims/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/json/writer.h"

namespace tollgate::bench {
namespace {

std::string Number(double value, const Claim& claim) {
  return absl::StrFormat("%.*f%s", claim.decimals, value, claim.unit);
}

std::string Interval(const Claim& claim) {
  if (claim.measured.low == claim.measured.high) return "";
  return absl::StrFormat("%.*f..%.*f", claim.decimals, claim.measured.low,
                         claim.decimals, claim.measured.high);
}

std::string Requirement(const Claim& claim) {
  const bool at_most = claim.bound == Claim::Bound::kAtMost;
  return absl::StrCat(at_most ? "<= " : ">= ", Number(claim.required, claim));
}

std::string Verdict(const Claim& claim) {
  return absl::StrCat(claim.met() ? "met" : "NOT MET",
                      claim.borderline() ? " (borderline)" : "");
}

// As wide as the longest claim, so that the columns line up.
size_t ClaimWidth(const Report& report) {
  size_t width = 0;
  for (const Claim& claim : report.claims) {
    width = std::max(width, claim.text.size());
  }
  return width;
}

std::string FormatHead(const Report& report) {
  const Machine& machine = report.machine;
  std::string text;
  absl::StrAppend(&text, "machine   ", machine.processor, ", ",
                  machine.processors, " processors, ", machine.caches, ", ",
                  machine.system,
                  absl::StrFormat(", load %.2f before\n", machine.load));
  absl::StrAppend(&text, "compiler  ", machine.compiler, "\n");
  if (!machine.commit.empty()) {
    absl::StrAppend(&text, "commit    ", machine.commit, "\n");
  }
  absl::StrAppend(&text, "command   ", report.command, "\n");
  return text;
}

std::string FormatClaims(const Report& report) {
  const auto width = static_cast<int>(ClaimWidth(report));
  std::string text = absl::StrFormat("%-*s  %9s  %-14s %-10s\n", width, "claim",
                                     "measured", "95% interval", "required");
  for (const Claim& claim : report.claims) {
    absl::StrAppendFormat(&text, "%-*s  %9s  %-14s %-10s %s\n", width,
                          claim.text, Number(claim.measured.median, claim),
                          Interval(claim), Requirement(claim), Verdict(claim));
  }
  return text;
}

std::string FormatFigures(const Report& report) {
  std::string text = absl::StrFormat("%-58s %9s  %-15s %13s\n", "case",
                                     "ns/call", "95% interval", "calls/s");
  for (const Figure& figure : report.figures) {
    absl::StrAppendFormat(
        &text, "%-58s %9.1f  %-15s %13.0f\n", figure.name, figure.nanos.median,
        absl::StrFormat("%.1f..%.1f", figure.nanos.low, figure.nanos.high),
        figure.calls_per_second());
  }
  return text;
}

void WriteEstimate(JsonWriter& json, const Estimate& estimate) {
  json.Key("median").Double(estimate.median);
  json.Key("low").Double(estimate.low);
  json.Key("high").Double(estimate.high);
}

void WriteMachine(JsonWriter& json, const Machine& machine) {
  json.Key("machine").BeginObject();
  json.Key("processor").String(machine.processor);
  json.Key("processors").Uint(machine.processors);
  json.Key("caches").String(machine.caches);
  json.Key("system").String(machine.system);
  json.Key("compiler").String(machine.compiler);
  json.Key("commit").String(machine.commit);
  json.Key("load_before").Double(machine.load);
  json.EndObject();
}

void WriteClaim(JsonWriter& json, const Claim& claim) {
  const bool at_most = claim.bound == Claim::Bound::kAtMost;
  json.BeginObject().Key("claim").String(claim.text);
  WriteEstimate(json, claim.measured);
  json.Key(at_most ? "at_most" : "at_least").Double(claim.required);
  json.Key("met").Bool(claim.met());
  json.Key("borderline").Bool(claim.borderline()).EndObject();
}

void WriteFigure(JsonWriter& json, const Figure& figure) {
  json.BeginObject().Key("case").String(figure.name).Key("unit").String("ns");
  WriteEstimate(json, figure.nanos);
  json.Key("calls_per_second").Double(figure.calls_per_second()).EndObject();
}

void WriteCost(JsonWriter& json, const StrategyCost& cost) {
  json.BeginObject().Key("strategy").String(cost.strategy);
  json.Key("ns").Double(cost.nanos);
  if (cost.credential_bytes > 0) {
    json.Key("credential_bytes").Double(cost.credential_bytes);
  }
  json.EndObject();
}

}  // namespace

StrategyCost& Report::CostOf(std::string_view strategy) {
  for (StrategyCost& cost : costs) {
    if (cost.strategy == strategy) return cost;
  }
  return costs.emplace_back(StrategyCost{.strategy = std::string(strategy)});
}

bool Claim::met() const {
  return bound == Bound::kAtMost ? measured.median <= required
                                 : measured.median >= required;
}

bool Claim::borderline() const {
  return measured.low <= required && required <= measured.high;
}

bool Report::all_met() const {
  return std::all_of(claims.begin(), claims.end(),
                     [](const Claim& claim) { return claim.met(); });
}

std::string FormatText(const Report& report) {
  std::string text =
      absl::StrCat(FormatHead(report), "\n", FormatClaims(report), "\n",
                   FormatFigures(report));
  for (const std::string& note : report.notes) {
    absl::StrAppend(&text, "\n", note);
  }
  return text + "\n";
}

std::string FormatJson(const Report& report) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  WriteMachine(json, report.machine);
  json.Key("command").String(report.command);
  json.Key("claims").BeginArray();
  for (const Claim& claim : report.claims) WriteClaim(json, claim);
  json.EndArray().Key("figures").BeginArray();
  for (const Figure& figure : report.figures) WriteFigure(json, figure);
  json.EndArray().Key("strategies").BeginArray();
  for (const StrategyCost& cost : report.costs) WriteCost(json, cost);
  json.EndArray().Key("notes").BeginArray();
  for (const std::string& note : report.notes) json.String(note);
  json.EndArray().Key("all_met").Bool(report.all_met()).EndObject();
  return text + "\n";
}

}  // namespace tollgate::bench
