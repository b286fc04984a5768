// Exit statuses, help, and `tollgate config`.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

const std::vector<Arguments>& Commands() {
  static const auto& commands =
      *new std::vector<Arguments>{{"check"},
                                  {"keys"},
                                  {"keys", "issue"},
                                  {"keys", "list"},
                                  {"keys", "show"},
                                  {"keys", "rotate"},
                                  {"keys", "disable"},
                                  {"keys", "enable"},
                                  {"keys", "revoke"},
                                  {"keys", "import"},
                                  {"policy"},
                                  {"policy", "test"},
                                  {"limit"},
                                  {"limit", "simulate"},
                                  {"config"},
                                  {"config", "lint"},
                                  {"config", "show"},
                                  {"bench"},
                                  {"keys", "scan"},
                                  {"jwt"},
                                  {"jwt", "mint"},
                                  {"jwt", "verify"},
                                  {"jwt", "inspect"},
                                  {"jwt", "revoke"},
                                  {"jws"},
                                  {"jws", "verify"},
                                  {"cert"},
                                  {"cert", "verify"},
                                  {"cert", "register"},
                                  {"cert", "list"},
                                  {"cert", "unregister"},
                                  {"tool"},
                                  {"tool", "sign"},
                                  {"tool", "verify"},
                                  {"tool", "pin"},
                                  {"tool", "pins"},
                                  {"tool", "unpin"},
                                  {"tool", "diff"},
                                  {"tool", "revoke"},
                                  {"tool", "canonicalize"},
                                  {"metrics"},
                                  {"audit"},
                                  {"audit", "verify"},
                                  {"recommend"}};
  return commands;
}

TEST(UsageTest, EveryCommandHasHelpWithAnExample) {
  for (Arguments words : Commands()) {
    const std::string name = words.back();
    words.push_back("--help");
    const Outcome outcome = RunTollgate(words);
    EXPECT_EQ(outcome.status, 0) << name;
    EXPECT_TRUE(absl::StrContains(outcome.output, "Example:\n")) << name;
    EXPECT_TRUE(absl::StrContains(outcome.output, "tollgate ")) << name;
    EXPECT_EQ(outcome.error, "") << name;
  }
  EXPECT_EQ(RunTollgate({"--help"}).status, 0);
}

TEST(UsageTest, WrongUsageIsOneLineAndStatusTwo) {
  const std::vector<Arguments> wrong = {
      {},
      {"nonsense"},
      {"check"},
      {"check", "--config"},
      {"check", "--config", "x", "--nonsense"},
      {"keys"},
      {"keys", "nonsense"},
      {"keys", "issue", "--config", "x"},
      {"keys", "show", "--config", "x"},
      {"keys", "revoke", "a", "b", "--config", "x"},
      {"policy"},
      {"limit"},
      {"config", "lint"},
      {"config", "lint", "a", "--config", "b"},
  };
  for (const Arguments& words : wrong) {
    const Outcome outcome = RunTollgate(words);
    EXPECT_EQ(outcome.status, 2) << testing::PrintToString(words);
    EXPECT_EQ(outcome.output, "") << testing::PrintToString(words);
    EXPECT_EQ(outcome.error.find('\n'), outcome.error.size() - 1)
        << outcome.error;
  }
  const Site site;
  for (const char* text : {"soon", "-1d", "1", "1.5h", ""}) {
    const Outcome outcome =
        site.Run({"keys", "rotate"}, {"000000000000", "--overlap", text});
    EXPECT_EQ(outcome.status, 2) << text;
    EXPECT_TRUE(absl::StrContains(outcome.error, "--overlap")) << text;
  }
}

