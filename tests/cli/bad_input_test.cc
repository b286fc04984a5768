// Any bytes on any line: one answer for each, never a crash, never an allow.

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

using std::string_literals::operator""s;

// Fills everything but `field` in, which is `value`.
std::string RequestWith(std::string_view field, std::string_view value) {
  std::string line = "{\"id\":5";
  const std::pair<std::string_view, std::string_view> members[] = {
      {"method", "\"GET\""},
      {"path", "\"/v1/x\""},
      {"ip", "\"10.0.0.1\""},
      {"headers", "{}"},
      {"time", "1735689600"}};
  for (const auto& [name, usual] : members) {
    const std::string_view written = name == field ? value : usual;
    if (written.empty()) continue;
    absl::StrAppend(&line, ",\"", name, "\":", written);
  }
  return line + "}";
}

TEST(BadInputTest, LinesThatAreNoRequestsAreDenied) {
  const Site site;
  const std::vector<std::string> lines = {
      "",
      " ",
      "garbage",
      "null",
      "[]",
      "{}",
      "\"text\"",
      "{\"id\":1",
      "{\"id\":1}{\"id\":2}",
      "{\"id\":1,\"id\":1}",
      "\xff\xfe",
      "\xef\xbb\xbf{}",
      "{\"id\":\"\xff\"}",
      "\0"s,
      "{\"id\":1,\"method\":\"G\0T\"}"s,
      "{\"id\":\"\\ud800\"}",
      "{\"id\":1e999}",
      std::string(1000, '['),
      RequestWith("method", ""),
      RequestWith("method", "7"),
      RequestWith("path", ""),
      RequestWith("path", "null"),
      RequestWith("ip", ""),
      RequestWith("ip", "\"\""),
      RequestWith("ip", "\"010.0.0.1\""),
      RequestWith("ip", "\"10.0.0.1 \""),
      RequestWith("ip", "\"fe80::1%eth0\""),
      RequestWith("ip", "\"[::1]:80\""),
      RequestWith("ip", "167772161"),
      RequestWith("headers", ""),
      RequestWith("headers", "[]"),
      RequestWith("headers", "{\"A\":1}"),
      RequestWith("headers", "{\"A\":[\"x\",null]}"),
      RequestWith("headers", "{\"A\":\"x\",\"A\":\"y\"}"),
      RequestWith("time", "-1"),
      RequestWith("time", "-0.001"),
      RequestWith("time", "9000000001"),
      RequestWith("time", "1e300"),
      RequestWith("time", "\"1735689600\""),
      RequestWith("time", "null"),
  };
  std::string input;
  for (const std::string& line : lines) absl::StrAppend(&input, line, "\n");
  const Outcome outcome = site.Check(input);
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  const auto answers = outcome.lines();
  ASSERT_EQ(answers.size(), lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string about = lines[i] + "\n" + answers[i];
    EXPECT_EQ(Field(answers[i], "decision"), "deny") << about;
    EXPECT_EQ(Field(answers[i], "status"), "400") << about;
    EXPECT_EQ(Field(answers[i], "reason"), "malformed_request") << about;
    EXPECT_NE(Field(answers[i], "error"), "") << about;
    // The id is told as far as the line could be read at all.
    const bool readable = lines[i].rfind("{\"id\":5", 0) == 0 &&
                          lines[i].find("\"A\":\"y\"") == std::string::npos &&
                          lines[i].find("1e999") == std::string::npos;
    EXPECT_EQ(Field(answers[i], "id") == "5", readable) << about;
  }
}

TEST(BadInputTest, OddBytesInAnyFieldNeverAllow) {
  const Site site;
  const std::string key = site.Issue().key;
  const std::vector<std::string> values = {"",
                                           " ",
                                           key + " x",
                                           key + "\\u0000",
                                           key + "\\n",
                                           "\\u0000" + key,
                                           key.substr(1),
                                           "\\ud83d\\ude00",
                                           key + "\xc3\xa9",
                                           std::string(100'000, 'A')};
  std::string input;
  for (const std::string& value : values)
    absl::StrAppend(&input, Request(value));
  for (const std::string& answer : site.Check(input).lines()) {
    EXPECT_EQ(Field(answer, "decision"), "deny") << answer;
  }
}

TEST(BadInputTest, EveryLineIsAnsweredAndTheLastMayLackItsBreak) {
  const Site site;
  EXPECT_EQ(site.Check("").lines().size(), 0u);
  EXPECT_EQ(site.Check("\n\n{}\n").lines().size(), 3u);
  EXPECT_EQ(site.Check("{}\n{}").lines().size(), 2u);
  EXPECT_EQ(site.Check("{}\r\n{}\r\n").lines().size(), 2u);
}

TEST(BadInputTest, LinesUpToTheBoundAreReadAndLongerOnesSwallowed) {
  const Site site;
  const std::string key = site.Issue().key;
  const auto padded = [&](size_t size) {
    std::string line = Request(key);
    line.pop_back();
    return line + std::string(size - line.size(), ' ') + "\n";
  };
  const Outcome outcome = site.Check(padded(1 << 20) + padded((1 << 20) + 1) +
                                     padded(16 << 20) + Request(key));
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  const auto answers = outcome.lines();
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(Field(answers[0], "decision"), "allow");
  EXPECT_EQ(Field(answers[1], "error"), "line longer than 1048576 bytes");
  EXPECT_EQ(Field(answers[2], "reason"), "malformed_request");
  EXPECT_EQ(Field(answers[2], "id"), "null");
  EXPECT_EQ(Field(answers[3], "decision"), "allow");
}

// known-failures: bombs (huge segments, 500 MB headers).
TEST(BadInputTest, LongLinesTakeBoundedMemory) {
  const Site site;
  const auto peak_bytes = [&](int mebibytes) {
    const std::string part(1 << 20, '"');
    Process check({"check", "--config", site.config()});
    for (int i = 0; i < mebibytes; ++i) check.Write(part);
    const Outcome outcome = check.Wait();
    EXPECT_EQ(outcome.lines().size(), 1u);
    return static_cast<int64_t>(outcome.peak_bytes);
  };
  EXPECT_LT(peak_bytes(64) - peak_bytes(2), 8 << 20);
}

TEST(BadInputTest, ClosedInputIsAnError) {
  const Site site;
  site.Issue();
  const Outcome outcome = site.Run({"check"}, {}, "", {.close_input = true});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.error, "tollgate: standard input: is closed\n");
  EXPECT_EQ(outcome.output, "");
}

TEST(BadInputTest, ClosedOutputIsAnError) {
  const Site site;
  const Outcome outcome = site.Run({"check"}, {}, "{}", {.close_output = true});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.error, "tollgate: standard output: is closed\n");
}

