// tollgate tool sign: makes signed tool definitions.

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/base/clock.h"
#include "engine/base/duration.h"
#include "engine/base/limits.h"
#include "engine/json/canonical.h"
#include "engine/json/writer.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/key_store.h"
#include "tools/tollgate/output.h"
#include "tools/tollgate/private_key.h"
#include "tools/tollgate/tool_commands.h"
#include "tools/tollgate/whole_input.h"

namespace tollgate::cli {
namespace {

struct SignOptions {
  std::optional<std::string> input;  // the definition
  std::string key;
  std::string key_id;     // empty: the key's own
  std::string algorithm;  // empty: the key's own
  std::string expires;    // a duration from now; empty: by its age only
  std::string audience;
  std::string form = "envelope";
  std::string payload;  // a file that is written, for a detached JWS
  std::optional<int64_t> time;
};

absl::Status Wrong(std::string_view option, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(option, ": ", what));
}

bool SignsTools(Algorithm algorithm) {
  return algorithm == Algorithm::kPs256 || algorithm == Algorithm::kRs256 ||
         algorithm == Algorithm::kEs256 || algorithm == Algorithm::kEdDsa;
}

// The key, with the id that documents name it by. One of RSA that does not say
// what it is for is for PS256.
absl::StatusOr<PrivateKey> ReadKey(const SignOptions& options) {
  auto key = ReadPrivateKey(options.key, AlgorithmFromName(options.algorithm));
  if (!key.ok()) return key;
  if (!SignsTools(key->key.algorithm())) {
    return Wrong("--key", "is for none of PS256, RS256, ES256 and EdDSA");
  }
  if (!options.key_id.empty()) key->kid = options.key_id;
  if (key->kid.empty()) {
    return Wrong("--key-id", "is required, as the key has no kid");
  }
  return key;
}

// When it is signed, and until when it is good; Unix seconds.
struct SignTimes {
  int64_t signed_at;
  std::optional<int64_t> expires;
};

// Reads what of the options can be wrong by itself.
absl::StatusOr<SignTimes> ReadTimes(const SignOptions& options) {
  const bool detached = options.form == "detached";
  if (detached && options.payload.empty()) {
    return Wrong("--form", "detached needs --payload FILE");
  }
  if (!detached && !options.payload.empty()) {
    return Wrong("--payload", "goes with --form detached");
  }
  if (!options.algorithm.empty() &&
      !SignsTools(AlgorithmFromName(options.algorithm))) {
    return Wrong("--algorithm", "PS256, RS256, ES256 or EdDSA");
  }
  SignTimes times = {options.time.value_or(ReadClock().wall.value), {}};
  if (times.signed_at < 0 || times.signed_at > kInstantSecondsMax) {
    return Wrong("--time",
                 absl::StrCat("must be from 0 to ", kInstantSecondsMax));
  }
  if (options.expires.empty()) return times;
  const auto seconds = ParseDurationSeconds(options.expires);
  if (!seconds.ok()) return Wrong("--expires", seconds.status().message());
  times.expires = times.signed_at + *seconds;
  return times;
}

// The canonical payload.
absl::StatusOr<std::string> MakePayload(const SignOptions& options,
                                        const SignTimes& times,
                                        const JsonObject& definition,
                                        const JsonValue& value) {
  if (!definition.Find("name").has_value()) {
    return Wrong("the definition", "\"name\" is missing");
  }
  std::string payload = "{";
  if (!options.audience.empty()) {
    absl::StrAppend(&payload, "\"audience\":");
    AppendCanonicalString(options.audience, payload);
    payload += ',';
  }
  if (times.expires.has_value()) {
    absl::StrAppend(&payload, "\"expires\":");
    AppendCanonicalNumber(static_cast<double>(*times.expires), payload);
    payload += ',';
  }
  absl::StrAppend(&payload, "\"timestamp\":", times.signed_at,
                  ",\"tool_definition\":");
  AppendCanonical(value, payload);
  return absl::StrCat(payload, ",\"version\":\"1.0\"}");
}

absl::StatusOr<std::string> MakeEnvelope(const PrivateKey& key,
                                         const std::string& payload) {
  const auto signature = key.key.Sign(payload);
  if (!signature.ok()) return signature.status();
  std::string kid;
  AppendCanonicalString(key.kid, kid);
  return absl::StrCat("{\"algorithm\":\"", AlgorithmName(key.key.algorithm()),
                      "\",\"key_id\":", kid, ",\"payload\":", payload,
                      ",\"signature\":\"", absl::Base64Escape(*signature),
                      "\"}\n");
}

absl::StatusOr<std::string> MakeJws(const PrivateKey& key,
                                    const std::string& payload, bool detached) {
  std::string header;
  JsonWriter json(&header);
  json.BeginObject().Key("alg").String(AlgorithmName(key.key.algorithm()));
  json.Key("kid").String(key.kid).Key("typ").String("etdi+jws").EndObject();
  const std::string encoded_header = EncodeBase64Url(header);
  const std::string encoded_payload = EncodeBase64Url(payload);
  const auto signature =
      key.key.Sign(absl::StrCat(encoded_header, ".", encoded_payload));
  if (!signature.ok()) return signature.status();
  return absl::StrCat(encoded_header, ".", detached ? "" : encoded_payload, ".",
                      EncodeBase64Url(*signature), "\n");
}

absl::StatusOr<std::string> Sign(const SignOptions& options,
                                 const SignTimes& times, const PrivateKey& key,
                                 const std::string& text) {
  JsonReader reader(
      {.bytes_max = limits::kToolDocumentBytesMax, .big_integers = true});
  const auto value = reader.Parse(text);
  if (!value.ok()) return value.status();
  const auto definition = value->Object();
  if (!definition.ok()) return Wrong("the definition", "must be an object");
  const auto payload = MakePayload(options, times, *definition, *value);
  if (!payload.ok()) return payload.status();
  if (options.form == "envelope") return MakeEnvelope(key, *payload);
  const bool detached = options.form == "detached";
  if (detached) {
    std::ofstream file(options.payload, std::ios::binary);
    if (!(file << *payload).flush()) {
      return absl::UnavailableError(
          absl::StrCat(options.payload, ": ", std::strerror(errno)));
    }
  }
  return MakeJws(key, *payload, detached);
}

ExitStatus SignOne(const SignOptions& options) {
  const auto times = ReadTimes(options);
  if (!times.ok()) return Fail(ExitStatus::kUsage, times.status());
  const auto text =
      ReadWholeInput(options.input, limits::kToolDocumentBytesMax);
  if (!text.ok()) return Fail(ExitStatus::kIo, text.status());
  const auto key = ReadKey(options);
  if (!key.ok()) return Fail(ExitStatus::kIo, key.status());
  const auto document = Sign(options, *times, *key, *text);
  if (!document.ok()) return FailKey(document.status());
  return Print(*document);
}

}  // namespace

