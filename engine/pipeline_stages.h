// The stages that every strategy's road goes through: extract, admission,
// policy, scopes, limits, and what is observed of it.
//
// When to use: from the parts of the pipeline only, each of which decides for a
// strategy. Inline, since all of it is on the hot path.
//
// Thread-safety: of the worker's thread, or pure. Ownership: what is passed is
// borrowed for the call. Cost: see engine/policy/policy.h and
// engine/limit/rate_limiter.h. Errors: a Reason.

#ifndef TOLLGATE_ENGINE_PIPELINE_STAGES_H_
#define TOLLGATE_ENGINE_PIPELINE_STAGES_H_

#include <cstdint>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/types/span.h"
#include "engine/extract/extractor.h"
#include "engine/extract/forwarded_headers.h"
#include "engine/limit/admission.h"
#include "engine/pipeline.h"
#include "engine/policy/client_address.h"
#include "engine/policy/endpoint_table.h"
#include "engine/shared.h"
#include "engine/snapshot.h"

namespace tollgate {

// Tells who asks that a stage has ended; mostly nobody does.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Pipeline::EndStage(
    std::string_view name) {
  if (ABSL_PREDICT_FALSE(explanation_ != nullptr)) explanation_->EndStage(name);
}

// extract: the one credential, and where its key will be.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Pipeline::Extract(
    const Snapshot& snapshot, const RequestView& request,
    Attempt& attempt) const {
  attempt.credential.chain = request.client_chain;
  if (ABSL_PREDICT_FALSE(snapshot.forwarded().has_value())) {
    attempt.credential.reason = TakeForwarded(snapshot, request, attempt);
    if (attempt.credential.reason != Reason::kNoCredential) return;
  }
  snapshot.extractor().Extract(request.headers, attempt.credential);
  if (!attempt.has_key()) return;
  attempt.hash = shared_->keys.Hash(attempt.credential.id);
  shared_->keys.PrefetchWord(attempt.hash);
}

// Returns the client's address as the proxies tell it, or none when it can not
// be told for sure.
ABSL_ATTRIBUTE_NOINLINE inline IpAddress ForwardedClient(
    const TrustedProxies& proxies, const RequestView& request) {
  ForwardedHeaders fields;
  if (!CollectForwardedHeaders(request.headers, fields)) return {};
  return FindClientAddress(
      request.peer, proxies,
      {fields.x_forwarded_for.span(), fields.forwarded.span()});
}

// Returns the client's address, or none when it can not be told for sure.
inline const IpAddress& ClientOf(const Snapshot& snapshot,
                                 const RequestView& request,
                                 IpAddress& forwarded) {
  const TrustedProxies& proxies = snapshot.trusted_proxies();
  if (ABSL_PREDICT_TRUE(!proxies.Contains(request.peer))) return request.peer;
  return forwarded = ForwardedClient(proxies, request);
}

// admission: where the request comes from, and whether too much failed there:
// then only what was proved before is taken.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Pipeline::Admit(
    const Snapshot& snapshot, const RequestView& request, Now now,
    Attempt& attempt) const {
  attempt.client = &ClientOf(snapshot, request, attempt.forwarded_client);
  const AdmissionRules* const rules = snapshot.admission();
  if (rules == nullptr || attempt.client->is_none()) return;
  attempt.standing = shared_->admission.Judge(*rules, *attempt.client,
                                              attempt.key_id(), now.monotonic);
}

// lookup: the key's record, unless a batch has done it before. What proving and
// charging will need is on its way while the rules are evaluated; an id that
// has no key is made to cost as much.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Pipeline::Lookup(
    Attempt& attempt) const {
  if (!attempt.has_key() || attempt.found != nullptr) return;
  attempt.record = shared_->keys.FindOrDecoy(
      attempt.credential.id, attempt.hash, attempt.bucket, attempt.decoy);
  attempt.found = attempt.record;
  if (ABSL_PREDICT_FALSE(attempt.found == nullptr)) {
    attempt.found = attempt.decoy;
    if (attempt.found == nullptr) return;
  }
  __builtin_prefetch(attempt.found->profile);
  shared_->limiter.Prefetch(limiter_, attempt.found->bucket);
}

