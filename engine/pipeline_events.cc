// What a worker tells of requests: events for the audit, and when and from
// where keys are used.

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

#include "absl/base/attributes.h"
#include "engine/base/inline_text.h"
#include "engine/base/limits.h"
#include "engine/model/single_header.h"
#include "engine/observe/audit_event.h"
#include "engine/pipeline_stages.h"
#include "engine/snapshot.h"

namespace tollgate {
namespace {

// Makes `field` hold `text`, which fits: both have the same bound. An empty
// view may be of nothing at all.
template <size_t kCapacity>
void Fill(InlineText<kCapacity>& field, std::string_view text) {
  (void)field.Assign(text.empty() ? std::string_view("") : text);
}

}  // namespace

// Counts, and writes down what is to be.
void Pipeline::Observe(const Snapshot& snapshot, Now now,
                       const ToolDecision& decision) {
  seat_->counters.Count(Strategy::kSignedTool, decision.reason);
  if (!IsWritten(snapshot, decision.verdict)) return;
  AuditEvent* const event = BeginEvent(snapshot, now);
  if (event == nullptr) return;
  event->verdict = decision.verdict;
  event->reason = decision.reason;
  event->strategy = Strategy::kSignedTool;
  event->proven = decision.proven;
  event->has_key_id = false;
  event->source = IpAddress();
  event->issuer = nullptr;
  Fill(event->principal, decision.publisher.text());
  Fill(event->tool, decision.tool.text());
  Fill(event->version, decision.version.text());
  seat_->events.Commit();
}

// An event with what all have, not yet committed; null, and a drop counted,
// when there is no room.
AuditEvent* Pipeline::BeginEvent(const Snapshot& snapshot, Now now) {
  AuditEvent* const place = seat_->events.Begin();
  if (place == nullptr) return nullptr;
  auto* const event = new (place) AuditEvent;
  event->time = now.wall;
  event->generation = snapshot.generation();
  return event;
}

ABSL_ATTRIBUTE_NOINLINE void Pipeline::WriteEvent(const Snapshot& snapshot,
                                                  const RequestView& request,
                                                  Now now,
                                                  const Attempt& attempt,
                                                  const Decision& decision) {
  AuditEvent* const event = BeginEvent(snapshot, now);
  if (event == nullptr) return;
  event->verdict = decision.verdict;
  event->reason = decision.reason;
  event->strategy = decision.strategy;
  event->proven = decision.proven;
  event->has_key_id = attempt.has_key();
  event->key_id = attempt.credential.id;
  event->source = *attempt.client;
  event->issuer = decision.issuer;
  Fill(event->principal, decision.principal.text());
  Fill(event->request_id,
       request.request_id.substr(0, limits::kRequestIdBytesMax));
  Fill(event->trace_id,
       TraceIdOf(SingleHeader(request.headers, "traceparent")));
  seat_->events.Commit();
}

// When there is no room it is noted the next time.
ABSL_ATTRIBUTE_NOINLINE void Pipeline::WriteSighting(const KeyProfile& profile,
                                                     uint32_t seen,
                                                     const Sighting& sighting) {
  Sighting* const place = seat_->sightings.Begin();
  if (place == nullptr) return;
  new (place) Sighting(sighting);
  seat_->sightings.Commit();
  profile.last_seen.store(seen, std::memory_order_relaxed);
}

}  // namespace tollgate
