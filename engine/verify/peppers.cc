#include "engine/verify/peppers.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/sha256.h"

namespace tollgate {
namespace {

// Secrets of requests have no control characters in front.
constexpr std::string_view kTagLabel("\0tag of a secret", 16);

// Makes a key from what all `entries` derive.
std::unique_ptr<const SecretTagger> MakeTagger(
    const std::vector<Peppers::Entry>& entries) {
  SecretBytes derived(entries.size() * (1 + sizeof(SecretDigest)) + 1);
  uint8_t* at = derived.mutable_span().data() + 1;
  for (const Peppers::Entry& entry : entries) {
    *at++ = entry.id;
    const SecretDigest digest = entry.pepper.Digest(kTagLabel);
    at = std::copy(digest.begin(), digest.end(), at);
  }
  SecretBytes key(SecretTagger::kKeyBytes);
  at = key.mutable_span().data();
  static_assert(SecretTagger::kKeyBytes % sizeof(Sha256Digest) == 0);
  for (size_t i = 0; i < SecretTagger::kKeyBytes / sizeof(Sha256Digest); ++i) {
    derived.mutable_span()[0] = static_cast<uint8_t>(i);
    const Sha256Digest part = Sha256(derived.span());
    at = std::copy(part.begin(), part.end(), at);
  }
  return std::make_unique<const SecretTagger>(key.span());
}

}  // namespace

absl::StatusOr<Peppers> Peppers::Create(std::vector<Entry> entries,
                                        Remember remember) {
  if (entries.empty()) {
    return absl::InvalidArgumentError("API keys need a pepper");
  }
  if (entries.size() > limits::kPeppersMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", limits::kPeppersMax, " peppers at a time"));
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (entries[i].id == entries[j].id) {
        return absl::InvalidArgumentError(
            absl::StrCat("two peppers have the id ", entries[i].id));
      }
    }
  }
  Peppers peppers(std::move(entries));
  if (remember == Remember::kYes && SecretTagger::IsSupported()) {
    peppers.tagger_ = MakeTagger(peppers.entries_);
  }
  return peppers;
}

}  // namespace tollgate
