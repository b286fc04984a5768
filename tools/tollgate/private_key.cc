#include "tools/tollgate/private_key.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/config/file_bytes.h"
#include "engine/crypto/key_components.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret.h"
#include "engine/json/reader.h"
#include "engine/json/writer.h"
#include "engine/lookup/jwk_member.h"
#include "engine/lookup/jwk_thumbprint.h"

namespace tollgate::cli {
namespace {

// An RSA key of 8192 bits takes some 9 KiB in either form.
constexpr size_t kKeyFileBytesMax = 64 << 10;

// Wipes a text with a key in it at the end of its scope.
class WipedAtEnd {
 public:
  explicit WipedAtEnd(std::string& text) : text_(text) {}
  ~WipedAtEnd() { WipeBytes(text_.data(), text_.size()); }
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;

 private:
  std::string& text_;
};

// The algorithm that a JWK which names none is for, by its kty and crv.
Algorithm UsualOf(std::string_view kty, std::string_view crv) {
  if (kty == "RSA") return Algorithm::kRs256;
  if (kty == "oct") return Algorithm::kHs256;
  if (kty == "OKP" && crv == "Ed25519") return Algorithm::kEdDsa;
  if (kty != "EC") return Algorithm::kNone;
  if (crv == "P-256") return Algorithm::kEs256;
  if (crv == "P-384") return Algorithm::kEs384;
  if (crv == "P-521") return Algorithm::kEs512;
  return Algorithm::kNone;
}

absl::StatusOr<std::string_view> OptionalText(const JsonObject& jwk,
                                              std::string_view name) {
  return jwk.Find(name).has_value() ? TextMember(jwk, name)
                                    : std::string_view();
}

absl::StatusOr<Algorithm> AlgorithmOf(const JsonObject& jwk, Algorithm asked) {
  const auto kty = TextMember(jwk, "kty");
  if (!kty.ok()) return kty.status();
  const auto crv = OptionalText(jwk, "crv");
  if (!crv.ok()) return crv.status();
  const auto alg = OptionalText(jwk, "alg");
  if (!alg.ok()) return alg.status();
  const Algorithm usual = UsualOf(*kty, *crv);
  if (usual == Algorithm::kNone) {
    return absl::InvalidArgumentError("kty and crv are of no key known here");
  }
  const Algorithm own =
      jwk.Find("alg").has_value() ? AlgorithmFromName(*alg) : usual;
  const Algorithm algorithm = asked == Algorithm::kNone ? own : asked;
  if (KeyKindOf(algorithm) != KeyKindOf(usual)) {
    return absl::InvalidArgumentError("the key is not of that algorithm");
  }
  if (jwk.Find("alg").has_value() && algorithm != own) {
    return absl::InvalidArgumentError("alg names another algorithm");
  }
  return algorithm;
}

absl::StatusOr<SigningKey> RsaKey(const JsonObject& jwk, Algorithm algorithm) {
  constexpr std::string_view kNames[] = {"n", "e",  "d",  "p",
                                         "q", "dp", "dq", "qi"};
  SecretBytes bytes[std::size(kNames)];
  for (size_t i = 0; i < std::size(kNames); ++i) {
    auto member = BytesMember(jwk, kNames[i]);
    if (!member.ok()) return member.status();
    bytes[i] = *std::move(member);
  }
  return SigningKey::FromRsa(algorithm, {.n = bytes[0].span(),
                                         .e = bytes[1].span(),
                                         .d = bytes[2].span(),
                                         .p = bytes[3].span(),
                                         .q = bytes[4].span(),
                                         .dp = bytes[5].span(),
                                         .dq = bytes[6].span(),
                                         .qi = bytes[7].span()});
}

absl::StatusOr<SigningKey> CurveKey(const JsonObject& jwk,
                                    Algorithm algorithm) {
  const auto x = BytesMember(jwk, "x");
  if (!x.ok()) return x.status();
  const auto d = BytesMember(jwk, "d");
  if (!d.ok()) return d.status();
  if (algorithm == Algorithm::kEdDsa) {
    return SigningKey::FromEd25519(x->span(), d->span());
  }
  const auto y = BytesMember(jwk, "y");
  if (!y.ok()) return y.status();
  return SigningKey::FromEc(algorithm, x->span(), y->span(), d->span());
}

absl::StatusOr<SigningKey> KeyFrom(const JsonObject& jwk, Algorithm algorithm) {
  switch (KeyKindOf(algorithm)) {
    case KeyKind::kNone:
      break;
    case KeyKind::kHmac: {
      const auto k = BytesMember(jwk, "k");
      if (!k.ok()) return k.status();
      return SigningKey::FromHmacSecret(algorithm, k->span());
    }
    case KeyKind::kRsa:
      return RsaKey(jwk, algorithm);
    case KeyKind::kP256:
    case KeyKind::kP384:
    case KeyKind::kP521:
    case KeyKind::kEd25519:
      return CurveKey(jwk, algorithm);
  }
  return absl::InvalidArgumentError("no algorithm");
}

absl::StatusOr<PrivateKey> ParseJwk(JsonReader& reader, std::string_view text,
                                    Algorithm asked) {
  const auto jwk = reader.ParseObject(text);
  if (!jwk.ok()) return jwk.status();
  const auto algorithm = AlgorithmOf(*jwk, asked);
  if (!algorithm.ok()) return algorithm.status();
  const auto kid = OptionalText(*jwk, "kid");
  if (!kid.ok()) return kid.status();
  auto key = KeyFrom(*jwk, *algorithm);
  if (!key.ok()) return key.status();
  return PrivateKey{std::string(*kid), *std::move(key)};
}

// PEM does not name an algorithm; without one, that of its kind is found.
absl::StatusOr<PrivateKey> ParsePem(std::string_view text, Algorithm asked) {
  if (asked != Algorithm::kNone) {
    auto key = SigningKey::FromPem(asked, text);
    if (!key.ok()) return key.status();
    return PrivateKey{"", *std::move(key)};
  }
  for (const Algorithm usual :
       {Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEs512,
        Algorithm::kEdDsa, Algorithm::kRs256}) {
    auto key = SigningKey::FromPem(usual, text);
    if (key.ok()) return PrivateKey{"", *std::move(key)};
  }
  return absl::InvalidArgumentError("no private key in PEM, not encrypted");
}

absl::StatusOr<PrivateKey> ParseKey(std::string_view text, Algorithm asked) {
  if (absl::StrContains(text, "-----BEGIN ")) return ParsePem(text, asked);
  if (!absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "{")) {
    return absl::InvalidArgumentError("is neither a JWK nor PEM");
  }
  JsonReader reader({.bytes_max = kKeyFileBytesMax});
  auto key = ParseJwk(reader, text, asked);
  reader.Wipe();
  return key;
}

absl::Status At(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(absl::Utf8SafeCEscape(path),
                                                  ": ", status.message()));
}

