#include "engine/store/store_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tollgate {
namespace {

// The order of the columns is that of kKeyColumns. `sequence` counts changes
// of all keys; being the row's number it needs no index of its own.
constexpr char kKeysTable[] =
    "CREATE TABLE keys(sequence INTEGER PRIMARY KEY, "
    "key_id TEXT NOT NULL UNIQUE, digest BLOB NOT NULL, "
    "pepper_id INTEGER NOT NULL, previous_digest BLOB, "
    "previous_pepper_id INTEGER, previous_valid_until INTEGER, "
    "principal TEXT NOT NULL, scopes TEXT NOT NULL, policy TEXT NOT NULL, "
    "state INTEGER NOT NULL, created_at INTEGER NOT NULL, "
    "updated_at INTEGER NOT NULL, expires_at INTEGER, "
    "checksum INTEGER NOT NULL) STRICT";
constexpr char kUsageTable[] =
    "CREATE TABLE usage(key_id TEXT NOT NULL REFERENCES keys(key_id), "
    "window TEXT NOT NULL, used INTEGER NOT NULL, saved_at INTEGER NOT NULL, "
    "PRIMARY KEY(key_id, window)) STRICT, WITHOUT ROWID";

// Texts are bytes here: they are compared as such. The row with the highest
// sequence is never deleted, so that no number is given twice.
constexpr char kRevocationsTable[] =
    "CREATE TABLE revocations(sequence INTEGER PRIMARY KEY, "
    "kind INTEGER NOT NULL, issuer BLOB NOT NULL, value BLOB NOT NULL, "
    "issued_until INTEGER NOT NULL, expires_at INTEGER NOT NULL, "
    "checksum INTEGER NOT NULL, "
    "UNIQUE(kind, issuer, value, issued_until)) STRICT";

// Rows are only ever added.
constexpr char kApprovalsTable[] =
    "CREATE TABLE approvals(sequence INTEGER PRIMARY KEY, "
    "publisher BLOB NOT NULL, tool BLOB NOT NULL, version BLOB NOT NULL, "
    "digest BLOB NOT NULL, capabilities BLOB NOT NULL, "
    "definition BLOB NOT NULL, approved_by BLOB NOT NULL, "
    "approved_at INTEGER NOT NULL, withdrawn INTEGER NOT NULL, "
    "checksum INTEGER NOT NULL) STRICT";

// What came after the first version, and with which.
struct LaterTable {
  int64_t version;
  const char* name;
  const char* sql;
};
constexpr LaterTable kLaterTables[] = {
    {kStoreVersionOfRevocations, "revocations", kRevocationsTable},
    {kStoreVersionOfApprovals, "approvals", kApprovalsTable},
};

// Returns the statements that bring tables of version `from` to this one.
std::string UpgradeScript(int64_t from) {
  std::string script = absl::StrCat("PRAGMA user_version=", kStoreVersion, ";");
  for (const LaterTable& table : kLaterTables) {
    if (table.version > from) absl::StrAppend(&script, table.sql, ";");
  }
  return script;
}

// The header of a database file (SQLite file format, section 1.3).
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr size_t kHeaderBytes = 100;
constexpr size_t kUserVersionOffset = 60;
constexpr size_t kApplicationIdOffset = 68;

absl::Status Named(const std::string& path, absl::StatusCode code,
                   std::string_view what) {
  return absl::Status(code,
                      absl::StrCat(absl::Utf8SafeCEscape(path), ": ", what));
}

absl::Status SystemError(const std::string& path, int error_number) {
  return Named(path, absl::ErrnoToStatusCode(error_number),
               std::strerror(error_number));
}

int64_t BigEndian32(const char* bytes) {
  int64_t word = 0;
  for (int i = 0; i < 4; ++i) {
    word = word << 8 | static_cast<uint8_t>(bytes[i]);
  }
  return word;
}

absl::Status CheckStamps(const std::string& path, int64_t application,
                         int64_t version) {
  if (application != kStoreApplicationId) {
    return Named(path, absl::StatusCode::kFailedPrecondition,
                 "is the database of another application; left as it is");
  }
  if (version > kStoreVersion) {
    return Named(
        path, absl::StatusCode::kFailedPrecondition,
        absl::StrCat("was written by a newer version (format ", version,
                     ", this build reads ", kStoreVersion, "); left as it is"));
  }
  if (version < kStoreVersionMin) {
    return Named(path, absl::StatusCode::kDataLoss,
                 absl::StrCat("is damaged: format ", version));
  }
  return absl::OkStatus();
}

// Reads the start of the file through SQLite's own descriptor: a descriptor of
// ours would, when closed, drop the locks that other connections of this
// process hold (POSIX advisory locks are the process's).
absl::Status ReadHeader(SqliteConnection& connection,
                        std::array<char, kHeaderBytes>& header) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_FILE_POINTER,
                       &file);
  if (file == nullptr || file->pMethods == nullptr) {
    return Named(connection.path(), absl::StatusCode::kUnavailable,
                 "cannot be read");
  }
  sqlite3_int64 size = 0;
  int code = file->pMethods->xFileSize(file, &size);
  if (code == SQLITE_OK && size < static_cast<sqlite3_int64>(kHeaderBytes)) {
    return Named(connection.path(), absl::StatusCode::kDataLoss,
                 size == 0 ? "is empty, not a store; remove it to make one"
                           : "is not a store, or damaged; left as it is");
  }
  if (code == SQLITE_OK) {
    code = file->pMethods->xRead(file, header.data(), kHeaderBytes, 0);
  }
  if (code == SQLITE_OK) return absl::OkStatus();
  return Named(connection.path(), absl::StatusCode::kUnavailable,
               sqlite3_errstr(code));
}

