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

absl::StatusOr<KeySet> LoadSecret(const JwtIssuerOptions& options) {
  const auto secret = LoadPepper(*options.secret_file);
  if (!secret.ok()) return secret.status();
  auto key = VerifyingKey::FromHmacSecret(options.algorithms.front(),
                                          secret->bytes.span());
  if (!key.ok()) return key.status();
  return KeySet::Of({options.kid, *std::move(key)});
}

absl::StatusOr<KeySet> LoadKeys(const JwtIssuerOptions& options) {
  if (options.secret_file.has_value()) return LoadSecret(options);
  const auto text = ReadFile(*options.jwks_file, limits::kJwksBytesMax);
  if (!text.ok()) return text.status();
  auto keys = KeySet::ParseSet(
      *text, {.algorithms = options.algorithms, .use = KeyUse::kOften});
  if (keys.ok()) return keys;
  return absl::Status(
      keys.status().code(),
      absl::StrCat(*options.jwks_file, ": ", keys.status().message()));
}

}  // namespace

absl::StatusOr<VerificationContext> LoadIssuer(const Config& config,
                                               size_t index) {
  const JwtIssuerOptions& options = config.jwt->issuers[index];
  auto keys = LoadKeys(options);
  if (!keys.ok()) {
    return config.ErrorAt(absl::StrCat("jwt.issuers[", index, "]"),
                          keys.status());
  }
  return VerificationContext{RulesOf(options), *std::move(keys)};
}

absl::StatusOr<std::vector<VerificationContext>> LoadIssuers(
    const Config& config) {
  std::vector<VerificationContext> contexts;
  if (!config.jwt.has_value()) return contexts;
  for (size_t i = 0; i < config.jwt->issuers.size(); ++i) {
    auto context = LoadIssuer(config, i);
    if (!context.ok()) return context.status();
    contexts.push_back(*std::move(context));
  }
  return contexts;
}

const VerificationContext* FindIssuer(
    const std::vector<VerificationContext>& issuers, std::string_view issuer) {
  for (const VerificationContext& context : issuers) {
    if (context.rules.issuer == issuer) return &context;
  }
  return nullptr;
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