TEST(BadInputTest, AReaderThatLeavesIsAnError) {
  const Site site;
  Process process({"check", "--config", site.config()});
  process.CloseOutput();
  process.Write("{}\n");
  const Outcome outcome = process.Wait();
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.error, "tollgate: standard output: Broken pipe\n");
}

TEST(BadInputTest, AFullDiskUnderTheOutputIsAnError) {
  const Site site;
  site.Issue();
  const ProcessOptions full = {.output_file = "/dev/full"};
  for (const Arguments& words :
       {Arguments{"check"}, Arguments{"keys", "list"},
        Arguments{"config", "show"}, Arguments{"config", "lint"}}) {
    const Outcome outcome = site.Run(words, {}, "{}\n", full);
    EXPECT_EQ(outcome.status, 4) << words.back();
    EXPECT_EQ(outcome.error,
              "tollgate: standard output: No space left on device\n");
  }
  EXPECT_EQ(RunTollgate({"--help"}, "", full).status, 4);
}

TEST(BadInputTest, InputThatCanNotBeReadIsAnError) {
  const Site site;
  for (const std::string& file : {site.Path("none"), site.folder()}) {
    const Outcome outcome = site.Run({"check"}, {"--input", file});
    EXPECT_EQ(outcome.status, 4) << file;
    EXPECT_EQ(outcome.error.rfind("tollgate: " + file, 0), 0u) << outcome.error;
  }
}

TEST(BadInputTest, AFullDiskUnderTheStoreLosesNothing) {
  const Site site;
  const IssuedText key = site.Issue();
  const auto size = std::filesystem::file_size(site.store());
  std::string input;
  for (int i = 0; i < 3000; ++i) {
    absl::StrAppend(&input, "{\"key_id\":\"", 100'000'000'000 + i,
                    "\",\"secret\":\"", std::string(30, 's'),
                    "\",\"principal\":\"p\"}\n");
  }
  const Outcome outcome = site.Run({"keys", "import"}, {}, input,
                                   {.file_bytes_max = size + 100'000});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.error.rfind("tollgate: " + site.store(), 0), 0u)
      << outcome.error;
  size_t imported = 0;
  for (const std::string& line : outcome.lines()) {
    imported += Field(line, "imported") == "true";
  }
  EXPECT_EQ(site.Run({"keys", "list"}, {"--json"}).lines().size(),
            imported + 1);
  EXPECT_EQ(Field(site.Check(Request(key.key)).output, "decision"), "allow");
}

TEST(BadInputTest, AReadOnlyStoreIsAnErrorAndIsStillRead) {
  // Root may write what is read-only, unless programs it starts may not.
  if (geteuid() == 0 && prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) != 0) {
    GTEST_SKIP() << "root may write read-only files";
  }
  const Site site;
  const IssuedText key = site.Issue();
  chmod(site.store().c_str(), 0400);
  const Outcome outcome = site.Run({"keys", "revoke"}, {key.id});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.error.rfind("tollgate: " + site.store(), 0), 0u)
      << outcome.error;
  EXPECT_EQ(
      Field(site.Run({"keys", "show"}, {key.id, "--json"}).output, "state"),
      "active");
}

TEST(BadInputTest, ADamagedStoreIsAnErrorAndIsNotOverwritten) {
  const Site site;
  site.WriteFile("keys.db", "this is no database, and it is not to be lost");
  for (const Arguments& words :
       {Arguments{"keys", "list"}, Arguments{"check"},
        Arguments{"keys", "issue", "--principal", "p"}}) {
    const Outcome outcome = site.Run(words);
    EXPECT_EQ(outcome.status, 4) << words[0];
    EXPECT_EQ(outcome.error.rfind("tollgate: " + site.store(), 0), 0u)
        << outcome.error;
  }
  EXPECT_EQ(std::filesystem::file_size(site.store()), 45u);
}

}  // namespace
}  // namespace tollgate::cli
