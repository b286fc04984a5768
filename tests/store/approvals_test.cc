// Approvals of tool definitions in the durable store: the newest is in force,
// none is lost, and a byte that changed is noticed.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/store/approval_rows.h"
#include "engine/store/key_database.h"
#include "gtest/gtest.h"
#include "tests/store/store_fixture.h"
#include "tests/support/run_sql.h"

namespace tollgate {
namespace {

Approval Of(const std::string& publisher, const std::string& tool,
            const std::string& version) {
  Approval approval;
  approval.pin = {publisher, tool, version, {}, {{"net", "a \"b\"\n"}}};
  approval.pin.digest[0] = static_cast<uint8_t>(version.size());
  approval.definition = "{\"name\":\"" + tool + "\"}";
  approval.approved_by = "ann";
  approval.approved_at = 1000;
  return approval;
}

std::vector<Approval> Read(KeyDatabase& database, bool in_force) {
  std::vector<Approval> approvals;
  const auto read = [&](const Approval& approval) {
    approvals.push_back(approval);
    return absl::OkStatus();
  };
  const absl::Status status = in_force ? database.ForEachApprovalInForce(read)
                                       : database.ForEachApproval(read);
  EXPECT_TRUE(status.ok()) << status;
  return approvals;
}

class ApprovalsTest : public testing::Test {
 protected:
  std::string path() const { return folder_.Path("keys.db"); }

  ScratchFolder folder_;
};

TEST_F(ApprovalsTest, EveryFieldIsReadBackAfterReopening) {
  const Approval full = Of("acme", "weather", "1.0.0");
  Approval bare = Of("acme", "", "");
  bare.pin.capabilities.emplace();
  bare.definition = "";
  {
    const auto database = OpenOrDie(path());
    EXPECT_EQ(*database->LastApproval(), 0);
    ASSERT_TRUE(database->AddApproval(full).ok());
    ASSERT_TRUE(database->AddApproval(bare).ok());
    EXPECT_EQ(*database->LastApproval(), 2);
  }
  const auto database = OpenOrDie(path());
  EXPECT_EQ(Read(*database, true), (std::vector<Approval>{full, bare}));
  EXPECT_EQ(*database->LastApproval(), 2);
}

TEST_F(ApprovalsTest, TheNewestIsInForceAndTheOthersAreHistory) {
  const auto database = OpenOrDie(path());
  const Approval first = Of("acme", "weather", "1.0.0");
  const Approval second = Of("acme", "weather", "1.1.00");
  const Approval other = Of("other", "weather", "1");
  for (const Approval& one : {first, other, second}) {
    ASSERT_TRUE(database->AddApproval(one).ok());
  }
  EXPECT_EQ(Read(*database, true), (std::vector<Approval>{other, second}));
  Approval withdrawn = second;
  withdrawn.withdrawn = true;
  ASSERT_TRUE(database->AddApproval(withdrawn).ok());
  EXPECT_EQ(Read(*database, true), std::vector<Approval>{other});
  EXPECT_EQ(Read(*database, false),
            (std::vector<Approval>{first, other, second, withdrawn}));
}

TEST_F(ApprovalsTest, TheFirstIsRefusedWhereThereIsOne) {
  const auto database = OpenOrDie(path());
  const Approval approval = Of("acme", "weather", "1.0.0");
  ASSERT_TRUE(database->AddFirstApproval(approval).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(
      database->AddFirstApproval(Of("acme", "weather", "2.0.0"))));
  EXPECT_TRUE(absl::IsAlreadyExists(
      database->AddFirstApproval(Of("other", "weather", "1.0.0"))));
  EXPECT_TRUE(database->AddFirstApproval(Of("acme", "clock", "1.0.0")).ok());
  Approval withdrawn = approval;
  withdrawn.withdrawn = true;
  ASSERT_TRUE(database->AddApproval(withdrawn).ok());
  // Whoever took it back is asked, not whoever uses it next.
  EXPECT_TRUE(absl::IsAlreadyExists(database->AddFirstApproval(approval)));
}

// Of two processes that do not yet know of each other's approvals, the second
// is refused: with a Cyrillic letter, with other case, with a space unseen.
TEST_F(ApprovalsTest, TheFirstIsRefusedWhereOneLooksLikeIt) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->AddFirstApproval(Of("acme", "weather", "1.0.0")).ok());
  for (const char* name : {"w\xd0\xb5"
                           "ather",
                           "Weather", "wea\xe2\x80\x8bther"}) {
    EXPECT_TRUE(absl::IsAlreadyExists(
        database->AddFirstApproval(Of("other", name, "1.0.0"))))
        << name;
  }
  EXPECT_TRUE(database->AddFirstApproval(Of("other", "winter", "1")).ok());
}

