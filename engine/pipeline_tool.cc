// How the validator decides about signed tool definitions.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/optimization.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/crypto/sha256.h"
#include "engine/definition_proof.h"
#include "engine/pipeline_stages.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/tool_trust.h"

namespace tollgate {
namespace {

// Tells what the proof established.
void Describe(const VerifiedDefinition& definition, ToolDecision& decision) {
  // They fit: of configuration and verifier, which have the same bounds.
  decision.proven = decision.publisher.Assign(definition.publisher) &&
                    decision.tool.Assign(definition.tool) &&
                    decision.version.Assign(definition.version);
  decision.digest = definition.digest;
}

// What is too long for a fingerprint has one by its digest. A detached
// signature is none of its payload, and not remembered: it has the fingerprint
// that is never found.
Fingerprint FingerprintOf(const DefinitionCache& cache,
                          const ToolDocumentText& text) {
  if (text.detached.has_value()) return Fingerprint();
  if (text.document.size() <= limits::kTokenBytesMax) {
    return cache.FingerprintOf(text.document);
  }
  // Not the digest alone, which could be sent as a document. No JSON begins so.
  const Sha256Digest digest = Sha256(text.document);
  return cache.FingerprintOf(
      absl::StrCat("sha-256 of a document: ", BytesOf(digest)));
}

// What a document that is accepted once is known by: what it says and since
// when, not how it is spelt.
std::string OneTimeValueOf(const VerifiedDefinition& definition) {
  return absl::StrCat(definition.issued_at.value, ":",
                      std::string_view(BytesOf(definition.digest)));
}

// Until when it is known: in whole months after it was made, so that another
// `max_age`, of a later configuration, does not make it another one.
UnixSeconds OneTimeEndOf(const VerifiedDefinition& definition,
                         int64_t max_age_us) {
  constexpr int64_t kMonth = 30 * kSecondsPerDay;
  const int64_t months = max_age_us / 1'000'000 / kMonth + 1;
  int64_t end;
  if (__builtin_add_overflow(definition.issued_at.value, months * kMonth,
                             &end)) {
    end = std::numeric_limits<int64_t>::max();
  }
  return {end};
}

}  // namespace

ToolDecision Pipeline::VerifyToolDefinition(const ToolDocumentText& text,
                                            Now now, std::string* canonical) {
  const EpochDomain::Guard guard = participant_.Pin();
  const Snapshot& snapshot = *shared_->snapshot.Load();
  const ToolDecision decision = DecideTool(snapshot, text, now, canonical);
  Observe(snapshot, now, decision);
  return decision;
}

ToolDecision Pipeline::DecideTool(const Snapshot& snapshot,
                                  const ToolDocumentText& text, Now now,
                                  std::string* canonical) {
  ToolDecision decision;
  if (canonical != nullptr) canonical->clear();
  decision.reason = DecideDefinition(snapshot, text, now, canonical, decision);
  decision.verdict = VerdictOf(decision.reason);
  return decision;
}

void Pipeline::VerifyToolDefinitions(absl::Span<const ToolDocumentText> texts,
                                     Now now,
                                     absl::Span<ToolDecision> decisions,
                                     absl::Span<std::string> canonicals) {
  absl::flat_hash_set<std::string> names;
  const EpochDomain::Guard guard = participant_.Pin();
  const Snapshot& snapshot = *shared_->snapshot.Load();
  for (size_t i = 0; i < texts.size(); ++i) {
    std::string* const canonical =
        canonicals.empty() ? nullptr : &canonicals[i];
    ToolDecision& decision = decisions[i];
    decision = DecideTool(snapshot, texts[i], now, canonical);
    if (decision.verdict == Verdict::kAllow &&
        !names.emplace(decision.tool.text()).second) {
      // Whoever calls a tool of this name could get either.
      decision.reason = Reason::kLookalikeName;
      decision.verdict = VerdictOf(decision.reason);
      if (canonical != nullptr) canonical->clear();
    }
    Observe(snapshot, now, decision);
  }
}

// verify: finds that the document was proved before under what is in force, or
// proves it. A refusal describes what it proved as well.
Reason Pipeline::FindProof(const ToolTrust& trust,
                           const AdmissionRules* admission,
                           const ToolDocumentText& text, Now now,
                           ToolDecision& decision,
                           const DefinitionProof*& proof) {
  DefinitionCache& cache = shared_->definitions;
  const Fingerprint fingerprint = FingerprintOf(cache, text);
  proof = cache.Find(fingerprint, trust.stamp, now.wall);
  seat_->counters.CountCache(Strategy::kSignedTool, proof != nullptr);
  if (ABSL_PREDICT_TRUE(proof != nullptr)) return Reason::kOk;
  Reason reason = refused_.definitions.Find(fingerprint, trust.stamp, now.wall);
  if (reason != Reason::kOk) return reason;
  VerifiedDefinition verified;
  reason = definitions_.Verify(
      text, trust.publishers, trust.options.rules, DateOf(now.wall),
      [&] {
        return admission == nullptr
                   ? Reason::kOk
                   : shared_->admission.Spend(*admission, now.monotonic);
      },
      verified);
  if (reason == Reason::kBadSignature && fingerprint) {
    refused_.definitions.Remember(fingerprint, trust.stamp, now.wall, reason);
  }
  if (reason != Reason::kOk) {
    if (!verified.publisher.empty()) Describe(verified, decision);
    return reason;
  }
  const auto cache_seconds =
      static_cast<int64_t>(trust.options.cache_max_age_us / 1'000'000);
  auto made = std::make_unique<DefinitionProof>(std::move(verified));
  made->fingerprint = fingerprint;
  made->stamp = trust.stamp;
  made->life =
      ProofLife::Of(now.wall, {std::min(made->definition().good_until.value,
                                        now.wall.value + cache_seconds)});
  const ToolTrust* const current = shared_->snapshot.Load()->tools();
  proof = cache.Insert(participant_, std::move(made),
                       current != nullptr ? current->stamp : ProofStamp(),
                       now.wall);
  return Reason::kOk;
}

// The document's proof, found or made; then everything that is judged anew at
// every request: revocation and approval.
Reason Pipeline::DecideDefinition(const Snapshot& snapshot,
                                  const ToolDocumentText& text, Now now,
                                  std::string* canonical,
                                  ToolDecision& decision) {
  const ToolTrust* const trust = snapshot.tools();
  if (trust == nullptr) return Reason::kPublisherUnknown;
  const DefinitionProof* proof = nullptr;
  Reason reason =
      FindProof(*trust, snapshot.admission(), text, now, decision, proof);
  if (reason != Reason::kOk) return reason;
  const VerifiedDefinition& definition = proof->definition();
  Describe(definition, decision);
  if (!decision.proven) return Reason::kInternalUnavailable;
  // Relaxed: whoever made it false has refused to acknowledge what it is about.
  if (!shared_->revocations_known.load(std::memory_order_relaxed)) {
    return Reason::kInternalUnavailable;
  }
  if (shared_->revocations.IsRevoked({.issuer = proof->revocation_issuer(),
                                      .key_id = definition.key_id,
                                      .claims = &definition.digest,
                                      .issued_at = definition.issued_at.value},
                                     now.wall)) {
    return Reason::kDefinitionRevoked;
  }
  reason = JudgePins(*proof, trust->options.pins, now);
  if (reason == Reason::kOk && trust->options.one_time) {
    reason = Once("tool", definition.publisher, OneTimeValueOf(definition), now,
                  OneTimeEndOf(definition, trust->options.rules.max_age_us));
  }
  if (reason == Reason::kOk && canonical != nullptr) {
    canonical->assign(definition.canonical);
  }
  return reason;
}

// policy: whether this is the definition that was approved. The first of a tool
// may be approved by being asked about; that is durable before it is answered.
Reason Pipeline::JudgePins(const DefinitionProof& proof, PinMode mode,
                           Now now) {
  if (mode == PinMode::kOff) return Reason::kOk;
  const PinTable* pins = shared_->pins.Load();
  if (pins == nullptr) return Reason::kInternalUnavailable;
  if (ABSL_PREDICT_TRUE(proof.WasApprovedBy(*pins))) return Reason::kOk;
  const VerifiedDefinition& definition = proof.definition();
  const DefinitionFacts facts = FactsOf(definition);
  const Reason reason = pins->Judge(facts, mode);
  if (reason == Reason::kOk) proof.RememberApproval(*pins);
  if (reason != Reason::kNotPinned || mode != PinMode::kFirstUse) return reason;
  if (!shared_->approve_first(definition, now.wall).ok()) {
    return Reason::kInternalUnavailable;
  }
  pins = shared_->pins.Load();
  return pins != nullptr ? pins->Judge(facts, mode)
                         : Reason::kInternalUnavailable;
}

}  // namespace tollgate
