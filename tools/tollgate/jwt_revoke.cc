// tollgate jwt revoke: ends tokens before they expire, durably.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/audit_trail.h"
#include "engine/base/duration.h"
#include "engine/config/config.h"
#include "engine/crypto/sha256.h"
#include "engine/json/writer.h"
#include "engine/model/revocation.h"
#include "engine/store/key_database.h"
#include "engine/verify/jwt.h"
#include "tools/tollgate/jwt_commands.h"
#include "tools/tollgate/key_store.h"
#include "tools/tollgate/line_input.h"
#include "tools/tollgate/output.h"
#include "tools/tollgate/signals.h"

namespace tollgate::cli {
namespace {

struct RevokeOptions {
  std::string config;
  bool json = false;
  std::string issuer;
  std::string jti, subject, client, kid;
  bool all = false;
  bool token = false;
  std::optional<int64_t> issued_before;
  std::string keep;  // a duration from now
};

// What was named, of which there must be one.
struct Named {
  RevocationKind kind;
  std::string value;
  std::optional<DateMicros> expires = std::nullopt;  // of a token that was read
};

std::vector<Named> NamedBy(const RevokeOptions& options) {
  std::vector<Named> named;
  const auto add = [&named](RevocationKind kind, const std::string& value) {
    if (!value.empty()) named.push_back({kind, value});
  };
  add(RevocationKind::kTokenId, options.jti);
  add(RevocationKind::kSubject, options.subject);
  add(RevocationKind::kClient, options.client);
  add(RevocationKind::kKeyId, options.kid);
  if (options.all) named.push_back({RevocationKind::kIssuer, ""});
  return named;
}

const JwtIssuerOptions* FindIssuerOptions(const Config& config,
                                          std::string_view name) {
  if (!config.jwt.has_value()) return nullptr;
  for (const JwtIssuerOptions& issuer : config.jwt->issuers) {
    if (issuer.issuer == name) return &issuer;
  }
  return nullptr;
}

// Rounded up.
int64_t Seconds(uint64_t micros) {
  return static_cast<int64_t>((micros + 999'999) / 1'000'000);
}

// The first second in which nothing that is revoked could be accepted any more:
// as asked, or by the longest life of the issuer's tokens, or never.
absl::StatusOr<int64_t> EndOfRevocation(const RevokeOptions& options,
                                        const Named& named,
                                        const JwtIssuerOptions& issuer,
                                        int64_t now) {
  if (!options.keep.empty()) {
    const auto micros = ParseDurationMicros(options.keep);
    if (!micros.ok()) return micros.status();
    if (*micros == 0) return absl::InvalidArgumentError("must be positive");
    return now + Seconds(static_cast<uint64_t>(*micros));
  }
  // Tokens that are yet to come may be meant as well.
  const bool open_ended = !options.issued_before.has_value() &&
                          options.jti.empty() && !options.token;
  if (!issuer.max_lifetime_us.has_value() || open_ended) return kRevokedForGood;
  // From the latest `iat`, which a clock ahead of ours may have set later.
  const int64_t issued = std::max(now, options.issued_before.value_or(now)) +
                         Seconds(issuer.leeway_us);
  const int64_t end =
      issued + Seconds(*issuer.max_lifetime_us) + Seconds(issuer.leeway_us) + 1;
  // A token may claim a later end, which a longer life, once it is configured,
  // would give it.
  if (!named.expires.has_value()) return end;
  return std::max(end,
                  FloorSeconds(*named.expires) + Seconds(issuer.leeway_us) + 1);
}

// Reads one token from standard input.
absl::StatusOr<std::string> ReadToken() {
  Signals signals;
  auto input = LineInput::Open({.file = std::nullopt,
                                .line_bytes_max = limits::kTokenBytesMax + 2,
                                .wipe = true},
                               signals);
  if (!input.ok()) return input.status();
  const auto line = input->Next([] { return absl::OkStatus(); });
  if (!line.ok()) return line.status();
  if (!line->has_value() || (*line)->too_long) {
    return absl::InvalidArgumentError("standard input: one token is expected");
  }
  return std::string(absl::StripAsciiWhitespace((*line)->text));
}

// Names a token by its jti, or by what it claims where it has none that the
// list takes. It need not be valid: who revokes names what must not be
// accepted.
absl::StatusOr<Named> NameToken(std::string& issuer) {
  const auto token = ReadToken();
  if (!token.ok()) return token.status();
  JwtReader reader;
  ParsedJwt jwt;
  if (reader.Parse(*token, jwt) != Reason::kOk) {
    return absl::InvalidArgumentError("standard input: not a token");
  }
  if (issuer.empty()) issuer = std::string(jwt.claims.issuer);
  const std::string_view id = jwt.claims.token_id;
  if (!id.empty() && id.size() <= limits::kRevocationTextBytesMax) {
    return Named{RevocationKind::kTokenId, std::string(id), jwt.claims.expires};
  }
  const Sha256Digest digest = Sha256(jwt.payload);
  return Named{RevocationKind::kClaims, absl::BytesToHexString(BytesOf(digest)),
               jwt.claims.expires};
}

std::string_view KindName(RevocationKind kind) {
  switch (kind) {
    case RevocationKind::kTokenId:
      return "jti";
    case RevocationKind::kSubject:
      return "subject";
    case RevocationKind::kClient:
      return "client";
    case RevocationKind::kKeyId:
      return "kid";
    case RevocationKind::kIssuer:
      return "issuer";
    case RevocationKind::kClaims:
      return "claims";
  }
  return "";
}

ExitStatus PrintRevocation(const RevokeOptions& options,
                           const Revocation& revocation) {
  std::string line;
  if (options.json) {
    JsonWriter json(&line);
    json.BeginObject().Key("issuer").String(revocation.issuer);
    json.Key("kind").String(KindName(revocation.kind));
    json.Key("value").String(revocation.value);
    if (revocation.expires_at != kRevokedForGood) {
      json.Key("expires_at").Int(revocation.expires_at);
    }
    json.EndObject();
  } else {
    line = absl::StrCat("revoked ", KindName(revocation.kind), " ",
                        absl::CHexEscape(revocation.value), " of ",
                        absl::CHexEscape(revocation.issuer));
  }
  return Print(line += '\n');
}

ExitStatus Store(const RevokeOptions& options, const Revocation& revocation) {
  auto opened = OpenKeyStore(options.config, Access::kChange);
  if (auto* failed = std::get_if<ExitStatus>(&opened)) return *failed;
  const absl::Status added =
      std::get<OpenKeys>(opened).database->AddRevocations({&revocation, 1});
  if (added.ok()) {
    std::get<OpenKeys>(opened).Record(EventOf(revocation, ReadClock().wall));
  }
  return added.ok() ? PrintRevocation(options, revocation) : FailKey(added);
}

ExitStatus Revoke(RevokeOptions options) {
  std::vector<Named> named = NamedBy(options);
  if (named.size() + options.token != 1) {
    return Fail(ExitStatus::kUsage,
                "one of --jti, --subject, --client, --kid, --all and --token");
  }
  constexpr int64_t kSecondsMax = 253'402'300'799;  // the end of year 9999
  if (options.issued_before.has_value() &&
      (*options.issued_before < 0 || *options.issued_before > kSecondsMax)) {
    return Fail(
        ExitStatus::kUsage,
        absl::StrCat("--issued-before: Unix seconds, 0 to ", kSecondsMax));
  }
  const auto config = LoadConfig(options.config);
  if (!config.ok()) return Fail(ExitStatus::kConfiguration, config.status());
  if (options.token) {
    auto token = NameToken(options.issuer);
    if (!token.ok()) return Fail(ExitStatus::kDenied, token.status());
    named.push_back(*std::move(token));
  }
  const JwtIssuerOptions* issuer = FindIssuerOptions(*config, options.issuer);
  if (issuer == nullptr) {
    return Fail(ExitStatus::kDenied,
                absl::StrCat("--issuer: the configuration has no issuer `",
                             absl::CHexEscape(options.issuer), "`"));
  }
  const auto end =
      EndOfRevocation(options, named[0], *issuer, ReadClock().wall.value);
  if (!end.ok()) {
    return Fail(ExitStatus::kUsage,
                absl::StrCat("--keep: ", end.status().message()));
  }
  Revocation revocation = {
      named[0].kind, options.issuer, named[0].value, {}, *end};
  if (options.issued_before.has_value()) {
    revocation.issued_until = *options.issued_before - 1;
  }
  return Store(options, revocation);
}

}  // namespace

void AddJwtRevokeCommand(Command jwt) {
  const Command command = jwt.AddCommand(
      "revoke",
      "Revokes tokens of an issuer: one by its jti or as read from standard "
      "input, or all of a subject, a client, a key or the issuer. Running "
      "engines on the same store refuse them within a second",
      "tollgate jwt revoke --config tollgate.yaml --issuer "
      "https://idp.example --subject ann");
  auto options = std::make_shared<RevokeOptions>();
  AddConfigOption(command, options->config);
  AddJsonFlag(command, options->json);
  command.AddOption("--issuer", options->issuer,
                    "Whose tokens; with --token, the token's by default");
  command.AddOption("--jti", options->jti,
                    "The token of this id, issued by now");
  command.AddOption("--subject", options->subject, "All of a subject");
  command.AddOption("--client", options->client, "All of a client");
  command.AddOption("--kid", options->kid, "All signed by a key");
  command.AddFlag("--all", options->all, "All of the issuer");
  command.AddFlag("--token", options->token,
                  "The token on standard input, by its jti or its claims");
  command.AddOption("--issued-before", options->issued_before,
                    "Only what was issued before this Unix second");
  command.AddOption("--keep", options->keep,
                    "For how long the revocation is kept: 24h. Without, as "
                    "long as the issuer's tokens can live, or for good");
  command.Does([options] { return Revoke(*options); });
}

}  // namespace tollgate::cli
