// The audit, metrics and last uses, as operators meet them.

#include <signal.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

class AuditedSite {
 public:
  explicit AuditedSite(std::string_view more = "") {
    site.WriteFile("audit.key", std::string(32, 'k'));
    std::filesystem::permissions(site.Path("audit.key"),
                                 std::filesystem::perms::owner_read);
    site.Configure(absl::StrCat(
        kPolicies, "audit: { file: audit.jsonl, chain_key_file: audit.key",
        more, " }\n"));
  }

  std::string Audit() const { return site.ReadFile("audit.jsonl"); }
  Outcome Verify(const Arguments& more = {}) const {
    return site.Run({"audit", "verify"}, more);
  }

  Site site;
};

TEST(AuditTest, TellsEveryRefusalAndEveryChange) {
  const AuditedSite audited;
  const IssuedText key = audited.site.Issue();
  audited.site.Check(absl::StrCat(
      Request(key.key, ""),
      absl::StrReplaceAll(Request("tg_live_nonsense", ""),
                          {{"\"headers\":{",
                            "\"headers\":{\"traceparent\":\"00-0af7651916cd43dd"
                            "8448eb211c80319c-b7ad6b7169203331-01\","}})));
  audited.site.Run({"keys", "revoke"}, {key.id});
  const std::string audit = audited.Audit();
  EXPECT_TRUE(absl::StrContains(
      audit, absl::StrCat("\"event\":\"key_issued\",\"key_id\":\"", key.id,
                          "\",\"principal\":\"tester\"")))
      << audit;
  EXPECT_TRUE(absl::StrContains(audit, "\"event\":\"engine_started\""));
  EXPECT_TRUE(absl::StrContains(
      audit,
      "\"event\":\"decision\",\"decision\":\"deny\",\"reason\":"
      "\"malformed_credential\",\"strategy\":\"api_key\",\"source\":"))
      << audit;
  EXPECT_TRUE(absl::StrContains(
      audit, "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\""))
      << audit;
  EXPECT_TRUE(absl::StrContains(audit, "\"event\":\"key_revoked\""));
  EXPECT_FALSE(absl::StrContains(audit, "\"decision\":\"allow\""));
  // Neither the key nor its secret, nor what was presented in its place.
  EXPECT_FALSE(absl::StrContains(audit, key.key.substr(20)));
  EXPECT_FALSE(absl::StrContains(audit, "nonsense"));
  EXPECT_EQ(audited.Verify().status, 0) << audited.Verify().output;
}

TEST(AuditTest, TellsEveryChangeOfAKey) {
  const AuditedSite audited;
  const Site& site = audited.site;
  const IssuedText key = site.Issue();
  const auto expect = [&](const Outcome& outcome, std::string_view event) {
    EXPECT_EQ(outcome.status, 0) << event << outcome.error;
    EXPECT_TRUE(absl::StrContains(audited.Audit(),
                                  absl::StrCat("\"event\":\"", event, "\"")))
        << event << audited.Audit();
  };
  expect(site.Run({"keys", "rotate"}, {key.id}), "key_rotated");
  expect(site.Run({"keys", "disable"}, {key.id}), "key_disabled");
  expect(site.Run({"keys", "enable"}, {key.id}), "key_enabled");
  expect(site.Run({"keys", "import"}, {},
                  R"({"key_id":"imported0001","principal":"x",)"
                  R"("secret":"0123456789abcdef0123456789abcd"})"
                  "\n"),
         "key_imported");
  expect(site.Run({"keys", "revoke"}, {key.id}), "key_revoked");
  EXPECT_EQ(audited.Verify().status, 0) << audited.Verify().output;
}

TEST(AuditTest, SamplesAllows) {
  const AuditedSite audited(", sample_allows: 2");
  const IssuedText key = audited.site.Issue();
  std::string requests;
  for (int i = 0; i < 10; ++i) requests += Request(key.key, "");
  audited.site.Check(requests);
  const std::string audit = audited.Audit();
  size_t allows = 0;
  for (size_t at = audit.find("\"allow\""); at != std::string::npos;
       at = audit.find("\"allow\"", at + 1)) {
    ++allows;
  }
  EXPECT_EQ(allows, 5u) << audit;
  EXPECT_TRUE(absl::StrContains(
      audit, absl::StrCat("\"principal\":\"tester\",\"key_id\":\"", key.id)));
}

