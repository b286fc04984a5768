// tollgate jwt mint: makes tokens to try things out with, and keys for them.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/base64url.h"
#include "engine/base/clock.h"
#include "engine/base/duration.h"
#include "engine/base/limits.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/random.h"
#include "engine/json/reader.h"
#include "engine/json/write_value.h"
#include "engine/json/writer.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/jwt_commands.h"
#include "tools/tollgate/output.h"
#include "tools/tollgate/private_key.h"

namespace tollgate::cli {
namespace {

struct MintOptions {
  std::string key;
  std::string algorithm;  // empty: the key's own
  std::string new_key;    // an algorithm; empty: a token is to be made
  std::string kid;        // empty: the key's own
  std::string issuer, subject, client, token_id, not_before;
  std::vector<std::string> audiences, scopes, claims;
  std::string expires = "1h";
  std::string type = "at+jwt";
  std::optional<int64_t> time;
  bool json = false;
};

// A claim that was written out: NAME=JSON.
struct ExtraClaim {
  std::string name;
  std::string json;
};

// What a token says, with every default filled in.
struct TokenContent {
  int64_t issued = 0;
  int64_t expires = 0;
  std::optional<int64_t> not_before;
  std::string token_id;
  std::vector<ExtraClaim> extra;
};

absl::Status Wrong(std::string_view option, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(option, ": ", what));
}

// Returns the whole seconds of a duration, rounded up, with a sign or without.
absl::StatusOr<int64_t> ReadSeconds(std::string_view option,
                                    std::string_view text) {
  const bool negative = absl::StartsWith(text, "-");
  const auto seconds = ParseDurationSeconds(text.substr(negative ? 1 : 0));
  if (!seconds.ok()) return Wrong(option, seconds.status().message());
  return negative ? -*seconds : *seconds;
}

// Those that have an option of their own.
bool HasOption(std::string_view claim) {
  for (const std::string_view name : {"iss", "sub", "aud", "exp", "iat", "nbf",
                                      "jti", "client_id", "scope"}) {
    if (claim == name) return true;
  }
  return false;
}

absl::StatusOr<ExtraClaim> ReadClaim(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) {
    return Wrong("--claim", "must be NAME=JSON");
  }
  const std::string name = text.substr(0, equals);
  if (HasOption(name)) return Wrong("--claim", name + " has its own option");
  JsonReader reader({.depth_max = limits::kClaimsDepthMax - 1});
  const auto value = reader.Parse(std::string_view(text).substr(equals + 1));
  if (!value.ok()) {
    return Wrong("--claim", absl::StrCat(name,
                                         ": not JSON (text needs "
                                         "quotes): ",
                                         value.status().message()));
  }
  return ExtraClaim{name, JsonText(*value)};
}

absl::StatusOr<std::vector<ExtraClaim>> ReadClaims(
    const std::vector<std::string>& texts) {
  std::vector<ExtraClaim> claims;
  for (const std::string& text : texts) {
    auto claim = ReadClaim(text);
    if (!claim.ok()) return claim.status();
    for (const ExtraClaim& other : claims) {
      if (other.name == claim->name) {
        return Wrong("--claim", claim->name + " is given twice");
      }
    }
    claims.push_back(*std::move(claim));
  }
  return claims;
}

absl::Status CheckRequired(const MintOptions& options) {
  if (options.issuer.empty()) return Wrong("--issuer", "is required");
  if (options.subject.empty()) return Wrong("--subject", "is required");
  if (options.audiences.empty()) return Wrong("--audience", "is required");
  for (const std::string& audience : options.audiences) {
    if (audience.empty()) return Wrong("--audience", "must not be empty");
  }
  return absl::OkStatus();
}

absl::Status ReadTimes(const MintOptions& options, TokenContent& content) {
  content.issued = options.time.value_or(ReadClock().wall.value);
  if (content.issued < 0 || content.issued > kInstantSecondsMax) {
    return Wrong("--time",
                 absl::StrCat("must be from 0 to ", kInstantSecondsMax));
  }
  const auto lifetime = ReadSeconds("--expires", options.expires);
  if (!lifetime.ok()) return lifetime.status();
  content.expires = content.issued + *lifetime;
  if (options.not_before.empty()) return absl::OkStatus();
  const auto offset = ReadSeconds("--not-before", options.not_before);
  if (!offset.ok()) return offset.status();
  content.not_before = content.issued + *offset;
  return absl::OkStatus();
}

