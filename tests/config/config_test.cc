#include "engine/config/config.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr char kFull[] = R"(version: 1
store: { sqlite: tollgate.db }
trusted_proxies: [127.0.0.1/32, 2001:db8::/32]
api_keys:
  prefix: acme
  environment: test
  pepper_file: pepper.key
  header: X-Acme-Key
  policy: standard
tools:
  publishers: [{ id: acme, jwks_file: acme.json }]
mtls: { trust_anchors: [clients-ca.pem], policy: standard }
policies:
  standard:
    scopes: [tools:read, tools:call]
    rate_limits: { per_second: 50, per_minute: { limit: 600, burst: 100 },
                   guard: { limit: 30, period: 90s } }
    ip: { allow: [any], deny: [198.51.100.0/24] }
    endpoints: { allow: ["GET /v1/**", "POST /v1/tools/*"], deny: ["/v1/admin/**"] }
    hours: { zone: Europe/Berlin, windows: [{ days: [mon, sun], from: "08:00", to: "18:30" }, { from: 22:00, to: 24:00 }] }
  night:
    allowed_hours: [22, 23, 0, 1, 5]
    timezone: Asia/Tokyo
endpoints:
  - { match: "POST /v1/tools/*", scopes: [tools:call] }
admission: { failures: { limit: 20, per: 1m, lockout: 5m } }
)";

std::string Minimal(const std::string& more) { return "version: 1\n" + more; }

// Puts `text` in place of the value of a policy.
std::string Policy(const std::string& text) {
  return absl::StrCat("version: 1\npolicies:\n  p: ", text, "\n");
}

std::string ErrorOf(const std::string& text) {
  const auto config = ParseConfig(text, "t.yaml");
  if (config.ok()) return "OK";
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(config.status().message());
}