// A file under a name of its own next to `path`, removed with what SQLite put
// beside it.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& path) : name_(path + ".new-XXXXXX") {}

  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  ~ScratchFile() {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      unlink((name_ + suffix).c_str());
    }
  }

  // mkostemp makes it with mode 0600; SQLite gives the files beside it its own.
  absl::Status Make() {
    const int descriptor = mkostemp(name_.data(), O_CLOEXEC);
    if (descriptor < 0) return SystemError(name_, errno);
    close(descriptor);
    return absl::OkStatus();
  }

  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int descriptor =
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(folder, errno);
  const int result = fsync(descriptor);
  const int error_number = errno;
  close(descriptor);
  return result == 0 ? absl::OkStatus() : SystemError(folder, error_number);
}

// The journal mode is kept in the file; the last connection to close brings
// everything from the log into it.
absl::Status FillStore(const std::string& name) {
  auto connection =
      SqliteConnection::Open(name, SqliteConnection::Mode::kReadWrite);
  if (!connection.ok()) return connection.status();
  if (absl::Status status = (*connection)->Execute("PRAGMA synchronous=FULL");
      !status.ok()) {
    return status;
  }
  if (absl::Status status = CreateTables(**connection); !status.ok()) {
    return status;
  }
  return (*connection)->QueryText("PRAGMA journal_mode=WAL").status();
}

absl::Status CheckTable(SqliteConnection& connection, std::string_view name,
                        std::string_view sql) {
  const absl::StatusOr<std::string> found = connection.QueryText(absl::StrCat(
      "SELECT sql FROM sqlite_schema WHERE type='table' AND name='", name,
      "'"));
  if (!found.ok() && !absl::IsInternal(found.status())) return found.status();
  if (found.ok() && *found == sql) return absl::OkStatus();
  return Named(
      connection.path(), absl::StatusCode::kDataLoss,
      absl::StrCat("is damaged: table ", name, " is not as it was made"));
}

}  // namespace

