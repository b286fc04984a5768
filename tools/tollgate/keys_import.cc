#include "tools/tollgate/keys_import.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "engine/json/writer.h"
#include "tools/tollgate/json_lines.h"
#include "tools/tollgate/key_store.h"

namespace tollgate::cli {
namespace {

// One durable transaction for so many keys.
constexpr size_t kBatch = 1000;

constexpr std::array<std::string_view, 8> kMembers = {
    "key_id",    "secret", "digest", "pepper_id",
    "principal", "scopes", "policy", "expires_at"};

absl::Status CheckMembers(const JsonObject& line) {
  for (const JsonMember member : line) {
    if (std::find(kMembers.begin(), kMembers.end(), member.name) ==
        kMembers.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "unknown member; known are ", absl::StrJoin(kMembers, ", ")));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadSecret(const JsonValue& value, ImportedKey& key) {
  const auto text = value.String();
  if (!text.ok()) return text.status();
  key.secret = SecretBytes::CopyOf(*text);
  return absl::OkStatus();
}

absl::Status ReadDigest(const JsonValue& value, ImportedKey& key) {
  const auto text = value.String();
  if (!text.ok()) return text.status();
  SecretDigest digest;
  const bool hexadecimal =
      text->size() == 2 * digest.size() &&
      std::all_of(text->begin(), text->end(), absl::ascii_isxdigit);
  if (!hexadecimal) return value.Error("must be 64 hexadecimal digits");
  const std::string bytes = absl::HexStringToBytes(*text);
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  key.digest = digest;
  return absl::OkStatus();
}

absl::Status ReadPepperId(const JsonValue& value, ImportedKey& key) {
  const auto number = value.Int64();
  if (!number.ok()) return number.status();
  if (*number < 1 || *number > UINT8_MAX) {
    return value.Error("must be from 1 to 255");
  }
  key.pepper_id = static_cast<uint8_t>(*number);
  return absl::OkStatus();
}

absl::Status ReadTo(const JsonValue& value, std::string& out) {
  const auto text = value.String();
  if (text.ok()) out = *text;
  return text.status();
}

absl::Status ReadScopes(const JsonValue& value, KeyGrant& grant) {
  const auto list = value.Array();
  if (!list.ok()) return list.status();
  if (list->size() == 0) {
    return value.Error(
        "must not be empty; leave it out for those of the policy");
  }
  for (const JsonValue item : *list) {
    const auto scope = item.String();
    if (!scope.ok()) return scope.status();
    grant.scopes.emplace_back(*scope);
  }
  return absl::OkStatus();
}

// Left out, it is the configuration's; empty, it is none.
absl::Status ReadPolicy(const JsonValue& value, KeyGrant& grant) {
  if (auto status = ReadTo(value, grant.policy); !status.ok()) return status;
  if (!grant.policy.empty()) return absl::OkStatus();
  return value.Error(
      "must not be empty; leave it out for that of the configuration");
}

absl::Status ReadExpiry(const JsonValue& value, KeyGrant& grant) {
  const auto seconds = value.Int64();
  if (!seconds.ok()) return seconds.status();
  grant.expires_at = UnixSeconds{*seconds};
  return absl::OkStatus();
}

absl::Status ReadMember(const JsonMember& member, ImportedKey& key) {
  const auto& [name, value] = member;
  if (name == "key_id") return ReadTo(value, key.key_id);
  if (name == "secret") return ReadSecret(value, key);
  if (name == "digest") return ReadDigest(value, key);
  if (name == "pepper_id") return ReadPepperId(value, key);
  if (name == "principal") return ReadTo(value, key.grant.principal);
  if (name == "scopes") return ReadScopes(value, key.grant);
  if (name == "policy") return ReadPolicy(value, key.grant);
  return ReadExpiry(value, key.grant);
}

class Importer : public LineAnswerer {
 public:
  explicit Importer(KeyLedger& ledger) : ledger_(ledger) {}

  absl::Status Answer(const InputLine& line, std::string& out) override {
    absl::Status read = Read(line);
    reader_.Wipe();
    rows_.push_back(std::move(read));
    return rows_.size() < kBatch ? absl::OkStatus() : Settle(out);
  }

  absl::Status Settle(std::string& out) override {
    std::vector<absl::Status> outcomes(keys_.size());
    const absl::Status status = Import(keys_, absl::MakeSpan(outcomes));
    AppendAnswers(outcomes, out);
    rows_.clear();
    ids_.clear();
    keys_.clear();
    return status;
  }

 private:
  // Keeps the key of `line` for the batch, or returns what is wrong with it.
  absl::Status Read(const InputLine& line) {
    ids_.emplace_back();
    const auto object = ReadLine(reader_, line, limits::kInputLineBytesMax);
    if (!object.ok()) return object.status();
    ids_.back() = IdOf(*object);
    auto key = ReadImportedKey(*object);
    if (!key.ok()) return key.status();
    if (auto status = ledger_.CheckImport(*key, ReadClock().wall);
        !status.ok()) {
      return status;
    }
    keys_.push_back(*std::move(key));
    return absl::OkStatus();
  }

  // A key id of any form, to find the line by; a whole key is none.
  static std::optional<std::string> IdOf(const JsonObject& line) {
    const auto value = line.Find("key_id");
    if (!value.has_value()) return std::nullopt;
    const auto text = value->String();
    if (!text.ok() || text->size() > limits::kStoredKeyIdBytesMax / 2) {
      return std::nullopt;
    }
    return std::string(*text);
  }

  // Imports `keys` together; if one of them is in the way, each half by itself.
  // Returns an error when it is the store that fails.
  absl::Status Import(absl::Span<const ImportedKey> keys,
                      absl::Span<absl::Status> outcomes) {
    if (keys.empty()) return absl::OkStatus();
    const absl::Status status = ledger_.Import(keys, ReadClock().wall);
    if (status.ok()) return status;
    if (keys.size() == 1 || !IsRefusal(status)) {
      std::fill(outcomes.begin(), outcomes.end(), status);
      return IsRefusal(status) ? absl::OkStatus() : status;
    }
    const size_t half = keys.size() / 2;
    const absl::Status first = Import(keys.first(half), outcomes.first(half));
    const absl::Status second =
        Import(keys.subspan(half), outcomes.subspan(half));
    return first.ok() ? second : first;
  }

  void AppendAnswers(absl::Span<const absl::Status> outcomes,
                     std::string& out) const {
    size_t next = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const absl::Status& outcome = rows_[i].ok() ? outcomes[next++] : rows_[i];
      AppendOutcome(ids_[i], outcome, out);
    }
  }

  static void AppendOutcome(const std::optional<std::string>& id,
                            const absl::Status& outcome, std::string& out) {
    JsonWriter json(&out);
    json.BeginObject().Key("key_id");
    if (id.has_value()) {
      json.String(*id);
    } else {
      json.Null();
    }
    if (outcome.ok()) {
      json.Key("imported").Bool(true);
    } else {
      json.Key("error").String(outcome.message());
    }
    json.EndObject();
    out += '\n';
  }

  KeyLedger& ledger_;
  JsonReader reader_{{}};
  std::vector<absl::Status> rows_;  // of each line: read, or why not
  std::vector<std::optional<std::string>> ids_;  // of each line
  std::vector<ImportedKey> keys_;                // of the lines that were read
};

}  // namespace

absl::StatusOr<ImportedKey> ReadImportedKey(const JsonObject& line) {
  if (auto status = CheckMembers(line); !status.ok()) return status;
  for (const std::string_view name : {"key_id", "principal"}) {
    if (auto found = line.Get(name); !found.ok()) return found.status();
  }
  ImportedKey key;
  for (const JsonMember member : line) {
    if (auto status = ReadMember(member, key); !status.ok()) return status;
  }
  return key;
}

ExitStatus ImportKeys(const std::string& config,
                      const std::optional<std::string>& input) {
  Signals signals;
  auto opened = OpenKeyStore(config, Access::kChange);
  if (auto* failed = std::get_if<ExitStatus>(&opened)) return *failed;
  Importer importer(*std::get<OpenKeys>(opened).ledger);
  return RunJsonLines({.input = input, .wipe = true}, signals, importer);
}

}  // namespace tollgate::cli
