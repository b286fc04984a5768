#include "engine/extract/extractor.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64.h"
#include "engine/extract/client_chain.h"

namespace tollgate {
namespace {

constexpr char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

inline uint64_t Load64(const char* text) {
  uint64_t word;
  std::memcpy(&word, text, sizeof(word));
  return word;
}

constexpr size_t kWord = sizeof(uint64_t);

// Makes a word of the eight characters from `at`, each put through `map`.
template <typename Map>
uint64_t WordOf(std::string_view name, size_t at, Map map) {
  std::string word(name.substr(at, kWord));
  for (char& c : word) c = map(c);
  return Load64(word.data());
}

char CaseBit(char c) { return c >= 'a' && c <= 'z' ? 0x20 : 0; }
char HyphenBits(char c) { return c == '-' ? '\xff' : 0; }
char Itself(char c) { return c; }

ABSL_ATTRIBUTE_NOINLINE std::string_view TrimEnds(std::string_view value) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) {
    value.remove_prefix(1);
  }
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) {
    value.remove_suffix(1);
  }
  return value;
}

// Takes spaces and tabs off both ends, of which there mostly are none.
inline std::string_view TrimBlanks(std::string_view value) {
  const bool clean =
      !value.empty() && value.front() > ' ' && value.back() > ' ';
  return ABSL_PREDICT_TRUE(clean) ? value : TrimEnds(value);
}

// The name of an authentication scheme, in any case, and the space behind it
// (RFC 9110 section 11.4), as one word.
class Scheme {
 public:
  // REQUIRES: `name` is lower case, and shorter than a word.
  constexpr explicit Scheme(std::string_view name) : size_(name.size() + 1) {
    for (size_t i = 0; i < size_; ++i) {
      const char c = i < name.size() ? name[i] : ' ';
      word_ |= uint64_t{static_cast<unsigned char>(c)} << 8 * i;
      mask_ |= uint64_t{0xff} << 8 * i;
      if (i < name.size()) fold_ |= uint64_t{0x20} << 8 * i;
    }
  }

  // Takes the scheme and further spaces off `value`.
  bool Consume(std::string_view& value) const {
    if (value.size() < size_) return false;
    uint64_t word = 0;
    if (ABSL_PREDICT_TRUE(value.size() >= kWord)) {
      word = Load64(value.data());
    } else {
      std::memcpy(&word, value.data(), value.size());
    }
    if ((((word | fold_) ^ word_) & mask_) != 0) return false;
    value.remove_prefix(size_);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return true;
  }

 private:
  size_t size_;
  uint64_t word_ = 0;
  uint64_t mask_ = 0;
  uint64_t fold_ = 0;  // where case may differ
};

constexpr Scheme kBearer("bearer");
constexpr Scheme kDpopScheme("dpop");
constexpr Scheme kBasic("basic");

}  // namespace

// The values of the fields found, each at most once.
struct Extractor::Presented {
  unsigned found = 0;  // bit n: field n
  const std::string_view* values[kFields];

  std::string_view value(Field field) const {
    const bool present = (found >> field & 1) != 0;
    return present ? TrimBlanks(*values[field]) : std::string_view();
  }
};

// Fields are looked for whether or not what they carry is taken: a credential
// that is not taken is refused, not overlooked.
Extractor::Extractor(Options options) : options_(std::move(options)) {
  const std::string key = absl::AsciiStrToLower(options_.key_header);
  Want(key, kKey);
  Want(absl::StrCat(key, "-id"), kKeyId);
  Want(absl::StrCat(key, "-secret"), kKeySecret);
  Want("authorization", kAuthorization);
  Want("dpop", kDpop);
}

void Extractor::Want(std::string_view name, Field field) {
  names_.push_back(std::make_unique<const std::string>(name));
  Wanted wanted = {};
  wanted.name = names_.back()->data();
  wanted.field = field;
  if (name.size() >= kWord) {
    const size_t tail = name.size() - kWord;
    wanted.head = WordOf(name, 0, Itself);
    wanted.head_fold = WordOf(name, 0, CaseBit);
    wanted.head_hyphens = WordOf(name, 0, HyphenBits);
    wanted.tail = WordOf(name, tail, Itself);
    wanted.tail_fold = WordOf(name, tail, CaseBit);
    wanted.tail_hyphens = WordOf(name, tail, HyphenBits);
  }
  name_sizes_ |= uint64_t{1} << name.size();
  std::string alias(name);
  std::replace(alias.begin(), alias.end(), '-', '_');
  for (const std::string_view spelling : {name, std::string_view(alias)}) {
    filter_ |= uint64_t{1} << FilterBit(spelling.data(), spelling.size());
  }
  wanted_[name.size()].push_back(wanted);
}

// Compares character by character. An alias differs only in underscores for
// hyphens. REQUIRES: the sizes are equal.
inline Extractor::NameMatch Extractor::Match(const Wanted& wanted,
                                             std::string_view name) {
  if (ABSL_PREDICT_TRUE(name.size() >= kWord)) {
    const uint64_t head =
        (Load64(name.data()) ^ wanted.head) & ~wanted.head_fold;
    const uint64_t tail =
        (Load64(name.data() + name.size() - kWord) ^ wanted.tail) &
        ~wanted.tail_fold;
    if (((head & ~wanted.head_hyphens) | (tail & ~wanted.tail_hyphens)) != 0) {
      return NameMatch::kDifferent;
    }
    if ((head | tail) == 0 && name.size() <= 2 * kWord) return NameMatch::kSame;
  }
  NameMatch match = NameMatch::kSame;
  for (size_t i = 0; i < name.size(); ++i) {
    const char expected = wanted.name[i];
    if (Lower(name[i]) == expected) continue;
    if (name[i] != '_' || expected != '-') return NameMatch::kDifferent;
    match = NameMatch::kAlias;
  }
  return match;
}

