// The durable store of API keys, of what is used of their long limits, of
// revocations of tokens and of approvals of tool definitions: SQLite, one file,
// shared by any number of processes of one machine.
//
// A change is acknowledged (the call returns OK) only after it is durable: it
// is in the write-ahead log and the log is synced. Killing the process, or the
// machine, at any moment loses nothing that was acknowledged. Of a call that
// returns an error nothing is kept, but for one case: when the very last sync
// fails, the change may be found later; reading tells.
//
// Each change gives its key the next sequence number, in the order in which
// changes became durable. Other processes learn of them by polling
// DataVersion(), a microsecond, and reading ChangesSince(). Keys are never
// deleted: a revoked key stays, so that it stays refused. Revocations of tokens
// have sequence numbers of their own, and may go when they are over.
//
// When to use: on the control path, to load keys and to change them. When not:
// per request, or over a network file system (the log is shared memory).
//
// Thread-safety: all methods, from any thread, one at a time under a mutex; a
// callback must not call back. Do not carry one across fork().
// Cost: a change is a transaction with one fsync; ForEach takes about 0.6 us a
// key and allocates nothing per row; Open reads the whole file once.
// Errors: every message names the file. NotFound, AlreadyExists and
// InvalidArgument name the key. DataLoss: damaged. FailedPrecondition: of
// another application, or newer. PermissionDenied: read-only.
// ResourceExhausted: no space. Unavailable: another process holds the store
// for longer than 10 s, or the system failed.

#ifndef TOLLGATE_ENGINE_STORE_KEY_DATABASE_H_
#define TOLLGATE_ENGINE_STORE_KEY_DATABASE_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "engine/model/revocation.h"
#include "engine/store/approval_rows.h"
#include "engine/store/revocation_rows.h"
#include "engine/store/sqlite.h"
#include "engine/store/stored_key.h"

namespace tollgate {

// The name that no window has: of the row that tells when a key was used last,
// by its `saved_at_micros`, to the day.
inline constexpr std::string_view kLastUseWindow = "";

// What a key has used of one rate-limit window; views its texts.
struct StoredUsage {
  std::string_view key_id;
  std::string_view window;        // its name, such as "day"
  int64_t used_micropermits = 0;  // >= 0
  int64_t saved_at_micros = 0;    // since 1970; never moves back
};

class KeyDatabase {
 public:
  struct OpenOptions {
    bool create = false;     // make the file if there is none
    bool read_only = false;  // every change fails; wins over create
  };

  static absl::StatusOr<std::unique_ptr<KeyDatabase>> Open(
      const std::string& path, const OpenOptions& options);

  // Makes an empty store that is gone with the object.
  static absl::StatusOr<std::unique_ptr<KeyDatabase>> OpenInMemory();

  // Inserts all of `keys` or, on any error, none.
  absl::Status Insert(absl::Span<const StoredKey> keys)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Lets `edit` change the key, in one transaction with its reading, and
  // returns it as stored. An error of `edit` is returned as it is and changes
  // nothing. The id can not be changed.
  absl::StatusOr<StoredKey> Update(
      std::string_view key_id, absl::FunctionRef<absl::Status(StoredKey&)> edit)
      ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<std::optional<StoredKey>> Find(std::string_view key_id)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Calls `read` for each key, or each that changed after `sequence`, in the
  // order of their sequence, all as of one moment. Stops at an error of `read`
  // and returns it.
  using KeyReader = absl::FunctionRef<absl::Status(const StoredKeyView&)>;
  absl::Status ForEach(KeyReader read) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status ChangesSince(int64_t sequence, KeyReader read)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns how many keys there are. Reads an index: some milliseconds for a
  // million.
  absl::StatusOr<int64_t> CountKeys() ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns a number that is another one after other connections (threads'
  // KeyDatabases, or processes) changed the store; this one's own changes do
  // not count.
  absl::StatusOr<int64_t> DataVersion() ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns OK while the file is the one that was opened. Of one that was put
  // in its place, or removed, this does not see what others change: DataLoss.
  absl::Status CheckInPlace() const;

  // Replaces what is saved for each key and window given. Fails as a whole,
  // FailedPrecondition, when a key is not in the store.
  absl::Status SaveUsage(absl::Span<const StoredUsage> usage)
      ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Status ForEachUsage(
      absl::FunctionRef<absl::Status(const StoredUsage&)> read)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Adds all of `revocations` or, on any error, none. One that is there
  // already, with the same instant, keeps the later end; when that changes
  // nothing, it has no new sequence number. ResourceExhausted when there are
  // too many.
  absl::Status AddRevocations(absl::Span<const Revocation> revocations)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // As ForEach and ChangesSince, for revocations: those over included.
  using RevocationReader = RevocationRows::Reader;
  absl::Status ForEachRevocation(RevocationReader read)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status RevocationsSince(int64_t sequence, RevocationReader read)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Deletes revocations that are over at `now`, in Unix seconds; returns how
  // many. Reads all of them: call it now and then, with a `now` that lags by as
  // much as the clock may err.
  absl::StatusOr<int64_t> DropExpiredRevocations(int64_t now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Adds an approval of a tool definition: the newest of a publisher's tool is
  // in force. AddFirst refuses, with AlreadyExists, when a tool of that name,
  // or of one that looks like it, is approved or was, whoever publishes it.
  absl::Status AddApproval(const Approval& approval)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status AddFirstApproval(const Approval& approval)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // As ForEach, for approvals: those in force, or all that ever were.
  using ApprovalReader = ApprovalRows::Reader;
  absl::Status ForEachApprovalInForce(ApprovalReader read)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status ForEachApproval(ApprovalReader read) ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns a number that is higher after every approval.
  absl::StatusOr<int64_t> LastApproval() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  explicit KeyDatabase(std::unique_ptr<SqliteConnection> connection);

  absl::Status Prepare() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<int64_t> ReadInteger(SqliteStatement& statement)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<int64_t> LastSequence() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status InsertOne(const StoredKey& key, int64_t sequence)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Replace(const StoredKey& key, int64_t sequence)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::optional<StoredKey>> FindLocked(std::string_view key_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SaveOne(const StoredUsage& usage)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Named(const absl::Status& status) const;

  absl::Mutex mutex_;
  const std::unique_ptr<SqliteConnection> connection_;  // used under mutex_
  SqliteStatement insert_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement replace_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement find_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement changes_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement last_sequence_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement count_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement data_version_ ABSL_GUARDED_BY(mutex_);

  // Of the file: device and number; none in memory.
  std::optional<std::pair<dev_t, ino_t>> file_;
  SqliteStatement save_usage_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement read_usage_ ABSL_GUARDED_BY(mutex_);
  RevocationRows revocations_ ABSL_GUARDED_BY(mutex_);
  ApprovalRows approvals_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_STORE_KEY_DATABASE_H_
