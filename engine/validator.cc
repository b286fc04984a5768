#include "engine/validator.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/crypto/sha256.h"
#include "engine/extract/extractor.h"
#include "engine/extract/forwarded_headers.h"
#include "engine/policy/client_address.h"
#include "engine/policy/endpoint_table.h"
#include "engine/policy/path.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/token_prover.h"
#include "engine/verify/api_key.h"
#include "engine/verify/dpop.h"

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

// Whether the client's certificate is the one that the token is bound to
// (RFC 8705 section 3.1).
bool CertificateFits(const TokenProof& proof, const RequestView& request) {
  if (request.client_certificate.empty()) return false;
  const Sha256Digest digest = Sha256(request.client_certificate);
  return EncodeBase64Url({reinterpret_cast<const char*>(digest.data()),
                          digest.size()}) == proof.certificate_thumbprint();
}

// Returns the value of the only Host field; empty when there is none, or more.
std::string_view HostOf(const RequestView& request) {
  std::string_view host;
  for (const HeaderView& header : request.headers) {
    if (!absl::EqualsIgnoreCase(header.name, "host")) continue;
    if (!host.empty()) return {};
    host = header.value;
  }
  return host;
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

  bool has_key() const {
    return credential.reason == Reason::kOk &&
           credential.kind == CredentialKind::kApiKey;
  }
};

Validator::Worker::Worker(Shared* shared)
    : shared_(shared),
      participant_(shared->epochs.Register()),
      limiter_(new RateLimiter::Worker(shared->limiter.NewWorker())),
      prover_(std::make_unique<TokenProver>(shared)),
      dpop_(std::make_unique<DpopReader>()) {}

Validator::Worker::Worker(Worker&&) noexcept = default;
Validator::Worker& Validator::Worker::operator=(Worker&&) noexcept = default;
Validator::Worker::~Worker() = default;

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
  if (!attempt.has_key()) return;
  attempt.hash = shared_->keys.Hash(attempt.credential.id);
  shared_->keys.PrefetchWord(attempt.hash);
}

// lookup: the key's record. What deciding will need is on its way while the
// secret is digested; an id that has no key is made to cost as much.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Lookup(
    Attempt& attempt) const {
  if (!attempt.has_key()) return;
  attempt.record = shared_->keys.Find(attempt.credential.id, attempt.hash);
  const KeyRecord* fetched = attempt.record;
  if (ABSL_PREDICT_FALSE(fetched == nullptr)) {
    fetched = attempt.decoy = shared_->keys.FindDecoy(attempt.hash);
    if (fetched == nullptr) return;
  }
  __builtin_prefetch(fetched->profile);
  shared_->limiter.Prefetch(*limiter_, fetched->bucket);
}

// Each strategy's own road, then the verdict.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Decide(
    const Snapshot& snapshot, const RequestView& request, Now now,
    const Attempt& attempt, Decision& decision) {
  decision.reason = attempt.credential.reason;
  switch (attempt.credential.kind) {
    case CredentialKind::kNone:
      break;
    case CredentialKind::kApiKey:
      decision.strategy = Strategy::kApiKey;
      if (decision.reason == Reason::kOk) {
        DecideKey(snapshot, request, now, attempt, decision);
      }
      break;
    case CredentialKind::kToken:
      decision.strategy = Strategy::kJwt;
      if (decision.reason == Reason::kOk) {
        DecideToken(snapshot, request, now, attempt.credential, decision);
      }
      break;
  }
  decision.verdict = VerdictOf(decision.reason);
}

