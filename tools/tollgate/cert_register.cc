// tollgate cert register, list, unregister: which certificates are whose, in
// the store of a configuration.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "engine/base/limits.h"
#include "engine/base/pem.h"
#include "engine/config/file_bytes.h"
#include "engine/crypto/certificate.h"
#include "engine/json/writer.h"
#include "engine/key_ledger.h"
#include "engine/model/registration.h"
#include "engine/unicode/hidden_text.h"
#include "tools/tollgate/cert_commands.h"
#include "tools/tollgate/grant_options.h"
#include "tools/tollgate/key_store.h"
#include "tools/tollgate/key_text.h"
#include "tools/tollgate/output.h"

namespace tollgate::cli {
namespace {

struct CertOptions {
  std::string config;
  bool json = false;
  std::string cert;  // a file
  std::string name;  // of a registration
  std::string by = "certificate";
  GrantOptions grant;
};

// The first certificate of a file, in PEM or DER.
std::variant<std::shared_ptr<const Certificate>, ExitStatus> ReadCertificate(
    const std::string& path) {
  auto bytes = ReadFile(path, limits::kTrustFileBytesMax);
  if (!bytes.ok()) return Fail(ExitStatus::kIo, bytes.status());
  const auto blocks =
      DecodePem(*bytes, {.surroundings = PemSurroundings::kExplained,
                         .blocks_max = limits::kChainCertificatesMax});
  auto certificate =
      Certificate::Parse(blocks.has_value() ? blocks->front() : *bytes);
  if (certificate.ok()) return *std::move(certificate);
  return Fail(ExitStatus::kDenied,
              absl::StrCat(path, ": ", certificate.status().message()));
}

RegistrationKind KindOf(const CertOptions& options) {
  return options.by == "spki" ? RegistrationKind::kPublicKey
                              : RegistrationKind::kCertificate;
}

// A digest as other programs print it: 64 hex digits.
std::optional<Registration> ReadHexDigest(const CertOptions& options) {
  Registration registration = {.kind = KindOf(options)};
  const bool hex = options.name.size() == 2 * registration.digest.size() &&
                   absl::c_all_of(options.name, absl::ascii_isxdigit);
  if (!hex) return std::nullopt;
  const std::string bytes = absl::HexStringToBytes(options.name);
  absl::c_copy(bytes, registration.digest.begin());
  return registration;
}

std::variant<Registration, ExitStatus> ReadNamed(const CertOptions& options) {
  const auto named = ParseRegistrationName(options.name);
  if (named.has_value()) return *named;
  const auto digest = ReadHexDigest(options);
  if (digest.has_value()) return *digest;
  return Fail(ExitStatus::kUsage,
              "a registration is x5t: or spki: and 43 characters of base64url, "
              "or a SHA-256 in hex");
}

// The registration that the options mean: of a file, or by its name.
std::variant<Registration, ExitStatus> ReadRegistration(
    const CertOptions& options) {
  if (options.cert.empty() == options.name.empty()) {
    return Fail(ExitStatus::kUsage,
                "give either --cert FILE or a registration such as x5t:...");
  }
  if (!options.name.empty()) return ReadNamed(options);
  const auto read = ReadCertificate(options.cert);
  if (auto* failed = std::get_if<ExitStatus>(&read)) return *failed;
  const auto& certificate = *std::get<0>(read);
  const RegistrationKind kind = KindOf(options);
  return Registration{kind, kind == RegistrationKind::kPublicKey
                                ? certificate.public_key_digest
                                : certificate.digest};
}

void AppendRegistrationJson(const StoredKeyView& row, UnixSeconds now,
                            std::string& out) {
  const auto registration = ParseRegistrationName(row.key_id);
  const std::string_view digest(
      reinterpret_cast<const char*>(registration->digest.data()),
      registration->digest.size());
  JsonWriter json(&out);
  json.BeginObject().Key("registration").String(row.key_id);
  json.Key("sha256").String(absl::BytesToHexString(digest));
  json.Key("state").String(
      row.state == KeyState::kRevoked ? "unregistered" : StateName(row, now));
  json.Key("principal").String(row.principal);
  json.Key("scopes").BeginArray();
  for (const std::string_view scope :
       absl::StrSplit(row.scopes, ' ', absl::SkipEmpty())) {
    json.String(scope);
  }
  json.EndArray();
  json.Key("policy").String(row.policy);
  if (row.expires_at.has_value()) json.Key("expires_at").Int(*row.expires_at);
  json.EndObject();
  out += '\n';
}

void AppendRegistrationRow(const StoredKeyView& row, UnixSeconds now,
                           std::string& out) {
  const std::string expires =
      row.expires_at.has_value() ? FormatTime(*row.expires_at) : "never";
  absl::StrAppendFormat(
      &out, "%-48s  %-12s  %-20s  %s\n", row.key_id,
      row.state == KeyState::kRevoked ? "unregistered" : StateName(row, now),
      expires, WithHiddenShown(row.principal));
}

ExitStatus PrintRegistration(const CertOptions& options, OpenKeys& keys,
                             const std::string& name) {
  const auto row = keys.database->Find(name);
  if (!row.ok() || !row->has_value()) return FailKey(row.status());
  std::string scopes, text;
  const StoredKeyView view = ViewOf(**row, scopes);
  (options.json ? AppendRegistrationJson : AppendRegistrationRow)(
      view, ReadClock().wall, text);
  return Print(text);
}

ExitStatus Register(const CertOptions& options, OpenKeys& keys) {
  const UnixSeconds now = ReadClock().wall;
  const auto grant = ReadGrant(options.grant, now);
  if (!grant.ok()) return Fail(ExitStatus::kUsage, grant.status());
  const auto read = ReadRegistration(options);
  if (auto* failed = std::get_if<ExitStatus>(&read)) return *failed;
  const auto& registration = std::get<Registration>(read);
  const auto status = keys.ledger->Register(registration, *grant, now);
  if (!status.ok()) return FailKey(status);
  return PrintRegistration(options, keys, RegistrationName(registration));
}

ExitStatus Unregister(const CertOptions& options, OpenKeys& keys) {
  const auto read = ReadRegistration(options);
  if (auto* failed = std::get_if<ExitStatus>(&read)) return *failed;
  const auto& registration = std::get<Registration>(read);
  const auto status = keys.ledger->Unregister(registration, ReadClock().wall);
  if (!status.ok()) return FailKey(status);
  return PrintRegistration(options, keys, RegistrationName(registration));
}

ExitStatus List(const CertOptions& options, OpenKeys& keys) {
  const UnixSeconds now = ReadClock().wall;
  Output output;
  absl::Status output_status;
  const absl::Status read = keys.database->ForEach([&](const auto& row) {
    if (!ParseRegistrationName(row.key_id).has_value()) return absl::OkStatus();
    (options.json ? AppendRegistrationJson : AppendRegistrationRow)(
        row, now, output.pending());
    output_status = output.Offer();
    return output_status;
  });
  output_status.Update(output.Flush());
  if (!output_status.ok()) return Fail(ExitStatus::kIo, output_status);
  return read.ok() ? ExitStatus::kDone : Fail(ExitStatus::kIo, read);
}

using Action = ExitStatus (*)(const CertOptions& options, OpenKeys& keys);

struct CertCommand {
  Command app;
  std::shared_ptr<CertOptions> options;
};

// What one command is called, says of itself, and does.
struct Described {
  std::string name, summary, example;
  Access access;
  Action action;
};

CertCommand Add(Command cert, const Described& described) {
  CertCommand added{
      cert.AddCommand(
          described.name, described.summary,
          absl::StrCat("tollgate cert ", described.name,
                       " --config tollgate.yaml", described.example)),
      std::make_shared<CertOptions>()};
  AddConfigOption(added.app, added.options->config);
  AddJsonFlag(added.app, added.options->json);
  added.app.Does([options = added.options, described] {
    auto opened = OpenKeyStore(options->config, described.access);
    if (auto* failed = std::get_if<ExitStatus>(&opened)) return *failed;
    return described.action(*options, std::get<OpenKeys>(opened));
  });
  return added;
}

void AddWhich(const CertCommand& added) {
  added.app.AddOption("--cert", added.options->cert,
                      "A file with the certificate, PEM or DER");
  added.app
      .AddOption("--by", added.options->by,
                 "What of it: certificate, or spki (its public key)")
      .OneOf({"certificate", "spki"})
      .ShowDefault();
  added.app.AddOption(
      "registration", added.options->name,
      "Instead of a file: x5t:..., spki:..., or a SHA-256 in hex");
}

}  // namespace

void AddCertRegisterCommands(Command cert) {
  const CertCommand added =
      Add(cert,
          {"register", "Makes a certificate, or its public key, a principal's",
           " --cert client.pem --principal ann --scope tools:read",
           Access::kChange, Register});
  AddWhich(added);
  AddGrantOptions(added.app, added.options->grant);
  Add(cert, {"list", "Lists all registrations", "", Access::kRead, List});
  AddWhich(Add(cert, {"unregister", "Ends a registration", " --cert client.pem",
                      Access::kChange, Unregister}));
}

}  // namespace tollgate::cli
