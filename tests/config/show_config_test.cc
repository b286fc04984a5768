#include "engine/config/show_config.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr char kText[] = R"(
version: 1
store: { sqlite: "odd \"name\" \\ .db" }
trusted_proxies: [127.0.0.1/32]
api_keys:
  peppers: [{ id: 2, file: new.key }, { id: 1, file: old.key }]
  policy: "no"
tools: { publishers: [{ id: a, jwks_file: a.json }], max_age: 24h }
policies:
  "no":
    scopes: ["true", "08:00", plain, "1"]
    rate_limits: { per_second: 50, guard: { limit: 30, period: 1500ms, burst: 4 } }
    ip: { deny: ["::/0"] }
    endpoints: { allow: [any], deny: ["GET /a/**"] }
    allowed_hours: [8, 9, 23]
  open: {}
endpoints: [{ match: "POST /x", scopes: [a, b] }]
admission: { failures: { limit: 20, per: 60s, lockout: 300s } }
)";

TEST(ShowConfigTest, ReadsBackToTheSameOptions) {
  const auto config = ParseConfig(kText, "/etc/t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  const std::string shown = ShowConfig(*config);
  const auto again = ParseConfig(shown, "/elsewhere/shown.yaml");
  ASSERT_TRUE(again.ok()) << again.status() << "\n" << shown;
  EXPECT_EQ(ShowConfig(*again), shown);
  EXPECT_EQ(again->store_path, config->store_path);
  EXPECT_EQ(again->api_keys->default_policy, "no");
  EXPECT_EQ(again->api_keys->peppers[0].file, "/etc/new.key");
  EXPECT_EQ(again->FindPolicy("no")->scopes, config->FindPolicy("no")->scopes);
  EXPECT_EQ(again->FindPolicy("no")->rate_limits,
            config->FindPolicy("no")->rate_limits);
  EXPECT_EQ(again->FindPolicy("no")->hours->windows.size(), 2u);
  EXPECT_FALSE(again->FindPolicy("open")->hours.has_value());
}

TEST(ShowConfigTest, WritesDefaultsOut) {
  const auto config =
      ParseConfig("version: 1\napi_keys: { pepper_file: p }\n",
                  "t.yaml"
                  "anomalies: { interval: 10s, factor: 4, minimum: 20 }\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(ShowConfig(*config),
            "version: 1\n"
            "# store: none, keys are kept in memory only\n"
            "trusted_proxies: []\n"
            "api_keys:\n"
            "  prefix: tg\n"
            "  environment: live\n"
            "  peppers:  # the contents are not shown\n"
            "    - { id: 1, file: p }\n"
            "  header: X-API-Key\n"
            "anomalies: { interval: 10s, factor: 4, minimum: 20 }\n");
}

TEST(ShowConfigTest, DurationsAreInTheLargestWholeUnit) {
  EXPECT_EQ(FormatDuration(1'000), "1ms");
  EXPECT_EQ(FormatDuration(1'500'000), "1500ms");
  EXPECT_EQ(FormatDuration(90'000'000), "90s");
  EXPECT_EQ(FormatDuration(120'000'000), "2m");
  EXPECT_EQ(FormatDuration(uint64_t{48} * 3600 * 1'000'000), "2d");
}

}  // namespace
}  // namespace tollgate
