// How the validator decides about a client's certificates.

#include <algorithm>
#include <memory>
#include <string>

#include "absl/base/optimization.h"
#include "engine/bucket_name.h"
#include "engine/certificate_proof.h"
#include "engine/crypto/certificate_twin.h"
#include "engine/extract/client_chain.h"
#include "engine/model/registration.h"
#include "engine/pipeline_stages.h"
#include "engine/policy/path.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/trust.h"

namespace tollgate {
namespace {

bool IsInForce(const KeyRecord& record, UnixSeconds now) {
  return record.status == KeyStatus::kActive &&
         (record.expires_at == kNeverExpires ||
          now.value < int64_t{record.expires_at});
}

}  // namespace

// The chain's proof, found or made; then everything that is judged anew at
// every request. The registration's record is on its way meanwhile.
void Pipeline::DecideCertificate(const Snapshot& snapshot,
                                 const RequestView& request, Now now,
                                 const Attempt& attempt, Decision& decision) {
  const ClientChain& chain = *attempt.credential.chain;
  const KeyStore& store = shared_->registrations;
  const Registration registration = {RegistrationKind::kCertificate,
                                     chain.end_entity_digest()};
  const uint64_t hash = store.Hash(RecordNameOf(registration));
  store.PrefetchWord(hash);
  const Fingerprint fingerprint =
      shared_->certificates.FingerprintOf(BytesOf(chain.digest()));
  shared_->certificates.PrefetchSet(fingerprint);
  store.PrefetchRecord(hash);
  const CertificateProof* proof = nullptr;
  decision.reason = FindProof(snapshot, attempt, fingerprint, now, proof);
  EndStage("verify");
  if (decision.reason != Reason::kOk) return;
  const KeyRecord* const record =
      snapshot.trust()->options.accept == CertificateAcceptance::kAnchored
          ? nullptr
          : FindRegistration(registration, hash, *proof);
  decision.reason = JudgeProof(snapshot, request, now, *proof, record,
                               *attempt.client, decision);
}

// The stamp of what is in force at this moment; none when nothing is.
ProofStamp Pipeline::TrustStamp() const {
  const Trust* const trust = shared_->snapshot.Load()->trust();
  return trust != nullptr ? trust->stamp : ProofStamp();
}

// verify: finds that the chain was proved before under what is in force, or
// proves it. The snapshot, and with it the stamp, was loaded before.
Reason Pipeline::FindProof(const Snapshot& snapshot, const Attempt& attempt,
                           const Fingerprint& fingerprint, Now now,
                           const CertificateProof*& proof) {
  const auto& certificates = attempt.credential.chain->certificates();
  const Trust& trust = *snapshot.trust();
  CertificateCache& cache = shared_->certificates;
  proof = cache.Find(fingerprint, trust.stamp, now.wall);
  seat_->counters.CountCache(Strategy::kMtls, proof != nullptr);
  if (ABSL_PREDICT_TRUE(proof != nullptr)) return Reason::kOk;
  if (attempt.standing.locked_ms > 0) return Reason::kLockedOut;
  Reason reason =
      refused_.certificates.Find(fingerprint, trust.stamp, now.wall);
  if (reason != Reason::kOk) return reason;
  // Each has a signature to be checked.
  reason = Afford(snapshot, attempt, static_cast<uint32_t>(certificates.size()),
                  now);
  if (reason != Reason::kOk) return reason;
  VerifiedCertificate verified;
  reason = trust.verifier->Verify(certificates, now.wall, verified);
  if (IsFailedProof(reason)) {
    refused_.certificates.Remember(fingerprint, trust.stamp, now.wall, reason);
  }
  if (reason != Reason::kOk) return reason;
  auto made = std::make_unique<CertificateProof>(verified.identity);
  made->public_key_digest = verified.public_key_digest;
  std::string framed;
  made->principal_id =
      BucketName(*shared_, {"certificate", "", verified.identity}, framed);
  if (trust.options.accept != CertificateAcceptance::kAnchored) {
    made->twin_digest = TwinDigestOf(certificates.front());
  }
  made->fingerprint = fingerprint;
  made->stamp = trust.stamp;
  const auto cache_seconds =
      static_cast<int64_t>(trust.options.cache_max_age_us / 1'000'000);
  made->life = ProofLife::Of(
      now.wall,
      {std::min(verified.good_until.value, now.wall.value + cache_seconds)});
  proof = cache.Insert(participant_, std::move(made), TrustStamp(), now.wall);
  return Reason::kOk;
}

// Returns the record of the registration, in force or ended; null: there never
// was one. The certificate's own comes before its key's.
const KeyRecord* Pipeline::FindRegistration(
    const Registration& certificate, uint64_t hash,
    const CertificateProof& proof) const {
  const KeyStore& store = shared_->registrations;
  const KeyRecord* record = store.Find(RecordNameOf(certificate), hash);
  if (record == nullptr || record->digest != certificate.digest) {
    const Registration key = {RegistrationKind::kPublicKey,
                              proof.public_key_digest};
    const KeyId name = RecordNameOf(key);
    record = store.Find(name, store.Hash(name));
    if (record == nullptr || record->digest != key.digest) return nullptr;
  }
  __builtin_prefetch(record->profile);
  shared_->limiter.Prefetch(limiter_, record->bucket);
  return record;
}

// Whether a certificate is registered, or was.
bool Pipeline::IsRegistered(const Sha256Digest& certificate) const {
  const KeyId name =
      RecordNameOf({RegistrationKind::kCertificate, certificate});
  const KeyStore& store = shared_->registrations;
  const KeyRecord* const record = store.Find(name, store.Hash(name));
  return record != nullptr && record->digest == certificate;
}

// Whose the certificate is: that of its registration, or, where anchors are
// enough, of its own names. A registration that ended, by being taken back or
// by time, ends more than one that never was.
Reason Pipeline::Identify(const Trust& trust, const CertificateProof& proof,
                          Now now, const KeyRecord* record,
                          Decision& decision) const {
  const bool by_its_own =
      record != nullptr && record->digest != proof.public_key_digest;
  // In its other spelling, too, it is what was registered, if not as such.
  if (!by_its_own && proof.twin_digest.has_value() &&
      IsRegistered(*proof.twin_digest)) {
    return Reason::kNotRegistered;
  }
  if (record != nullptr) {
    if (!IsInForce(*record, now.wall)) return Reason::kNotRegistered;
    decision.scopes = record->profile->scopes;
    decision.principal.AssignChunks(record->profile->principal_bytes(),
                                    record->profile->principal_size);
    return Reason::kOk;
  }
  if (trust.options.accept == CertificateAcceptance::kRegistered) {
    return Reason::kNotRegistered;
  }
  if (proof.identity().empty()) return Reason::kIdentityNotAccepted;
  decision.principal.AssignChunks(proof.identity().data(),
                                  proof.identity().size());
  return Reason::kOk;
}

// verify's rest, which others can change: registration; then policy, scopes and
// limits. The rules are pure, and evaluated while the registration's profile
// and bucket are waited for.
Reason Pipeline::JudgeProof(const Snapshot& snapshot,
                            const RequestView& request, Now now,
                            const CertificateProof& proof,
                            const KeyRecord* record, const IpAddress& client,
                            Decision& decision) {
  const Route route(request);
  const bool own_policy =
      record != nullptr && record->policy != NameTable::kEmptyName;
  const uint16_t index =
      own_policy ? record->policy : snapshot.certificate_policy();
  const PolicyEntry* const policy = snapshot.policy(index);
  EndStage("lookup");
  const Reason rules = Evaluate(client, route, now, policy);
  EndStage("policy");
  Reason reason = Identify(*snapshot.trust(), proof, now, record, decision);
  EndStage("registration");
  if (reason != Reason::kOk) return reason;
  decision.proven = true;
  if (decision.scopes == nullptr && policy != nullptr) {
    decision.scopes = policy->scopes;
  }
  if (rules != Reason::kOk) return rules;
  reason = CheckScopes(snapshot, route, decision);
  EndStage("scopes");
  if (reason != Reason::kOk) return reason;
  reason =
      ChargeCertificate(proof, record, {index, policy->limits}, now, decision);
  EndStage("limit");
  return reason;
}

// limit: the bucket of the registration, or of the identity.
Reason Pipeline::ChargeCertificate(const CertificateProof& proof,
                                   const KeyRecord* record,
                                   const PolicyLimits& limits, Now now,
                                   Decision& decision) {
  if (limits.limits == nullptr) return Reason::kOk;
  KeyStore* const store =
      record != nullptr ? &shared_->registrations : &shared_->principals;
  if (record == nullptr) {
    record = PrincipalRecord(proof.principal_id, limits.policy, limits.limits);
  }
  if (record == nullptr) return Reason::kInternalUnavailable;
  // Not the record's policy, which may be older than what it is now.
  return Charge({store, record, limits.limits, limits.policy}, now, decision);
}

}  // namespace tollgate
