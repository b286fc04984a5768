// The keys of a benchmark: ids and secrets, the same on every run.
//
// Thread-safety: immutable. Cost: 42 bytes a key.

#ifndef TOLLGATE_BENCH_SUPPORT_KEY_RING_H_
#define TOLLGATE_BENCH_SUPPORT_KEY_RING_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/types/span.h"
#include "bench/support/seeded_random.h"
#include "engine/model/key_id.h"

namespace tollgate::bench {

class KeyRing {
 public:
  static constexpr size_t kSecretSize = 30;

  // Two seeds give two rings without a common id, for all practical purposes.
  KeyRing(size_t count, uint64_t seed) : chars_(count * kKeySize) {
    SeededRandom random(seed);
    random.FillBase62(absl::MakeSpan(chars_));
  }

  size_t size() const { return chars_.size() / kKeySize; }

  KeyId id(size_t i) const {
    KeyId id;
    std::memcpy(id.bytes, &chars_[i * kKeySize], KeyId::kSize);
    return id;
  }

  std::string_view secret(size_t i) const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {&chars_[i * kKeySize + KeyId::kSize], kSecretSize};
  }

 private:
  static constexpr size_t kKeySize = KeyId::kSize + kSecretSize;

  std::vector<char> chars_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_KEY_RING_H_