absl::Status CreateTables(SqliteConnection& connection) {
  absl::StatusOr<SqliteTransaction> transaction =
      SqliteTransaction::Begin(connection);
  if (!transaction.ok()) return transaction.status();
  const std::string script = absl::StrCat(
      "PRAGMA application_id=", kStoreApplicationId, "; ", kKeysTable, "; ",
      kUsageTable, "; ", UpgradeScript(kStoreVersionMin));
  if (absl::Status status = connection.Execute(script.c_str()); !status.ok()) {
    return status;
  }
  return transaction->Commit();
}

absl::StatusOr<int64_t> ReadStoreVersion(SqliteConnection& connection) {
  return connection.QueryInteger("PRAGMA user_version");
}

absl::Status UpgradeTables(SqliteConnection& connection) {
  absl::StatusOr<SqliteTransaction> transaction =
      SqliteTransaction::Begin(connection);
  if (!transaction.ok()) return transaction.status();
  // Another process may have been faster.
  const absl::StatusOr<int64_t> version = ReadStoreVersion(connection);
  if (!version.ok()) return version.status();
  if (*version == kStoreVersion) return absl::OkStatus();
  if (*version < kStoreVersionMin || *version > kStoreVersion) {
    return Named(connection.path(), absl::StatusCode::kFailedPrecondition,
                 "was changed by a newer version meanwhile");
  }
  const std::string script = UpgradeScript(*version);
  if (absl::Status status = connection.Execute(script.c_str()); !status.ok()) {
    return status;
  }
  return transaction->Commit();
}

absl::Status CheckTables(SqliteConnection& connection) {
  const auto application = connection.QueryInteger("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const auto version = ReadStoreVersion(connection);
  if (!version.ok()) return version.status();
  absl::Status status = CheckStamps(connection.path(), *application, *version);
  if (status.ok()) status = CheckTable(connection, "keys", kKeysTable);
  if (status.ok()) status = CheckTable(connection, "usage", kUsageTable);
  for (const LaterTable& table : kLaterTables) {
    if (status.ok() && *version >= table.version) {
      status = CheckTable(connection, table.name, table.sql);
    }
  }
  if (!status.ok()) return status;
  const auto verdict = connection.QueryText("PRAGMA quick_check(1)");
  if (!verdict.ok()) return verdict.status();
  if (*verdict == "ok") return absl::OkStatus();
  return Named(connection.path(), absl::StatusCode::kDataLoss,
               absl::StrCat("is damaged: ", absl::CEscape(*verdict)));
}

absl::Status CreateStoreFile(const std::string& path) {
  ScratchFile scratch(path);
  if (absl::Status status = scratch.Make(); !status.ok()) return status;
  if (absl::Status status = FillStore(scratch.name()); !status.ok()) {
    return status;
  }
  // Unlike rename, link never replaces what another process made meanwhile.
  if (link(scratch.name().c_str(), path.c_str()) != 0) {
    return SystemError(path, errno);
  }
  return SyncFolderOf(path);
}

absl::Status CheckStoreFile(const std::string& path) {
  struct stat facts;
  if (stat(path.c_str(), &facts) != 0) return SystemError(path, errno);
  if (!S_ISREG(facts.st_mode)) {
    return Named(path, absl::StatusCode::kInvalidArgument,
                 "is not a regular file");
  }
  auto connection =
      SqliteConnection::Open(path, SqliteConnection::Mode::kReadOnly);
  if (!connection.ok()) return connection.status();
  std::array<char, kHeaderBytes> header;
  if (absl::Status status = ReadHeader(**connection, header); !status.ok()) {
    return status;
  }
  if (std::string_view(header.data(), kMagic.size()) != kMagic) {
    return Named(path, absl::StatusCode::kDataLoss,
                 "is not a store, or damaged; left as it is");
  }
  return CheckStamps(path, BigEndian32(&header[kApplicationIdOffset]),
                     BigEndian32(&header[kUserVersionOffset]));
}

}  // namespace tollgate
