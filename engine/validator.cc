#include "engine/validator.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <optional>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/strings/match.h"
#include "engine/extract/client_chain.h"
#include "engine/extract/extractor.h"
#include "engine/extract/forwarded_certificate.h"
#include "engine/policy/path.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/token_prover.h"
#include "engine/validator_stages.h"
#include "engine/verify/api_key.h"
#include "engine/verify/dpop.h"

namespace tollgate {
namespace {

// Of so many validations, one is timed.
constexpr uint64_t kTimedOnceIn = 64;

// The id of the trace that the request is part of; "" for none, or several.
std::string_view TraceOf(const RequestView& request) {
  std::string_view value;
  for (const HeaderView& header : request.headers) {
    if (!absl::EqualsIgnoreCase(header.name, "traceparent")) continue;
    if (!value.empty()) return {};
    value = header.value;
  }
  return TraceIdOf(value);
}

// Whether a rule of a policy or of an endpoint leads to `reason`.
bool IsRuled(Reason reason) {
  return reason == Reason::kOk || reason == Reason::kIpNotAllowed ||
         reason == Reason::kEndpointNotAllowed ||
         reason == Reason::kOutsideHours ||
         reason == Reason::kInsufficientScope;
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

Validator::Worker::Worker(Shared* shared)
    : shared_(shared),
      participant_(shared->epochs.Register()),
      limiter_(new RateLimiter::Worker(shared->limiter.NewWorker())),
      prover_(std::make_unique<TokenProver>(shared)),
      dpop_(std::make_unique<DpopReader>()),
      definitions_(std::make_unique<ToolDefinitionVerifier>()),
      refused_(std::make_unique<Refused>()),
      seat_(shared->observer.Register()) {}

Validator::Worker::Worker(Worker&&) noexcept = default;
Validator::Worker& Validator::Worker::operator=(Worker&&) noexcept = default;
Validator::Worker::~Worker() = default;

Decision Validator::Worker::Validate(const RequestView& request, Now now) {
  Decision decision;
  Attempt attempt;
  const bool timed = ++calls_ % kTimedOnceIn == 0;
  const auto begun = timed ? std::chrono::steady_clock::now()
                           : std::chrono::steady_clock::time_point();
  const EpochDomain::Guard guard = participant_.Pin();
  const Snapshot& snapshot = *shared_->snapshot.Load();
  Extract(snapshot, request, attempt);
  EndStage("extract");
  Admit(snapshot, request, now, attempt);
  EndStage("admission");
  Decide(snapshot, request, now, attempt, decision);
  Observe(snapshot, request, now, attempt, decision);
  if (ABSL_PREDICT_FALSE(timed)) {
    seat_->counters.RecordLatency(
        decision.strategy, decision.verdict,
        static_cast<uint64_t>(
            std::chrono::nanoseconds(std::chrono::steady_clock::now() - begun)
                .count()));
  }
  return decision;
}

Decision Validator::Worker::Explain(const RequestView& request, Now now,
                                    Explanation& explanation) {
  explanation.Begin();
  explanation_ = &explanation;
  const Decision decision = Validate(request, now);
  explanation_ = nullptr;
  if (!IsRuled(decision.reason)) explanation.SetRule("");
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
      Admit(snapshot, requests[begin + i], now, attempts[i]);
    }
    for (size_t i = 0; i < count; ++i) {
      attempts[i].bucket = shared_->keys.Approach(attempts[i].hash);
    }
    for (size_t i = 0; i < count; ++i) Lookup(attempts[i]);
    bool failed = false;
    for (size_t i = 0; i < count; ++i) {
      // A failure among those before may have locked out those behind it.
      if (ABSL_PREDICT_FALSE(failed)) {
        Admit(snapshot, requests[begin + i], now, attempts[i]);
      }
      // Made in place: an assignment would copy what nobody has set.
      auto* const decision = new (&decisions[begin + i]) Decision;
      Decide(snapshot, requests[begin + i], now, attempts[i], *decision);
      failed |= IsFailedProof(decision->reason);
      Observe(snapshot, requests[begin + i], now, attempts[i], *decision);
    }
  }
}

// extract: the one credential, and where its key will be.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Extract(
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

// extract: a proxy's own certificates are not its client's. Whatever it
// forwards stands for the connection's, and so does nothing.
Reason Validator::Worker::TakeForwarded(const Snapshot& snapshot,
                                        const RequestView& request,
                                        Attempt& attempt) const {
  if (!snapshot.trusted_proxies().Contains(request.peer)) {
    return Reason::kNoCredential;
  }
  attempt.credential.chain = nullptr;
  ForwardedCertificate forwarded =
      ReadForwardedCertificate(*snapshot.forwarded(), request.headers);
  switch (forwarded.outcome) {
    case ForwardedCertificate::Outcome::kAbsent:
      return Reason::kNoCredential;
    case ForwardedCertificate::Outcome::kMalformed:
      break;
    case ForwardedCertificate::Outcome::kFound:
      attempt.forwarded = ClientChain::Of(std::move(forwarded.certificates));
      if (!attempt.forwarded.has_value()) break;
      attempt.credential.chain = &*attempt.forwarded;
      return Reason::kNoCredential;
  }
  return Reason::kMalformedCredential;
}

// admission: where the request comes from, and whether too much failed there:
// then only what was proved before is taken.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Admit(
    const Snapshot& snapshot, const RequestView& request, Now now,
    Attempt& attempt) const {
  attempt.client = &ClientOf(snapshot, request, attempt.forwarded_client);
  const AdmissionRules* const rules = snapshot.admission();
  if (rules == nullptr || attempt.client->is_none()) return;
  attempt.standing = shared_->admission.Judge(*rules, *attempt.client,
                                              attempt.key_id(), now.monotonic);
}

