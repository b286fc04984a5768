#include "engine/limit/limit_set.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tollgate {
namespace {

// An era is at least this long, so that a bucket meets a new one seldom: 2^37
// microseconds are 38 hours, room for the refill of the usual windows.
constexpr int kEraShiftMin = 37;

// At most this part of a burst is on lease to workers, so at most this part can
// be refused to a client although nobody has used it.
constexpr uint64_t kReserveDivisor = 8;

// Below this reserve a set is charged exactly. Two threads on one bucket, as a
// multiple of one thread's charges a second: exact 0.5; with leases out of a
// reserve of 8 or 16 permits 0.5, of 32 0.6, of 64 1.0, of 128 1.6, of 512 2.6;
// over 10,000 buckets exact 0.9, of 8 permits 0.5, of 32 1.0, of 128 1.4. With
// less than 32, leases strand permits and gain nothing.
constexpr uint64_t kReserveMin = 32;

// The smallest lease, and the counter that leases are counted in.
constexpr int kQuantumShiftMin = 3;
constexpr int kQuantumShiftMax = 6;
constexpr uint64_t kQuantaMax = 255;

GcraLimit LimitOf(const LimitSpec& spec) {
  return {spec.limit, spec.period_us, spec.burst};
}

int EraShift(const std::vector<LimitSpec>& specs) {
  int shift = kEraShiftMin;
  for (const LimitSpec& spec : specs) {
    shift = std::max(shift, GcraDrainBits(LimitOf(spec)));
  }
  return std::min(shift, kGcraDrainBitsMax);
}

}  // namespace

absl::Status CheckLimitSpec(const LimitSpec& spec) {
  const auto refuse = [&spec](std::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat("rate limit \"", spec.name, "\": ", what));
  };
  if (spec.limit == 0) return refuse("limit must be at least 1");
  if (spec.period_us == 0) return refuse("period must not be zero");
  if (spec.period_us > kGcraPeriodMax) {
    return refuse("period must be shorter than a century");
  }
  if (spec.burst == 0) return refuse("burst must be at least 1");
  if (GcraDrainBits(LimitOf(spec)) > kGcraDrainBitsMax) {
    return refuse("the burst would take more than a century to refill");
  }
  return absl::OkStatus();
}

LimitLeft ComputeLimitLeft(const LimitWindow& window, int64_t slack) {
  const GcraRate& rate = window.rate;
  slack = std::clamp<int64_t>(slack, 0, rate.tolerance);
  const uint64_t reset_us =
      static_cast<uint64_t>(GcraWaitMicros(rate, rate.tolerance - slack));
  return {window.name, window.limit,
          static_cast<uint64_t>(slack / rate.increment),
          (reset_us + 999'999) / 1'000'000};
}

LimitSet::LimitSet(std::vector<LimitSpec> specs) : specs_(std::move(specs)) {
  size_ =
      static_cast<uint8_t>(std::min(specs_.size(), limits::kLimitWindowsMax));
  era_shift_ = static_cast<uint8_t>(EraShift(specs_));
  permits_max_ = std::numeric_limits<uint64_t>::max();
  for (size_t i = 0; i < size_; ++i) {
    const LimitSpec& spec = specs_[i];
    rates_[i] = MakeGcraRate(LimitOf(spec), era_shift_);
    const uint64_t burst = GcraBurst(rates_[i]);
    permits_max_ = std::min(permits_max_, burst);
    permit_refill_us_ = std::max(
        permit_refill_us_, GcraWaitMicros(rates_[i], rates_[i].increment));
    slack_after_one_[i] = rates_[i].tolerance - rates_[i].increment;
    windows_.push_back(
        {spec.name, spec.limit, burst, spec.period_us, rates_[i]});
  }
  if (specs_.size() > size_) permits_max_ = 0;
  PrepareLeases();
}

void LimitSet::PrepareLeases() {
  if (size_ == 0) return;
  const uint64_t reserve = permits_max_ / kReserveDivisor;
  quantum_shift_ = kQuantumShiftMin;
  if (reserve < kReserveMin) return;
  while (quantum_shift_ < kQuantumShiftMax &&
         (reserve >> quantum_shift_) > kQuantaMax) {
    ++quantum_shift_;
  }
  lease_quanta_max_ =
      static_cast<uint32_t>(std::min(reserve >> quantum_shift_, kQuantaMax));
}

}  // namespace tollgate
