// A request's way through the stages, for one worker, and what that owns.
//
// When to use: through Validator::Worker, which is one. The road itself is
// Validate and DecideKey in validator.cc; the stages that every strategy takes
// are in pipeline_stages.h, what the others do of their own in
// pipeline_token.cc, pipeline_certificate.cc and pipeline_tool.cc; what is
// seldom done is out of line, in pipeline.cc, pipeline_events.cc and
// pipeline_limits.cc.
//
// Thread-safety: one thread at a time; what is shared between workers is behind
// `shared`. Ownership: borrows `shared`, which must outlive it; an Attempt
// views the request. Cost and errors: as engine/validator.h says.

#ifndef TOLLGATE_ENGINE_PIPELINE_H_
#define TOLLGATE_ENGINE_PIPELINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/base/ip_address.h"
#include "engine/certificate_proof.h"
#include "engine/crypto/fingerprint.h"
#include "engine/definition_proof.h"
#include "engine/explanation.h"
#include "engine/extract/client_chain.h"
#include "engine/extract/extractor.h"
#include "engine/limit/admission.h"
#include "engine/limit/rate_limiter.h"
#include "engine/lookup/key_record.h"
#include "engine/model/decision.h"
#include "engine/model/registration.h"
#include "engine/model/request.h"
#include "engine/model/tool_decision.h"
#include "engine/observer.h"
#include "engine/policy/method.h"
#include "engine/policy/path.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/sync/epoch.h"
#include "engine/token_proof.h"
#include "engine/token_prover.h"
#include "engine/tool_trust.h"
#include "engine/trust.h"
#include "engine/verify/dpop.h"
#include "engine/verify/proof_header.h"
#include "engine/verify/refusal_memory.h"
#include "engine/verify/tool_definition.h"

namespace tollgate {

class Pipeline {
 public:
  explicit Pipeline(Shared* shared);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // As those of Validator::Worker.
  Decision Validate(const RequestView& request, Now now);
  Decision Explain(const RequestView& request, Now now,
                   Explanation& explanation);
  bool HasCredential(const RequestView& request);
  Decision Refuse(const RequestView& request, Strategy strategy, Reason reason,
                  Now now);
  void ValidateBatch(absl::Span<const RequestView> requests, Now now,
                     absl::Span<Decision> decisions);
  ToolDecision VerifyToolDefinition(const ToolDocumentText& text, Now now,
                                    std::string* canonical);
  void VerifyToolDefinitions(absl::Span<const ToolDocumentText> texts, Now now,
                             absl::Span<ToolDecision> decisions,
                             absl::Span<std::string> canonicals);
  void Idle() { limiter_.Idle(); }

 private:
  // One request on its way through the stages.
  struct Attempt {
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
  struct Route {
    explicit Route(const RequestView& request) : method(request.method) {
      (void)CanonicalPath::Parse(request.target, path);
    }

    Method method;
    CanonicalPath path;  // not valid() when the target is refused
  };

  // What failed lately, for each strategy.
  struct Refused {
    RefusalMemory tokens;
    RefusalMemory certificates;
    RefusalMemory definitions;
  };