// What is empty would read as if it were not given: a key for good, for all
// that its policy grants.
TEST(UsageTest, EmptyValuesAreRefused) {
  const Site site;
  const std::string config = site.config();
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"keys", "issue", "--principal", "p", "--config", config, "--expires"},
       "--expires"},
      {{"keys", "issue", "--principal", "p", "--config", config, "--policy"},
       "--policy"},
      {{"keys", "issue", "--principal", "p", "--config", config, "--scope"},
       "--scope"},
      {{"keys", "list", "--config", config, "--unused-for"}, "--unused-for"},
      {{"keys", "import", "--config", config, "--input"}, "--input"},
      {{"cert", "register", "--principal", "p", "--config", config, "--cert"},
       "--cert"},
      {{"tool", "sign", "--key", config, "--expires"}, "--expires"},
      {{"tool", "sign", "--key", config, "--audience"}, "--audience"},
      // Numbers, of which an empty one would be none, or nought.
      {{"tool", "sign", "--key", config, "--time"}, "--time"},
      {{"jwt", "revoke", "--config", config, "--issued-before"},
       "--issued-before"},
      {{"config", "lint"}, "file"},
      {{"check", "--config"}, "--config"},
  };
  for (auto [words, option] : cases) {
    words.push_back("");
    const Outcome outcome = RunTollgate(words);
    ExpectOneLine(outcome, 2, option);
    EXPECT_EQ(outcome.error, absl::StrCat("tollgate: ", option,
                                          ": must not be empty; see --help\n"));
  }
  EXPECT_FALSE(std::filesystem::exists(site.store()));
}

TEST(UsageTest, AnUnknownCommandIsNamed) {
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"nope"}, "nope: no such command"},
      {{"keys", "nope"}, "nope: no such command"},
      {{"keys", "nope", "--config", "x"}, "nope: no such command"},
      {{"--nope"}, "--nope: no such option"},
      {{"keys", "--nope"}, "--nope: no such option"},
      {{"keys"}, "A subcommand is required"},
      {{""}, "A subcommand is required"},
  };
  for (const auto& [words, error] : cases) {
    const Outcome outcome = RunTollgate(words);
    EXPECT_EQ(outcome.status, 2) << error;
    EXPECT_EQ(outcome.error,
              absl::StrCat("tollgate: ", error, "; see --help\n"));
  }
}

TEST(UsageTest, AWrongConfigurationIsStatusThreeWithItsPlace) {
  const Site site;
  site.WriteFile("tollgate.yaml", "version: 1\nstore: { sqlit: keys.db }\n");
  for (const Arguments& words :
       {Arguments{"check"}, Arguments{"keys", "list"},
        Arguments{"config", "lint"}, Arguments{"config", "show"},
        Arguments{"keys", "import"},
        Arguments{"keys", "issue", "--principal", "p"}}) {
    const Outcome outcome = site.Run(words);
    EXPECT_EQ(outcome.status, 3) << words.back();
    EXPECT_EQ(outcome.output, "") << words.back();
    EXPECT_TRUE(absl::StrContains(outcome.error, "tollgate.yaml:2:10: "))
        << outcome.error;
    EXPECT_TRUE(absl::StrContains(outcome.error, "sqlite")) << outcome.error;
  }
}

TEST(UsageTest, MessagesAreOneLineThatATerminalMayShow) {
  EXPECT_EQ(RunTollgate({"config", "lint", "no\x1b[31m\n.yaml"}).error,
            "tollgate: no\\033[31m\\n.yaml: No such file or directory\n");
  const Site site;
  site.WriteFile("tollgate.yaml", "version: 1\npolicies: \"a b\"\n");
  EXPECT_EQ(site.Run({"config", "lint"}).error,
            absl::StrCat("tollgate: ", site.config(),
                         ":2:11: expected a mapping, found the string "
                         "\"a b\"\n"));
}

