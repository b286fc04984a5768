#include "engine/crypto/algorithm.h"

namespace tollgate {
namespace {

struct Named {
  std::string_view name;
  Algorithm algorithm;
};

// The first of several names is the one that is shown.
constexpr Named kNames[] = {
    {"HS256", Algorithm::kHs256}, {"HS384", Algorithm::kHs384},
    {"HS512", Algorithm::kHs512}, {"RS256", Algorithm::kRs256},
    {"RS384", Algorithm::kRs384}, {"RS512", Algorithm::kRs512},
    {"PS256", Algorithm::kPs256}, {"PS384", Algorithm::kPs384},
    {"PS512", Algorithm::kPs512}, {"ES256", Algorithm::kEs256},
    {"ES384", Algorithm::kEs384}, {"ES512", Algorithm::kEs512},
    {"EdDSA", Algorithm::kEdDsa}, {"Ed25519", Algorithm::kEdDsa},
};

}  // namespace

Algorithm AlgorithmFromName(std::string_view name) {
  for (const Named& named : kNames) {
    if (named.name == name) return named.algorithm;
  }
  return Algorithm::kNone;
}

std::string_view AlgorithmName(Algorithm algorithm) {
  for (const Named& named : kNames) {
    if (named.algorithm == algorithm) return named.name;
  }
  return "";
}

KeyKind KeyKindOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kNone:
      return KeyKind::kNone;
    case Algorithm::kHs256:
    case Algorithm::kHs384:
    case Algorithm::kHs512:
      return KeyKind::kHmac;
    case Algorithm::kRs256:
    case Algorithm::kRs384:
    case Algorithm::kRs512:
    case Algorithm::kPs256:
    case Algorithm::kPs384:
    case Algorithm::kPs512:
      return KeyKind::kRsa;
    case Algorithm::kEs256:
      return KeyKind::kP256;
    case Algorithm::kEs384:
      return KeyKind::kP384;
    case Algorithm::kEs512:
      return KeyKind::kP521;
    case Algorithm::kEdDsa:
      return KeyKind::kEd25519;
  }
  return KeyKind::kNone;
}

size_t HashBytes(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kNone:
    case Algorithm::kEdDsa:
      return 0;
    case Algorithm::kHs256:
    case Algorithm::kRs256:
    case Algorithm::kPs256:
    case Algorithm::kEs256:
      return 32;
    case Algorithm::kHs384:
    case Algorithm::kRs384:
    case Algorithm::kPs384:
    case Algorithm::kEs384:
      return 48;
    case Algorithm::kHs512:
    case Algorithm::kRs512:
    case Algorithm::kPs512:
    case Algorithm::kEs512:
      return 64;
  }
  return 0;
}

size_t CoordinateBytes(KeyKind kind) {
  switch (kind) {
    case KeyKind::kNone:
    case KeyKind::kHmac:
    case KeyKind::kRsa:
      return 0;
    case KeyKind::kP256:
    case KeyKind::kEd25519:
      return 32;
    case KeyKind::kP384:
      return 48;
    case KeyKind::kP521:
      return 66;
  }
  return 0;
}

}  // namespace tollgate
