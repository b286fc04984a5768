#include "engine/store/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace tollgate {
namespace {

// Waits this long for other processes' transactions, each of which takes
// milliseconds but for imports.
constexpr int kBusyTimeoutMillis = 10'000;

bool IsOutOfSpace(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT ||
         system_error == EFBIG;
}

absl::StatusCode CodeOf(int extended, int system_error) {
  if (extended == SQLITE_CONSTRAINT_UNIQUE ||
      extended == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return absl::StatusCode::kAlreadyExists;
  }
  switch (extended & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return absl::StatusCode::kDataLoss;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_CANTOPEN:
      return system_error == EACCES || system_error == EROFS
                 ? absl::StatusCode::kPermissionDenied
                 : absl::StatusCode::kUnavailable;
    case SQLITE_FULL:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_IOERR:
      return IsOutOfSpace(system_error) ? absl::StatusCode::kResourceExhausted
                                        : absl::StatusCode::kUnavailable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
      return absl::StatusCode::kUnavailable;
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CONSTRAINT:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return absl::StatusCode::kInternal;
  }
}

// The system's reason is only meant where SQLite met the system.
bool HasSystemReason(int extended) {
  const int primary = extended & 0xff;
  return primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN ||
         primary == SQLITE_FULL;
}

// SQLite keeps the system's error for some failures only; for the others it is
// what errno was left at by the call, which began with errno cleared.
int SystemReason(sqlite3* handle, int last_errno) {
  const int kept = sqlite3_system_errno(handle);
  return kept != 0 ? kept : last_errno;
}

absl::Status MakeError(const std::string& path, sqlite3* handle, int code) {
  const int last_errno = errno;
  const int extended = sqlite3_extended_errcode(handle);
  const int meant = (extended & 0xff) == (code & 0xff) ? extended : code;
  const int system_error =
      HasSystemReason(meant) ? SystemReason(handle, last_errno) : 0;
  std::string message =
      absl::StrCat(absl::Utf8SafeCEscape(path), ": ", sqlite3_errmsg(handle));
  if (system_error != 0) {
    absl::StrAppend(&message, " (", std::strerror(system_error), ")");
  }
  return absl::Status(CodeOf(meant, system_error), message);
}

int OpenFlags(SqliteConnection::Mode mode) {
  // Its own locks are left out: the owner has one.
  constexpr int kCommon = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  switch (mode) {
    case SqliteConnection::Mode::kReadOnly:
      return kCommon | SQLITE_OPEN_READONLY;
    case SqliteConnection::Mode::kReadWrite:
      return kCommon | SQLITE_OPEN_READWRITE;
    case SqliteConnection::Mode::kMemory:
      return kCommon | SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY;
  }
  return kCommon | SQLITE_OPEN_READONLY;
}

// Keeps names like ":memory:" and "file:..." from having another meaning.
std::string LiteralName(const std::string& path) {
  return absl::StartsWith(path, "/") ? path : absl::StrCat("./", path);
}

// The file may have been written by anyone.
void Harden(sqlite3* handle) {
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMillis);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
}

}  // namespace

SqliteConnection::SqliteConnection(std::string path, sqlite3* handle)
    : path_(std::move(path)), handle_(handle) {}

SqliteConnection::~SqliteConnection() { sqlite3_close_v2(handle_); }

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    const std::string& path, Mode mode) {
  sqlite3* handle = nullptr;
  const std::string name =
      mode == Mode::kMemory ? ":memory:" : LiteralName(path);
  const int code =
      sqlite3_open_v2(name.c_str(), &handle, OpenFlags(mode), nullptr);
  if (handle == nullptr) {
    return absl::ResourceExhaustedError("no memory for SQLite");
  }
  std::unique_ptr<SqliteConnection> connection(
      new SqliteConnection(path, handle));
  if (code != SQLITE_OK) return connection->Error(code);
  Harden(handle);
  return connection;
}

absl::Status SqliteConnection::Error(int code) const {
  return MakeError(path_, handle_, code);
}

bool SqliteConnection::is_read_only() const {
  return sqlite3_db_readonly(handle_, "main") == 1;
}

absl::StatusOr<SqliteStatement> SqliteConnection::Prepare(
    std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Error(code);
  return SqliteStatement(this, statement);
}

