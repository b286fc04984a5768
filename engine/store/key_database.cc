#include "engine/store/key_database.h"

#include <sys/stat.h>

#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/store/store_file.h"

namespace tollgate {
namespace {

// Column i of kKeyColumns is parameter i + 1, in both statements.
constexpr std::string_view kReplaceKey =
    "UPDATE keys SET sequence=?1, digest=?3, pepper_id=?4, "
    "previous_digest=?5, previous_pepper_id=?6, previous_valid_until=?7, "
    "principal=?8, scopes=?9, policy=?10, state=?11, created_at=?12, "
    "updated_at=?13, expires_at=?14, checksum=?15 WHERE key_id=?2";
constexpr std::string_view kSaveUsage =
    "INSERT INTO usage VALUES(?1, ?2, ?3, ?4) ON CONFLICT(key_id, window) "
    "DO UPDATE SET used=excluded.used, saved_at=max(saved_at, "
    "excluded.saved_at)";

// The log: synced at every commit, and cut back after a large import. Pages
// are checked when they are read. 64 MiB of them may be cached: ids are random,
// so that an import of a million keys goes all over their index.
constexpr char kSettings[] =
    "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA cell_size_check=ON; PRAGMA journal_size_limit=67108864; "
    "PRAGMA cache_size=-65536;";

absl::Status MakeIfMissing(const std::string& path,
                           const KeyDatabase::OpenOptions& options) {
  const absl::Status found = CheckStoreFile(path);
  if (!absl::IsNotFound(found) || !options.create || options.read_only) {
    return found;
  }
  const absl::Status made = CreateStoreFile(path);
  // Another process may have been faster: then its file is as good.
  if (!made.ok() && !absl::IsAlreadyExists(made)) return made;
  return CheckStoreFile(path);
}

absl::Status UseLog(SqliteConnection& connection) {
  const auto mode = connection.QueryText("PRAGMA journal_mode=WAL");
  if (!mode.ok()) return mode.status();
  if (*mode == "wal") return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      connection.path(), ": the file system allows no write-ahead log"));
}

std::optional<std::pair<dev_t, ino_t>> FileIdOf(const std::string& path) {
  struct stat facts;
  if (stat(path.c_str(), &facts) != 0) return std::nullopt;
  return std::pair(facts.st_dev, facts.st_ino);
}

absl::Status RefuseReadOnly(const SqliteConnection& connection) {
  if (!connection.is_read_only()) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat(connection.path(), ": is read-only"));
}

}  // namespace

KeyDatabase::KeyDatabase(std::unique_ptr<SqliteConnection> connection)
    : connection_(std::move(connection)),
      revocations_(connection_.get()),
      approvals_(connection_.get()) {}

absl::StatusOr<std::unique_ptr<KeyDatabase>> KeyDatabase::Open(
    const std::string& path, const OpenOptions& options) {
  if (absl::Status status = MakeIfMissing(path, options); !status.ok()) {
    return status;
  }
  // Before it is opened: one that is replaced meanwhile is not in place.
  const auto file = FileIdOf(path);
  auto connection = SqliteConnection::Open(
      path, options.read_only ? SqliteConnection::Mode::kReadOnly
                              : SqliteConnection::Mode::kReadWrite);
  if (!connection.ok()) return connection.status();
  absl::Status status =
      options.read_only ? absl::OkStatus() : RefuseReadOnly(**connection);
  // Nothing is written before the file is known to be ours and whole.
  if (status.ok()) status = CheckTables(**connection);
  if (status.ok() && !options.read_only) status = UseLog(**connection);
  if (!status.ok()) return status;
  std::unique_ptr<KeyDatabase> database(
      new KeyDatabase(*std::move(connection)));
  if (status = database->Prepare(); !status.ok()) return status;
  database->file_ = file;
  return database;
}

absl::StatusOr<std::unique_ptr<KeyDatabase>> KeyDatabase::OpenInMemory() {
  auto connection =
      SqliteConnection::Open("(in memory)", SqliteConnection::Mode::kMemory);
  if (!connection.ok()) return connection.status();
  if (absl::Status status = CreateTables(**connection); !status.ok()) {
    return status;
  }
  std::unique_ptr<KeyDatabase> database(
      new KeyDatabase(*std::move(connection)));
  if (absl::Status status = database->Prepare(); !status.ok()) return status;
  return database;
}

