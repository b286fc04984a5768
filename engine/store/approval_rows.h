// The table of approvals in the durable store: which definition of a tool was
// approved, by whom and when.
//
// When to use: inside KeyDatabase (engine/store/key_database.h) only, which
// tells what callers get. Rows are added and never changed: the newest of a
// publisher's tool is in force, the others are its history. Withdrawing is a
// row too. A store that an earlier version made reads as empty.
//
// A row carries a checksum over all its columns: one changed byte could make it
// approve something else.
//
// Thread-safety: none; the owner locks. Ownership: borrows the connection.
// Cost: Add is a transaction with one fsync. Errors: as KeyDatabase.

#ifndef TOLLGATE_ENGINE_STORE_APPROVAL_ROWS_H_
#define TOLLGATE_ENGINE_STORE_APPROVAL_ROWS_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/model/pin.h"
#include "engine/store/sqlite.h"

namespace tollgate {

struct Approval {
  Pin pin;                 // with its capabilities
  std::string definition;  // in canonical form; empty: not kept
  std::string approved_by;
  int64_t approved_at = 0;  // Unix seconds
  bool withdrawn = false;   // from then on nothing of the tool is approved

  friend bool operator==(const Approval&, const Approval&) = default;
};

class ApprovalRows {
 public:
  using Reader = absl::FunctionRef<absl::Status(const Approval&)>;

  explicit ApprovalRows(SqliteConnection* connection)
      : connection_(connection) {}

  // REQUIRES, here and for AddFirst: the connection may write, and
  // UpgradeTables has been called.
  absl::Status Add(const Approval& approval);

  // The same, unless a tool of that name or of one that looks like it, whoever
  // publishes it, is approved or was: AlreadyExists. Microseconds for each.
  absl::Status AddFirst(const Approval& approval);

  // Calls `read` for each approval in force, or for all in the order in which
  // they were made. Stops at an error of `read` and returns it.
  absl::Status ForEachInForce(Reader read);
  absl::Status ForEach(Reader read);

  // Returns a number that is higher after every Add; 0: there is none.
  absl::StatusOr<int64_t> LastSequence();

 private:
  absl::StatusOr<bool> PrepareIfThere();
  absl::StatusOr<SqliteTransaction> BeginChange();
  absl::Status Insert(const Approval& approval);
  absl::Status Read(SqliteStatement& statement, Reader read);
  absl::Status Damaged(std::string_view what) const;

  SqliteConnection* const connection_;
  bool prepared_ = false;
  SqliteStatement insert_;
  SqliteStatement in_force_;
  SqliteStatement all_;
  SqliteStatement last_sequence_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_STORE_APPROVAL_ROWS_H_
