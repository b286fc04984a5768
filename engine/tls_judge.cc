#include "engine/tls_judge.h"

#include <string>
#include <utility>

#include "absl/types/span.h"

namespace tollgate {

ChainVerdict ChainVerdictOf(Reason reason) {
  constexpr std::pair<Reason, ChainVerdict> kTold[] = {
      {Reason::kOk, ChainVerdict::kAccept},
      {Reason::kCertificateExpired, ChainVerdict::kExpired},
      {Reason::kCertificateNotYetValid, ChainVerdict::kExpired},
      {Reason::kCertificateRevoked, ChainVerdict::kRevoked},
      {Reason::kUnknownAnchor, ChainVerdict::kUnknownAnchor},
      {Reason::kWrongUsage, ChainVerdict::kUnsupported},
      {Reason::kWeakCertificate, ChainVerdict::kUnsupported},
      {Reason::kInternalUnavailable, ChainVerdict::kUnavailable},
  };
  for (const auto& [known, verdict] : kTold) {
    if (known == reason) return verdict;
  }
  return ChainVerdict::kRefuse;  // for whatever else
}

ChainJudge JudgeBy(Validator& validator) {
  return [&validator](absl::Span<const std::string> chain) {
    return ChainVerdictOf(validator.JudgeCertificates(chain));
  };
}

}  // namespace tollgate
