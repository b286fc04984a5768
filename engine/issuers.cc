#include "engine/issuers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/config/file_bytes.h"
#include "engine/config/pepper_file.h"

namespace tollgate {
namespace {

IssuerRules RulesOf(const JwtIssuerOptions& options) {
  IssuerRules rules;
  rules.issuer = options.issuer;
  rules.audiences = options.audiences;
  rules.algorithms = options.algorithms;
  rules.leeway_us = static_cast<int64_t>(options.leeway_us);
  if (options.max_lifetime_us.has_value()) {
    rules.max_lifetime_us = static_cast<int64_t>(*options.max_lifetime_us);
  }
  rules.required = options.required;
  rules.type = options.type;
  rules.principal_claim = options.principal_claim;
  rules.one_time = options.one_time;
  return rules;
}

struct LoadedKeys {
  KeySet keys;
  Sha256Digest content;  // of the file
};

absl::StatusOr<LoadedKeys> LoadSecret(const JwtIssuerOptions& options) {
  const auto secret = LoadPepper(*options.secret_file, "a shared secret");
  if (!secret.ok()) return secret.status();
  auto key = VerifyingKey::FromHmacSecret(options.algorithms.front(),
                                          secret->bytes.span());
  if (!key.ok()) return key.status();
  return LoadedKeys{KeySet::Of({options.kid, *std::move(key)}),
                    Sha256(secret->bytes.span())};
}

// Returns the keys that were read from this content before, for the same
// algorithms, on which they depend; null if none were.
const KeySet* FindRead(const TokenTrust* known, const JwtIssuerOptions& options,
                       const Sha256Digest& content) {
  if (known == nullptr) return nullptr;
  for (size_t i = 0; i < known->contents.size(); ++i) {
    const JwtIssuerOptions& other = known->options.issuers[i];
    if (known->contents[i] == content && other.jwks_file.has_value() &&
        other.algorithms == options.algorithms) {
      return &known->issuers[i].keys;
    }
  }
  return nullptr;
}

// Reads the keys of an issuer, or takes those that `known`, which may be null,
// has of the same file.
absl::StatusOr<LoadedKeys> LoadKeys(const JwtIssuerOptions& options,
                                    const TokenTrust* known) {
  if (options.secret_file.has_value()) return LoadSecret(options);
  const auto text = ReadRegularFile(*options.jwks_file, limits::kJwksBytesMax);
  if (!text.ok()) return text.status();
  const Sha256Digest content = Sha256(*text);
  const KeySet* const read = FindRead(known, options, content);
  if (read != nullptr) return LoadedKeys{*read, content};
  auto keys = KeySet::ParseSet(*text, {.algorithms = options.algorithms});
  if (!keys.ok()) {
    return absl::Status(
        keys.status().code(),
        absl::StrCat(*options.jwks_file, ": ", keys.status().message()));
  }
  keys->Prepare();
  return LoadedKeys{*std::move(keys), content};
}

absl::StatusOr<LoadedKeys> LoadKeysOf(const Config& config, size_t index,
                                      const TokenTrust* known) {
  auto keys = LoadKeys(config.jwt->issuers[index], known);
  if (keys.ok()) return keys;
  return config.ErrorAt(absl::StrCat("jwt.issuers[", index, "]"),
                        keys.status());
}

bool IsSame(const TokenTrust& a, const TokenTrust& b) {
  return a.options == b.options && a.contents == b.contents;
}

}  // namespace

const VerificationContext* TokenTrust::Find(std::string_view issuer) const {
  for (const VerificationContext& context : issuers) {
    if (context.rules.issuer == issuer) return &context;
  }
  return nullptr;
}

absl::StatusOr<SharedTokenTrust> LoadTokenTrust(
    const Config& config, const SharedTokenTrust& previous, NameTable& names,
    const ProofStamp& stamp) {
  if (!config.jwt.has_value()) return SharedTokenTrust();
  TokenTrust trust;
  trust.options = *config.jwt;
  trust.stamp = stamp;
  for (size_t i = 0; i < config.jwt->issuers.size(); ++i) {
    const JwtIssuerOptions& options = config.jwt->issuers[i];
    auto loaded = LoadKeysOf(config, i, previous.get());
    if (!loaded.ok()) return loaded.status();
    const auto policy = names.InternPolicy(options.policy);
    if (!policy.ok()) return policy.status();
    trust.issuers.push_back(
        {RulesOf(options), std::move(loaded->keys), *policy});
    trust.contents.push_back(loaded->content);
  }
  if (previous != nullptr && IsSame(trust, *previous)) return previous;
  return std::make_shared<const TokenTrust>(std::move(trust));
}

absl::StatusOr<SharedTokenTrust> RefreshIssuer(const Config& config,
                                               size_t index,
                                               const SharedTokenTrust& previous,
                                               const ProofStamp& stamp) {
  auto loaded = LoadKeysOf(config, index, previous.get());
  if (!loaded.ok()) return loaded.status();
  if (loaded->content == previous->contents[index]) return previous;
  TokenTrust trust = *previous;
  trust.issuers[index].keys = std::move(loaded->keys);
  trust.contents[index] = loaded->content;
  trust.stamp = stamp;
  return std::make_shared<const TokenTrust>(std::move(trust));
}

std::vector<KeyFile> IssuerFiles(const Config& config) {
  std::vector<KeyFile> files;
  if (!config.jwt.has_value()) return files;
  for (const JwtIssuerOptions& issuer : config.jwt->issuers) {
    files.emplace_back(
        issuer.jwks_file.value_or(issuer.secret_file.value_or("")));
  }
  return files;
}

}  // namespace tollgate
