#include "engine/validator.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "engine/extract/extractor.h"
#include "engine/extract/forwarded_headers.h"
#include "engine/policy/client_address.h"
#include "engine/policy/endpoint_table.h"
#include "engine/policy/path.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/verify/api_key.h"

namespace tollgate {
namespace {

// Returns the client's address as the proxies tell it, or none when it can not
// be told for sure.
ABSL_ATTRIBUTE_NOINLINE IpAddress ForwardedClient(const TrustedProxies& proxies,
                                                  const RequestView& request) {
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

// policy: pure rules over proved facts and the clock.
inline Reason Evaluate(const Snapshot& snapshot, const RequestView& request,
                       const Method& method, const CanonicalPath& path, Now now,
                       const PolicyEntry* policy) {
  if (policy == nullptr) return Reason::kPolicyMissing;
  if (!path.valid()) return Reason::kMalformedRequest;
  IpAddress forwarded;
  const IpAddress& client = ClientOf(snapshot, request, forwarded);
  if (client.is_none()) return Reason::kMalformedRequest;
  return policy->rules.Evaluate({method, path, client, now.wall});
}

// policy: what the endpoint asks for, whoever calls.
inline Reason CheckScopes(const Snapshot& snapshot, const Method& method,
                          const CanonicalPath& path, Decision& decision) {
  const EndpointTable& endpoints = snapshot.endpoints();
  if (endpoints.FirstUnmet(method, path, decision.scopes->mask()) == nullptr) {
    return Reason::kOk;
  }
  decision.needed_scopes_count = endpoints.CollectRequired(
      method, path, absl::MakeSpan(decision.needed_scopes));
  return Reason::kInsufficientScope;
}

// Tells what the proof established.
inline void Describe(const KeyRecord& record, const PolicyEntry* policy,
                     Decision& decision) {
  decision.proven = true;
  decision.key_id = record.id;
  decision.scopes = record.profile->scopes;
  if (decision.scopes == nullptr && policy != nullptr) {
    decision.scopes = policy->scopes;
  }
  // Fits by construction: the ledger refuses longer names.
  decision.principal.AssignChunks(record.profile->principal_bytes(),
                                  record.profile->principal_size);
}

}  // namespace

// One request on its way through the stages.
struct Validator::Worker::Attempt {
  Extracted credential;
  uint64_t hash = 0;
  const KeyRecord* record = nullptr;  // of the id presented
  const KeyRecord* decoy = nullptr;   // another, when there is none
};

Validator::Worker::Worker(Shared* shared)
    : shared_(shared),
      participant_(shared->epochs.Register()),
      limiter_(new RateLimiter::Worker(shared->limiter.NewWorker())) {}

Decision Validator::Worker::Validate(const RequestView& request, Now now) {
  Decision decision;
  Attempt attempt;
  const EpochDomain::Guard guard = participant_.Pin();
  const Snapshot& snapshot = *shared_->snapshot.Load();
  Extract(snapshot, request, attempt);
  Lookup(attempt);
  Decide(snapshot, request, now, attempt, decision);
  return decision;
}

void Validator::Worker::ValidateBatch(absl::Span<const RequestView> requests,
                                      Now now, absl::Span<Decision> decisions) {
  constexpr size_t kAhead = 32;  // requests whose keys are fetched together
  for (size_t begin = 0; begin < requests.size(); begin += kAhead) {
    const size_t count = std::min(kAhead, requests.size() - begin);
    std::array<Attempt, kAhead> attempts;
    const EpochDomain::Guard guard = participant_.Pin();
    const Snapshot& snapshot = *shared_->snapshot.Load();
    for (size_t i = 0; i < count; ++i) {
      Extract(snapshot, requests[begin + i], attempts[i]);
    }
    for (size_t i = 0; i < count; ++i) {
      shared_->keys.PrefetchRecord(attempts[i].hash);
    }
    for (size_t i = 0; i < count; ++i) Lookup(attempts[i]);
    for (size_t i = 0; i < count; ++i) {
      // Made in place: an assignment would copy what nobody has set.
      auto* const decision = new (&decisions[begin + i]) Decision;
      Decide(snapshot, requests[begin + i], now, attempts[i], *decision);
    }
  }
}

// extract: the one credential, and where its key will be.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Extract(
    const Snapshot& snapshot, const RequestView& request,
    Attempt& attempt) const {
  snapshot.extractor().Extract(request.headers, attempt.credential);
  if (attempt.credential.reason != Reason::kOk) return;
  attempt.hash = shared_->keys.Hash(attempt.credential.id);
  shared_->keys.PrefetchWord(attempt.hash);
}

// lookup: the key's record. What deciding will need is on its way while the
// secret is digested; an id that has no key is made to cost as much.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Lookup(
    Attempt& attempt) const {
  if (attempt.credential.reason != Reason::kOk) return;
  attempt.record = shared_->keys.Find(attempt.credential.id, attempt.hash);
  const KeyRecord* fetched = attempt.record;
  if (ABSL_PREDICT_FALSE(fetched == nullptr)) {
    fetched = attempt.decoy = shared_->keys.FindDecoy(attempt.hash);
    if (fetched == nullptr) return;
  }
  __builtin_prefetch(fetched->profile);
  shared_->limiter.Prefetch(*limiter_, fetched->bucket);
}

