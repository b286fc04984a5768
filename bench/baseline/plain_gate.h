// What people write instead of an engine, written well: one hash map, one
// mutex, one SHA-256, a constant-time comparison, and one token bucket.
//
// It does less than Tollgate: no checksum, expiry, rotation, policy, address or
// scopes, one limit instead of several, no way to change a key while serving,
// and a key's text is hashed without a pepper. The mutex is held once for map
// and bucket, hashing is outside of it, and keys are fixed arrays rather than
// strings, which makes it faster than what is usually written.
//
// Thread-safety: all methods.

#ifndef TOLLGATE_BENCH_BASELINE_PLAIN_GATE_H_
#define TOLLGATE_BENCH_BASELINE_PLAIN_GATE_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "engine/crypto/sha256.h"
#include "engine/model/key_id.h"
#include "engine/model/request.h"

namespace tollgate::bench {

class PlainGate {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Limit {
    double permits_per_second;
    double burst;
  };

  explicit PlainGate(Limit limit) : limit_(limit) {}

  void Add(const KeyId& id, std::string_view secret);

  // Returns whether the request carries a good key that has permits left.
  bool Allows(const RequestView& request, Time now);

 private:
  // Hashed and compared as an array of bytes.
  using Id = std::array<char, KeyId::kSize>;

  struct Entry {
    Sha256Digest digest;
    double permits;
    Time refilled;
  };

  bool Take(Entry& entry, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limit limit_;
  absl::Mutex mutex_;
  absl::flat_hash_map<Id, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_BASELINE_PLAIN_GATE_H_
