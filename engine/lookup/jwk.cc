#include "engine/lookup/jwk.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/limits.h"
#include "engine/crypto/secret.h"
#include "engine/lookup/jwk_member.h"
#include "engine/lookup/jwk_thumbprint.h"

namespace tollgate {
namespace {

bool Contains(const std::vector<Algorithm>& algorithms, Algorithm algorithm) {
  return std::find(algorithms.begin(), algorithms.end(), algorithm) !=
         algorithms.end();
}

absl::StatusOr<KeyKind> KindOf(const JsonValue& jwk, const JsonObject& object) {
  const auto kty = TextMember(object, "kty");
  if (!kty.ok()) return kty.status();
  if (*kty == "RSA") return KeyKind::kRsa;
  if (*kty == "oct") return KeyKind::kHmac;
  if (*kty != "EC" && *kty != "OKP") return jwk.Error("kty is not known");
  const auto crv = TextMember(object, "crv");
  if (!crv.ok()) return crv.status();
  if (*kty == "OKP") {
    if (*crv == "Ed25519") return KeyKind::kEd25519;
  } else {
    if (*crv == "P-256") return KeyKind::kP256;
    if (*crv == "P-384") return KeyKind::kP384;
    if (*crv == "P-521") return KeyKind::kP521;
  }
  return jwk.Error("crv is not known");
}

// RFC 7517 section 4.2.
absl::Status CheckUse(const JsonObject& object) {
  const auto use = object.Find("use");
  if (!use.has_value()) return absl::OkStatus();
  const auto text = use->String();
  if (!text.ok()) return text.status();
  return *text == "sig" ? absl::OkStatus() : use->Error("is not \"sig\"");
}

// RFC 7517 section 4.3; there are ten operations, and each stands once.
absl::Status CheckKeyOperations(const JsonObject& object) {
  constexpr size_t kOperationsMax = 16;
  const auto operations = object.Find("key_ops");
  if (!operations.has_value()) return absl::OkStatus();
  const auto array = operations->Array();
  if (!array.ok()) return array.status();
  if (array->size() > kOperationsMax) return operations->Error("is too long");
  std::vector<std::string_view> names;
  for (const JsonValue item : *array) {
    const auto name = item.String();
    if (!name.ok()) return name.status();
    if (std::find(names.begin(), names.end(), *name) != names.end()) {
      return item.Error("stands twice");
    }
    names.push_back(*name);
  }
  return std::find(names.begin(), names.end(), "verify") != names.end()
             ? absl::OkStatus()
             : operations->Error("has no \"verify\"");
}

Algorithm UsualOf(KeyKind kind) {
  switch (kind) {
    case KeyKind::kNone:
      return Algorithm::kNone;
    case KeyKind::kHmac:
      return Algorithm::kHs256;
    case KeyKind::kRsa:
      return Algorithm::kRs256;
    case KeyKind::kP256:
      return Algorithm::kEs256;
    case KeyKind::kP384:
      return Algorithm::kEs384;
    case KeyKind::kP521:
      return Algorithm::kEs512;
    case KeyKind::kEd25519:
      return Algorithm::kEdDsa;
  }
  return Algorithm::kNone;
}

absl::StatusOr<Algorithm> Unbound(const JsonValue& jwk, KeyKind kind,
                                  const JwksOptions& options) {
  if (KeyKindOf(options.unbound) == kind) return options.unbound;
  if (options.algorithms.empty()) return UsualOf(kind);
  Algorithm only = Algorithm::kNone;
  for (const Algorithm algorithm : options.algorithms) {
    if (KeyKindOf(algorithm) != kind || algorithm == only) continue;
    if (only != Algorithm::kNone) {
      return jwk.Error("has no alg, and several algorithms fit it");
    }
    only = algorithm;
  }
  if (only == Algorithm::kNone) return jwk.Error("fits no allowed algorithm");
  return only;
}

// The algorithm that the key is for (RFC 7517 section 4.4).
absl::StatusOr<Algorithm> AlgorithmOf(const JsonValue& jwk,
                                      const JsonObject& object, KeyKind kind,
                                      const JwksOptions& options) {
  Algorithm algorithm;
  if (const auto alg = object.Find("alg"); alg.has_value()) {
    const auto name = alg->String();
    if (!name.ok()) return name.status();
    algorithm = AlgorithmFromName(*name);
    if (KeyKindOf(algorithm) != kind) {
      return alg->Error("is no signature algorithm of this kind of key");
    }
  } else {
    const auto unbound = Unbound(jwk, kind, options);
    if (!unbound.ok()) return unbound.status();
    algorithm = *unbound;
  }
  if (!options.algorithms.empty() && !Contains(options.algorithms, algorithm)) {
    return jwk.Error("is for an algorithm that is not allowed");
  }
  return algorithm;
}

// Says where the key stands that is not a good one.
absl::StatusOr<VerifyingKey> At(const JsonValue& jwk,
                                absl::StatusOr<VerifyingKey> key) {
  if (!key.ok()) return jwk.Error(key.status().message());
  return key;
}

}  // namespace

absl::StatusOr<Algorithm> BindAlgorithm(const JsonValue& jwk,
                                        const JwksOptions& options) {
  const auto object = jwk.Object();
  if (!object.ok()) return object.status();
  const auto kind = KindOf(jwk, *object);
  if (!kind.ok()) return kind.status();
  if (*kind == KeyKind::kHmac && !options.symmetric) {
    return jwk.Error("is a secret, where public keys are expected");
  }
  if (auto status = CheckUse(*object); !status.ok()) return status;
  if (auto status = CheckKeyOperations(*object); !status.ok()) return status;
  return AlgorithmOf(jwk, *object, *kind, options);
}

absl::StatusOr<VerifyingKey> ReadVerifyingKey(const JsonValue& jwk,
                                              Algorithm algorithm) {
  const auto object = jwk.Object();
  if (!object.ok()) return object.status();
  const KeyKind kind = KeyKindOf(algorithm);
  if (kind == KeyKind::kNone) return jwk.Error("has no algorithm");
  if (kind == KeyKind::kHmac) {
    const auto k = BytesMember(*object, "k");
    if (!k.ok()) return k.status();
    return At(jwk, VerifyingKey::FromHmacSecret(algorithm, k->span()));
  }
  const bool is_rsa = kind == KeyKind::kRsa;
  const auto first = BytesMember(*object, is_rsa ? "n" : "x");
  if (!first.ok()) return first.status();
  if (kind == KeyKind::kEd25519) {
    return At(jwk, VerifyingKey::FromEd25519(first->span()));
  }
  const auto second = BytesMember(*object, is_rsa ? "e" : "y");
  if (!second.ok()) return second.status();
  return At(
      jwk,
      is_rsa ? VerifyingKey::FromRsa(algorithm, first->span(), second->span())
             : VerifyingKey::FromEc(algorithm, first->span(), second->span()));
}

absl::Status CheckPublic(const JsonValue& jwk) {
  constexpr std::string_view kPrivate[] = {"d",  "p",  "q",  "dp",
                                           "dq", "qi", "oth"};
  const auto object = jwk.Object();
  if (!object.ok()) return object.status();
  const auto kty = TextMember(*object, "kty");
  if (!kty.ok() || (*kty != "RSA" && *kty != "EC" && *kty != "OKP")) {
    return absl::OkStatus();
  }
  for (const std::string_view name : kPrivate) {
    const auto member = object->Find(name);
    if (member.has_value()) {
      return member->Error("is private: who verifies must not have it");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ProofKey> ReadProofKey(const JsonValue& jwk,
                                      Algorithm algorithm) {
  if (auto status = CheckPublic(jwk); !status.ok()) return status;
  const auto bound = BindAlgorithm(jwk, {.algorithms = {algorithm}});
  if (!bound.ok()) return bound.status();
  auto key = ReadVerifyingKey(jwk, *bound);
  if (!key.ok()) return key.status();
  auto thumbprint = JwkThumbprint(*jwk.Object());
  if (!thumbprint.ok()) return thumbprint.status();
  return ProofKey{*std::move(key), *std::move(thumbprint)};
}

}  // namespace tollgate
