#include "engine/verify/tool_document.h"

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/json/canonical.h"
#include "engine/json/python_json.h"

namespace tollgate {
namespace {

constexpr std::string_view kPayloadVersion = "1.0";

// What the algorithm of Python's envelopes is called, and is not.
constexpr std::string_view kCompatLabel = "RS256";

// The members of an object, in the order of their canonical form, and where
// they are.
template <size_t kCount>
using Members = std::array<std::optional<JsonValue>, kCount>;

// Finds the members of `names`; false if there is any other.
template <size_t kCount>
bool ReadMembers(const JsonObject& object,
                 const std::array<std::string_view, kCount>& names,
                 Members<kCount>& out) {
  size_t known = 0;
  for (const JsonMember member : object) {
    for (size_t i = 0; i < kCount; ++i) {
      if (member.name != names[i]) continue;
      out[i] = member.value;
      ++known;
    }
  }
  return known == object.size();
}

constexpr std::array<std::string_view, 4> kEnvelope = {"algorithm", "key_id",
                                                       "payload", "signature"};
constexpr std::array<std::string_view, 5> kPayload = {
    "audience", "expires", "timestamp", "tool_definition", "version"};

std::optional<std::string_view> Text(const std::optional<JsonValue>& value) {
  if (!value.has_value()) return std::nullopt;
  const auto text = value->String();
  if (!text.ok()) return std::nullopt;
  return *text;
}

bool IsPublishersAlgorithm(Algorithm algorithm) {
  return algorithm == Algorithm::kPs256 || algorithm == Algorithm::kRs256 ||
         algorithm == Algorithm::kEs256 || algorithm == Algorithm::kEdDsa;
}

bool IsKeyId(std::string_view text) {
  return !text.empty() && text.size() <= limits::kKidBytesMax;
}

// RFC 7515 section 4.1.9: a media type, whose prefix may be left out.
bool IsToolType(std::string_view type) {
  return absl::EqualsIgnoreCase(type, "etdi+jws") ||
         absl::EqualsIgnoreCase(type, "application/etdi+jws");
}

bool IsJsonText(std::string_view document) {
  const size_t begin = document.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && document[begin] == '{';
}

}  // namespace

std::string_view ToolProfileName(ToolProfile profile) {
  return profile == ToolProfile::kEtdiCompat ? "etdi-compat" : "strict";
}

ToolDocumentReader::ToolDocumentReader()
    : reader_(
          {.bytes_max = limits::kToolDocumentBytesMax, .big_integers = true}) {}

Reason ToolDocumentReader::Read(std::string_view document,
                                std::optional<std::string_view> detached,
                                ToolProfile profile, ToolDocument& out) {
  out = ToolDocument();
  if (document.size() > limits::kToolDocumentBytesMax) {
    return Reason::kMalformedCredential;
  }
  if (profile == ToolProfile::kEtdiCompat || IsJsonText(document)) {
    return detached.has_value() ? Reason::kMalformedCredential
                                : ReadEnvelope(document, profile, out);
  }
  return ReadJws(document, detached, out);
}

Reason ToolDocumentReader::ReadEnvelope(std::string_view text,
                                        ToolProfile profile,
                                        ToolDocument& out) {
  const auto envelope = reader_.ParseObject(text);
  Members<kEnvelope.size()> members;
  if (!envelope.ok() || !ReadMembers(*envelope, kEnvelope, members)) {
    return Reason::kMalformedCredential;
  }
  const auto& [algorithm, key_id, payload, signature] = members;
  const auto label = Text(algorithm);
  const auto key = Text(key_id);
  const auto base64 = Text(signature);
  if (!label || !key || !IsKeyId(*key) || !base64 || !payload ||
      payload->kind() != JsonKind::kObject || !DecodeSignature(*base64, out) ||
      !ReadPayload(*payload->Object(), out)) {
    return Reason::kMalformedCredential;
  }
  out.key_id = *key;
  if (profile == ToolProfile::kEtdiCompat) {
    message_.clear();
    AppendPythonJson(*payload, message_);
    out.message = message_;
    return *label == kCompatLabel ? Reason::kOk : Reason::kAlgorithmNotAllowed;
  }
  out.algorithm = AlgorithmFromName(*label);
  return IsPublishersAlgorithm(out.algorithm) ? Reason::kOk
                                              : Reason::kAlgorithmNotAllowed;
}

Reason ToolDocumentReader::ReadJws(std::string_view text,
                                   std::optional<std::string_view> detached,
                                   ToolDocument& out) {
  CompactJws jws;
  if (!SplitCompactJws(text, jws, limits::kToolDocumentBytesMax)) {
    return Reason::kMalformedCredential;
  }
  JwsHeader header;
  const Reason reason = headers_.Read(jws.header, header);
  if (reason != Reason::kOk) return reason;
  if (!header.has_type || !IsToolType(header.type)) {
    return Reason::kWrongTokenType;
  }
  if (header.has_embedded_key || !header.has_kid || !IsKeyId(header.kid) ||
      jws.payload.empty() != detached.has_value()) {
    return Reason::kMalformedCredential;
  }
  decoded_.resize(Base64UrlDecodedBytesMax(jws.payload.size()));
  const auto decoded = DecodeBase64Url(jws.payload, absl::MakeSpan(decoded_));
  signature_.resize(Base64UrlDecodedBytesMax(jws.signature.size()));
  const auto signature =
      DecodeBase64Url(jws.signature, absl::MakeSpan(signature_));
  if (!decoded.has_value() || !signature.has_value()) {
    return Reason::kMalformedCredential;
  }
  const auto payload = reader_.ParseObject(
      detached.value_or(std::string_view(decoded_).substr(0, *decoded)));
  if (!payload.ok() || !ReadPayload(*payload, out)) {
    return Reason::kMalformedCredential;
  }
  message_.assign(jws.signing_input);
  if (detached.has_value()) message_ += EncodeBase64Url(*detached);
  out.message = message_;
  out.signature = std::string_view(signature_).substr(0, *signature);
  out.algorithm = header.algorithm;
  out.key_id = header.kid;
  return IsPublishersAlgorithm(out.algorithm) ? Reason::kOk
                                              : Reason::kAlgorithmNotAllowed;
}

bool ToolDocumentReader::DecodeSignature(std::string_view base64,
                                         ToolDocument& out) {
  if (base64.size() > 2 * limits::kSignatureBytesMax) return false;
  signature_.resize(Base64DecodedBytesMax(base64.size()));
  const auto size = DecodeBase64(base64, absl::MakeSpan(signature_));
  if (!size.has_value() || *size == 0) return false;
  out.signature = std::string_view(signature_).substr(0, *size);
  return true;
}

// Reads the members, and writes the canonical form of them all, of which that
// of the definition is a part.
bool ToolDocumentReader::ReadPayload(const JsonObject& payload,
                                     ToolDocument& out) {
  Members<kPayload.size()> members;
  if (!ReadMembers(payload, kPayload, members)) return false;
  const auto& [audience, expires, timestamp, definition, version] = members;
  if (Text(version) != kPayloadVersion || !timestamp.has_value() ||
      !definition.has_value() || definition->kind() != JsonKind::kObject) {
    return false;
  }
  const auto signed_at = ReadNumericDate(*timestamp);
  if (!signed_at.has_value()) return false;
  out.timestamp = *signed_at;
  if (expires.has_value()) {
    out.expires = ReadNumericDate(*expires);
    if (!out.expires.has_value()) return false;
  }
  out.audience = audience;
  out.definition = definition;
  canonical_.clear();
  size_t begin = 0, end = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    if (!members[i].has_value()) continue;
    absl::StrAppend(&canonical_, canonical_.empty() ? "{\"" : ",\"",
                    kPayload[i], "\":");
    const bool is_definition = kPayload[i] == "tool_definition";
    if (is_definition) begin = canonical_.size();
    AppendCanonical(*members[i], canonical_);
    if (is_definition) end = canonical_.size();
  }
  canonical_ += '}';
  out.message = canonical_;
  out.canonical = out.message.substr(begin, end - begin);
  return true;
}

}  // namespace tollgate
