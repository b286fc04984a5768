// tollgate keys: the life of API keys in the store of a configuration.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "engine/base/duration.h"
#include "engine/crypto/secret.h"
#include "engine/json/writer.h"
#include "engine/key_ledger.h"
#include "engine/model/registration.h"
#include "tools/tollgate/command.h"
#include "tools/tollgate/grant_options.h"
#include "tools/tollgate/key_store.h"
#include "tools/tollgate/key_text.h"
#include "tools/tollgate/keys_import.h"
#include "tools/tollgate/keys_scan.h"
#include "tools/tollgate/output.h"

namespace tollgate::cli {
namespace {

constexpr size_t kKeyLineBytesMax = 256;

struct KeysOptions {
  std::string config;
  bool json = false;
  std::string key_id;
  GrantOptions grant;
  std::string overlap = "0s";
  std::string unused_for;
  std::optional<std::string> input;
};

using Action = ExitStatus (*)(const KeysOptions& options, OpenKeys& keys);

ExitStatus WithKeys(const KeysOptions& options, Access access, Action action) {
  auto opened = OpenKeyStore(options.config, access);
  if (auto* failed = std::get_if<ExitStatus>(&opened)) return *failed;
  return action(options, std::get<OpenKeys>(opened));
}

std::string KeyLine(const KeysOptions& options, const IssuedKey& key) {
  const auto bytes = key.text.span();
  const std::string_view shown(reinterpret_cast<const char*>(bytes.data()),
                               bytes.size());
  std::string line;
  line.reserve(kKeyLineBytesMax);  // so that growing leaves no copy behind
  if (!options.json) {
    absl::StrAppend(&line, shown, "\n");
    return line;
  }
  JsonWriter json(&line);
  json.BeginObject().Key("key_id").String(key.id.text());
  json.Key("key").String(shown);
  if (key.expires_at.has_value()) {
    json.Key("expires_at").Int(key.expires_at->value);
  }
  json.EndObject();
  return line += '\n';
}

// The one time that the key is shown. `made` says what happened to it, should
// it not come through.
ExitStatus PrintKey(const KeysOptions& options, const IssuedKey& key,
                    std::string_view made) {
  std::string line = KeyLine(options, key);
  const absl::Status written = Output().Write(line);
  WipeBytes(line.data(), line.size());
  if (!written.ok()) {
    return Fail(ExitStatus::kIo,
                absl::StrCat("key ", key.id.text(), " was ", made,
                             ", but its text could not be written: ",
                             written.message(), "; rotate or revoke it"));
  }
  if (!options.json) {
    PrintMessage(absl::StrCat("this is key ", key.id.text(),
                              "; it is shown this once and kept nowhere"));
  }
  return ExitStatus::kDone;
}

ExitStatus Issue(const KeysOptions& options, OpenKeys& keys) {
  const UnixSeconds now = ReadClock().wall;
  const auto grant = ReadGrant(options.grant, now);
  if (!grant.ok()) return Fail(ExitStatus::kUsage, grant.status());
  const auto issued = keys.ledger->Issue(*grant, now);
  if (!issued.ok()) return FailKey(issued.status());
  return PrintKey(options, *issued, "issued");
}

ExitStatus Rotate(const KeysOptions& options, OpenKeys& keys) {
  const UnixSeconds now = ReadClock().wall;
  const auto overlap = ReadTimeAhead("--overlap", options.overlap, now);
  if (!overlap.ok()) return Fail(ExitStatus::kUsage, overlap.status());
  const auto issued = keys.ledger->Rotate(options.key_id, *overlap, now);
  if (!issued.ok()) return FailKey(issued.status());
  return PrintKey(options, *issued, "rotated");
}

// When keys were used last, by their ids.
using LastUses = absl::flat_hash_map<std::string, int64_t>;

absl::StatusOr<LastUses> ReadLastUses(KeyDatabase& database) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  LastUses uses;
  const absl::Status read = database.ForEachUsage([&](const auto& usage) {
    if (usage.window == kLastUseWindow) {
      uses[usage.key_id] = usage.saved_at_micros / kMicrosPerSecond;
    }
    return absl::OkStatus();
  });
  if (!read.ok()) return read;
  return uses;
}

std::optional<int64_t> Find(const LastUses& uses, std::string_view key_id) {
  const auto found = uses.find(key_id);
  return found != uses.end() ? std::optional(found->second) : std::nullopt;
}

ExitStatus Show(const KeysOptions& options, OpenKeys& keys) {
  const auto key = keys.ledger->Show(options.key_id);
  if (!key.ok()) return FailKey(key.status());
  std::string scopes;
  const StoredKeyView view = ViewOf(*key, scopes);
  std::string text;
  const auto uses = ReadLastUses(*keys.database);
  if (!uses.ok()) return FailKey(uses.status());
  (options.json ? AppendKeyJson : AppendKeyFields)(
      {view, Find(*uses, view.key_id)}, ReadClock().wall, text);
  return Print(text);
}

// Answers a change of state with the state that is now stored.
ExitStatus PrintState(const KeysOptions& options, OpenKeys& keys,
                      const absl::Status& changed) {
  if (!changed.ok()) return FailKey(changed);
  if (options.json) return Show(options, keys);
  const auto key = keys.ledger->Show(options.key_id);
  if (!key.ok()) return FailKey(key.status());
  std::string scopes;
  const auto state = StateName(ViewOf(*key, scopes), ReadClock().wall);
  return Print(absl::StrCat(options.key_id, " is ", state, "\n"));
}

ExitStatus Disable(const KeysOptions& options, OpenKeys& keys) {
  return PrintState(options, keys,
                    keys.ledger->Disable(options.key_id, ReadClock().wall));
}

ExitStatus Enable(const KeysOptions& options, OpenKeys& keys) {
  return PrintState(options, keys,
                    keys.ledger->Enable(options.key_id, ReadClock().wall));
}

ExitStatus Revoke(const KeysOptions& options, OpenKeys& keys) {
  return PrintState(options, keys,
                    keys.ledger->Revoke(options.key_id, ReadClock().wall));
}

ExitStatus List(const KeysOptions& options, OpenKeys& keys) {
  const UnixSeconds now = ReadClock().wall;
  std::optional<int64_t> unused_seconds;
  if (!options.unused_for.empty()) {
    const auto parsed = ParseDurationSeconds(options.unused_for);
    if (!parsed.ok()) {
      return Fail(ExitStatus::kUsage,
                  absl::StrCat("--unused-for: ", parsed.status().message()));
    }
    unused_seconds = *parsed;
  }
  const auto uses = ReadLastUses(*keys.database);
  if (!uses.ok()) return Fail(ExitStatus::kIo, uses.status());
  Output output;
  absl::Status output_status;
  if (!options.json) AppendKeyHeading(output.pending());
  const absl::Status read = keys.database->ForEach([&](const auto& key) {
    if (IsRegistrationName(key.key_id)) return absl::OkStatus();
    const ShownKey shown = {key, Find(*uses, key.key_id)};
    // A key that was never used has been unused since it was made.
    const int64_t since = shown.last_used_at.value_or(key.created_at);
    if (unused_seconds.has_value() && now.value - since < *unused_seconds) {
      return absl::OkStatus();
    }
    (options.json ? AppendKeyJson : AppendKeyRow)(shown, now, output.pending());
    output_status = output.Offer();
    return output_status;
  });
  output_status.Update(output.Flush());
  if (!output_status.ok()) return Fail(ExitStatus::kIo, output_status);
  return read.ok() ? ExitStatus::kDone : Fail(ExitStatus::kIo, read);
}

struct KeysCommand {
  Command app;
  std::shared_ptr<KeysOptions> options;
};

// Adds one command of `keys`; the caller adds what else it takes.
KeysCommand AddKeys(Command keys, const std::string& name,
                    const std::string& summary, const std::string& example,
                    std::function<ExitStatus(const KeysOptions&)> action) {
  KeysCommand added{keys.AddCommand(name, summary,
                                    "tollgate keys " + name +
                                        " --config tollgate.yaml" + example),
                    std::make_shared<KeysOptions>()};
  AddConfigOption(added.app, added.options->config);
  AddJsonFlag(added.app, added.options->json);
  added.app.Does(
      [options = added.options, action] { return action(*options); });
  return added;
}

std::function<ExitStatus(const KeysOptions&)> Over(Access access,
                                                   Action action) {
  return [access, action](const KeysOptions& options) {
    return WithKeys(options, access, action);
  };
}

// Of an action that shows a key: not done when there is nobody to show it to.
std::function<ExitStatus(const KeysOptions&)> Showing(Action action) {
  return [action](const KeysOptions& options) {
    const absl::Status output = CheckOutput();
    return output.ok() ? WithKeys(options, Access::kChange, action)
                       : Fail(ExitStatus::kIo, output);
  };
}

void AddIssue(Command keys) {
  const KeysCommand added =
      AddKeys(keys, "issue", "Makes a key and shows it, this once",
              " --principal build-bot --scope tools:read --expires 90d",
              Showing(Issue));
  AddGrantOptions(added.app, added.options->grant);
}

void AddRotate(Command keys) {
  const KeysCommand added =
      AddKeys(keys, "rotate", "Replaces a key's secret; id and usage stay",
              " 3fT9kQ2mXz71 --overlap 1h", Showing(Rotate));
  added.app.AddOption("key_id", added.options->key_id).Required();
  added.app
      .AddOption("--overlap", added.options->overlap,
                 "For how long the old secret stays valid: 1h")
      .ShowDefault();
}

void AddList(Command keys) {
  const KeysCommand added = AddKeys(
      keys, "list", "Lists keys, with their age and the day of their last use",
      " --unused-for 90d", Over(Access::kRead, List));
  added.app.AddOption("--unused-for", added.options->unused_for,
                      "Only keys that were not used for so long: 90d");
}

void AddOnKey(Command keys, const std::string& name, const std::string& summary,
              Access access, Action action) {
  const KeysCommand added =
      AddKeys(keys, name, summary, " 3fT9kQ2mXz71", Over(access, action));
  added.app.AddOption("key_id", added.options->key_id).Required();
}

void AddImport(Command keys) {
  const KeysCommand added = AddKeys(
      keys, "import",
      "Takes in keys from elsewhere: JSON Lines of {key_id, secret or digest, "
      "pepper_id?, principal, scopes?, policy?, expires_at?}",
      " --input keys.jsonl", [](const KeysOptions& options) {
        return ImportKeys(options.config, options.input);
      });
  AddInputOption(added.app, added.options->input);
}

void AddScan(Command keys) {
  auto options = std::make_shared<ScanOptions>();
  const Command command = keys.AddCommand(
      "scan",
      "Finds keys of this store in files and folders; exit status 1 when one "
      "is usable",
      "tollgate keys scan --config tollgate.yaml --revoke src/ deploy.log");
  AddConfigOption(command, options->config);
  AddJsonFlag(command, options->json);
  command.AddOption("path", options->paths, "Files and folders").Required();
  command.AddFlag("--revoke", options->revoke,
                  "Revoke each key whose secret is found");
  command.Does([options] { return ScanForKeys(*options); });
}

}  // namespace

void AddKeysCommand(Command app) {
  const Command keys =
      app.AddCommand("keys", "Issues, shows and changes API keys",
                     "tollgate keys list --config tollgate.yaml");
  keys.RequireCommand();
  AddIssue(keys);
  AddList(keys);
  AddOnKey(keys, "show", "Shows a key, never its secret", Access::kRead, Show);
  AddRotate(keys);
  AddOnKey(keys, "disable", "Refuses a key until it is enabled",
           Access::kChange, Disable);
  AddOnKey(keys, "enable", "Accepts a disabled key again", Access::kChange,
           Enable);
  AddOnKey(keys, "revoke", "Refuses a key for ever", Access::kChange, Revoke);
  AddImport(keys);
  AddScan(keys);
}

}  // namespace tollgate::cli
