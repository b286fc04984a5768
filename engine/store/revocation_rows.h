// The table of revocations in the durable store: rows, written and read.
//
// When to use: inside KeyDatabase (engine/store/key_database.h) only, which
// tells what callers get: durable changes, in the order of their sequence.
// A store that an earlier version made has no such table until it is opened for
// writing: it reads as empty until then, and no longer.
//
// A row carries a checksum over all its columns: one changed byte could make it
// revoke another token than the one that was meant.
//
// Thread-safety: none; the owner locks. Ownership: borrows the connection.
// Cost: Add is a transaction with one fsync, and counts the rows: add many at a
// time where there are many.
// Errors: as KeyDatabase.

#ifndef TOLLGATE_ENGINE_STORE_REVOCATION_ROWS_H_
#define TOLLGATE_ENGINE_STORE_REVOCATION_ROWS_H_

#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/base/limits.h"
#include "engine/model/revocation.h"
#include "engine/store/sqlite.h"

namespace tollgate {

struct StoredRevocation {
  Revocation revocation;
  int64_t sequence = 0;  // of its last change

  friend bool operator==(const StoredRevocation&,
                         const StoredRevocation&) = default;
};

class RevocationRows {
 public:
  using Reader = absl::FunctionRef<absl::Status(const StoredRevocation&)>;

  explicit RevocationRows(SqliteConnection* connection,
                          int64_t rows_max = int64_t{limits::kRevocationsMax})
      : connection_(connection), rows_max_(rows_max) {}

  // REQUIRES, here and for DropExpired: the connection may write, and
  // UpgradeTables has been called.
  absl::Status Add(absl::Span<const Revocation> revocations);

  // Calls `read` for each that changed after `sequence`, in that order, all as
  // of one moment. Stops at an error of `read` and returns it.
  absl::Status ForEachSince(int64_t sequence, Reader read);

  // Deletes what is over at `now`, but for the last row: the next sequence
  // number follows from it. Returns how many that were.
  absl::StatusOr<int64_t> DropExpired(int64_t now);

 private:
  // Prepares the statements, once there is a table. Returns whether there is.
  absl::StatusOr<bool> PrepareIfThere();
  absl::Status PrepareAll();
  absl::Status Prepare(std::string_view sql, SqliteStatement& statement);

  absl::StatusOr<SqliteTransaction> BeginChange();
  absl::StatusOr<int64_t> Query(SqliteStatement& statement);
  absl::StatusOr<int64_t> LastSequence();
  absl::Status CheckRoom();

  // Adds or prolongs one; counts `sequence` on if that changes something.
  absl::Status AddOne(const Revocation& revocation, int64_t& sequence);
  absl::Status Damaged(std::string_view what) const;

  SqliteConnection* const connection_;
  const int64_t rows_max_;
  bool prepared_ = false;
  SqliteStatement insert_;
  SqliteStatement prolong_;
  SqliteStatement find_;
  SqliteStatement since_;
  SqliteStatement last_sequence_;
  SqliteStatement count_;
  SqliteStatement drop_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_STORE_REVOCATION_ROWS_H_
