#include "engine/tls_judge.h"

#include <string>

#include "absl/types/span.h"

namespace tollgate {

ChainVerdict ChainVerdictOf(Reason reason) {
  switch (reason) {
    case Reason::kOk:
      return ChainVerdict::kAccept;
    case Reason::kCertificateExpired:
    case Reason::kCertificateNotYetValid:
      return ChainVerdict::kExpired;
    case Reason::kCertificateRevoked:
      return ChainVerdict::kRevoked;
    case Reason::kUnknownAnchor:
      return ChainVerdict::kUnknownAnchor;
    case Reason::kWrongUsage:
    case Reason::kWeakCertificate:
      return ChainVerdict::kUnsupported;
    case Reason::kInternalUnavailable:
      return ChainVerdict::kUnavailable;
    default:  // refused for whatever else
      return ChainVerdict::kRefuse;
  }
}

ChainJudge JudgeBy(Validator& validator) {
  return [&validator](absl::Span<const std::string> chain) {
    return ChainVerdictOf(validator.JudgeCertificates(chain));
  };
}

}  // namespace tollgate
