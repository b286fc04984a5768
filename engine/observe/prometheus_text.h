// Writes metrics in Prometheus' text format, version 0.0.4.
//
//   PrometheusText text(&out);
//   text.Family("tollgate_keys", "Keys in the store.", "gauge");
//   text.Sample({{"state", "active"}}, 3);
//
// Names end in _total for counters, in the base unit otherwise. What labels may
// be is closed: no value of them comes from a request.
//
// Thread-safety: as of a plain value. Ownership: borrows the string. Cost:
// control path. Errors: none.

#ifndef TOLLGATE_ENGINE_OBSERVE_PROMETHEUS_TEXT_H_
#define TOLLGATE_ENGINE_OBSERVE_PROMETHEUS_TEXT_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "absl/types/span.h"

namespace tollgate {

class PrometheusText {
 public:
  using Labels =
      std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit PrometheusText(std::string* out) : out_(*out) {}

  // Begins a family; its samples follow.
  void Family(std::string_view name, std::string_view help,
              std::string_view type);

  void Sample(Labels labels, double value) { Add("", labels, "", value); }

  // A histogram's samples: `counts` of each bucket by itself, one more than
  // there are bounds, which are in the base unit.
  void Histogram(Labels labels, absl::Span<const double> bounds,
                 absl::Span<const uint64_t> counts, double sum);

 private:
  void Add(std::string_view suffix, Labels labels, std::string_view bound,
           double value);

  std::string& out_;
  std::string name_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVE_PROMETHEUS_TEXT_H_
