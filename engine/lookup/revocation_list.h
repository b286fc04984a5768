// The exact list of revoked tokens: every request asks it without a lock, the
// control path adds to it, and what can no longer matter leaves by itself.
//
//   RevocationList list(RandomHashSeed());
//   list.Add(participant, {RevocationKind::kTokenId, iss, jti, {}, exp}, now);
//   {
//     auto guard = participant.Pin();
//     if (list.IsRevoked({.issuer = iss, .token_id = jti}, now)) ...
//   }
//
// Use it after a token has been proved, or found proved before: what it is
// asked about is believed. Not for API keys, whose records carry their state,
// and not as a durable store: engine/store keeps what must outlive the process.
//
// Exactness: IsRevoked is true if and only if an entry in force names the
// token. A hash leads to candidates; bytes decide. Nothing leaves before its
// time: a full list refuses the next entry. From `expires_at` on an entry has
// no effect; an entry that a fast clock has removed does not come back when the
// clock does, so what removes should lag by as much as the clock may err.
//
// Thread-safety: IsRevoked, generation and size from any thread, wait-free but
// for growth, in which a table or two more may be passed. Add and RemoveExpired
// from any thread, one at a time under a mutex that no reader takes. Whatever
// Add's return happens before, sees the entry.
// Ownership: copies its texts. The epoch domain may end before or after.
// Cost: IsRevoked is one load when the list is empty; else for each kind that
// has entries a hash of issuer and value, and one line, and in one of sixteen
// cases a second one. It does not allocate. Add allocates an entry.
// Memory: 24 bytes of entry, 16 for each term, the texts; 8 to 16 of table,
// which does not shrink; up to 32 of schedule.
// Errors: Add: InvalidArgument, ResourceExhausted when full.
//
// Implementation
//
// A cell of the table (engine/lookup/revocation_table.h) is one word: the
// address of the newest of its entries, and above it a filter with a bit for
// each sixteenth of the hashes in its chain; so most tokens that are not
// revoked are told by the cell alone.
// States of a cell, of which only the holder of the mutex changes any:
//   empty <-> chain      Link, Replace
//   either -> forwarded  MoveCell: the entries have been copied to the next
//                        table, which is asked instead
// States of an entry: linked -> unlinked, retired -> deleted. All of an entry
// but `next` is immutable; a change puts another entry into its place.
// The table doubles when there are more entries than cells; each Add then moves
// a few cells, so that none takes long.
//
// R1. Whoever comes by an entry or a table loaded a cell, a `next` or `table_`
//     by acquire, which pairs with the release that put it there: it sees the
//     content.
// R2. Add links its entry before it returns, and the cell of a hash is at any
//     time one cell: that of `table_`, or if forwarded, of the next table. So a
//     look-up that Add's return happens before meets the entry at its place, or
//     the copy of it that was linked before its cell was forwarded.
// R3. The filter of a cell covers all entries of its chain: it is in the word
//     that links a new one, and narrowed only after an entry is unlinked.
// R4. A change of an entry's terms puts the new one into the old one's place by
//     one store: a look-up that comes by meets one or the other. (To link the
//     new one at the head and then to unlink the old would not do: a look-up
//     that has passed the head would meet neither.)
// R5. An entry that is unlinked keeps its `next`, so who stands on it goes on
//     with the rest. If the next one, Y, is unlinked later, who sees that sees
//     the first unlink, too (the mutex ordered the two), and cannot stand here:
//     so whoever can reach Y pinned before Y was retired, and facts F1-F9 of
//     engine/sync/epoch.h keep Y. Likewise for what a forwarded cell had, and
//     for a table that has been replaced.
// R6. `kinds_` has the bit of each kind that has an entry: set after the entry
//     is linked and before Add returns, cleared after the last is unlinked.
// R7. `generation_` is raised after all of that. So who reads a generation by
//     acquire sees every entry that it counts, and a proof that was tagged with
//     it before the token was asked about is out of date after the next Add.

#ifndef TOLLGATE_ENGINE_LOOKUP_REVOCATION_LIST_H_
#define TOLLGATE_ENGINE_LOOKUP_REVOCATION_LIST_H_

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/base/optimization.h"
#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/cacheline.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/crypto/sha256.h"
#include "engine/lookup/revocation_entry.h"
#include "engine/lookup/revocation_table.h"
#include "engine/model/revocation.h"
#include "engine/sync/epoch.h"

namespace tollgate {

// What is asked about a proved token. An empty view: the token has none.
struct RevocableToken {
  std::string_view issuer;
  std::string_view token_id = {};
  std::string_view subject = {};
  std::string_view client = {};
  std::string_view key_id = {};
  const Sha256Digest* claims = nullptr;  // null: not known
  // Unix seconds, rounded towards the past.
  std::optional<int64_t> issued_at = {};
};

class RevocationList {
 public:
  using Participant = EpochDomain::Participant;

