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
// The pair forms carry no checksum. Header values may be surrounded by spaces
// and tabs (RFC 9110 section 5.5), and by nothing else.
//
// Thread-safety: immutable after construction. Ownership: the result views the
// request, except a Basic pair, which it holds. Cost: one pass over the
// headers, no allocation.

#ifndef TOLLGATE_ENGINE_EXTRACT_EXTRACTOR_H_
#define TOLLGATE_ENGINE_EXTRACT_EXTRACTOR_H_

#include <array>
#include <cstdint>
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

struct Extracted {
  Reason reason = Reason::kNoCredential;  // kOk: id and secret are set
  bool is_api_key = false;  // an API key was meant, even when malformed

  // What was presented; nothing in it is proved.
  KeyId id;
  std::string_view secret;

  // Holds a decoded Basic pair, which `secret` then views: filled in place,
  // never copied.
  std::array<char, limits::kBasicPairBytesMax> basic_pair;

  Extracted() = default;
  Extracted(const Extracted&) = delete;
  Extracted& operator=(const Extracted&) = delete;
};

class Extractor {
 public:
  // REQUIRES: `header_name` has at most 56 characters.
  Extractor(ApiKeyText text, std::string_view header_name);

  // Fills `out`, which must be fresh.
  void Extract(absl::Span<const HeaderView> headers, Extracted& out) const;

  const ApiKeyText& text() const { return text_; }

 private:
  // What a header field is; kAlias resembles one that was looked for.
  enum class Field : uint8_t {
    kOther,
    kAlias,
    kKey,
    kKeyId,
    kKeySecret,
    kAuthorization,
  };

  // A field looked for. Its first and last eight characters are compared at
  // once, case and hyphens aside, before the name is read one by one.
  struct Wanted {
    std::string name;  // lower case
    Field field;
    uint64_t head, head_mask;
    uint64_t tail, tail_mask;
  };

  struct Presented;

  static constexpr size_t kNameSizeMax = 63;

  void Want(std::string name, Field field);
  Field Classify(std::string_view name) const;
  Reason Collect(absl::Span<const HeaderView> headers,
                 Presented& presented) const;
  Reason ReadAuthorization(std::string_view value, Extracted& out) const;
  Reason ReadBasic(std::string_view encoded, Extracted& out) const;
  Reason ReadPair(std::string_view id, std::string_view secret,
                  Extracted& out) const;
  Reason ReadKey(std::string_view value, Extracted& out) const;

  ApiKeyText text_;
  std::vector<Wanted> wanted_;
  uint64_t name_sizes_ = 0;  // bit n: some field looked for has n characters
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_EXTRACT_EXTRACTOR_H_