// REQUIRES: the name has at most kNameSizeMax characters.
inline Reason Extractor::CollectOne(const HeaderView& header,
                                    Presented& presented) const {
  for (const Wanted& wanted : wanted_[header.name.size()]) {
    const NameMatch match = Match(wanted, header.name);
    if (ABSL_PREDICT_TRUE(match == NameMatch::kDifferent)) continue;
    if (match == NameMatch::kAlias) return Reason::kMalformedRequest;
    const unsigned bit = 1u << wanted.field;
    if ((presented.found & bit) != 0) return Reason::kMultipleCredentials;
    presented.found |= bit;
    presented.values[wanted.field] = &header.value;
    return Reason::kOk;
  }
  return Reason::kOk;
}

inline Reason Extractor::Collect(absl::Span<const HeaderView> headers,
                                 Presented& presented) const {
  for (const HeaderView& header : headers) {
    const size_t size = header.name.size();
    if (size > kNameSizeMax || (name_sizes_ >> size & 1) == 0) continue;
    if ((filter_ >> FilterBit(header.name.data(), size) & 1) == 0) continue;
    const Reason reason = CollectOne(header, presented);
    if (ABSL_PREDICT_FALSE(reason != Reason::kOk)) return reason;
  }
  return Reason::kOk;
}

inline Reason Extractor::ReadKey(std::string_view value, Extracted& out) const {
  if (!options_.keys.has_value()) return Reason::kMalformedCredential;
  return options_.keys->Parse(value, out.id, out.secret);
}

void Extractor::Extract(absl::Span<const HeaderView> headers,
                        Extracted& out) const {
  if (headers.size() > limits::kHeadersMax) {
    out.reason = Reason::kMalformedRequest;
    return;
  }
  Presented presented;
  out.reason = Collect(headers, presented);
  if (out.reason == Reason::kOk) out.reason = ReadCredential(presented, out);
  if (ABSL_PREDICT_FALSE(out.chain != nullptr)) {
    out.reason = WeighCertificates(out.reason, out);
  }
}

// What the certificates are beside what the headers carry: taken or not, they
// are a credential.
Reason Extractor::WeighCertificates(Reason reason, Extracted& out) const {
  if (reason == Reason::kNoCredential) {
    out.kind = CredentialKind::kCertificate;
    const bool taken = options_.certificates && !out.chain->is_unreadable();
    return taken ? Reason::kOk : Reason::kMalformedCredential;
  }
  const bool two =
      reason == Reason::kOk &&
      (out.kind == CredentialKind::kApiKey || out.chain->is_unreadable());
  return two ? Reason::kMultipleCredentials : reason;
}

inline Reason Extractor::ReadCredential(const Presented& presented,
                                        Extracted& out) const {
  constexpr auto kBit = [](Field field) { return 1u << field; };
  switch (presented.found & ~kBit(kDpop)) {
    case 0:
      return Reason::kNoCredential;
    case kBit(kKey):
      out.kind = CredentialKind::kApiKey;
      return ReadKey(presented.value(kKey), out);
    case kBit(kAuthorization):
      out.dpop_proof = presented.value(kDpop);
      return ReadAuthorization(presented.value(kAuthorization), out);
    case kBit(kKeyId):
    case kBit(kKeySecret):
    case kBit(kKeyId) | kBit(kKeySecret):
      out.kind = CredentialKind::kApiKey;
      return ReadPair(presented.value(kKeyId), presented.value(kKeySecret),
                      out);
    default:
      return Reason::kMultipleCredentials;
  }
}

Reason Extractor::ReadAuthorization(std::string_view value,
                                    Extracted& out) const {
  if (kBearer.Consume(value)) return ReadBearer(value, out);
  if (kDpopScheme.Consume(value)) {
    out.dpop_scheme = true;
    return ReadToken(value, out);
  }
  if (kBasic.Consume(value)) {
    out.kind = CredentialKind::kApiKey;
    return ReadBasic(value, out);
  }
  return Reason::kMalformedCredential;
}

Reason Extractor::ReadBearer(std::string_view value, Extracted& out) const {
  if (!options_.keys.has_value() || !options_.keys->LooksLikeKey(value)) {
    return ReadToken(value, out);
  }
  out.kind = CredentialKind::kApiKey;
  out.bearer_key = true;
  return ReadKey(value, out);
}

Reason Extractor::ReadToken(std::string_view value, Extracted& out) const {
  if (!options_.tokens) return Reason::kMalformedCredential;
  out.kind = CredentialKind::kToken;
  out.token = value;
  return value.size() <= limits::kTokenBytesMax ? Reason::kOk
                                                : Reason::kMalformedCredential;
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
  if (!options_.keys.has_value()) return Reason::kMalformedCredential;
  const auto key_id = KeyId::Parse(id);
  if (!key_id.has_value() || secret.empty() ||
      secret.size() > limits::kSecretBytesMax) {
    return Reason::kMalformedCredential;
  }
  out.id = *key_id;
  out.secret = secret;
  return Reason::kOk;
}

}  // namespace tollgate
