// Every path of bench/paths: what a call takes on one thread, beside its floor;
// what single calls take, one after the other and at half the rate that the
// thread can do; instructions, misses and allocations; the stages of a
// decision; and the known paths on several threads.

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/claims/measurements.h"
#include "bench/paths/path.h"
#include "bench/paths/world.h"
#include "bench/support/allocations.h"
#include "bench/support/event_counters.h"
#include "bench/support/line_transfer.h"
#include "bench/support/open_loop.h"
#include "bench/support/thread_team.h"

namespace tollgate::bench {
namespace {

using std::chrono::nanoseconds;

constexpr std::string_view kPrimitive = "primitive";

PathWorld::Options WorldOf(const Effort& effort) {
  const bool smoke = effort.name == kSmoke.name;
  PathWorld::Options options;
  options.keys = effort.few_keys;
  if (smoke) {
    options.tokens = options.chains = 64;
    options.tools = 16;
    options.first_tokens = options.first_chains = 16;
    options.sequence = 1024;
  }
  return options;
}

Percentiles PercentilesOf(const Latency& latency) {
  return {latency.Percentile(0.5),    latency.Percentile(0.9),
          latency.Percentile(0.99),   latency.Percentile(0.999),
          latency.Percentile(0.9999), latency.Percentile(1)};
}

struct Subject {
  Path path;
  std::unique_ptr<Loop> loop;
  size_t index;  // in the run
};

// All paths on one thread, in one interleaved run.
class Subjects {
 public:
  Subjects(PathWorld& world, nanoseconds slice, std::vector<Path> paths) {
    for (Path& path : paths) {
      std::unique_ptr<Loop> loop = path.make(world, 0);
      const size_t index = run_.Add(path.name, [loop = loop.get(), slice] {
        return NanosPerCall(slice, [loop](int64_t calls) { loop->Run(calls); });
      });
      subjects_.push_back({std::move(path), std::move(loop), index});
      index_of_[subjects_.back().path.name] = index;
    }
  }

  void Run(nanoseconds budget) { run_.Run(budget); }
  std::vector<Subject>& all() { return subjects_; }

  PathFigures FiguresOf(const Subject& subject) const {
    PathFigures figures;
    figures.name = subject.path.name;
    figures.meaning = subject.path.meaning;
    figures.rounds = run_.series(subject.index);
    figures.nanos = MedianOf(figures.rounds);
    AddFloor(subject.path, figures);
    return figures;
  }

 private:
  void AddFloor(const Path& path, PathFigures& figures) const {
    if (path.floor.empty()) return;
    std::vector<double> sums(figures.rounds.size());
    for (const std::string& name : path.floor) {
      const std::vector<double>& series = run_.series(index_of_.at(name));
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += series[i];
      figures.floor.push_back({name, MedianOf(series).median});
    }
    figures.floor_ratio = RatioOf(figures.rounds, sums);
  }

