#include "bench/compare/compare.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/support/statistics.h"
#include "engine/json/reader.h"

namespace tollgate::bench {
namespace {

// Up to this many values on each side the distribution of U is counted out.
constexpr size_t kExactMax = 20;

constexpr size_t kReportBytesMax = size_t{64} << 20;

// How many of the ways to order n and m values have each U: the recursion of
// Mann and Whitney, by the last value in order.
std::vector<double> CountU(size_t n, size_t m) {
  // counts[j][u] of the sizes so far and j.
  std::vector<std::vector<double>> counts(m + 1);
  for (size_t j = 0; j <= m; ++j) counts[j] = {1};
  for (size_t i = 1; i <= n; ++i) {
    std::vector<std::vector<double>> next(m + 1);
    next[0] = {1};
    for (size_t j = 1; j <= m; ++j) {
      next[j].assign(i * j + 1, 0);
      // The last one is of the first sample, above j of the second; or not.
      for (size_t u = 0; u < counts[j].size(); ++u)
        next[j][u + j] += counts[j][u];
      for (size_t u = 0; u < next[j - 1].size(); ++u) {
        next[j][u] += next[j - 1][u];
      }
    }
    counts = std::move(next);
  }
  return counts[m];
}

double ExactP(double u, size_t n, size_t m) {
  const std::vector<double> counts = CountU(n, m);
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double least = std::min(u, static_cast<double>(n * m) - u);
  double below = 0;
  for (size_t i = 0; i < counts.size() && static_cast<double>(i) <= least;
       ++i) {
    below += counts[i];
  }
  return std::min(1.0, 2 * below / all);
}

struct Ranked {
  double u = 0;
  double ties = 0;  // the sum of t^3 - t over groups of equal values
};

// U of `a`: the pairs of which the value of `a` is the larger, a half for equal
// ones.
Ranked RankOf(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  std::sort(all.begin(), all.end());
  Ranked ranked;
  for (size_t i = 0; i < all.size();) {
    size_t end = i;
    while (end < all.size() && all[end] == all[i]) ++end;
    const auto equal = static_cast<double>(end - i);
    ranked.ties += equal * equal * equal - equal;
    i = end;
  }
  for (const double x : a) {
    for (const double y : b) ranked.u += x > y ? 1 : x == y ? 0.5 : 0;
  }
  return ranked;
}

double NormalP(const Ranked& ranked, double n, double m) {
  const double all = n + m;
  const double variance =
      n * m / 12 * (all + 1 - ranked.ties / (all * (all - 1)));
  if (variance <= 0) return 1;
  const double apart = std::abs(ranked.u - n * m / 2) - 0.5;
  return apart <= 0 ? 1 : std::erfc(apart / std::sqrt(variance) / std::sqrt(2));
}

// Holm: the smallest p times how many there are, the next times one less, never
// below the one before.
void AdjustForAll(std::vector<Comparison>& comparisons) {
  std::vector<Comparison*> order;
  for (Comparison& each : comparisons) order.push_back(&each);
  std::sort(order.begin(), order.end(),
            [](const auto* a, const auto* b) { return a->test.p < b->test.p; });
  double least = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const double times = static_cast<double>(order.size() - i);
    least = std::max(least, std::min(1.0, order[i]->test.p * times));
    order[i]->adjusted_p = least;
  }
}

Comparison::Outcome Judge(const Comparison& comparison,
                          const CompareOptions& options) {
  if (comparison.adjusted_p >= options.chance) {
    return Comparison::Outcome::kNoChange;
  }
  if (comparison.ratio() >= 1 + options.difference) {
    return Comparison::Outcome::kSlower;
  }
  if (comparison.ratio() <= 1 / (1 + options.difference)) {
    return Comparison::Outcome::kFaster;
  }
  return Comparison::Outcome::kNoChange;
}

const Samples* Find(const std::vector<Samples>& all, const std::string& path) {
  for (const Samples& samples : all) {
    if (samples.path == path) return &samples;
  }
  return nullptr;
}

absl::StatusOr<Samples> ReadPath(JsonValue value) {
  const auto object = value.Object();
  if (!object.ok()) return object.status();
  const auto name = object->Get("path");
  if (!name.ok()) return name.status();
  const auto text = name->String();
  if (!text.ok()) return text.status();
  const auto member = object->Get("rounds");
  if (!member.ok()) return member.status();
  const auto rounds = member->Array();
  if (!rounds.ok()) return rounds.status();
  Samples samples{std::string(*text), {}};
  for (const JsonValue round : *rounds) {
    const auto nanos = round.Number();
    if (!nanos.ok()) return nanos.status();
    if (!(*nanos > 0)) {
      return absl::InvalidArgumentError("a time that is not positive");
    }
    samples.nanos.push_back(*nanos);
  }
  if (samples.nanos.empty()) {
    return absl::InvalidArgumentError("a path without rounds");
  }
  return samples;
}

absl::StatusOr<std::vector<Samples>> ReadReport(const std::string& report) {
  JsonReader reader({.bytes_max = kReportBytesMax});
  const auto object = reader.ParseObject(report);
  if (!object.ok()) return object.status();
  const auto member = object->Get("paths");
  if (!member.ok()) return member.status();
  const auto paths = member->Array();
  if (!paths.ok()) return paths.status();
  std::vector<Samples> all;
  for (const JsonValue path : *paths) {
    auto samples = ReadPath(path);
    if (!samples.ok()) return samples.status();
    all.push_back(*std::move(samples));
  }
  return all;
}

std::string_view OutcomeText(Comparison::Outcome outcome) {
  switch (outcome) {
    case Comparison::Outcome::kFaster:
      return "faster";
    case Comparison::Outcome::kSlower:
      return "SLOWER";
    case Comparison::Outcome::kNoChange:
      break;
  }
  return "no change";
}

}  // namespace

