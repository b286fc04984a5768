// tollgate tool, as an operator uses it.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/process.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

constexpr char kTools[] =
    "audit: { file: audit.jsonl }\n"
    "policies: { standard: {} }\n"
    "tools: { publishers: [{ id: acme, jwks_file: acme.json }] }\n";

class ToolTest : public testing::Test {
 protected:
  ToolTest() {
    const Outcome made = RunTollgate(
        {"jwt", "mint", "--new-key", "ES256", "--key", Path("acme.key")});
    EXPECT_EQ(made.status, 0) << made.error;
    site_.WriteFile("acme.json", made.output);
    site_.Configure(kTools);
  }

  std::string Path(const std::string& name) const { return site_.Path(name); }

  // Signs a definition into the file `name`, and returns its path.
  std::string Sign(const std::string& name, const std::string& definition,
                   const Arguments& more = {}) {
    Arguments arguments = {"tool", "sign", "--key", Path("acme.key")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome signed_one = RunTollgate(arguments, definition);
    EXPECT_EQ(signed_one.status, 0) << signed_one.error;
    site_.WriteFile(name, signed_one.output);
    return Path(name);
  }

  Outcome Tool(const std::string& command, const Arguments& more = {}) {
    return site_.Run({"tool", command}, more);
  }

  Site site_;
};

constexpr char kWeather[] =
    R"({"name":"weather","version":"1.0.0","capabilities":["net"]})";
constexpr char kMore[] =
    R"({"name":"weather","version":"1.1.0","capabilities":["net","files"]})";

TEST_F(ToolTest, SignPinVerifyAndUnpin) {
  const std::string document = Sign("w.json", kWeather);
  Outcome outcome = Tool("verify", {"--input", document});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(absl::StartsWith(outcome.output, "refused: not_pinned\n"));
  outcome = Tool("pin", {"--input", document, "--by", "ann", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_EQ(Field(outcome.output, "by"), "ann");
  EXPECT_EQ(Field(outcome.output, "version"), "1.0.0");
  outcome = Tool("verify", {"--input", document, "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_EQ(Field(outcome.output, "reason"), "ok");
  EXPECT_EQ(Field(outcome.output, "publisher"), "acme");
  EXPECT_TRUE(absl::StrContains(Tool("pins").output, "acme/weather"));
  outcome = Tool("unpin", {"acme/weather", "--by", "bob"});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_EQ(Tool("pins").output, "");
  EXPECT_EQ(Tool("pins", {"--history"}).lines().size(), 2u);
  ExpectOneLine(Tool("unpin", {"acme/weather"}), 1, "not approved");
  EXPECT_EQ(Tool("verify", {"--input", document}).status, 1);
  const std::string audit = site_.ReadFile("audit.jsonl");
  for (const std::string_view event :
       {R"("event":"tool_pinned","publisher":"acme","tool":"weather",)"
        R"("version":"1.0.0","by":"ann")",
        R"("event":"tool_unpinned","publisher":"acme","tool":"weather",)"
        R"("version":"1.0.0","by":"bob")"}) {
    EXPECT_TRUE(absl::StrContains(audit, event)) << audit;
  }
}

TEST_F(ToolTest, AChangeIsShownAndNeedsToBeMeant) {
  Tool("pin", {"--input", Sign("w.json", kWeather)});
  const std::string changed = Sign("m.json", kMore);
  Outcome outcome = Tool("pin", {"--input", changed});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(absl::StartsWith(outcome.output, "+ capability files\n"))
      << outcome.output;
  EXPECT_TRUE(absl::StrContains(outcome.error, "capability_added"));
  outcome = Tool("diff", {"acme/weather", changed, "--json"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(absl::StrContains(outcome.output, R"("added":["files"])"));
  EXPECT_EQ(Tool("verify", {"--input", changed}).status, 1);
  EXPECT_EQ(Tool("pin", {"--input", changed, "--replace"}).status, 0);
  EXPECT_EQ(Tool("verify", {"--input", changed}).status, 0);
  EXPECT_EQ(Tool("diff", {"acme/weather", changed}).status, 0);
}

TEST_F(ToolTest, DiffShowsWhatIsHidden) {
  site_.WriteFile("a.json", R"({"name":"a","description":"b","old":1})");
  site_.WriteFile("b.json",
                  R"({"name":"a","description":"b\u200b\u202e","new":[1,2]})");
  const Outcome outcome =
      RunTollgate({"tool", "diff", Path("a.json"), Path("b.json")});
  EXPECT_EQ(outcome.status, 1) << outcome.error;
  EXPECT_EQ(outcome.output,
            "~ /description:\n    \"b\"\n    \"b<U+200B><U+202E>\"\n"
            "+ /new: [1,2]\n- /old: 1\n");
  EXPECT_EQ(
      RunTollgate({"tool", "diff", Path("a.json"), Path("a.json")}).status, 0);
}

TEST_F(ToolTest, EveryFormIsVerified) {
  Tool("pin", {"--input", Sign("w.json", kWeather)});
  EXPECT_EQ(
      Tool("verify", {"--input", Sign("j.txt", kWeather, {"--form", "jws"})})
          .status,
      0);
  const std::string detached = Sign(
      "d.txt", kWeather, {"--form", "detached", "--payload", Path("p.json")});
  EXPECT_EQ(
      Tool("verify", {"--input", detached, "--payload", Path("p.json")}).status,
      0);
  EXPECT_EQ(Tool("verify", {"--input", detached}).status, 1);
}

TEST_F(ToolTest, ARevokedKeyIsNoPublishers) {
  const std::string document = Sign("w.json", kWeather, {"--key-id", "k"});
  const std::string good = Sign("g.json", kWeather);
  Tool("pin", {"--input", good});
  EXPECT_EQ(Tool("verify", {"--input", good}).status, 0);
  Outcome outcome = Tool("verify", {"--input", document});
  EXPECT_TRUE(absl::StrContains(outcome.output, "publisher_unknown"));
  outcome = site_.Run({"tool", "revoke"},
                      {"--publisher", "acme", "--digest",
                       Field(Tool("pins", {"--json"}).output, "digest")});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  outcome = Tool("verify", {"--input", good});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(absl::StrContains(outcome.output, "definition_revoked"));
  // Nor is it approved, again or for the first time.
  outcome = Tool("pin", {"--input", good, "--replace"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(absl::StrContains(outcome.error, "definition_revoked"));
  const std::string audit = site_.ReadFile("audit.jsonl");
  EXPECT_TRUE(
      absl::StrContains(audit, R"("event":"tokens_revoked","kind":"claims")"))
      << audit;
}

TEST_F(ToolTest, CheckDecidesAboutDefinitions) {
  const Outcome document = RunTollgate(
      {"tool", "sign", "--key", Path("acme.key"), "--time", "1000"}, kWeather);
  const auto line = [&](const std::string& headers) {
    return absl::StrCat(
        R"({"id":1,"time":1000,"method":"POST","path":"/x","ip":"192.0.2.1",)"
        R"("headers":{)",
        headers, R"(},"signed_tool":)",
        document.output.substr(0, document.output.size() - 1), "}\n");
  };
  Outcome outcome = site_.Check(line(""));
  EXPECT_EQ(Field(outcome.output, "strategy"), "signed_tool") << outcome.error;
  EXPECT_EQ(Field(outcome.output, "reason"), "not_pinned");
  EXPECT_EQ(Field(outcome.output, "principal"), "acme");
  EXPECT_EQ(Field(outcome.output, "tool"), "weather");
  const std::string two = line(R"("X-API-Key":"tg_live_x")");
  outcome = site_.Check(two);
  EXPECT_EQ(Field(outcome.output, "reason"), "multiple_credentials");
  // The definition is all that was decided about, and each refusal told.
  site_.WriteFile("requests.jsonl", line("") + two);
  outcome = site_.Run({"metrics"}, {"--input", site_.Path("requests.jsonl")});
  EXPECT_TRUE(absl::StrContains(outcome.output, "reason=\"not_pinned\"} 1\n"))
      << outcome.output;
  EXPECT_TRUE(absl::StrContains(outcome.output,
                                "{strategy=\"signed_tool\",decision=\"deny\","
                                "reason=\"multiple_credentials\"} 1\n"))
      << outcome.output;
  EXPECT_TRUE(absl::StrContains(site_.ReadFile("audit.jsonl"),
                                "\"reason\":\"multiple_credentials\""));
  EXPECT_FALSE(absl::StrContains(outcome.output, "no_credential\"} 1"));
  EXPECT_FALSE(absl::StrContains(outcome.output, "malformed_credential\"} 1"));
}

TEST_F(ToolTest, OptionsThatAreWrongByThemselvesAreStatusTwo) {
  const std::vector<Arguments> wrong = {{"--expires", "soon"},
                                        {"--expires", "-1h"},
                                        {"--time", "-1"},
                                        {"--form", "detached"},
                                        {"--payload", Path("p.json")}};
  for (const Arguments& more : wrong) {
    Arguments arguments = {"tool", "sign", "--key", Path("acme.key")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ExpectOneLine(RunTollgate(arguments, kWeather), 2, more.front());
  }
}

TEST_F(ToolTest, ErrorsAreOneLineAndSayWhat) {
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"verify"}, "malformed_credential"},
      {{"pin", "--input", "none.json"}, "none.json: "},
      {{"unpin", "weather"}, "publisher/tool"},
      {{"unpin", "acme/none"}, "acme/none: is not approved"},
      {{"diff", "weather", "x"}, "publisher/tool"},
      {{"diff", "acme/none", "x"}, "acme/none: is not approved"},
      {{"revoke", "--publisher", "acme"}, "--key-id or --digest"},
      {{"revoke", "--publisher", "acme", "--digest", "x"}, "SHA-256 in hex"},
      {{"revoke", "--publisher", "none", "--key-id", "k"}, "no publisher"},
  };
  for (const auto& [arguments, what] : cases) {
    const Outcome outcome =
        Tool(arguments[0], Arguments(arguments.begin() + 1, arguments.end()));
    EXPECT_NE(outcome.status, 0) << what;
    EXPECT_TRUE(absl::StrContains(outcome.output + outcome.error, what))
        << outcome.output << outcome.error;
  }
  ExpectOneLine(RunTollgate({"tool", "sign", "--key", Path("acme.key")}, "[]"),
                1, "must be an object");
  ExpectOneLine(RunTollgate({"tool", "sign", "--key", Path("none")}, kWeather),
                4, "none");
  ExpectOneLine(RunTollgate({"tool", "canonicalize"}, "{\"a\":1,\"a\":2}"), 1,
                "stands twice");
  ExpectOneLine(RunTollgate({"tool", "verify"}), 2, "--config");
}

TEST_F(ToolTest, LinesThatAskWronglyAreAnswered) {
  const std::string jwks = R"("publishers":[{"id":"a","jwks":{"keys":[]}}])";
  for (const std::string& line :
       {std::string("junk"), std::string("{}"), "{" + jwks + "}",
        absl::StrCat(R"({"document":1,)", jwks, "}"),
        absl::StrCat(R"({"document":"x","document_b64":"eA==",)", jwks, "}"),
        absl::StrCat(R"({"document_b64":"x",)", jwks, "}"),
        absl::StrCat(R"({"document":"x","skew":-1,)", jwks, "}"),
        absl::StrCat(R"({"document":"x","max_age":"1h",)", jwks, "}"),
        absl::StrCat(R"({"document":"x","profile":"lax",)", jwks, "}"),
        absl::StrCat(R"({"document":"x","pins":{"w":{}},)", jwks, "}"),
        absl::StrCat(R"({"document":"x","pins":{"a/w":{"version":"1",)"
                     R"("digest":"x"}},)",
                     jwks, "}"),
        std::string(R"({"document":"x","publishers":{}})"),
        std::string(R"({"document":"x","publishers":[{"id":"a"}]})"),
        std::string(R"({"document":"x","publishers":[{"id":"a/b",)"
                    R"("jwks":{"keys":[]}}]})")}) {
    const Outcome outcome =
        RunTollgate({"tool", "verify", "--jsonl"}, line + "\n");
    EXPECT_EQ(outcome.status, 0) << line;
    EXPECT_EQ(Field(outcome.output, "reason"), "malformed_request")
        << line << outcome.output;
    EXPECT_NE(Field(outcome.output, "error"), "") << line;
    for (const char* member : {"publisher", "tool", "version", "digest"}) {
      EXPECT_EQ(Field(outcome.output, member), "null") << line;
    }
  }
  const Outcome outcome =
      RunTollgate({"tool", "verify", "--jsonl"},
                  absl::StrCat(R"({"id":"x","document":"y",)", jwks, "}\n"));
  EXPECT_EQ(outcome.output,
            R"({"id":"x","valid":false,"reason":"malformed_credential",)"
            R"("publisher":null,"tool":null,"version":null,"digest":null})"
            "\n");
}

}  // namespace
}  // namespace tollgate::cli