std::string RandomTokenId() {
  constexpr size_t kCharacters = 22;  // 131 bits
  std::string id(kCharacters, '\0');
  FillRandomBase62(absl::MakeSpan(id));
  return id;
}

absl::StatusOr<TokenContent> ReadContent(const MintOptions& options) {
  absl::Status status = CheckRequired(options);
  if (!status.ok()) return status;
  TokenContent content;
  status = ReadTimes(options, content);
  if (!status.ok()) return status;
  auto extra = ReadClaims(options.claims);
  if (!extra.ok()) return extra.status();
  content.extra = *std::move(extra);
  content.token_id =
      options.token_id.empty() ? RandomTokenId() : options.token_id;
  return content;
}

std::string HeaderText(const MintOptions& options, const PrivateKey& key) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().Key("alg").String(AlgorithmName(key.key.algorithm()));
  if (!options.type.empty()) json.Key("typ").String(options.type);
  const std::string& kid = options.kid.empty() ? key.kid : options.kid;
  if (!kid.empty()) json.Key("kid").String(kid);
  json.EndObject();
  return text;
}

void WriteAudiences(const std::vector<std::string>& audiences,
                    JsonWriter& json) {
  json.Key("aud");
  if (audiences.size() == 1) {
    json.String(audiences[0]);
    return;
  }
  json.BeginArray();
  for (const std::string& audience : audiences) json.String(audience);
  json.EndArray();
}

void WriteExtra(const ExtraClaim& claim, JsonWriter& json) {
  JsonReader reader({});
  json.Key(claim.name);
  WriteValue(*reader.Parse(claim.json), json);
}

// In the order of RFC 9068 section 2.2.
std::string ClaimsText(const MintOptions& options,
                       const TokenContent& content) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().Key("iss").String(options.issuer);
  json.Key("exp").Int(content.expires);
  WriteAudiences(options.audiences, json);
  json.Key("sub").String(options.subject);
  // A client that acts for itself is the subject.
  json.Key("client_id")
      .String(options.client.empty() ? options.subject : options.client);
  json.Key("iat").Int(content.issued);
  if (content.not_before.has_value()) json.Key("nbf").Int(*content.not_before);
  json.Key("jti").String(content.token_id);
  if (!options.scopes.empty()) {
    json.Key("scope").String(absl::StrJoin(options.scopes, " "));
  }
  for (const ExtraClaim& claim : content.extra) WriteExtra(claim, json);
  json.EndObject();
  return text;
}

absl::StatusOr<std::string> Sign(const MintOptions& options,
                                 const TokenContent& content,
                                 const PrivateKey& key) {
  const std::string input =
      absl::StrCat(EncodeBase64Url(HeaderText(options, key)), ".",
                   EncodeBase64Url(ClaimsText(options, content)));
  const auto signature = key.key.Sign(input);
  if (!signature.ok()) return signature.status();
  std::string token = absl::StrCat(input, ".", EncodeBase64Url(*signature));
  if (token.size() > limits::kTokenBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the token would have ", token.size(), " bytes; more than ",
        limits::kTokenBytesMax, " are refused"));
  }
  return token;
}

std::string Answer(const MintOptions& options, const TokenContent& content,
                   std::string_view token) {
  if (!options.json) return absl::StrCat(token, "\n");
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().Key("token").String(token);
  json.Key("jti").String(content.token_id);
  json.Key("expires_at").Int(content.expires);
  json.EndObject();
  return text += '\n';
}

// Returns the algorithm of an option; kNone if it was not given.
absl::StatusOr<Algorithm> ReadAlgorithm(std::string_view option,
                                        const std::string& name) {
  const Algorithm algorithm = AlgorithmFromName(name);
  if (algorithm == Algorithm::kNone && !name.empty()) {
    return Wrong(option, "is no signature algorithm known here");
  }
  return algorithm;
}

