#include "engine/observe/audit_log.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace tollgate {

absl::Status AuditLog::Record(const ControlEvent& event) {
  std::vector<std::string> lines(1);
  AppendControlJson(event, lines.front());
  absl::MutexLock lock(&mutex_);
  return AppendLocked(std::move(lines), event.time);
}

absl::Status AuditLog::Append(std::vector<std::string> lines, uint64_t dropped,
                              UnixSeconds now) {
  absl::MutexLock lock(&mutex_);
  if (dropped > 0) {
    untold_ += dropped;
    lost_.fetch_add(dropped, std::memory_order_relaxed);
    if (why_.empty()) why_ = "more came than could be written";
  }
  return AppendLocked(std::move(lines), now);
}

absl::Status AuditLog::AppendLocked(std::vector<std::string> lines,
                                    UnixSeconds now) {
  const size_t count = lines.size();
  if (untold_ > 0) {
    std::string told;
    AppendControlJson(
        {.name = "events_lost",
         .time = now,
         .fields = {{"count", absl::StrCat(untold_)}, {"why", why_}}},
        told);
    lines.insert(lines.begin(), std::move(told));
  }
  if (lines.empty()) return absl::OkStatus();
  const absl::Status appended = file_->Append(lines, FormatAuditTime(now));
  if (appended.ok()) {
    written_.fetch_add(lines.size(), std::memory_order_relaxed);
    untold_ = 0;
    why_.clear();
    return appended;
  }
  untold_ += count;
  lost_.fetch_add(count, std::memory_order_relaxed);
  why_ = std::string(appended.message());
  return appended;
}

absl::Status AuditLog::Reopen() {
  absl::MutexLock lock(&mutex_);
  return file_->Reopen();
}

}  // namespace tollgate
