// Why a request was decided as it was: a closed set with stable names.
//
// Reasons are for operators, logs and metrics. What the client is told is
// coarser (see HttpStatus): an unknown key id and a wrong secret, for example,
// are two reasons and one answer.

#ifndef TOLLGATE_ENGINE_MODEL_REASON_H_
#define TOLLGATE_ENGINE_MODEL_REASON_H_

#include <cstdint>
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

inline constexpr int kReasonCount = static_cast<int>(Reason::kOverloaded) + 1;

// Returns the stable snake_case name, such as "key_expired".
std::string_view ReasonName(Reason reason);

// Returns "allow", "deny", "throttle" or "unavailable".
std::string_view VerdictName(Verdict verdict);

// Returns the verdict that `reason` leads to.
constexpr Verdict VerdictOf(Reason reason) {
  switch (reason) {
    case Reason::kOk:
      return Verdict::kAllow;
    case Reason::kRateLimited:
    case Reason::kLockedOut:
    case Reason::kVerifyBudgetSpent:
      return Verdict::kThrottle;
    case Reason::kInternalUnavailable:
    case Reason::kOverloaded:
      return Verdict::kUnavailable;
    case Reason::kNoCredential:
    case Reason::kMultipleCredentials:
    case Reason::kMalformedRequest:
    case Reason::kMalformedCredential:
    case Reason::kBadChecksum:
    case Reason::kUnknownKey:
    case Reason::kWrongSecret:
    case Reason::kKeyDisabled:
    case Reason::kKeyRevoked:
    case Reason::kKeyExpired:
    case Reason::kUnknownIssuer:
    case Reason::kUnknownKid:
    case Reason::kAlgorithmNotAllowed:
    case Reason::kBadSignature:
    case Reason::kTokenExpired:
    case Reason::kTokenNotYetValid:
    case Reason::kTokenLivesTooLong:
    case Reason::kAudienceMismatch:
    case Reason::kMissingClaim:
    case Reason::kWrongTokenType:
    case Reason::kTokenRevoked:
    case Reason::kReplayed:
    case Reason::kProofOfPossessionFailed:
    case Reason::kCertificateExpired:
    case Reason::kCertificateNotYetValid:
    case Reason::kUnknownAnchor:
    case Reason::kWrongUsage:
    case Reason::kNotAnAuthority:
    case Reason::kPathTooLong:
    case Reason::kNameNotPermitted:
    case Reason::kCertificatePolicy:
    case Reason::kCriticalExtension:
    case Reason::kWeakCertificate:
    case Reason::kCertificateRevoked:
    case Reason::kRevocationUnknown:
    case Reason::kTooMuchWork:
    case Reason::kIdentityNotAccepted:
    case Reason::kNotRegistered:
    case Reason::kPublisherUnknown:
    case Reason::kDefinitionNotYetValid:
    case Reason::kDefinitionExpired:
    case Reason::kDefinitionRevoked:
    case Reason::kHiddenText:
    case Reason::kNotPinned:
    case Reason::kDefinitionChanged:
    case Reason::kVersionNotApproved:
    case Reason::kVersionRollback:
    case Reason::kCapabilityAdded:
    case Reason::kPublisherChanged:
    case Reason::kLookalikeName:
    case Reason::kPolicyMissing:
    case Reason::kIpNotAllowed:
    case Reason::kEndpointNotAllowed:
    case Reason::kOutsideHours:
    case Reason::kInsufficientScope:
      return Verdict::kDeny;
  }
  return Verdict::kDeny;
}

// Whether `reason` says that a credential is no good, and may be a guess or a
// forgery, or was not looked at for that: what admission deals with. What was
// proved once, and is expired, revoked or not allowed, is none; neither is what
// a refusal says of the request.
constexpr bool IsFailedProof(Reason reason) {
  switch (reason) {
    case Reason::kMalformedCredential:
    case Reason::kBadChecksum:
    case Reason::kUnknownKey:
    case Reason::kWrongSecret:
    case Reason::kUnknownIssuer:
    case Reason::kUnknownKid:
    case Reason::kAlgorithmNotAllowed:
    case Reason::kBadSignature:
    case Reason::kReplayed:
    case Reason::kProofOfPossessionFailed:
    case Reason::kUnknownAnchor:
    case Reason::kWrongUsage:
    case Reason::kNotAnAuthority:
    case Reason::kPathTooLong:
    case Reason::kNameNotPermitted:
    case Reason::kCertificatePolicy:
    case Reason::kCriticalExtension:
    case Reason::kWeakCertificate:
    case Reason::kTooMuchWork:
    case Reason::kLockedOut:
      return true;
    case Reason::kInternalUnavailable:
    case Reason::kOk:
    case Reason::kNoCredential:
    case Reason::kMultipleCredentials:
    case Reason::kMalformedRequest:
    case Reason::kKeyDisabled:
    case Reason::kKeyRevoked:
    case Reason::kKeyExpired:
    case Reason::kTokenExpired:
    case Reason::kTokenNotYetValid:
    case Reason::kTokenLivesTooLong:
    case Reason::kAudienceMismatch:
    case Reason::kMissingClaim:
    case Reason::kWrongTokenType:
    case Reason::kTokenRevoked:
    case Reason::kCertificateExpired:
    case Reason::kCertificateNotYetValid:
    case Reason::kCertificateRevoked:
    case Reason::kRevocationUnknown:
    case Reason::kIdentityNotAccepted:
    case Reason::kNotRegistered:
    case Reason::kPublisherUnknown:
    case Reason::kDefinitionNotYetValid:
    case Reason::kDefinitionExpired:
    case Reason::kDefinitionRevoked:
    case Reason::kHiddenText:
    case Reason::kNotPinned:
    case Reason::kDefinitionChanged:
    case Reason::kVersionNotApproved:
    case Reason::kVersionRollback:
    case Reason::kCapabilityAdded:
    case Reason::kPublisherChanged:
    case Reason::kLookalikeName:
    case Reason::kPolicyMissing:
    case Reason::kIpNotAllowed:
    case Reason::kEndpointNotAllowed:
    case Reason::kOutsideHours:
    case Reason::kInsufficientScope:
    case Reason::kRateLimited:
    case Reason::kVerifyBudgetSpent:
    case Reason::kOverloaded:
      return false;
  }
  return true;
}

// Returns the status a gateway should answer: 200, 400, 401, 403, 429 or 503.
int HttpStatus(Reason reason);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_REASON_H_