void AddToolSignCommand(Command tool) {
  const Command command = tool.AddCommand(
      "sign", "Signs a tool definition and prints the document",
      "tollgate jwt mint --new-key ES256 --key acme.key > acme.json\n"
      "  tollgate tool sign --key acme.key --input weather.json");
  auto options = std::make_shared<SignOptions>();
  command.AddOption("--input", options->input,
                    "The file with the definition, instead of standard input");
  command.AddOption("--key", options->key, "The private key: a JWK, or PEM")
      .Required();
  command.AddOption("--key-id", options->key_id,
                    "The id that the document names the key by");
  command.AddOption("--algorithm", options->algorithm,
                    "PS256, RS256, ES256 or EdDSA; without, the key's own");
  command.AddOption("--expires", options->expires,
                    "For how long from now: 90d, 24h");
  command.AddOption("--audience", options->audience,
                    "The only gateway that it is for");
  command
      .AddOption("--form", options->form,
                 "envelope, jws, or detached: a JWS without its payload")
      .OneOf({"envelope", "jws", "detached"})
      .ShowDefault();
  command.AddOption("--payload", options->payload,
                    "The file to write the payload of a detached JWS to");
  command.AddOption("--time", options->time,
                    "When it is signed, in seconds since 1970; else now");
  command.Does([options] { return SignOne(*options); });
}

}  // namespace tollgate::cli
