#include "engine/policy/endpoint_table.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

class EndpointTableTest : public testing::Test {
 protected:
  EndpointTable Compile(
      const std::vector<EndpointRequirementOptions>& entries) {
    absl::StatusOr<EndpointTable> table =
        EndpointTable::Compile(entries, scopes_);
    EXPECT_TRUE(table.ok()) << table.status();
    return *std::move(table);
  }

  // The pattern of the first unmet entry, or "".
  std::string Unmet(const EndpointTable& table, std::string_view target,
                    const std::vector<std::string>& granted,
                    std::string_view method = "POST") {
    CanonicalPath path;
    EXPECT_TRUE(CanonicalPath::Parse(target, path)) << target;
    const EndpointTable::Requirement* unmet =
        table.FirstUnmet(method, path, Mask(granted));
    return unmet == nullptr ? "" : std::string(unmet->pattern.text());
  }

  ScopeMask Mask(const std::vector<std::string>& names) {
    absl::StatusOr<const ScopeSet*> set = scopes_.Intern(names);
    EXPECT_TRUE(set.ok()) << set.status();
    return (*set)->mask();
  }

  ScopeTable scopes_;
};

TEST_F(EndpointTableTest, EmptyTableAsksForNothing) {
  const EndpointTable table = Compile({});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(Unmet(table, "/v1/x", {}), "");
}

TEST_F(EndpointTableTest, MatchingEntryAsksForItsScopes) {
  const EndpointTable table =
      Compile({{"POST /v1/tools/*", {"tools:call", "tools:read"}}});
  EXPECT_EQ(Unmet(table, "/v1/tools/a", {}), "POST /v1/tools/*");
  EXPECT_EQ(Unmet(table, "/v1/tools/a", {"tools:call"}), "POST /v1/tools/*");
  EXPECT_EQ(Unmet(table, "/v1/tools/a", {"tools:read", "tools:call"}), "");
  EXPECT_EQ(Unmet(table, "/v1/tools/a", {"tools:read", "tools:call", "x"}), "");
  EXPECT_EQ(Unmet(table, "/v1/other", {}), "");
  EXPECT_EQ(Unmet(table, "/v1/tools/a", {}, "GET"), "");
}

TEST_F(EndpointTableTest, AllMatchingEntriesCount) {
  const EndpointTable table =
      Compile({{"/v1/**", {"a"}}, {"POST /v1/tools/*", {"b"}}, {"any", {"c"}}});
  EXPECT_EQ(Unmet(table, "/v1/tools/x", {"b", "c"}), "/v1/**");
  EXPECT_EQ(Unmet(table, "/v1/tools/x", {"a", "c"}), "POST /v1/tools/*");
  EXPECT_EQ(Unmet(table, "/v1/tools/x", {"a", "b"}), "any");
  EXPECT_EQ(Unmet(table, "/v1/tools/x", {"a", "b", "c"}), "");
  EXPECT_EQ(Unmet(table, "/v2", {"c"}), "");
}

TEST_F(EndpointTableTest, OtherReadingsOfThePathCountToo) {
  const EndpointTable table = Compile({{"/v1/x", {"a"}}, {"/v1/k:get", {"b"}}});
  EXPECT_EQ(Unmet(table, "/v1/x/", {}), "/v1/x");
  EXPECT_EQ(Unmet(table, "/v1/%78", {}), "/v1/x");
  EXPECT_EQ(Unmet(table, "/v1/k%3Aget", {}), "/v1/k:get");
}

TEST_F(EndpointTableTest, RequiredScopesAreListedOnceInOrder) {
  const EndpointTable table =
      Compile({{"/v1/**", {"z", "b"}}, {"/v1/x", {"a", "b"}}, {"/v2", {"c"}}});
  CanonicalPath path;
  ASSERT_TRUE(CanonicalPath::Parse("/v1/x", path));
  EXPECT_EQ(table.RequiredScopes("GET", path), "a b z");
  ASSERT_TRUE(CanonicalPath::Parse("/v3", path));
  EXPECT_EQ(table.RequiredScopes("GET", path), "");
}

TEST_F(EndpointTableTest, EntriesThatMeanNothingAreErrors) {
  for (const EndpointRequirementOptions& entry :
       std::vector<EndpointRequirementOptions>{{"v1", {"a"}},
                                               {"/v1/x", {}},
                                               {"/v1/x", {"not a scope"}},
                                               {"/v1/x", {""}}}) {
    const absl::Status status =
        EndpointTable::Compile({{"/ok", {"a"}}, entry}, scopes_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << entry.match;
  }
}

}  // namespace
}  // namespace tollgate
