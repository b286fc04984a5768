#include "tests/store/store_fixture.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace tollgate {

ScratchFolder::ScratchFolder() {
  const char* base = std::getenv("TEST_TMPDIR");
  path_ = std::string(base != nullptr ? base : "/tmp") + "/store-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) {
    std::perror(path_.c_str());
    std::abort();
  }
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

StoredKey MakeKey(const std::string& id) {
  StoredKey key;
  key.key_id = id;
  for (size_t i = 0; i < key.digest.size(); ++i) {
    key.digest[i] = static_cast<uint8_t>(id[i % id.size()] + i);
  }
  key.pepper_id = 1;
  key.principal = "client-" + id;
  key.scopes = {"tools:call", "tools:read"};
  key.policy = "standard";
  key.state = KeyState::kActive;
  key.created_at = key.updated_at = 1'700'000'000;
  return key;
}

std::string IdOf(int number) {
  char id[16];
  std::snprintf(id, sizeof(id), "Key%09d", number);
  return id;
}

std::unique_ptr<KeyDatabase> OpenOrDie(const std::string& path) {
  auto database = KeyDatabase::Open(path, {.create = true});
  if (!database.ok()) {
    std::fprintf(stderr, "%s\n", database.status().ToString().c_str());
    std::abort();
  }
  return *std::move(database);
}

absl::StatusOr<std::vector<StoredKey>> ReadAll(KeyDatabase& database) {
  std::vector<StoredKey> keys;
  const absl::Status status = database.ForEach([&](const StoredKeyView& view) {
    keys.push_back(CopyOf(view));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return keys;
}

std::string ReadBytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

bool FileExists(const std::string& path) {
  return std::filesystem::exists(path);
}

}  // namespace tollgate