// Writes the members that say what a key is for, and its public numbers.
void WritePublic(const PublicComponents& numbers, Algorithm algorithm,
                 std::string_view kid, JsonWriter& json) {
  struct Named {
    std::string_view name;
    const std::string& bytes;
  };
  struct Kind {
    std::string_view kty;
    std::string_view crv;
  };
  const Kind kind = [algorithm]() -> Kind {
    switch (KeyKindOf(algorithm)) {
      case KeyKind::kNone:
        break;
      case KeyKind::kHmac:
        return {"oct", ""};
      case KeyKind::kRsa:
        return {"RSA", ""};
      case KeyKind::kP256:
        return {"EC", "P-256"};
      case KeyKind::kP384:
        return {"EC", "P-384"};
      case KeyKind::kP521:
        return {"EC", "P-521"};
      case KeyKind::kEd25519:
        return {"OKP", "Ed25519"};
    }
    return {};
  }();
  json.Key("kty").String(kind.kty);
  if (!kind.crv.empty()) json.Key("crv").String(kind.crv);
  json.Key("alg").String(AlgorithmName(algorithm));
  if (!kid.empty()) json.Key("kid").String(kid);
  for (const Named& number : {Named{"n", numbers.n}, Named{"e", numbers.e},
                              Named{"x", numbers.x}, Named{"y", numbers.y}}) {
    if (number.bytes.empty()) continue;
    json.Key(number.name).String(EncodeBase64Url(number.bytes));
  }
}