absl::Status SqliteConnection::Execute(const char* sql) {
  errno = 0;
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code);
}

absl::StatusOr<int64_t> SqliteConnection::QueryInteger(std::string_view sql) {
  absl::StatusOr<SqliteStatement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  if (!*row || !statement->IsInteger(0)) {
    return absl::InternalError(absl::StrCat(path_, ": no answer to ", sql));
  }
  return statement->Integer(0);
}

absl::StatusOr<std::string> SqliteConnection::QueryText(std::string_view sql) {
  absl::StatusOr<SqliteStatement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  if (!*row || !statement->IsText(0)) {
    return absl::InternalError(absl::StrCat(path_, ": no answer to ", sql));
  }
  return std::string(statement->Bytes(0));
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : connection_(other.connection_),
      handle_(std::exchange(other.handle_, nullptr)),
      bind_error_(other.bind_error_) {}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(handle_, other.handle_);
  std::swap(bind_error_, other.bind_error_);
  return *this;
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(handle_); }

void SqliteStatement::Note(int code) {
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

void SqliteStatement::BindInteger(int index, int64_t value) {
  Note(sqlite3_bind_int64(handle_, index, value));
}

// A null pointer would bind NULL instead of the empty value.
void SqliteStatement::BindText(int index, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  Note(sqlite3_bind_text64(handle_, index, data, text.size(), SQLITE_STATIC,
                           SQLITE_UTF8));
}

void SqliteStatement::BindBlob(int index, absl::Span<const uint8_t> bytes) {
  static constexpr uint8_t kEmpty = 0;
  const uint8_t* data = bytes.data() == nullptr ? &kEmpty : bytes.data();
  Note(sqlite3_bind_blob64(handle_, index, data, bytes.size(), SQLITE_STATIC));
}

void SqliteStatement::BindNull(int index) {
  Note(sqlite3_bind_null(handle_, index));
}

absl::StatusOr<bool> SqliteStatement::Step() {
  if (handle_ == nullptr) return absl::InternalError("no statement");
  if (bind_error_ != SQLITE_OK) return connection_->Error(bind_error_);
  errno = 0;
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->Error(code);
}

absl::Status SqliteStatement::Run() {
  const ScopedReset reset(*this);
  for (;;) {
    const absl::StatusOr<bool> row = Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
  }
}

void SqliteStatement::Reset() {
  if (handle_ == nullptr) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  bind_error_ = SQLITE_OK;
}

bool SqliteStatement::IsInteger(int index) const {
  return sqlite3_column_type(handle_, index) == SQLITE_INTEGER;
}

bool SqliteStatement::IsText(int index) const {
  return sqlite3_column_type(handle_, index) == SQLITE_TEXT;
}

bool SqliteStatement::IsBlob(int index) const {
  return sqlite3_column_type(handle_, index) == SQLITE_BLOB;
}

bool SqliteStatement::IsNull(int index) const {
  return sqlite3_column_type(handle_, index) == SQLITE_NULL;
}

int64_t SqliteStatement::Integer(int index) const {
  return sqlite3_column_int64(handle_, index);
}

// As a blob even if a text: that spares SQLite terminating it by a copy.
std::string_view SqliteStatement::Bytes(int index) {
  const void* data = sqlite3_column_blob(handle_, index);
  const int size = sqlite3_column_bytes(handle_, index);
  if (data == nullptr || size <= 0) return "";
  return {static_cast<const char*>(data), static_cast<size_t>(size)};
}

absl::StatusOr<SqliteTransaction> SqliteTransaction::Begin(
    SqliteConnection& connection) {
  if (absl::Status status = connection.Execute("BEGIN IMMEDIATE");
      !status.ok()) {
    return status;
  }
  return SqliteTransaction(&connection);
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

SqliteTransaction::~SqliteTransaction() {
  // After some errors SQLite has rolled back by itself.
  if (connection_ != nullptr &&
      sqlite3_get_autocommit(connection_->handle()) == 0) {
    connection_->Execute("ROLLBACK").IgnoreError();
  }
}

absl::Status SqliteTransaction::Commit() {
  if (absl::Status status = connection_->Execute("COMMIT"); !status.ok()) {
    return status;
  }
  connection_ = nullptr;
  return absl::OkStatus();
}

}  // namespace tollgate
