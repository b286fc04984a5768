// `tollgate keys scan` and `tollgate recommend`, as people run them.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

Outcome Scan(const Site& site, const Arguments& more) {
  return site.Run({"keys", "scan"}, more);
}

TEST(ScanTest, FindsAKeyAndNeverShowsIt) {
  const Site site;
  const IssuedText key = site.Issue();
  site.WriteFile("leak.txt", absl::StrCat("first line\n  key=", key.key, "\n"));
  const Outcome found = Scan(site, {site.Path("leak.txt")});
  EXPECT_EQ(found.status, 1);
  EXPECT_EQ(found.output, absl::StrCat(site.Path("leak.txt"), ":2:7: key ",
                                       key.id, ", active\n"));
  EXPECT_FALSE(absl::StrContains(found.output, key.key.substr(20)));
  EXPECT_EQ(found.error, "tollgate: 1 files, 1 keys, 1 of them usable\n");
}

TEST(ScanTest, NothingToFindIsGood) {
  const Site site;
  const IssuedText key = site.Issue();
  std::string misspelt = key.key;
  misspelt.back() = misspelt.back() == 'a' ? 'b' : 'a';
  site.WriteFile("clean.txt", absl::StrCat("tg_live_", " tg_live_short ",
                                           misspelt, " tg_li"));
  const Outcome found = Scan(site, {site.Path("clean.txt")});
  EXPECT_EQ(found.status, 0);
  EXPECT_EQ(found.output, "");
}

TEST(ScanTest, FoldersAreSearchedWhole) {
  const Site site;
  const IssuedText key = site.Issue();
  std::filesystem::create_directories(site.Path("tree/deep/er"));
  site.WriteFile("tree/deep/er/.env", key.key);
  site.WriteFile("tree/other", "nothing");
  std::filesystem::create_directory_symlink(site.Path("tree"),
                                            site.Path("tree/loop"));
  const Outcome found = Scan(site, {site.Path("tree"), "--json"});
  ASSERT_EQ(found.lines().size(), 1u) << found.output << found.error;
  EXPECT_EQ(Field(found.output, "key_id"), key.id);
  EXPECT_EQ(Field(found.output, "line"), "1");
  EXPECT_EQ(Field(found.output, "column"), "1");
  EXPECT_EQ(Field(found.output, "state"), "active");
  EXPECT_EQ(Field(found.output, "principal"), "tester");
}

// A folder whose name has grown too long to be opened, as one that may not be.
TEST(ScanTest, AFolderThatCanNotBeReadHidesNoOther) {
  const Site site;
  const IssuedText key = site.Issue();
  std::filesystem::create_directories(site.Path("tree/z"));
  site.WriteFile("tree/z/.env", key.key);
  const std::string name(250, 'a');
  int folder = open(site.Path("tree").c_str(), O_RDONLY | O_DIRECTORY);
  for (int depth = 0; depth < 20; ++depth) {
    ASSERT_EQ(mkdirat(folder, name.c_str(), 0700), 0);
    const int inner = openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_GE(inner, 0);
    close(folder);
    folder = inner;
  }
  close(folder);
  const Outcome found = Scan(site, {site.Path("tree")});
  EXPECT_EQ(found.status, 4) << found.error;
  EXPECT_EQ(found.lines().size(), 1u) << found.output;
  EXPECT_TRUE(absl::StrContains(found.error, "File name too long"))
      << found.error;
}

// A key may lie over the edge of what is read at once.
TEST(ScanTest, NoEdgeHidesAKey) {
  const Site site;
  const IssuedText key = site.Issue();
  constexpr size_t kChunk = size_t{1} << 20;
  std::string file;
  for (const size_t before :
       {size_t{0}, size_t{1}, size_t{30}, key.key.size(), key.key.size() + 1}) {
    file.assign(kChunk - before, '\n');
    absl::StrAppend(&file, key.key, "\n");
    site.WriteFile("big.log", file);
    const Outcome found = Scan(site, {site.Path("big.log"), "--json"});
    ASSERT_EQ(found.lines().size(), 1u) << before;
    EXPECT_EQ(Field(found.output, "line"), std::to_string(kChunk - before + 1));
    EXPECT_EQ(Field(found.output, "column"), "1") << before;
  }
}

