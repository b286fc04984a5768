#include "engine/store/stored_key.h"

#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/model/scope.h"

namespace tollgate {
namespace {

// Positions in kKeyColumns.
enum Column : int {
  kSequence = 0,
  kKeyId,
  kDigest,
  kPepperId,
  kPreviousDigest,
  kPreviousPepperId,
  kPreviousValidUntil,
  kPrincipal,
  kScopes,
  kPolicy,
  kState,
  kCreatedAt,
  kUpdatedAt,
  kExpiresAt,
  kChecksum,
};

// The checksum of a row covers these words and then the texts. Sizes are among
// the words, so that no two rows have the same bytes.
struct ChecksumWords {
  int64_t sequence;
  int64_t created_at;
  int64_t updated_at;
  int64_t expires_at;
  int64_t previous_valid_until;
  int64_t sizes[4];
  uint8_t digest[32];
  uint8_t previous_digest[32];
  uint8_t pepper_id;
  uint8_t previous_pepper_id;
  uint8_t has_previous;
  uint8_t has_expires_at;
  uint8_t state;
  uint8_t padding[3];
};
static_assert(sizeof(ChecksumWords) == 9 * 8 + 2 * 32 + 8,
              "no hidden padding: every byte is summed");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the words are summed as they lie, and files may travel");

ChecksumWords WordsOf(const StoredKeyView& key) {
  ChecksumWords words = {};
  words.sequence = key.sequence;
  words.created_at = key.created_at;
  words.updated_at = key.updated_at;
  words.has_expires_at = key.expires_at.has_value() ? 1 : 0;
  words.expires_at = key.expires_at.value_or(0);
  words.state = static_cast<uint8_t>(key.state);
  words.pepper_id = key.pepper_id;
  std::memcpy(words.digest, key.digest.data(), sizeof(words.digest));
  if (key.previous.has_value()) {
    words.has_previous = 1;
    words.previous_pepper_id = key.previous->pepper_id;
    words.previous_valid_until = key.previous->valid_until;
    std::memcpy(words.previous_digest, key.previous->digest.data(),
                sizeof(words.previous_digest));
  }
  return words;
}

int64_t ChecksumOf(const StoredKeyView& key) {
  const std::string_view texts[] = {key.key_id, key.principal, key.scopes,
                                    key.policy};
  ChecksumWords words = WordsOf(key);
  for (int i = 0; i < 4; ++i) {
    words.sizes[i] = static_cast<int64_t>(texts[i].size());
  }
  uint32_t sum = Crc32c(0, &words, sizeof(words));
  for (const std::string_view text : texts) {
    sum = Crc32c(sum, text.data(), text.size());
  }
  return sum;
}

StoredKeyView ViewOf(const StoredKey& key, int64_t sequence,
                     std::string_view joined_scopes) {
  StoredKeyView view;
  view.key_id = key.key_id;
  view.digest = key.digest;
  view.pepper_id = key.pepper_id;
  view.previous = key.previous;
  view.principal = key.principal;
  view.scopes = joined_scopes;
  view.policy = key.policy;
  view.state = key.state;
  view.created_at = key.created_at;
  view.updated_at = key.updated_at;
  view.expires_at = key.expires_at;
  view.sequence = sequence;
  return view;
}

bool HasControl(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

// Returns what is wrong with the texts of `key`, or "".
std::string_view FindBadText(const StoredKey& key) {
  if (key.key_id.empty() || HasControl(key.key_id) ||
      key.key_id.size() > limits::kStoredKeyIdBytesMax) {
    return "the key id is empty, too long or has control characters";
  }
  if (key.principal.empty() || HasControl(key.principal) ||
      key.principal.size() > limits::kPrincipalBytesMax) {
    return "the principal is empty, too long or has control characters";
  }
  if (HasControl(key.policy) ||
      key.policy.size() > limits::kPolicyNameBytesMax) {
    return "the policy is too long or has control characters";
  }
  if (key.scopes.size() > limits::kScopesPerGrantMax) return "too many scopes";
  for (const std::string& scope : key.scopes) {
    if (!IsScopeToken(scope)) return "a scope is not a scope token";
  }
  return "";
}

// Returns what is wrong with `key`, or "".
std::string_view FindBadField(const StoredKey& key) {
  if (const std::string_view bad = FindBadText(key); !bad.empty()) return bad;
  if (key.pepper_id == 0) return "pepper id 0";
  if (key.previous.has_value() && key.previous->pepper_id == 0) {
    return "pepper id 0 of the previous secret";
  }
  if (key.state > KeyState::kActive) return "an unknown state";
  return "";
}

bool ReadDigest(std::string_view bytes, StoredDigest& digest) {
  if (bytes.size() != digest.size()) return false;
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return true;
}

bool ReadPepperId(const SqliteStatement& row, int column, uint8_t& id) {
  if (!row.IsInteger(column)) return false;
  const int64_t value = row.Integer(column);
  if (value < 1 || value > 255) return false;
  id = static_cast<uint8_t>(value);
  return true;
}

// The three columns of the previous secret are all there or all null.
bool ReadPrevious(SqliteStatement& row,
                  std::optional<StoredPreviousSecret>& previous) {
  if (row.IsNull(kPreviousDigest)) {
    return row.IsNull(kPreviousPepperId) && row.IsNull(kPreviousValidUntil);
  }
  StoredPreviousSecret secret;
  if (!row.IsBlob(kPreviousDigest) || !row.IsInteger(kPreviousValidUntil) ||
      !ReadDigest(row.Bytes(kPreviousDigest), secret.digest) ||
      !ReadPepperId(row, kPreviousPepperId, secret.pepper_id)) {
    return false;
  }
  secret.valid_until = row.Integer(kPreviousValidUntil);
  previous = secret;
  return true;
}

bool ReadState(const SqliteStatement& row, KeyState& state) {
  const int64_t value = row.Integer(kState);
  if (value < 0 || value > static_cast<int64_t>(KeyState::kActive)) {
    return false;
  }
  state = static_cast<KeyState>(value);
  return true;
}

bool ReadTexts(SqliteStatement& row, StoredKeyView& key) {
  for (const int column : {kKeyId, kPrincipal, kScopes, kPolicy}) {
    if (!row.IsText(column)) return false;
  }
  key.key_id = row.Bytes(kKeyId);
  key.principal = row.Bytes(kPrincipal);
  key.scopes = row.Bytes(kScopes);
  key.policy = row.Bytes(kPolicy);
  return true;
}

bool ReadTimes(const SqliteStatement& row, StoredKeyView& key) {
  if (!row.IsInteger(kCreatedAt) || !row.IsInteger(kUpdatedAt)) return false;
  key.created_at = row.Integer(kCreatedAt);
  key.updated_at = row.Integer(kUpdatedAt);
  if (row.IsNull(kExpiresAt)) return true;
  if (!row.IsInteger(kExpiresAt)) return false;
  key.expires_at = row.Integer(kExpiresAt);
  return true;
}

bool ReadColumns(SqliteStatement& row, StoredKeyView& key) {
  if (!row.IsInteger(kSequence) || !row.IsBlob(kDigest) ||
      !row.IsInteger(kState) || !row.IsInteger(kChecksum)) {
    return false;
  }
  key.sequence = row.Integer(kSequence);
  return ReadTexts(row, key) && ReadDigest(row.Bytes(kDigest), key.digest) &&
         ReadPepperId(row, kPepperId, key.pepper_id) &&
         ReadPrevious(row, key.previous) && ReadState(row, key.state) &&
         ReadTimes(row, key);
}

}  // namespace

StoredKey CopyOf(const StoredKeyView& view) {
  StoredKey key;
  key.key_id = std::string(view.key_id);
  key.digest = view.digest;
  key.pepper_id = view.pepper_id;
  key.previous = view.previous;
  key.principal = std::string(view.principal);
  if (!view.scopes.empty()) key.scopes = absl::StrSplit(view.scopes, ' ');
  key.policy = std::string(view.policy);
  key.state = view.state;
  key.created_at = view.created_at;
  key.updated_at = view.updated_at;
  key.expires_at = view.expires_at;
  key.sequence = view.sequence;
  return key;
}

absl::Status CheckStorable(const StoredKey& key) {
  const std::string_view bad = FindBadField(key);
  if (bad.empty()) return absl::OkStatus();
  const std::string_view id = key.key_id;
  return absl::InvalidArgumentError(
      absl::StrCat("key \"", absl::CHexEscape(id.substr(0, 64)), "\": ", bad));
}

std::string JoinScopes(const StoredKey& key) {
  return absl::StrJoin(key.scopes, " ");
}

void BindKey(const StoredKey& key, int64_t sequence,
             const std::string& joined_scopes, SqliteStatement& statement) {
  const auto bind_optional = [&](Column column, std::optional<int64_t> value) {
    value.has_value() ? statement.BindInteger(column + 1, *value)
                      : statement.BindNull(column + 1);
  };
  statement.BindInteger(kSequence + 1, sequence);
  statement.BindText(kKeyId + 1, key.key_id);
  statement.BindBlob(kDigest + 1, key.digest);
  statement.BindInteger(kPepperId + 1, key.pepper_id);
  bind_optional(kPreviousPepperId, std::nullopt);
  bind_optional(kPreviousValidUntil, std::nullopt);
  statement.BindNull(kPreviousDigest + 1);
  if (key.previous.has_value()) {
    statement.BindBlob(kPreviousDigest + 1, key.previous->digest);
    bind_optional(kPreviousPepperId, key.previous->pepper_id);
    bind_optional(kPreviousValidUntil, key.previous->valid_until);
  }
  statement.BindText(kPrincipal + 1, key.principal);
  statement.BindText(kScopes + 1, joined_scopes);
  statement.BindText(kPolicy + 1, key.policy);
  statement.BindInteger(kState + 1, static_cast<int64_t>(key.state));
  statement.BindInteger(kCreatedAt + 1, key.created_at);
  statement.BindInteger(kUpdatedAt + 1, key.updated_at);
  bind_optional(kExpiresAt, key.expires_at);
  statement.BindInteger(kChecksum + 1,
                        ChecksumOf(ViewOf(key, sequence, joined_scopes)));
}

absl::StatusOr<StoredKeyView> ReadKey(SqliteStatement& statement) {
  StoredKeyView key;
  if (!ReadColumns(statement, key) ||
      statement.Integer(kChecksum) != ChecksumOf(key)) {
    return absl::DataLossError(absl::StrCat(
        "the row of key number ", statement.Integer(kSequence), " is damaged"));
  }
  return key;
}

}  // namespace tollgate
