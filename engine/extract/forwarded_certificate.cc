#include "engine/extract/forwarded_certificate.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "engine/base/base64.h"
#include "engine/base/limits.h"
#include "engine/base/pem.h"
#include "engine/base/percent_escape.h"
#include "engine/crypto/sha256.h"

namespace tollgate {
namespace {

using Outcome = ForwardedCertificate::Outcome;

constexpr std::string_view kClientCert = "client-cert";
constexpr std::string_view kClientCertChain = "client-cert-chain";
constexpr std::string_view kXfcc = "x-forwarded-client-cert";

constexpr PemFormat kChainPem = {.blocks_max = limits::kChainCertificatesMax};

ForwardedCertificate Malformed() { return {}; }

ForwardedCertificate Found(std::optional<std::vector<std::string>> chain) {
  if (!chain.has_value()) return Malformed();
  return {Outcome::kFound, *std::move(chain)};
}

// Whether `name` is `wanted`, in lower case, or would be if servers folded
// underscores.
bool IsNamed(std::string_view name, std::string_view wanted) {
  if (name.size() != wanted.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = absl::ascii_tolower(static_cast<unsigned char>(name[i]));
    if (c != wanted[i] && !(c == '_' && wanted[i] == '-')) return false;
  }
  return true;
}

std::string_view TrimSpaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// The lines of one field, in their order.
struct Lines {
  std::vector<std::string_view> values;
  bool alias = false;
};

Lines LinesOf(absl::Span<const HeaderView> headers, std::string_view wanted) {
  Lines lines;
  for (const HeaderView& header : headers) {
    if (!IsNamed(header.name, wanted)) continue;
    lines.alias = lines.alias || absl::StrContains(header.name, '_');
    lines.values.push_back(TrimSpaces(header.value));
  }
  return lines;
}

// RFC 8941 section 3.3.5: base64 between colons, and no parameters.
std::optional<std::string> DecodeByteSequence(std::string_view item) {
  if (item.size() < 2 || !absl::ConsumePrefix(&item, ":") ||
      !absl::ConsumeSuffix(&item, ":")) {
    return std::nullopt;
  }
  std::string bytes(Base64DecodedBytesMax(item.size()), '\0');
  const auto size = DecodeBase64(item, absl::MakeSpan(bytes));
  if (!size.has_value() || *size == 0) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

// Appends the byte sequences of a list (RFC 8941 section 3.1).
bool AppendList(std::string_view list, std::vector<std::string>& out) {
  while (true) {
    const size_t comma = list.find(',');
    auto item = DecodeByteSequence(TrimSpaces(list.substr(0, comma)));
    if (!item.has_value() || out.size() == limits::kChainCertificatesMax) {
      return false;
    }
    out.push_back(*std::move(item));
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

ForwardedCertificate ReadClientCert(absl::Span<const HeaderView> headers) {
  const Lines leaf = LinesOf(headers, kClientCert);
  const Lines chain = LinesOf(headers, kClientCertChain);
  if (leaf.alias || chain.alias || leaf.values.size() > 1) return Malformed();
  if (leaf.values.empty()) {
    if (!chain.values.empty()) return Malformed();
    return {Outcome::kAbsent, {}};
  }
  std::vector<std::string> certificates;
  auto first = DecodeByteSequence(leaf.values.front());
  if (!first.has_value()) return Malformed();
  certificates.push_back(*std::move(first));
  for (const std::string_view list : chain.values) {
    if (!AppendList(list, certificates)) return Malformed();
  }
  return Found(std::move(certificates));
}

// Decodes RFC 3986 percent-encoding: a plus is a plus.
std::optional<std::string> DecodePercent(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes.push_back(text[i]);
      continue;
    }
    const int byte = EscapedByte(text, i);
    if (byte < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
    i += 2;
  }
  return bytes;
}

std::optional<std::vector<std::string>> DecodeEscapedPem(
    std::string_view escaped) {
  const auto text = DecodePercent(escaped);
  if (!text.has_value()) return std::nullopt;
  return DecodePem(*text, kChainPem);
}

ForwardedCertificate ReadEscapedPem(absl::Span<const HeaderView> headers,
                                    const std::string& header) {
  const Lines lines = LinesOf(headers, absl::AsciiStrToLower(header));
  if (lines.alias || lines.values.size() > 1) return Malformed();
  // nginx sends the header empty when the client has no certificate.
  if (lines.values.empty() || lines.values.front().empty()) {
    return {Outcome::kAbsent, {}};
  }
  return Found(DecodeEscapedPem(lines.values.front()));
}

// Takes text up to the next `separator` that is not within quotes off `rest`.
// Returns nullopt when a quote is not closed.
std::optional<std::string_view> TakeUnquoted(std::string_view& rest,
                                             char separator) {
  bool quoted = false;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (quoted && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    } else if (rest[i] == separator && !quoted) {
      const std::string_view taken = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return taken;
    }
  }
  if (quoted) return std::nullopt;
  return std::exchange(rest, {});
}

// Takes the quotes off a value, and the escapes within.
std::optional<std::string> Unquote(std::string_view value) {
  if (!absl::ConsumePrefix(&value, "\"")) {
    if (absl::StrContains(value, '"')) return std::nullopt;
    return std::string(value);
  }
  if (!absl::ConsumeSuffix(&value, "\"")) return std::nullopt;
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '"') return std::nullopt;
    if (value[i] == '\\' && ++i == value.size()) return std::nullopt;
    text.push_back(value[i]);
  }
  return text;
}

// What of an element of x-forwarded-client-cert is used.
struct XfccElement {
  std::optional<std::string> hash, cert, chain;
};

// Reads `key=value`. Keys do not differ by case; one that is used occurs once.
bool ReadPair(std::string_view pair, XfccElement& out) {
  const size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view key = pair.substr(0, equals);
  auto value = Unquote(pair.substr(equals + 1));
  if (!value.has_value()) return false;
  std::optional<std::string>* field = nullptr;
  if (absl::EqualsIgnoreCase(key, "hash")) field = &out.hash;
  if (absl::EqualsIgnoreCase(key, "cert")) field = &out.cert;
  if (absl::EqualsIgnoreCase(key, "chain")) field = &out.chain;
  if (field == nullptr) {
    return absl::EqualsIgnoreCase(key, "by") ||
           absl::EqualsIgnoreCase(key, "subject") ||
           absl::EqualsIgnoreCase(key, "uri") ||
           absl::EqualsIgnoreCase(key, "dns");
  }
  if (field->has_value()) return false;
  *field = std::move(value);
  return true;
}

bool ReadElement(std::string_view element, XfccElement& out) {
  while (!element.empty()) {
    const auto pair = TakeUnquoted(element, ';');
    if (!pair.has_value() || !ReadPair(TrimSpaces(*pair), out)) return false;
  }
  return true;
}

// Chain has the certificate too; the two must not differ.
std::optional<std::vector<std::string>> CertificatesOf(
    const XfccElement& element) {
  std::optional<std::vector<std::string>> cert, chain;
  if (element.cert.has_value()) {
    cert = DecodeEscapedPem(*element.cert);
    if (!cert.has_value() || cert->size() != 1) return std::nullopt;
  }
  if (!element.chain.has_value()) return cert;
  chain = DecodeEscapedPem(*element.chain);
  if (!chain.has_value()) return std::nullopt;
  if (cert.has_value() && cert->front() != chain->front()) return std::nullopt;
  return chain;
}

bool HashFits(const XfccElement& element, std::string_view certificate) {
  if (!element.hash.has_value()) return true;
  const Sha256Digest digest = Sha256(certificate);
  return absl::EqualsIgnoreCase(*element.hash,
                                absl::BytesToHexString(BytesOf(digest)));
}

// An element without a certificate says that there was a client certificate and
// not which: nothing can be made of it.
ForwardedCertificate ReadXfcc(absl::Span<const HeaderView> headers) {
  const Lines lines = LinesOf(headers, kXfcc);
  if (lines.alias || lines.values.size() > 1) return Malformed();
  if (lines.values.empty()) return {Outcome::kAbsent, {}};
  std::string_view rest = lines.values.front();
  if (absl::EndsWith(rest, ",")) return Malformed();
  std::string_view last;
  while (!rest.empty()) {
    const auto element = TakeUnquoted(rest, ',');
    if (!element.has_value()) return Malformed();
    last = TrimSpaces(*element);
  }
  XfccElement element;
  if (last.empty() || !ReadElement(last, element)) return Malformed();
  auto certificates = CertificatesOf(element);
  if (!certificates.has_value() || !HashFits(element, certificates->front())) {
    return Malformed();
  }
  return Found(std::move(certificates));
}

}  // namespace

ForwardedCertificate ReadForwardedCertificate(
    const ForwardedCertificateOptions& options,
    absl::Span<const HeaderView> headers) {
  if (headers.size() > limits::kHeadersMax) return Malformed();
  switch (options.style) {
    case ForwardedStyle::kClientCert:
      return ReadClientCert(headers);
    case ForwardedStyle::kXfcc:
      return ReadXfcc(headers);
    case ForwardedStyle::kEscapedPem:
      return ReadEscapedPem(headers, options.header);
  }
  return Malformed();
}

}  // namespace tollgate
