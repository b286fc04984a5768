#include "engine/observe/audit_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/observe/audit_event.h"
#include "engine/observe/audit_log.h"
#include "engine/observe/audit_verify.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr std::string_view kTime = "1970-01-01T00:16:40Z";

class AuditFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/audit.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    path_ = name + "/audit.jsonl";
  }

  std::unique_ptr<AuditFile> Open(bool chained = true) {
    auto file = AuditFile::Open({.path = path_,
                                 .chain = chained ? chain_ : nullptr,
                                 .signer = signer_,
                                 .checkpoint_lines = 3});
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }
  static std::string ReadFile(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string Read() const { return ReadFile(path_); }

  AuditVerdict Verify(const VerifyingKey* signer = nullptr) const {
    AuditVerifier verifier(chain_.get(), signer);
    std::istringstream lines(Read());
    for (std::string line; std::getline(lines, line);) verifier.Add(line);
    const std::string head = ReadFile(AuditHeadPath(path_));
    return verifier.Finish(head);
  }

  std::string path_;
  const std::vector<uint8_t> key_ = std::vector<uint8_t>(32, 7);
  const std::shared_ptr<const AuditChain> chain_ =
      std::make_shared<const AuditChain>(key_);
  std::shared_ptr<const SigningKey> signer_;
};

TEST_F(AuditFileTest, LinesFollowOnEachOther) {
  auto file = Open();
  ASSERT_TRUE(file->Append({R"({"a":1})", R"({"b":2})"}, kTime).ok());
  ASSERT_TRUE(file->Append({R"({"c":3})"}, kTime).ok());
  const AuditVerdict verdict = Verify();
  EXPECT_TRUE(verdict.intact) << verdict.finding;
  EXPECT_EQ(verdict.lines, 3u);
  EXPECT_EQ(verdict.last.sequence, 3u);
}

TEST_F(AuditFileTest, EveryBitOfALineIsCovered) {
  ASSERT_TRUE(Open()->Append({R"({"a":1})", R"({"b":2})"}, kTime).ok());
  const std::string whole = Read();
  for (size_t i = 0; i + 1 < whole.size(); ++i) {
    std::string edited = whole;
    edited[i] = static_cast<char>(edited[i] ^ 1);
    std::ofstream(path_) << edited;
    EXPECT_FALSE(Verify().intact) << i << ": " << edited;
  }
}

TEST_F(AuditFileTest, AnotherKeyMakesAnotherChain) {
  ASSERT_TRUE(Open()->Append({R"({"a":1})"}, kTime).ok());
  const AuditChain other(std::vector<uint8_t>(32, 8));
  AuditVerifier verifier(&other, nullptr);
  const std::string line = Read();
  EXPECT_FALSE(verifier.Add(line.substr(0, line.size() - 1)));
}

// Several processes may write; each follows on the other.
TEST_F(AuditFileTest, ManyMayWrite) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      auto file = Open();
      for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(
            file->Append({absl::StrCat("{\"t\":", t, ",\"i\":", i, "}")}, kTime)
                .ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const AuditVerdict verdict = Verify();
  EXPECT_TRUE(verdict.intact) << verdict.finding;
  EXPECT_EQ(verdict.lines, 200u);
}

TEST_F(AuditFileTest, CheckpointsAreSignedByTheKeyTheySay) {
  auto key = SigningKey::Generate(Algorithm::kEdDsa);
  auto other = SigningKey::Generate(Algorithm::kEdDsa);
  ASSERT_TRUE(key.ok() && other.ok());
  const auto verifier = key->Verifier();
  const auto wrong = other->Verifier();
  signer_ = std::make_shared<const SigningKey>(*std::move(key));
  auto file = Open();
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
  }
  const AuditVerdict verdict = Verify(&*verifier);
  EXPECT_TRUE(verdict.intact) << verdict.finding;
  EXPECT_EQ(verdict.checkpoints, 2u);
  EXPECT_EQ(verdict.lines, 9u);
  EXPECT_FALSE(Verify(&*wrong).intact);
}

TEST_F(AuditFileTest, LinesKeptElsewhereMustBeThere) {
  auto file = Open();
  ASSERT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
  AuditVerifier verifier(chain_.get(), nullptr);
  verifier.Expect("something else");
  const std::string line = Read();
  EXPECT_TRUE(verifier.Add(line.substr(0, line.size() - 1)));
  EXPECT_FALSE(verifier.Finish(ReadFile(AuditHeadPath(path_))).intact);
}

