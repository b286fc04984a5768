// The credentials that a benchmark presents, one after the other.
//
// Keys are drawn at random, uniformly unless it is asked for otherwise, and the
// texts are laid out in the order in which they are presented: a gateway has
// just received a request, so its bytes are near, while its key's record may be
// anywhere. The sequence is longer than the L2 cache.
//
// Thread-safety: immutable; threads read it from different places. Cost: some
// 64 bytes a credential.

#ifndef TOLLGATE_BENCH_SUPPORT_CREDENTIAL_SEQUENCE_H_
#define TOLLGATE_BENCH_SUPPORT_CREDENTIAL_SEQUENCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "bench/support/key_ring.h"
#include "bench/support/seeded_random.h"

namespace tollgate::bench {

// What is right or wrong with a credential.
enum class Presented : uint8_t {
  kGood,
  kBadChecksum,  // one character differs
  kUnknownId,    // well formed, of no key
  kWrongSecret,  // of a key, with another's secret and a right checksum
};

// Where it stands in the request.
enum class Form : uint8_t {
  kHeader,  // X-API-Key: tg_live_...
  kBearer,  // Authorization: Bearer tg_live_...
  kBasic,   // Authorization: Basic base64(id:secret)
};

// How often each key comes.
enum class Draw : uint8_t {
  kUniform,
  kZipf,    // the n-th most frequent with weight n^-0.99, as YCSB has it
  kOneKey,  // always the same
};

struct SequenceOptions {
  Presented presented = Presented::kGood;
  Draw draw = Draw::kUniform;
  Form form = Form::kHeader;
  size_t length = size_t{1} << 18;  // a power of two
  uint64_t seed = 1;
  // Draws only the keys whose index is `residue` modulo `modulus`.
  size_t modulus = 1;
  size_t residue = 0;
};

class CredentialSequence {
 public:
  // `keys` need not live on.
  CredentialSequence(const KeyRing& keys, const SequenceOptions& options);

  size_t size() const { return mask_ + 1; }
  Form form() const { return form_; }

  // Returns the value of the header that carries credential `i`, modulo size().
  std::string_view value(size_t i) const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {&chars_[(i & mask_) * stride_], value_size_};
  }

 private:
  Form form_;
  size_t mask_;
  size_t value_size_;
  size_t stride_;
  std::vector<char> chars_;
};

// The parts of a key that a benchmark of one stage works on: ids and secrets in
// the same kind of order.
class DrawnKeys {
 public:
  DrawnKeys(const KeyRing& keys, size_t length, uint64_t seed);

  const KeyId& id(size_t i) const { return drawn_[i & mask_].id; }
  std::string_view secret(size_t i) const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {drawn_[i & mask_].secret, KeyRing::kSecretSize};
  }
  size_t size() const { return mask_ + 1; }

 private:
  struct Drawn {
    KeyId id;
    char secret[KeyRing::kSecretSize];
  };

  size_t mask_;
  std::vector<Drawn> drawn_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_CREDENTIAL_SEQUENCE_H_
