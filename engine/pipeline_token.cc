// How the validator decides about a token, from its bytes to its limits.

#include <utility>

#include "absl/base/optimization.h"
#include "absl/strings/str_cat.h"
#include "engine/extract/client_chain.h"
#include "engine/extract/extractor.h"
#include "engine/extract/query_token.h"
#include "engine/model/single_header.h"
#include "engine/pipeline_stages.h"
#include "engine/policy/path.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/token_prover.h"
#include "engine/verify/dpop.h"

namespace tollgate {
namespace {

// Whether the list names a token. Few entries name one by its claims; a proof
// that was made before there were any has no digest of them.
bool IsRevoked(const RevocationList& list, const TokenProof& proof,
               std::string_view token, UnixSeconds now) {
  Sha256Digest claims;
  return list.IsRevoked(
      [&] {
        RevocableToken revocable = proof.revocable();
        if (revocable.claims == nullptr && list.Has(RevocationKind::kClaims)) {
          claims = DigestOfClaims(token);
          revocable.claims = &claims;
        }
        return revocable;
      },
      now);
}

// Whether the token is bound to a DPoP key.
bool IsKeyBound(const TokenProof& proof) {
  return proof.extras() != nullptr && !proof.extras()->key_thumbprint.empty();
}

}  // namespace

// The token's proof, found or made; then everything that is judged anew at
// every request. The path is parsed while the cache is waited for. Beside
// another token, in the query, which what stands behind might take, neither is
// taken (RFC 6750 section 2).
void Pipeline::DecideToken(const Snapshot& snapshot, const RequestView& request,
                           Now now, const Attempt& attempt,
                           Decision& decision) {
  const TokenCache& cache = shared_->tokens;
  const Fingerprint fingerprint = cache.FingerprintOf(attempt.credential.token);
  cache.PrefetchSet(fingerprint);
  const Route route(request);
  if (ABSL_PREDICT_FALSE(HasQueryToken(request.target))) {
    decision.reason = Reason::kMultipleCredentials;
    return;
  }
  const TokenProof* proof = nullptr;
  decision.reason = FindProof(snapshot, attempt, fingerprint, now, proof);
  EndStage("verify");
  if (decision.reason != Reason::kOk) return;
  decision.reason =
      JudgeProof(snapshot, request, route, now, *proof, attempt, decision);
}

// verify: finds that the token was proved before under what is in force, or
// proves it. The snapshot, and with it the stamp, was loaded before.
Reason Pipeline::FindProof(const Snapshot& snapshot, const Attempt& attempt,
                           const Fingerprint& fingerprint, Now now,
                           const TokenProof*& proof) {
  TokenCache& cache = shared_->tokens;
  proof = cache.Find(fingerprint, snapshot.token_stamp(), now.wall);
  seat_->counters.CountCache(Strategy::kJwt, proof != nullptr);
  if (ABSL_PREDICT_TRUE(proof != nullptr)) return Reason::kOk;
  if (attempt.standing.locked_ms > 0) return Reason::kLockedOut;
  std::unique_ptr<TokenProof> made;
  Reason reason =
      refused_.tokens.Find(fingerprint, snapshot.token_stamp(), now.wall);
  if (reason != Reason::kOk) return reason;
  reason = prover_.Prove(
      {attempt.credential.token, fingerprint}, snapshot, now.wall,
      [&] { return Afford(snapshot, attempt, 1, now); }, made);
  if (reason == Reason::kBadSignature) {
    refused_.tokens.Remember(fingerprint, snapshot.token_stamp(), now.wall,
                             reason);
  }
  if (reason != Reason::kOk) return reason;
  proof = cache.Insert(participant_, std::move(made),
                       shared_->snapshot.Load()->token_stamp(), now.wall);
  return Reason::kOk;
}

// verify's rest, which time and others can change: possession and revocation;
// then policy, scopes and limits. The principal's record and bucket are fetched
// meanwhile.
Reason Pipeline::JudgeProof(const Snapshot& snapshot,
                            const RequestView& request, const Route& route,
                            Now now, const TokenProof& proof,
                            const Attempt& attempt, Decision& decision) {
  const TokenProof::Facts& facts = proof.facts();
  const KeyStore& principals = shared_->principals;
  const uint64_t principal_hash = principals.Hash(facts.principal_id);
  principals.PrefetchWord(principal_hash);
  proof.PrefetchPrincipal();
  if (!route.path.valid()) return Reason::kMalformedRequest;
  // Who is locked out goes on with what was proved before; what proves that
  // they hold its key was not.
  Reason reason = attempt.standing.locked_ms > 0 && IsKeyBound(proof)
                      ? Afford(snapshot, attempt, 1, now)
                      : Reason::kOk;
  if (reason == Reason::kOk) {
    reason = CheckPossession(proof, attempt.credential, request, now);
  }
  EndStage("possession");
  if (reason != Reason::kOk) {
    decision.needs_dpop = IsKeyBound(proof);
    return reason;
  }
  const PolicyEntry* const policy = snapshot.policy(facts.context->policy);
  decision.proven = true;
  decision.scopes = facts.scopes != nullptr || policy == nullptr
                        ? facts.scopes
                        : policy->scopes;
  decision.principal.AssignChunks(proof.principal().data(),
                                  proof.principal().size());
  decision.issuer = snapshot.issuer_name(*facts.context);
  if (IsRevoked(shared_->revocations, proof, attempt.credential.token,
                now.wall)) {
    return Reason::kTokenRevoked;
  }
  // Relaxed: it guards no data, and Validator::Revoke says when it failed.
  if (!shared_->revocations_known.load(std::memory_order_relaxed)) {
    return Reason::kInternalUnavailable;
  }
  EndStage("revocation");
  reason = Evaluate(*attempt.client, route, now, policy);
  const KeyRecord* const principal =
      principals.Find(facts.principal_id, principal_hash);
  if (principal != nullptr) {
    shared_->limiter.Prefetch(limiter_, principal->bucket);
    proof.NotePrincipal(principal);
  }
  EndStage("policy");
  if (reason != Reason::kOk) return reason;
  reason = CheckScopes(snapshot, route, decision);
  EndStage("scopes");
  if (reason != Reason::kOk) return reason;
  const TokenExtras* const extras = proof.extras();
  if (extras != nullptr && extras->policy.has_value()) {
    reason = extras->policy->rules.Evaluate(
        {route.method, route.path, *attempt.client, now.wall});
    EndStage("policy of the token");
    if (reason != Reason::kOk) return reason;
  }
  if (facts.context->rules.one_time) {
    // Limits are asked before, so that who is refused by them has not used the
    // token up, but in a race.
    reason = AskLimits(principal, policy->limits, now, decision);
    if (reason != Reason::kOk) return reason;
    reason = Once("token", proof.revocable().issuer, proof.token_id(), now,
                  extras->ends_at);
    if (reason != Reason::kOk) return reason;
  }
  reason = ChargeToken(proof, *policy, principal, now, decision);
  EndStage("limit");
  return reason;
}

// verify: who presents a token that is bound to a key holds the key: that of
// the client's certificate, or of a DPoP proof (RFC 9449 section 7.1), which a
// token bound so must come with, under its own scheme.
Reason Pipeline::CheckPossession(const TokenProof& proof,
                                 const Extracted& credential,
                                 const RequestView& request, Now now) {
  constexpr Reason kFailed = Reason::kProofOfPossessionFailed;
  const TokenExtras* const extras = proof.extras();
  const bool needs_proof = IsKeyBound(proof);
  if (credential.dpop_scheme != needs_proof) return kFailed;
  if (extras == nullptr) return Reason::kOk;
  if (extras->bound_otherwise) return kFailed;
  // RFC 8705 section 3.1.
  if (extras->certificate_digest.has_value() &&
      (credential.chain == nullptr ||
       credential.chain->end_entity_digest() != *extras->certificate_digest)) {
    return kFailed;
  }
  return needs_proof ? CheckDpop(*extras, credential, request, now)
                     : Reason::kOk;
}

Reason Pipeline::CheckDpop(const TokenExtras& extras,
                           const Extracted& credential,
                           const RequestView& request, Now now) {
  DpopProof shown;
  const Reason reason =
      dpop_.Read(credential.dpop_proof,
                 {.method = request.method,
                  .target = request.target,
                  .host = SingleHeader(request.headers, "host"),
                  .access_token = credential.token,
                  .now = WallRange::Second(now.wall),
                  .thumbprint = extras.key_thumbprint},
                 shown);
  if (reason != Reason::kOk) return reason;
  if (shown.thumbprint != extras.key_thumbprint) {
    return Reason::kProofOfPossessionFailed;
  }
  return Once("dpop", shown.thumbprint, shown.token_id, now,
              shown.replayable_until);
}

// verify: a value that may come once has not come before.
Reason Pipeline::Once(std::string_view kind, std::string_view owner,
                      std::string_view value, Now now, UnixSeconds until) {
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

// limit: what charging for the principal would say, if there is a record yet.
Reason Pipeline::AskLimits(const KeyRecord* principal, const LimitSet* limits,
                           Now now, Decision& decision) {
  if (principal == nullptr || limits == nullptr) return Reason::kOk;
  decision.charge =
      shared_->limiter.Peek(limiter_, principal->bucket, limits, now.monotonic);
  decision.limits = limits;
  return decision.charge.outcome == ChargeOutcome::kRefused
             ? Reason::kRateLimited
             : Reason::kOk;
}

// limit: the token's own limits and those of the policy, or neither;
// `principal` is the record of whom they count for, null: not made yet, or none
// needed. The policy's are asked first and charged last, so that a refusal by
// them costs the token nothing but in a race, and then a permit, never the
// other way.
Reason Pipeline::ChargeToken(const TokenProof& proof, const PolicyEntry& policy,
                             const KeyRecord* principal, Now now,
                             Decision& decision) {
  const TokenProof::Facts& facts = proof.facts();
  const uint16_t index = facts.context->policy;
  if (policy.limits == nullptr) {
    principal = nullptr;
  } else if (ABSL_PREDICT_FALSE(principal == nullptr)) {
    principal = PrincipalRecord(facts.principal_id, index, policy.limits);
    if (principal == nullptr) return Reason::kInternalUnavailable;
  }
  const TokenExtras* const extras = proof.extras();
  if (extras != nullptr && extras->limits != nullptr) {
    Reason reason = AskLimits(principal, policy.limits, now, decision);
    if (reason != Reason::kOk) return reason;
    const KeyRecord* const own =
        PrincipalRecord(extras->id, index, extras->limits);
    if (own == nullptr) return Reason::kInternalUnavailable;
    reason = Charge({&shared_->principals, own, extras->limits, std::nullopt},
                    now, decision);
    if (reason != Reason::kOk) return reason;
  }
  if (principal == nullptr) return Reason::kOk;
  // Not the record's policy, which may be older than the issuer's is now.
  return Charge({&shared_->principals, principal, policy.limits, index}, now,
                decision);
}

// Returns the record of whom `id` names, which is made when there is none; null
// when there are too many.
const KeyRecord* Pipeline::PrincipalRecord(const KeyId& id, uint16_t policy,
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

}  // namespace tollgate