TEST(AuditTest, EveryEditIsFound) {
  const AuditedSite audited;
  const IssuedText key = audited.site.Issue();
  for (const char* change : {"disable", "enable", "disable", "enable"}) {
    audited.site.Run({"keys", change}, {key.id});
  }
  const std::string whole = audited.Audit();
  ASSERT_EQ(audited.Verify().status, 0) << audited.Verify().output;
  const size_t second = whole.find('\n') + 1;
  const size_t third = whole.find('\n', second) + 1;
  const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  const std::string edits[] = {
      absl::StrReplaceAll(whole, {{"key_disabled", "key_enabled"}}),
      whole.substr(0, second) + whole.substr(third),  // one is missing
      whole.substr(second),                           // the first is
      whole.substr(0, last),                          // the last is
      whole + whole.substr(last),                     // one is twice
      whole.substr(0, second) + whole.substr(third, last - third) +
          whole.substr(second, third - second) + whole.substr(last),
      whole.substr(0, whole.size() - 20),
      "",
      absl::StrCat(whole, "{\"event\":\"forged\"}\n"),
  };
  for (const std::string& edit : edits) {
    audited.site.WriteFile("audit.jsonl", edit);
    const Outcome found = audited.Verify();
    EXPECT_EQ(found.status, 1) << edit << found.output << found.error;
    EXPECT_TRUE(absl::StartsWith(found.output, "not intact: ")) << found.output;
  }
  audited.site.WriteFile("audit.jsonl", whole);
  EXPECT_EQ(audited.Verify().status, 0);
  std::filesystem::remove(audited.site.Path("audit.jsonl.head"));
  EXPECT_EQ(audited.Verify().status, 1) << "nobody tells what is missing";
}

TEST(AuditTest, AChainGoesOnOverRotations) {
  const AuditedSite audited;
  const IssuedText key = audited.site.Issue();
  std::filesystem::rename(audited.site.Path("audit.jsonl"),
                          audited.site.Path("audit.jsonl.1"));
  audited.site.Run({"keys", "disable"}, {key.id});
  EXPECT_TRUE(absl::StrContains(audited.Audit(), "\"event\":\"continued\""));
  EXPECT_EQ(audited.Verify().status, 0) << audited.Verify().output;
  EXPECT_EQ(audited
                .Verify({audited.site.Path("audit.jsonl.1"),
                         audited.site.Path("audit.jsonl")})
                .status,
            0);
  // The older one by itself misses what came later.
  EXPECT_EQ(audited.Verify({audited.site.Path("audit.jsonl.1")}).status, 1);
}

TEST(AuditTest, ALineThatACrashLeftIsTakenOffAndTold) {
  const AuditedSite audited;
  const IssuedText key = audited.site.Issue();
  audited.site.WriteFile("audit.jsonl",
                         absl::StrCat(audited.Audit(), "{\"time\":\"20"));
  audited.site.Run({"keys", "disable"}, {key.id});
  EXPECT_TRUE(absl::StrContains(
      audited.Audit(), "\"event\":\"torn_line_dropped\",\"bytes\":\"11\""));
  EXPECT_EQ(audited.Verify().status, 0) << audited.Verify().output;
}

// Who writes next takes off a line without its break, however whole it is: so
// it is not intact either, before nor after.
TEST(AuditTest, ALineWithoutItsBreakIsNotIntact) {
  const AuditedSite audited;
  const IssuedText key = audited.site.Issue();
  audited.site.Run({"keys", "disable"}, {key.id});
  const std::string whole = audited.Audit();
  ASSERT_EQ(audited.Verify().status, 0) << audited.Verify().output;
  audited.site.WriteFile("audit.jsonl", whole.substr(0, whole.size() - 1));
  const Outcome found = audited.Verify();
  EXPECT_EQ(found.status, 1);
  EXPECT_EQ(found.output,
            "not intact: line 2 has no line break: a crash left it so, or its "
            "end was cut off; who writes next takes it off; 1 lines before "
            "that are good\n");
  audited.site.Run({"keys", "enable"}, {key.id});
  EXPECT_TRUE(
      absl::StrContains(audited.Audit(), "\"event\":\"torn_line_dropped\""));
  EXPECT_EQ(audited.Verify().status, 1) << "what was taken off is missed";
}

