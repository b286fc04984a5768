#include "engine/observer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tollgate {
namespace {

// Keys whose networks are remembered; with more, all are learned anew.
constexpr size_t kKeysRemembered = 1 << 16;

// Lines that go into the file at once.
constexpr size_t kBatchLines = 256;

uint64_t SumOf(const ValidationTotals& totals, Reason reason) {
  uint64_t sum = 0;
  for (const auto& reasons : totals.reasons) {
    sum += reasons[static_cast<size_t>(reason)];
  }
  return sum;
}

uint64_t FailuresOf(const ValidationTotals& totals) {
  uint64_t sum = 0;
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (IsFailedProof(reason)) sum += SumOf(totals, reason);
  }
  return sum;
}

uint64_t RevokedUseOf(const ValidationTotals& totals) {
  return SumOf(totals, Reason::kKeyRevoked) +
         SumOf(totals, Reason::kTokenRevoked) +
         SumOf(totals, Reason::kCertificateRevoked) +
         SumOf(totals, Reason::kDefinitionRevoked);
}

// Takes events off the ring until it is empty or there are enough lines.
void TakeLines(EventRing<AuditEvent>& ring, std::vector<std::string>& lines) {
  while (lines.size() < kBatchLines) {
    const AuditEvent* const event = ring.Front();
    if (event == nullptr) return;
    AppendAuditJson(*event, lines.emplace_back());
    ring.Pop();
  }
}

void Discard(EventRing<AuditEvent>& ring) {
  while (ring.Front() != nullptr) ring.Pop();
}

}  // namespace

Observer::Place Observer::Register() {
  absl::MutexLock lock(&seats_mutex_);
  if (free_.empty()) {
    seats_.push_back(std::make_unique<Seat>());
    return {this, seats_.back().get()};
  }
  Seat* const seat = free_.back();
  free_.pop_back();
  return {this, seat};
}

void Observer::Leave(Seat* seat) {
  absl::MutexLock lock(&seats_mutex_);
  free_.push_back(seat);
}

std::vector<Observer::Seat*> Observer::Seats() {
  absl::MutexLock lock(&seats_mutex_);
  std::vector<Seat*> seats;
  for (const auto& seat : seats_) seats.push_back(seat.get());
  return seats;
}

ValidationTotals Observer::SumUp() {
  ValidationTotals totals;
  for (const Seat* seat : Seats()) seat->counters.AddTo(totals);
  return totals;
}

void Observer::Configure(std::shared_ptr<AuditLog> log,
                         const AnomalyRules& rules) {
  absl::MutexLock lock(&mutex_);
  log_ = std::move(log);
  rules_ = rules;
}

std::shared_ptr<AuditLog> Observer::log() {
  absl::MutexLock lock(&mutex_);
  return log_;
}

void Observer::Record(const ControlEvent& event) {
  const auto audit = log();
  // What can not be written is counted, and told when it can be.
  if (audit != nullptr) audit->Record(event).IgnoreError();
}

absl::Status Observer::ReopenAudit() {
  const auto audit = log();
  return audit != nullptr ? audit->Reopen() : absl::OkStatus();
}

absl::Status Observer::Drain(Now now) {
  absl::MutexLock lock(&drain_mutex_);
  for (const ControlEvent& event : TakeSightings(now)) Record(event);
  const auto audit = log();
  absl::Status status = WriteEvents(audit.get(), now);
  for (const ControlEvent& event : LookForAnomalies(now)) Record(event);
  return status;
}

absl::Status Observer::WriteEvents(AuditLog* audit, Now now) {
  absl::Status status;
  uint64_t dropped = 0;
  for (Seat* const seat : Seats()) {
    dropped += seat->events.dropped();
    if (audit == nullptr) Discard(seat->events);
    // No more than it holds: who goes on refusing keeps no other from being
    // heard.
    for (size_t taken = 0;
         taken < limits::kAuditRingEvents && seat->events.Front() != nullptr;) {
      std::vector<std::string> lines;
      TakeLines(seat->events, lines);
      taken += lines.size();
      status.Update(audit->Append(std::move(lines), 0, now.wall));
    }
  }
  if (audit != nullptr && dropped > dropped_) {
    status.Update(audit->Append({}, dropped - dropped_, now.wall));
  }
  dropped_ = dropped;
  return status;
}

// Learns when and from where keys were used; returns what is to be told of it.
std::vector<ControlEvent> Observer::TakeSightings(Now now) {
  std::vector<ControlEvent> told;
  const std::vector<Seat*> seats = Seats();
  absl::MutexLock lock(&mutex_);
  for (Seat* const seat : seats) {
    while (const Sighting* const seen = seat->sightings.Front()) {
      const std::string id(seen->key_id.text());
      last_uses_[id] = seen->day;
      if (keys_.size() >= kKeysRemembered && !keys_.contains(id)) {
        keys_.clear();
      }
      const uint64_t bit = uint64_t{1} << (NetworkBits(seen->source) % 64);
      KeyMemory& memory = keys_[id];
      if (memory.networks != 0 && (memory.networks & bit) == 0) {
        ++new_networks_;
        told.push_back(
            {.name = "new_network",
             .time = now.wall,
             .fields = {{"key_id", id}, {"source", seen->source.ToString()}}});
      }
      memory.networks |= bit;
      seat->sightings.Pop();
    }
  }
  return told;
}

std::vector<ControlEvent> Observer::LookForAnomalies(Now now) {
  std::vector<ControlEvent> told;
  const ValidationTotals totals = SumUp();
  const Admission::Stats admission = admission_->stats();
  absl::MutexLock lock(&mutex_);
  const AnomalyTotals counted = {
      FailuresOf(totals), SumOf(totals, Reason::kUnknownKey),
      admission.sources.lockouts + admission.keys.lockouts,
      RevokedUseOf(totals), new_networks_};
  for (const Anomaly& anomaly :
       detector_.Look(counted, rules_, now.monotonic)) {
    told.push_back(
        {.name = anomaly.begins ? "anomaly" : "anomaly_over",
         .time = now.wall,
         .fields = {{"kind", std::string(AnomalyName(anomaly.kind))},
                    {"events", absl::StrCat(anomaly.events)},
                    {"usual", absl::StrFormat("%.1f", anomaly.usual)}}});
  }
  return told;
}

std::vector<LastUse> Observer::TakeLastUses() {
  absl::MutexLock lock(&mutex_);
  std::vector<LastUse> uses;
  uses.reserve(last_uses_.size());
  for (const auto& [id, day] : last_uses_) {
    uses.push_back({*KeyId::Parse(id), day});
  }
  last_uses_.clear();
  return uses;
}

void Observer::ReturnLastUses(const std::vector<LastUse>& uses) {
  absl::MutexLock lock(&mutex_);
  for (const LastUse& use : uses) {
    last_uses_.try_emplace(std::string(use.key_id.text()), use.day);
  }
}

Observer::Totals Observer::totals() {
  Totals totals;
  totals.validations = SumUp();
  absl::MutexLock lock(&mutex_);
  if (log_ != nullptr) totals.audit = log_->stats();
  totals.anomalies = detector_.begun();
  for (size_t i = 0; i < kAnomalyKinds; ++i) {
    totals.anomalous[i] = detector_.lasts(static_cast<AnomalyKind>(i));
  }
  return totals;
}

}  // namespace tollgate