RankTest TestRanks(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.empty() || b.empty()) return {};
  const Ranked ranked = RankOf(a, b);
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const bool exact =
      ranked.ties == 0 && a.size() <= kExactMax && b.size() <= kExactMax;
  return {ranked.u,
          exact ? ExactP(ranked.u, a.size(), b.size()) : NormalP(ranked, n, m),
          1 - 2 * ranked.u / (n * m)};
}

absl::StatusOr<std::vector<Samples>> ReadSamples(
    const std::vector<std::string>& reports) {
  std::vector<Samples> all;
  for (size_t i = 0; i < reports.size(); ++i) {
    auto read = ReadReport(reports[i]);
    if (!read.ok()) return read.status();
    if (reports.size() == 1) {
      all = *std::move(read);
      break;
    }
    std::vector<Samples> common;
    for (Samples& samples : *read) {
      const double median = MedianOf(samples.nanos).median;
      Samples next{samples.path, {}};
      if (const Samples* before = Find(all, samples.path)) {
        next.nanos = before->nanos;
      } else if (i > 0) {
        continue;  // not in every report
      }
      next.nanos.push_back(median);
      common.push_back(std::move(next));
    }
    all = std::move(common);
  }
  if (all.empty()) return absl::InvalidArgumentError("no path in common");
  return all;
}

std::vector<Comparison> Compare(const std::vector<Samples>& olds,
                                const std::vector<Samples>& news,
                                const CompareOptions& options) {
  std::vector<Comparison> comparisons;
  for (const Samples& before : olds) {
    const Samples* const after = Find(news, before.path);
    if (after == nullptr) continue;
    Comparison comparison;
    comparison.path = before.path;
    comparison.old_nanos = MedianOf(before.nanos).median;
    comparison.new_nanos = MedianOf(after->nanos).median;
    comparison.test = TestRanks(before.nanos, after->nanos);
    comparisons.push_back(std::move(comparison));
  }
  AdjustForAll(comparisons);
  for (Comparison& each : comparisons) each.outcome = Judge(each, options);
  return comparisons;
}

std::string FormatComparisons(const std::vector<Comparison>& comparisons) {
  std::string text =
      absl::StrFormat("%-34s %10s %10s %8s %8s %7s  %s\n", "path", "old ns",
                      "new ns", "new/old", "p", "effect", "");
  size_t slower = 0, faster = 0;
  for (const Comparison& each : comparisons) {
    slower += each.outcome == Comparison::Outcome::kSlower;
    faster += each.outcome == Comparison::Outcome::kFaster;
    absl::StrAppendFormat(
        &text, "%-34s %10.1f %10.1f %7.3fx %8.2g %+7.2f  %s\n", each.path,
        each.old_nanos, each.new_nanos, each.ratio(), each.adjusted_p,
        -each.test.delta, OutcomeText(each.outcome));
  }
  absl::StrAppendFormat(&text, "%d paths: %d slower, %d faster, %d no change\n",
                        comparisons.size(), slower, faster,
                        comparisons.size() - slower - faster);
  return text;
}

}  // namespace tollgate::bench