TEST_F(ApprovalsTest, AChangedByteIsNoticed) {
  const char* const kChanges[] = {
      "UPDATE approvals SET publisher=x'62';",
      "UPDATE approvals SET tool=x'62';",
      "UPDATE approvals SET version=x'62';",
      "UPDATE approvals SET digest=zeroblob(32);",
      "UPDATE approvals SET digest=zeroblob(31);",
      "UPDATE approvals SET capabilities=CAST('[]' AS BLOB);",
      "UPDATE approvals SET capabilities=CAST('{' AS BLOB);",
      "UPDATE approvals SET definition=x'62';",
      "UPDATE approvals SET approved_by=x'62';",
      "UPDATE approvals SET approved_at=1;",
      "UPDATE approvals SET withdrawn=1;",
      "UPDATE approvals SET sequence=7;",
      // Bytes that move from one text to the next.
      "UPDATE approvals SET publisher=CAST(publisher||tool AS BLOB), tool=x'';",
  };
  for (const char* const change : kChanges) {
    ScratchFolder folder;
    const std::string path = folder.Path("keys.db");
    ASSERT_TRUE(
        OpenOrDie(path)->AddApproval(Of("acme", "weather", "1.0.0")).ok());
    RunSqlOn(path, change);
    const absl::Status status = OpenOrDie(path)->ForEachApprovalInForce(
        [](const Approval&) { return absl::OkStatus(); });
    EXPECT_TRUE(absl::IsDataLoss(status)) << change << ": " << status;
  }
}

// Stores of the versions before, with what was in them.
TEST_F(ApprovalsTest, EarlierStoresAreUpgraded) {
  for (const char* const make_old :
       {"DROP TABLE approvals; PRAGMA user_version=2;",
        "DROP TABLE approvals; DROP TABLE revocations; "
        "PRAGMA user_version=1;"}) {
    ScratchFolder folder;
    const std::string path = folder.Path("keys.db");
    ASSERT_TRUE(OpenOrDie(path)->Insert({MakeKey(IdOf(1))}).ok());
    RunSqlOn(path, make_old);
    {
      const auto old = KeyDatabase::Open(path, {.read_only = true});
      ASSERT_TRUE(old.ok()) << old.status();
      EXPECT_TRUE(Read(**old, true).empty());
      EXPECT_EQ(*(*old)->LastApproval(), 0);
    }
    const auto database = OpenOrDie(path);
    ASSERT_TRUE(database->AddApproval(Of("acme", "weather", "1")).ok());
    EXPECT_EQ(Read(*database, true).size(), 1u);
    EXPECT_EQ(ReadAll(*database)->size(), 1u);
    EXPECT_TRUE(database->AddRevocations({}).ok());
  }
}

TEST_F(ApprovalsTest, AReadOnlyStoreApprovesNothing) {
  (void)OpenOrDie(path());
  const auto database = KeyDatabase::Open(path(), {.read_only = true});
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_TRUE(absl::IsPermissionDenied(
      (*database)->AddApproval(Of("acme", "weather", "1"))));
  EXPECT_TRUE(absl::IsPermissionDenied(
      (*database)->AddFirstApproval(Of("acme", "weather", "1"))));
}

// Approves and acknowledges each over the pipe, until it is killed.
[[noreturn]] void ApproveUntilKilled(const std::string& path, int pipe) {
  const auto database = OpenOrDie(path);
  for (unsigned char number = 0;; ++number) {
    const absl::Status status =
        database->AddApproval(Of("acme", std::to_string(number), "1"));
    if (!status.ok() || write(pipe, &number, 1) != 1) _exit(1);
  }
}

TEST_F(ApprovalsTest, KillingTheProcessLosesNothingAcknowledged) {
  for (const int acknowledged : {1, 3, 20}) {
    const std::string path = folder_.Path(std::to_string(acknowledged));
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) ApproveUntilKilled(path, ends[1]);
    close(ends[1]);
    unsigned char number = 0;
    for (int i = 0; i < acknowledged; ++i) {
      ASSERT_EQ(read(ends[0], &number, 1), 1);
    }
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    while (read(ends[0], &number, 1) == 1) {
    }
    close(ends[0]);
    const size_t found = Read(*OpenOrDie(path), true).size();
    EXPECT_GE(found, number + 1u);
    EXPECT_LE(found, number + 2u) << "one more may be durable";
  }
}

}  // namespace
}  // namespace tollgate
