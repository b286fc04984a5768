// extract: finds the one credential of a request.
//
// Exactly one is taken. None, two, the same one twice, or a header that only
// resembles the right one (underscores for hyphens, which some servers fold)
// are reasons, not guesses. An API key is accepted in four forms:
//
//   X-API-Key: tg_live_...                      (header name configurable)
//   Authorization: Bearer tg_live_...           (RFC 6750 section 2.1)
//   Authorization: Basic base64(id:secret)      (RFC 7617)
//   X-API-Key-Id: id  +  X-API-Key-Secret: secret
//
// and a token (JWT) in two:
//
//   Authorization: Bearer eyJ...                (RFC 6750 section 2.1)
//   Authorization: DPoP eyJ...  +  DPoP: proof  (RFC 9449 section 7.1)
//
// and a client's certificates in one: as the connection proved them, beside the
// headers. A token may come with them, which may be bound to them; they are
// then its proof of possession. A key may not: two credentials.
//
// What begins with the prefix of keys is a key, everything else behind Bearer a
// token. The pair forms carry no checksum. Header values may be surrounded by
// spaces and tabs (RFC 9110 section 5.5), and by nothing else.
//
// Thread-safety: immutable after construction. Ownership: the result views the
// request, except a Basic pair, which it holds. Cost: one pass over the
// headers, no allocation.

#ifndef TOLLGATE_ENGINE_EXTRACT_EXTRACTOR_H_
#define TOLLGATE_ENGINE_EXTRACT_EXTRACTOR_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "engine/base/limits.h"
#include "engine/extract/api_key_text.h"
#include "engine/model/key_id.h"
#include "engine/model/reason.h"
#include "engine/model/request.h"

namespace tollgate {

// What a request presents, or was meant to.
enum class CredentialKind : uint8_t {
  kNone = 0,
  kApiKey,
  kToken,
  kCertificate
};

struct Extracted {
  // What was presented; nothing in it is proved. A key has id and secret.
  std::string_view secret;
  KeyId id;

  Reason reason = Reason::kNoCredential;  // kOk: the credential is set

  // The client's certificates, set by the caller before extraction; null: none.
  // They are the credential, or prove possession of a token's key.
  const ClientChain* chain = nullptr;

  // Set even when malformed. Not beside `reason`: who asks for both would load
  // them as one, which waits until both stores are done.
  CredentialKind kind = CredentialKind::kNone;

  // A token, and what proves possession of its key. The scheme says whether the
  // token was sent as one that needs it.
  bool dpop_scheme = false;
  bool bearer_key = false;  // a key that was sent where bearer tokens are
  std::string_view token;
  std::string_view dpop_proof;  // empty: there is none

  // Holds a decoded Basic pair, which `secret` then views: filled in place,
  // never copied.
  std::array<char, limits::kBasicPairBytesMax> basic_pair;

  Extracted() = default;
  Extracted(const Extracted&) = delete;
  Extracted& operator=(const Extracted&) = delete;
};

class Extractor {
 public:
  struct Options {
    // Absent: API keys are not taken.
    std::optional<ApiKeyText> keys;
    std::string key_header = "X-API-Key";  // at most 56 characters
    bool tokens = false;
    bool certificates = false;
  };

  explicit Extractor(Options options);

  // Fills `out`, which must be fresh but for `chain`.
  void Extract(absl::Span<const HeaderView> headers, Extracted& out) const;

 private:
  // The fields that carry a credential, as indices and as bits of a set.
  enum Field : uint8_t {
    kKey,
    kKeyId,
    kKeySecret,
    kAuthorization,
    kDpop,
    kFields
  };

  static constexpr size_t kNameSizeMax = 63;

  // A field looked for. Its first and last eight characters are compared at
  // once; a bit of `fold` is where case may differ, of `hyphens` where an alias
  // may have anything. What does not reach eight characters is compared one by
  // one, and so is the middle of what is longer than two words.
  struct Wanted {
    uint64_t head, head_fold, head_hyphens;
    uint64_t tail, tail_fold, tail_hyphens;
    const char* name;  // lower case, as long as those compared with it
    Field field;
  };

  enum class NameMatch : uint8_t { kDifferent, kSame, kAlias };

  struct Presented;

  // Returns which bit of filter_ stands for a name, by its size and the
  // character in its middle. REQUIRES: 0 < size.
  static unsigned FilterBit(const char* name, size_t size) {
    const auto middle = static_cast<unsigned char>(name[size / 2] | 0x20);
    return (middle + 5 * static_cast<unsigned>(size)) % 64;
  }

  void Want(std::string_view name, Field field);
  static NameMatch Match(const Wanted& wanted, std::string_view name);
  Reason Collect(absl::Span<const HeaderView> headers,
                 Presented& presented) const;
  Reason CollectOne(const HeaderView& header, Presented& presented) const;
  Reason ReadCredential(const Presented& presented, Extracted& out) const;
  Reason WeighCertificates(Reason reason, Extracted& out) const;
  Reason ReadAuthorization(std::string_view value, Extracted& out) const;
  Reason ReadBearer(std::string_view value, Extracted& out) const;
  Reason ReadToken(std::string_view value, Extracted& out) const;
  Reason ReadBasic(std::string_view encoded, Extracted& out) const;
  Reason ReadPair(std::string_view id, std::string_view secret,
                  Extracted& out) const;
  Reason ReadKey(std::string_view value, Extracted& out) const;

  Options options_;
  uint64_t name_sizes_ = 0;  // bit n: some name looked for has n characters
  uint64_t filter_ = 0;      // a bit for each name looked for: FilterBit
  std::array<std::vector<Wanted>, kNameSizeMax + 1> wanted_;  // by size of name
  std::vector<std::unique_ptr<const std::string>> names_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_EXTRACT_EXTRACTOR_H_
