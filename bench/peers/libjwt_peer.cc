// libjwt.

#include <jwt.h>

#include <cstring>
#include <ctime>
#include <string>

#include "bench/peers/peer.h"

namespace tollgate::bench {
namespace {

bool IsText(jwt_t* jwt, const char* name, const char* expected) {
  const char* const text = jwt_get_grant(jwt, name);
  return text != nullptr && std::strcmp(text, expected) == 0;
}

bool Validate(const std::string& secret, const std::string& token) {
  jwt_t* jwt = nullptr;
  if (jwt_decode(&jwt, token.c_str(),
                 reinterpret_cast<const unsigned char*>(secret.data()),
                 static_cast<int>(secret.size())) != 0) {
    return false;
  }
  const long now = time(nullptr);
  const bool good = jwt_get_alg(jwt) == JWT_ALG_HS256 &&
                    IsText(jwt, "iss", "https://idp.example.com") &&
                    IsText(jwt, "aud", "mcp-gateway") &&
                    now < jwt_get_grant_int(jwt, "exp") &&
                    jwt_get_grant_int(jwt, "iat") <= now &&
                    jwt_get_grant(jwt, "sub") != nullptr;
  jwt_free(jwt);
  return good;
}

}  // namespace
}  // namespace tollgate::bench

int main() {
  return tollgate::bench::RunPeer([](const std::string& secret) {
    return [secret](const std::string& token) {
      return tollgate::bench::Validate(secret, token);
    };
  });
}
