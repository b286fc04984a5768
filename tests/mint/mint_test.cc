// The command, as a person uses it: what it lists and which files it leaves.

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/mint/client_chains.h"

namespace tollgate::mint {
namespace {

struct Outcome {
  int status = -1;
  std::string output;
};

Outcome RunMint(const std::string& arguments) {
  // Where Bazel puts the program, from where it starts tests.
  const std::string line = absl::StrCat("tools/mint/mint ", arguments);
  std::FILE* const pipe = popen(line.c_str(), "r");
  Outcome outcome;
  if (pipe == nullptr) return outcome;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    outcome.output.push_back(static_cast<char>(c));
  }
  outcome.status = WEXITSTATUS(pclose(pipe));
  return outcome;
}

// Returns how many PEM blocks of `label` the file has; -1: there is no file.
int Blocks(const std::string& path, const std::string& label) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return -1;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string begin = absl::StrCat("-----BEGIN ", label, "-----\n");
  int count = 0;
  for (size_t at = text.find(begin); at != std::string::npos;
       at = text.find(begin, at + 1)) {
    ++count;
  }
  return count;
}

std::string Folder() { return testing::TempDir(); }

TEST(MintTest, ListsEveryDefectAndItsReason) {
  const Outcome outcome = RunMint("list");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(absl::StartsWith(outcome.output, "good ok\n"));
  for (const Defect& defect : Defects()) {
    EXPECT_TRUE(absl::StrContains(
        outcome.output,
        absl::StrCat("\n", defect.name, " ", defect.reason, "\n")))
        << defect.name;
  }
}

TEST(MintTest, WritesTheFilesOfAChain) {
  const std::string folder = Folder();
  ASSERT_EQ(RunMint(absl::StrCat("chain leaf_revoked --out ", folder)).status,
            0);
  EXPECT_EQ(Blocks(folder + "/leaf.pem", "CERTIFICATE"), 1);
  EXPECT_EQ(Blocks(folder + "/leaf.key", "PRIVATE KEY"), 1);
  EXPECT_EQ(Blocks(folder + "/chain.pem", "CERTIFICATE"), 2);
  EXPECT_EQ(Blocks(folder + "/anchors.pem", "CERTIFICATE"), 1);
  EXPECT_EQ(Blocks(folder + "/crls.pem", "X509 CRL"), 2);
  ASSERT_EQ(RunMint(absl::StrCat("chain good --out ", folder)).status, 0);
  EXPECT_EQ(Blocks(folder + "/crls.pem", "X509 CRL"), 0);
}

TEST(MintTest, RefusesWhatItCanNotDo) {
  EXPECT_EQ(RunMint("2>/dev/null").status, 2);
  EXPECT_EQ(RunMint("chain good 2>/dev/null").status, 2);
  EXPECT_EQ(
      RunMint(absl::StrCat("chain nonsense --out ", Folder(), " 2>/dev/null"))
          .status,
      1);
  EXPECT_EQ(RunMint("chain good --out /nonexistent 2>/dev/null").status, 4);
}

}  // namespace
}  // namespace tollgate::mint