TEST(ConfigTest, ReadsEveryField) {
  const auto config = ParseConfig(kFull, "/etc/tollgate/t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->store_path, "/etc/tollgate/tollgate.db");
  EXPECT_EQ(config->trusted_proxies,
            (std::vector<std::string>{"127.0.0.1/32", "2001:db8::/32"}));
  ASSERT_TRUE(config->api_keys.has_value());
  EXPECT_EQ(config->api_keys->prefix, "acme");
  EXPECT_EQ(config->api_keys->environment, "test");
  EXPECT_EQ(config->api_keys->header, "X-Acme-Key");
  EXPECT_EQ(config->api_keys->default_policy, "standard");
  ASSERT_EQ(config->api_keys->peppers.size(), 1u);
  EXPECT_EQ(config->api_keys->peppers[0].id, 1);
  EXPECT_EQ(config->api_keys->peppers[0].file, "/etc/tollgate/pepper.key");
  ASSERT_EQ(config->endpoints.size(), 1u);
  EXPECT_EQ(config->endpoints[0].match, "POST /v1/tools/*");
  EXPECT_EQ(config->endpoints[0].scopes,
            std::vector<std::string>{"tools:call"});
  ASSERT_TRUE(config->admission.has_value());
  EXPECT_EQ(config->admission->failures, 20u);
  EXPECT_EQ(config->admission->per_us, 60'000'000u);
  EXPECT_EQ(config->admission->lockout_us, 300'000'000u);
}

TEST(ConfigTest, ReadsPolicies) {
  const auto config = ParseConfig(kFull, "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  const PolicyOptions* policy = config->FindPolicy("standard");
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(config->FindPolicy("other"), nullptr);
  EXPECT_EQ(policy->scopes,
            (std::vector<std::string>{"tools:read", "tools:call"}));
  EXPECT_EQ(policy->rate_limits, (std::vector<LimitSpec>{
                                     {"second", 50, 1'000'000, 50},
                                     {"minute", 600, 60'000'000, 100},
                                     {"guard", 30, 90'000'000, 30},
                                 }));
  EXPECT_EQ(policy->ip.allow, std::vector<std::string>{"any"});
  EXPECT_EQ(policy->ip.deny, std::vector<std::string>{"198.51.100.0/24"});
  EXPECT_EQ(policy->endpoints.allow,
            (std::vector<std::string>{"GET /v1/**", "POST /v1/tools/*"}));
  EXPECT_EQ(policy->endpoints.deny, std::vector<std::string>{"/v1/admin/**"});
  ASSERT_TRUE(policy->hours.has_value());
  EXPECT_EQ(policy->hours->zone, "Europe/Berlin");
  ASSERT_EQ(policy->hours->windows.size(), 2u);
  EXPECT_EQ(policy->hours->windows[0].weekday_mask, 0x41);
  EXPECT_EQ(policy->hours->windows[0].from_minute, 480);
  EXPECT_EQ(policy->hours->windows[0].to_minute, 1110);
  EXPECT_EQ(policy->hours->windows[1].weekday_mask, 0x7f);
  EXPECT_EQ(policy->hours->windows[1].to_minute, 1440);
}

TEST(ConfigTest, WholeHoursBecomeWindows) {
  const auto config = ParseConfig(kFull, "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  const PolicyOptions* policy = config->FindPolicy("night");
  ASSERT_TRUE(policy->hours.has_value());
  EXPECT_EQ(policy->hours->zone, "Asia/Tokyo");
  std::vector<std::pair<int, int>> windows;
  for (const TimeWindowOptions& window : policy->hours->windows) {
    EXPECT_EQ(window.weekday_mask, 0x7f);
    windows.emplace_back(window.from_minute, window.to_minute);
  }
  EXPECT_EQ(windows, (std::vector<std::pair<int, int>>{
                         {0, 120}, {300, 360}, {1320, 1440}}));
}

TEST(ConfigTest, WhatIsLeftOutHasItsDefault) {
  const auto config = ParseConfig("version: 1\n", "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->store_path, std::nullopt);
  EXPECT_TRUE(config->trusted_proxies.empty());
  EXPECT_FALSE(config->api_keys.has_value());
  EXPECT_TRUE(config->policies.empty());
  EXPECT_FALSE(config->admission.has_value());
  const auto keys =
      ParseConfig("version: 1\napi_keys: { pepper_file: p }", "t.yaml");
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->api_keys->prefix, "tg");
  EXPECT_EQ(keys->api_keys->environment, "live");
  EXPECT_EQ(keys->api_keys->header, "X-API-Key");
  EXPECT_EQ(keys->api_keys->default_policy, "");
}

TEST(ConfigTest, JsonIsYaml) {
  const auto config = ParseConfig(
      R"({"version":1,"api_keys":{"pepper_file":"p","policy":"a"},)"
      R"("policies":{"a":{"rate_limits":{"per_second":5},"scopes":[]}}})",
      "t.json");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->FindPolicy("a")->rate_limits[0].limit, 5u);
}

TEST(ConfigTest, PeppersAreSortedNewestFirst) {
  const auto config = ParseConfig(
      Minimal("api_keys: { peppers: [{ id: 1, file: a }, { id: 7, file: b }, "
              "{ id: 3, file: c }] }"),
      "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  std::string ids;
  for (const PepperFileOptions& pepper : config->api_keys->peppers) {
    absl::StrAppend(&ids, static_cast<int>(pepper.id), pepper.file, " ");
  }
  EXPECT_EQ(ids, "7b 3c 1a ");
}

TEST(ConfigTest, PathsStartFromTheFilesFolder) {
  const struct {
    std::string file, path, resolved;
  } kCases[] = {
      {"t.yaml", "a.db", "a.db"},
      {"conf/t.yaml", "a.db", "conf/a.db"},
      {"/etc/t.yaml", "sub/a.db", "/etc/sub/a.db"},
      {"/etc/t.yaml", "../a.db", "/etc/../a.db"},
      {"/etc/t.yaml", "/var/a.db", "/var/a.db"},
  };
  for (const auto& test : kCases) {
    const auto config = ParseConfig(
        Minimal("store: { sqlite: \"" + test.path + "\" }"), test.file);
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->store_path, test.resolved);
  }
}

TEST(ConfigTest, SectionsAreMappings) {
  EXPECT_EQ(ErrorOf(Minimal("tools: [a]")),
            "t.yaml:2:8: expected a mapping, found a list");
}

TEST(ConfigTest, RemembersWhereEachFieldStands) {
  const auto config = ParseConfig(kFull, "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->Where("store.sqlite"), "t.yaml:2:18");
  EXPECT_EQ(config->Where("policies.standard.ip.deny[0]"), "t.yaml:18:32");
  EXPECT_EQ(config->Where("policies.standard.endpoints.allow[1]"),
            "t.yaml:19:40");
  EXPECT_EQ(config->Where("policies.standard.ip.deny[7]"), "t.yaml:18:31");
  EXPECT_EQ(config->Where("policies.night.hours.zone"),
            config->Where("policies.night"));
  EXPECT_EQ(config->Where("nowhere.at.all"), "t.yaml");
  EXPECT_EQ(config->ErrorAt("store.sqlite", absl::NotFoundError("no file")),
            absl::NotFoundError("t.yaml:2:18: no file"));
}

TEST(ConfigTest, WhatIsWrongWithARuleIsToldWhereItStands) {
  const auto place = [](const std::string& text) {
    const std::string error = ErrorOf(text);
    return error.substr(0, error.find(": "));
  };
  EXPECT_EQ(place(Policy("{ ip: { allow: [any, 10.0.0.256] } }")),
            "t.yaml:3:27");
  EXPECT_EQ(place(Policy("{ ip: { deny: [10.0.0.1/8] } }")), "t.yaml:3:21");
  EXPECT_EQ(place(Policy("{ endpoints: { allow: [/x], deny: [any, y] } }")),
            "t.yaml:3:46");
  EXPECT_EQ(place(Policy("{ hours: { zone: Nowhere/City, windows: [{ from: "
                         "\"08:00\", to: \"09:00\" }] } }")),
            "t.yaml:3:23");
  EXPECT_EQ(place(Policy("{ allowed_hours: [8], timezone: Nowhere/City }")),
            "t.yaml:3:38");
  EXPECT_EQ(place(Minimal("endpoints: [{ match: x, scopes: [a] }]")),
            "t.yaml:2:22");
}

// What stands in the place of a list of peppers may be one.
TEST(ConfigTest, APepperInTheWrongPlaceIsNotShown) {
  for (const std::string_view peppers : {"s3cret-pepper", "[s3cret-pepper]"}) {
    const std::string error =
        ErrorOf(Minimal(absl::StrCat("api_keys: { peppers: ", peppers, " }")));
    EXPECT_TRUE(absl::StrContains(error, "file: pepper.key")) << error;
    EXPECT_FALSE(absl::StrContains(error, "s3cret")) << error;
  }
}

// A section that is misspelt is why a policy is not there.
TEST(ConfigTest, ASectionThatIsMisspeltIsToldFirst) {
  const std::string error = ErrorOf(Minimal(
      "api_keys: { pepper_file: p, policy: std }\npolices: { std: {} }"));
  EXPECT_TRUE(absl::StrContains(error, "t.yaml:3:1: unknown key `polices`"))
      << error;
}

struct BadConfig {
  std::string text;
  std::string error;  // a part of the message
};

void ExpectErrors(const std::vector<BadConfig>& cases) {
  for (const BadConfig& test : cases) {
    const std::string error = ErrorOf(test.text);
    EXPECT_TRUE(absl::StartsWith(error, "t.yaml:")) << test.text << error;
    EXPECT_TRUE(absl::StrContains(error, test.error))
        << test.text << "\n  " << error << "\n  lacks " << test.error;
    EXPECT_FALSE(absl::StrContains(error, "\n")) << error;
  }
}

TEST(ConfigTest, VersionIsRequiredAndOne) {
  ExpectErrors({
      {"", "t.yaml:1:1: expected a mapping, found nothing"},
      {"store: { sqlite: a }", "missing `version`"},
      {"version: 2", "t.yaml:1:10: this build reads version 1 only"},
      {"version: '1'", "leave the quotes out"},
      {"version: 1.0", "expected a decimal number"},
      {"version: 01", "expected a decimal number"},
      {"version:",
       "expected a decimal number (digits only, no leading zero), "
       "found nothing"},
      {"[version, 1]", "expected a mapping, found a list"},
      {"version", "expected a mapping, found `version`"},
  });
}

TEST(ConfigTest, UnknownKeysGetAHint) {
  ExpectErrors({
      {Minimal("polices: {}"),
       "t.yaml:2:1: unknown key `polices`; did you mean `policies`?"},
      {Minimal("store: { sqlit: a }"), "did you mean `sqlite`?"},
      {Minimal("api_keys: { pepper: x, pepper_file: p }"),
       "unknown key `pepper`; did you mean `peppers`?"},
      {Policy("{ rate_limit: {} }"), "did you mean `rate_limits`?"},
      {Policy("{ ip: { alow: [any] } }"),
       "t.yaml:3:14: unknown key `alow`; did you mean `allow`?"},
      {Minimal("banana: 1"), "unknown key `banana`"},
      {Policy("{ hours: { zones: UTC, windows: [{ from: \"08:00\", to: "
              "\"09:00\" }] } }"),
       "did you mean `zone`?"},
      {Minimal("endpoints: [{ match: /a, scope: [x] }]"),
       "did you mean `scopes`?"},
      {Minimal("admission: { failure: {} }"), "did you mean `failures`?"},
  });
  EXPECT_FALSE(absl::StrContains(ErrorOf(Minimal("banana: 1")), "did you"));
}

TEST(ConfigTest, DuplicateKeysAreErrors) {
  ExpectErrors({
      {"version: 1\nversion: 1\n", "t.yaml:2:1: duplicate key `version`"},
      {Minimal("policies: { a: {}, a: {} }"), "duplicate key `a`"},
      {Policy("{ rate_limits: { per_second: 1, per_second: 100 } }"),
       "duplicate key `per_second`"},
  });
}

TEST(ConfigTest, WrongTypesAreErrors) {
  ExpectErrors({
      {Minimal("store: a.db"), "expected a mapping, found `a.db`"},
      {Minimal("store: { sqlite: 5 }"), "expected a string (in quotes"},
      {Minimal("store: { sqlite: true }"), "found the boolean `true`"},
      {Minimal("store: { sqlite: 010 }"), "found the number `010`"},
      {Minimal("store: { sqlite: }"), "found nothing"},
      {Minimal("store: { sqlite: [a] }"), "expected a string, found a list"},
      {Minimal("store: { sqlite: \"\" }"), "must not be empty"},
      {Minimal("store: { sqlite: \"a\\nb\" }"), "control characters"},
      {Minimal("store: {}"), "missing `sqlite`"},
      {Minimal("store:"), "expected a mapping, found nothing"},
      {Minimal("trusted_proxies: 10.0.0.0/8"),
       "expected a list such as [10.0.0.0/8]"},
      {Minimal("policies: []"), "expected a mapping, found a list"},
      {Policy("[]"), "expected a mapping, found a list"},
      {Policy("{ scopes: tools:read }"), "a list such as [tools:read]"},
      {Policy("{ ip: { allow: any } }"), "a list such as [any]"},
      {Policy("{ scopes: [1] }"), "expected a string"},
      {Minimal("endpoints: {}"), "expected a list, found a mapping"},
  });
}

// `no` is a string in YAML 1.2: it must neither become false nor vanish.
TEST(ConfigTest, WordsThatOldYamlTookForBooleansAreStrings) {
  const auto config = ParseConfig(
      Minimal("policies: { no: { scopes: [yes, on, off] } }"), "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_NE(config->FindPolicy("no"), nullptr);
  EXPECT_EQ(config->FindPolicy("no")->scopes,
            (std::vector<std::string>{"yes", "on", "off"}));
}

TEST(ConfigTest, NumbersAreDecimalOnly) {
  for (const std::string number :
       {"010", "0x10", "0o10", "1_000", "1e3", "5.0", "+5", "-5", "5 ", "\"5\"",
        "five", ".inf", "[5]", "{}", "~", "1,000",
        "99999999999999999999999999"}) {
    const std::string text =
        Policy("\n    rate_limits:\n      per_second: " + number);
    if (number == "5 ") {
      EXPECT_EQ(ErrorOf(text), "OK") << "white space is not part of it";
    } else {
      EXPECT_TRUE(absl::StartsWith(ErrorOf(text), "t.yaml:5:19: "))
          << number << ": " << ErrorOf(text);
    }
  }
}

TEST(ConfigTest, EmptyListsThatRestrictAreErrors) {
  for (const std::string policy :
       {"{ ip: { allow: [] } }", "{ ip: { deny: [] } }",
        "{ endpoints: { allow: [] } }", "{ endpoints: { deny: [] } }",
        "{ hours: { windows: [] } }", "{ allowed_hours: [] }",
        "{ hours: { windows: [{ days: [], from: \"08:00\", to: \"09:00\" }] "
        "} }"}) {
    EXPECT_TRUE(absl::StrContains(ErrorOf(Policy(policy)), "an empty list"))
        << policy << ErrorOf(Policy(policy));
  }
  ExpectErrors({
      {Policy("{ ip: {} }"), "expected `allow` or `deny`"},
      {Policy("{ endpoints: {} }"), "expected `allow` or `deny`"},
      {Policy("{ rate_limits: {} }"), "no limit is given"},
      {Minimal("endpoints: [{ match: /a, scopes: [] }]"), "an empty list"},
      {Minimal("api_keys: { peppers: [] }"), "an empty list"},
  });
}

TEST(ConfigTest, EmptyListsThatOnlyGrantAreFine) {
  for (const std::string text :
       {"trusted_proxies: []", "endpoints: []", "policies: {}",
        "policies: { a: { scopes: [] } }", "policies: { a: {} }"}) {
    EXPECT_EQ(ErrorOf(Minimal(text)), "OK");
  }
}

TEST(ConfigTest, RateLimitsAreBoundedAndNamed) {
  const auto limits = [](const std::string& text) {
    return Policy("{ rate_limits: { " + text + " } }");
  };
  ExpectErrors({
      {limits("per_second: 0"), "0 is out of range (1 to 1000000000000)"},
      {limits("per_second: 1000000000001"), "out of range"},
      {limits("per_second: { limit: 1, burst: 0 }"), "out of range"},
      {limits("per_second: { burst: 5 }"), "missing `limit`"},
      {limits("per_second: { limit: 5, period: 1s }"), "unknown key `period`"},
      {limits("per_second: 1000000000000"),
       "a billion permits a second, or more"},
      {limits("x: { limit: 1, period: 366d, burst: 1000000 }"),
       "more than ten years"},
      {limits("x: { limit: 5 }"), "missing `period`"},
      {limits("x: { period: 5s }"), "missing `limit`"},
      {limits("x: { limit: 5, period: 0s }"), "zero"},
      {limits("x: { limit: 5, period: 367d }"), "more than 366 days"},
      {limits("x: { limit: 5, period: 90 }"), "not a duration"},
      {limits("x: { limit: 5, period: 1.5s }"), "not a duration"},
      {limits("x: { limit: 5, period: -1s }"), "not a duration"},
      {limits("per_mintue: 5"),
       "t.yaml:3:23: `per_mintue` is not a standard limit and needs { limit, "
       "period }; did you mean `per_minute`?"},
      {limits("second: { limit: 5, period: 1s }"),
       "`second` is the name of `per_second`; write that"},
      {limits("\"a b\": { limit: 5, period: 1s }"), "no name for a limit"},
      {limits("\"\": { limit: 5, period: 1s }"), "no name for a limit"},
      {limits("a: {limit: 1, period: 1s}, b: {limit: 1, period: 1s}, c: "
              "{limit: 1, period: 1s}, d: {limit: 1, period: 1s}, e: {limit: "
              "1, period: 1s}, f: {limit: 1, period: 1s}, g: {limit: 1, "
              "period: 1s}, h: {limit: 1, period: 1s}"),
       "more than 7 limits"},
      {Policy("{ rate_limits: [5] }"), "expected a mapping, found a list"},
  });
}

TEST(ConfigTest, HoursAreChecked) {
  const auto window = [](const std::string& text) {
    return Policy("{ hours: { windows: [{ " + text + " }] } }");
  };
  ExpectErrors({
      {window("from: \"8:00\", to: \"18:00\""), "time of day"},
      {window("from: \"08:60\", to: \"18:00\""), "time of day"},
      {window("from: \"08:00\", to: \"24:01\""), "time of day"},
      {window("from: \"08:00\", to: \"25:00\""), "time of day"},
      {window("from: 8, to: \"18:00\""), "expected a string"},
      {window("from: \"24:00\", to: \"08:00\""), "cannot start at 24:00"},
      {window("from: \"08:00\", to: \"08:00\""), "ends when it starts"},
      {window("from: \"08:00\""), "missing `to`"},
      {window("to: \"08:00\""), "missing `from`"},
      {window("days: [Monday], from: \"08:00\", to: \"09:00\""),
       "`Monday` is not a day (mon to sun); did you mean `mon`?"},
      {window("days: [mon, mon], from: \"08:00\", to: \"09:00\""), "twice"},
      {window("days: mon, from: \"08:00\", to: \"09:00\""), "[mon]"},
      {Policy("{ hours: { zone: UTC } }"), "missing `windows`"},
      {Policy("{ allowed_hours: [24] }"), "out of range (0 to 23)"},
      {Policy("{ allowed_hours: [8, 8] }"), "twice"},
      {Policy("{ allowed_hours: [\"8\"] }"), "leave the quotes out"},
      {Policy("{ allowed_hours: 8 }"), "expected a list"},
      {Policy("{ timezone: UTC }"), "goes with `allowed_hours`"},
      {Policy("{ allowed_hours: [8], hours: { windows: [{ from: \"08:00\", "
              "to: \"09:00\" }] } }"),
       "both `hours` and `allowed_hours`"},
  });
}

TEST(ConfigTest, ApiKeysAreChecked) {
  const auto keys = [](const std::string& text) {
    return Minimal("api_keys: { pepper_file: p, " + text + " }");
  };
  ExpectErrors({
      {Minimal("api_keys: {}"), "missing `pepper_file`"},
      {Minimal("api_keys:"), "expected a mapping, found nothing"},
      {keys("prefix: TG"), "lower-case letter"},
      {keys("prefix: 1a"), "lower-case letter"},
      {keys("prefix: a_b"), "lower-case letter"},
      {keys("prefix: \"\""), "lower-case letter"},
      {keys("prefix: abcdefghijklmnopq"), "at most 16"},
      {keys("environment: li-ve"), "lower-case letter"},
      {keys("header: \"X Key\""), "RFC 9110 token"},
      {keys("header: \"X-Key:\""), "RFC 9110 token"},
      {keys("header: \"\""), "RFC 9110 token"},
      {keys("header: authorization"), "`Authorization` has a meaning"},
      {keys("header: dpop"), "`DPoP` has a meaning"},
      {keys("header: client_cert"), "`Client-Cert` has a meaning"},
      {keys("header: x-forwarded-client-cert"), "has a meaning"},
      {keys("header: COOKIE"), "`Cookie` has a meaning"},
      {keys("header: X_API_Key_Secret"), "`X-API-Key-Secret` has a meaning"},
      {keys("header: x-forwarded-for"), "`X-Forwarded-For` has a meaning"},
      {keys("peppers: [{ id: 2, file: q }]"),
       "both `pepper_file` and `peppers`"},
      {Minimal("api_keys: { peppers: [{ id: 0, file: q }] }"), "1 to 255"},
      {Minimal("api_keys: { peppers: [{ id: 256, file: q }] }"), "1 to 255"},
      {Minimal("api_keys: { peppers: [{ id: 3 }] }"), "missing `file`"},
      {Minimal("api_keys: { peppers: [{ id: 3, file: q }, { id: 3, file: r "
               "}] }"),
       "two peppers of one id"},
      {Minimal("api_keys: { peppers: [{id: 1, file: a}, {id: 2, file: a}, "
               "{id: 3, file: a}, {id: 4, file: a}, {id: 5, file: a}] }"),
       "more than 4 peppers"},
  });
}

TEST(ConfigTest, PoliciesThatAreNamedMustExist) {
  ExpectErrors({
      {Minimal("api_keys: { pepper_file: p, policy: standrad }\n"
               "policies: { standard: {} }"),
       "t.yaml:2:37: there is no policy `standrad`; did you mean `standard`?"},
      {Minimal("api_keys: { pepper_file: p, policy: x }"),
       "there is no policy `x`"},
      {Minimal("policies: { \"a b\": {} }"), "no name for a policy"},
      {Minimal("policies: { \"\": {} }"), "no name for a policy"},
      {Minimal("policies: { .hidden: {} }"), "no name for a policy"},
  });
}

TEST(ConfigTest, TrustingEveryProxyIsAnError) {
  ExpectErrors({
      {Minimal("trusted_proxies: [any]"), "t.yaml:2:19: "},
      {Minimal("trusted_proxies: [010.0.0.1]"), "t.yaml:2:19: "},
      {Minimal("trusted_proxies: [0.0.0.0/0]"), "too wide"},
      {Minimal("trusted_proxies: [0.0.0.0/1, 128.0.0.0/1]"), "too wide"},
      {Minimal("trusted_proxies: [10.0.0.0/7]"), "too wide"},
      {Minimal("trusted_proxies: [\"::/0\"]"), "too wide"},
      {Minimal("trusted_proxies: [\"2000::/3\"]"), "too wide"},
      {Minimal("trusted_proxies: [\"::ffff:0:0/96\"]"), "too wide"},
      {Minimal("trusted_proxies: [127.0.0.1/32, 10.0.0.1/8]"), "t.yaml:2:33: "},
  });
}

TEST(ConfigTest, ScopesAreTokensAndDistinct) {
  ExpectErrors({
      {Policy("{ scopes: [\"a b\"] }"), "a scope is 1 to 128"},
      {Policy("{ scopes: [\"\"] }"), "a scope is 1 to 128"},
      {Policy("{ scopes: [a, a] }"), "t.yaml:3:20: this scope is listed twice"},
      {Minimal("endpoints: [{ match: /a, scopes: [\"\\\"\"] }]"),
       "a scope is 1 to 128"},
      {Minimal("endpoints: [{ scopes: [a] }]"), "missing `match`"},
      {Minimal("endpoints: [{ match: /a }]"), "missing `scopes`"},
  });
}

TEST(ConfigTest, AdmissionIsChecked) {
  ExpectErrors({
      {Minimal("admission: {}"), "missing `failures`"},
      {Minimal("admission: { failures: { limit: 20, per: 1m } }"),
       "missing `lockout`"},
      {Minimal("admission: { failures: { limit: 0, per: 1m, lockout: 5m } }"),
       "out of range"},
      {Minimal("admission: { failures: { limit: 1, per: 60, lockout: 5m } }"),
       "not a duration"},
  });
}

TEST(ConfigTest, OfSeveralErrorsTheFirstInTheTextIsTold) {
  const std::string text =
      "policies: { a: { scopes: 5 } }\nversion: 9\nnonsense: 1\n";
  EXPECT_TRUE(absl::StartsWith(ErrorOf(text), "t.yaml:1:26: "))
      << ErrorOf(text);
}

TEST(ConfigTest, LongValuesAreCutInErrors) {
  const std::string long_key(100'000, 'k');
  EXPECT_LT(ErrorOf(Minimal(long_key + ": 1")).size(), 200u);
  EXPECT_LT(ErrorOf(Minimal("store: " + long_key)).size(), 200u);
}

TEST(ConfigTest, PartsParseAlone) {
  const auto policy = ParsePolicy(
      R"({"scopes":["a"],"rate_limits":{"per_day":7},"ip":{"allow":["any"]}})",
      "standard");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->name, "standard");
  EXPECT_EQ(policy->rate_limits,
            (std::vector<LimitSpec>{{"day", 7, 86'400'000'000, 7}}));
  EXPECT_EQ(ParsePolicy("{ipp: {}}", "x").status().message(),
            "policy:1:2: unknown key `ipp`; did you mean `ip`?");

  const auto endpoints =
      ParseEndpoints(R"([{"match":"GET /a","scopes":["b"]}])");
  ASSERT_TRUE(endpoints.ok()) << endpoints.status();
  EXPECT_EQ(endpoints->size(), 1u);
  EXPECT_EQ(ParseEndpoints("5").status().message(),
            "endpoints:1:1: expected a list such as [5], found the number "
            "`5`");

  const auto limits =
      ParseRateLimits(R"({"per_second":{"limit":2,"burst":9}})");
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(*limits, (std::vector<LimitSpec>{{"second", 2, 1'000'000, 9}}));
  EXPECT_FALSE(ParseRateLimits("").ok());
  EXPECT_FALSE(ParseRateLimits("{\"per_second\": 5").ok());
}

TEST(ConfigTest, MissingFileIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(LoadConfig("no/such.yaml").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(LoadConfig("/").status()));
}

}  // namespace
}  // namespace tollgate