// policy: pure rules over proved facts and the clock.
inline Reason Pipeline::Evaluate(const IpAddress& client, const Route& route,
                                 Now now, const PolicyEntry* policy) {
  if (policy == nullptr) return Reason::kPolicyMissing;
  if (!route.path.valid()) return Reason::kMalformedRequest;
  const PolicyRequest request = {route.method, route.path, client, now.wall};
  if (ABSL_PREDICT_TRUE(explanation_ == nullptr)) {
    return policy->rules.Evaluate(request);
  }
  std::string_view matched;
  const Reason reason = policy->rules.Evaluate(request, &matched);
  explanation_->SetRule(matched);
  return reason;
}

// policy: what the endpoint asks for, whoever calls.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline Reason Pipeline::CheckScopes(
    const Snapshot& snapshot, const Route& route, Decision& decision) {
  const auto* const unmet = snapshot.endpoints().FirstUnmet(
      route.method, route.path, decision.scopes->mask());
  if (ABSL_PREDICT_TRUE(unmet == nullptr)) return Reason::kOk;
  if (explanation_ != nullptr) explanation_->SetRule(unmet->pattern.text());
  decision.needed_scopes_count = snapshot.endpoints().CollectRequired(
      route.method, route.path, absl::MakeSpan(decision.needed_scopes));
  return Reason::kInsufficientScope;
}

// limit: all windows are charged, or none.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline Reason Pipeline::Charge(
    const Charged& charged, Now now, Decision& decision) {
  if (charged.limits == nullptr) return Reason::kOk;
  decision.limits = charged.limits;
  shared_->limiter.ChargeInto(limiter_, charged.record->bucket, charged.limits,
                              now.monotonic, decision.charge);
  if (ABSL_PREDICT_FALSE(decision.charge.outcome == ChargeOutcome::kStale)) {
    decision.charge = ChargeRebound(charged, now, decision.limits);
    if (decision.limits == nullptr) return Reason::kOk;
  }
  switch (decision.charge.outcome) {
    case ChargeOutcome::kAllowed:
      return Reason::kOk;
    case ChargeOutcome::kRefused:
      return Reason::kRateLimited;
    case ChargeOutcome::kStale:
      break;  // limits change faster than they can be followed
  }
  return Reason::kInternalUnavailable;
}

// Notes the day and the network that a key is used on and from, when they are
// others than the last time.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Pipeline::NoteUse(
    const KeyProfile& profile, const Attempt& attempt, Now now) {
  const auto day = static_cast<uint32_t>(now.wall.value / kSecondsPerDay);
  const uint32_t seen = day << 16 | NetworkBits(*attempt.client);
  // Relaxed: a note that nothing depends on.
  if (ABSL_PREDICT_FALSE(profile.last_seen.load(std::memory_order_relaxed) !=
                         seen)) {
    WriteSighting(profile, seen, {attempt.credential.id, day, *attempt.client});
  }
}

// Whether a decision is written to the audit: every one that does not allow,
// and of those that do one in so many.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Pipeline::IsWritten(
    const Snapshot& snapshot, Verdict verdict) {
  if (ABSL_PREDICT_FALSE(verdict != Verdict::kAllow)) return snapshot.audited();
  if (ABSL_PREDICT_TRUE(++allows_ < snapshot.audited_allows())) return false;
  allows_ = 0;
  return snapshot.audited();
}

// What follows from the reason: failures are counted, the verdict is given.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Pipeline::Conclude(
    const Snapshot& snapshot, Now now, const Attempt& attempt,
    Decision& decision) {
  const AdmissionRules* const admission = snapshot.admission();
  if (ABSL_PREDICT_FALSE(IsFailedProof(decision.reason)) &&
      admission != nullptr) {
    SettleFailure(*admission, now, attempt, decision);
  }
  decision.verdict = VerdictOf(decision.reason);
  if (ABSL_PREDICT_FALSE(decision.verdict == Verdict::kDeny)) {
    decision.resource_metadata = snapshot.resource_metadata();
  }
}

// Counts, and writes down what is to be.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Pipeline::Observe(
    const Snapshot& snapshot, const RequestView& request, Now now,
    const Attempt& attempt, const Decision& decision) {
  seat_->counters.Count(decision.strategy, decision.reason);
  if (ABSL_PREDICT_FALSE(IsWritten(snapshot, decision.verdict))) {
    WriteEvent(snapshot, request, now, attempt, decision);
  }
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_PIPELINE_STAGES_H_