  // `seed` is random in production, so that nobody can aim at a cell.
  explicit RevocationList(const HashSeed& seed,
                          size_t entries_max = limits::kRevocationsMax);
  RevocationList(const RevocationList&) = delete;
  RevocationList& operator=(const RevocationList&) = delete;
  // REQUIRES: no operation runs.
  ~RevocationList();

  // Returns whether an entry in force names `token`, or what it returns, which
  // is not called while there is no entry. REQUIRES: the caller is pinned.
  [[nodiscard]] bool IsRevoked(const RevocableToken& token,
                               UnixSeconds now) const {
    return IsRevoked([&]() -> const RevocableToken& { return token; }, now);
  }
  template <std::invocable TokenOf>
  [[nodiscard]] bool IsRevoked(TokenOf&& token, UnixSeconds now) const {
    // Pairs with the release in PublishKinds (R6).
    const uint32_t kinds = kinds_.load(std::memory_order_acquire);
    return ABSL_PREDICT_FALSE(kinds != 0) &&
           IsRevokedByAny(kinds, token(), now);
  }

  // Returns whether any entry is of `kind`.
  bool Has(RevocationKind kind) const {
    // Acquire, so that who has asked IsRevoked hears no less here (R6).
    return (kinds_.load(std::memory_order_acquire) >>
                static_cast<unsigned>(kind) &
            1) != 0;
  }

  // Returns a number that is higher after every Add that made a difference.
  uint64_t generation() const {
    // Pairs with the release in Add (R7).
    return generation_.load(std::memory_order_acquire);
  }

  // Adds `revocation`. Makes no difference if it is over at `now`, or if what
  // is there revokes as much for as long. ResourceExhausted if the list is full
  // of entries in force.
  absl::Status Add(Participant& participant, const Revocation& revocation,
                   UnixSeconds now) ABSL_LOCKS_EXCLUDED(mutex_);

  // Removes what is over at `now`, in steps between which an Add may come;
  // returns how many that were. Call it now and then.
  size_t RemoveExpired(Participant& participant, UnixSeconds now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Revocations in the list, those not yet removed included.
  size_t size() const {
    // Relaxed: a figure, from which nothing is concluded.
    return size_.load(std::memory_order_relaxed);
  }

  // Bytes of table, entries and schedule, without what awaits reclamation.
  size_t MemoryBytes() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // An instant from which on a term of an entry of `hash` may be over.
  struct Deadline {
    int64_t at;
    uint64_t hash;
  };

  bool IsRevokedByAny(uint32_t kinds, const RevocableToken& token,
                      UnixSeconds now) const;
  bool Covers(std::string_view key, int64_t issued_at, UnixSeconds now) const;

  absl::Status AddTermOf(Participant& participant, std::string_view key,
                         const RevocationTerm& term, UnixSeconds now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Only those who hold the mutex change it, so they may read it relaxed.
  RevocationTable* table() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return table_.load(std::memory_order_relaxed);
  }
  void Replace(Participant& participant, RevocationEntry* old, uint64_t hash,
               std::string_view key, absl::Span<const RevocationTerm> terms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Count(const RevocationEntry& entry, int sign)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishKinds() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bool RemoveNext(Participant& participant, UnixSeconds now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveOver(Participant& participant, uint64_t hash, UnixSeconds now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Schedule(const RevocationTerm& term, uint64_t hash)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RebuildSchedule() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void Grow(Participant& participant) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Read by every request, written by Add and RemoveExpired at times: a line
  // of their own. `table_` is null never.
  alignas(kContendedBytes) std::atomic<uint32_t> kinds_{0};  // a bit for each
  std::atomic<RevocationTable*> table_;
  const HashSeed seed_;

  // Read by those who cache proofs.
  alignas(kContendedBytes) std::atomic<uint64_t> generation_{0};
  std::atomic<size_t> size_{0};

  // The control path's.
  alignas(kContendedBytes) mutable absl::Mutex mutex_;
  const size_t entries_max_;
  std::array<size_t, kRevocationKinds> entries_by_kind_
      ABSL_GUARDED_BY(mutex_) = {};
  size_t entries_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t entry_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t moved_ ABSL_GUARDED_BY(mutex_) = 0;  // cells, of a growth under way
  // A heap, the next on top. Holds each term that ends, and maybe some that
  // have been replaced.
  std::vector<Deadline> schedule_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_REVOCATION_LIST_H_
