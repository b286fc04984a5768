// A request on its way, and the stages that every strategy's road ends in:
// policy, scopes, limits.
//
// When to use: from the parts of the validator only, each of which decides for
// a strategy. Inline, since all of it is on the hot path.
//
// Thread-safety: of the worker's thread, or pure. Ownership: what is passed is
// borrowed for the call. Cost: see engine/policy/policy.h and
// engine/limit/rate_limiter.h. Errors: a Reason.

#ifndef TOLLGATE_ENGINE_VALIDATOR_STAGES_H_
#define TOLLGATE_ENGINE_VALIDATOR_STAGES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "engine/extract/client_chain.h"
#include "engine/extract/extractor.h"
#include "engine/extract/forwarded_headers.h"
#include "engine/limit/admission.h"
#include "engine/policy/client_address.h"
#include "engine/policy/endpoint_table.h"
#include "engine/policy/path.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/validator.h"
#include "engine/verify/refusal_memory.h"

namespace tollgate {

// One request on its way through the stages.
struct Validator::Worker::Attempt {
  Extracted credential;
  std::optional<ClientChain> forwarded;  // by a proxy; named by `credential`
  uint64_t hash = 0;
  BucketWord bucket;                  // of the store, where its key would be
  const KeyRecord* record = nullptr;  // of the id presented
  const KeyRecord* decoy = nullptr;   // another, when there is none
  const KeyRecord* found = nullptr;   // whichever it is

  const IpAddress* client = nullptr;  // of the request; none: not to be told
  IpAddress forwarded_client;         // when a proxy tells it
  Standing standing;                  // of where it comes from

  bool has_key() const {
    return credential.reason == Reason::kOk &&
           credential.kind == CredentialKind::kApiKey;
  }
  // Null when no key's id is presented.
  const KeyId* key_id() const { return has_key() ? &credential.id : nullptr; }
};

// What a request asks for, and rules are about.
struct Validator::Worker::Route {
  explicit Route(const RequestView& request) : method(request.method) {
    (void)CanonicalPath::Parse(request.target, path);
  }

  Method method;
  CanonicalPath path;  // not valid() when the target is refused
};

// What failed lately, for each strategy.
struct Validator::Worker::Refused {
  RefusalMemory tokens;
  RefusalMemory certificates;
  RefusalMemory definitions;
};

// Makes `field` hold `text`, which fits: both have the same bound. An empty
// view may be of nothing at all.
template <size_t kCapacity>
void Fill(InlineText<kCapacity>& field, std::string_view text) {
  (void)field.Assign(text.empty() ? std::string_view("") : text);
}

// Whether a decision is written to the audit: every one that does not allow,
// and of those that do one in so many.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Validator::Worker::IsWritten(
    const Snapshot& snapshot, Verdict verdict) {
  if (ABSL_PREDICT_FALSE(verdict != Verdict::kAllow)) return snapshot.audited();
  if (ABSL_PREDICT_TRUE(++allows_ < snapshot.audited_allows())) return false;
  allows_ = 0;
  return snapshot.audited();
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

// Tells who asks that a stage has ended; mostly nobody does.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::EndStage(
    std::string_view name) {
  if (ABSL_PREDICT_FALSE(explanation_ != nullptr)) explanation_->EndStage(name);
}

// policy: pure rules over proved facts and the clock.
inline Reason Validator::Worker::Evaluate(const IpAddress& client,
                                          const Route& route, Now now,
                                          const PolicyEntry* policy) {
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
ABSL_ATTRIBUTE_ALWAYS_INLINE inline Reason Validator::Worker::CheckScopes(
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
ABSL_ATTRIBUTE_ALWAYS_INLINE inline Reason Validator::Worker::Charge(
    const Charged& charged, Now now, Decision& decision) {
  if (charged.limits == nullptr) return Reason::kOk;
  decision.limits = charged.limits;
  shared_->limiter.ChargeInto(*limiter_, charged.record->bucket, charged.limits,
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

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VALIDATOR_STAGES_H_
