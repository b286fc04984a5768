// tollgate jwt verify: tokens against the keys and rules that each line brings,
// or against the issuers of a configuration.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/issuers.h"
#include "engine/json/writer.h"
#include "engine/store/key_database.h"
#include "engine/token_policy.h"
#include "engine/verify/jwt.h"
#include "tools/tollgate/check_request.h"
#include "tools/tollgate/compiled_config.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/json_lines.h"
#include "tools/tollgate/jwt_commands.h"
#include "tools/tollgate/stored_revocations.h"

namespace tollgate::cli {
namespace {

// Seconds of a leeway; more would accept what expired long ago.
constexpr double kLeewaySecondsMax = 600;

struct VerifyOptions {
  std::string config;  // empty: each line brings its own
  JsonLinesOptions lines;
};

// A list of texts, or one text.
absl::StatusOr<std::vector<std::string>> ReadTexts(const JsonValue& value) {
  if (value.kind() == JsonKind::kString) {
    return std::vector<std::string>{std::string(*value.String())};
  }
  const auto list = value.Array();
  if (!list.ok()) return value.Error("must be a string or a list of strings");
  if (list->size() == 0) return value.Error("must not be empty");
  std::vector<std::string> texts;
  for (const JsonValue item : *list) {
    const auto text = item.String();
    if (!text.ok()) return text.status();
    texts.emplace_back(*text);
  }
  return texts;
}

absl::Status ReadAlgorithms(const JsonObject& line, IssuerRules& rules) {
  const auto value = line.Find("algorithms");
  if (!value.has_value()) return absl::OkStatus();
  const auto names = ReadTexts(*value);
  if (!names.ok()) return names.status();
  // A name that is no algorithm allows none, not all.
  for (const std::string& name : *names) {
    rules.algorithms.push_back(AlgorithmFromName(name));
  }
  return absl::OkStatus();
}

absl::Status ReadLeeway(const JsonObject& line, IssuerRules& rules) {
  const auto value = line.Find("leeway");
  if (!value.has_value()) return absl::OkStatus();
  const auto seconds = value->Number();
  if (!seconds.ok()) return seconds.status();
  if (!(*seconds >= 0 && *seconds <= kLeewaySecondsMax)) {
    return value->Error("must be from 0 to 600 seconds");
  }
  rules.leeway_us = static_cast<int64_t>(*seconds * kMicrosInSecond);
  return absl::OkStatus();
}

absl::StatusOr<IssuerRules> ReadRules(const JsonObject& line) {
  IssuerRules rules;
  if (const auto value = line.Find("issuer"); value.has_value()) {
    const auto issuer = value->String();
    if (!issuer.ok()) return issuer.status();
    rules.issuer = std::string(*issuer);
  }
  if (const auto value = line.Find("audience"); value.has_value()) {
    auto audiences = ReadTexts(*value);
    if (!audiences.ok()) return audiences.status();
    rules.audiences = *std::move(audiences);
  }
  absl::Status status = ReadAlgorithms(line, rules);
  status.Update(ReadLeeway(line, rules));
  if (!status.ok()) return status;
  return rules;
}

absl::StatusOr<KeySet> ReadKeys(const JsonObject& line,
                                const IssuerRules& rules) {
  JwksOptions options;
  options.symmetric = true;
  for (const Algorithm algorithm : rules.algorithms) {
    if (algorithm != Algorithm::kNone) options.algorithms.push_back(algorithm);
  }
  const auto set = line.Find("jwks");
  const auto key = line.Find("jwk");
  if (set.has_value() == key.has_value()) {
    return absl::InvalidArgumentError("needs `jwks` or `jwk`, one of them");
  }
  return set.has_value() ? KeySet::ParseSet(JsonText(*set), options)
                         : KeySet::ParseKey(JsonText(*key), options);
}

// The instant of a line, or now; exact to the microsecond when it is given.
absl::StatusOr<WallRange> ReadTime(const JsonObject& line) {
  const auto value = line.Find("time");
  if (!value.has_value()) return WallRange::Second(ReadClock().wall);
  const auto instant = ReadInstant(*value);
  if (!instant.ok()) return instant.status();
  const DateMicros micros = instant->monotonic.value / 1000;
  return WallRange{micros, micros};
}

class Verifier : public LineAnswerer {
 public:
  // `trust` is null when each line brings its own rules; there may be no store.
  Verifier(SharedTokenTrust trust, std::optional<std::string> store_path)
      : trust_(std::move(trust)), store_path_(std::move(store_path)) {}

