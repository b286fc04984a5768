#include "engine/verify/jws.h"

#include <array>

#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

// Reads a member that is text. Returns false if it is not.
bool ReadText(const JsonMember& member, bool& has, std::string_view& text) {
  if (member.value.kind() != JsonKind::kString) return false;
  has = true;
  text = *member.value.String();
  return true;
}

// Reads one member; those that nobody here knows are of any type. `algorithm`
// is the text of `alg`.
bool ReadMember(const JsonMember& member, JwsHeader& header,
                bool& has_algorithm, std::string_view& algorithm) {
  if (member.Is("alg")) return ReadText(member, has_algorithm, algorithm);
  if (member.Is("kid")) return ReadText(member, header.has_kid, header.kid);
  if (member.Is("typ")) return ReadText(member, header.has_type, header.type);
  if (member.Is("cty")) {
    return ReadText(member, header.has_content_type, header.content_type);
  }
  if (member.Is("jwk")) header.jwk = member.value;
  header.has_embedded_key |= member.Is("jwk") || member.Is("x5c") ||
                             member.Is("jku") || member.Is("x5u");
  // Members that change what a JWS is, or make it something else.
  return !member.Is("crit") && !member.Is("b64") && !member.Is("enc") &&
         !member.Is("zip");
}

Reason ReadHeader(const JsonObject& object, JwsHeader& header) {
  bool has_algorithm = false;
  std::string_view algorithm;
  for (const JsonMember member : object) {
    if (!ReadMember(member, header, has_algorithm, algorithm)) {
      return Reason::kMalformedCredential;
    }
  }
  if (!has_algorithm || header.kid.size() > limits::kKidBytesMax) {
    return Reason::kMalformedCredential;
  }
  header.algorithm = AlgorithmFromName(algorithm);
  return header.algorithm == Algorithm::kNone ? Reason::kAlgorithmNotAllowed
                                              : Reason::kOk;
}

}  // namespace

bool SplitCompactJws(std::string_view token, CompactJws& out,
                     size_t bytes_max) {
  if (token.size() > bytes_max) return false;
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
               .depth_max = limits::kJwsHeaderNestingMax}) {}

// What the same bytes say is the same.
Reason JwsHeaderReader::Read(std::string_view encoded, JwsHeader& out) {
  if (!last_encoded_.empty() && encoded == last_encoded_) {
    out = last_;
    return Reason::kOk;
  }
  last_encoded_.clear();
  const Reason reason = ReadAnew(encoded, out);
  if (reason == Reason::kOk) {
    last_encoded_.assign(encoded);
    last_ = out;
  }
  return reason;
}

Reason JwsHeaderReader::ReadAnew(std::string_view encoded, JwsHeader& out) {
  out = JwsHeader();
  // What is longer than it may be does not fit.
  constexpr size_t kBytesMax =
      Base64UrlDecodedBytesMax(limits::kJwsHeaderBytesMax);
  const auto size =
      DecodeBase64Url(encoded, {reader_.Room(kBytesMax), kBytesMax});
  if (!size.has_value()) return Reason::kMalformedCredential;
  const auto object = reader_.ParseObjectInRoom(*size);
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
