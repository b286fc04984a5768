#include "engine/store/revocation_rows.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/store/store_file.h"

namespace tollgate {
namespace {

// Positions in kColumns.
enum Column : int {
  kSequence = 0,
  kKind,
  kIssuer,
  kValue,
  kIssuedUntil,
  kExpiresAt,
  kChecksum,
};

constexpr std::string_view kColumns =
    "sequence, kind, issuer, value, issued_until, expires_at, checksum";
constexpr std::string_view kWhereSame =
    " WHERE kind=?2 AND issuer=?3 AND value=?4 AND issued_until=?5";

// As the instant of those who have none: all tokens, whenever issued.
constexpr int64_t kIssuedWhenever = std::numeric_limits<int64_t>::max();

int64_t IssuedUntil(const Revocation& revocation) {
  return revocation.issued_until.value_or(kIssuedWhenever);
}

absl::Span<const uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Sizes are among the words, so that no two rows have the same bytes.
int64_t ChecksumOf(const Revocation& revocation, int64_t sequence) {
  const int64_t words[] = {
      sequence,
      static_cast<int64_t>(revocation.kind),
      IssuedUntil(revocation),
      revocation.expires_at,
      static_cast<int64_t>(revocation.issuer.size()),
      static_cast<int64_t>(revocation.value.size()),
  };
  uint32_t sum = Crc32c(0, words, sizeof(words));
  for (const std::string_view text : {std::string_view(revocation.issuer),
                                      std::string_view(revocation.value)}) {
    sum = Crc32c(sum, text.data(), text.size());
  }
  return sum;
}

// Binds what tells a revocation from all others.
void BindIdentity(const Revocation& revocation, SqliteStatement& statement) {
  statement.BindInteger(kKind + 1, static_cast<int64_t>(revocation.kind));
  statement.BindBlob(kIssuer + 1, BytesOf(revocation.issuer));
  statement.BindBlob(kValue + 1, BytesOf(revocation.value));
  statement.BindInteger(kIssuedUntil + 1, IssuedUntil(revocation));
}

void BindRow(const Revocation& revocation, int64_t sequence,
             SqliteStatement& statement) {
  BindIdentity(revocation, statement);
  statement.BindInteger(kSequence + 1, sequence);
  statement.BindInteger(kExpiresAt + 1, revocation.expires_at);
  statement.BindInteger(kChecksum + 1, ChecksumOf(revocation, sequence));
}

// Returns the current row, or nothing if it is not as BindRow wrote it.
std::optional<StoredRevocation> ReadRow(SqliteStatement& row) {
  for (const int column :
       {kSequence, kKind, kIssuedUntil, kExpiresAt, kChecksum}) {
    if (!row.IsInteger(column)) return std::nullopt;
  }
  if (!row.IsBlob(kIssuer) || !row.IsBlob(kValue)) return std::nullopt;
  const int64_t kind = row.Integer(kKind);
  if (kind < 0 || kind >= int64_t{kRevocationKinds}) return std::nullopt;
  StoredRevocation stored;
  stored.sequence = row.Integer(kSequence);
  Revocation& revocation = stored.revocation;
  revocation.kind = static_cast<RevocationKind>(kind);
  revocation.issuer = std::string(row.Bytes(kIssuer));
  revocation.value = std::string(row.Bytes(kValue));
  const int64_t issued_until = row.Integer(kIssuedUntil);
  if (issued_until != kIssuedWhenever) revocation.issued_until = issued_until;
  revocation.expires_at = row.Integer(kExpiresAt);
  if (row.Integer(kChecksum) != ChecksumOf(revocation, stored.sequence)) {
    return std::nullopt;
  }
  return stored;
}

}  // namespace

absl::Status RevocationRows::Damaged(std::string_view what) const {
  return absl::DataLossError(absl::StrCat(
      absl::Utf8SafeCEscape(connection_->path()), ": is damaged: ", what));
}

absl::Status RevocationRows::Prepare(std::string_view sql,
                                     SqliteStatement& statement) {
  auto prepared = connection_->Prepare(sql);
  if (prepared.ok()) statement = *std::move(prepared);
  return prepared.status();
}

absl::Status RevocationRows::PrepareAll() {
  const std::string select =
      absl::StrCat("SELECT ", kColumns, " FROM revocations");
  absl::Status status =
      Prepare(absl::StrCat("INSERT INTO revocations(", kColumns,
                           ") VALUES(?1,?2,?3,?4,?5,?6,?7)"),
              insert_);
  status.Update(
      Prepare(absl::StrCat("UPDATE revocations SET sequence=?1, expires_at=?6, "
                           "checksum=?7",
                           kWhereSame),
              prolong_));
  status.Update(Prepare(absl::StrCat(select, kWhereSame), find_));
  status.Update(Prepare(
      absl::StrCat(select, " WHERE sequence>?1 ORDER BY sequence"), since_));
  status.Update(
      Prepare("SELECT max(sequence) FROM revocations", last_sequence_));
  status.Update(Prepare("SELECT count(*) FROM revocations", count_));
  // The end that is none is the latest instant, which nothing is after.
  status.Update(
      Prepare("DELETE FROM revocations WHERE expires_at<=?1 AND "
              "expires_at<?2 AND sequence<"
              "(SELECT max(sequence) FROM revocations)",
              drop_));
  return status;
}

absl::StatusOr<bool> RevocationRows::PrepareIfThere() {
  if (prepared_) return true;
  const absl::StatusOr<int64_t> version = ReadStoreVersion(*connection_);
  if (!version.ok()) return version.status();
  if (*version < kStoreVersionOfRevocations) return false;
  if (absl::Status status = PrepareAll(); !status.ok()) return status;
  prepared_ = true;
  return true;
}

absl::StatusOr<SqliteTransaction> RevocationRows::BeginChange() {
  auto transaction = SqliteTransaction::Begin(*connection_);
  if (!transaction.ok()) return transaction;
  const absl::StatusOr<bool> there = PrepareIfThere();
  if (!there.ok()) return there.status();
  if (!*there) return Damaged("no table of revocations");
  return transaction;
}

// Returns the integer of the only row, 0 if it is null.
absl::StatusOr<int64_t> RevocationRows::Query(SqliteStatement& statement) {
  const ScopedReset reset(statement);
  const absl::StatusOr<bool> row = statement.Step();
  if (!row.ok()) return row.status();
  return *row && statement.IsInteger(0) ? statement.Integer(0) : 0;
}

absl::StatusOr<int64_t> RevocationRows::LastSequence() {
  const absl::StatusOr<int64_t> last = Query(last_sequence_);
  if (!last.ok()) return last.status();
  // Only damage or foreign hands bring it here; the next would overflow.
  if (*last < 0 || *last > std::numeric_limits<int64_t>::max() -
                               int64_t{limits::kRevocationsMax}) {
    return Damaged("no next sequence number of revocations");
  }
  return *last;
}

absl::Status RevocationRows::CheckRoom() {
  const absl::StatusOr<int64_t> count = Query(count_);
  if (!count.ok()) return count.status();
  if (*count <= rows_max_) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      absl::Utf8SafeCEscape(connection_->path()), ": would hold more than the ",
      rows_max_, " revocations that there may be"));
}

