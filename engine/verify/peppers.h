// The peppers of a configuration: the newest digests new secrets, all of them
// prove old ones while keys move from one to the next.
//
// Every presented secret is digested under every configured pepper, whether or
// not its key exists, so the work tells nothing about the key (one pepper but
// for the weeks of a rotation).
//
// They also tag secrets, so that one that was proved is known again without
// being digested (engine/lookup/key_record.h, ProvenSecret). The key of the
// tags is derived from all peppers and their ids: when one of them changes,
// nothing is known any more, and as long as none does a reload forgets nothing.
//
// Thread-safety: immutable after construction. Cost: one SHA-256 compression
// a pepper (BM_Pepper_Digest).

#ifndef TOLLGATE_ENGINE_VERIFY_PEPPERS_H_
#define TOLLGATE_ENGINE_VERIFY_PEPPERS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/limits.h"
#include "engine/crypto/key_digest.h"
#include "engine/crypto/secret_tag.h"

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

  // Whether secrets that were proved are to be known again.
  enum class Remember : uint8_t { kNo, kYes };

  // `entries` newest first. Fails when there are none, too many, or two of
  // one id.
  static absl::StatusOr<Peppers> Create(std::vector<Entry> entries,
                                        Remember remember = Remember::kYes);

  const Entry& newest() const { return entries_.front(); }

  bool Contains(uint8_t id) const { return IndexOf(id) < limits::kPeppersMax; }

  // REQUIRES: `secret` has 1 to limits::kSecretBytesMax bytes.
  void DigestAll(const std::string_view& secret, Digests& out) const {
    size_t i = 0;
    for (const Entry& entry : entries_) {
      out[i++] = entry.pepper.Digest(secret);
    }
  }

  // Null when nothing is to be known again, or the processor has no means.
  const SecretTagger* tagger() const { return tagger_.get(); }

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

  explicit Peppers(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  std::vector<Entry> entries_;
  std::unique_ptr<const SecretTagger> tagger_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_PEPPERS_H_