// What was cut off while the audit is written stays to be seen, whoever writes
// next: who did it before, or somebody new.
TEST_F(AuditFileTest, WritingOnHidesNothingThatWasCutOff) {
  for (const bool anew : {false, true}) {
    auto file = Open();
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
    }
    ASSERT_TRUE(Verify().intact) << Verify().finding;
    const std::string whole = Read();
    size_t third = 0;
    for (int i = 0; i < 3; ++i) third = whole.find('\n', third) + 1;
    ASSERT_EQ(truncate(path_.c_str(), static_cast<off_t>(third)), 0);
    if (anew) file = Open();
    ASSERT_TRUE(file->Append({R"({"b":2})"}, kTime).ok());
    EXPECT_FALSE(Verify().intact) << "anew: " << anew << "\n" << Read();
    unlink(path_.c_str());
    unlink(AuditHeadPath(path_).c_str());
  }
}

// Nor what another process wrote, though the size is the one that is known.
TEST_F(AuditFileTest, WhatOthersWroteIsMissedToo) {
  auto file = Open();
  ASSERT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
  const auto size = static_cast<off_t>(Read().size());
  ASSERT_TRUE(Open()->Append({R"({"event":"key_issued"})"}, kTime).ok());
  ASSERT_EQ(truncate(path_.c_str(), size), 0);
  ASSERT_TRUE(file->Append({R"({"b":2})"}, kTime).ok());
  EXPECT_FALSE(Verify().intact) << Read();
}

TEST_F(AuditFileTest, WithoutItsHeadAFileIsNeverWholeAgain) {
  ASSERT_TRUE(Open()->Append({R"({"a":1})", R"({"b":2})"}, kTime).ok());
  unlink(AuditHeadPath(path_).c_str());
  ASSERT_TRUE(Open()->Append({R"({"c":3})"}, kTime).ok());
  EXPECT_FALSE(Verify().intact);
  EXPECT_TRUE(absl::StrContains(Verify().finding, "head file was missing"));
}

// What others wrote into the old file is followed on in the new one.
TEST_F(AuditFileTest, ARotationFollowsOnWhatOthersWrote) {
  auto file = Open();
  ASSERT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
  ASSERT_TRUE(Open()->Append({R"({"b":2})"}, kTime).ok());
  const std::string old = Read();
  ASSERT_EQ(unlink(path_.c_str()), 0);
  ASSERT_TRUE(file->Reopen().ok());
  ASSERT_TRUE(file->Append({R"({"c":3})"}, kTime).ok());
  AuditVerifier verifier(chain_.get(), nullptr);
  std::istringstream lines(old + Read());
  for (std::string line; std::getline(lines, line);) verifier.Add(line);
  const std::string head = ReadFile(AuditHeadPath(path_));
  const AuditVerdict verdict = verifier.Finish(head);
  EXPECT_TRUE(verdict.intact) << verdict.finding;
  EXPECT_EQ(verdict.lines, 4u);
}

// Who writes without the chain holds the file's lock, and the chain waits.
TEST_F(AuditFileTest, TheFileIsLockedAsWell) {
  auto file = Open();
  ASSERT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
  const std::string before = Read();
  const int other = open(path_.c_str(), O_RDONLY);
  const int head = open(AuditHeadPath(path_).c_str(), O_RDONLY);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    EXPECT_TRUE(file->Append({R"({"b":2})"}, kTime).ok());
    done = true;
  });
  const auto head_is_held = [head] {
    if (flock(head, LOCK_EX | LOCK_NB) != 0) return true;
    flock(head, LOCK_UN);
    return false;
  };
  // The writer takes the head, and can then but wait for the file: far longer
  // than writing takes.
  while (!done && !head_is_held()) continue;
  bool held = true;
  for (int i = 0; i < 20'000; ++i) held &= head_is_held();
  EXPECT_TRUE(held);
  EXPECT_FALSE(done);
  EXPECT_EQ(Read(), before);
  close(other);
  writer.join();
  close(head);
  EXPECT_TRUE(Verify().intact) << Verify().finding;
  EXPECT_EQ(Verify().lines, 2u);
}

// Who still has the old file open does not go on in it: others have written
// into the new one.
TEST_F(AuditFileTest, ARotationThatNobodyToldOfForksNoChain) {
  auto file = Open();
  ASSERT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
  const std::string moved = path_ + ".1";
  ASSERT_EQ(rename(path_.c_str(), moved.c_str()), 0);
  ASSERT_TRUE(Open()->Append({R"({"b":2})"}, kTime).ok());
  ASSERT_TRUE(file->Append({R"({"c":3})"}, kTime).ok());
  AuditVerifier verifier(chain_.get(), nullptr);
  std::istringstream lines(ReadFile(moved) + Read());
  for (std::string line; std::getline(lines, line);) verifier.Add(line);
  const AuditVerdict verdict = verifier.Finish(ReadFile(AuditHeadPath(path_)));
  EXPECT_TRUE(verdict.intact) << verdict.finding;
  EXPECT_EQ(verdict.lines, 4u);
}

