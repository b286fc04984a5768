// Compares two runs of the benchmarks; see tools/bench_compare.
//
// Exit status: 0 nothing is slower, 1 something is, 2 usage, 4 what can not be
// read.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "bench/compare/compare.h"

namespace tollgate::bench {
namespace {

constexpr char kUsage[] =
    "usage: bench_compare [--chance=P] [--difference=D] OLD.json NEW.json\n"
    "       bench_compare [...] OLD.json... -- NEW.json...\n"
    "\n"
    "  --chance      of any false alarm, 0.01 unless given\n"
    "  --difference  of medians that counts, 0.03 (3 %) unless given\n"
    "\n"
    "Several runs of each: what is compared is one median of each run.\n";

struct Arguments {
  CompareOptions options;
  std::vector<std::string> olds, news;
};

std::optional<Arguments> ParseArguments(int argc, char** argv) {
  Arguments arguments;
  bool divided = false;
  for (int i = 1; i < argc; ++i) {
    std::string_view text = argv[i];
    if (absl::ConsumePrefix(&text, "--chance=")) {
      if (!absl::SimpleAtod(text, &arguments.options.chance)) return {};
    } else if (absl::ConsumePrefix(&text, "--difference=")) {
      if (!absl::SimpleAtod(text, &arguments.options.difference)) return {};
    } else if (text == "--") {
      if (divided) return {};
      divided = true;
    } else if (text.starts_with("--")) {
      return {};
    } else {
      (divided ? arguments.news : arguments.olds).emplace_back(text);
    }
  }
  if (!divided && arguments.olds.size() == 2) {
    arguments.news.push_back(arguments.olds.back());
    arguments.olds.pop_back();
  }
  if (arguments.olds.empty() || arguments.news.empty()) return {};
  return arguments;
}

std::optional<std::vector<Samples>> Read(
    const std::vector<std::string>& names) {
  std::vector<std::string> reports;
  for (const std::string& name : names) {
    std::ifstream file(name, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "%s: %s\n", name.c_str(), std::strerror(errno));
      return {};
    }
    reports.emplace_back(std::istreambuf_iterator<char>(file),
                         std::istreambuf_iterator<char>());
  }
  auto samples = ReadSamples(reports);
  if (!samples.ok()) {
    std::fprintf(stderr, "%s: %s\n", names.front().c_str(),
                 std::string(samples.status().message()).c_str());
    return {};
  }
  return *std::move(samples);
}

int Main(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments.has_value()) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  const auto olds = Read(arguments->olds);
  const auto news = Read(arguments->news);
  if (!olds.has_value() || !news.has_value()) return 4;
  const auto comparisons = Compare(*olds, *news, arguments->options);
  if (comparisons.empty()) {
    std::fputs("the two have no path in common\n", stderr);
    return 4;
  }
  std::fputs(FormatComparisons(comparisons).c_str(), stdout);
  for (const Comparison& each : comparisons) {
    if (each.outcome == Comparison::Outcome::kSlower) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) { return tollgate::bench::Main(argc, argv); }
