// What the engine tells of itself while it runs: counts, the audit, when keys
// were used last and from where, and whether anything is unusual.
//
// Each worker has a seat, which it alone writes: counters, and rings of events.
// Drain brings those to the audit file and to the memories here; it is called
// by a thread of its own (every kDrainMillis), and when somebody asks.
//
// Thread-safety: a Seat belongs to its worker; all else to any thread. Workers
// never wait for anything in here. Ownership: seats live as long as the
// Observer, and are given to the next worker when one leaves.
// Cost: to a worker, see engine/observe; here, on the control path, some
// microseconds an event. Errors: what the audit's file says.

#ifndef TOLLGATE_ENGINE_OBSERVER_H_
#define TOLLGATE_ENGINE_OBSERVER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/cacheline.h"
#include "engine/base/clock.h"
#include "engine/base/ip_address.h"
#include "engine/limit/admission.h"
#include "engine/model/key_id.h"
#include "engine/observe/anomaly_detector.h"
#include "engine/observe/audit_event.h"
#include "engine/observe/audit_log.h"
#include "engine/observe/event_ring.h"
#include "engine/observe/validation_counters.h"

namespace tollgate {

// A key was used, the first time today or from another network than before.
struct Sighting {
  KeyId key_id;
  uint32_t day;  // since 1970
  IpAddress source;
};

inline constexpr int64_t kSecondsPerDay = 86'400;

// When a key was used last.
struct LastUse {
  KeyId key_id;
  uint32_t day;  // since 1970
};

class Observer {
 public:
  static constexpr int kDrainMillis = 20;

  struct Seat {
    ValidationCounters counters;
    EventRing<AuditEvent> events{limits::kAuditRingEvents};
    EventRing<Sighting> sightings{limits::kAuditRingEvents};
  };

  // A worker's hold on its seat.
  class Place {
   public:
    Place(Observer* observer, Seat* seat) : observer_(observer), seat_(seat) {}
    Place(Place&& other) noexcept
        : observer_(other.observer_), seat_(other.seat_) {
      other.seat_ = nullptr;
    }
    Place& operator=(Place&& other) noexcept {
      std::swap(observer_, other.observer_);
      std::swap(seat_, other.seat_);
      return *this;
    }
    ~Place() {
      if (seat_ != nullptr) observer_->Leave(seat_);
    }
    Seat* operator->() const { return seat_; }

   private:
    Observer* observer_;
    Seat* seat_;
  };

  // `admission` is where lock-outs are counted.
  explicit Observer(const Admission* admission) : admission_(admission) {}

  Place Register() ABSL_LOCKS_EXCLUDED(seats_mutex_);

  // What is in force from now on; `log` is null when there is no audit.
  void Configure(std::shared_ptr<AuditLog> log, const AnomalyRules& rules)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Writes down something that happened on the control path. Waits for the
  // file: call it when what happened is in effect.
  void Record(const ControlEvent& event) ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes in what workers have told, looks for anomalies, and writes. Waits for
  // the file; nothing but Record and another Drain waits for it.
  absl::Status Drain(Now now) ABSL_LOCKS_EXCLUDED(drain_mutex_, mutex_);

  // Goes on in a new file of the same name.
  absl::Status ReopenAudit() ABSL_LOCKS_EXCLUDED(mutex_);

  // Keys that were used since the last call, each once.
  std::vector<LastUse> TakeLastUses() ABSL_LOCKS_EXCLUDED(mutex_);
  // Gives back what could not be saved.
  void ReturnLastUses(const std::vector<LastUse>& uses)
      ABSL_LOCKS_EXCLUDED(mutex_);

  struct Totals {
    ValidationTotals validations;
    AuditLog::Stats audit;
    AnomalyTotals anomalies = {};
    std::array<bool, kAnomalyKinds> anomalous = {};
  };
  Totals totals() ABSL_LOCKS_EXCLUDED(mutex_, seats_mutex_);

 private:
  // A key's networks as bits of their hashes: few of them are told apart, many
  // are a key that is used from anywhere.
  struct KeyMemory {
    uint64_t networks = 0;
  };

  void Leave(Seat* seat) ABSL_LOCKS_EXCLUDED(seats_mutex_);
  std::vector<Seat*> Seats() ABSL_LOCKS_EXCLUDED(seats_mutex_);
  ValidationTotals SumUp() ABSL_LOCKS_EXCLUDED(seats_mutex_);
  std::shared_ptr<AuditLog> log() ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<ControlEvent> TakeSightings(Now now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(drain_mutex_) ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<ControlEvent> LookForAnomalies(Now now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(drain_mutex_) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status WriteEvents(AuditLog* audit, Now now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(drain_mutex_);

  const Admission* const admission_;

  absl::Mutex seats_mutex_;
  std::vector<std::unique_ptr<Seat>> seats_ ABSL_GUARDED_BY(seats_mutex_);
  std::vector<Seat*> free_ ABSL_GUARDED_BY(seats_mutex_);

  // Held by who takes events out of the rings, and while they are written.
  absl::Mutex drain_mutex_ ABSL_ACQUIRED_BEFORE(mutex_, seats_mutex_);
  uint64_t dropped_ ABSL_GUARDED_BY(drain_mutex_) = 0;  // told to the log

  // Never held while something waits for a file.
  absl::Mutex mutex_;
  std::shared_ptr<AuditLog> log_ ABSL_GUARDED_BY(mutex_);
  AnomalyRules rules_ ABSL_GUARDED_BY(mutex_);
  AnomalyDetector detector_ ABSL_GUARDED_BY(mutex_);
  uint64_t new_networks_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, KeyMemory> keys_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, uint32_t> last_uses_ ABSL_GUARDED_BY(mutex_);
};

// The network that a client's address is in, for telling whether it is another
// one: the /24 of IPv4, the /48 of IPv6; hashed, so that 16 bits will do.
inline uint16_t NetworkBits(const IpAddress& address) {
  const uint64_t network = address.is_v4()
                               ? uint64_t{address.v4() >> 8}
                               : (address.high() >> 16) | 1ull << 63;
  return static_cast<uint16_t>((network * 0x9e3779b97f4a7c15) >> 48);
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVER_H_
