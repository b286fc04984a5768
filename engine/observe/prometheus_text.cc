#include "engine/observe/prometheus_text.h"

#include <charconv>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace tollgate {
namespace {

// The shortest text that reads back the same.
std::string Number(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  return std::string(text, end);
}

std::string Escaped(std::string_view text) {
  return absl::StrReplaceAll(text,
                             {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}});
}

}  // namespace

void PrometheusText::Family(std::string_view name, std::string_view help,
                            std::string_view type) {
  name_ = std::string(name);
  absl::StrAppend(&out_, "# HELP ", name, " ", help, "\n# TYPE ", name, " ",
                  type, "\n");
}

void PrometheusText::Add(std::string_view suffix, Labels labels,
                         std::string_view bound, double value) {
  absl::StrAppend(&out_, name_, suffix);
  std::string_view before = "{";
  for (const auto& [name, text] : labels) {
    absl::StrAppend(&out_, before, name, "=\"", Escaped(text), "\"");
    before = ",";
  }
  if (!bound.empty()) {
    absl::StrAppend(&out_, before, "le=\"", bound, "\"");
    before = ",";
  }
  if (before == ",") absl::StrAppend(&out_, "}");
  absl::StrAppend(&out_, " ", Number(value), "\n");
}

void PrometheusText::Histogram(Labels labels, absl::Span<const double> bounds,
                               absl::Span<const uint64_t> counts, double sum) {
  uint64_t below = 0;
  for (size_t i = 0; i < bounds.size(); ++i) {
    below += counts[i];
    Add("_bucket", labels, Number(bounds[i]), static_cast<double>(below));
  }
  below += counts.back();
  Add("_bucket", labels, "+Inf", static_cast<double>(below));
  Add("_sum", labels, "", sum);
  Add("_count", labels, "", static_cast<double>(below));
}

}  // namespace tollgate
