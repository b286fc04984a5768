// tollgate jws verify: whether signatures are good, given as JSON Lines.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/crypto/secret.h"
#include "engine/json/writer.h"
#include "engine/lookup/jwks.h"
#include "engine/verify/jws.h"
#include "tools/tollgate/command.h"
#include "tools/tollgate/json_lines.h"

namespace tollgate::cli {
namespace {

// What the members of one line come to. Reasons are those of the engine, and
// "malformed_key".
struct Judgement {
  std::string_view reason = "malformed_request";
  std::string error;
};

constexpr std::string_view kMalformedKey = "malformed_key";

Judgement Refuse(std::string_view reason, const absl::Status& status) {
  return {reason, std::string(status.message())};
}

Judgement Say(Reason reason) { return {ReasonName(reason), ""}; }

Judgement Say(bool good) {
  return Say(good ? Reason::kOk : Reason::kBadSignature);
}

absl::StatusOr<std::string_view> Text(const JsonObject& line,
                                      std::string_view name) {
  const auto value = line.Get(name);
  if (!value.ok()) return value.status();
  return value->String();
}

std::optional<std::string> Decode(std::string_view text) {
  std::string bytes(Base64UrlDecodedBytesMax(text.size()), '\0');
  const auto size = DecodeBase64Url(text, absl::MakeSpan(bytes));
  return size.has_value() ? std::optional(std::move(bytes)) : std::nullopt;
}

// The key is the caller's: it may be a secret, and its private half may be
// there. One that does not say what it is for is for what the signature is.
JwksOptions OptionsFor(Algorithm algorithm) {
  return {.unbound = algorithm, .symmetric = true, .allow_private = true};
}

// Reads the member `jwk` or `jwks`, whichever there is.
absl::StatusOr<KeySet> ReadKeys(const JsonValue& value, bool is_set,
                                Algorithm algorithm) {
  std::string text;
  JsonWriter json(&text);
  WriteValue(value, json);
  auto keys = is_set ? KeySet::ParseSet(text, OptionsFor(algorithm))
                     : KeySet::ParseKey(text, OptionsFor(algorithm));
  WipeBytes(text.data(), text.size());
  return keys;
}

// Verifies by the key that the header names. A key given by itself, without a
// kid, is the one that is meant.
Judgement VerifyWith(const KeySet& keys, bool is_set, const JwsHeader& header,
                     const CompactJws& jws) {
  const bool is_meant = !is_set && keys.entries().front().kid.empty();
  const KeySet::Entry* const entry =
      keys.Find(header.kid, header.has_kid && !is_meant, header.algorithm);
  if (entry != nullptr) return Say(VerifySignature(jws, entry->key));
  const bool other_algorithm =
      is_meant || keys.HasKid(header.kid) || (!is_set && !header.has_kid);
  return Say(other_algorithm ? Reason::kAlgorithmNotAllowed
                             : Reason::kUnknownKid);
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
    json.EndObject();
    out += '\n';
    reader_.Wipe();
    return absl::OkStatus();
  }

 private:
  Judgement Judge(const JsonObject& line) {
    if (auto status = RefuseNearMisses(
            line,
            {"id", "jws", "jwk", "jwks", "algorithm", "message", "signature"});
        !status.ok()) {
      return Refuse(Judgement().reason, status);
    }
    const bool is_compact = line.Find("jws").has_value();
    if (is_compact == line.Find("signature").has_value()) {
      return {Judgement().reason, "must have either jws or signature"};
    }
    return is_compact ? JudgeCompact(line) : JudgeRaw(line);
  }

  Judgement JudgeCompact(const JsonObject& line) {
    const auto jwk = line.Find("jwk");
    const auto jwks = line.Find("jwks");
    if (jwk.has_value() == jwks.has_value()) {
      return {Judgement().reason, "must have either jwk or jwks"};
    }
    const auto text = Text(line, "jws");
    if (!text.ok()) return Refuse(Judgement().reason, text.status());
    CompactJws jws;
    if (!SplitCompactJws(*text, jws) || !Decode(jws.payload).has_value() ||
        !Decode(jws.signature).has_value()) {
      return Say(Reason::kMalformedCredential);
    }
    JwsHeader header;
    const Reason read = headers_.Read(jws.header, header);
    if (read != Reason::kOk) return Say(read);
    const bool is_set = jwks.has_value();
    const auto keys = ReadKeys(is_set ? *jwks : *jwk, is_set, header.algorithm);
    if (!keys.ok()) return Refuse(kMalformedKey, keys.status());
    return VerifyWith(*keys, is_set, header, jws);
  }

  Judgement JudgeRaw(const JsonObject& line) {
    const auto name = Text(line, "algorithm");
    const auto message = Text(line, "message");
    const auto signature = Text(line, "signature");
    const auto jwk = line.Get("jwk");
    for (const absl::Status& status :
         {name.status(), message.status(), signature.status(), jwk.status()}) {
      if (!status.ok()) return Refuse(Judgement().reason, status);
    }
    const Algorithm algorithm = AlgorithmFromName(*name);
    if (algorithm == Algorithm::kNone) {
      return Say(Reason::kAlgorithmNotAllowed);
    }
    const auto keys = ReadKeys(*jwk, /*is_set=*/false, algorithm);
    if (!keys.ok()) return Refuse(kMalformedKey, keys.status());
    const VerifyingKey& key = keys->entries().front().key;
    if (key.algorithm() != algorithm) return Say(Reason::kAlgorithmNotAllowed);
    const auto message_bytes = Decode(*message);
    const auto signature_bytes = Decode(*signature);
    if (!message_bytes.has_value() || !signature_bytes.has_value()) {
      return Say(Reason::kMalformedCredential);
    }
    return Say(key.Verify(*message_bytes, *signature_bytes));
  }

  JsonReader reader_{{.bytes_max = limits::kInputLineBytesMax}};
  JwsHeaderReader headers_;
};

ExitStatus VerifySignatures(const JsonLinesOptions& options) {
  Signals signals;
  Verifier verifier;
  return RunJsonLines(options, signals, verifier);
}

}  // namespace

void AddJwsCommand(Command app) {
  // RFC 8037, appendix A.4.
  const std::string example =
      "echo '{\"id\":1,\"jws\":\"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5"
      "IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylG"
      "jg5BhVsPt9g7sVvpAr_MuM0KAg\",\"jwk\":{\"kty\":\"OKP\",\"crv\":"
      "\"Ed25519\","
      "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}}' |\n"
      "    tollgate jws verify";
  const Command jws = app.AddCommand("jws", "Verifies signatures", example);
  jws.RequireCommand();
  const Command verify = jws.AddCommand(
      "verify",
      "Says of each line whether its signature is good under its key, and "
      "nothing else: of {id, jws, jwk or jwks}, or of {id, algorithm, jwk, "
      "message, signature} with the last two in base64url",
      example);
  auto options = std::make_shared<JsonLinesOptions>();
  options->wipe = true;  // keys may be secret
  AddInputOption(verify, options->input);
  AddJsonFlag(verify);
  verify.Does([options] { return VerifySignatures(*options); });
}

}  // namespace tollgate::cli
