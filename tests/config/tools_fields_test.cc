#include "engine/config/tools_fields.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/config/config.h"
#include "engine/config/show_config.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr std::string_view kPublishers =
    "publishers: [{ id: acme, jwks_file: acme.json }]";

absl::StatusOr<Config> Parse(std::string_view tools) {
  return ParseConfig(absl::StrCat("version: 1\ntools:\n  ", tools, "\n"),
                     "/etc/t.yaml");
}

std::string ErrorOf(std::string_view tools) {
  return std::string(Parse(tools).status().message());
}

TEST(ToolsFieldsTest, EverythingHasASafeDefault) {
  const auto config = Parse(kPublishers);
  ASSERT_TRUE(config.ok()) << config.status();
  const ToolsOptions& tools = *config->tools;
  ASSERT_EQ(tools.publishers.size(), 1u);
  EXPECT_EQ(tools.publishers[0].id, "acme");
  EXPECT_EQ(tools.publishers[0].jwks_file, "/etc/acme.json");
  EXPECT_EQ(tools.pins, PinMode::kRequire);
  EXPECT_EQ(tools.rules.profile, ToolProfile::kStrict);
  EXPECT_EQ(tools.rules.max_age_us, int64_t{86'400'000'000});
  EXPECT_EQ(tools.rules.skew_us, 30'000'000);
  EXPECT_EQ(tools.rules.audience, "");
  EXPECT_TRUE(tools.rules.allowed_hidden.empty());
  EXPECT_TRUE(config->Warnings().empty());
}

TEST(ToolsFieldsTest, EveryFieldIsReadAndShown) {
  const auto config =
      Parse(absl::StrCat(kPublishers,
                         "\n  max_age: 90d\n  skew: 5s\n  pins: first_use\n"
                         "  profile: etdi-compat\n  audience: gate 1\n"
                         "  allow_hidden: [U+200D, U+10FFFF]\n"
                         "  cache: { entries: 8, max_age: 1m }"));
  ASSERT_TRUE(config.ok()) << config.status();
  const ToolsOptions& tools = *config->tools;
  EXPECT_EQ(tools.rules.max_age_us, int64_t{90} * 86'400'000'000);
  EXPECT_EQ(tools.rules.skew_us, 5'000'000);
  EXPECT_EQ(tools.pins, PinMode::kFirstUse);
  EXPECT_EQ(tools.rules.profile, ToolProfile::kEtdiCompat);
  EXPECT_EQ(tools.rules.audience, "gate 1");
  EXPECT_EQ(tools.rules.allowed_hidden,
            (std::vector<char32_t>{0x200d, 0x10ffff}));
  EXPECT_EQ(tools.cache_entries, 8u);
  EXPECT_EQ(tools.cache_max_age_us, 60'000'000u);
  const auto again = ParseConfig(ShowConfig(*config), "/etc/t.yaml");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(*again->tools == tools) << ShowConfig(*again);
}

TEST(ToolsFieldsTest, WhatWeakensIsWarnedOf) {
  EXPECT_EQ(Parse(absl::StrCat(kPublishers, "\n  pins: off"))->Warnings(),
            (std::vector<std::string>{
                "/etc/t.yaml:4:9: whatever a publisher signs is accepted, "
                "approved or not"}));
  const auto compat =
      Parse(absl::StrCat(kPublishers, "\n  profile: etdi-compat"));
  ASSERT_TRUE(compat.ok());
  EXPECT_EQ(compat->Warnings().size(), 1u);
}

struct Wrong {
  std::string text;
  std::string error;
};

class WrongToolsTest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongToolsTest, IsAnError) {
  EXPECT_TRUE(absl::StrContains(ErrorOf(GetParam().text), GetParam().error))
      << ErrorOf(GetParam().text);
}

std::string With(std::string_view more) {
  return absl::StrCat(kPublishers, "\n  ", more);
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongToolsTest,
    testing::Values(
        Wrong{"pins: off", "missing `publishers`"},
        Wrong{"publishers: []", ":3:15: "},
        Wrong{"publishers: [{ id: a }]", "missing `jwks_file`"},
        Wrong{"publishers: [{ jwks_file: a }]", "missing `id`"},
        Wrong{"publishers: [{ id: a/b, jwks_file: a }]", "without `/`"},
        Wrong{"publishers: [{ id: \"\", jwks_file: a }]", "publisher's id"},
        Wrong{"publishers: [{ id: a, jwks_file: a }, { id: a, jwks_file: b }]",
              "two publishers of one id"},
        Wrong{With("pins: requires"), "did you mean `require`?"},
        Wrong{With("profile: compat"), "is not known here"},
        Wrong{With("skew: 11m"), "more than 10m"},
        Wrong{With("audience: \"\""), "must not be empty"},
        Wrong{With("allow_hidden: [200D]"), "U+200D"},
        Wrong{With("allow_hidden: [U+110000]"), "U+200D"},
        Wrong{With("allow_hidden: [U+2G0D]"), "U+200D"},
        Wrong{With("maxage: 1h"), "did you mean `max_age`?"}));

}  // namespace
}  // namespace tollgate