TEST(UsageTest, AMissingConfigurationIsStatusThree) {
  const Outcome outcome = RunTollgate({"check", "--config", "/none.yaml"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_TRUE(absl::StrContains(outcome.error, "/none.yaml")) << outcome.error;
}

TEST(ConfigTest, LintSaysOkForAGoodOne) {
  const Site site;
  const Outcome outcome = site.Run({"config", "lint"});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_EQ(outcome.output, "ok\n");
  EXPECT_EQ(RunTollgate({"config", "lint", site.config(), "--json"}).output,
            "{\"valid\":true,\"warnings\":[]}\n");
}

TEST(ConfigTest, LintCompilesEverything) {
  const Site site;
  const std::vector<std::string> wrong = {
      "policies: { standard: { endpoints: { allow: [\"GET v1\"] } } }",
      "policies: { standard: { ip: { allow: [10.0.0.1/8] } } }",
      "policies: { standard: { hours: { zone: Nowhere/City, windows: "
      "[{ from: \"08:00\", to: \"09:00\" }] } } }",
      "policies: { standard: { scopes: [\"a b\"] } }",
      "policies: { other: {} }",
      "policies: { standard: {} }\ntrusted_proxies: [nonsense]",
      "policies: { standard: {} }\nendpoints: [{ match: x, scopes: [a] }]",
  };
  for (const std::string& policies : wrong) {
    site.Configure(policies + "\n");
    const Outcome outcome = site.Run({"config", "lint"});
    EXPECT_EQ(outcome.status, 3) << policies;
    EXPECT_EQ(outcome.output, "") << policies;
    EXPECT_EQ(outcome.error.find('\n'), outcome.error.size() - 1);
    EXPECT_TRUE(absl::StrContains(outcome.error, "tollgate.yaml:"))
        << outcome.error;
  }
}

TEST(ConfigTest, LintTellsWhichKeysAreOfNoUse) {
  const Site site;
  site.WriteFile("tollgate.yaml",
                 "version: 1\n"
                 "jwt:\n"
                 "  issuers:\n"
                 "    - issuer: i\n"
                 "      audiences: [a]\n"
                 "      algorithms: [RS256, PS256, ES256]\n"
                 "      jwks_file: keys.json\n"
                 "tools:\n"
                 "  publishers: [{ id: acme, jwks_file: none.json }]\n"
                 "store: { sqlite: keys.db }\n");
  const Outcome made = RunTollgate(
      {"jwt", "mint", "--new-key", "ES256", "--key", site.Path("private.jwk")});
  ASSERT_EQ(made.status, 0) << made.error;
  const size_t first = made.output.find('[') + 1;
  site.WriteFile("keys.json",
                 absl::StrCat(R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},)"
                              R"({"kty":"EC","crv":"P-256","use":"enc"},)",
                              made.output.substr(first)));
  site.WriteFile("none.json", R"({"keys":[]})");
  const Outcome outcome = site.Run({"config", "lint"});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_EQ(outcome.output, "ok\n");
  EXPECT_EQ(
      absl::StrReplaceAll(outcome.error, {{site.folder() + "/", ""}}),
      "tollgate: warning: tollgate.yaml:7:18: keys.json: keys[0]: has no alg, "
      "and several algorithms fit it; this key is left out\n"
      "tollgate: warning: tollgate.yaml:7:18: keys.json: keys[1].use: is not "
      "\"sig\"; this key is left out\n"
      "tollgate: warning: tollgate.yaml:9:39: none.json: has no key to verify "
      "with: all is refused\n");
}

TEST(ConfigTest, LintTellsThatNothingCanBeApproved) {
  const Site site;
  site.WriteFile("acme.json", RunTollgate({"jwt", "mint", "--new-key", "ES256",
                                           "--key", site.Path("acme.jwk")})
                                  .output);
  const auto warned = [&](std::string_view more) {
    site.WriteFile("tollgate.yaml",
                   absl::StrCat("version: 1\ntools: { publishers: [{ id: acme, "
                                "jwks_file: acme.json }] }\n",
                                more));
    const Outcome outcome = site.Run({"config", "lint"});
    EXPECT_EQ(outcome.status, 0) << outcome.error;
    return absl::StrReplaceAll(outcome.error, {{site.folder() + "/", ""}});
  };
  EXPECT_EQ(warned(""),
            "tollgate: warning: tollgate.yaml:2:8: without a store nothing can "
            "be approved\n");
  EXPECT_EQ(warned("store: { sqlite: keys.db }\n"), "");
}

