// A thin, exception-free wrapper of SQLite: one connection, its statements and
// transactions, with errors as absl::Status that name the file.
//
// When to use: inside engine/store only. Thread-safety: none; the owner locks.
// Ownership: statements and transactions must go before their connection;
// texts and blobs bound to a statement must outlive its Reset(), those read
// from it live until its next Step() or Reset().
// Errors: DataLoss (damaged), PermissionDenied (read-only), ResourceExhausted
// (no space), Unavailable (busy, or the system failed), AlreadyExists (unique),
// FailedPrecondition (other constraints), Internal (a mistake in here).

#ifndef TOLLGATE_ENGINE_STORE_SQLITE_H_
#define TOLLGATE_ENGINE_STORE_SQLITE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tollgate {

class SqliteStatement;

class SqliteConnection {
 public:
  enum class Mode : uint8_t { kReadOnly, kReadWrite, kMemory };

  // Opens an existing file, without reading it yet; no URI, no magic name.
  // kMemory makes an empty database of its own and ignores `path`.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(
      const std::string& path, Mode mode);

  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection();

  absl::StatusOr<SqliteStatement> Prepare(std::string_view sql);

  // Runs statements that give no rows, or whose rows do not matter.
  absl::Status Execute(const char* sql);

  // Runs a statement that gives one row of one integer, or of one text.
  absl::StatusOr<int64_t> QueryInteger(std::string_view sql);
  absl::StatusOr<std::string> QueryText(std::string_view sql);

  // Returns whether the file could be opened for reading only.
  bool is_read_only() const;

  // Returns the status for the result code of the last call.
  absl::Status Error(int code) const;

  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_; }

 private:
  SqliteConnection(std::string path, sqlite3* handle);

  const std::string path_;
  sqlite3* const handle_;
};

class SqliteStatement {
 public:
  // A statement of nothing; Step() fails.
  SqliteStatement() = default;
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&& other) noexcept;
  ~SqliteStatement();

  // Bind the parameter `index`, counted from 1. Errors come with Step().
  void BindInteger(int index, int64_t value);
  void BindText(int index, std::string_view text);
  void BindBlob(int index, absl::Span<const uint8_t> bytes);
  void BindNull(int index);

  // Returns true with a row, false at the end.
  absl::StatusOr<bool> Step();

  // Steps to the end and resets: for statements without rows.
  absl::Status Run();

  // Makes it ready to be bound and run again.
  void Reset();

  // Read the column `index`, counted from 0, of the current row.
  bool IsInteger(int index) const;
  bool IsText(int index) const;
  bool IsBlob(int index) const;
  bool IsNull(int index) const;
  int64_t Integer(int index) const;   // REQUIRES: IsInteger
  std::string_view Bytes(int index);  // of a text or blob

 private:
  friend class SqliteConnection;
  SqliteStatement(const SqliteConnection* connection, sqlite3_stmt* handle)
      : connection_(connection), handle_(handle) {}
  void Note(int code);

  const SqliteConnection* connection_ = nullptr;
  sqlite3_stmt* handle_ = nullptr;
  int bind_error_ = 0;
};

// Resets a statement at the end of a scope, so that no read transaction stays
// open and nothing stays bound.
class ScopedReset {
 public:
  explicit ScopedReset(SqliteStatement& statement) : statement_(statement) {}
  ~ScopedReset() { statement_.Reset(); }
  ScopedReset(const ScopedReset&) = delete;
  ScopedReset& operator=(const ScopedReset&) = delete;

 private:
  SqliteStatement& statement_;
};

// A write transaction: taken at once (IMMEDIATE), rolled back unless committed.
class SqliteTransaction {
 public:
  static absl::StatusOr<SqliteTransaction> Begin(SqliteConnection& connection);

  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();

  // Makes the changes durable. Of an error the changes may still become
  // durable when it was the last sync that failed; else they are gone.
  absl::Status Commit();

 private:
  explicit SqliteTransaction(SqliteConnection* connection)
      : connection_(connection) {}

  SqliteConnection* connection_;  // null once committed or moved from
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_STORE_SQLITE_H_