  ExitStatus Start(const InputLine* /*first*/) override {
    const absl::Status found = FindStore();
    return found.ok() ? ExitStatus::kDone : Fail(ExitStatus::kIo, found);
  }

  absl::Status Answer(const InputLine& line, std::string& out) override {
    const auto object = ReadLine(reader_, line, limits::kInputLineBytesMax);
    ParsedJwt jwt;
    Reason reason = Reason::kMalformedRequest;
    const absl::Status status =
        object.ok() ? Verify(*object, jwt, reason) : object.status();
    JsonWriter json(&out);
    json.BeginObject();
    WriteId(object.ok() ? std::optional(*object) : std::nullopt, json);
    json.Key("valid").Bool(status.ok() && reason == Reason::kOk);
    json.Key("reason").String(
        ReasonName(status.ok() ? reason : Reason::kMalformedRequest));
    if (!status.ok()) {
      json.Key("error").String(status.message());
    } else if (reason == Reason::kOk) {
      WriteClaims(jwt, json);
    }
    json.EndObject();
    out += '\n';
    return absl::OkStatus();
  }

 private:
  // Fails for a line that asks wrongly; a token that is wrong is a reason.
  absl::Status Verify(const JsonObject& line, ParsedJwt& jwt, Reason& reason) {
    if (auto status = RefuseNearMisses(
            line, {"id", "token", "jwks", "jwk", "issuer", "audience",
                   "algorithms", "leeway", "time"});
        !status.ok()) {
      return status;
    }
    const auto token = ReadText(line, "token");
    if (!token.ok()) return token.status();
    const auto now = ReadTime(line);
    if (!now.ok()) return now.status();
    if (trust_ != nullptr) {
      reason = VerifyConfigured(*token, *now, jwt);
      return absl::OkStatus();
    }
    VerificationContext context;
    auto rules = ReadRules(line);
    if (!rules.ok()) return rules.status();
    auto keys = ReadKeys(line, *rules);
    if (!keys.ok()) return keys.status();
    context.rules = *std::move(rules);
    context.keys = *std::move(keys);
    reason = tokens_.Parse(*token, jwt);
    if (reason == Reason::kOk) reason = JudgeJwt(jwt, context, *now);
    return absl::OkStatus();
  }

  Reason VerifyConfigured(std::string_view token, const WallRange& now,
                          ParsedJwt& jwt) {
    const Reason form = tokens_.Parse(token, jwt);
    if (form != Reason::kOk) return form;
    const VerificationContext* context = trust_->Find(jwt.claims.issuer);
    if (context == nullptr) return Reason::kUnknownIssuer;
    const KeySet::Entry* key = nullptr;
    Reason reason = JudgeJwtClaims(jwt, *context, now, key);
    if (reason == Reason::kOk) reason = JudgeJwtSignature(jwt, *key);
    if (reason == Reason::kOk) {
      reason = JudgeContent(jwt.claims, context->rules);
    }
    if (reason != Reason::kOk) return reason;
    return JudgeRevocation(token, jwt.claims, key->kid, now);
  }