// verify, policy, limit, in this order of precedence. The digest of the secret
// is a matter of waiting, so the policy's rules, which are pure, are evaluated
// between its steps; what they say counts only once the proof is there.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Decide(
    const Snapshot& snapshot, const RequestView& request, Now now,
    const Attempt& attempt, Decision& decision) {
  decision.strategy =
      attempt.credential.is_api_key ? Strategy::kApiKey : Strategy::kNone;
  decision.reason = attempt.credential.reason;
  if (attempt.credential.reason == Reason::kOk) {
    Peppers::Digesting digesting;
    digesting.Begin(snapshot.peppers(), attempt.credential.secret);
    digesting.Advance();
    const Method method(request.method);
    CanonicalPath path;
    (void)CanonicalPath::Parse(request.target, path);
    digesting.Advance();
    const KeyRecord* const found =
        attempt.record != nullptr ? attempt.record : attempt.decoy;
    const PolicyEntry* const policy =
        found != nullptr ? snapshot.policy(found->policy) : nullptr;
    const Reason rules = Evaluate(snapshot, request, method, path, now, policy);
    digesting.Advance();
    const ApiKeyProof proof = Verify(snapshot, attempt, digesting, now);
    decision.reason = proof.reason;
    if (proof.record != nullptr) {
      Describe(*proof.record, policy, decision);
      if (decision.reason == Reason::kOk) decision.reason = rules;
      if (decision.reason == Reason::kOk) {
        decision.reason = CheckScopes(snapshot, method, path, decision);
      }
      if (decision.reason == Reason::kOk) {
        decision.reason = Charge(*proof.record, *policy, now, decision);
      }
    }
  }
  decision.verdict = VerdictOf(decision.reason);
}

// verify: the secret belongs to the key, and the key may be used.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline ApiKeyProof Validator::Worker::Verify(
    const Snapshot& snapshot, const Attempt& attempt,
    Peppers::Digesting& digesting, Now now) const {
  Peppers::Digests digests;
  digesting.Finish(digests);
  return JudgeApiKey(snapshot.peppers(), digests, attempt.record, attempt.decoy,
                     now.wall);
}

// limit: all windows are charged, or none.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline Reason Validator::Worker::Charge(
    const KeyRecord& record, const PolicyEntry& policy, Now now,
    Decision& decision) {
  if (policy.limits == nullptr) return Reason::kOk;
  decision.limits = policy.limits;
  shared_->limiter.ChargeInto(*limiter_, record.bucket, policy.limits,
                              now.monotonic, decision.charge);
  if (ABSL_PREDICT_FALSE(decision.charge.outcome == ChargeOutcome::kStale)) {
    decision.charge = ChargeRebound(record, now, decision.limits);
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

// The key's bucket counts for other limits: carries its usage over to those of
// the newest configuration, once per key and change of limits. `limits` becomes
// what was charged, null when the newest configuration has none.
ChargeResult Validator::Worker::ChargeRebound(const KeyRecord& record, Now now,
                                              const LimitSet*& limits) {
  constexpr int kAttempts = 4;
  ChargeResult result;
  result.outcome = ChargeOutcome::kStale;
  for (int i = 0; i < kAttempts; ++i) {
    const PolicyEntry* policy = shared_->snapshot.Load()->policy(record.policy);
    limits = policy != nullptr ? policy->limits : limits;
    if (limits == nullptr) return result;
    const BucketId bucket = NewestBucket(record, limits, now);
    result = shared_->limiter.Charge(*limiter_, bucket, limits, now.monotonic);
    if (result.outcome != ChargeOutcome::kStale) break;
  }
  return result;
}

// Returns the bucket with `limits` that goes on where the key's was, and makes
// the key's record name it.
BucketId Validator::Worker::NewestBucket(const KeyRecord& record,
                                         const LimitSet* limits, Now now) {
  RateLimiter& limiter = shared_->limiter;
  const BucketId bucket =
      record.bucket == BucketId{}
          ? limiter.Create(limits)
          : limiter.Rebind(*limiter_, record.bucket, limits, now.monotonic);
  BucketId named = bucket;
  const auto replaced = shared_->keys.Update(
      participant_, record.id,
      [&](const KeyRecord& current) -> std::optional<KeyRecord> {
        named = current.bucket;
        // Without memory for a bucket the old one, and its usage, stays.
        if (current.bucket != record.bucket || bucket == BucketId{}) {
          return std::nullopt;
        }
        KeyRecord next = current;
        next.bucket = bucket;
        return next;
      });
  if (!replaced.has_value()) {
    // Another thread was first. What Rebind returned to both is the same; what
    // Create returned is nobody's.
    if (bucket != named && record.bucket == BucketId{}) {
      limiter.Free(participant_, bucket);
    }
    return named;
  }
  if (replaced->bucket != bucket && replaced->bucket != BucketId{}) {
    limiter.Free(participant_, replaced->bucket);
  }
  return bucket;
}

void Validator::Worker::Idle() { limiter_->Idle(); }

}  // namespace tollgate
