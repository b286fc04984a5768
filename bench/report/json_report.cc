#include "bench/report/report.h"
#include "engine/json/writer.h"

namespace tollgate::bench {
namespace {

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

void WritePercentiles(JsonWriter& json, const Percentiles& latency) {
  json.Key("p50").Double(latency.p50);
  json.Key("p90").Double(latency.p90);
  json.Key("p99").Double(latency.p99);
  json.Key("p99_9").Double(latency.p999);
  json.Key("p99_99").Double(latency.p9999);
  json.Key("max").Double(latency.max);
}

void WriteParts(JsonWriter& json, const std::vector<Part>& parts) {
  json.BeginArray();
  for (const Part& part : parts) {
    json.BeginObject().Key("name").String(part.name);
    json.Key("ns").Double(part.nanos).EndObject();
  }
  json.EndArray();
}

// What the processor does not count is null.
void WriteCounts(JsonWriter& json, const std::optional<CallCounts>& counts) {
  if (!counts.has_value()) {
    json.Null();
    return;
  }
  json.BeginObject();
  json.Key("instructions").Double(counts->instructions);
  json.Key("cycles").Double(counts->cycles);
  json.Key("branch_misses").Double(counts->branch_misses);
  json.Key("cache_misses").Double(counts->cache_misses);
  json.EndObject();
}

void WritePath(JsonWriter& json, const PathFigures& path) {
  json.BeginObject().Key("path").String(path.name);
  json.Key("meaning").String(path.meaning);
  json.Key("ns").BeginObject();
  WriteEstimate(json, path.nanos);
  json.EndObject();
  json.Key("calls_per_second").Double(path.calls_per_second());
  json.Key("rounds").BeginArray();
  for (const double round : path.rounds) json.Double(round);
  json.EndArray();
  json.Key("allocations").Double(path.allocations);
  json.Key("counters");
  WriteCounts(json, path.counts);
  if (path.latency.has_value()) {
    json.Key("latency_ns").BeginObject();
    WritePercentiles(json, *path.latency);
    json.EndObject();
  }
  if (path.open_loop.has_value()) {
    json.Key("open_loop").BeginObject();
    json.Key("per_second").Double(path.open_loop->per_second);
    WritePercentiles(json, path.open_loop->latency);
    json.EndObject();
  }
  if (!path.floor.empty()) {
    json.Key("floor").BeginObject();
    WriteEstimate(json, path.floor_ratio);
    json.Key("parts");
    WriteParts(json, path.floor);
    json.EndObject();
  }
  json.Key("stages");
  WriteParts(json, path.stages);
  json.EndObject();
}

void WriteScaling(JsonWriter& json, const Scaling& scaling) {
  json.BeginObject().Key("path").String(scaling.path);
  json.Key("points").BeginArray();
  for (const Scaling::Point& point : scaling.points) {
    json.BeginObject().Key("threads").Uint(point.threads);
    WriteEstimate(json, point.nanos);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void WritePeers(JsonWriter& json, const PeerGroup& group) {
  json.BeginObject().Key("task").String(group.task);
  json.Key("entries").BeginArray();
  for (const PeerGroup::Entry& entry : group.entries) {
    json.BeginObject().Key("name").String(entry.name);
    json.Key("ours").Bool(entry.ours);
    WriteEstimate(json, entry.nanos);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

}  // namespace

std::string FormatJson(const Report& report) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  WriteMachine(json, report.machine);
  json.Key("command").String(report.command);
  json.Key("timer_ns").Double(report.timer_nanos);
  json.Key("line_transfer_ns").Double(report.line_transfer_nanos);
  json.Key("claims").BeginArray();
  for (const Claim& claim : report.claims) WriteClaim(json, claim);
  json.EndArray().Key("figures").BeginArray();
  for (const Figure& figure : report.figures) WriteFigure(json, figure);
  json.EndArray().Key("paths").BeginArray();
  for (const PathFigures& path : report.paths) WritePath(json, path);
  json.EndArray().Key("scaling").BeginArray();
  for (const Scaling& scaling : report.scaling) WriteScaling(json, scaling);
  json.EndArray().Key("peers").BeginArray();
  for (const PeerGroup& group : report.peers) WritePeers(json, group);
  json.EndArray().Key("strategies").BeginArray();
  for (const StrategyCost& cost : report.costs) WriteCost(json, cost);
  json.EndArray().Key("notes").BeginArray();
  for (const std::string& note : report.notes) json.String(note);
  json.EndArray().Key("all_met").Bool(report.all_met()).EndObject();
  return text + "\n";
}

}  // namespace tollgate::bench
