// Reads `jwt:`: whose tokens are taken, and what each issuer's must be.
//
//   cache: { entries: 65536, max_age: 5m }
//   issuers:
//     - issuer: https://idp.example
//       audiences: [mcp-gateway]
//       algorithms: [ES256, EdDSA]      # one at least; the token never chooses
//       jwks_file: jwks.json            # or secret_file: with kid:, for HMAC
//
// What weakens a check is an error: no audience, no algorithm, `none`, HMAC
// algorithms with public keys, two issuers of one name.
//
// Thread-safety: pure. Control path only. Errors go to the field's context.

#ifndef TOLLGATE_ENGINE_CONFIG_JWT_FIELDS_H_
#define TOLLGATE_ENGINE_CONFIG_JWT_FIELDS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/field_reader.h"
#include "engine/crypto/algorithm.h"

namespace tollgate {

struct JwtIssuerOptions {
  std::string issuer;
  std::vector<std::string> audiences;  // at least one
  std::vector<Algorithm> algorithms;   // at least one
  // One of the two, resolved: public keys, or an HMAC secret and its kid.
  std::optional<std::string> jwks_file;
  std::optional<std::string> secret_file;
  std::string kid;  // of the secret; empty: tokens without a kid
  uint64_t leeway_us = 30'000'000;
  std::optional<uint64_t> max_lifetime_us;
  std::vector<std::string> required;  // claims, beside exp
  std::string type;                   // of the token; empty: JWT or at+jwt
  std::string principal_claim = "sub";
  std::string policy;     // empty: none
  bool one_time = false;  // each jti is accepted once

  friend bool operator==(const JwtIssuerOptions&,
                         const JwtIssuerOptions&) = default;
};

struct JwtOptions {
  uint64_t cache_entries = 65536;
  uint64_t cache_max_age_us = 300'000'000;
  std::vector<JwtIssuerOptions> issuers;  // at least one
  // Where clients learn who issues tokens (RFC 9728); a URL without quotes.
  std::optional<std::string> resource_metadata;

  friend bool operator==(const JwtOptions&, const JwtOptions&) = default;
};

// `resolve` makes a path of the configuration one of the process.
JwtOptions ReadJwt(const Field& field,
                   const std::function<std::string(const Field&)>& resolve);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_JWT_FIELDS_H_