ExitStatus MakeKey(const MintOptions& options) {
  const auto algorithm = ReadAlgorithm("--new-key", options.new_key);
  if (!algorithm.ok()) return Fail(ExitStatus::kUsage, algorithm.status());
  const auto keys = WriteNewKey(options.key, *algorithm, options.kid);
  if (!keys.ok()) return Fail(ExitStatus::kIo, keys.status());
  if (IsSymmetric(*algorithm)) {
    PrintMessage("a secret has no public half: who verifies needs it too");
  }
  return Print(*keys);
}

ExitStatus Mint(const MintOptions& options) {
  if (!options.new_key.empty()) return MakeKey(options);
  const auto algorithm = ReadAlgorithm("--algorithm", options.algorithm);
  if (!algorithm.ok()) return Fail(ExitStatus::kUsage, algorithm.status());
  const auto content = ReadContent(options);
  if (!content.ok()) return Fail(ExitStatus::kUsage, content.status());
  const auto key = ReadPrivateKey(options.key, *algorithm);
  if (!key.ok()) return Fail(ExitStatus::kIo, key.status());
  const auto token = Sign(options, *content, *key);
  if (!token.ok()) return Fail(ExitStatus::kUsage, token.status());
  return Print(Answer(options, *content, *token));
}

// Returns the option that makes a key, and no token.
Option AddKeyOptions(Command command, MintOptions& options) {
  command
      .AddOption("--key", options.key,
                 "The private key: a JWK, or PEM (PKCS #8, SEC 1, PKCS #1)")
      .TypeName("FILE")
      .Required();
  command.AddOption("--kid", options.kid,
                    "The key's id; without, that of its file");
  const Option algorithm = command.AddOption(
      "--algorithm", options.algorithm,
      "What to sign with: ES256; without, what the key is for");
  return command
      .AddOption("--new-key", options.new_key,
                 "Makes a new private key for this algorithm, writes it to "
                 "--key, which must not exist, and prints its public half as "
                 "a JWK Set")
      .TypeName("ALGORITHM")
      .Excludes(algorithm);
}

// Options that say what is in a token, of which `new_key` makes none.
void AddTokenOptions(Command command, Option new_key, MintOptions& options) {
  const auto add = [&](const char* name, auto& value, const char* what) {
    const Option option = command.AddOption(name, value, what);
    new_key.Excludes(option);
    return option;
  };
  add("--issuer", options.issuer, "iss");
  add("--audience", options.audiences, "aud, once for each").OneValueEach();
  add("--subject", options.subject, "sub");
  add("--client-id", options.client, "client_id; without, the subject");
  add("--scope", options.scopes, "scope: one or several, once or repeated")
      .OneValueEach();
  add("--expires", options.expires, "exp, from now: 5m; -5m is over")
      .ShowDefault();
  add("--not-before", options.not_before, "nbf, from now: -5m, 1h");
  add("--jti", options.token_id, "jti; without, a random one");
  add("--type", options.type, "typ; empty: none").ShowDefault().MayBeEmpty();
  add("--claim", options.claims, "Any other claim, once for each")
      .TypeName("NAME=JSON")
      .OneValueEach();
  add("--time", options.time,
      "The time to take for now, in seconds since "
      "1970");
}

}  // namespace

void AddJwtMintCommand(Command jwt) {
  const Command command = jwt.AddCommand(
      "mint",
      "Makes a token for trying things out (RFC 9068), or a key to sign with",
      "tollgate jwt mint --new-key ES256 --key private.jwk > jwks.json\n"
      "  tollgate jwt mint --key private.jwk --issuer https://idp.example "
      "--audience api \\\n"
      "    --subject ann --scope \"tools:read tools:call\" --expires 15m");
  auto options = std::make_shared<MintOptions>();
  const Option new_key = AddKeyOptions(command, *options);
  AddTokenOptions(command, new_key, *options);
  AddJsonFlag(command, options->json);
  command.Does([options] { return Mint(*options); });
}

}  // namespace tollgate::cli
