// The road of a request, from its bytes to its verdict; by way of an API key,
// to its limits.

#include "engine/validator.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/types/span.h"
#include "engine/extract/extractor.h"
#include "engine/extract/query_token.h"
#include "engine/pipeline.h"
#include "engine/pipeline_stages.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/verify/api_key.h"

namespace tollgate {
namespace {

// Of so many validations, one is timed.
constexpr uint64_t kTimedOnceIn = 64;

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

Decision Pipeline::Validate(const RequestView& request, Now now) {
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

Decision Pipeline::Explain(const RequestView& request, Now now,
                           Explanation& explanation) {
  explanation.Begin();
  explanation_ = &explanation;
  const Decision decision = Validate(request, now);
  explanation_ = nullptr;
  if (!IsRuled(decision.reason)) explanation.SetRule("");
  return decision;
}

void Pipeline::ValidateBatch(absl::Span<const RequestView> requests, Now now,
                             absl::Span<Decision> decisions) {
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

// Each strategy's own road, then the verdict.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Pipeline::Decide(
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
  Conclude(snapshot, now, attempt, decision);
}

// lookup, verify, policy, limit, in this order of precedence. What is pure
// comes earlier, while memory is waited for: the path is parsed while the
// record is on its way, the policy's rules are evaluated while the profile is.
// What they say counts only once the proof is there.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Pipeline::DecideKey(
    const Snapshot& snapshot, const RequestView& request, Now now,
    Attempt& attempt, Decision& decision) {
  // RFC 6750 section 2; see DecideToken.
  if (ABSL_PREDICT_FALSE(attempt.credential.bearer_key) &&
      HasQueryToken(request.target)) {
    decision.reason = Reason::kMultipleCredentials;
    return;
  }
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

// The handle's own: each is the pipeline's.

Validator::Worker::Worker(std::unique_ptr<Pipeline> pipeline)
    : pipeline_(std::move(pipeline)) {}
Validator::Worker::Worker(Worker&&) noexcept = default;
Validator::Worker& Validator::Worker::operator=(Worker&&) noexcept = default;
Validator::Worker::~Worker() = default;

Validator::Worker Validator::RegisterWorker() {
  return Worker(std::make_unique<Pipeline>(shared_.get()));
}

Decision Validator::Worker::Validate(const RequestView& request, Now now) {
  return pipeline_->Validate(request, now);
}

Decision Validator::Worker::Explain(const RequestView& request, Now now,
                                    Explanation& explanation) {
  return pipeline_->Explain(request, now, explanation);
}

bool Validator::Worker::HasCredential(const RequestView& request) {
  return pipeline_->HasCredential(request);
}

Decision Validator::Worker::Refuse(const RequestView& request,
                                   Strategy strategy, Reason reason, Now now) {
  return pipeline_->Refuse(request, strategy, reason, now);
}

void Validator::Worker::ValidateBatch(absl::Span<const RequestView> requests,
                                      Now now, absl::Span<Decision> decisions) {
  pipeline_->ValidateBatch(requests, now, decisions);
}

ToolDecision Validator::Worker::VerifyToolDefinition(
    const ToolDocumentText& text, Now now, std::string* canonical) {
  return pipeline_->VerifyToolDefinition(text, now, canonical);
}

void Validator::Worker::VerifyToolDefinitions(
    absl::Span<const ToolDocumentText> texts, Now now,
    absl::Span<ToolDecision> decisions, absl::Span<std::string> canonicals) {
  pipeline_->VerifyToolDefinitions(texts, now, decisions, canonicals);
}

void Validator::Worker::Idle() { pipeline_->Idle(); }

}  // namespace tollgate
