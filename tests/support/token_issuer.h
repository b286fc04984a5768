// An issuer of tokens, for tests: a key, its JWKS, and tokens that say whatever
// a test wants.
//
// Thread-safety: as of a plain value. Cost: a new key each.

#ifndef TOLLGATE_TESTS_SUPPORT_TOKEN_ISSUER_H_
#define TOLLGATE_TESTS_SUPPORT_TOKEN_ISSUER_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/crypto/signing_key.h"

namespace tollgate {

class TokenIssuer {
 public:
  explicit TokenIssuer(std::string kid = "k1")
      : kid_(std::move(kid)), key_(*SigningKey::Generate(Algorithm::kEs256)) {}

  // The public key as a JWK.
  std::string Jwk() const {
    const PublicComponents key = key_.public_components();
    return absl::StrCat(R"({"kty":"EC","crv":"P-256","alg":"ES256","kid":")",
                        kid_, R"(","x":")", EncodeBase64Url(key.x),
                        R"(","y":")", EncodeBase64Url(key.y), R"("})");
  }

  std::string Jwks() const { return absl::StrCat("{\"keys\":[", Jwk(), "]}"); }

  // A token with these claims, the text of a JSON object.
  std::string Token(std::string_view claims) const {
    return Token(absl::StrCat(R"({"alg":"ES256","kid":")", kid_, R"("})"),
                 claims);
  }
  std::string Token(std::string_view header, std::string_view claims) const {
    const std::string input =
        absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
    return absl::StrCat(input, ".", EncodeBase64Url(*key_.Sign(input)));
  }

 private:
  std::string kid_;
  SigningKey key_;
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_TOKEN_ISSUER_H_
