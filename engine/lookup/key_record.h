// The hot record of an API key: all that proving a key touches, in one line.
//
// A record is immutable; a change replaces it whole in the key store, and what
// it refers to is retired with it. The rate-limit bucket is the exception: it
// belongs to the key, and every later record of the key names the same one (or
// the one it was carried over to when the limits changed).
//
// Ownership: a record owns its profile; KeyFeed retires it through the epoch
// domain when the record is replaced or erased.

#ifndef TOLLGATE_ENGINE_LOOKUP_KEY_RECORD_H_
#define TOLLGATE_ENGINE_LOOKUP_KEY_RECORD_H_

#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include "engine/base/clock.h"
#include "engine/base/inline_text.h"
#include "engine/crypto/key_digest.h"
#include "engine/lookup/key_store.h"
#include "engine/model/bucket_id.h"
#include "engine/model/key_id.h"
#include "engine/model/scope.h"

namespace tollgate {

// What an operator set; expired and rotating follow from times.
enum class KeyStatus : uint8_t { kRevoked = 0, kDisabled, kActive };

// The secret that a rotation replaced, accepted until `valid_until`.
struct PreviousSecret {
  SecretDigest digest;
  UnixSeconds valid_until;
  uint8_t pepper_id = 0;
};

// What proving does not need and deciding does: read after the secret matched.
// One block of cache lines, which the principal's bytes follow, padded so that
// they can be read in chunks of kInlineTextChunkBytes, and the previous secret.
struct KeyProfile {
  const ScopeSet* scopes = nullptr;          // null: those of the policy
  const PreviousSecret* previous = nullptr;  // null unless rotating
  uint32_t principal_size = 0;
  uint32_t lines = 0;  // of the block

  const char* principal_bytes() const {
    return reinterpret_cast<const char*>(this + 1);
  }
  std::string_view principal() const {
    return {principal_bytes(), principal_size};
  }
};

static_assert(sizeof(KeyProfile) + kInlineTextChunkBytes <= 64,
              "the profile of a short name is one line");

inline constexpr uint32_t kNeverExpires = std::numeric_limits<uint32_t>::max();

struct alignas(64) KeyRecord {
  using Key = KeyId;

  KeyId id;
  BucketId bucket = 0;
  SecretDigest digest = {};
  const KeyProfile* profile = nullptr;
  uint32_t expires_at = 0;  // Unix seconds, first refused; or kNeverExpires
  KeyStatus status = KeyStatus::kRevoked;
  uint8_t pepper_id = 0;
  // Whether the profile has a previous secret: a wrong secret of another key
  // must not touch the profile, which an unknown id does not have.
  uint16_t rotating : 1 = 0;
  uint16_t policy : 15 = 0;  // index of an interned name

  const KeyId& key() const { return id; }
};

static_assert(sizeof(KeyRecord) == 64, "finding a key costs one cache line");
static_assert(std::is_trivially_copyable_v<KeyRecord>);

using KeyStore = BasicKeyStore<KeyRecord, StdAtomics>;

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_KEY_RECORD_H_
