// Who holds the key that tokens are bound to by DPoP (RFC 9449), for tests.
//
// Thread-safety: as of a plain value. Cost: a new key each.

#ifndef TOLLGATE_TESTS_SUPPORT_DPOP_CLIENT_H_
#define TOLLGATE_TESTS_SUPPORT_DPOP_CLIENT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/signing_key.h"

namespace tollgate {

class DpopClient {
 public:
  struct Request {
    std::string method = "GET";
    std::string uri = "https://gate.example/v1/tools";
    std::string jti = "1";
    int64_t issued_at = 1000;
  };

  // The `jkt` of tokens bound to this key (RFC 7638).
  std::string Thumbprint() const { return Digest(Jwk()); }

  // A proof for a request that carries `token`.
  std::string Proof(std::string_view token, const Request& request) const {
    const std::string input = absl::StrCat(
        EncodeBase64Url(absl::StrCat(
            R"({"typ":"dpop+jwt","alg":"ES256","jwk":)", Jwk(), "}")),
        ".",
        EncodeBase64Url(absl::StrCat(
            R"({"htm":")", request.method, R"(","htu":")", request.uri,
            R"(","jti":")", request.jti, R"(","iat":)", request.issued_at,
            R"(,"ath":")", Digest(token), R"("})")));
    return absl::StrCat(input, ".", EncodeBase64Url(*key_.Sign(input)));
  }
  std::string Proof(std::string_view token) const { return Proof(token, {}); }

 private:
  // With the members of a thumbprint only, in its order.
  std::string Jwk() const {
    const PublicComponents key = key_.public_components();
    return absl::StrCat(R"({"crv":"P-256","kty":"EC","x":")",
                        EncodeBase64Url(key.x), R"(","y":")",
                        EncodeBase64Url(key.y), R"("})");
  }

  static std::string Digest(std::string_view text) {
    const Sha256Digest digest = Sha256(text);
    return EncodeBase64Url(
        {reinterpret_cast<const char*>(digest.data()), digest.size()});
  }

  SigningKey key_ = *SigningKey::Generate(Algorithm::kEs256);
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_DPOP_CLIENT_H_
