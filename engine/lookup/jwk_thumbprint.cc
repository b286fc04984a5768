#include "engine/lookup/jwk_thumbprint.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/crypto/secret.h"
#include "engine/lookup/jwk_member.h"

namespace tollgate {
namespace {

using Names = absl::Span<const std::string_view>;

// The members that count, in the order of RFC 7638 section 3.3.
Names MembersOf(std::string_view kty) {
  static constexpr std::string_view kRsa[] = {"e", "kty", "n"};
  static constexpr std::string_view kEc[] = {"crv", "kty", "x", "y"};
  static constexpr std::string_view kOkp[] = {"crv", "kty", "x"};
  static constexpr std::string_view kOct[] = {"k", "kty"};
  if (kty == "RSA") return kRsa;
  if (kty == "EC") return kEc;
  if (kty == "OKP") return kOkp;
  if (kty == "oct") return kOct;
  return {};
}

// Names of types and curves need no escapes in JSON; RFC 7638 section 3.3 has
// no other way to write them.
bool IsPlain(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
  }
  return true;
}

absl::StatusOr<std::string_view> CanonicalMember(const JsonObject& jwk,
                                                 std::string_view name) {
  const auto text = TextMember(jwk, name);
  if (!text.ok()) return text.status();
  if (name == "kty" || name == "crv") {
    if (IsPlain(*text)) return *text;
    return absl::InvalidArgumentError("not the name of a type or curve");
  }
  const auto bytes = BytesMember(jwk, name);
  if (!bytes.ok()) return bytes.status();
  return *text;
}

}  // namespace

namespace internal {

absl::StatusOr<Sha256Digest> JwkDigest(const JsonObject& jwk) {
  const auto kty = TextMember(jwk, "kty");
  if (!kty.ok()) return kty.status();
  const Names names = MembersOf(*kty);
  if (names.empty()) {
    return absl::InvalidArgumentError("no thumbprint of this type of key");
  }
  std::string canonical = "{";
  for (const std::string_view name : names) {
    const auto text = CanonicalMember(jwk, name);
    if (!text.ok()) return text.status();
    absl::StrAppend(&canonical, canonical.size() > 1 ? "," : "", "\"", name,
                    "\":\"", *text, "\"");
  }
  canonical += "}";
  const Sha256Digest digest = Sha256(canonical);
  WipeBytes(canonical.data(), canonical.size());  // `k` may stand in it
  return digest;
}

}  // namespace internal

absl::StatusOr<std::string> JwkThumbprint(const JsonObject& jwk) {
  const auto kty = TextMember(jwk, "kty");
  if (!kty.ok()) return kty.status();
  if (*kty == "oct") {
    return absl::InvalidArgumentError("a secret has no thumbprint");
  }
  const auto digest = internal::JwkDigest(jwk);
  if (!digest.ok()) return digest.status();
  return EncodeBase64Url(
      {reinterpret_cast<const char*>(digest->data()), digest->size()});
}

}  // namespace tollgate
