// The out-of-line half of engine/limit/rate_limiter.h, which alone includes it:
// what is not on the hot path.

#ifndef TOLLGATE_ENGINE_LIMIT_RATE_LIMITER_IMPL_H_
#define TOLLGATE_ENGINE_LIMIT_RATE_LIMITER_IMPL_H_

namespace tollgate {

template <typename A>
BasicRateLimiter<A>::Worker::Worker(BasicRateLimiter* limiter)
    : limiter_(limiter),
      leases_(limiter->lease_sets_),
      participant_(limiter->domain_->Register()) {
  // Relaxed, here and in the destructor: a worker that misses another's coming
  // or going is a worker that came or went a moment later.
  last_ = limiter_->latest_.load(std::memory_order_relaxed);
  limiter_->workers_.fetch_add(1, std::memory_order_relaxed);
}

template <typename A>
BasicRateLimiter<A>::Worker::~Worker() {
  Idle();
  limiter_->workers_.fetch_sub(1, std::memory_order_relaxed);
  uint64_t latest = limiter_->latest_.load(std::memory_order_relaxed);
  while (latest < last_ && !limiter_->latest_.compare_exchange_weak(
                               latest, last_, std::memory_order_relaxed,
                               std::memory_order_relaxed)) {
  }
}

template <typename A>
void BasicRateLimiter<A>::Worker::Idle() {
  if (leases_held_ == 0) return;
  leases_.EndLeases(
      [this](LeaseEntry& entry) { limiter_->EndLease(*this, entry); });
}

// The clock is behind an earlier reading: time stands still, or, after a large
// step, all later readings are moved forward.
template <typename A>
LimitTick BasicRateLimiter<A>::Worker::StepBack(MonotonicNanos now) {
  const uint64_t clock = ToLimitTick(now).value;
  for (;;) {
    // Relaxed, as in Begin.
    offset_ = limiter_->offset_.load(std::memory_order_relaxed);
    const uint64_t tick = clock + offset_;
    held_us_ = tick < last_ ? last_ - tick : 0;
    if (held_us_ <= kStepUs) {
      last_ = tick + held_us_;
      return {last_};
    }
    // If another worker moved the time meanwhile, it moved it for all.
    uint64_t offset = offset_;
    limiter_->offset_.compare_exchange_strong(offset, offset + held_us_,
                                              std::memory_order_relaxed,
                                              std::memory_order_relaxed);
  }
}

// Returns true when a bucket was found ahead of the clock twice, at two times
// soon after each other: the clock stepped back while this worker did not look.
// Once is no proof, since the worker may have slept after reading the clock.
template <typename A>
bool BasicRateLimiter<A>::Worker::ConfirmStep() {
  if (last_ == suspect_) return false;
  const bool soon = suspect_ != 0 && last_ - suspect_ <= kStepUs;
  suspect_ = soon ? 0 : last_;
  return soon;
}

template <typename A>
BucketId BasicRateLimiter<A>::Resolve(BucketId id) const {
  using namespace bucket_word;
  for (;;) {
    const Pool* pool = slab_->PoolOf(id);
    if (pool == nullptr) return 0;
    const uint64_t word = At(id, pool).LoadWord();
    if (StateOf(word) != BucketState::kForward) return id;
    id = static_cast<BucketId>(Target::Get(word));
  }
}

// Charges what the bucket was forwarded to, if that has the limits.
template <typename A>
void BasicRateLimiter<A>::ChargeElsewhere(Worker& worker, const Order& order,
                                          ChargeResult& result) {
  if (order.limits->size() == 0) {
    result.outcome = ChargeOutcome::kAllowed;
    return;
  }
  const BucketId target = Resolve(order.id);
  if (target != 0 && target != order.id &&
      slab_->PoolOf(target) == order.limits) {
    Order moved = order;
    moved.id = target;
    return ChargeOrder(worker, moved, result);
  }
  std::fill_n(result.slack, order.limits->size(), 0);
  result.outcome = ChargeOutcome::kStale;
}

// A charge that exceeds the burst is refused whatever the time.
template <typename A>
void BasicRateLimiter<A>::RefuseForever(Worker& worker, const Order& order,
                                        ChargeResult& result) const {
  result = PeekAt(worker, order);
  if (result.outcome != ChargeOutcome::kStale) {
    result.outcome = ChargeOutcome::kRefused;
  }
}

template <typename A>
void BasicRateLimiter<A>::AfterOddCharge(
    Worker& worker, const Order& order, const typename Bucket::Receipt& receipt,
    ChargeResult& result) {
  if (result.outcome == ChargeOutcome::kStale) {
    return ChargeElsewhere(worker, order, result);
  }
  const auto ahead = static_cast<uint64_t>(receipt.ahead_us);
  if (ahead > kStepUs && worker.ConfirmStep()) {
    // Relaxed, as in Begin. If another worker moved the time, the next reading
    // will tell whether that was enough.
    uint64_t offset = worker.offset_;
    if (offset_.compare_exchange_strong(offset, offset + ahead,
                                        std::memory_order_relaxed,
                                        std::memory_order_relaxed)) {
      worker.offset_ += ahead;
      worker.last_ += ahead;
      Order later = order;
      later.tick.value = worker.last_;
      return ChargeOrder(worker, later, result);
    }
  }
  result.retry_after_us += static_cast<int64_t>(worker.held_us_);
}

// Charges a bucket that other workers may charge as well: ends the lease that
// was spent or is old, and takes a new one if that is worth it.
template <typename A>
void BasicRateLimiter<A>::ChargeShared(Worker& worker, const Order& order,
                                       LeaseEntry* entry,
                                       ChargeResult& result) {
  Bucket bucket = At(order.id, order.limits);
  const uint32_t now = LeaseTime(order.tick.value);
  uint32_t lease = 0;
  if (entry != nullptr) {
    lease = ChooseLease(*entry, bucket.LoadWord(), now, order.permits);
    if (entry->quanta != 0) EndLease(worker, *entry);
  }
  typename Bucket::Receipt receipt;
  if (lease == 0 && order.permits == 1) {
    receipt.word = bucket.ChargeFull(order.tick.value, result);
  }
  if (receipt.word == 0) {
    bucket.Charge({order.tick.value, order.permits, lease}, result, receipt);
  }
  if (ABSL_PREDICT_FALSE(result.outcome != ChargeOutcome::kAllowed)) {
    return AfterOddCharge(worker, order, receipt, result);
  }
  if (entry == nullptr) entry = &MakeEntry(worker, order.id, now);
  entry->since = now;
  entry->seen = static_cast<uint32_t>(receipt.word);
  entry->quanta = static_cast<uint8_t>(receipt.quanta);
  entry->left =
      static_cast<uint16_t>(receipt.quanta << order.limits->quantum_shift());
  if (receipt.quanta != 0) {
    ++worker.leases_held_;
    worker.leases_.NoteLease(order.id);
  }
}

// Returns the quanta to ask for: none unless the bucket is hot and others
// charge it. Twice as many as the last time if those were soon spent, half as
// many if not.
template <typename A>
uint32_t BasicRateLimiter<A>::ChooseLease(LeaseEntry& entry, uint64_t word,
                                          uint32_t now,
                                          uint32_t permits) const {
  using namespace bucket_word;
  const uint32_t age = now - entry.since;
  if (entry.quanta != 0) {
    const bool spent = age < kLeaseTime && entry.left < permits;
    entry.wanted =
        static_cast<uint8_t>(spent ? std::min<int>(entry.wanted * 2, kWantedMax)
                                   : std::max<int>(entry.wanted / 2, 1));
  }
  const bool others_lease =
      StateOf(word) == BucketState::kLive && Quanta::Get(word) > entry.quanta;
  const bool others_charged = static_cast<uint32_t>(word) != entry.seen;
  const bool hot = age <= (entry.quanta != 0 ? kLeaseTime : kHotTime);
  return hot && (others_lease || others_charged) && IsShared() ? entry.wanted
                                                               : 0;
}

template <typename A>
LeaseEntry& BasicRateLimiter<A>::MakeEntry(Worker& worker, BucketId id,
                                           uint32_t now) {
  LeaseEntry& entry = worker.leases_.Victim(id, now);
  if (entry.quanta != 0) EndLease(worker, entry);
  entry = LeaseEntry();
  entry.bucket = id;
  return entry;
}

template <typename A>
void BasicRateLimiter<A>::EndLease(Worker& worker, LeaseEntry& entry) {
  Pool* const pool = slab_->PoolOf(entry.bucket);
  const uint32_t spent =
      (uint32_t{entry.quanta} << pool->quantum_shift()) - entry.left;
  // Not before the last spending, and not much later: what was spent refills
  // from this tick.
  uint64_t tick = worker.last_;
  const uint32_t age = LeaseTime(tick) - entry.since;
  if (age > kLeaseTime) {
    tick = (((tick >> 10) - age + kLeaseTime) << 10);
  }
  if (At(entry.bucket, pool).EndLease(entry.quanta, spent, tick)) {
    Recycle(worker.participant_, entry.bucket);
  }
  entry.quanta = 0;
  entry.left = 0;
  --worker.leases_held_;
}

template <typename A>
ChargeResult BasicRateLimiter<A>::Peek(Worker& worker, BucketId id,
                                       const LimitSet* limits,
                                       MonotonicNanos now,
                                       uint32_t permits) const {
  return PeekAt(worker, {id, permits, limits, worker.Begin(now)});
}

template <typename A>
ChargeResult BasicRateLimiter<A>::PeekAt(Worker& worker,
                                         const Order& order) const {
  const LimitSet* const limits = order.limits;
  ChargeResult result;
  std::fill_n(result.slack, limits->size(), 0);
  const BucketId id = Resolve(order.id);
  if (id == 0 || slab_->PoolOf(id) != limits) {
    result.outcome =
        limits->size() == 0 ? ChargeOutcome::kAllowed : ChargeOutcome::kStale;
    return result;
  }
  const auto reading = At(id, limits).Read(order.tick.value);
  const LeaseEntry* entry = worker.leases_.Find(id);
  const int64_t left = entry == nullptr ? 0 : entry->left;
  for (size_t i = 0; i < limits->size(); ++i) {
    const GcraRate& rate = limits->rate(i);
    result.slack[i] =
        rate.tolerance - reading.backlog[i] + left * rate.increment;
    const int64_t wait =
        order.permits > GcraBurst(rate)
            ? kNeverMicros
            : GcraWaitMicros(rate,
                             order.permits * rate.increment - result.slack[i]);
    if (wait > result.retry_after_us) {
      result.retry_after_us = wait;
      result.window = static_cast<uint8_t>(i);
    }
  }
  if (result.retry_after_us == 0) {
    result.outcome = ChargeOutcome::kAllowed;
  } else if (result.retry_after_us != kNeverMicros) {
    result.retry_after_us += static_cast<int64_t>(worker.held_us_);
  }
  return result;
}

template <typename A>
void BasicRateLimiter<A>::Free(Participant& participant, BucketId id) {
  Pool* const pool = slab_->PoolOf(id);
  if (pool != nullptr && At(id, pool).Free()) Recycle(participant, id);
}

namespace internal {

// Expresses what is owed under `from` under `to`, window by window of the same
// name.
inline void CarryBacklog(const LimitSet& from, const int64_t* owed,
                         const LimitSet& to, int64_t* carried) {
  for (size_t j = 0; j < to.size(); ++j) {
    carried[j] = 0;
    for (size_t i = 0; i < from.size(); ++i) {
      if (from.windows()[i].name == to.windows()[j].name) {
        carried[j] = GcraCarry(from.rate(i), owed[i], to.rate(j));
      }
    }
  }
}

}  // namespace internal

template <typename A>
BucketId BasicRateLimiter<A>::Rebind(Worker& worker, BucketId id,
                                     const LimitSet* limits,
                                     MonotonicNanos now) {
  using namespace bucket_word;
  const uint64_t tick = worker.Begin(now).value;
  if (slab_->PoolOf(id) == nullptr) return Create(limits);
  BucketId fresh = 0;
  BucketId found = 0;
  while (found == 0 && (id = Resolve(id)) != 0) {
    Pool* const pool = slab_->PoolOf(id);
    LeaseEntry* const entry = worker.leases_.Find(id);
    if (entry != nullptr && entry->quanta != 0) EndLease(worker, *entry);
    Bucket bucket = At(id, pool);
    const auto reading = bucket.Read(tick);
    if (StateOf(reading.word) != BucketState::kForward) {
      if (pool == limits && !bucket.IsWornOut(reading.word, tick)) {
        found = id;
        break;
      }
      if (fresh == 0 && (fresh = Create(limits)) == 0) return 0;
      int64_t backlog[limits::kLimitWindowsMax];
      internal::CarryBacklog(*pool, reading.backlog, *limits, backlog);
      At(fresh, limits).Fill(tick, backlog);
      if (bucket.Forward(reading.word, fresh)) return fresh;
    }
  }
  if (fresh != 0) slab_->FreeNow(*PoolOf(limits), fresh);
  return found;
}

template <typename A>
std::vector<WindowUsage> BasicRateLimiter<A>::ExportUsage(
    BucketId id, MonotonicNanos now) const {
  std::vector<WindowUsage> usage;
  id = Resolve(id);
  if (id == 0) return usage;
  const Pool* const pool = slab_->PoolOf(id);
  const auto reading = At(id, pool).Read(ControlTick(now));
  if (bucket_word::StateOf(reading.word) == BucketState::kForward) {
    return ExportUsage(id, now);  // it has just moved on
  }
  for (size_t i = 0; i < pool->size(); ++i) {
    const internal::Wide used = internal::CeilDivide(
        internal::Wide{static_cast<uint64_t>(reading.backlog[i])} * 1'000'000,
        internal::Wide{static_cast<uint64_t>(pool->rate(i).increment)});
    constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
    usage.push_back({pool->windows()[i].name,
                     used < kMax ? static_cast<uint64_t>(used) : kMax});
  }
  return usage;
}

template <typename A>
void BasicRateLimiter<A>::RestoreUsage(BucketId id,
                                       absl::Span<const WindowUsage> usage,
                                       uint64_t elapsed_us,
                                       MonotonicNanos now) {
  using internal::Wide;
  id = Resolve(id);
  if (id == 0) return;
  const Pool* const pool = slab_->PoolOf(id);
  int64_t backlog[limits::kLimitWindowsMax] = {};
  for (size_t i = 0; i < pool->size(); ++i) {
    const GcraRate& rate = pool->rate(i);
    for (const WindowUsage& used : usage) {
      if (used.window != pool->windows()[i].name) continue;
      const Wide owed = internal::CeilDivide(
          Wide{used.used_micropermits} * static_cast<uint64_t>(rate.increment),
          1'000'000);
      const Wide paid =
          Wide{elapsed_us} * static_cast<uint64_t>(rate.denominator);
      const Wide tolerance = static_cast<uint64_t>(rate.tolerance);
      backlog[i] = owed <= paid
                       ? 0
                       : static_cast<int64_t>(std::min(owed - paid, tolerance));
    }
  }
  At(id, pool).Raise(ControlTick(now), backlog);
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_RATE_LIMITER_IMPL_H_
