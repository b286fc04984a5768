// Measures Tollgate.
//
//   tollgate_bench [Google Benchmark's options]   the benchmarks one by one
//   tollgate_bench --table [--quick | --full]     every path, and the claims
//
// See bench/README.md. Exit status: 0 measured (whatever was found), 2 usage, 4
// the report can not be written.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "bench/claims/table.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"

namespace tollgate::bench {
namespace {

constexpr char kUsage[] =
    "usage: tollgate_bench --table [--quick | --full] [--only=PART] [--json]\n"
    "                      [--report=FOLDER]\n"
    "       tollgate_bench --smoke\n"
    "       tollgate_bench [--benchmark_filter=REGEX ...]\n"
    "\n"
    "  --table    measure every path, and the claims as ratios within one "
    "run:\n"
    "             5 minutes\n"
    "  --quick    in a minute, with wider intervals\n"
    "  --full     for a night\n"
    "  --only     parts whose name contains PART: loading paths validation\n"
    "             threads disturbance tokens certificates tools guard "
    "key_maps\n"
    "             limiter memory gateways\n"
    "  --json     one JSON object instead of text\n"
    "  --report   write report.html, report.json and report.md into FOLDER\n"
    "  --smoke    run everything once on tiny inputs; the numbers mean "
    "nothing\n"
    "\n"
    "Without --table: Google Benchmark, one benchmark after the other.\n"
    "Example: tollgate_bench --benchmark_filter=BM_ApiKey_Good\n";

struct Arguments {
  bool help = false;
  bool table = false;
  bool json = false;
  bool smoke = false;
  TableOptions options;
  std::string report_folder;
  std::vector<char*> rest;  // for Google Benchmark, with the program's name
};

Arguments ParseArguments(absl::Span<char* const> argv) {
  Arguments arguments;
  arguments.options.command = absl::StrJoin(argv, " ");
  arguments.rest.push_back(argv[0]);
  for (char* const argument : argv.subspan(1)) {
    std::string_view text = argument;
    if (text == "--help") {
      arguments.help = true;
    } else if (text == "--table") {
      arguments.table = true;
    } else if (text == "--json") {
      arguments.json = true;
    } else if (text == "--smoke") {
      arguments.smoke = true;
      arguments.options.effort = kSmoke;
    } else if (text == "--quick") {
      arguments.options.effort = kQuick;
    } else if (text == "--full") {
      arguments.options.effort = kFull;
    } else if (absl::ConsumePrefix(&text, "--only=")) {
      arguments.options.only = std::string(text);
    } else if (absl::ConsumePrefix(&text, "--report=")) {
      arguments.report_folder = std::string(text);
    } else {
      arguments.rest.push_back(argument);
    }
  }
  return arguments;
}

// Where the last table is kept, for `tollgate recommend`.
std::filesystem::path SavedTable() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  const std::filesystem::path folder =
      cache != nullptr  ? std::filesystem::path(cache)
      : home != nullptr ? std::filesystem::path(home) / ".cache"
                        : std::filesystem::path();
  return folder.empty() ? folder : folder / "tollgate" / "bench.json";
}

// Keeps a whole table; who can not gets it all the same.
void Save(const Report& report, const TableOptions& options) {
  const std::filesystem::path path = SavedTable();
  if (!options.only.empty() || path.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  std::ofstream(path) << FormatJson(report);
}

bool WriteFile(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file.good()) {
    std::fprintf(stderr, "cannot write %s\n", path.c_str());
    return false;
  }
  return true;
}

// The report in its three forms.
bool WriteReport(const Report& report, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const bool written =
      WriteFile(folder / "report.json", FormatJson(report)) &&
      WriteFile(folder / "report.md", FormatMarkdown(report)) &&
      WriteFile(folder / "report.html", FormatHtml(report, "report.json"));
  if (written) {
    std::fprintf(stderr, "the report: %s\n", (folder / "report.html").c_str());
  }
  return written;
}

int RunTable(const Arguments& arguments) {
  const Report report = MeasureTable(arguments.options);
  if (!arguments.smoke) Save(report, arguments.options);
  std::fputs((arguments.json ? FormatJson(report) : FormatText(report)).c_str(),
             stdout);
  std::fflush(stdout);
  if (!arguments.report_folder.empty() &&
      !WriteReport(report, arguments.report_folder)) {
    return 4;
  }
  return 0;
}

int RunBenchmarks(Arguments& arguments) {
  static char min_time[] = "--benchmark_min_time=0";
  if (arguments.smoke) arguments.rest.push_back(min_time);
  auto count = static_cast<int>(arguments.rest.size());
  benchmark::Initialize(&count, arguments.rest.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.rest.data())) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

int Main(absl::Span<char* const> argv) {
  Arguments arguments = ParseArguments(argv);
  if (arguments.help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (arguments.table && arguments.rest.size() > 1) {
    std::fprintf(stderr, "unknown argument %s\n%s", arguments.rest[1], kUsage);
    return 2;
  }
  SetSmoke(arguments.smoke);
  if (arguments.table || arguments.smoke) {
    if (const int status = RunTable(arguments); status != 0) return status;
  }
  return arguments.table ? 0 : RunBenchmarks(arguments);
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  return tollgate::bench::Main({argv, static_cast<size_t>(argc)});
}
