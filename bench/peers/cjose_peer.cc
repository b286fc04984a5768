// cjose: the JWS by cjose, the claims by jansson, which it is built on.

#include <cjose/cjose.h>
#include <jansson.h>

#include <cstring>
#include <ctime>
#include <memory>
#include <string>

#include "bench/peers/peer.h"

namespace tollgate::bench {
namespace {

bool IsText(const json_t* claims, const char* name, const char* expected) {
  const char* const text = json_string_value(json_object_get(claims, name));
  return text != nullptr && std::strcmp(text, expected) == 0;
}

bool ClaimsFit(const char* text, size_t size) {
  json_t* const claims =
      json_loadb(text, size, JSON_REJECT_DUPLICATES, nullptr);
  if (claims == nullptr) return false;
  const json_int_t now = time(nullptr);
  const bool fit = IsText(claims, "iss", "https://idp.example.com") &&
                   IsText(claims, "aud", "mcp-gateway") &&
                   now < json_integer_value(json_object_get(claims, "exp")) &&
                   json_integer_value(json_object_get(claims, "iat")) <= now &&
                   json_string_value(json_object_get(claims, "sub")) != nullptr;
  json_decref(claims);
  return fit;
}

bool HeaderFits(cjose_jws_t* jws) {
  cjose_err error;
  const char* const algorithm =
      cjose_header_get(cjose_jws_get_protected(jws), CJOSE_HDR_ALG, &error);
  return algorithm != nullptr && std::strcmp(algorithm, "HS256") == 0;
}

bool Validate(const cjose_jwk_t* key, const std::string& token) {
  cjose_err error;
  cjose_jws_t* const jws = cjose_jws_import(token.data(), token.size(), &error);
  if (jws == nullptr) return false;
  uint8_t* text = nullptr;
  size_t size = 0;
  const bool good = HeaderFits(jws) && cjose_jws_verify(jws, key, &error) &&
                    cjose_jws_get_plaintext(jws, &text, &size, &error) &&
                    ClaimsFit(reinterpret_cast<const char*>(text), size);
  cjose_jws_release(jws);
  return good;
}

}  // namespace
}  // namespace tollgate::bench

int main() {
  return tollgate::bench::RunPeer([](const std::string& secret) {
    cjose_err error;
    cjose_jwk_t* const key = cjose_jwk_create_oct_spec(
        reinterpret_cast<const uint8_t*>(secret.data()), secret.size(), &error);
    return [key](const std::string& token) {
      return tollgate::bench::Validate(key, token);
    };
  });
}
