// The audit: lines for its file, from the engine and from commands.
//
// When the file can not be written, lines are lost, never waited for: how many,
// and why, is the first thing that is written when it can be again.
//
// Thread-safety: all methods, one at a time under a mutex. Ownership: owns the
// file. Cost: system calls; for the writing thread and the control path.
// Errors: Record and Append say what the file said; what they were given is
// counted as lost.

#ifndef TOLLGATE_ENGINE_OBSERVE_AUDIT_LOG_H_
#define TOLLGATE_ENGINE_OBSERVE_AUDIT_LOG_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/clock.h"
#include "engine/observe/audit_event.h"
#include "engine/observe/audit_file.h"

namespace tollgate {

class AuditLog {
 public:
  struct Stats {
    uint64_t written = 0;  // lines
    uint64_t lost = 0;     // events that never became one
  };

  explicit AuditLog(std::unique_ptr<AuditFile> file) : file_(std::move(file)) {}

  // Writes something that happened on the control path.
  absl::Status Record(const ControlEvent& event) ABSL_LOCKS_EXCLUDED(mutex_);

  // Writes `lines`, JSON objects. `dropped` events before them were never
  // given to anybody.
  absl::Status Append(std::vector<std::string> lines, uint64_t dropped,
                      UnixSeconds now) ABSL_LOCKS_EXCLUDED(mutex_);

  // Goes on in a new file of the same name.
  absl::Status Reopen() ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for nothing.
  Stats stats() const {
    // Relaxed: two counts, each by itself.
    return {written_.load(std::memory_order_relaxed),
            lost_.load(std::memory_order_relaxed)};
  }

 private:
  absl::Status AppendLocked(std::vector<std::string> lines, UnixSeconds now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  const std::unique_ptr<AuditFile> file_ ABSL_PT_GUARDED_BY(mutex_);
  uint64_t untold_ ABSL_GUARDED_BY(mutex_) = 0;  // lost, and not written so
  std::string why_ ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> lost_{0};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVE_AUDIT_LOG_H_
