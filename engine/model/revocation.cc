#include "engine/model/revocation.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

constexpr size_t kClaimsDigits = 64;  // of a SHA-256

bool IsClaimsDigest(std::string_view value) {
  return value.size() == kClaimsDigits &&
         value.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Returns what is wrong with the value of a revocation of `kind`, or "".
std::string_view FindBadValue(RevocationKind kind, std::string_view value) {
  switch (kind) {
    case RevocationKind::kIssuer:
      return value.empty() ? "" : "that of an issuer has no value";
    case RevocationKind::kClaims:
      return IsClaimsDigest(value)
                 ? ""
                 : "a digest of claims is 64 lower-case hexadecimal digits";
    case RevocationKind::kTokenId:
    case RevocationKind::kSubject:
    case RevocationKind::kClient:
    case RevocationKind::kKeyId:
      return value.empty() ? "the value is empty" : "";
  }
  return "its kind is unknown";
}

}  // namespace

absl::Status CheckRevocation(const Revocation& revocation) {
  std::string_view bad = FindBadValue(revocation.kind, revocation.value);
  if (revocation.issuer.empty()) bad = "the issuer is empty";
  if (revocation.issuer.size() > limits::kRevocationTextBytesMax) {
    bad = "the issuer is too long";
  }
  if (revocation.value.size() > limits::kRevocationTextBytesMax) {
    bad = "the value is too long; a digest of the claims does as well";
  }
  if (bad.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("revocation: ", bad));
}

}  // namespace tollgate
