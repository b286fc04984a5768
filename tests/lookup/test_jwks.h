// Public keys for tests of JWKs: each a signer, and the text of its key.

#ifndef TOLLGATE_TESTS_LOOKUP_TEST_JWKS_H_
#define TOLLGATE_TESTS_LOOKUP_TEST_JWKS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/crypto/signing_key.h"
#include "gtest/gtest.h"

namespace tollgate {

using Texts = std::vector<std::string>;

// A key and the members of its JWK that make it, `"kty":...`.
struct TestKey {
  explicit TestKey(Algorithm algorithm)
      : signer(*SigningKey::Generate(algorithm)) {
    const PublicComponents numbers = signer.public_components();
    const auto member = [](std::string_view name, std::string_view bytes) {
      return absl::StrCat(",\"", name, "\":\"", EncodeBase64Url(bytes), "\"");
    };
    switch (KeyKindOf(algorithm)) {
      case KeyKind::kRsa:
        members =
            "\"kty\":\"RSA\"" + member("n", numbers.n) + member("e", numbers.e);
        break;
      case KeyKind::kEd25519:
        members =
            "\"kty\":\"OKP\",\"crv\":\"Ed25519\"" + member("x", numbers.x);
        break;
      case KeyKind::kP256:
      case KeyKind::kP384:
      case KeyKind::kP521:
        members =
            absl::StrCat("\"kty\":\"EC\",\"crv\":\"P-",
                         numbers.x.size() == 66 ? 521 : numbers.x.size() * 8,
                         "\"", member("x", numbers.x), member("y", numbers.y));
        break;
      case KeyKind::kHmac:
      case KeyKind::kNone:
        ADD_FAILURE() << "not a public key";
    }
  }

  // The JWK, with `more` members in front.
  std::string Jwk(std::string_view more = "") const {
    return absl::StrCat("{", more, more.empty() ? "" : ",", members, "}");
  }

  SigningKey signer;
  std::string members;
};

inline const TestKey& Ec() {
  static const TestKey& key = *new TestKey(Algorithm::kEs256);
  return key;
}
inline const TestKey& OtherEc() {
  static const TestKey& key = *new TestKey(Algorithm::kEs256);
  return key;
}
inline const TestKey& Ed() {
  static const TestKey& key = *new TestKey(Algorithm::kEdDsa);
  return key;
}
inline const TestKey& Rsa() {
  static const TestKey& key = *new TestKey(Algorithm::kRs256);
  return key;
}

// 32 bytes.
inline constexpr char kOct[] =
    "\"kty\":\"oct\",\"k\":\"MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI\"";

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_LOOKUP_TEST_JWKS_H_
