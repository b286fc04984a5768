// The operations of engine/limit/bucket.h, which alone includes it and argues
// that they are right.

#ifndef TOLLGATE_ENGINE_LIMIT_BUCKET_IMPL_H_
#define TOLLGATE_ENGINE_LIMIT_BUCKET_IMPL_H_

#include <algorithm>
#include <cstring>

namespace tollgate {

// The new run says the same of a full bucket as any other word would.
template <typename A>
inline uint64_t BasicBucket<A>::ChargeFull(uint64_t tick,
                                           ChargeResult& result) {
  using namespace bucket_word;
  const uint64_t word = LoadWord();
  if (StateOf(word) != BucketState::kRun) return 0;
  const int64_t elapsed = RunElapsed(word, tick);
  if (static_cast<uint64_t>(elapsed) >= static_cast<uint64_t>(set_->era_us())) {
    return 0;
  }
  const auto charged = static_cast<int64_t>(Charged::Get(word));
  if (charged * set_->permit_refill_us() > elapsed) return 0;
  const uint64_t next = MakeRun(tick, 1);
  if (!ReplaceWord(word, next)) return 0;
  static_assert(sizeof(set_->slack_after_one()) == sizeof(result.slack));
  std::memcpy(result.slack, set_->slack_after_one().data(),
              sizeof(result.slack));
  result.outcome = ChargeOutcome::kAllowed;
  return next;
}

template <typename A>
inline ChargeOutcome BasicBucket<A>::Charge(const Request& request,
                                            ChargeResult& result,
                                            Receipt& receipt) {
  for (;;) {
    const uint64_t word = LoadWord();
    Step step = Step::kRetry;
    switch (bucket_word::StateOf(word)) {
      case BucketState::kRun:
        step = ChargeRun(word, request, result, receipt);
        break;
      case BucketState::kLive:
        step = ChargeLive(word, request, result, receipt);
        break;
      case BucketState::kReset:
        FinishReset(word, request.tick);
        break;
      case BucketState::kForward:
        step = Step::kStale;
        break;
    }
    if (ABSL_PREDICT_TRUE(step != Step::kRetry)) {
      return result.outcome = static_cast<ChargeOutcome>(step);
    }
  }
}

template <typename A>
inline bool BasicBucket<A>::ReplaceWord(uint64_t word, uint64_t next) {
  // Release pairs with LoadWord: the bases raised before are visible with the
  // word. Relaxed on failure: the caller loads again.
  return cells_[0].compare_exchange_strong(
      word, next, std::memory_order_release, std::memory_order_relaxed);
}

template <typename A>
inline int64_t BasicBucket<A>::ElapsedOf(uint64_t word, uint64_t tick) const {
  const int64_t elapsed = bucket_word::RunElapsed(word, tick);
  if (ABSL_PREDICT_TRUE(static_cast<uint64_t>(elapsed) <
                        static_cast<uint64_t>(set_->era_us()))) {
    return elapsed;
  }
  return OddElapsed(word, elapsed);
}

// Brings the time since a run began within two eras each way, which is as good
// as any longer time: a run is charged in its first era, and another era
// refills every window. The zeroed word is full at any time.
template <typename A>
int64_t BasicBucket<A>::OddElapsed(uint64_t word, int64_t elapsed) const {
  const int64_t longest = 2 * set_->era_us();
  if (bucket_word::Charged::Get(word) == 0) return longest;
  return std::clamp(elapsed, -longest, longest);
}

template <typename A>
inline typename BasicBucket<A>::Step BasicBucket<A>::ChargeRun(
    uint64_t word, const Request& request, ChargeResult& result,
    Receipt& receipt) {
  using namespace bucket_word;
  const int64_t elapsed = ElapsedOf(word, request.tick);
  const auto charged = static_cast<int64_t>(Charged::Get(word));
  // By their signs: whether any window is overdrawn, idle, or in use.
  int64_t over = 0;
  int64_t idle = 0;
  int64_t in_use = 0;
  const size_t windows = set_->size();
  for (size_t i = 0; i < windows; ++i) {
    const GcraRate& rate = set_->rate(i);
    const int64_t backlog = GcraBacklog(rate, charged, elapsed);
    idle |= backlog;
    in_use |= -backlog;
    const int64_t slack = rate.tolerance - std::max<int64_t>(backlog, 0) -
                          request.permits * rate.increment;
    over |= slack;
    result.slack[i] = slack;
  }
  if (ABSL_PREDICT_FALSE(over < 0)) {
    Refuse(request, result, receipt);
    return Step::kRefused;
  }
  const bool all_full = in_use >= 0;
  const bool none_idle = idle >= 0;
  const uint64_t before = all_full ? 0 : Charged::Get(word);
  const uint64_t start = all_full ? request.tick : Start::Get(word);
  const bool extends = none_idle && elapsed < set_->era_us();
  if (ABSL_PREDICT_FALSE(!(all_full || extends) ||
                         before + request.permits > Charged::kMax ||
                         request.lease_quanta != 0)) {
    BeginReset(word, request, all_full);
    return Step::kRetry;
  }
  receipt.word = MakeRun(start, before + request.permits);
  return ReplaceWord(word, receipt.word) ? Step::kAllowed : Step::kRetry;
}

template <typename A>
inline typename BasicBucket<A>::Step BasicBucket<A>::ChargeLive(
    uint64_t word, const Request& request, ChargeResult& result,
    Receipt& receipt) {
  using namespace bucket_word;
  if (ABSL_PREDICT_FALSE(!IsLiveNow(word, request.tick)) &&
      AgeOf(word, request.tick) != Age::kNear) {
    return ChargeOtherEra(word, request, result, receipt);
  }
  if (ABSL_PREDICT_FALSE(Used::Get(word) > kUsedMax)) return Step::kStale;
  const int64_t leased = LeasedPermits(Quanta::Get(word));
  bool fits = true;
  bool all_full = leased == 0;
  bool any_idle = false;
  for (size_t i = 0; i < set_->size(); ++i) {
    const GcraRate& rate = set_->rate(i);
    // Acquire keeps the load before the second one of the word (G8).
    const uint64_t base = cells_[1 + i].load(std::memory_order_acquire);
    const int64_t backlog = BacklogAt(i, base, word, request.tick);
    all_full &= backlog <= 0;
    any_idle |= backlog < 0;
    const int64_t slack = rate.tolerance - std::max<int64_t>(backlog, 0) -
                          (leased + request.permits) * rate.increment;
    fits &= slack >= 0;
    result.slack[i] = slack;
  }
  if (ABSL_PREDICT_FALSE(!fits)) {
    if (LoadWord() != word) return Step::kRetry;
    Refuse(request, result, receipt);
    return Step::kRefused;
  }
  const uint32_t quanta =
      request.lease_quanta == 0 ? 0 : FitLease(word, request, result);
  if (all_full && quanta == 0 && request.permits <= Charged::kMax) {
    receipt.word = MakeRun(request.tick, request.permits);
  } else {
    if (any_idle && !RaiseIdle(word, request.tick)) return Step::kRetry;
    receipt.quanta = quanta;
    receipt.word =
        MakeLive(LaterEra(word, request.tick), Quanta::Get(word) + quanta,
                 Used::Get(word) + request.permits);
  }
  return ReplaceWord(word, receipt.word) ? Step::kAllowed : Step::kRetry;
}

// Charges a live bucket that is not near: every window is full, and a new run
// can begin; or the clock is far behind.
template <typename A>
typename BasicBucket<A>::Step BasicBucket<A>::ChargeOtherEra(
    uint64_t word, const Request& request, ChargeResult& result,
    Receipt& receipt) {
  using namespace bucket_word;
  const bool behind = AgeOf(word, request.tick) == Age::kBehind;
  if (!behind && Quanta::Get(word) != 0) return Step::kStale;
  for (size_t i = 0; i < set_->size(); ++i) {
    const GcraRate& rate = set_->rate(i);
    result.slack[i] = rate.tolerance - request.permits * rate.increment;
  }
  if (!behind) {
    if (request.lease_quanta != 0 || request.permits > Charged::kMax) {
      BeginReset(word, request, /*all_full=*/true);
      return Step::kRetry;
    }
    receipt.word = MakeRun(request.tick, request.permits);
    return ReplaceWord(word, receipt.word) ? Step::kAllowed : Step::kRetry;
  }
  // How far ahead, only the eras tell; what the bases tell is out of range.
  const auto eras =
      static_cast<int64_t>(Era::kMax + 1 - ErasSince(word, request.tick));
  std::fill_n(result.slack, set_->size(), 0);
  result.retry_after_us = (eras + 1) << set_->era_shift();
  receipt.ahead_us = (eras - 1) << set_->era_shift();
  return Step::kRefused;
}

// Turns the slack after the charge into that without it, and tells the wait.
template <typename A>
void BasicBucket<A>::Refuse(const Request& request, ChargeResult& result,
                            Receipt& receipt) {
  result.retry_after_us = 0;
  result.window = 0;
  receipt.ahead_us = 0;
  for (size_t i = 0; i < set_->size(); ++i) {
    const GcraRate& rate = set_->rate(i);
    const int64_t wait = GcraWaitMicros(rate, -result.slack[i]);
    if (wait > result.retry_after_us) {
      result.retry_after_us = wait;
      result.window = static_cast<uint8_t>(i);
    }
    result.slack[i] += request.permits * rate.increment;
    // A charge at tick t leaves at most the tolerance at t.
    receipt.ahead_us =
        std::max(receipt.ahead_us, GcraWaitMicros(rate, -result.slack[i]));
  }
}

// Returns how much of the wanted lease every window has room for.
template <typename A>
uint32_t BasicBucket<A>::FitLease(uint64_t word, const Request& request,
                                  const ChargeResult& result) const {
  const auto leased = static_cast<uint32_t>(bucket_word::Quanta::Get(word));
  const uint32_t reserve = set_->lease_quanta_max();
  // No lease takes more than half of what there is, so that others find some.
  uint32_t quanta = std::min(request.lease_quanta, (reserve - leased + 1) / 2);
  for (size_t i = 0; i < set_->size(); ++i) {
    while (quanta != 0 &&
           LeasedPermits(quanta) * set_->rate(i).increment > result.slack[i]) {
      quanta /= 2;
    }
  }
  return quanta;
}

template <typename A>
bool BasicBucket<A>::BeginReset(uint64_t word, const Request& request,
                                bool all_full) {
  using namespace bucket_word;
  return ReplaceWord(
      word, all_full ? MakeReset(request.tick, 0)
                     : MakeReset(Start::Get(word), Charged::Get(word)));
}

// Everybody who meets a reset writes the same bases. A base that was read while
// the word was still the reset is the old one or the final one; a helper that
// was late finds the word changed, or fails on the base, which is not old any
// more.
template <typename A>
void BasicBucket<A>::FinishReset(uint64_t word, uint64_t tick) {
  using namespace bucket_word;
  // All of it, of which the word has the lower 54 bits.
  const uint64_t start = tick - static_cast<uint64_t>(RunElapsed(word, tick));
  for (size_t i = 0; i < set_->size(); ++i) {
    Cell& cell = cells_[1 + i];
    const uint64_t base = GcraBase(set_->rate(i), 0, UsedStart(start), start);
    // Acquire keeps the load before the one of the word.
    uint64_t old = cell.load(std::memory_order_acquire);
    while (old != base) {
      if (LoadWord() != word) return;
      // Acquire on failure as above. On success relaxed would do, as it is
      // published with the word below, but g++ 12 warns of an order weaker
      // than the one on failure.
      if (cell.compare_exchange_strong(old, base, std::memory_order_acquire,
                                       std::memory_order_acquire)) {
        break;
      }
    }
  }
  ReplaceWord(word,
              MakeLive(EraOf(start), 0, UsedStart(start) + Charged::Get(word)));
}

// Raises the base of every window that has been full for a while, so that the
// time it was full for does not count (G3). False if somebody else raised one.
template <typename A>
bool BasicBucket<A>::RaiseIdle(uint64_t word, uint64_t tick) {
  for (size_t i = 0; i < set_->size(); ++i) {
    Cell& cell = cells_[1 + i];
    // Relaxed: the word's acquire came before; a newer base does no harm.
    uint64_t base = cell.load(std::memory_order_relaxed);
    const int64_t backlog = BacklogAt(i, base, word, tick);
    if (backlog >= 0) continue;
    const uint64_t raised = base + static_cast<uint64_t>(-backlog);
    // Relaxed: published with the word.
    if (!cell.compare_exchange_strong(base, raised, std::memory_order_relaxed,
                                      std::memory_order_relaxed)) {
      return false;
    }
  }
  return true;
}

template <typename A>
bool BasicBucket<A>::EndLease(uint32_t quanta, uint32_t spent, uint64_t tick) {
  using namespace bucket_word;
  for (;;) {
    const uint64_t word = LoadWord();
    if (StateOf(word) == BucketState::kForward) {
      const uint64_t next = word - Quanta::Put(quanta);
      if (!ReplaceWord(word, next)) continue;
      return Freed::Get(next) != 0 && Quanta::Get(next) == 0;
    }
    // Live: as long as anything is on lease, a bucket is nothing else.
    const uint64_t near = NearTick(word, tick);
    const bool needs_raise = spent != 0 && AgeOf(word, near) == Age::kNear;
    if (needs_raise && !RaiseIdle(word, near)) continue;
    const uint64_t next =
        MakeLive(LaterEra(word, near), Quanta::Get(word) - quanta,
                 Used::Get(word) + spent);
    if (ReplaceWord(word, next)) return false;
  }
}

// Brings `tick` back to the era after the word's latest charge: a lease is
// spent within a tenth of a second, so it was not spent later.
template <typename A>
uint64_t BasicBucket<A>::NearTick(uint64_t word, uint64_t tick) const {
  if (AgeOf(word, tick) != Age::kIdle) return tick;
  const uint64_t era = EraOf(tick) - ErasSince(word, tick);
  return ((era + 2) << set_->era_shift()) - 1;
}

template <typename A>
typename BasicBucket<A>::Age BasicBucket<A>::AgeOf(uint64_t word,
                                                   uint64_t tick) const {
  const uint64_t eras = ErasSince(word, tick);
  constexpr uint64_t kMax = bucket_word::Era::kMax;
  if (eras < kErasIdle || eras == kMax) return Age::kNear;
  return eras > kMax - kErasBehindMax ? Age::kBehind : Age::kIdle;
}

// Returns the later one of the word's era and that of `tick`, which is near.
template <typename A>
uint64_t BasicBucket<A>::LaterEra(uint64_t word, uint64_t tick) const {
  return ErasSince(word, tick) < kErasIdle ? EraOf(tick)
                                           : bucket_word::Era::Get(word);
}

template <typename A>
uint32_t BasicBucket<A>::LeasedQuanta(uint64_t word) {
  using namespace bucket_word;
  const BucketState state = StateOf(word);
  const bool counts =
      state == BucketState::kLive || state == BucketState::kForward;
  return counts ? static_cast<uint32_t>(Quanta::Get(word)) : 0;
}

template <typename A>
void BasicBucket<A>::ComputeLeasedSlack(uint64_t word, uint64_t tick,
                                        uint32_t left,
                                        ChargeResult& result) const {
  const int64_t others = LeasedPermits(bucket_word::Quanta::Get(word)) - left;
  for (size_t i = 0; i < set_->size(); ++i) {
    const GcraRate& rate = set_->rate(i);
    // Relaxed: ordered by the word's acquire. While the caller has a lease the
    // bucket stays live, so the bases can only have risen since.
    const uint64_t base = cells_[1 + i].load(std::memory_order_relaxed);
    const int64_t backlog = BacklogAt(i, base, word, tick);
    result.slack[i] = rate.tolerance - std::max<int64_t>(backlog, 0) -
                      others * rate.increment;
  }
}

template <typename A>
typename BasicBucket<A>::Reading BasicBucket<A>::Read(uint64_t tick) const {
  using namespace bucket_word;
  for (;;) {
    Reading reading;
    reading.word = LoadWord();
    const BucketState state = StateOf(reading.word);
    if (state == BucketState::kForward) return reading;
    const bool live = state == BucketState::kLive;
    const Age age = live ? AgeOf(reading.word, tick) : Age::kNear;
    for (size_t i = 0; i < set_->size(); ++i) {
      const GcraRate& rate = set_->rate(i);
      int64_t backlog = 0;
      if (!live) {
        backlog =
            GcraBacklog(rate, static_cast<int64_t>(Charged::Get(reading.word)),
                        ElapsedOf(reading.word, tick));
      } else if (age == Age::kNear) {
        // Acquire keeps the load before the second one of the word (G8).
        const uint64_t base = cells_[1 + i].load(std::memory_order_acquire);
        backlog = BacklogAt(i, base, reading.word, tick);
      } else if (age == Age::kBehind) {
        backlog = rate.tolerance;
      }
      reading.backlog[i] =
          std::max<int64_t>(backlog, 0) +
          LeasedPermits(LeasedQuanta(reading.word)) * rate.increment;
    }
    if (!live || LoadWord() == reading.word) return reading;
  }
}

template <typename A>
void BasicBucket<A>::Fill(uint64_t tick, const int64_t* backlog) {
  using namespace bucket_word;
  const bool full = std::all_of(backlog, backlog + set_->size(),
                                [](int64_t units) { return units == 0; });
  const uint64_t used = UsedStart(tick);
  for (size_t i = 0; i < set_->size() && !full; ++i) {
    // Relaxed, as below: nobody knows the bucket; whoever publishes its id does
    // so by a release.
    cells_[1 + i].store(GcraBase(set_->rate(i), backlog[i], used, tick),
                        std::memory_order_relaxed);
  }
  cells_[0].store(full ? 0 : MakeLive(EraOf(tick), 0, used),
                  std::memory_order_relaxed);
}

template <typename A>
void BasicBucket<A>::Raise(uint64_t tick, const int64_t* backlog) {
  using namespace bucket_word;
  const Request anchor{tick, 0, 0};
  for (;;) {
    const uint64_t word = LoadWord();
    const BucketState state = StateOf(word);
    if (state == BucketState::kForward) return;
    if (state == BucketState::kReset) {
      FinishReset(word, tick);
      continue;
    }
    if (state == BucketState::kRun) {
      BeginReset(word, anchor, /*all_full=*/Charged::Get(word) == 0);
      continue;
    }
    const Age age = AgeOf(word, tick);
    if (age == Age::kIdle && Quanta::Get(word) == 0) {
      BeginReset(word, anchor, /*all_full=*/true);
      continue;
    }
    if (age != Age::kNear) return;
    bool raised = true;
    for (size_t i = 0; i < set_->size() && raised; ++i) {
      Cell& cell = cells_[1 + i];
      // Relaxed: see RaiseIdle.
      uint64_t base = cell.load(std::memory_order_relaxed);
      if (BacklogAt(i, base, word, tick) >= backlog[i]) continue;
      raised = cell.compare_exchange_strong(
          base, GcraBase(set_->rate(i), backlog[i], Used::Get(word), tick),
          std::memory_order_relaxed, std::memory_order_relaxed);
    }
    if (raised &&
        ReplaceWord(word, MakeLive(LaterEra(word, tick), Quanta::Get(word),
                                   Used::Get(word)))) {
      return;
    }
  }
}

template <typename A>
bool BasicBucket<A>::Forward(uint64_t word, BucketId target) {
  return ReplaceWord(word,
                     bucket_word::MakeForward(target, LeasedQuanta(word)));
}

template <typename A>
bool BasicBucket<A>::Free() {
  using namespace bucket_word;
  for (;;) {
    const uint64_t word = LoadWord();
    const bool forward = StateOf(word) == BucketState::kForward;
    if (forward && Freed::Get(word) != 0) return false;
    const uint64_t next =
        Freed::Set(forward ? word : MakeForward(0, LeasedQuanta(word)), 1);
    if (ReplaceWord(word, next)) return Quanta::Get(next) == 0;
  }
}

template <typename A>
bool BasicBucket<A>::IsWornOut(uint64_t word, uint64_t tick) const {
  using namespace bucket_word;
  if (StateOf(word) != BucketState::kLive) return false;
  return Used::Get(word) > kUsedMax ||
         (Quanta::Get(word) != 0 && AgeOf(word, tick) == Age::kIdle);
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_BUCKET_IMPL_H_
