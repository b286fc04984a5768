// Commands as one end of two pipes: answers come when they are due, and what
// happens elsewhere is noticed meanwhile.

#include <poll.h>
#include <signal.h>

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

// Another process's change is seen within a second; a slow machine gets more.
constexpr int kTries = 500;
constexpr int kTryMillis = 20;

std::string ReasonFrom(Process& check, const std::string& key) {
  check.Write(Request(key));
  return Field(check.ReadLine(), "reason");
}

// Asks until the answer is `reason`; returns the last answer.
std::string ReasonInTheEnd(Process& check, const std::string& key,
                           const std::string& reason) {
  std::string last;
  for (int i = 0; i < kTries && last != reason; ++i) {
    if (i > 0) poll(nullptr, 0, kTryMillis);
    last = ReasonFrom(check, key);
  }
  return last;
}

TEST(StreamingTest, AnswersEachLineBeforeTheNextOneComes) {
  const Site site;
  const std::string key = site.Issue().key;
  Process check({"check", "--config", site.config()});
  EXPECT_EQ(ReasonFrom(check, key), "ok");
  EXPECT_EQ(ReasonFrom(check, "x"), "malformed_credential");
  check.Write("{}\n{}\n");
  EXPECT_NE(check.ReadLine(), "");
  EXPECT_NE(check.ReadLine(), "");
  EXPECT_EQ(check.Wait().status, 0);
}

TEST(StreamingTest, CheckSeesWhatOtherProcessesChange) {
  const Site site;
  const IssuedText key = site.Issue();
  Process check({"check", "--config", site.config()});
  EXPECT_EQ(ReasonFrom(check, key.key), "ok");
  const IssuedText late = site.Issue();
  EXPECT_EQ(ReasonInTheEnd(check, late.key, "ok"), "ok");
  ASSERT_EQ(site.Run({"keys", "disable"}, {key.id}).status, 0);
  EXPECT_EQ(ReasonInTheEnd(check, key.key, "key_disabled"), "key_disabled");
  ASSERT_EQ(site.Run({"keys", "revoke"}, {key.id}).status, 0);
  EXPECT_EQ(ReasonInTheEnd(check, key.key, "key_revoked"), "key_revoked");
  EXPECT_EQ(check.Wait().status, 0);
}

TEST(StreamingTest, HangupReloadsBetweenLines) {
  const Site site;
  const std::string key = site.Issue().key;
  Process check({"check", "--config", site.config()});
  EXPECT_EQ(ReasonFrom(check, key), "ok");
  site.Configure("policies: { standard: { ip: { deny: [any] } } }\n");
  EXPECT_EQ(ReasonFrom(check, key), "ok");
  check.Signal(SIGHUP);
  EXPECT_EQ(ReasonInTheEnd(check, key, "ip_not_allowed"), "ip_not_allowed");
  EXPECT_EQ(check.Wait().status, 0);
}

TEST(StreamingTest, ABadReloadIsReportedAndTheOldConfigurationStays) {
  const Site site;
  const std::string key = site.Issue().key;
  Process check({"check", "--config", site.config()});
  EXPECT_EQ(ReasonFrom(check, key), "ok");
  site.Configure("policies: { standard: { nonsense: 1 } }\n");
  check.Signal(SIGHUP);
  EXPECT_EQ(ReasonFrom(check, key), "ok");
  EXPECT_EQ(ReasonFrom(check, key), "ok");
  const Outcome outcome = check.Wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(absl::StrContains(outcome.error, "reload refused"))
      << outcome.error;
  EXPECT_TRUE(absl::StrContains(outcome.error, "nonsense")) << outcome.error;
}

TEST(StreamingTest, SignalsEndItCleanly) {
  const Site site;
  const std::string key = site.Issue().key;
  for (const int number : {SIGINT, SIGTERM}) {
    Process check({"check", "--config", site.config()});
    EXPECT_EQ(ReasonFrom(check, key), "ok");
    check.Signal(number);
    while (!check.ReadLine().empty()) {
    }
    EXPECT_EQ(check.Wait().status, 0);
  }
}

// Requests that a pipe holds, and whose answers it does not.
std::string ManyRequests() {
  std::string lines;
  for (int i = 0; i < 10'000; ++i) lines += "{}\n";
  return lines;
}

void ExpectRunning(Process& check) {
  check.Write("{}\n");
  EXPECT_NE(check.ReadLine(), "");
}

// Input that never pauses: a signal ends it all the same, and is why the rest
// was not read.
TEST(StreamingTest, ASignalInTheMiddleOfInputIsToldAsThat) {
  const Site site;
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += ManyRequests();
  site.WriteFile("many.jsonl", lines);
  Process check(
      {"check", "--config", site.config(), "--input", site.Path("many.jsonl")});
  EXPECT_NE(check.ReadLine(), "");  // then it is held up: nobody reads
  check.Signal(SIGTERM);
  const Outcome outcome = check.Wait();
  EXPECT_EQ(outcome.status, 4);
  EXPECT_TRUE(absl::EndsWith(
      outcome.error, "many.jsonl: a signal ended it before all was read\n"))
      << outcome.error;
  EXPECT_GT(outcome.lines().size(), 1u);
  EXPECT_LT(outcome.lines().size(), 1'000'000u);
  EXPECT_EQ(outcome.output.back(), '\n');
}

// Who reads slowly gets whole answers after the signal too.
TEST(StreamingTest, ASignalWhileTheReaderIsSlowEndsItCleanly) {
  const Site site;
  Process check({"check", "--config", site.config()});
  ExpectRunning(check);
  check.WriteUntilHeldUp(ManyRequests());
  check.Signal(SIGTERM);
  const Outcome outcome = check.Wait();
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_GT(outcome.lines().size(), 1u);
  EXPECT_EQ(outcome.output.back(), '\n');
}

TEST(StreamingTest, ASignalWhileNobodyReadsEndsItAndSaysSo) {
  const Site site;
  Process check({"check", "--config", site.config()});
  ExpectRunning(check);
  check.WriteUntilHeldUp(ManyRequests());
  check.Signal(SIGTERM);
  check.WaitUnread();
  const Outcome outcome = check.Wait();
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.error, "tollgate: standard output: ended while blocked\n");
}

TEST(StreamingTest, ImportAnswersWhenInputPauses) {
  const Site site;
  Process import({"keys", "import", "--config", site.config()});
  import.Write(
      R"({"key_id":"AAAAAAAAAAAA","secret":"0123456789abcdef0123","principal":"p"})"
      "\n");
  EXPECT_EQ(Field(import.ReadLine(), "imported"), "true");
  EXPECT_EQ(site.Run({"keys", "list"}, {"--json"}).lines().size(), 1u);
  EXPECT_EQ(import.Wait().status, 0);
}

}  // namespace
}  // namespace tollgate::cli