TEST(AuditTest, AnOlderFileWithoutItsLastBreakIsNotIntact) {
  const AuditedSite audited;
  const IssuedText key = audited.site.Issue();
  const std::string older = audited.Audit();
  audited.site.WriteFile("audit.jsonl.1", older.substr(0, older.size() - 1));
  std::filesystem::remove(audited.site.Path("audit.jsonl"));
  audited.site.Run({"keys", "disable"}, {key.id});
  EXPECT_EQ(audited
                .Verify({audited.site.Path("audit.jsonl.1"),
                         audited.site.Path("audit.jsonl")})
                .status,
            1);
}

TEST(AuditTest, CheckpointsAreSigned) {
  const AuditedSite audited(
      ", signing_key_file: audit.pem, checkpoint_lines: 2");
  ASSERT_EQ(std::system(absl::StrCat("openssl genpkey -algorithm ed25519 -out ",
                                     audited.site.Path("audit.pem"))
                            .c_str()),
            0);
  const IssuedText key = audited.site.Issue();
  audited.site.Run({"keys", "disable"}, {key.id});
  audited.site.Run({"keys", "enable"}, {key.id});
  std::ostringstream jwk;
  // Ids count in each process, so that none has two lines: a check has.
  audited.site.Check(
      absl::StrCat(Request("tg_live_x", ""), Request("tg_live_x", "")));
  EXPECT_TRUE(absl::StrContains(audited.Audit(), "\"event\":\"checkpoint\""))
      << audited.Audit();
  EXPECT_EQ(audited.Verify().status, 0) << audited.Verify().output;
}

TEST(AuditTest, AFullDiskHoldsUpNoDecision) {
  const Site site;
  site.Configure(absl::StrCat(kPolicies, "audit: { file: /dev/full }\n"));
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += Request("tg_live_x", "");
  const Outcome outcome = site.Check(requests);
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_EQ(outcome.lines().size(), 200u);
  const Outcome issued =
      site.Run({"keys", "issue"}, {"--principal", "p", "--json"});
  EXPECT_EQ(issued.status, 0) << "the key is there";
  EXPECT_TRUE(absl::StrContains(issued.error, "not in the audit: /dev/full"));
}

TEST(MetricsTest, CountWhatWasDecided) {
  const Site site;
  const IssuedText key = site.Issue();
  site.WriteFile("requests.jsonl",
                 absl::StrCat(Request(key.key, ""), Request(key.key, ""),
                              Request("tg_live_x", "")));
  const Outcome metrics =
      site.Run({"metrics"}, {"--input", site.Path("requests.jsonl")});
  EXPECT_EQ(metrics.status, 0) << metrics.error;
  for (const char* line : {
           "# TYPE tollgate_validations_total counter",
           "tollgate_validations_total{strategy=\"api_key\","
           "decision=\"allow\",reason=\"ok\"} 2\n",
           "tollgate_validations_total{strategy=\"api_key\","
           "decision=\"deny\",reason=\"malformed_credential\"} 1\n",
           "tollgate_keys 1\n",
           "tollgate_config_last_reload_successful 1\n",
       }) {
    EXPECT_TRUE(absl::StrContains(metrics.output, line)) << metrics.output;
  }
  EXPECT_FALSE(absl::StrContains(metrics.output, key.id)) << "no such label";
  const Outcome written =
      site.Run({"check"}, {"--metrics", site.Path("metrics.prom")},
               Request(key.key, ""));
  EXPECT_EQ(written.status, 0);
  EXPECT_TRUE(std::filesystem::exists(site.Path("metrics.prom")));
}

TEST(LastUseTest, KeysTellWhenTheyWereUsed) {
  const Site site;
  const IssuedText used = site.Issue();
  const IssuedText unused = site.Issue();
  site.Check(Request(used.key, ""));
  const std::string shown =
      site.Run({"keys", "show"}, {used.id, "--json"}).output;
  EXPECT_NE(Field(shown, "last_used_at"), "null") << shown;
  EXPECT_EQ(Field(shown, "age_days"), "0");
  EXPECT_EQ(Field(site.Run({"keys", "show"}, {unused.id, "--json"}).output,
                  "last_used_at"),
            "null");
  EXPECT_EQ(site.Run({"keys", "list"}, {"--unused-for", "1d"}).lines().size(),
            1u);
  EXPECT_TRUE(absl::StrContains(site.Run({"keys", "list"}).output, "never"));
}

}  // namespace
}  // namespace tollgate::cli
