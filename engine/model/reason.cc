#include "engine/model/reason.h"

namespace tollgate {

std::string_view ReasonName(Reason reason) {
  switch (reason) {
    case Reason::kInternalUnavailable:
      return "internal_unavailable";
    case Reason::kOk:
      return "ok";
    case Reason::kNoCredential:
      return "no_credential";
    case Reason::kMultipleCredentials:
      return "multiple_credentials";
    case Reason::kMalformedRequest:
      return "malformed_request";
    case Reason::kMalformedCredential:
      return "malformed_credential";
    case Reason::kBadChecksum:
      return "bad_checksum";
    case Reason::kUnknownKey:
      return "unknown_key";
    case Reason::kWrongSecret:
      return "wrong_secret";
    case Reason::kKeyDisabled:
      return "key_disabled";
    case Reason::kKeyRevoked:
      return "key_revoked";
    case Reason::kKeyExpired:
      return "key_expired";
    case Reason::kUnknownIssuer:
      return "unknown_issuer";
    case Reason::kUnknownKid:
      return "unknown_kid";
    case Reason::kAlgorithmNotAllowed:
      return "algorithm_not_allowed";
    case Reason::kBadSignature:
      return "bad_signature";
    case Reason::kTokenExpired:
      return "token_expired";
    case Reason::kTokenNotYetValid:
      return "token_not_yet_valid";
    case Reason::kTokenLivesTooLong:
      return "token_lives_too_long";
    case Reason::kAudienceMismatch:
      return "audience_mismatch";
    case Reason::kMissingClaim:
      return "missing_claim";
    case Reason::kWrongTokenType:
      return "wrong_token_type";
    case Reason::kTokenRevoked:
      return "token_revoked";
    case Reason::kReplayed:
      return "replayed";
    case Reason::kProofOfPossessionFailed:
      return "proof_of_possession_failed";
    case Reason::kCertificateExpired:
      return "certificate_expired";
    case Reason::kCertificateNotYetValid:
      return "certificate_not_yet_valid";
    case Reason::kUnknownAnchor:
      return "unknown_anchor";
    case Reason::kWrongUsage:
      return "wrong_usage";
    case Reason::kNotAnAuthority:
      return "not_an_authority";
    case Reason::kPathTooLong:
      return "path_too_long";
    case Reason::kNameNotPermitted:
      return "name_not_permitted";
    case Reason::kCertificatePolicy:
      return "certificate_policy";
    case Reason::kCriticalExtension:
      return "critical_extension";
    case Reason::kWeakCertificate:
      return "weak_certificate";
    case Reason::kCertificateRevoked:
      return "certificate_revoked";
    case Reason::kRevocationUnknown:
      return "revocation_unknown";
    case Reason::kTooMuchWork:
      return "too_much_work";
    case Reason::kIdentityNotAccepted:
      return "identity_not_accepted";
    case Reason::kNotRegistered:
      return "not_registered";
    case Reason::kPolicyMissing:
      return "policy_missing";
    case Reason::kIpNotAllowed:
      return "ip_not_allowed";
    case Reason::kEndpointNotAllowed:
      return "endpoint_not_allowed";
    case Reason::kOutsideHours:
      return "outside_hours";
    case Reason::kInsufficientScope:
      return "insufficient_scope";
    case Reason::kRateLimited:
      return "rate_limited";
  }
  return "internal_unavailable";
}

std::string_view VerdictName(Verdict verdict) {
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

int HttpStatus(Reason reason) {
  switch (reason) {
    case Reason::kOk:
      return 200;
    case Reason::kMultipleCredentials:
    case Reason::kMalformedRequest:
      return 400;
    case Reason::kNoCredential:
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
      return 401;
    case Reason::kPolicyMissing:
    case Reason::kIpNotAllowed:
    case Reason::kEndpointNotAllowed:
    case Reason::kOutsideHours:
    case Reason::kInsufficientScope:
      return 403;
    case Reason::kRateLimited:
      return 429;
    case Reason::kInternalUnavailable:
      return 503;
  }
  return 503;
}

}  // namespace tollgate