  // `key_id` is that of the key that proved the token. What can not be known is
  // not let through, as by an engine.
  Reason JudgeRevocation(std::string_view token, const Claims& claims,
                         std::string_view key_id, const WallRange& now) {
    if (!FindStore().ok()) return Reason::kInternalUnavailable;
    if (!revocations_.has_value()) return Reason::kOk;
    const Sha256Digest digest = DigestOfClaims(token);
    RevocableToken revocable = {.issuer = claims.issuer,
                                .token_id = claims.token_id,
                                .subject = claims.subject,
                                .client = claims.client,
                                .key_id = key_id,
                                .claims = &digest};
    if (claims.issued.has_value()) {
      revocable.issued_at = FloorSeconds(*claims.issued);
    }
    const auto revoked = revocations_->IsRevoked(
        revocable, UnixSeconds{FloorSeconds(now.earliest)});
    if (!revoked.ok()) return Reason::kInternalUnavailable;
    return *revoked ? Reason::kTokenRevoked : Reason::kOk;
  }

  // Opens the store, unless it is open or nobody has made it yet.
  absl::Status FindStore() {
    if (!store_path_.has_value() || store_ != nullptr) return absl::OkStatus();
    auto opened = KeyDatabase::Open(*store_path_, {.read_only = true});
    if (absl::IsNotFound(opened.status())) return absl::OkStatus();
    if (!opened.ok()) return opened.status();
    store_ = *std::move(opened);
    revocations_.emplace(store_.get());
    return absl::OkStatus();
  }

  // What an engine refuses of a proved token for what it says.
  static Reason JudgeContent(const Claims& claims, const IssuerRules& rules) {
    if (PrincipalOf(claims, rules).empty()) return Reason::kMissingClaim;
    const bool fits =
        !claims.policy.has_value() || ReadTokenPolicy(*claims.policy).ok();
    return fits ? Reason::kOk : Reason::kMalformedCredential;
  }

  static void WriteClaims(const ParsedJwt& jwt, JsonWriter& json) {
    json.Key("claims").BeginObject();
    for (const JsonMember claim : *jwt.claims.all) {
      json.Key(claim.name);
      WriteValue(claim.value, json);
    }
    json.EndObject();
  }

  const SharedTokenTrust trust_;  // null: each line has its keys
  const std::optional<std::string> store_path_;
  std::unique_ptr<KeyDatabase> store_;
  std::optional<StoredRevocations> revocations_;
  JsonReader reader_{{}};
  JwtReader tokens_;
};

ExitStatus VerifyTokens(const VerifyOptions& options) {
  SharedTokenTrust trust;
  std::optional<std::string> store_path;
  if (!options.config.empty()) {
    auto config = LoadAndCompile(options.config);
    if (!config.ok()) return Fail(ExitStatus::kConfiguration, config.status());
    trust = std::move(config->tokens);
    // Without issuers every token is of an unknown one.
    if (trust == nullptr) trust = std::make_shared<const TokenTrust>();
    store_path = config->config.store_path;
  }
  Signals signals;
  Verifier verifier(std::move(trust), std::move(store_path));
  return RunJsonLines(options.lines, signals, verifier);
}

}  // namespace

void AddJwtVerifyCommand(Command jwt) {
  const Command command = jwt.AddCommand(
      "verify",
      "Verifies tokens, a line of JSON each: {\"id\", \"token\", \"jwks\" or "
      "\"jwk\", \"issuer\"?, \"audience\"?, \"algorithms\"?, \"leeway\"?, "
      "\"time\"?}; with --config, {\"id\", \"token\", \"time\"?}, also against "
      "the revocations in its store. Nothing is charged",
      "echo '{\"id\":1,\"token\":\"eyJ...\",\"jwks\":{\"keys\":[...]},"
      "\"issuer\":\"https://idp.example\"}' |\n"
      "    tollgate jwt verify");
  auto options = std::make_shared<VerifyOptions>();
  command.AddOption("--config", options->config, "The configuration");
  AddInputOption(command, options->lines.input);
  AddJsonFlag(command);
  command.Does([options] { return VerifyTokens(*options); });
}

}  // namespace tollgate::cli
