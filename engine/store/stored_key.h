// An API key as the durable store keeps it, and its row.
//
// Only digests are stored, never a secret. A row carries a checksum over all
// its columns: SQLite notices a damaged page structure, not a changed byte
// within a value, and one changed byte could turn a revoked key active.
//
// Thread-safety: values and pure functions. Control path only.

#ifndef TOLLGATE_ENGINE_STORE_STORED_KEY_H_
#define TOLLGATE_ENGINE_STORE_STORED_KEY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/store/sqlite.h"

namespace tollgate {

// What an operator set; expired and rotating follow from times. The values are
// in files: never renumber. The zero value is the one that refuses for good.
enum class KeyState : uint8_t { kRevoked = 0, kDisabled = 1, kActive = 2 };

using StoredDigest = std::array<uint8_t, 32>;

// The secret that a rotation replaced.
struct StoredPreviousSecret {
  StoredDigest digest = {};
  uint8_t pepper_id = 0;
  int64_t valid_until = 0;  // Unix seconds, first refused

  friend bool operator==(const StoredPreviousSecret&,
                         const StoredPreviousSecret&) = default;
};

// A row, viewed: the texts live as long as the call that they are given to.
struct StoredKeyView {
  std::string_view key_id;
  StoredDigest digest = {};
  uint8_t pepper_id = 0;
  std::optional<StoredPreviousSecret> previous;
  std::string_view principal;
  std::string_view scopes;  // joined by single spaces; empty: the policy's
  std::string_view policy;  // empty: the configuration's default
  KeyState state = KeyState::kRevoked;
  int64_t created_at = 0;  // Unix seconds, as all times here
  int64_t updated_at = 0;
  std::optional<int64_t> expires_at;  // first refused
  int64_t sequence = 0;               // of the key's last change
};

// The same by value. `sequence` is the database's: what is given is ignored.
struct StoredKey {
  std::string key_id;
  StoredDigest digest = {};
  uint8_t pepper_id = 0;
  std::optional<StoredPreviousSecret> previous;
  std::string principal;
  std::vector<std::string> scopes;
  std::string policy;
  KeyState state = KeyState::kRevoked;
  int64_t created_at = 0;
  int64_t updated_at = 0;
  std::optional<int64_t> expires_at;
  int64_t sequence = 0;

  friend bool operator==(const StoredKey&, const StoredKey&) = default;
};

StoredKey CopyOf(const StoredKeyView& view);

// Returns InvalidArgument with the id and the reason if `key` must not be
// stored: it could not be read back the same.
absl::Status CheckStorable(const StoredKey& key);

// The columns of the table `keys`, in the order in which they are bound (from
// 1) and read (from 0).
inline constexpr std::string_view kKeyColumns =
    "sequence, key_id, digest, pepper_id, previous_digest, "
    "previous_pepper_id, previous_valid_until, principal, scopes, policy, "
    "state, created_at, updated_at, expires_at, checksum";

// Binds `key`, with `sequence` in place of its own, to the parameters of
// `statement`. `joined_scopes` is JoinScopes(key); both must outlive the run.
std::string JoinScopes(const StoredKey& key);
void BindKey(const StoredKey& key, int64_t sequence,
             const std::string& joined_scopes, SqliteStatement& statement);

// Reads the current row of `statement`. Returns DataLoss if it is not as
// BindKey wrote it.
absl::StatusOr<StoredKeyView> ReadKey(SqliteStatement& statement);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_STORE_STORED_KEY_H_
