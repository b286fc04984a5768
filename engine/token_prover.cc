#include "engine/token_prover.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/bucket_name.h"
#include "engine/crypto/sha256.h"

namespace tollgate {
namespace {

// Decodes a thumbprint of SHA-256.
std::optional<Sha256Digest> DigestOf(std::string_view thumbprint) {
  Sha256Digest digest;
  if (!DecodeBase64UrlExactly(thumbprint, absl::MakeSpan(digest))) {
    return std::nullopt;
  }
  return digest;
}

}  // namespace

Reason TokenProver::Prove(const Credential& credential,
                          const Snapshot& snapshot, UnixSeconds now,
                          Afford afford, std::unique_ptr<TokenProof>& out) {
  ParsedJwt jwt;
  Reason reason = reader_.Parse(credential.token, jwt);
  if (reason != Reason::kOk) return reason;
  const VerificationContext* context = snapshot.issuer(jwt.claims.issuer);
  if (context == nullptr) return Reason::kUnknownIssuer;
  const KeySet::Entry* key = nullptr;
  reason = JudgeJwtClaims(jwt, *context, WallRange::Second(now), key);
  if (reason != Reason::kOk) return reason;
  if (!IsSymmetric(key->key.algorithm())) reason = afford();
  if (reason == Reason::kOk) reason = JudgeJwtSignature(jwt, *key);
  if (reason != Reason::kOk) return reason;
  TokenTexts texts;
  TokenProof::Facts facts;
  reason = ReadFacts(jwt, *context, *key, texts, facts);
  if (reason != Reason::kOk) return reason;
  const int64_t ends_at = FloorSeconds(EndOf(jwt.claims, context->rules));
  const UnixSeconds expiry = {
      std::min(ends_at, now.value + snapshot.token_cache_seconds())};
  out = TokenProof::Make(texts, std::move(facts));
  out->fingerprint = credential.fingerprint;
  out->stamp = snapshot.token_stamp();
  out->life = ProofLife::Of(now, expiry);
  return Reason::kOk;
}

// The key is the one that proved the token, which its header need not name:
// what a revoked key signed is revoked.
Reason TokenProver::ReadFacts(const ParsedJwt& jwt,
                              const VerificationContext& context,
                              const KeySet::Entry& key, TokenTexts& texts,
                              TokenProof::Facts& facts) {
  const Claims& claims = jwt.claims;
  texts = {.principal = PrincipalOf(claims, context.rules),
           .token_id = claims.token_id,
           .subject = claims.subject,
           .client = claims.client};
  if (texts.principal.empty()) return Reason::kMissingClaim;
  facts.context = &context;
  facts.key = static_cast<uint8_t>(&key - context.keys.entries().data());
  if (claims.issued.has_value()) facts.issued_at = FloorSeconds(*claims.issued);
  facts.has_claims = shared_->revocations.Has(RevocationKind::kClaims);
  if (facts.has_claims) facts.claims = Sha256(jwt.payload);
  facts.principal_id = BucketName(
      *shared_, {"principal", claims.issuer, texts.principal}, framed_);
  if (claims.carries_scopes) facts.scopes = InternScopes(claims);
  if (claims.carries_scopes && facts.scopes == nullptr) {
    return Reason::kInternalUnavailable;
  }
  const bool plain =
      !claims.bound && !claims.policy.has_value() && !context.rules.one_time;
  return plain ? Reason::kOk : ReadExtras(jwt, context, facts);
}

Reason TokenProver::ReadExtras(const ParsedJwt& jwt,
                               const VerificationContext& context,
                               TokenProof::Facts& facts) {
  const Claims& claims = jwt.claims;
  auto extras = std::make_unique<TokenExtras>();
  extras->certificate_digest = DigestOf(claims.certificate_thumbprint);
  extras->key_thumbprint = std::string(claims.key_thumbprint);
  // A thumbprint that is none is nobody's.
  extras->bound_otherwise =
      claims.bound_otherwise || (!claims.certificate_thumbprint.empty() &&
                                 !extras->certificate_digest.has_value());
  extras->ends_at = {FloorSeconds(EndOf(claims, context.rules))};
  if (claims.policy.has_value()) {
    auto policy = ReadTokenPolicy(*claims.policy);
    if (!policy.ok()) return Reason::kMalformedCredential;
    if (!policy->rate_limits.empty()) {
      extras->limits = shared_->token_limits.Intern(policy->rate_limits);
      if (extras->limits == nullptr) return Reason::kInternalUnavailable;
      extras->id = NameOf(jwt);
    }
    extras->policy = *std::move(policy);
  }
  facts.extras = std::move(extras);
  return Reason::kOk;
}

// Names the bucket of a token's own limits: by its jti, or without one by its
// claims.
KeyId TokenProver::NameOf(const ParsedJwt& jwt) {
  const Claims& claims = jwt.claims;
  if (!claims.token_id.empty()) {
    return BucketName(*shared_, {"token", claims.issuer, claims.token_id},
                      framed_);
  }
  const Sha256Digest digest = Sha256(jwt.payload);
  return BucketName(*shared_, {"token", claims.issuer, BytesOf(digest)},
                    framed_);
}

const ScopeSet* TokenProver::InternScopes(const Claims& claims) {
  std::vector<std::string> names;
  for (const std::string_view name : claims.scopes) {
    if (IsScopeToken(name)) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (last_set_ != nullptr && names == last_scopes_) return last_set_;
  const auto set = shared_->scopes.InternForeign(names);
  if (!set.ok()) return nullptr;
  // A set that was cut short is not remembered: names may be known by the next
  // time.
  if (absl::MakeConstSpan(names) != (*set)->names()) return *set;
  last_scopes_ = std::move(names);
  return last_set_ = *set;
}

}  // namespace tollgate
