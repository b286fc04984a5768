#include "engine/extract/extractor.h"

#include <cstring>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64.h"

namespace tollgate {
namespace {

constexpr std::string_view kAuthorization = "authorization";

enum class NameMatch : uint8_t { kDifferent, kSame, kAlias };

constexpr char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Compares a received field name with a lower-case one of the same size. An
// alias differs only in underscores for hyphens.
NameMatch MatchName(std::string_view name, std::string_view wanted) {
  NameMatch match = NameMatch::kSame;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (Lower(name[i]) == wanted[i]) continue;
    if (name[i] != '_' || wanted[i] != '-') return NameMatch::kDifferent;
    match = NameMatch::kAlias;
  }
  return match;
}

// Makes letters lower case, and of no hyphen anything else; of other
// characters it may make what it likes: MatchName has the last word.
constexpr uint64_t kLowerCase = 0x2020202020202020;

inline uint64_t Load64(const char* text) {
  uint64_t word;
  std::memcpy(&word, text, sizeof(word));
  return word;
}

ABSL_ATTRIBUTE_NOINLINE uint64_t LoadShort(std::string_view name) {
  uint64_t word = 0;
  std::memcpy(&word, name.data(), name.size());
  return word;
}

// Returns the first eight characters; zeros where there are fewer.
inline uint64_t Head(std::string_view name) {
  if (ABSL_PREDICT_FALSE(name.size() < 8)) return LoadShort(name);
  return Load64(name.data());
}

// Returns the last eight characters; zeros where there are fewer.
inline uint64_t Tail(std::string_view name) {
  if (ABSL_PREDICT_FALSE(name.size() < 8)) return LoadShort(name);
  return Load64(name.data() + name.size() - 8);
}

// Returns a mask of the characters of `name` that are no hyphens, which an
// alias may have otherwise.
std::string HyphensAside(std::string_view name) {
  std::string mask;
  for (const char c : name) mask += c == '-' ? '\0' : '\xff';
  return mask;
}

std::string_view TrimBlanks(std::string_view value) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) {
    value.remove_prefix(1);
  }
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) {
    value.remove_suffix(1);
  }
  return value;
}

// Takes `scheme` and the spaces after it off `value` (RFC 9110 section 11.4).
bool ConsumeScheme(std::string_view scheme, std::string_view& value) {
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') {
    return false;
  }
  for (size_t i = 0; i < scheme.size(); ++i) {
    if (Lower(value[i]) != scheme[i]) return false;
  }
  value.remove_prefix(scheme.size());
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return true;
}

}  // namespace

// The credential headers found, each at most once.
struct Extractor::Presented {
  std::string_view key, id, secret, authorization;
  bool has_key = false, has_id = false, has_secret = false;
  bool has_authorization = false;
};

Extractor::Extractor(ApiKeyText text, std::string_view header_name)
    : text_(std::move(text)) {
  const std::string key = absl::AsciiStrToLower(header_name);
  Want(key, Field::kKey);
  Want(absl::StrCat(key, "-id"), Field::kKeyId);
  Want(absl::StrCat(key, "-secret"), Field::kKeySecret);
  Want(std::string(kAuthorization), Field::kAuthorization);
}

void Extractor::Want(std::string name, Field field) {
  const std::string mask = HyphensAside(name);
  const uint64_t head_mask = Head(mask);
  const uint64_t tail_mask = Tail(mask);
  name_sizes_ |= uint64_t{1} << name.size();
  wanted_.push_back({name, field, (Head(name) | kLowerCase) & head_mask,
                     head_mask, (Tail(name) | kLowerCase) & tail_mask,
                     tail_mask});
}

inline Extractor::Field Extractor::Classify(std::string_view name) const {
  const uint64_t head = Head(name) | kLowerCase;
  const uint64_t tail = Tail(name) | kLowerCase;
  for (const Wanted& wanted : wanted_) {
    if (wanted.name.size() != name.size() ||
        (head & wanted.head_mask) != wanted.head ||
        (tail & wanted.tail_mask) != wanted.tail) {
      continue;
    }
    switch (MatchName(name, wanted.name)) {
      case NameMatch::kDifferent:
        continue;
      case NameMatch::kSame:
        return wanted.field;
      case NameMatch::kAlias:
        return Field::kAlias;
    }
  }
  return Field::kOther;
}

