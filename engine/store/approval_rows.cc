#include "engine/store/approval_rows.h"

#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/json/reader.h"
#include "engine/json/writer.h"
#include "engine/store/store_file.h"
#include "engine/unicode/lookalike.h"

namespace tollgate {
namespace {

// Positions in kColumns.
enum Column : int {
  kSequence = 0,
  kPublisher,
  kTool,
  kVersion,
  kDigest,
  kCapabilities,
  kDefinition,
  kApprovedBy,
  kApprovedAt,
  kWithdrawn,
  kChecksum,
};

constexpr std::string_view kColumns =
    "sequence, publisher, tool, version, digest, capabilities, definition, "
    "approved_by, approved_at, withdrawn, checksum";

// The texts of a row, in the order of their columns.
constexpr Column kTexts[] = {kPublisher,    kTool,       kVersion,   kDigest,
                             kCapabilities, kDefinition, kApprovedBy};

absl::Span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Capabilities are kept as a JSON list.
std::string JoinCapabilities(const Pin& pin) {
  std::string text;
  JsonWriter json(&text);
  json.BeginArray();
  if (pin.capabilities.has_value()) {
    for (const std::string& one : *pin.capabilities) json.String(one);
  }
  json.EndArray();
  return text;
}

std::optional<std::vector<std::string>> SplitCapabilities(
    std::string_view text) {
  JsonReader reader({});
  const auto document = reader.Parse(text);
  if (!document.ok()) return std::nullopt;
  const auto list = document->Array();
  if (!list.ok()) return std::nullopt;
  std::vector<std::string> capabilities;
  for (const JsonValue item : *list) {
    const auto one = item.String();
    if (!one.ok()) return std::nullopt;
    capabilities.emplace_back(*one);
  }
  return capabilities;
}

// A row by its columns.
struct Row {
  int64_t sequence = 0;
  std::string texts[std::size(kTexts)];
  int64_t approved_at = 0;
  int64_t withdrawn = 0;
};

Row RowOf(const Approval& approval, int64_t sequence) {
  const Pin& pin = approval.pin;
  return {sequence,
          {pin.publisher, pin.tool, pin.version,
           std::string(reinterpret_cast<const char*>(pin.digest.data()),
                       pin.digest.size()),
           JoinCapabilities(pin), approval.definition, approval.approved_by},
          approval.approved_at,
          approval.withdrawn ? 1 : 0};
}

// Sizes are summed as well, so that no two rows have the same bytes.
int64_t ChecksumOf(const Row& row) {
  const int64_t words[] = {row.sequence, row.approved_at, row.withdrawn};
  uint32_t sum = Crc32c(0, words, sizeof(words));
  for (const std::string& text : row.texts) {
    const uint64_t size = text.size();
    sum = Crc32c(sum, &size, sizeof(size));
    sum = Crc32c(sum, text.data(), text.size());
  }
  return sum;
}

// Returns the current row, or nothing if it is not as Insert wrote it.
std::optional<Approval> ReadApproval(SqliteStatement& statement) {
  Row row;
  for (const int column : {kSequence, kApprovedAt, kWithdrawn, kChecksum}) {
    if (!statement.IsInteger(column)) return std::nullopt;
  }
  for (size_t i = 0; i < std::size(kTexts); ++i) {
    if (!statement.IsBlob(kTexts[i])) return std::nullopt;
    row.texts[i] = std::string(statement.Bytes(kTexts[i]));
  }
  row.sequence = statement.Integer(kSequence);
  row.approved_at = statement.Integer(kApprovedAt);
  row.withdrawn = statement.Integer(kWithdrawn);
  if (statement.Integer(kChecksum) != ChecksumOf(row)) return std::nullopt;
  Approval approval;
  auto& [publisher, tool, version, digest, capabilities, definition, by] =
      row.texts;
  approval.pin.capabilities = SplitCapabilities(capabilities);
  if (digest.size() != approval.pin.digest.size() ||
      !approval.pin.capabilities.has_value()) {
    return std::nullopt;
  }
  approval.pin.publisher = std::move(publisher);
  approval.pin.tool = std::move(tool);
  approval.pin.version = std::move(version);
  absl::c_copy(digest, approval.pin.digest.begin());
  approval.definition = std::move(definition);
  approval.approved_by = std::move(by);
  approval.approved_at = row.approved_at;
  approval.withdrawn = row.withdrawn != 0;
  return approval;
}

}  // namespace

absl::Status ApprovalRows::Damaged(std::string_view what) const {
  return absl::DataLossError(absl::StrCat(
      absl::Utf8SafeCEscape(connection_->path()), ": is damaged: ", what));
}

absl::StatusOr<bool> ApprovalRows::PrepareIfThere() {
  if (prepared_) return true;
  const absl::StatusOr<int64_t> version = ReadStoreVersion(*connection_);
  if (!version.ok()) return version.status();
  if (*version < kStoreVersionOfApprovals) return false;
  const auto prepare = [&](std::string_view sql, SqliteStatement& statement) {
    auto prepared = connection_->Prepare(sql);
    if (prepared.ok()) statement = *std::move(prepared);
    return prepared.status();
  };
  const std::string select =
      absl::StrCat("SELECT ", kColumns, " FROM approvals");
  absl::Status status =
      prepare(absl::StrCat("INSERT INTO approvals(", kColumns,
                           ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)"),
              insert_);
  status.Update(prepare(
      absl::StrCat(select,
                   " WHERE sequence IN (SELECT max(sequence) FROM approvals "
                   "GROUP BY publisher, tool) ORDER BY sequence"),
      in_force_));
  status.Update(prepare(absl::StrCat(select, " ORDER BY sequence"), all_));
  status.Update(prepare("SELECT max(sequence) FROM approvals", last_sequence_));
  prepared_ = status.ok();
  if (!status.ok()) return status;
  return true;
}

absl::StatusOr<SqliteTransaction> ApprovalRows::BeginChange() {
  auto transaction = SqliteTransaction::Begin(*connection_);
  if (!transaction.ok()) return transaction;
  const absl::StatusOr<bool> there = PrepareIfThere();
  if (!there.ok()) return there.status();
  if (!*there) return Damaged("no table of approvals");
  return transaction;
}

absl::StatusOr<int64_t> ApprovalRows::LastSequence() {
  const absl::StatusOr<bool> there = PrepareIfThere();
  if (!there.ok()) return there.status();
  if (!*there) return 0;
  const ScopedReset reset(last_sequence_);
  const absl::StatusOr<bool> row = last_sequence_.Step();
  if (!row.ok()) return row.status();
  return *row && last_sequence_.IsInteger(0) ? last_sequence_.Integer(0) : 0;
}

absl::Status ApprovalRows::Insert(const Approval& approval) {
  const absl::StatusOr<int64_t> last = LastSequence();
  if (!last.ok()) return last.status();
  if (*last < 0 || *last >= int64_t{limits::kApprovalsMax}) {
    return absl::ResourceExhaustedError(
        absl::StrCat(absl::Utf8SafeCEscape(connection_->path()),
                     ": would hold more than the ", limits::kApprovalsMax,
                     " approvals that there may be"));
  }
  const Row row = RowOf(approval, *last + 1);
  insert_.BindInteger(kSequence + 1, row.sequence);
  for (size_t i = 0; i < std::size(kTexts); ++i) {
    insert_.BindBlob(kTexts[i] + 1, AsBytes(row.texts[i]));
  }
  insert_.BindInteger(kApprovedAt + 1, row.approved_at);
  insert_.BindInteger(kWithdrawn + 1, row.withdrawn);
  insert_.BindInteger(kChecksum + 1, ChecksumOf(row));
  return insert_.Run();
}

absl::Status ApprovalRows::Add(const Approval& approval) {
  auto transaction = BeginChange();
  if (!transaction.ok()) return transaction.status();
  if (auto status = Insert(approval); !status.ok()) return status;
  return transaction->Commit();
}

absl::Status ApprovalRows::AddFirst(const Approval& approval) {
  auto transaction = BeginChange();
  if (!transaction.ok()) return transaction.status();
  const auto keys = LookalikeKeysOf(approval.pin.tool);
  const auto is_other = [&](const Approval& other) {
    if (other.pin.tool == approval.pin.tool) {
      return absl::AlreadyExistsError(
          "a tool of that name is approved, or was");
    }
    for (const std::string& key : LookalikeKeysOf(other.pin.tool)) {
      if (absl::c_linear_search(keys, key)) {
        return absl::AlreadyExistsError(
            "a tool of a name that looks like it is approved, or was");
      }
    }
    return absl::OkStatus();
  };
  if (auto status = Read(in_force_, is_other); !status.ok()) return status;
  if (auto status = Insert(approval); !status.ok()) return status;
  return transaction->Commit();
}

absl::Status ApprovalRows::Read(SqliteStatement& statement, Reader read) {
  const ScopedReset reset(statement);
  for (;;) {
    const absl::StatusOr<bool> row = statement.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    const std::optional<Approval> approval = ReadApproval(statement);
    if (!approval.has_value()) {
      return Damaged(absl::StrCat("the row of approval number ",
                                  statement.Integer(kSequence)));
    }
    if (absl::Status status = read(*approval); !status.ok()) return status;
  }
}

absl::Status ApprovalRows::ForEach(Reader read) {
  const absl::StatusOr<bool> there = PrepareIfThere();
  if (!there.ok() || !*there) return there.status();
  return Read(all_, read);
}

absl::Status ApprovalRows::ForEachInForce(Reader read) {
  const absl::StatusOr<bool> there = PrepareIfThere();
  if (!there.ok() || !*there) return there.status();
  return Read(in_force_, [&](const Approval& approval) {
    return approval.withdrawn ? absl::OkStatus() : read(approval);
  });
}

}  // namespace tollgate
