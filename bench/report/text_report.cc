#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/report/report.h"

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

std::string FormatPaths(const Report& report) {
  if (report.paths.empty()) return "";
  std::string text = absl::StrFormat(
      "\n%-33s %9s %11s %7s %7s %7s %6s %6s  %s\n", "path", "ns/call",
      "calls/s", "p50", "p99", "p99.9", "allocs", "floor", "what it is");
  for (const PathFigures& path : report.paths) {
    const auto timed = [&path](double Percentiles::*which) {
      if (!path.latency.has_value()) return std::string();
      return absl::StrFormat("%.0f", (*path.latency).*which);
    };
    absl::StrAppendFormat(
        &text, "%-33s %9.1f %11.0f %7s %7s %7s %6.1f %6s  %s\n", path.name,
        path.nanos.median, path.calls_per_second(), timed(&Percentiles::p50),
        timed(&Percentiles::p99), timed(&Percentiles::p999), path.allocations,
        path.floor.empty() ? ""
                           : absl::StrFormat("%.2fx", path.floor_ratio.median),
        path.meaning);
  }
  return text;
}

std::string FormatScaling(const Report& report) {
  if (report.scaling.empty()) return "";
  std::string text =
      absl::StrFormat("\n%-33s %8s %11s %9s %9s %10s\n", "path", "threads",
                      "calls/s", "ns", "extra ns", "transfers");
  for (const Scaling& scaling : report.scaling) {
    for (const Scaling::Point& point : scaling.points) {
      const double extra = scaling.extra_nanos(point);
      absl::StrAppendFormat(
          &text, "%-33s %8d %11.0f %9.1f %9.1f %10s\n", scaling.path,
          static_cast<int>(point.threads), 1e9 / point.nanos.median,
          point.nanos.median * static_cast<double>(point.threads), extra,
          report.line_transfer_nanos > 0
              ? absl::StrFormat("%.2f", extra / report.line_transfer_nanos)
              : "");
    }
  }
  absl::StrAppendFormat(&text,
                        "(a cache line takes %.0f ns between processors)\n",
                        report.line_transfer_nanos);
  return text;
}

std::string FormatPeers(const Report& report) {
  std::string text;
  for (const PeerGroup& group : report.peers) {
    absl::StrAppend(&text, "\n", group.task, "\n");
    for (const PeerGroup::Entry& entry : group.entries) {
      absl::StrAppendFormat(&text, "  %-56s %9.1f  %.1f..%.1f\n", entry.name,
                            entry.nanos.median, entry.nanos.low,
                            entry.nanos.high);
    }
  }
  return text;
}

}  // namespace

std::string FormatText(const Report& report) {
  std::string text =
      absl::StrCat(FormatHead(report), "\n", FormatClaims(report), "\n",
                   FormatFigures(report), FormatPaths(report),
                   FormatScaling(report), FormatPeers(report));
  for (const std::string& note : report.notes) {
    absl::StrAppend(&text, "\n", note);
  }
  return text + "\n";
}

}  // namespace tollgate::bench