absl::Status RevocationRows::AddOne(const Revocation& revocation,
                                    int64_t& sequence) {
  if (absl::Status status = CheckRevocation(revocation); !status.ok()) {
    return status;
  }
  std::optional<StoredRevocation> same;
  {
    const ScopedReset reset(find_);
    BindIdentity(revocation, find_);
    const absl::StatusOr<bool> row = find_.Step();
    if (!row.ok()) return row.status();
    if (*row) {
      same = ReadRow(find_);
      if (!same.has_value()) return Damaged("the row of a revocation");
    }
  }
  if (same.has_value() &&
      same->revocation.expires_at >= revocation.expires_at) {
    return absl::OkStatus();
  }
  SqliteStatement& change = same.has_value() ? prolong_ : insert_;
  BindRow(revocation, ++sequence, change);
  return change.Run();
}

absl::Status RevocationRows::Add(absl::Span<const Revocation> revocations) {
  auto transaction = BeginChange();
  if (!transaction.ok()) return transaction.status();
  absl::StatusOr<int64_t> sequence = LastSequence();
  if (!sequence.ok()) return sequence.status();
  for (const Revocation& revocation : revocations) {
    if (absl::Status status = AddOne(revocation, *sequence); !status.ok()) {
      return status;
    }
  }
  if (absl::Status status = CheckRoom(); !status.ok()) return status;
  return transaction->Commit();
}

absl::Status RevocationRows::ForEachSince(int64_t sequence, Reader read) {
  const absl::StatusOr<bool> there = PrepareIfThere();
  if (!there.ok()) return there.status();
  if (!*there) return absl::OkStatus();
  const ScopedReset reset(since_);
  since_.BindInteger(1, sequence);
  for (;;) {
    const absl::StatusOr<bool> row = since_.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    const std::optional<StoredRevocation> stored = ReadRow(since_);
    if (!stored.has_value()) {
      return Damaged(absl::StrCat("the row of revocation number ",
                                  since_.Integer(kSequence)));
    }
    if (absl::Status status = read(*stored); !status.ok()) return status;
  }
}

absl::StatusOr<int64_t> RevocationRows::DropExpired(int64_t now) {
  auto transaction = BeginChange();
  if (!transaction.ok()) return transaction.status();
  const absl::StatusOr<int64_t> before = Query(count_);
  if (!before.ok()) return before.status();
  drop_.BindInteger(1, now);
  drop_.BindInteger(2, kRevokedForGood);
  if (absl::Status status = drop_.Run(); !status.ok()) return status;
  const absl::StatusOr<int64_t> after = Query(count_);
  if (!after.ok()) return after.status();
  if (absl::Status status = transaction->Commit(); !status.ok()) return status;
  return *before - *after;
}

}  // namespace tollgate
