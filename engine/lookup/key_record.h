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

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

#include "engine/base/clock.h"
#include "engine/base/inline_text.h"
#include "engine/crypto/key_digest.h"
#include "engine/crypto/secret_tag.h"
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

// The tag of the secret that proved a key, once one has: who presents the same
// secret again need not be digested (engine/crypto/secret_tag.h).
//
// P1. The words hold the tag added to the digest that it was proved against, so
//     that they say nothing about any other digest: a record with a new secret
//     finds nothing, even if it shared this.
// P2. They are written after a proof, by who holds the record under an epoch
//     guard. A change of the secret replaces record and profile, and this with
//     them; a proof made meanwhile is written into what is on its way out.
// P3. Two writers prove the same secret, under peppers that may differ, and so
//     may the tags. A reader that sees a word of each compares with what is no
//     secret's tag but with probability 2^-128, as are the zeros at the start.
//     So nothing is ordered: relaxed.
class ProvenSecret {
 public:
  // In constant time.
  [[nodiscard]] bool Is(const SecretTag& tag,
                        const SecretDigest& digest) const {
    const SecretTag sum = Sum(tag, digest);
    return ((low_.load(std::memory_order_relaxed) ^ sum.low) |
            (high_.load(std::memory_order_relaxed) ^ sum.high)) == 0;
  }

  void Remember(const SecretTag& tag, const SecretDigest& digest) {
    const SecretTag sum = Sum(tag, digest);
    low_.store(sum.low, std::memory_order_relaxed);
    high_.store(sum.high, std::memory_order_relaxed);
  }

 private:
  static SecretTag Sum(const SecretTag& tag, const SecretDigest& digest) {
    SecretTag words;
    std::memcpy(&words, digest.data(), sizeof(words));
    return {words.low ^ tag.low, words.high ^ tag.high};
  }

  std::atomic<uint64_t> low_ = 0;
  std::atomic<uint64_t> high_ = 0;
};

// What finding does not need and deciding does. One block of cache lines, which
// the principal's bytes follow, padded so that they can be read in chunks of
// kInlineTextChunkBytes, and the previous secret.
struct KeyProfile {
  const ScopeSet* scopes = nullptr;  // null: those of the policy
  mutable ProvenSecret proven;       // a memory of what is the same without it
  uint8_t principal_size = 0;
  uint8_t lines = 0;  // of the block
  bool rotating = false;
  // On which day it was used last, and from which network, as far as 32 bits
  // tell; written when that changes.
  mutable std::atomic<uint32_t> last_seen = 0;

  const char* principal_bytes() const {
    return reinterpret_cast<const char*>(this + 1);
  }
  std::string_view principal() const {
    return {principal_bytes(), principal_size};
  }
  // Null unless rotating.
  const PreviousSecret* previous() const {
    return rotating ? reinterpret_cast<const PreviousSecret*>(
                          principal_bytes() + PaddedSize(principal_size))
                    : nullptr;
  }

  static constexpr size_t PaddedSize(size_t principal_size) {
    return (principal_size + kInlineTextChunkBytes - 1) /
           kInlineTextChunkBytes * kInlineTextChunkBytes;
  }
};

static_assert(sizeof(KeyProfile) + kInlineTextChunkBytes <= 64,
              "the profile of a name of 32 bytes is one line");
static_assert(std::is_trivially_destructible_v<KeyProfile>);
static_assert(alignof(PreviousSecret) <= kInlineTextChunkBytes &&
              sizeof(KeyProfile) % alignof(PreviousSecret) == 0);

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