// A credential that failed, or was not looked at: it is counted, or answered as
// what is locked out is.
ABSL_ATTRIBUTE_NOINLINE void Validator::Worker::SettleFailure(
    const AdmissionRules& rules, Now now, const Attempt& attempt,
    Decision& decision) {
  int64_t locked_ms = attempt.standing.locked_ms;
  if (locked_ms == 0) {
    shared_->admission.RecordFailure(rules, *attempt.client, attempt.key_id(),
                                     now.monotonic);
    locked_ms = attempt.standing.key_locked_ms;
  }
  if (locked_ms == 0) return;
  decision.reason = Reason::kLockedOut;
  decision.charge.retry_after_us = locked_ms * 1000;
}

// Counts, and writes down what is to be.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Observe(
    const Snapshot& snapshot, const RequestView& request, Now now,
    const Attempt& attempt, const Decision& decision) {
  seat_->counters.Count(decision.strategy, decision.reason);
  if (ABSL_PREDICT_FALSE(IsWritten(snapshot, decision.verdict))) {
    WriteEvent(snapshot, request, now, attempt, decision);
  }
}

// An event with what all have, not yet committed; null, and a drop counted,
// when there is no room.
AuditEvent* Validator::Worker::BeginEvent(const Snapshot& snapshot, Now now) {
  AuditEvent* const place = seat_->events.Begin();
  if (place == nullptr) return nullptr;
  auto* const event = new (place) AuditEvent;
  event->time = now.wall;
  event->generation = snapshot.generation();
  return event;
}

ABSL_ATTRIBUTE_NOINLINE void Validator::Worker::WriteEvent(
    const Snapshot& snapshot, const RequestView& request, Now now,
    const Attempt& attempt, const Decision& decision) {
  AuditEvent* const event = BeginEvent(snapshot, now);
  if (event == nullptr) return;
  event->verdict = decision.verdict;
  event->reason = decision.reason;
  event->strategy = decision.strategy;
  event->proven = decision.proven;
  event->has_key_id = attempt.has_key();
  event->key_id = attempt.credential.id;
  event->source = *attempt.client;
  Fill(event->principal, decision.principal.text());
  Fill(event->request_id,
       request.request_id.substr(0, limits::kRequestIdBytesMax));
  Fill(event->trace_id, TraceOf(request));
  seat_->events.Commit();
}

// Notes the day and the network that a key is used on and from, when they are
// others than the last time.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::NoteUse(
    const KeyProfile& profile, const Attempt& attempt, Now now) {
  const auto day = static_cast<uint32_t>(now.wall.value / kSecondsPerDay);
  const uint32_t seen = day << 16 | NetworkBits(*attempt.client);
  // Relaxed: a note that nothing depends on.
  if (ABSL_PREDICT_FALSE(profile.last_seen.load(std::memory_order_relaxed) !=
                         seen)) {
    WriteSighting(profile, seen, {attempt.credential.id, day, *attempt.client});
  }
}

