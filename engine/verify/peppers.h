// The peppers of a configuration: the newest digests new secrets, all of them
// prove old ones while keys move from one to the next.
//
// Every presented secret is digested under every configured pepper, whether or
// not its key exists, so the work tells nothing about the key (one pepper but
// for the weeks of a rotation).
//
// Thread-safety: immutable after construction. Cost: one SHA-256 compression
// a pepper (BM_Pepper_Digest).

#ifndef TOLLGATE_ENGINE_VERIFY_PEPPERS_H_
#define TOLLGATE_ENGINE_VERIFY_PEPPERS_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/limits.h"
#include "engine/crypto/key_digest.h"

namespace tollgate {

class Peppers {
 public:
  // The digests of one secret, in the order of the peppers.
  using Digests = std::array<SecretDigest, limits::kPeppersMax>;

  // A pepper and the id that stored keys name it by.
  struct Entry {
    uint8_t id;
    Pepper pepper;
  };

  // `entries` newest first. Fails when there are none, too many, or two of
  // one id.
  static absl::StatusOr<Peppers> Create(std::vector<Entry> entries);

  const Entry& newest() const { return entries_.front(); }

  bool Contains(uint8_t id) const { return IndexOf(id) < limits::kPeppersMax; }

  // Digests of one secret in the making. They take some 30 ns of waiting, in
  // which other work gets done that stands between the steps: Begin, Advance
  // about three times, Finish.
  class Digesting {
   public:
    // REQUIRES: `secret` has 1 to limits::kSecretBytesMax bytes; it and the
    // peppers outlive Finish.
    void Begin(const Peppers& peppers, const std::string_view& secret) {
      peppers_ = &peppers;
      secret_ = &secret;
      peppers.newest().pepper.BeginDigest(secret, newest_);
    }
    void Advance() { newest_.Advance(); }
    void Finish(Digests& out) {
      out[0] = newest_.Finish();
      for (size_t i = 1; i < peppers_->size_; ++i) {
        out[i] = peppers_->entries_[i].pepper.Digest(*secret_);
      }
    }

   private:
    const Peppers* peppers_;
    const std::string_view* secret_;
    internal::Sha256LastBlockSteps newest_;
  };

  // REQUIRES: `secret` has 1 to limits::kSecretBytesMax bytes.
  void DigestAll(const std::string_view& secret, Digests& out) const {
    Digesting digesting;
    digesting.Begin(*this, secret);
    digesting.Finish(out);
  }

  // Returns the digest under pepper `id`, or nullptr when it is not
  // configured any more: a secret kept under it can not be proved.
  const SecretDigest* Select(const Digests& digests, uint8_t id) const {
    const size_t index = IndexOf(id);
    return index < limits::kPeppersMax ? &digests[index] : nullptr;
  }

 private:
  // Returns limits::kPeppersMax when there is none.
  size_t IndexOf(uint8_t id) const {
    size_t index = 0;
    for (const Entry& entry : entries_) {
      if (entry.id == id) return index;
      ++index;
    }
    return limits::kPeppersMax;
  }

  explicit Peppers(std::vector<Entry> entries)
      : entries_(std::move(entries)), size_(entries_.size()) {}

  std::vector<Entry> entries_;
  size_t size_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_PEPPERS_H_