Reason Extractor::Collect(absl::Span<const HeaderView> headers,
                          Presented& presented) const {
  const auto once = [](bool& seen, std::string_view& slot,
                       std::string_view value) {
    if (seen) return false;
    seen = true;
    slot = TrimBlanks(value);
    return true;
  };
  for (const HeaderView& header : headers) {
    const size_t size = header.name.size();
    if (size > kNameSizeMax || (name_sizes_ >> size & 1) == 0) continue;
    bool single = true;
    switch (Classify(header.name)) {
      case Field::kOther:
        break;
      case Field::kAlias:
        return Reason::kMalformedRequest;
      case Field::kKey:
        single = once(presented.has_key, presented.key, header.value);
        break;
      case Field::kKeyId:
        single = once(presented.has_id, presented.id, header.value);
        break;
      case Field::kKeySecret:
        single = once(presented.has_secret, presented.secret, header.value);
        break;
      case Field::kAuthorization:
        single = once(presented.has_authorization, presented.authorization,
                      header.value);
        break;
    }
    if (!single) return Reason::kMultipleCredentials;
  }
  return Reason::kOk;
}

void Extractor::Extract(absl::Span<const HeaderView> headers,
                        Extracted& out) const {
  if (headers.size() > limits::kHeadersMax) {
    out.reason = Reason::kMalformedRequest;
    return;
  }
  Presented presented;
  out.reason = Collect(headers, presented);
  if (out.reason != Reason::kOk) return;
  const bool has_pair = presented.has_id || presented.has_secret;
  const int credentials =
      presented.has_key + has_pair + presented.has_authorization;
  if (credentials > 1) {
    out.reason = Reason::kMultipleCredentials;
  } else if (presented.has_key) {
    out.is_api_key = true;
    out.reason = ReadKey(presented.key, out);
  } else if (has_pair) {
    out.is_api_key = true;
    out.reason = ReadPair(presented.id, presented.secret, out);
  } else if (presented.has_authorization) {
    out.reason = ReadAuthorization(presented.authorization, out);
  } else {
    out.reason = Reason::kNoCredential;
  }
}

Reason Extractor::ReadAuthorization(std::string_view value,
                                    Extracted& out) const {
  if (ConsumeScheme("bearer", value)) {
    out.is_api_key = text_.LooksLikeKey(value);
    return out.is_api_key ? ReadKey(value, out) : Reason::kMalformedCredential;
  }
  if (ConsumeScheme("basic", value)) {
    out.is_api_key = true;
    return ReadBasic(value, out);
  }
  return Reason::kMalformedCredential;
}

Reason Extractor::ReadBasic(std::string_view encoded, Extracted& out) const {
  const auto size = DecodeBase64(encoded, absl::MakeSpan(out.basic_pair));
  if (!size.has_value()) return Reason::kMalformedCredential;
  const std::string_view pair(out.basic_pair.data(), *size);
  const size_t colon = pair.find(':');
  if (colon == std::string_view::npos) return Reason::kMalformedCredential;
  return ReadPair(pair.substr(0, colon), pair.substr(colon + 1), out);
}

Reason Extractor::ReadPair(std::string_view id, std::string_view secret,
                           Extracted& out) const {
  const auto key_id = KeyId::Parse(id);
  if (!key_id.has_value() || secret.empty() ||
      secret.size() > limits::kSecretBytesMax) {
    return Reason::kMalformedCredential;
  }
  out.id = *key_id;
  out.secret = secret;
  return Reason::kOk;
}

Reason Extractor::ReadKey(std::string_view value, Extracted& out) const {
  const ApiKeyText::Parts parts = text_.Parse(value);
  if (parts.reason != Reason::kOk) return parts.reason;
  out.id = parts.id;
  out.secret = parts.secret;
  return Reason::kOk;
}

}  // namespace tollgate