  InterleavedRun run_;
  std::vector<Subject> subjects_;
  std::map<std::string, size_t> index_of_;
};

void CountCalls(const EventCounters& counters, Subject& subject,
                PathFigures& figures) {
  // A tenth of a second, of what is slow.
  const auto calls = static_cast<int64_t>(
      std::clamp(1e8 / figures.nanos.median, 1.0, 10'000.0));
  const auto per_call = [calls](uint64_t before, uint64_t after) {
    return static_cast<double>(after - before) / static_cast<double>(calls);
  };
  const uint64_t allocated = AllocationsOfThread();
  const auto before = counters.Read();
  subject.loop->Run(calls);
  const auto after = counters.Read();
  figures.allocations = per_call(allocated, AllocationsOfThread());
  if (!before.has_value() || !after.has_value()) return;
  figures.counts = {per_call(before->instructions, after->instructions),
                    per_call(before->cycles, after->cycles),
                    per_call(before->branch_misses, after->branch_misses),
                    per_call(before->cache_misses, after->cache_misses)};
}

void TimeCalls(nanoseconds slice, Subject& subject, PathFigures& figures) {
  constexpr double kLoad = 0.5;
  const auto call = [&subject] { subject.loop->Call(); };
  figures.latency = PercentilesOf(TimeEach(slice, call));
  const double rate = kLoad * figures.calls_per_second();
  // No call is due within a slice that a single one does not fit into.
  if (rate * std::chrono::duration<double>(slice).count() < 1) return;
  figures.open_loop = {rate, PercentilesOf(TimeOpenLoop(slice, rate, call))};
}

// Medians of what the stages took, of some hundred decisions.
void ExplainCalls(Subject& subject, PathFigures& figures) {
  constexpr int kDecisions = 301;
  std::vector<std::pair<std::string, std::vector<double>>> stages;
  Explanation explanation;
  for (int i = 0; i < kDecisions; ++i) {
    if (!subject.loop->Explain(explanation)) return;
    for (size_t at = 0; at < explanation.stages().size(); ++at) {
      const Explanation::Stage& stage = explanation.stages()[at];
      if (at == stages.size()) stages.push_back({std::string(stage.name), {}});
      stages[at].second.push_back(static_cast<double>(stage.nanos));
    }
  }
  for (auto& [name, nanos] : stages) {
    figures.stages.push_back({name, MedianOf(std::move(nanos)).median});
  }
}

// A path on 1 to N threads of one engine, each on a processor of its own.
Scaling ScaleOut(const Effort& effort, PathWorld& world, const Path& path,
                 Loop& first, nanoseconds budget) {
  const size_t processors = ProcessorCount();
  std::vector<std::unique_ptr<Loop>> more;
  for (size_t i = 1; i < processors; ++i) more.push_back(path.make(world, i));
  ThreadTeam team(processors);
  InterleavedRun run;
  std::vector<size_t> counts;
  for (size_t threads = 1; threads < processors; threads *= 2) {
    counts.push_back(threads);
  }
  counts.push_back(processors);
  const ThreadTeam::Body body = Repeat([&](size_t thread) {
    return [loop = thread == 0 ? &first : more[thread - 1].get()] {
      loop->Call();
    };
  });
  for (const size_t threads : counts) {
    run.Add(absl::StrCat(threads), [&, threads] {
      return team.NanosPerOp(threads, 2 * effort.slice, body);
    });
  }
  run.Run(budget);
  Scaling scaling{path.name, {}};
  for (size_t i = 0; i < counts.size(); ++i) {
    scaling.points.push_back({counts[i], run.Median(i)});
  }
  return scaling;
}

// Measures `paths`, each named with `suffix`.
Subjects MeasureEach(Context& context, PathWorld& world,
                     std::vector<Path> paths, std::string_view suffix,
                     nanoseconds budget) {
  const nanoseconds slice = context.effort().slice;
  Subjects subjects(world, slice, std::move(paths));
  PinToProcessor(0);
  subjects.Run(budget);
  const EventCounters counters;
  for (Subject& subject : subjects.all()) {
    PathFigures figures = subjects.FiguresOf(subject);
    CountCalls(counters, subject, figures);
    if (subject.path.strategy() != kPrimitive) {
      TimeCalls(4 * slice, subject, figures);
      ExplainCalls(subject, figures);
    }
    absl::StrAppend(&figures.name, suffix);
    context.report().paths.push_back(std::move(figures));
  }
  UnpinFromProcessor();
  return subjects;
}

// Keys of every distribution, among so many that most are in no cache.
void MeasureCrowd(Context& context, size_t keys, nanoseconds budget) {
  PathWorld::Options options = WorldOf(context.effort());
  options.keys = keys;
  options.sequence = std::bit_ceil(keys);
  PathWorld world(options);
  std::vector<Path> paths;
  for (const std::string_view name :
       {"api_key/known", "api_key/known_zipf", "api_key/unknown"}) {
    paths.push_back(std::move(PathsNamed(name).front()));
    paths.back().floor.clear();  // of another number of keys
  }
  MeasureEach(context, world, std::move(paths),
              absl::StrCat("@", Context::Count(keys)), budget);
}

}  // namespace

void MeasurePaths(Context& context) {
  const Effort& effort = context.effort();
  Report& report = context.report();
  report.timer_nanos = TickCostNanos();
  report.line_transfer_nanos = MeasureLineTransfer();
  const EventCounters counters;
  if (!counters.available()) {
    report.notes.push_back(
        absl::StrCat("Instructions, cycles and misses were not counted: ",
                     counters.why_not(), "."));
  }
  PathWorld world(WorldOf(effort));
  Subjects subjects =
      MeasureEach(context, world, AllPaths(), "", effort.Share(0.25));
  if (effort.name != kQuick.name) {
    MeasureCrowd(context, effort.many_keys, effort.Share(0.04));
  }
  if (effort.name == kFull.name) {
    MeasureCrowd(context, effort.most_keys, effort.Share(0.04));
  }
  // Last: further workers change how limits are charged.
  for (Subject& subject : subjects.all()) {
    if (!absl::EndsWith(subject.path.name, "/known")) continue;
    report.scaling.push_back(ScaleOut(effort, world, subject.path,
                                      *subject.loop, effort.Share(0.02)));
  }
}

}  // namespace tollgate::bench
