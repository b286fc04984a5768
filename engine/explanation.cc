#include "engine/explanation.h"

namespace tollgate {

void Explanation::Begin() {
  stages_.clear();
  rule_.clear();
  last_ = Clock::now();
}

void Explanation::EndStage(std::string_view name) {
  const Clock::time_point now = Clock::now();
  stages_.push_back({name, std::chrono::nanoseconds(now - last_).count()});
  last_ = Clock::now();
}

void Explanation::SetRule(std::string_view rule) { rule_ = std::string(rule); }

}  // namespace tollgate
