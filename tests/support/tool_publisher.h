// A publisher of tool definitions, for tests: a key, its JWKS, and documents
// that say whatever a test wants.
//
// Thread-safety: as of a plain value. Cost: a new key each; RSA takes a while.

#ifndef TOLLGATE_TESTS_SUPPORT_TOOL_PUBLISHER_H_
#define TOLLGATE_TESTS_SUPPORT_TOOL_PUBLISHER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/crypto/signing_key.h"
#include "engine/json/canonical.h"

namespace tollgate {

// Returns the canonical form of a JSON text.
inline std::string CanonicalForm(std::string_view json) {
  JsonReader reader({.big_integers = true});
  std::string text;
  AppendCanonical(*reader.Parse(json), text);
  return text;
}

class ToolPublisher {
 public:
  explicit ToolPublisher(std::string kid = "k1",
                         Algorithm algorithm = Algorithm::kEs256)
      : kid_(std::move(kid)), key_(*SigningKey::Generate(algorithm)) {}

  // The public key as a JWK, with `alg` unless that is to be left out.
  std::string Jwk(bool with_algorithm = true) const {
    const PublicComponents key = key_.public_components();
    const auto member = [](std::string_view name, std::string_view bytes) {
      return bytes.empty() ? ""
                           : absl::StrCat(",\"", name, "\":\"",
                                          EncodeBase64Url(bytes), "\"");
    };
    return absl::StrCat(
        R"({"kid":")", kid_, "\"", KindMembers(),
        with_algorithm ? absl::StrCat(",\"alg\":\"", label(), "\"") : "",
        member("n", key.n), member("e", key.e), member("x", key.x),
        member("y", key.y), "}");
  }

  std::string Jwks() const { return absl::StrCat("{\"keys\":[", Jwk(), "]}"); }

  // A payload with a definition, both JSON texts.
  static std::string Payload(std::string_view definition,
                             int64_t timestamp = 1000,
                             std::string_view more = "") {
    return absl::StrCat(R"({"tool_definition":)", definition,
                        R"(,"timestamp":)", timestamp, R"(,"version":"1.0")",
                        more, "}");
  }

  // The envelope of a payload, signed over its canonical form.
  std::string Envelope(std::string_view payload) const {
    return Envelope(payload, Sign(CanonicalForm(payload)), label());
  }
  std::string Envelope(std::string_view payload, std::string_view signature,
                       std::string_view label) const {
    return absl::StrCat(R"({"payload":)", payload, R"(,"signature":")",
                        absl::Base64Escape(signature), R"(","algorithm":")",
                        label, R"(","key_id":")", kid_, "\"}");
  }
  std::string Document(std::string_view definition,
                       int64_t timestamp = 1000) const {
    return Envelope(Payload(definition, timestamp));
  }

  // A JWS of a payload; without it in the middle when it is detached.
  std::string Jws(std::string_view payload, bool detached = false) const {
    return Jws(absl::StrCat(R"({"typ":"etdi+jws","alg":")", label(),
                            R"(","kid":")", kid_, "\"}"),
               payload, detached);
  }
  std::string Jws(std::string_view header, std::string_view payload,
                  bool detached = false) const {
    const std::string first = EncodeBase64Url(header);
    const std::string second = EncodeBase64Url(payload);
    return absl::StrCat(
        first, ".", detached ? "" : second, ".",
        EncodeBase64Url(Sign(absl::StrCat(first, ".", second))));
  }

  std::string Sign(std::string_view message) const {
    return *key_.Sign(message);
  }

  std::string_view label() const { return AlgorithmName(key_.algorithm()); }
  const std::string& kid() const { return kid_; }

 private:
  std::string_view KindMembers() const {
    switch (KeyKindOf(key_.algorithm())) {
      case KeyKind::kRsa:
        return R"(,"kty":"RSA")";
      case KeyKind::kEd25519:
        return R"(,"kty":"OKP","crv":"Ed25519")";
      case KeyKind::kP384:
        return R"(,"kty":"EC","crv":"P-384")";
      default:
        return R"(,"kty":"EC","crv":"P-256")";
    }
  }

  std::string kid_;
  SigningKey key_;
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_TOOL_PUBLISHER_H_
