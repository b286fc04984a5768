// The program in the README is the one that is compiled and run here.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ReadmeTest, ShowsTheProgramThatIsCompiled) {
  const std::string program = Read("tests/readme/embedding.cc");
  EXPECT_NE(Read("README.md").find("```cpp\n" + program + "```\n"),
            std::string::npos);
}

TEST(ReadmeTest, TheProgramIsShort) {
  const std::string program = Read("tests/readme/embedding.cc");
  const std::string body = program.substr(program.find("int main()"));
  EXPECT_LE(std::count(body.begin(), body.end(), '\n'), 15);
}

TEST(ReadmeTest, TheProgramRefusesAKeyThatIsNone) {
  char* const here = realpath("tests/readme/embedding", nullptr);
  ASSERT_NE(here, nullptr);
  std::string folder = testing::TempDir() + "/readme.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/pepper.key") << std::string(32, 'p');
  chmod((folder + "/pepper.key").c_str(), 0600);
  std::ofstream(folder + "/tollgate.yaml")
      << "version: 1\n"
         "api_keys: { pepper_file: pepper.key, policy: all }\n"
         "policies: { all: { ip: { allow: [any] } } }\n";
  const std::string command =
      "cd " + folder + " && " + here + " > out; echo $? >> out";
  ASSERT_EQ(std::system(command.c_str()), 0);
  free(here);
  EXPECT_EQ(Read(folder + "/out"),
            "401\nWWW-Authenticate: Bearer realm=\"tollgate\", "
            "error=\"invalid_token\"\n1\n");
}

}  // namespace