  // The stages, in the order of a request.
  void Extract(const Snapshot& snapshot, const RequestView& request,
               Attempt& attempt) const;
  Reason TakeForwarded(const Snapshot& snapshot, const RequestView& request,
                       Attempt& attempt) const;
  void Admit(const Snapshot& snapshot, const RequestView& request, Now now,
             Attempt& attempt) const;
  void Conclude(const Snapshot& snapshot, Now now, const Attempt& attempt,
                Decision& decision);
  void SettleFailure(const AdmissionRules& rules, Now now,
                     const Attempt& attempt, Decision& decision);
  void Observe(const Snapshot& snapshot, const RequestView& request, Now now,
               const Attempt& attempt, const Decision& decision);
  void Observe(const Snapshot& snapshot, Now now, const ToolDecision& decision);
  void EndStage(std::string_view name);
  Reason Evaluate(const IpAddress& client, const Route& route, Now now,
                  const PolicyEntry* policy);
  Reason CheckScopes(const Snapshot& snapshot, const Route& route,
                     Decision& decision);
  bool IsWritten(const Snapshot& snapshot, Verdict verdict);
  AuditEvent* BeginEvent(const Snapshot& snapshot, Now now);
  void WriteEvent(const Snapshot& snapshot, const RequestView& request, Now now,
                  const Attempt& attempt, const Decision& decision);
  void NoteUse(const KeyProfile& profile, const Attempt& attempt, Now now);
  void WriteSighting(const KeyProfile& profile, uint32_t seen,
                     const Sighting& sighting);
  ToolDecision DecideTool(const Snapshot& snapshot,
                          const ToolDocumentText& text, Now now,
                          std::string* canonical);
  Reason Afford(const Snapshot& snapshot, const Attempt& attempt,
                uint32_t operations, Now now);
  void Lookup(Attempt& attempt) const;
  void Decide(const Snapshot& snapshot, const RequestView& request, Now now,
              Attempt& attempt, Decision& decision);
  void DecideKey(const Snapshot& snapshot, const RequestView& request, Now now,
                 Attempt& attempt, Decision& decision);
  void DecideToken(const Snapshot& snapshot, const RequestView& request,
                   Now now, const Attempt& attempt, Decision& decision);
  Reason FindProof(const Snapshot& snapshot, const Attempt& attempt,
                   const Fingerprint& fingerprint, Now now,
                   const TokenProof*& proof);
  Reason JudgeProof(const Snapshot& snapshot, const RequestView& request,
                    const Route& route, Now now, const TokenProof& proof,
                    const Attempt& attempt, Decision& decision);
  void DecideCertificate(const Snapshot& snapshot, const RequestView& request,
                         Now now, const Attempt& attempt, Decision& decision);
  ProofStamp TrustStamp() const;
  Reason FindProof(const Snapshot& snapshot, const Attempt& attempt,
                   const Fingerprint& fingerprint, Now now,
                   const CertificateProof*& proof);
  const KeyRecord* FindRegistration(const Registration& certificate,
                                    uint64_t hash,
                                    const CertificateProof& proof) const;
  Reason JudgeProof(const Snapshot& snapshot, const RequestView& request,
                    Now now, const CertificateProof& proof,
                    const KeyRecord* record, const IpAddress& client,
                    Decision& decision);
  bool IsRegistered(const Sha256Digest& certificate) const;
  Reason Identify(const Trust& trust, const CertificateProof& proof, Now now,
                  const KeyRecord* record, Decision& decision) const;
  Reason FindProof(const ToolTrust& trust, const AdmissionRules* admission,
                   const ToolDocumentText& text, Now now,
                   ToolDecision& decision, const DefinitionProof*& proof);
  Reason DecideDefinition(const Snapshot& snapshot,
                          const ToolDocumentText& text, Now now,
                          std::string* canonical, ToolDecision& decision);
  Reason JudgePins(const DefinitionProof& proof, PinMode mode, Now now);
  Reason CheckPossession(const TokenProof& proof, const Extracted& credential,
                         const RequestView& request, Now now);
  Reason CheckDpop(const TokenExtras& extras, const Extracted& credential,
                   const RequestView& request, Now now);
  Reason Once(std::string_view kind, std::string_view owner,
              std::string_view value, Now now, UnixSeconds until);
  Reason AskLimits(const KeyRecord* principal, const LimitSet* limits, Now now,
                   Decision& decision);
  Reason ChargeToken(const TokenProof& proof, const PolicyEntry& policy,
                     const KeyRecord* principal, Now now, Decision& decision);
  // A policy by the index of its name, and its limits.
  struct PolicyLimits {
    uint16_t policy;
    const LimitSet* limits;
  };
  Reason ChargeCertificate(const CertificateProof& proof,
                           const KeyRecord* record, const PolicyLimits& limits,
                           Now now, Decision& decision);
  const KeyRecord* PrincipalRecord(const KeyId& id, uint16_t policy,
                                   const LimitSet* limits);

  // What is charged: the bucket of a record, under limits.
  struct Charged {
    KeyStore* store;  // of the record
    const KeyRecord* record;
    const LimitSet* limits;
    // Whose limits it goes on with when these are not in force any more.
    std::optional<uint16_t> policy;
  };
  Reason Charge(const Charged& charged, Now now, Decision& decision);
  ChargeResult ChargeRebound(const Charged& charged, Now now,
                             const LimitSet*& limits);
  BucketId NewestBucket(const Charged& charged, const LimitSet* limits,
                        Now now);

  Shared* const shared_;
  EpochDomain::Participant participant_;
  RateLimiter::Worker limiter_;
  TokenProver prover_;
  DpopReader dpop_;
  ToolDefinitionVerifier definitions_;
  Refused refused_;
  Observer::Place seat_;
  Explanation* explanation_ = nullptr;  // of the request that is asked about
  uint64_t calls_ = 0;                  // of Validate
  uint64_t allows_ = 0;                 // since one was written to the audit
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_PIPELINE_H_