// Writes the members that nobody else may see.
void WritePrivate(const KeyComponents& parts, JsonWriter& json) {
  struct Named {
    std::string_view name;
    const SecretBytes& bytes;
  };
  for (const Named& part :
       {Named{"d", parts.d}, Named{"p", parts.p}, Named{"q", parts.q},
        Named{"dp", parts.dp}, Named{"dq", parts.dq}, Named{"qi", parts.qi},
        Named{"k", parts.k}}) {
    if (part.bytes.empty()) continue;
    std::string text = EncodeBase64Url(part.bytes.text());
    const WipedAtEnd wiped(text);
    json.Key(part.name).String(text);
  }
}

std::string PublicJwk(const PublicComponents& numbers, Algorithm algorithm,
                      std::string_view kid) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  WritePublic(numbers, algorithm, kid, json);
  json.EndObject();
  return text;
}

// A name for a key that was given none.
std::string NewKid(const PublicComponents& numbers, Algorithm algorithm) {
  constexpr size_t kChanceCharacters = 22;
  if (IsSymmetric(algorithm)) {
    std::string kid(kChanceCharacters, '\0');
    FillRandomBase62(absl::MakeSpan(kid));
    return kid;
  }
  JsonReader reader({});
  const auto jwk = reader.ParseObject(PublicJwk(numbers, algorithm, ""));
  return jwk.ok() ? JwkThumbprint(*jwk).value_or("") : "";
}

// Makes the file, whole or not at all.
absl::Status CreateFile(const std::string& path, std::string_view bytes) {
  const int file =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return FileError(path, errno);
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && fsync(file) != 0) error = errno;
  if (close(file) != 0 && error == 0) error = errno;
  if (error == 0) return absl::OkStatus();
  unlink(path.c_str());
  return FileError(path, error);
}

}  // namespace

absl::StatusOr<PrivateKey> ReadPrivateKey(const std::string& path,
                                          Algorithm algorithm) {
  auto text = ReadFile(path, kKeyFileBytesMax);
  if (!text.ok()) return text.status();
  const WipedAtEnd wiped(*text);
  auto key = ParseKey(*text, algorithm);
  if (!key.ok()) return At(path, key.status());
  return key;
}

absl::StatusOr<std::string> WriteNewKey(const std::string& path,
                                        Algorithm algorithm, std::string kid) {
  const auto parts = NewKeyComponents(algorithm);
  if (!parts.ok()) return parts.status();
  if (kid.empty()) kid = NewKid(parts->numbers, algorithm);
  std::string text;
  text.reserve(kKeyFileBytesMax);  // so that growing leaves no copy behind
  const WipedAtEnd wiped(text);
  JsonWriter json(&text);
  json.BeginObject();
  WritePublic(parts->numbers, algorithm, kid, json);
  WritePrivate(*parts, json);
  json.EndObject();
  text += '\n';
  // What can not be read back is of no use to anybody.
  const auto read = ParseKey(text, algorithm);
  if (!read.ok()) return At(path, read.status());
  absl::Status created = CreateFile(path, text);
  if (!created.ok()) return created;
  if (IsSymmetric(algorithm)) return "{\"keys\":[]}\n";
  return absl::StrCat("{\"keys\":[", PublicJwk(parts->numbers, algorithm, kid),
                      "]}\n");
}

}  // namespace tollgate::cli
