#include "engine/config/pepper_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "engine/config/file_bytes.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

class PepperFileTest : public ::testing::Test {
 protected:
  PepperFileTest() {
    const char* base = std::getenv("TEST_TMPDIR");
    folder_ = std::string(base != nullptr ? base : "/tmp") + "/pepper-XXXXXX";
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
    path_ = folder_ + "/pepper.key";
  }
  ~PepperFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& bytes, mode_t mode = 0600) {
    std::filesystem::remove(path_);
    std::ofstream(path_, std::ios::binary) << bytes;
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
  }

  // The code of the error; the message must name the file and show no byte
  // of it.
  absl::StatusCode Refusal() {
    const absl::Status status = LoadPepper(path_).status();
    EXPECT_TRUE(absl::StrContains(status.message(), path_)) << status;
    EXPECT_FALSE(absl::StrContains(status.message(), "SECRET")) << status;
    return status.code();
  }

  std::string folder_;
  std::string path_;
};

TEST_F(PepperFileTest, TakesTheBytesExactlyAsTheyAre) {
  const std::string bytes =
      std::string("\0\xff\n ", 4) + std::string(27, 'x') + "\n";
  Write(bytes);
  const auto pepper = LoadPepper(path_);
  ASSERT_TRUE(pepper.ok()) << pepper.status();
  const auto span = pepper->bytes.span();
  EXPECT_EQ(std::string(span.begin(), span.end()), bytes);
  EXPECT_EQ(pepper->warning, "");
}

TEST_F(PepperFileTest, SizeIsBounded) {
  Write("SECRET" + std::string(25, 'x'));
  EXPECT_EQ(Refusal(), absl::StatusCode::kInvalidArgument);
  Write("");
  EXPECT_EQ(Refusal(), absl::StatusCode::kInvalidArgument);
  Write("SECRET" + std::string(4091, 'x'));
  EXPECT_EQ(Refusal(), absl::StatusCode::kInvalidArgument);
  Write(std::string(32, 'x'));
  EXPECT_TRUE(LoadPepper(path_).ok());
  Write(std::string(4096, 'x'));
  EXPECT_TRUE(LoadPepper(path_).ok());
}

TEST_F(PepperFileTest, OthersMayNotWriteIt) {
  Write("SECRET" + std::string(32, 'x'), 0602);
  EXPECT_EQ(Refusal(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PepperFileTest, WarnsWhenAnyoneMayReadIt) {
  Write("SECRET" + std::string(32, 'x'), 0644);
  const auto pepper = LoadPepper(path_);
  ASSERT_TRUE(pepper.ok()) << pepper.status();
  EXPECT_EQ(pepper->warning, path_ + ": anyone may read it; chmod 600 it");
}

TEST_F(PepperFileTest, MissingFolderAndPipeAreErrors) {
  EXPECT_EQ(Refusal(), absl::StatusCode::kNotFound);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(Refusal(), absl::StatusCode::kInvalidArgument);
  // Nobody writes to it: whoever waited would wait for ever.
  EXPECT_EQ(ReadRegularFile(path_, 100).status().code(),
            absl::StatusCode::kInvalidArgument);
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(Refusal(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tollgate