absl::Status KeyDatabase::Prepare() {
  absl::MutexLock lock(&mutex_);
  if (absl::Status status = connection_->Execute(kSettings); !status.ok()) {
    return status;
  }
  if (!connection_->is_read_only()) {
    // Durable, like any change: after the settings.
    absl::Status status = UpgradeTables(*connection_);
    if (!status.ok()) return status;
  }
  const auto prepare = [&](std::string_view sql,
                           SqliteStatement& statement) -> absl::Status {
    auto prepared = connection_->Prepare(sql);
    if (prepared.ok()) statement = *std::move(prepared);
    return prepared.status();
  };
  const std::string select = absl::StrCat("SELECT ", kKeyColumns, " FROM keys");
  absl::Status status = prepare(
      absl::StrCat("INSERT INTO keys(", kKeyColumns,
                   ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,"
                   "?15)"),
      insert_);
  status.Update(prepare(kReplaceKey, replace_));
  status.Update(prepare(absl::StrCat(select, " WHERE key_id=?1"), find_));
  status.Update(prepare(
      absl::StrCat(select, " WHERE sequence>?1 ORDER BY sequence"), changes_));
  status.Update(prepare("SELECT max(sequence) FROM keys", last_sequence_));
  status.Update(prepare("SELECT count(*) FROM keys", count_));
  status.Update(prepare("PRAGMA data_version", data_version_));
  status.Update(prepare(kSaveUsage, save_usage_));
  status.Update(
      prepare("SELECT key_id, window, used, saved_at FROM usage", read_usage_));
  return status;
}

absl::Status KeyDatabase::Named(const absl::Status& status) const {
  return absl::Status(status.code(),
                      absl::StrCat(absl::Utf8SafeCEscape(connection_->path()),
                                   ": ", status.message()));
}

absl::StatusOr<int64_t> KeyDatabase::LastSequence() {
  const ScopedReset reset(last_sequence_);
  const absl::StatusOr<bool> row = last_sequence_.Step();
  if (!row.ok()) return row.status();
  const int64_t last =
      *row && last_sequence_.IsInteger(0) ? last_sequence_.Integer(0) : 0;
  // Only damage or foreign hands bring it here; the next would overflow.
  if (last < 0 || last == std::numeric_limits<int64_t>::max()) {
    return Named(absl::DataLossError("is damaged: no next sequence number"));
  }
  return last;
}

absl::Status KeyDatabase::InsertOne(const StoredKey& key, int64_t sequence) {
  if (absl::Status status = CheckStorable(key); !status.ok()) return status;
  const std::string scopes = JoinScopes(key);
  BindKey(key, sequence, scopes, insert_);
  const absl::Status status = insert_.Run();
  if (!absl::IsAlreadyExists(status)) return status;
  return Named(absl::AlreadyExistsError(
      absl::StrCat("key ", key.key_id, " exists already")));
}

absl::Status KeyDatabase::Insert(absl::Span<const StoredKey> keys) {
  absl::MutexLock lock(&mutex_);
  auto transaction = SqliteTransaction::Begin(*connection_);
  if (!transaction.ok()) return transaction.status();
  absl::StatusOr<int64_t> sequence = LastSequence();
  if (!sequence.ok()) return sequence.status();
  for (const StoredKey& key : keys) {
    if (absl::Status status = InsertOne(key, ++*sequence); !status.ok()) {
      return status;
    }
  }
  return transaction->Commit();
}

absl::Status KeyDatabase::Replace(const StoredKey& key, int64_t sequence) {
  if (absl::Status status = CheckStorable(key); !status.ok()) return status;
  const std::string scopes = JoinScopes(key);
  BindKey(key, sequence, scopes, replace_);
  return replace_.Run();
}

absl::StatusOr<StoredKey> KeyDatabase::Update(
    std::string_view key_id, absl::FunctionRef<absl::Status(StoredKey&)> edit) {
  absl::MutexLock lock(&mutex_);
  auto transaction = SqliteTransaction::Begin(*connection_);
  if (!transaction.ok()) return transaction.status();
  absl::StatusOr<std::optional<StoredKey>> found = FindLocked(key_id);
  if (!found.ok()) return found.status();
  if (!found->has_value()) {
    return absl::NotFoundError(
        absl::StrCat("no key ", absl::CHexEscape(key_id.substr(0, 64))));
  }
  StoredKey key = **std::move(found);
  if (absl::Status status = edit(key); !status.ok()) return status;
  if (key.key_id != key_id) {
    return absl::InvalidArgumentError("the id of a key can not be changed");
  }
  const absl::StatusOr<int64_t> last = LastSequence();
  if (!last.ok()) return last.status();
  key.sequence = *last + 1;
  if (absl::Status status = Replace(key, key.sequence); !status.ok()) {
    return status;
  }
  if (absl::Status status = transaction->Commit(); !status.ok()) return status;
  return key;
}

absl::StatusOr<std::optional<StoredKey>> KeyDatabase::FindLocked(
    std::string_view key_id) {
  const ScopedReset reset(find_);
  find_.BindText(1, key_id);
  const absl::StatusOr<bool> row = find_.Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  const absl::StatusOr<StoredKeyView> key = ReadKey(find_);
  if (!key.ok()) return Named(key.status());
  // A damaged index could lead to another key's row.
  if (key->key_id != key_id) {
    return Named(absl::DataLossError("is damaged: the index of key ids"));
  }
  return CopyOf(*key);
}

absl::StatusOr<std::optional<StoredKey>> KeyDatabase::Find(
    std::string_view key_id) {
  absl::MutexLock lock(&mutex_);
  return FindLocked(key_id);
}

absl::Status KeyDatabase::ForEach(KeyReader read) {
  return ChangesSince(std::numeric_limits<int64_t>::min(), read);
}

