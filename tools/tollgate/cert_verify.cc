// tollgate cert verify: certificate chains, each against the anchors and
// revocation lists that its line brings.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "engine/base/base64url.h"
#include "engine/base/pem.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/certification_path.h"
#include "engine/crypto/crl.h"
#include "engine/json/writer.h"
#include "engine/model/reason.h"
#include "engine/verify/client_certificate.h"
#include "engine/verify/client_identity.h"
#include "tools/tollgate/cert_commands.h"
#include "tools/tollgate/check_request.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/json_lines.h"

namespace tollgate::cli {
namespace {

constexpr IdentitySource kSources[] = {IdentitySource::kUriSan,
                                       IdentitySource::kDnsSan,
                                       IdentitySource::kEmailSan};

// A chain, its anchors and its lists, of text each.
constexpr size_t kListedMax = 256;

// What one line comes to. Reasons are those of the engine.
struct Judgement {
  std::string_view reason = ReasonName(Reason::kMalformedRequest);
  std::string error;
  CertificatePtr certificate;  // that was verified; null: none
  ClientIdentity identity;
};

Judgement Refuse(std::string_view reason, const absl::Status& status) {
  return {reason, std::string(status.message()), nullptr, {}};
}

// Parses each text of the member `name`: PEM or base64 of DER.
template <typename Parsed>
absl::Status ReadEach(const JsonObject& line, std::string_view name,
                      std::string_view label,
                      std::vector<std::shared_ptr<const Parsed>>& out) {
  const auto value = line.Get(name);
  if (!value.ok()) return value.status();
  const auto list = value->Array();
  if (!list.ok()) return list.status();
  if (list->size() > kListedMax) return value->Error("too many");
  for (const JsonValue item : *list) {
    const auto text = item.String();
    if (!text.ok()) return text.status();
    const auto der = DecodePemOrBase64(*text, label);
    if (!der.has_value()) return item.Error("must be PEM, or DER in base64");
    auto parsed = Parsed::Parse(*der);
    if (!parsed.ok()) return item.Error(parsed.status().message());
    out.push_back(*std::move(parsed));
  }
  return absl::OkStatus();
}

absl::StatusOr<PathPurpose> ReadPurpose(const JsonObject& line) {
  const auto value = line.Find("purpose");
  if (!value.has_value()) return PathPurpose::kClient;
  const auto name = value->String();
  if (!name.ok()) return name.status();
  if (*name == "client") return PathPurpose::kClient;
  if (*name == "server") return PathPurpose::kServer;
  if (*name == "any") return PathPurpose::kAny;
  return value->Error("must be client, server or any");
}

// Seconds since 1970, or text as in RFC 3339; absent: now.
absl::StatusOr<UnixSeconds> ReadTime(const JsonObject& line) {
  const auto value = line.Find("time");
  if (!value.has_value()) return ReadClock().wall;
  if (value->kind() != JsonKind::kString) {
    const auto instant = ReadInstant(*value);
    if (!instant.ok()) return instant.status();
    return instant->wall;
  }
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, *value->String(), &time, &error)) {
    return value->Error("must be seconds, or a date and time of RFC 3339");
  }
  return UnixSeconds{absl::ToUnixSeconds(time)};
}

class Verifier : public LineAnswerer {
 public:
  absl::Status Answer(const InputLine& line, std::string& out) override {
    const auto object = ReadLine(reader_, line, limits::kInputLineBytesMax);
    const Judgement judgement =
        object.ok() ? Judge(*object)
                    : Refuse(Judgement().reason, object.status());
    JsonWriter json(&out);
    json.BeginObject();
    WriteId(object.ok() ? std::optional(*object) : std::nullopt, json);
    json.Key("valid").Bool(judgement.reason == ReasonName(Reason::kOk));
    json.Key("reason").String(judgement.reason);
    if (!judgement.error.empty()) json.Key("error").String(judgement.error);
    WriteProved(judgement, json);
    json.EndObject();
    out += '\n';
    return absl::OkStatus();
  }

 private:
  // A line that asks wrongly is a malformed request; of a chain, any part that
  // can not be read is a malformed credential.
  static Judgement Judge(const JsonObject& line) {
    const auto purpose = ReadPurpose(line);
    const auto now = ReadTime(line);
    std::vector<CertificatePtr> chain, anchors;
    std::vector<CrlPtr> crls;
    absl::Status asked = RefuseNearMisses(
        line, {"id", "chain", "anchors", "crls", "purpose", "time"});
    asked.Update(purpose.status());
    asked.Update(now.status());
    asked.Update(ReadEach(line, "anchors", kPemCertificate, anchors));
    if (line.Find("crls").has_value()) {
      asked.Update(ReadEach(line, "crls", kPemCrl, crls));
    }
    if (!asked.ok()) return Refuse(Judgement().reason, asked);
    const absl::Status presented =
        ReadEach(line, "chain", kPemCertificate, chain);
    if (!presented.ok()) {
      return Refuse(ReasonName(Reason::kMalformedCredential), presented);
    }
    Judgement judgement =
        Verify({std::move(anchors),
                std::move(crls),
                {.purpose = *purpose, .extended_key_usage_required = false}},
               chain, *now);
    // A client is somebody, or the certificate is no client's.
    if (*purpose == PathPurpose::kClient && judgement.certificate != nullptr &&
        judgement.identity.outcome == ClientIdentity::Outcome::kRefused) {
      return {ReasonName(Reason::kIdentityNotAccepted), "", nullptr, {}};
    }
    return judgement;
  }

  static Judgement Verify(const PathValidator& validator,
                          const std::vector<CertificatePtr>& chain,
                          UnixSeconds now) {
    Judgement judgement;
    const PathResult result = validator.Validate(chain, now);
    judgement.reason = ReasonName(ReasonOf(result.error));
    if (result.error != PathError::kNone) return judgement;
    judgement.certificate = chain.front();
    judgement.identity = IdentityOf(*chain.front(), kSources);
    return judgement;
  }

  static void WriteProved(const Judgement& judgement, JsonWriter& json) {
    if (judgement.certificate == nullptr) return;
    if (judgement.identity.outcome == ClientIdentity::Outcome::kFound) {
      json.Key("identity").String(judgement.identity.name);
    }
    const Sha256Digest& digest = judgement.certificate->digest;
    json.Key("thumbprint").String(absl::BytesToHexString(BytesOf(digest)));
  }

  JsonReader reader_{{}};
};

ExitStatus VerifyChains(const JsonLinesOptions& options) {
  Signals signals;
  Verifier verifier;
  return RunJsonLines(options, signals, verifier);
}

}  // namespace

void AddCertVerifyCommand(Command cert) {
  const Command command = cert.AddCommand(
      "verify",
      "Verifies certificate chains, a line of JSON each: {\"id\", \"chain\": "
      "[end entity first], \"anchors\": [...], \"crls\"?: [...], \"time\"?, "
      "\"purpose\"?: client, server or any}, certificates as PEM or as DER in "
      "base64",
      "echo '{\"id\":1,\"chain\":[\"MIIB...\"],\"anchors\":[\"MIIB...\"]}' |\n"
      "    tollgate cert verify");
  auto options = std::make_shared<JsonLinesOptions>();
  AddInputOption(command, options->input);
  AddJsonFlag(command);
  command.Does([options] { return VerifyChains(*options); });
}

}  // namespace tollgate::cli
