// What threads were allowed, and the two questions about it: was a window's
// bound ever exceeded, and is there an order in which one thread alone could
// have got the same answers?

#ifndef TOLLGATE_TESTS_LIMIT_CHARGE_HISTORY_H_
#define TOLLGATE_TESTS_LIMIT_CHARGE_HISTORY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/model/limit_spec.h"

namespace tollgate {

struct AllowedCharge {
  int64_t at_us = 0;
  uint64_t permits = 1;
};

// Returns the worst interval in which more than burst + rate * T permits were
// allowed, as text, or nothing. Sorts `charges`.
inline std::string FindExcess(const LimitSpec& spec,
                              std::vector<AllowedCharge>& charges) {
  __extension__ using Wide = __int128;
  std::stable_sort(charges.begin(), charges.end(),
                   [](const AllowedCharge& a, const AllowedCharge& b) {
                     return a.at_us < b.at_us;
                   });
  // For an interval from i to j: sum * period <= burst * period + T * limit.
  Wide sum = 0;
  Wide best_start = 0;
  size_t start = 0;
  for (size_t j = 0; j < charges.size(); ++j) {
    const Wide time = Wide{charges[j].at_us} * Wide{spec.limit};
    const Wide start_here = time - sum * Wide{spec.period_us};
    if (j == 0 || start_here > best_start) {
      best_start = start_here;
      start = j;
    }
    sum += charges[j].permits;
    if (sum * Wide{spec.period_us} - time + best_start >
        Wide{spec.burst} * Wide{spec.period_us}) {
      return absl::StrCat("window ", spec.name, ": too much from ",
                          charges[start].at_us, "us to ", charges[j].at_us,
                          "us");
    }
  }
  return "";
}

// One call as its thread saw it; `begun` and `ended` order it among the others.
struct ChargeCall {
  uint64_t begun = 0;
  uint64_t ended = 0;
  uint64_t permits = 0;
  bool allowed = false;
};

// True if the calls, all made at the same time on a bucket with `left` permits,
// can be put in an order that respects begun and ended and in which each answer
// is that of a bucket used by one thread. At most 20 calls.
class LinearizationSearch {
 public:
  LinearizationSearch(std::vector<ChargeCall> calls, uint64_t left)
      : calls_(std::move(calls)), left_(left) {}

  bool Find() { return Extend(0, left_); }

 private:
  bool Extend(uint32_t done, uint64_t left) {
    if (done == (uint32_t{1} << calls_.size()) - 1) return true;
    if (!seen_.insert({done, left}).second) return false;
    for (size_t i = 0; i < calls_.size(); ++i) {
      if ((done >> i & 1) != 0 || !MayBeNext(done, calls_[i])) continue;
      const bool allowed = calls_[i].permits <= left;
      if (allowed != calls_[i].allowed) continue;
      if (Extend(done | uint32_t{1} << i,
                 left - (allowed ? calls_[i].permits : 0))) {
        return true;
      }
    }
    return false;
  }

  // Nobody who is not done ended before it began.
  bool MayBeNext(uint32_t done, const ChargeCall& call) const {
    for (size_t i = 0; i < calls_.size(); ++i) {
      if ((done >> i & 1) == 0 && calls_[i].ended < call.begun) return false;
    }
    return true;
  }

  std::vector<ChargeCall> calls_;
  uint64_t left_;
  std::set<std::pair<uint32_t, uint64_t>> seen_;
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_LIMIT_CHARGE_HISTORY_H_
