// Why a request was decided as it was: a closed set with stable names, and what
// follows from each, in one table.
//
// Reasons are for operators, logs and metrics. What the client is told is
// coarser (see HttpStatus): an unknown key id and a wrong secret, for example,
// are two reasons and one answer.

#ifndef TOLLGATE_ENGINE_MODEL_REASON_H_
#define TOLLGATE_ENGINE_MODEL_REASON_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace tollgate {

// The zero value of a verdict is deny: what nobody decided is refused.
enum class Verdict : uint8_t {
  kDeny = 0,
  kAllow,
  kThrottle,
  kUnavailable,
};

// The zero value is a refusal by the engine itself.
enum class Reason : uint8_t {
  kInternalUnavailable = 0,
  kOk,
  // extract
  kNoCredential,
  kMultipleCredentials,
  kMalformedRequest,
  kMalformedCredential,
  // verify: API keys
  kBadChecksum,
  kUnknownKey,
  kWrongSecret,
  kKeyDisabled,
  kKeyRevoked,
  kKeyExpired,
  // verify: tokens
  kUnknownIssuer,
  kUnknownKid,
  kAlgorithmNotAllowed,
  kBadSignature,
  kTokenExpired,
  kTokenNotYetValid,
  kTokenLivesTooLong,
  kAudienceMismatch,
  kMissingClaim,
  kWrongTokenType,
  kTokenRevoked,
  kReplayed,
  kProofOfPossessionFailed,
  // verify: certificates
  kCertificateExpired,
  kCertificateNotYetValid,
  kUnknownAnchor,
  kWrongUsage,
  kNotAnAuthority,
  kPathTooLong,
  kNameNotPermitted,
  kCertificatePolicy,
  kCriticalExtension,
  kWeakCertificate,
  kCertificateRevoked,
  kRevocationUnknown,
  kTooMuchWork,
  kIdentityNotAccepted,
  kNotRegistered,
  // verify: tool definitions
  kPublisherUnknown,
  kDefinitionNotYetValid,
  kDefinitionExpired,
  kDefinitionRevoked,
  kHiddenText,
  // policy: pins of tool definitions
  kNotPinned,
  kDefinitionChanged,
  kVersionNotApproved,
  kVersionRollback,
  kCapabilityAdded,
  kPublisherChanged,
  kLookalikeName,
  // policy
  kPolicyMissing,
  kIpNotAllowed,
  kEndpointNotAllowed,
  kOutsideHours,
  kInsufficientScope,
  // limit
  kRateLimited,
  // admission
  kLockedOut,
  kVerifyBudgetSpent,  // of the source
  kOverloaded,         // of all
};

// Returns the verdict of what is answered so.
constexpr Verdict VerdictOfStatus(int status) {
  switch (status) {
    case 200:
      return Verdict::kAllow;
    case 429:
      return Verdict::kThrottle;
    case 503:
      return Verdict::kUnavailable;
    default:
      return Verdict::kDeny;
  }
}

// What follows from a reason; the functions below say what it means.
struct ReasonRow {
  Reason reason;
  std::string_view name;
  int status;
  bool failed_proof = false;
  Verdict verdict = VerdictOfStatus(status);
};

inline constexpr bool kFailedProof = true;

