#include "engine/store/row_relay.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr int kMany = static_cast<int>(2 * RowRelay::kPartRows) + 100;

// Adds rows from 0 to `count` - 1, out of texts that end with each call;
// returns the first error.
absl::Status AddRows(RowRelay& relay, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string id = absl::StrCat("id", i);
    const std::string principal = absl::StrCat("principal of some length ", i);
    StoredKeyView key;
    key.key_id = id;
    key.principal = principal;
    key.scopes = i % 2 == 0 ? "a b" : "";
    key.policy = "p";
    key.sequence = i;
    if (auto status = relay.Add(key); !status.ok()) return status;
  }
  return absl::OkStatus();
}

TEST(RowRelayTest, EveryRowIsAppliedInOrder) {
  const int part = static_cast<int>(RowRelay::kPartRows);
  for (const int count :
       {0, 1, part - 1, part, part + 1, 2 * part, 2 * part + 1, kMany}) {
    int next = 0;
    RowRelay relay([&](const StoredKeyView& key) {
      EXPECT_EQ(key.sequence, next);
      EXPECT_EQ(key.key_id, absl::StrCat("id", next));
      EXPECT_EQ(key.principal, absl::StrCat("principal of some length ", next));
      EXPECT_EQ(key.scopes, next % 2 == 0 ? "a b" : "");
      EXPECT_EQ(key.policy, "p");
      ++next;
      return absl::OkStatus();
    });
    EXPECT_TRUE(AddRows(relay, count).ok());
    EXPECT_TRUE(relay.Finish().ok());
    EXPECT_EQ(next, count);
  }
}

TEST(RowRelayTest, NothingIsAppliedBehindAnError) {
  const int part = static_cast<int>(RowRelay::kPartRows);
  for (const int bad : {0, part - 1, part, 2 * part + 50}) {
    int last = -1;
    RowRelay relay([&](const StoredKeyView& key) {
      last = static_cast<int>(key.sequence);
      return last == bad ? absl::DataLossError(key.key_id) : absl::OkStatus();
    });
    AddRows(relay, kMany).IgnoreError();
    const absl::Status status = relay.Finish();
    EXPECT_EQ(status, absl::DataLossError(absl::StrCat("id", bad)));
    EXPECT_EQ(relay.Finish(), status) << "and no more";
    EXPECT_EQ(last, bad);
  }
}

TEST(RowRelayTest, AnErrorEndsTheReadingSoon) {
  RowRelay relay([](const StoredKeyView&) { return absl::DataLossError("x"); });
  EXPECT_FALSE(AddRows(relay, kMany).ok());
}

TEST(RowRelayTest, OneThatEndsEarlyWaitsForWhatIsApplied) {
  std::vector<int> applied;
  {
    RowRelay relay([&](const StoredKeyView& key) {
      applied.push_back(static_cast<int>(key.sequence));
      return absl::OkStatus();
    });
    EXPECT_TRUE(AddRows(relay, static_cast<int>(RowRelay::kPartRows)).ok());
  }
  EXPECT_EQ(applied.size(), RowRelay::kPartRows);
}

}  // namespace
}  // namespace tollgate
