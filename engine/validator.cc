#include "engine/validator.h"

#include <algorithm>
#include <array>
#include <utility>

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

// Returns the client's address, or none when it can not be told for sure.
IpAddress ClientOf(const Snapshot& snapshot, const RequestView& request) {
  const TrustedProxies& proxies = snapshot.trusted_proxies();
  if (!proxies.Contains(request.peer)) return request.peer;
  ForwardedHeaders fields;
  if (!CollectForwardedHeaders(request.headers, fields)) return {};
  return FindClientAddress(
      request.peer, proxies,
      {fields.x_forwarded_for.span(), fields.forwarded.span()});
}

// policy: pure rules over proved facts and the clock.
Reason Evaluate(const Snapshot& snapshot, const RequestView& request,
                const CanonicalPath& path, Now now, const PolicyEntry* policy) {
  if (policy == nullptr) return Reason::kPolicyMissing;
  if (!path.valid()) return Reason::kMalformedRequest;
  const IpAddress client = ClientOf(snapshot, request);
  if (client.is_none()) return Reason::kMalformedRequest;
  return policy->rules.Evaluate({request.method, path, client, now.wall});
}

// policy: what the endpoint asks for, whoever calls.
Reason CheckScopes(const Snapshot& snapshot, const RequestView& request,
                   const CanonicalPath& path, Decision& decision) {
  const EndpointTable& endpoints = snapshot.endpoints();
  if (endpoints.FirstUnmet(request.method, path, decision.scopes->mask()) ==
      nullptr) {
    return Reason::kOk;
  }
  decision.needed_scopes_count = endpoints.CollectRequired(
      request.method, path, absl::MakeSpan(decision.needed_scopes));
  return Reason::kInsufficientScope;
}

// Tells what the proof established.
void Describe(const KeyRecord& record, const PolicyEntry* policy,
              Decision& decision) {
  decision.proven = true;
  decision.key_id = record.id;
  decision.scopes = record.profile->scopes;
  if (decision.scopes == nullptr && policy != nullptr) {
    decision.scopes = policy->scopes;
  }
  // Fits by construction: the ledger refuses longer names.
  (void)decision.principal.Assign(record.profile->principal());
}

}  // namespace

// One request on its way through the stages.
struct Validator::Worker::Attempt {
  Extracted credential;
  uint64_t hash = 0;
  ApiKeyProof proof;
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
  CanonicalPath path;  // read while the key's word is on its way
  (void)CanonicalPath::Parse(request.target, path);
  Lookup(attempt);
  Verify(snapshot, now, attempt);
  Decide(snapshot, request, path, now, attempt, decision);
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
    for (size_t i = 0; i < count; ++i) Lookup(attempts[i]);
    for (size_t i = 0; i < count; ++i) Verify(snapshot, now, attempts[i]);
    for (size_t i = 0; i < count; ++i) {
      CanonicalPath path;
      (void)CanonicalPath::Parse(requests[begin + i].target, path);
      decisions[begin + i] = Decision();
      Decide(snapshot, requests[begin + i], path, now, attempts[i],
             decisions[begin + i]);
    }
  }
}

// extract: the one credential, and where its key will be.
void Validator::Worker::Extract(const Snapshot& snapshot,
                                const RequestView& request,
                                Attempt& attempt) const {
  snapshot.extractor().Extract(request.headers, attempt.credential);
  attempt.proof.reason = attempt.credential.reason;
  if (attempt.credential.reason != Reason::kOk) return;
  attempt.hash = shared_->keys.Hash(attempt.credential.id);
  shared_->keys.PrefetchWord(attempt.hash);
}

// lookup: the record is on its way while the secret is digested.
void Validator::Worker::Lookup(const Attempt& attempt) const {
  if (attempt.credential.reason != Reason::kOk) return;
  shared_->keys.PrefetchRecord(attempt.hash);
}

// verify: the secret belongs to the key, and the key may be used.
void Validator::Worker::Verify(const Snapshot& snapshot, Now now,
                               Attempt& attempt) const {
  if (attempt.credential.reason != Reason::kOk) return;
  Peppers::Digests digests;
  snapshot.peppers().DigestAll(attempt.credential.secret, digests);
  const KeyRecord* record =
      shared_->keys.Find(attempt.credential.id, attempt.hash);
  attempt.proof = JudgeApiKey(snapshot.peppers(), digests, record, now.wall);
  if (attempt.proof.record == nullptr) return;
  __builtin_prefetch(attempt.proof.record->profile);
  shared_->limiter.Prefetch(*limiter_, attempt.proof.record->bucket);
}

// policy and limit; and what was found on the way is told. The profile is
// touched late: it is on its way while the policy is evaluated.
void Validator::Worker::Decide(const Snapshot& snapshot,
                               const RequestView& request,
                               const CanonicalPath& path, Now now,
                               const Attempt& attempt, Decision& decision) {
  decision.strategy =
      attempt.credential.is_api_key ? Strategy::kApiKey : Strategy::kNone;
  decision.reason = attempt.proof.reason;
  if (attempt.proof.record != nullptr) {
    const KeyRecord& record = *attempt.proof.record;
    const PolicyEntry* policy = snapshot.policy(record.policy);
    if (decision.reason == Reason::kOk) {
      decision.reason = Evaluate(snapshot, request, path, now, policy);
    }
    Describe(record, policy, decision);
    if (decision.reason == Reason::kOk) {
      decision.reason = CheckScopes(snapshot, request, path, decision);
    }
    if (decision.reason == Reason::kOk) {
      decision.reason = Charge(record, *policy, now, decision);
    }
  }
  decision.verdict = VerdictOf(decision.reason);
}

// limit: all windows are charged, or none.
Reason Validator::Worker::Charge(const KeyRecord& record,
                                 const PolicyEntry& policy, Now now,
                                 Decision& decision) {
  if (policy.limits == nullptr) return Reason::kOk;
  ChargeResult result = shared_->limiter.Charge(*limiter_, record.bucket,
                                                policy.limits, now.monotonic);
  decision.limits = policy.limits;
  if (ABSL_PREDICT_FALSE(result.outcome == ChargeOutcome::kStale)) {
    result = ChargeRebound(record, now, decision.limits);
  }
  if (decision.limits == nullptr) return Reason::kOk;
  std::copy_n(result.slack, decision.limits->windows().size(),
              decision.slack.begin());
  switch (result.outcome) {
    case ChargeOutcome::kAllowed:
      return Reason::kOk;
    case ChargeOutcome::kRefused:
      decision.retry_after_us = result.retry_after_us;
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