TEST(ConfigTest, LintNeedsThePepper) {
  const Site site;
  site.WriteFile("tollgate.yaml",
                 "version: 1\napi_keys: { pepper_file: none.key }\n");
  const Outcome outcome = site.Run({"config", "lint"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_TRUE(absl::StrContains(outcome.error, "tollgate.yaml:2:26: "))
      << outcome.error;
  EXPECT_TRUE(absl::StrContains(outcome.error, "none.key")) << outcome.error;
  site.WriteFile("tollgate.yaml",
                 "version: 1\n"
                 "api_keys: { peppers: [{ id: 1, file: none.key }] }\n");
  const Outcome listed = site.Run({"config", "lint"});
  EXPECT_EQ(listed.status, 3);
  EXPECT_TRUE(absl::StrContains(listed.error, "tollgate.yaml:2:22: "))
      << listed.error;
}

TEST(ConfigTest, AnAuditThatCanNotStartIsAnErrorOfTheConfiguration) {
  const Site site;
  site.WriteFile("good.key", std::string(32, 'k'));
  std::filesystem::permissions(site.Path("good.key"),
                               std::filesystem::perms::owner_read);
  site.WriteFile("short.key", "k");
  std::filesystem::create_directory(site.Path("folder"));
  std::filesystem::create_directory(site.Path("b.jsonl.head"));
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"{ file: a.jsonl, chain_key_file: none.key }", ":5:41: "},
      {"{ file: a.jsonl, chain_key_file: short.key }", ":5:41: "},
      {"{ file: a.jsonl, chain_key_file: good.key, signing_key_file: x.pem }",
       ":5:69: "},
      {"{ file: a.jsonl, chain_key_file: good.key, signing_key_file: good.key "
       "}",
       ":5:69: "},
      {"{ file: folder }", ":5:16: "},
      {"{ file: none/a.jsonl }", ":5:16: "},
      {"{ file: good.key/a.jsonl }", ":5:16: "},
      {"{ file: b.jsonl, chain_key_file: good.key }", ":5:16: "},
  };
  for (const auto& [audit, place] : wrong) {
    site.Configure(
        absl::StrCat("policies: { standard: {} }\naudit: ", audit, "\n"));
    for (const Arguments& words :
         {Arguments{"config", "lint"}, Arguments{"check"}, Arguments{"metrics"},
          Arguments{"keys", "import"},
          Arguments{"keys", "issue", "--principal", "p"}}) {
      const Outcome outcome = site.Run(words);
      ExpectOneLine(outcome, 3, audit);
      EXPECT_TRUE(absl::StrContains(outcome.error, "tollgate.yaml" + place))
          << outcome.error;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(site.Path("a.jsonl")));
  EXPECT_FALSE(std::filesystem::exists(site.store()));
}

TEST(ConfigTest, LintMakesNoAudit) {
  const Site site;
  site.WriteFile("good.key", std::string(32, 'k'));
  std::filesystem::permissions(site.Path("good.key"),
                               std::filesystem::perms::owner_read);
  site.Configure(
      "policies: { standard: {} }\n"
      "audit: { file: a.jsonl, chain_key_file: good.key }\n");
  EXPECT_EQ(site.Run({"config", "lint"}).status, 0);
  EXPECT_FALSE(std::filesystem::exists(site.Path("a.jsonl")));
  EXPECT_FALSE(std::filesystem::exists(site.Path("a.jsonl.head")));
}

TEST(ConfigTest, LintWarnsOfWhatIsNotEnforced) {
  const Site site;
  site.WriteFile("a.json", "{\"keys\":[]}");
  site.Configure(
      "policies: { standard: {} }\n"
      "tools: { publishers: [{ id: a, jwks_file: a.json }], pins: off }\n");
  const Outcome outcome = site.Run({"config", "lint"});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_TRUE(absl::StrContains(outcome.error, "warning: ")) << outcome.error;
  EXPECT_TRUE(absl::StrContains(outcome.error, "approved or not"))
      << outcome.error;
}

TEST(ConfigTest, ShowWritesWhatReadsBackTheSame) {
  const Site site;
  const Outcome shown = site.Run({"config", "show"});
  EXPECT_EQ(shown.status, 0) << shown.error;
  EXPECT_FALSE(absl::StrContains(shown.output, std::string(32, 'p')));
  site.WriteFile("tollgate.yaml", shown.output);
  EXPECT_EQ(site.Run({"config", "show"}).output, shown.output);
  const Outcome json = site.Run({"config", "show"}, {"--json"});
  EXPECT_EQ(Field(json.output, "version"), "1") << json.output;
  site.WriteFile("tollgate.yaml", json.output);
  EXPECT_EQ(site.Run({"config", "show"}).output, shown.output);
}

}  // namespace
}  // namespace tollgate::cli
