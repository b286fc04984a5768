// lookup: the keys of one issuer, read from a JWK Set (RFC 7517 section 5) or a
// single JWK, each prepared and bound to one algorithm.
//
//   absl::StatusOr<KeySet> keys =
//       KeySet::ParseSet(json, {.algorithms = {Algorithm::kEs256}});
//   const KeySet::Entry* entry = keys->Find(kid, has_kid, algorithm);
//   if (entry == nullptr || !entry->key.Verify(...)) refuse
//
// A set is a document that others write: entries that this program does not
// know or can not use are left out, each with a line in skipped(): an unknown
// kty, crv or alg, another use, a malformed or weak key, an empty or too long
// kid. A set may so have no entry at all; it verifies nothing then. The whole
// set is refused when something is wrong with whoever wrote it:
//   * it is not JSON, or a member stands twice anywhere;
//   * it has a private member (unless allowed): that key is compromised;
//   * two different keys have one kid and one algorithm: which of them proves
//     a token would depend on their order. The same key twice counts once, and
//     one kid for keys of different algorithms is fine;
//   * it has secrets beside public keys, both allowed and usable;
//   * it is beyond limits::kJwksBytesMax, kJwksKeysMax or kJwksNestingMax.
// What engine/lookup/jwk.h says holds for each key.
//
// A kid is hostile input: it is compared with those of the entries, byte by
// byte, and used for nothing else.
//
// Thread-safety: immutable. Ownership: copies share the keys. The documents are
// wiped after reading. Cost: Find visits each entry, about a nanosecond
// apiece, and allocates nothing. Errors: InvalidArgument, without values.

#ifndef TOLLGATE_ENGINE_LOOKUP_JWKS_H_
#define TOLLGATE_ENGINE_LOOKUP_JWKS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/verifying_key.h"
#include "engine/lookup/jwk.h"

namespace tollgate {

class KeySet {
 public:
  struct Entry {
    std::string kid;  // empty: the key has none
    VerifyingKey key;
  };

  // Reads {"keys":[...]}.
  static absl::StatusOr<KeySet> ParseSet(std::string_view json,
                                         const JwksOptions& options);

  // Reads one JWK. What a set would skip is an error.
  static absl::StatusOr<KeySet> ParseKey(std::string_view json,
                                         const JwksOptions& options);

  // Makes a set of one key that did not come as a JWK.
  static KeySet Of(Entry entry);

  // Empty: finds nothing.
  KeySet() = default;

  // Prepares the first limits::kPreparedKeysMax keys to be quick, which takes
  // up to a millisecond each: for a set that is taken and will be used often.
  // REQUIRES: the set was not copied yet.
  void Prepare();

  // Returns the key that a token's header names: with a kid, the entry of
  // exactly that kid and algorithm; without one, the only entry of that
  // algorithm. Null if there is none, or several: keys are not tried in turn.
  const Entry* Find(std::string_view kid, bool has_kid,
                    Algorithm algorithm) const ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Whether an entry has this kid, for whatever algorithm.
  bool HasKid(std::string_view kid) const;

  absl::Span<const Entry> entries() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    if (entries_ == nullptr) return {};
    return *entries_;
  }

  // Why keys of the document were left out, for operators.
  absl::Span<const std::string> skipped() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return skipped_;
  }

 private:
  KeySet(std::vector<Entry> entries, std::vector<std::string> skipped);

  std::shared_ptr<std::vector<Entry>> entries_;  // null: none
  std::vector<std::string> skipped_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_JWKS_H_