// Nor does who still has a head open that was removed: others have made a new
// one. That it was gone is told.
TEST_F(AuditFileTest, ALostHeadForksNoChain) {
  auto file = Open();
  ASSERT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
  unlink(AuditHeadPath(path_).c_str());
  auto other = Open();
  for (AuditFile* one : {file.get(), other.get(), file.get()}) {
    ASSERT_TRUE(one->Append({R"({"b":2})"}, kTime).ok());
  }
  const AuditVerdict verdict = Verify();
  EXPECT_TRUE(absl::StrContains(verdict.finding, "head file was missing"))
      << verdict.finding;
  ChainState state;
  std::istringstream lines(Read());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(chain_->Follow(line, state)) << line;
  }
  EXPECT_EQ(chain_->ReadHead(ReadFile(AuditHeadPath(path_))), state);
}

// An older head of the same chain hides what was cut off after it.
TEST_F(AuditFileTest, AnOlderHeadIsNoHead) {
  auto file = Open();
  ASSERT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
  const std::string older = ReadFile(AuditHeadPath(path_));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(file->Append({R"({"b":2})"}, kTime).ok());
  }
  std::string text = Read();
  text.resize(text.rfind('\n', text.size() - 2) + 1);  // the last is cut off
  std::ofstream(path_) << text;
  std::ofstream(AuditHeadPath(path_)) << older;
  EXPECT_FALSE(Verify().intact);
  EXPECT_TRUE(absl::StrContains(Verify().finding, "no line after 1: "))
      << Verify().finding;
}

// A reader is told a moment between two writes: it waits for whoever writes.
TEST_F(AuditFileTest, AnExtentIsOfOneMoment) {
  auto file = Open();
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 5000; ++i) {
      EXPECT_TRUE(file->Append({R"({"a":1})"}, kTime).ok());
    }
    done = true;
  });
  std::vector<AuditExtent> extents;
  while (!done) {
    const auto extent = ReadAuditExtent(path_);
    ASSERT_TRUE(extent.ok()) << extent.status();
    extents.push_back(*extent);
  }
  writer.join();
  const std::string text = Read();
  for (const AuditExtent& extent : extents) {
    ASSERT_TRUE(extent.head.has_value());
    if (extent.bytes == 0) continue;
    const auto last = AuditChain::StateOf(std::string_view(text).substr(
        text.rfind('\n', extent.bytes - 2) + 1,
        extent.bytes - text.rfind('\n', extent.bytes - 2) - 2));
    ASSERT_EQ(chain_->ReadHead(*extent.head), last);
  }
}

// What a full disk cut off is taken back, counted, and told.
TEST_F(AuditFileTest, AFullDiskLosesWholeLinesAndIsTold) {
  signal(SIGXFSZ, SIG_IGN);
  AuditLog log(Open());
  ASSERT_TRUE(log.Record({.name = "first", .time = {1000}}).ok());
  const size_t size = Read().size();
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = size + 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_TRUE(absl::IsResourceExhausted(
      log.Record({.name = "second", .time = {1001}})));
  EXPECT_EQ(Read().size(), size) << "nothing of it stays";
  EXPECT_FALSE(log.Append({"{}", "{}"}, 5, {1002}).ok());
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_TRUE(log.Record({.name = "third", .time = {1003}}).ok());
  EXPECT_TRUE(absl::StrContains(
      Read(), "\"event\":\"events_lost\",\"count\":\"8\",\"why\":"))
      << Read();
  EXPECT_EQ(log.stats().lost, 8u);
  EXPECT_TRUE(Verify().intact) << Verify().finding;
}

TEST_F(AuditFileTest, WithoutAChainLinesAreAsTheyCome) {
  ASSERT_TRUE(Open(false)->Append({R"({"a":1})"}, kTime).ok());
  EXPECT_EQ(Read(), "{\"a\":1}\n");
}

TEST(TraceIdTest, IsThatOfWellFormedHeadersOnly) {
  constexpr std::string_view kGood =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(TraceIdOf(kGood), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(TraceIdOf(absl::StrCat("cc", kGood.substr(2), "-more")),
            "0af7651916cd43dd8448eb211c80319c");
  for (const std::string& bad : {
           std::string(),
           std::string("00-"),
           absl::StrCat(kGood, "-more"),
           absl::StrCat("ff", kGood.substr(2)),
           std::string(
               "00-00000000000000000000000000000000-b7ad6b7169203331-01"),
           std::string(
               "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"),
           std::string(
               "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"),
           std::string(
               "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
       }) {
    EXPECT_EQ(TraceIdOf(bad), "") << bad;
  }
}

}  // namespace
}  // namespace tollgate
