#include "bench/support/engine_fixture.h"

#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "bench/support/check.h"
#include "bench/support/interleaved_run.h"
#include "engine/config/config.h"
#include "engine/key_ledger.h"
#include "engine/key_rules.h"
#include "engine/store/key_database.h"

namespace tollgate::bench {
namespace {

constexpr std::string_view kConfig = R"(version: 1
$STORE
api_keys:
  prefix: tg
  environment: live
  pepper_file: pepper.key
  header: X-API-Key
  policy: $POLICY
  verified_cache: $CACHE
policies:
  standard:
    scopes: [tools:read, tools:call]
    rate_limits:
      per_second: 200000
      per_minute: 6000000
      per_day: 1000000000
$RULES
  exact:
    scopes: [tools:read, tools:call]
    rate_limits:
      per_second: { limit: 10000, burst: 60 }
      per_minute: 600000
      per_day: 1000000000
$RULES
  vast:
    scopes: [tools:read, tools:call]
    rate_limits:
      per_second: 100000000
      per_minute: 6000000000
      per_day: 1000000000000
$RULES
  scarce:
    scopes: [tools:read, tools:call]
    rate_limits: { per_second: 100, per_minute: 100, per_day: 1 }
$RULES
endpoints:
  - { match: "POST /v1/tools/*", scopes: [tools:call] }
  - { match: "POST /v1/reports/*", scopes: [reports:run] }
$GUARD)";

constexpr std::string_view kGuard =
    R"(admission: { failures: { limit: 20, per: 1m, lockout: 5m } }
audit: { file: audit.jsonl, sample_allows: 100 }
)";

constexpr std::string_view kRules =
    R"(    ip: { allow: [10.0.0.0/8], deny: [10.66.0.0/16] }
    endpoints:
      allow: ["GET /v1/**", "POST /v1/*/*"]
      deny: ["/v1/admin/**"])";

constexpr size_t kKeysPerTransaction = 50'000;

void WriteFile(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  Require(file.good(), absl::StrCat("cannot write ", path));
  std::filesystem::permissions(path, std::filesystem::perms::owner_read |
                                         std::filesystem::perms::owner_write);
}

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string PrincipalOf(size_t i) {
  return absl::StrCat("team-", i % 1000, "/service-", i);
}

StoredKey MakeKey(const KeyRing& keys, size_t i, const Peppers::Entry& newest,
                  EngineFixture::Keys mix, int64_t now) {
  StoredKey key;
  key.key_id = std::string(keys.id(i).text());
  key.digest = newest.pepper.Digest(keys.secret(i));
  key.pepper_id = newest.id;
  key.principal = PrincipalOf(i);
  key.state = KeyState::kActive;
  key.created_at = key.updated_at = now;
  if (mix == EngineFixture::Keys::kMixed) {
    const size_t residue = i % EngineFixture::kMixModulus;
    if (residue == EngineFixture::kExpired) key.expires_at = now - 1;
    if (residue == EngineFixture::kDisabled) key.state = KeyState::kDisabled;
    if (residue == EngineFixture::kScarce) key.policy = "scarce";
    if (residue == EngineFixture::kRevoked) key.state = KeyState::kRevoked;
  }
  return key;
}

}  // namespace

ScratchFolder::ScratchFolder() {
  const char* parent = std::getenv("TEST_TMPDIR");
  if (parent == nullptr) parent = std::getenv("TMPDIR");
  path_ = absl::StrCat(parent != nullptr ? parent : "/tmp",
                       "/tollgate-bench-XXXXXX");
  Require(mkdtemp(path_.data()) != nullptr, "cannot make a scratch folder");
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

EngineFixture::EngineFixture(const Options& options)
    : keys_(options.keys, /*seed=*/options.keys) {
  WriteFiles(options);
  auto start = Clock::now();
  if (!options.in_memory) StoreKeys(options);
  store_seconds_ = SecondsSince(start);
  start = Clock::now();
  // Without the thread that looks for other processes' changes: there are none.
  Validator::Options open;
  open.housekeeping = false;
  validator_ = RequireValue(
      Validator::Open(folder_.File("tollgate.yaml"), std::move(open)));
  open_seconds_ = SecondsSince(start);
  if (options.in_memory) ImportKeys();
}

void EngineFixture::WriteFiles(const Options& options) const {
  WriteFile(folder_.File("pepper.key"), "0123456789abcdef0123456789abcdef");
  WriteFile(
      folder_.File("tollgate.yaml"),
      absl::StrReplaceAll(
          kConfig, {{"$STORE",
                     options.in_memory ? "" : "store: { sqlite: tollgate.db }"},
                    {"$POLICY", options.policy},
                    {"$CACHE", options.verified_cache ? "true" : "false"},
                    {"$GUARD", options.guarded ? kGuard : ""},
                    {"$RULES", kRules}}));
}

void EngineFixture::StoreKeys(const Options& options) const {
  const Config config = RequireValue(LoadConfig(folder_.File("tollgate.yaml")));
  const KeyRules rules = RequireValue(LoadKeyRules(config));
  const auto database = RequireValue(
      KeyDatabase::Open(folder_.File("tollgate.db"), {.create = true}));
  const int64_t now = ReadClock().wall.value;
  std::vector<StoredKey> rows;
  for (size_t first = 0; first < keys_.size(); first += kKeysPerTransaction) {
    rows.clear();
    const size_t end = std::min(first + kKeysPerTransaction, keys_.size());
    for (size_t i = first; i < end; ++i) {
      rows.push_back(
          MakeKey(keys_, i, rules.peppers->newest(), options.mix, now));
    }
    RequireOk(database->Insert(rows));
  }
}

void EngineFixture::ImportKeys() {
  std::vector<ImportedKey> imports;
  for (size_t i = 0; i < keys_.size(); ++i) {
    ImportedKey& key = imports.emplace_back();
    key.key_id = std::string(keys_.id(i).text());
    key.secret = SecretBytes::CopyOf(keys_.secret(i));
    key.grant.principal = PrincipalOf(i);
  }
  RequireOk(validator_->keys().Import(imports, ReadClock().wall));
}

}  // namespace tollgate::bench