// A row a reason, in their order.
inline constexpr ReasonRow kReasonRows[] = {
    {Reason::kInternalUnavailable, "internal_unavailable", 503},
    {Reason::kOk, "ok", 200},
    {Reason::kNoCredential, "no_credential", 401},
    {Reason::kMultipleCredentials, "multiple_credentials", 400},
    {Reason::kMalformedRequest, "malformed_request", 400},
    {Reason::kMalformedCredential, "malformed_credential", 401, kFailedProof},
    {Reason::kBadChecksum, "bad_checksum", 401, kFailedProof},
    {Reason::kUnknownKey, "unknown_key", 401, kFailedProof},
    {Reason::kWrongSecret, "wrong_secret", 401, kFailedProof},
    {Reason::kKeyDisabled, "key_disabled", 401},
    {Reason::kKeyRevoked, "key_revoked", 401},
    {Reason::kKeyExpired, "key_expired", 401},
    {Reason::kUnknownIssuer, "unknown_issuer", 401, kFailedProof},
    {Reason::kUnknownKid, "unknown_kid", 401, kFailedProof},
    {Reason::kAlgorithmNotAllowed, "algorithm_not_allowed", 401, kFailedProof},
    {Reason::kBadSignature, "bad_signature", 401, kFailedProof},
    {Reason::kTokenExpired, "token_expired", 401},
    {Reason::kTokenNotYetValid, "token_not_yet_valid", 401},
    {Reason::kTokenLivesTooLong, "token_lives_too_long", 401},
    {Reason::kAudienceMismatch, "audience_mismatch", 401},
    {Reason::kMissingClaim, "missing_claim", 401},
    {Reason::kWrongTokenType, "wrong_token_type", 401},
    {Reason::kTokenRevoked, "token_revoked", 401},
    {Reason::kReplayed, "replayed", 401, kFailedProof},
    {Reason::kProofOfPossessionFailed, "proof_of_possession_failed", 401,
     kFailedProof},
    {Reason::kCertificateExpired, "certificate_expired", 401},
    {Reason::kCertificateNotYetValid, "certificate_not_yet_valid", 401},
    {Reason::kUnknownAnchor, "unknown_anchor", 401, kFailedProof},
    {Reason::kWrongUsage, "wrong_usage", 401, kFailedProof},
    {Reason::kNotAnAuthority, "not_an_authority", 401, kFailedProof},
    {Reason::kPathTooLong, "path_too_long", 401, kFailedProof},
    {Reason::kNameNotPermitted, "name_not_permitted", 401, kFailedProof},
    {Reason::kCertificatePolicy, "certificate_policy", 401, kFailedProof},
    {Reason::kCriticalExtension, "critical_extension", 401, kFailedProof},
    {Reason::kWeakCertificate, "weak_certificate", 401, kFailedProof},
    {Reason::kCertificateRevoked, "certificate_revoked", 401},
    {Reason::kRevocationUnknown, "revocation_unknown", 401},
    {Reason::kTooMuchWork, "too_much_work", 401, kFailedProof},
    {Reason::kIdentityNotAccepted, "identity_not_accepted", 401},
    {Reason::kNotRegistered, "not_registered", 401},
    {Reason::kPublisherUnknown, "publisher_unknown", 401},
    {Reason::kDefinitionNotYetValid, "definition_not_yet_valid", 401},
    {Reason::kDefinitionExpired, "definition_expired", 401},
    {Reason::kDefinitionRevoked, "definition_revoked", 401},
    {Reason::kHiddenText, "hidden_text", 403},
    {Reason::kNotPinned, "not_pinned", 403},
    {Reason::kDefinitionChanged, "definition_changed", 403},
    {Reason::kVersionNotApproved, "version_not_approved", 403},
    {Reason::kVersionRollback, "version_rollback", 403},
    {Reason::kCapabilityAdded, "capability_added", 403},
    {Reason::kPublisherChanged, "publisher_changed", 403},
    {Reason::kLookalikeName, "lookalike_name", 403},
    {Reason::kPolicyMissing, "policy_missing", 403},
    {Reason::kIpNotAllowed, "ip_not_allowed", 403},
    {Reason::kEndpointNotAllowed, "endpoint_not_allowed", 403},
    {Reason::kOutsideHours, "outside_hours", 403},
    {Reason::kInsufficientScope, "insufficient_scope", 403},
    {Reason::kRateLimited, "rate_limited", 429},
    {Reason::kLockedOut, "locked_out", 429, kFailedProof},
    {Reason::kVerifyBudgetSpent, "verify_budget_spent", 429},
    {Reason::kOverloaded, "overloaded", 503},
};

inline constexpr int kReasonCount = std::size(kReasonRows);

static_assert(
    [] {
      for (int i = 0; i < kReasonCount; ++i) {
        if (static_cast<int>(kReasonRows[i].reason) != i) return false;
      }
      return kReasonRows[kReasonCount - 1].reason == Reason::kOverloaded;
    }(),
    "each reason has its row");

// Returns the row of `reason`; of what is none, that of the zero value.
constexpr const ReasonRow& RowOf(Reason reason) {
  const auto index = static_cast<size_t>(reason);
  return kReasonRows[index < std::size(kReasonRows) ? index : 0];
}

// Returns the stable snake_case name, such as "key_expired".
constexpr std::string_view ReasonName(Reason reason) {
  return RowOf(reason).name;
}

// Returns the status a gateway should answer: 200, 400, 401, 403, 429 or 503.
constexpr int HttpStatus(Reason reason) { return RowOf(reason).status; }

// Whether `reason` says that a credential is no good, and may be a guess or a
// forgery, or was not looked at for that: what admission deals with. What was
// proved once, and is expired, revoked or not allowed, is none; neither is what
// a refusal says of the request.
constexpr bool IsFailedProof(Reason reason) {
  return RowOf(reason).failed_proof;
}

// Returns the verdict that `reason` leads to.
constexpr Verdict VerdictOf(Reason reason) { return RowOf(reason).verdict; }

// Returns "allow", "deny", "throttle" or "unavailable".
constexpr std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kDeny:
      return "deny";
    case Verdict::kAllow:
      return "allow";
    case Verdict::kThrottle:
      return "throttle";
    case Verdict::kUnavailable:
      return "unavailable";
  }
  return "deny";
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_REASON_H_
