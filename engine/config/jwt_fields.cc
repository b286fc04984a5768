#include "engine/config/jwt_fields.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/config/suggestion.h"
#include "engine/crypto/absolute_uri.h"

namespace tollgate {
namespace {

Algorithm ReadAlgorithm(const Field& field, const std::string& name) {
  const Algorithm algorithm = AlgorithmFromName(name);
  if (algorithm == Algorithm::kNone) {
    std::vector<std::string_view> names;
    for (const Algorithm one : kAlgorithms) names.push_back(AlgorithmName(one));
    field.Fail(absl::StrCat("`", name, "` is not an algorithm",
                            DidYouMean(name, names)));
  }
  return algorithm;
}

std::vector<Algorithm> ReadAlgorithms(const Field& field) {
  std::vector<Algorithm> algorithms;
  const std::vector<std::string> names =
      ReadStrings(field, EmptyList::kRefused);
  for (size_t i = 0; i < names.size(); ++i) {
    algorithms.push_back(ReadAlgorithm(field.Item(i), names[i]));
  }
  return algorithms;
}

std::string ReadNonEmpty(const Field& field) {
  std::string text = ReadString(field);
  if (text.empty()) field.Fail("must not be empty");
  return text;
}

// Public keys and shared secrets do not mix: whoever may verify with a public
// key could sign with it, were it taken for a secret.
void CheckKeysFitAlgorithms(const Field& field,
                            const JwtIssuerOptions& options) {
  const bool wants_secret = options.secret_file.has_value();
  if (wants_secret && options.jwks_file.has_value()) return;  // reported before
  if (wants_secret && options.algorithms.size() > 1) {
    field.Fail("a secret is the key of one algorithm; list one");
  }
  for (const Algorithm algorithm : options.algorithms) {
    if (algorithm == Algorithm::kNone) continue;  // reported before
    if (IsSymmetric(algorithm) == wants_secret) continue;
    field.Fail(absl::StrCat(
        AlgorithmName(algorithm),
        wants_secret ? " needs public keys; give `jwks_file`, and another "
                       "issuer for HMAC"
                     : " needs a shared secret; give `secret_file`, and "
                       "another issuer for public keys"));
    return;
  }
}

void ReadKeys(const Fields& fields, const Field& field,
              const std::function<std::string(const Field&)>& resolve,
              JwtIssuerOptions& options) {
  fields.Optional("jwks_file",
                  [&](const Field& f) { options.jwks_file = resolve(f); });
  fields.Optional("secret_file", [&](const Field& f) {
    if (options.jwks_file.has_value()) {
      f.Fail("both `jwks_file` and `secret_file`; an issuer has one of them");
    }
    options.secret_file = resolve(f);
  });
  fields.Optional("kid", [&](const Field& f) {
    options.kid = ReadNonEmpty(f);
    if (!fields.Has("secret_file")) {
      f.Fail("`kid` names the key of `secret_file`; a JWKS has its own");
    }
  });
  fields.RequireEither("jwks_file", "secret_file",
                       "missing `jwks_file`: an issuer is known by its keys");
  CheckKeysFitAlgorithms(field, options);
}

void ReadTimes(const Fields& fields, JwtIssuerOptions& options) {
  fields.Optional("leeway", [&](const Field& f) {
    options.leeway_us = ReadDuration(f, ZeroDuration::kAllowed);
    if (options.leeway_us > limits::kLeewayMicrosMax) {
      f.Fail("a leeway of more than 10m accepts what expired long ago");
    }
  });
  fields.Optional("max_lifetime", [&](const Field& f) {
    options.max_lifetime_us = ReadDuration(f);
  });
}

JwtIssuerOptions ReadIssuer(
    const Field& field,
    const std::function<std::string(const Field&)>& resolve) {
  JwtIssuerOptions options;
  const Fields fields(
      field, {"issuer", "audiences", "algorithms", "jwks_file", "secret_file",
              "kid", "leeway", "max_lifetime", "require", "type",
              "principal_claim", "policy", "one_time"});
  fields.Required("issuer", [&](const Field& f) {
    options.issuer = ReadNonEmpty(f);
    // What is longer could not be revoked.
    if (options.issuer.size() > limits::kRevocationTextBytesMax) {
      f.Fail(absl::StrCat("longer than ", limits::kRevocationTextBytesMax,
                          " bytes"));
    }
  });
  fields.Required("audiences", [&](const Field& f) {
    options.audiences = ReadStrings(f, EmptyList::kRefused);
    for (size_t i = 0; i < options.audiences.size(); ++i) {
      if (options.audiences[i].empty()) f.Item(i).Fail("an empty audience");
      if (options.audiences[i] == "any") {
        f.Item(i).Fail("tokens for others are not taken; name your audience");
      }
    }
  });
  fields.Required("algorithms", [&](const Field& f) {
    options.algorithms = ReadAlgorithms(f);
  });
  ReadKeys(fields, field, resolve, options);
  ReadTimes(fields, options);
  fields.Optional("require", [&](const Field& f) {
    options.required = ReadStrings(f, EmptyList::kAllowed);
  });
  fields.Optional("type",
                  [&](const Field& f) { options.type = ReadNonEmpty(f); });
  fields.Optional("principal_claim", [&](const Field& f) {
    options.principal_claim = ReadNonEmpty(f);
  });
  fields.Optional("policy",
                  [&](const Field& f) { options.policy = ReadNonEmpty(f); });
  fields.Optional("one_time",
                  [&](const Field& f) { options.one_time = ReadFlag(f); });
  return options;
}

// Whoever reads what somebody else put there is led to another issuer.
std::string ReadMetadataUrl(const Field& field) {
  std::string url = ReadString(field);
  const std::string_view host = HostOfUri(url).value_or("");
  const bool local =
      host == "localhost" || host == "127.0.0.1" || host == "[::1]";
  if (host.empty() || absl::StrContains(url, '#') ||
      !(absl::StartsWith(url, "https://") ||
        (local && absl::StartsWith(url, "http://")))) {
    field.Fail("expected an https:// URL without a fragment");
  }
  return url;
}

}  // namespace

JwtOptions ReadJwt(const Field& field,
                   const std::function<std::string(const Field&)>& resolve) {
  JwtOptions options;
  const Fields fields(field, {"cache", "issuers", "resource_metadata"});
  fields.Optional("resource_metadata", [&](const Field& f) {
    options.resource_metadata = ReadMetadataUrl(f);
  });
  fields.Optional("cache", [&](const Field& f) {
    ReadCache(f, options.cache_entries, options.cache_max_age_us);
  });
  fields.Required("issuers", [&](const Field& list) {
    if (!IsNonEmptySequence(list)) return;
    if (list.node().items.size() > limits::kIssuersMax) {
      list.Fail(absl::StrCat("more than ", limits::kIssuersMax, " issuers"));
      return;
    }
    absl::flat_hash_set<std::string> names;
    for (size_t i = 0; i < list.node().items.size(); ++i) {
      const Field item = list.Item(i);
      options.issuers.push_back(ReadIssuer(item, resolve));
      if (!names.insert(options.issuers.back().issuer).second) {
        item.Fail("two issuers of one name");
      }
    }
  });
  return options;
}

}  // namespace tollgate
