// Runs paths for a profiler to watch, and says what a call took; see
// tools/profile.
//
//   profile_target STRATEGY|PATH [--threads=N] [--seconds=S] [--keys=K]
//   profile_target --list
//
// Exit status: 0, or 2 usage.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "bench/paths/path.h"
#include "bench/paths/world.h"
#include "bench/support/allocations.h"
#include "bench/support/event_counters.h"
#include "bench/support/thread_team.h"

namespace tollgate::bench {
namespace {

constexpr char kUsage[] =
    "usage: profile_target STRATEGY|PATH [--threads=N] [--seconds=S] "
    "[--keys=K]\n"
    "       profile_target --list\n";

struct Arguments {
  bool list = false;
  std::string name;
  uint32_t threads = 1;
  double seconds = 5;
  uint32_t keys = 10'000;
};

std::optional<Arguments> ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view text = argv[i];
    if (text == "--list") {
      arguments.list = true;
    } else if (absl::ConsumePrefix(&text, "--threads=")) {
      if (!absl::SimpleAtoi(text, &arguments.threads)) return {};
    } else if (absl::ConsumePrefix(&text, "--seconds=")) {
      if (!absl::SimpleAtod(text, &arguments.seconds)) return {};
    } else if (absl::ConsumePrefix(&text, "--keys=")) {
      if (!absl::SimpleAtoi(text, &arguments.keys)) return {};
    } else if (arguments.name.empty() && !text.starts_with("--")) {
      arguments.name = std::string(text);
    } else {
      return {};
    }
  }
  const bool whole = arguments.list || !arguments.name.empty();
  const bool sane = arguments.threads >= 1 && arguments.threads <= 1024 &&
                    arguments.seconds > 0 && arguments.keys >= 16;
  if (!whole || !sane) return {};
  return arguments;
}

// What a call of `loop` took on this thread, by the processor's counters.
void PrintCounts(std::string_view name, Loop& loop, double nanos) {
  constexpr int64_t kCalls = 1000;
  const EventCounters counters;
  const uint64_t allocated = AllocationsOfThread();
  const auto before = counters.Read();
  loop.Run(kCalls);
  const auto after = counters.Read();
  const auto per_call = [](uint64_t from, uint64_t to) {
    return static_cast<double>(to - from) / static_cast<double>(kCalls);
  };
  std::printf("%-28s %9.1f ns  %6.2f allocations", std::string(name).c_str(),
              nanos, per_call(allocated, AllocationsOfThread()));
  if (before.has_value() && after.has_value()) {
    std::printf(
        "  %8.0f instructions  %8.0f cycles  %6.2f branch misses  %6.2f cache "
        "misses",
        per_call(before->instructions, after->instructions),
        per_call(before->cycles, after->cycles),
        per_call(before->branch_misses, after->branch_misses),
        per_call(before->cache_misses, after->cache_misses));
  } else {
    std::printf("  (no counters: %s)", counters.why_not().c_str());
  }
  std::printf("\n");
  std::fflush(stdout);
}

// Tells the profiler when to look: what prepares a path is not it. See
// tools/profile, which names the pipe.
class Profiler {
 public:
  Profiler() {
    const char* const pipe = std::getenv("TOLLGATE_PERF_CONTROL");
    if (pipe != nullptr) pipe_.open(pipe);
    Tell("disable");
  }

  void Tell(std::string_view what) {
    if (pipe_.is_open()) pipe_ << what << std::endl;
  }

 private:
  std::ofstream pipe_;
};

void RunPath(Profiler& profiler, PathWorld& world, const Path& path,
             const Arguments& arguments) {
  std::vector<std::unique_ptr<Loop>> loops;
  for (uint32_t i = 0; i < arguments.threads; ++i) {
    loops.push_back(path.make(world, i));
  }
  ThreadTeam team(arguments.threads);
  profiler.Tell("enable");
  const double nanos = team.NanosPerOp(
      arguments.threads,
      std::chrono::nanoseconds(static_cast<int64_t>(arguments.seconds * 1e9)),
      Repeat([&loops](size_t thread) {
        return [loop = loops[thread].get()] { loop->Call(); };
      }));
  profiler.Tell("disable");
  PrintCounts(path.name, *loops[0], nanos);
}

int Main(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments.has_value()) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (arguments->list) {
    for (const Path& path : AllPaths()) std::printf("%s\n", path.name.c_str());
    return 0;
  }
  const std::vector<Path> paths = PathsNamed(arguments->name);
  if (paths.empty()) {
    std::fprintf(stderr, "no path or strategy is named %s; see --list\n",
                 arguments->name.c_str());
    return 2;
  }
  Profiler profiler;
  PathWorld world({.keys = arguments->keys});
  Arguments each = *arguments;
  each.seconds /= static_cast<double>(paths.size());
  for (const Path& path : paths) RunPath(profiler, world, path, each);
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) { return tollgate::bench::Main(argc, argv); }
