// What a token bucket is, in exact fractions and nothing else: the model that
// the limiter is compared with. It knows neither GCRA nor units.

#ifndef TOLLGATE_TESTS_LIMIT_TOKEN_BUCKET_ORACLE_H_
#define TOLLGATE_TESTS_LIMIT_TOKEN_BUCKET_ORACLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/model/limit_spec.h"

namespace tollgate {

// Any number of windows, charged all or none. Permits are counted in fractions
// with the period as denominator, in 128 bits, so nothing is ever rounded.
class TokenBucketOracle {
 public:
  __extension__ using Wide = __int128;

  explicit TokenBucketOracle(std::vector<LimitSpec> specs)
      : specs_(std::move(specs)) {
    for (const LimitSpec& spec : specs_) level_.push_back(Full(spec));
  }

  // REQUIRES: `now_us` is not before an earlier one.
  bool Charge(int64_t now_us, uint64_t permits) {
    Advance(now_us);
    for (size_t i = 0; i < specs_.size(); ++i) {
      if (level_[i] < Cost(i, permits)) return false;
    }
    for (size_t i = 0; i < specs_.size(); ++i) level_[i] -= Cost(i, permits);
    return true;
  }

  void Advance(int64_t now_us) {
    for (size_t i = 0; i < specs_.size() && started_; ++i) {
      level_[i] =
          std::min(Full(specs_[i]),
                   level_[i] + Wide{now_us - now_us_} * Wide{specs_[i].limit});
    }
    started_ = true;
    now_us_ = now_us;
  }

  // Whole permits left in a window.
  uint64_t Remaining(size_t i) const {
    return static_cast<uint64_t>(level_[i] / Wide{specs_[i].period_us});
  }

  // Microseconds until the window is full again, rounded up.
  int64_t UntilFull(size_t i) const {
    return CeilDivide(Full(specs_[i]) - level_[i], Wide{specs_[i].limit});
  }

  // The least number of microseconds after which all windows have `permits`;
  // -1 if none.
  int64_t RetryAfter(uint64_t permits) const {
    int64_t wait = 0;
    for (size_t i = 0; i < specs_.size(); ++i) {
      if (permits > specs_[i].burst) return -1;
      wait = std::max(wait, CeilDivide(Cost(i, permits) - level_[i],
                                       Wide{specs_[i].limit}));
    }
    return wait;
  }

 private:
  static Wide Full(const LimitSpec& spec) {
    return Wide{spec.burst} * Wide{spec.period_us};
  }
  Wide Cost(size_t i, uint64_t permits) const {
    return Wide{permits} * Wide{specs_[i].period_us};
  }
  static int64_t CeilDivide(Wide a, Wide b) {
    return a <= 0 ? 0 : static_cast<int64_t>((a + b - 1) / b);
  }

  std::vector<LimitSpec> specs_;
  std::vector<Wide> level_;  // permits * period
  int64_t now_us_ = 0;
  bool started_ = false;
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_LIMIT_TOKEN_BUCKET_ORACLE_H_