// When there is no room it is noted the next time.
ABSL_ATTRIBUTE_NOINLINE void Validator::Worker::WriteSighting(
    const KeyProfile& profile, uint32_t seen, const Sighting& sighting) {
  Sighting* const place = seat_->sightings.Begin();
  if (place == nullptr) return;
  new (place) Sighting(sighting);
  seat_->sightings.Commit();
  profile.last_seen.store(seen, std::memory_order_relaxed);
}

// verify: whether a public-key operation may be spent on what is not proved.
Reason Validator::Worker::Afford(const Snapshot& snapshot,
                                 const Attempt& attempt, uint32_t operations,
                                 Now now) {
  const AdmissionRules* const rules = snapshot.admission();
  return rules == nullptr ? Reason::kOk
                          : shared_->admission.Spend(*rules, *attempt.client,
                                                     operations, now.monotonic);
}

// lookup: the key's record, unless a batch has done it before. What proving and
// charging will need is on its way while the rules are evaluated; an id that
// has no key is made to cost as much.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Lookup(
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
  shared_->limiter.Prefetch(*limiter_, attempt.found->bucket);
}

// Each strategy's own road, then the verdict.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::Decide(
    const Snapshot& snapshot, const RequestView& request, Now now,
    Attempt& attempt, Decision& decision) {
  decision.reason = attempt.credential.reason;
  if (ABSL_PREDICT_FALSE(attempt.client->is_none()) &&
      decision.reason != Reason::kNoCredential) {
    // Whom to hold responsible is not known: nobody gets to try.
    decision.reason = Reason::kMalformedRequest;
  }
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
        DecideToken(snapshot, request, now, attempt, decision);
      }
      break;
    case CredentialKind::kCertificate:
      decision.strategy = Strategy::kMtls;
      if (decision.reason == Reason::kOk) {
        DecideCertificate(snapshot, request, now, attempt, decision);
      }
      break;
  }
  const AdmissionRules* const admission = snapshot.admission();
  if (ABSL_PREDICT_FALSE(IsFailedProof(decision.reason)) &&
      admission != nullptr) {
    SettleFailure(*admission, now, attempt, decision);
  }
  decision.verdict = VerdictOf(decision.reason);
}

// lookup, verify, policy, limit, in this order of precedence. What is pure
// comes earlier, while memory is waited for: the path is parsed while the
// record is on its way, the policy's rules are evaluated while the profile is.
// What they say counts only once the proof is there.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Validator::Worker::DecideKey(
    const Snapshot& snapshot, const RequestView& request, Now now,
    Attempt& attempt, Decision& decision) {
  const Peppers& peppers = snapshot.peppers();
  if (attempt.found == nullptr) {
    attempt.bucket = shared_->keys.Approach(attempt.hash);
  }
  SecretTag tag;
  const bool tagged = peppers.tagger() != nullptr;
  if (tagged) tag = peppers.tagger()->Of(attempt.credential.secret);
  const Route route(request);
  Lookup(attempt);
  const PolicyEntry* const policy = attempt.found != nullptr
                                        ? snapshot.policy(attempt.found->policy)
                                        : nullptr;
  EndStage("lookup");
  const Reason rules = Evaluate(*attempt.client, route, now, policy);
  EndStage("policy");
  const ApiKeyProof proof = JudgeApiKey(
      peppers, attempt.credential.secret, tagged ? &tag : nullptr,
      {attempt.record, attempt.decoy, attempt.standing.locked_ms > 0},
      now.wall);
  EndStage("verify");
  decision.reason = proof.reason;
  if (proof.record == nullptr) return;
  Describe(*proof.record, policy, decision);
  if (decision.reason == Reason::kOk) decision.reason = rules;
  if (decision.reason == Reason::kOk) {
    decision.reason = CheckScopes(snapshot, route, decision);
    EndStage("scopes");
  }
  if (decision.reason == Reason::kOk) {
    decision.reason = Charge(
        {&shared_->keys, proof.record, policy->limits, proof.record->policy},
        now, decision);
    EndStage("limit");
  }
  if (decision.reason == Reason::kOk) {
    NoteUse(*proof.record->profile, attempt, now);
  }
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
        charged.policy.has_value()
            ? shared_->snapshot.Load()->policy(*charged.policy)
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
