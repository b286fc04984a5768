// Decides whether a concurrent history has a sequential explanation: whether
// each operation can be given one instant between its call and its return such
// that, executed in that order, every result is what a sequential object would
// have answered (Wing and Gong 1993, with Lowe's memory of failed states).
//
//   std::vector<TimedOperation<Op>> history = ...;
//   EXPECT_TRUE(IsLinearizable(history, State{}, apply));
//
// `apply(State, const Op&)` returns the next state, or nullopt if the recorded
// result is impossible in that state. Exponential in the number of operations
// that overlap; histories of one key, at most 64 operations, take microseconds.

#ifndef TOLLGATE_TESTS_SUPPORT_LINEARIZABILITY_H_
#define TOLLGATE_TESTS_SUPPORT_LINEARIZABILITY_H_

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace tollgate {

template <typename Op>
struct TimedOperation {
  Op op;
  uint64_t called = 0;
  uint64_t returned = 0;
};

// Numbers that order calls and returns across threads.
class HistoryClock {
 public:
  // Sequentially consistent: an operation that returned before another was
  // called has the lower number, whoever looks.
  uint64_t Tick() { return now_.fetch_add(1, std::memory_order_seq_cst); }

 private:
  std::atomic<uint64_t> now_{0};
};

template <typename State, typename Op, typename Apply>
class LinearizabilitySearch {
 public:
  LinearizabilitySearch(const std::vector<TimedOperation<Op>>& history,
                        const Apply& apply)
      : history_(history), apply_(apply) {
    assert(history.size() <= 64);
  }

  // `done` are the operations, by bit, that have had their instant.
  bool From(uint64_t done, const State& state) {
    if (done == Everything()) return true;
    if (!seen_.emplace(done, state).second) return false;
    const uint64_t first_return = FirstReturnOfOthers(done);
    for (size_t i = 0; i < history_.size(); ++i) {
      if (done >> i & 1 || history_[i].called > first_return) continue;
      const std::optional<State> next = apply_(state, history_[i].op);
      if (next.has_value() && From(done | uint64_t{1} << i, *next)) return true;
    }
    return false;
  }

 private:
  uint64_t Everything() const {
    return history_.empty() ? 0 : ~uint64_t{0} >> (64 - history_.size());
  }

  // What was called after this must come after the one that returned then.
  uint64_t FirstReturnOfOthers(uint64_t done) const {
    uint64_t first = std::numeric_limits<uint64_t>::max();
    for (size_t i = 0; i < history_.size(); ++i) {
      if (!(done >> i & 1)) first = std::min(first, history_[i].returned);
    }
    return first;
  }

  const std::vector<TimedOperation<Op>>& history_;
  const Apply& apply_;
  std::set<std::pair<uint64_t, State>> seen_;
};

// REQUIRES: at most 64 operations; State has operator<.
template <typename State, typename Op, typename Apply>
bool IsLinearizable(const std::vector<TimedOperation<Op>>& history,
                    const State& initial, const Apply& apply) {
  return LinearizabilitySearch<State, Op, Apply>(history, apply)
      .From(0, initial);
}

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_LINEARIZABILITY_H_