TEST(ScanTest, RevokesWhatIsFound) {
  const Site site;
  const IssuedText leaked = site.Issue();
  const IssuedText other = site.Issue();
  site.WriteFile("leak.txt", leaked.key);
  const Outcome found = Scan(site, {site.Path("leak.txt"), "--revoke"});
  EXPECT_EQ(found.status, 1);
  EXPECT_TRUE(absl::StrContains(found.output, "active, revoked now"));
  EXPECT_EQ(Field(site.Check(Request(leaked.key)).output, "reason"),
            "key_revoked");
  EXPECT_EQ(Field(site.Check(Request(other.key)).output, "reason"), "ok");
  EXPECT_EQ(Scan(site, {site.Path("leak.txt"), "--revoke"}).status, 0);
}

// Nobody can have a key revoked by writing its id down somewhere.
TEST(ScanTest, OnlyWhatOpensSomethingIsRevoked) {
  const Site site;
  const IssuedText key = site.Issue();
  const std::string second =
      Field(site.Run({"keys", "rotate"}, {key.id, "--json"}).output, "key");
  site.WriteFile("old.txt", key.key);
  const Outcome found =
      Scan(site, {site.Path("old.txt"), "--revoke", "--json"});
  EXPECT_EQ(found.status, 0);
  EXPECT_EQ(Field(found.output, "state"), "replaced");
  EXPECT_EQ(Field(site.Check(Request(second)).output, "reason"), "ok");
}

TEST(ScanTest, AFileThatIsNotThereIsSaid) {
  const Site site;
  site.Issue();
  const Outcome missing = Scan(site, {site.Path("nowhere")});
  EXPECT_EQ(missing.status, 4);
  EXPECT_TRUE(absl::StrContains(missing.error, "nowhere: No such file"));
  EXPECT_EQ(RunTollgate({"keys", "scan", "--config", site.config()}).status, 2);
}

TEST(RecommendTest, SaysWhichAndWhy) {
  const Outcome text = RunTollgate({"recommend", "--security-level",
                                    "very_high", "--complexity-tolerance",
                                    "low", "--use-case", "server_to_server"});
  EXPECT_EQ(text.status, 0);
  EXPECT_EQ(text.lines()[0],
            "recommended: mtls, a client certificate, proved in the handshake");
  EXPECT_TRUE(absl::StrContains(text.output,
                                "- security level medium, below very_high"));
  const Outcome json = RunTollgate({"recommend", "--json"});
  EXPECT_EQ(Field(json.output, "recommended"), "api_key");
  EXPECT_EQ(Field(RunTollgate({"recommend", "--json", "--need", "offline",
                               "--need", "fast_revocation"})
                      .output,
                  "recommended"),
            "null");
}

TEST(RecommendTest, ShowsWhatWasMeasured) {
  const Site site;
  site.WriteFile("bench.json",
                 R"({"machine":{"processor":"P"},"strategies":[)"
                 R"({"strategy":"api_key","ns":150.0,"credential_bytes":78.5},)"
                 R"({"strategy":"jwt","ns":280.0}]})");
  const Outcome json = RunTollgate(
      {"recommend", "--json", "--measurements", site.Path("bench.json")});
  EXPECT_TRUE(absl::StrContains(
      json.output, R"("cost":{"ns_per_validation":150.0,)"
                   R"("cores_per_million_per_second":0.15,)"
                   R"("bytes_per_million_credentials":78500000.0})"))
      << json.output;
  EXPECT_TRUE(absl::StrContains(json.output, R"("measured_on":"P")"));
  const Outcome text =
      RunTollgate({"recommend", "--measurements", site.Path("bench.json")});
  EXPECT_TRUE(absl::StrContains(text.output, "0.15 cores for a million"));
}

TEST(RecommendTest, NonsenseIsSaidInALine) {
  const Site site;
  site.WriteFile("bad.json", "{}");
  ExpectOneLine(RunTollgate({"recommend", "--security-level", "x"}), 2,
                "a level that is none");
  ExpectOneLine(RunTollgate({"recommend", "--need", "x"}), 2, "a need");
  ExpectOneLine(
      RunTollgate({"recommend", "--measurements", site.Path("bad.json")}), 4,
      "not measurements");
  EXPECT_TRUE(absl::StrContains(
      RunTollgate({"recommend", "--use-case", "microservice"}).error,
      "did you mean `microservices`?"));
}

}  // namespace
}  // namespace tollgate::cli