absl::Status KeyDatabase::ChangesSince(int64_t sequence, KeyReader read) {
  absl::MutexLock lock(&mutex_);
  const ScopedReset reset(changes_);
  changes_.BindInteger(1, sequence);
  for (;;) {
    const absl::StatusOr<bool> row = changes_.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    const absl::StatusOr<StoredKeyView> key = ReadKey(changes_);
    if (!key.ok()) return Named(key.status());
    if (absl::Status status = read(*key); !status.ok()) return status;
  }
}

// Steps a statement of one row and one integer.
absl::StatusOr<int64_t> KeyDatabase::ReadInteger(SqliteStatement& statement) {
  const ScopedReset reset(statement);
  const absl::StatusOr<bool> row = statement.Step();
  if (!row.ok()) return row.status();
  if (!*row) return Named(absl::InternalError("no row"));
  return statement.Integer(0);
}

absl::StatusOr<int64_t> KeyDatabase::CountKeys() {
  absl::MutexLock lock(&mutex_);
  return ReadInteger(count_);
}

absl::StatusOr<int64_t> KeyDatabase::DataVersion() {
  absl::MutexLock lock(&mutex_);
  return ReadInteger(data_version_);
}

absl::Status KeyDatabase::CheckInPlace() const {
  if (!file_.has_value() || FileIdOf(connection_->path()) == file_) {
    return absl::OkStatus();
  }
  return Named(absl::DataLossError(
      "is not the file any more that was opened: start again"));
}

absl::Status KeyDatabase::SaveOne(const StoredUsage& usage) {
  if (usage.used_micropermits < 0) {
    return Named(absl::InvalidArgumentError("usage below zero"));
  }
  save_usage_.BindText(1, usage.key_id);
  save_usage_.BindText(2, usage.window);
  save_usage_.BindInteger(3, usage.used_micropermits);
  save_usage_.BindInteger(4, usage.saved_at_micros);
  return save_usage_.Run();
}

absl::Status KeyDatabase::SaveUsage(absl::Span<const StoredUsage> usage) {
  absl::MutexLock lock(&mutex_);
  auto transaction = SqliteTransaction::Begin(*connection_);
  if (!transaction.ok()) return transaction.status();
  for (const StoredUsage& row : usage) {
    if (absl::Status status = SaveOne(row); !status.ok()) return status;
  }
  return transaction->Commit();
}

absl::Status KeyDatabase::ForEachUsage(
    absl::FunctionRef<absl::Status(const StoredUsage&)> read) {
  absl::MutexLock lock(&mutex_);
  const ScopedReset reset(read_usage_);
  for (;;) {
    const absl::StatusOr<bool> row = read_usage_.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    if (!read_usage_.IsText(0) || !read_usage_.IsText(1) ||
        !read_usage_.IsInteger(2) || !read_usage_.IsInteger(3) ||
        read_usage_.Integer(2) < 0) {
      return Named(absl::DataLossError("is damaged: the table usage"));
    }
    const StoredUsage usage = {read_usage_.Bytes(0), read_usage_.Bytes(1),
                               read_usage_.Integer(2), read_usage_.Integer(3)};
    if (absl::Status status = read(usage); !status.ok()) return status;
  }
}

absl::Status KeyDatabase::AddRevocations(
    absl::Span<const Revocation> revocations) {
  absl::MutexLock lock(&mutex_);
  const absl::Status status = RefuseReadOnly(*connection_);
  return status.ok() ? revocations_.Add(revocations) : status;
}

absl::Status KeyDatabase::ForEachRevocation(RevocationReader read) {
  return RevocationsSince(std::numeric_limits<int64_t>::min(), read);
}

absl::Status KeyDatabase::RevocationsSince(int64_t sequence,
                                           RevocationReader read) {
  absl::MutexLock lock(&mutex_);
  return revocations_.ForEachSince(sequence, read);
}

absl::StatusOr<int64_t> KeyDatabase::DropExpiredRevocations(int64_t now) {
  absl::MutexLock lock(&mutex_);
  const absl::Status status = RefuseReadOnly(*connection_);
  if (!status.ok()) return status;
  return revocations_.DropExpired(now);
}

absl::Status KeyDatabase::AddApproval(const Approval& approval) {
  absl::MutexLock lock(&mutex_);
  const absl::Status status = RefuseReadOnly(*connection_);
  return status.ok() ? approvals_.Add(approval) : status;
}

absl::Status KeyDatabase::AddFirstApproval(const Approval& approval) {
  absl::MutexLock lock(&mutex_);
  const absl::Status status = RefuseReadOnly(*connection_);
  return status.ok() ? approvals_.AddFirst(approval) : status;
}

absl::Status KeyDatabase::ForEachApprovalInForce(ApprovalReader read) {
  absl::MutexLock lock(&mutex_);
  return approvals_.ForEachInForce(read);
}

absl::Status KeyDatabase::ForEachApproval(ApprovalReader read) {
  absl::MutexLock lock(&mutex_);
  return approvals_.ForEach(read);
}

absl::StatusOr<int64_t> KeyDatabase::LastApproval() {
  absl::MutexLock lock(&mutex_);
  return approvals_.LastSequence();
}

}  // namespace tollgate
