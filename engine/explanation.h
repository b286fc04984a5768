// How a decision came about: the stages that ran, in their order, what each
// took, and the rule that decided. For people who ask why, through
// Validator::Worker::Explain; nothing of it is kept for other requests.
//
// Thread-safety: one thread. Ownership: values; stage names are literals.
// Cost: a clock and an allocation a stage; a request that nobody asks about
// pays one test for each. Errors: none.

#ifndef TOLLGATE_ENGINE_EXPLANATION_H_
#define TOLLGATE_ENGINE_EXPLANATION_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"

namespace tollgate {

class Explanation {
 public:
  struct Stage {
    std::string_view name;
    int64_t nanos;  // what lies between the stage before and this one included
  };

  const std::vector<Stage>& stages() const { return stages_; }

  // The text of the rule that decided, as it is configured: an endpoint
  // pattern, an address prefix, a window of hours; "" when none did.
  const std::string& rule() const { return rule_; }

  // For the validator: the first stage begins now; one has ended; a rule was
  // found to decide. Out of line, to take no room on the hot path.
  ABSL_ATTRIBUTE_COLD void Begin();
  ABSL_ATTRIBUTE_COLD void EndStage(std::string_view name);
  ABSL_ATTRIBUTE_COLD void SetRule(std::string_view rule);

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<Stage> stages_;
  std::string rule_;
  Clock::time_point last_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_EXPLANATION_H_