// verify, policy, limit, in this order of precedence. The digest of the secret
// is a matter of waiting, so the policy's rules, which are pure, are evaluated
// between its steps; what they say counts only once the proof is there.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::DecideKey(
    const Snapshot& snapshot, const RequestView& request, Now now,
    const Attempt& attempt, Decision& decision) {
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
  if (proof.record == nullptr) return;
  Describe(*proof.record, policy, decision);
  if (decision.reason == Reason::kOk) decision.reason = rules;
  if (decision.reason == Reason::kOk) {
    decision.reason = CheckScopes(snapshot, method, path, decision);
  }
  if (decision.reason == Reason::kOk) {
    decision.reason = Charge(
        {&shared_->keys, proof.record, policy->limits, true}, now, decision);
  }
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

// The token's proof, found or made; then everything that is judged anew at
// every request.
void Validator::Worker::DecideToken(const Snapshot& snapshot,
                                    const RequestView& request, Now now,
                                    const Extracted& credential,
                                    Decision& decision) {
  const TokenProof* proof = nullptr;
  decision.reason = FindProof(snapshot, credential.token, now, proof);
  if (decision.reason != Reason::kOk) return;
  decision.reason =
      JudgeProof(snapshot, request, now, *proof, credential, decision);
}

// verify: finds that the token was proved before under what is in force, or
// proves it. The snapshot, and with it the stamp, was loaded before.
Reason Validator::Worker::FindProof(const Snapshot& snapshot,
                                    std::string_view token, Now now,
                                    const TokenProof*& proof) {
  TokenCache& cache = shared_->tokens;
  const Fingerprint fingerprint = cache.FingerprintOf(token);
  proof = cache.Find(fingerprint, snapshot.stamp(), now.wall);
  if (ABSL_PREDICT_TRUE(proof != nullptr)) return Reason::kOk;
  std::unique_ptr<TokenProof> made;
  const Reason reason =
      prover_->Prove({token, fingerprint}, snapshot, now.wall, made);
  if (reason != Reason::kOk) return reason;
  proof = cache.Insert(participant_, std::move(made),
                       shared_->snapshot.Load()->stamp(), now.wall);
  return Reason::kOk;
}

// verify's rest, which time and others can change: possession and revocation;
// then policy, scopes and limits. The principal's record and bucket are fetched
// meanwhile.
Reason Validator::Worker::JudgeProof(const Snapshot& snapshot,
                                     const RequestView& request, Now now,
                                     const TokenProof& proof,
                                     const Extracted& credential,
                                     Decision& decision) {
  const TokenProof::Facts& facts = proof.facts();
  const KeyStore& principals = shared_->principals;
  const uint64_t principal_hash = principals.Hash(facts.principal_id);
  principals.PrefetchWord(principal_hash);
  const Method method(request.method);
  CanonicalPath path;
  if (!CanonicalPath::Parse(request.target, path)) {
    return Reason::kMalformedRequest;
  }
  principals.PrefetchRecord(principal_hash);
  Reason reason = CheckPossession(proof, credential, request, now);
  if (reason != Reason::kOk) return reason;
  const PolicyEntry* const policy = snapshot.policy(facts.context->policy);
  decision.proven = true;
  decision.scopes = facts.scopes != nullptr || policy == nullptr
                        ? facts.scopes
                        : policy->scopes;
  decision.principal.AssignChunks(proof.principal().data(),
                                  proof.principal().size());
  if (shared_->revocations.IsRevoked(proof.revocable(), now.wall)) {
    return Reason::kTokenRevoked;
  }
  // Relaxed: it guards no data, and Validator::Revoke says when it failed.
  if (!shared_->revocations_known.load(std::memory_order_relaxed)) {
    return Reason::kInternalUnavailable;
  }
  const KeyRecord* const principal =
      principals.Find(facts.principal_id, principal_hash);
  if (principal != nullptr) {
    shared_->limiter.Prefetch(*limiter_, principal->bucket);
  }
  reason = Evaluate(snapshot, request, method, path, now, policy);
  if (reason != Reason::kOk) return reason;
  reason = CheckScopes(snapshot, method, path, decision);
  if (reason != Reason::kOk) return reason;
  if (facts.policy != nullptr) {
    IpAddress forwarded;
    reason = facts.policy->rules.Evaluate(
        {method, path, ClientOf(snapshot, request, forwarded), now.wall});
    if (reason != Reason::kOk) return reason;
  }
  if (facts.context->rules.one_time) {
    reason = Once("token", proof.revocable().issuer, proof.token_id(), now,
                  facts.ends_at);
    if (reason != Reason::kOk) return reason;
  }
  return ChargeToken(proof, *policy, now, decision);
}

// verify: who presents a token that is bound to a key holds the key: that of
// the client's certificate, or of a DPoP proof (RFC 9449 section 7.1), which a
// token bound so must come with, under its own scheme.
Reason Validator::Worker::CheckPossession(const TokenProof& proof,
                                          const Extracted& credential,
                                          const RequestView& request, Now now) {
  constexpr Reason kFailed = Reason::kProofOfPossessionFailed;
  const bool needs_proof = !proof.key_thumbprint().empty();
  if (credential.dpop_scheme != needs_proof) return kFailed;
  if (proof.facts().bound_otherwise) return kFailed;
  if (!proof.certificate_thumbprint().empty() &&
      !CertificateFits(proof, request)) {
    return kFailed;
  }
  return needs_proof ? CheckDpop(proof, credential, request, now) : Reason::kOk;
}

Reason Validator::Worker::CheckDpop(const TokenProof& proof,
                                    const Extracted& credential,
                                    const RequestView& request, Now now) {
  DpopProof shown;
  const Reason reason = dpop_->Read(credential.dpop_proof,
                                    {.method = request.method,
                                     .target = request.target,
                                     .host = HostOf(request),
                                     .access_token = credential.token,
                                     .now = WallRange::Second(now.wall)},
                                    shown);
  if (reason != Reason::kOk) return reason;
  if (shown.thumbprint != proof.key_thumbprint()) {
    return Reason::kProofOfPossessionFailed;
  }
  return Once("dpop", shown.thumbprint, shown.token_id, now,
              shown.replayable_until);
}

// verify: a value that may come once has not come before.
Reason Validator::Worker::Once(std::string_view kind, std::string_view owner,
                               std::string_view value, Now now,
                               UnixSeconds until) {
  switch (shared_->replays.Remember(absl::StrCat(kind, ":", owner), value,
                                    now.wall, until)) {
    case Seen::kFirst:
      return Reason::kOk;
    case Seen::kReplayed:
      return Reason::kReplayed;
    case Seen::kFull:
      return Reason::kInternalUnavailable;
  }
  return Reason::kReplayed;
}

// limit: the token's own limits and those of the policy, or neither. The
// policy's are asked first and charged last, so that a refusal by them costs
// the token nothing but in a race, and then a permit, never the other way.
Reason Validator::Worker::ChargeToken(const TokenProof& proof,
                                      const PolicyEntry& policy, Now now,
                                      Decision& decision) {
  const TokenProof::Facts& facts = proof.facts();
  const uint16_t index = facts.context->policy;
  const KeyRecord* principal = nullptr;
  if (policy.limits != nullptr) {
    principal = PrincipalRecord(facts.principal_id, index, policy.limits);
    if (principal == nullptr) return Reason::kInternalUnavailable;
  }
  if (facts.limits != nullptr) {
    if (principal != nullptr) {
      decision.charge = shared_->limiter.Peek(*limiter_, principal->bucket,
                                              policy.limits, now.monotonic);
      decision.limits = policy.limits;
      if (decision.charge.outcome == ChargeOutcome::kRefused) {
        return Reason::kRateLimited;
      }
    }
    const KeyRecord* const own =
        PrincipalRecord(facts.token_id, index, facts.limits);
    if (own == nullptr) return Reason::kInternalUnavailable;
    const Reason reason =
        Charge({&shared_->principals, own, facts.limits, false}, now, decision);
    if (reason != Reason::kOk) return reason;
  }
  if (principal == nullptr) return Reason::kOk;
  // The record may be older than what the issuer's policy is now.
  KeyRecord charged = *principal;
  charged.policy = index;
  return Charge({&shared_->principals, &charged, policy.limits, true}, now,
                decision);
}

// Returns the record of whom `id` names, which is made when there is none; null
// when there are too many.
const KeyRecord* Validator::Worker::PrincipalRecord(const KeyId& id,
                                                    uint16_t policy,
                                                    const LimitSet* limits) {
  KeyStore& store = shared_->principals;
  const uint64_t hash = store.Hash(id);
  if (const KeyRecord* const found = store.Find(id, hash)) return found;
  if (store.size() >= limits::kPrincipalsMax) return nullptr;
  KeyRecord record;
  record.id = id;
  record.policy = policy;
  record.bucket = shared_->limiter.Create(limits);
  if (record.bucket == BucketId{}) return nullptr;
  if (!store.Insert(participant_, record)) {
    shared_->limiter.Free(participant_, record.bucket);
  }
  return store.Find(id, hash);
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

// The bucket counts for other limits: carries its usage over to those of the
// newest configuration, once per key and change of limits. `limits` becomes
// what was charged, null when the newest configuration has none.
ChargeResult Validator::Worker::ChargeRebound(const Charged& charged, Now now,
                                              const LimitSet*& limits) {
  constexpr int kAttempts = 4;
  ChargeResult result;
  result.outcome = ChargeOutcome::kStale;
  for (int i = 0; i < kAttempts; ++i) {
    const PolicyEntry* policy =
        charged.follow_policy
            ? shared_->snapshot.Load()->policy(charged.record->policy)
            : nullptr;
    limits = policy != nullptr ? policy->limits : limits;
    if (limits == nullptr) return result;
    const BucketId bucket = NewestBucket(charged, limits, now);
    result = shared_->limiter.Charge(*limiter_, bucket, limits, now.monotonic);
    if (result.outcome != ChargeOutcome::kStale) break;
  }
  return result;
}

// Returns the bucket with `limits` that goes on where the record's was, and
// makes the record name it.
BucketId Validator::Worker::NewestBucket(const Charged& charged,
                                         const LimitSet* limits, Now now) {
  RateLimiter& limiter = shared_->limiter;
  const KeyRecord& record = *charged.record;
  const BucketId bucket =
      record.bucket == BucketId{}
          ? limiter.Create(limits)
          : limiter.Rebind(*limiter_, record.bucket, limits, now.monotonic);
  BucketId named = bucket;
  const auto replaced = charged.store->Update(
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
