// The file of the durable store: how it comes to be and how it is recognised.
//
// A store is made complete under another name and then linked to its own, so
// at its path there is always a whole store or none, whatever happens. What is
// at the path already is never overwritten: a file that is empty, damaged, of
// another application or of a newer version is an error and stays as it is,
// byte for byte. One of an earlier version is read as it is, and upgraded when
// it is opened for writing.
//
// Thread-safety: pure but for files. Control path only.

#ifndef TOLLGATE_ENGINE_STORE_STORE_FILE_H_
#define TOLLGATE_ENGINE_STORE_STORE_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/store/sqlite.h"

namespace tollgate {

// Stamped into the file's header: "Toll".
inline constexpr int64_t kStoreApplicationId = 0x546f6c6c;

// 1: keys and usage. 2: and revocations. 3: and approvals. UpgradeTables leads
// to the last.
inline constexpr int64_t kStoreVersion = 3;
inline constexpr int64_t kStoreVersionMin = 1;
inline constexpr int64_t kStoreVersionOfRevocations = 2;
inline constexpr int64_t kStoreVersionOfApprovals = 3;

// Makes an empty store at `path`, mode 0600. AlreadyExists if there is a file.
absl::Status CreateStoreFile(const std::string& path);

// Looks at the file without changing anything beside it or in it. Errors:
// NotFound; DataLoss for what is no database; FailedPrecondition for a
// database that is not ours, or newer.
absl::Status CheckStoreFile(const std::string& path);

// Makes the tables in an empty database.
absl::Status CreateTables(SqliteConnection& connection);

// Checks through SQLite that the tables are exactly those that CreateTables
// makes, or made in an earlier version, and that the pages hold together:
// DataLoss if not. Reads the whole file. Done on every connection before it is
// written to.
absl::Status CheckTables(SqliteConnection& connection);

// Returns the version of the tables now: another process may raise it.
absl::StatusOr<int64_t> ReadStoreVersion(SqliteConnection& connection);

// Brings the tables of an earlier version to this one, in one transaction;
// nothing that is there is changed. REQUIRES: CheckTables was content.
absl::Status UpgradeTables(SqliteConnection& connection);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_STORE_STORE_FILE_H_
