#include "engine/verify/jws.h"

#include <array>

#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

// Reads the member into `text`, if it is there. Returns false if it is not a
// string.
bool ReadText(const JsonObject& object, std::string_view name, bool& has,
              std::string_view& text) {
  const auto value = object.Find(name);
  has = value.has_value();
  if (!has) return true;
  if (value->kind() != JsonKind::kString) return false;
  text = *value->String();
  return true;
}

bool HasAny(const JsonObject& object,
            absl::Span<const std::string_view> names) {
  for (const JsonMember member : object) {
    for (const std::string_view name : names) {
      if (member.name == name) return true;
    }
  }
  return false;
}

// Members that change what a JWS is, or make it something else.
constexpr std::string_view kRefused[] = {"crit", "b64", "enc", "zip"};

constexpr std::string_view kEmbeddedKeys[] = {"jwk", "x5c", "jku", "x5u"};

Reason ReadHeader(const JsonObject& object, JwsHeader& header) {
  if (HasAny(object, kRefused)) return Reason::kMalformedCredential;
  bool has_algorithm = false;
  std::string_view algorithm;
  if (!ReadText(object, "alg", has_algorithm, algorithm) || !has_algorithm ||
      !ReadText(object, "kid", header.has_kid, header.kid) ||
      !ReadText(object, "typ", header.has_type, header.type) ||
      !ReadText(object, "cty", header.has_content_type, header.content_type) ||
      header.kid.size() > limits::kKidBytesMax) {
    return Reason::kMalformedCredential;
  }
  header.has_embedded_key = HasAny(object, kEmbeddedKeys);
  header.jwk = object.Find("jwk");
  header.algorithm = AlgorithmFromName(algorithm);
  return header.algorithm == Algorithm::kNone ? Reason::kAlgorithmNotAllowed
                                              : Reason::kOk;
}

}  // namespace

bool SplitCompactJws(std::string_view token, CompactJws& out) {
  if (token.size() > limits::kTokenBytesMax) return false;
  const size_t first = token.find('.');
  if (first == std::string_view::npos || first == 0) return false;
  const size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || second + 1 == token.size() ||
      token.find('.', second + 1) != std::string_view::npos) {
    return false;
  }
  out.signing_input = token.substr(0, second);
  out.header = token.substr(0, first);
  out.payload = token.substr(first + 1, second - first - 1);
  out.signature = token.substr(second + 1);
  return true;
}

JwsHeaderReader::JwsHeaderReader()
    : reader_({.bytes_max = limits::kJwsHeaderBytesMax,
               .depth_max = limits::kJwsHeaderNestingMax}),
      decoded_(Base64UrlDecodedBytesMax(limits::kJwsHeaderBytesMax)) {}

Reason JwsHeaderReader::Read(std::string_view encoded, JwsHeader& out) {
  out = JwsHeader();
  // What is longer than it may be does not fit.
  const auto size = DecodeBase64Url(encoded, absl::MakeSpan(decoded_));
  if (!size.has_value()) return Reason::kMalformedCredential;
  const auto object = reader_.ParseObject({decoded_.data(), *size});
  if (!object.ok()) return Reason::kMalformedCredential;
  const Reason reason = ReadHeader(*object, out);
  if (reason != Reason::kOk) out = JwsHeader();
  return reason;
}

bool VerifySignature(const CompactJws& jws, const VerifyingKey& key) {
  std::array<char, limits::kSignatureBytesMax> buffer;
  const auto size = DecodeBase64Url(jws.signature, absl::MakeSpan(buffer));
  return size.has_value() &&
         key.Verify(jws.signing_input, {buffer.data(), *size});
}

}  // namespace tollgate
