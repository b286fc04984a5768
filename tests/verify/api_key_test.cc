#include "engine/verify/api_key.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr UnixSeconds kNow = {1000};
constexpr std::string_view kSecret = "abcdefghijklmnopqrstuvwxyz0123";

Pepper MakePepper(char fill) {
  const std::string bytes(32, fill);
  return *Pepper::Create(
      {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

Peppers MakePeppers(std::vector<std::pair<uint8_t, char>> fills) {
  std::vector<Peppers::Entry> entries;
  for (const auto& [id, fill] : fills) {
    entries.push_back({id, MakePepper(fill)});
  }
  return *Peppers::Create(std::move(entries));
}

class ApiKeyTest : public testing::Test {
 protected:
  ApiKeyTest() {
    record_.digest = peppers_.newest().pepper.Digest(kSecret);
    record_.pepper_id = peppers_.newest().id;
    record_.profile = &profile_;
    record_.status = KeyStatus::kActive;
    record_.expires_at = kNeverExpires;
  }

  Reason Judge(std::string_view secret, UnixSeconds now = kNow) const {
    Peppers::Digests digests;
    peppers_.DigestAll(secret, digests);
    return JudgeApiKey(peppers_, digests, &record_, nullptr, now).reason;
  }

  Peppers peppers_ = MakePeppers({{2, 'n'}, {1, 'o'}});
  KeyProfile profile_;
  KeyRecord record_;
};

TEST_F(ApiKeyTest, ProvesTheRightSecretOnly) {
  EXPECT_EQ(Judge(kSecret), Reason::kOk);
  for (size_t i = 0; i < kSecret.size(); ++i) {
    std::string other(kSecret);
    other[i] ^= 1;
    EXPECT_EQ(Judge(other), Reason::kWrongSecret) << i;
  }
}

// known-failures: empty or NUL secret, trailing space, case, Unicode.
TEST_F(ApiKeyTest, TakesNoSpellingForAnother) {
  const std::string secret(kSecret);
  const std::string kOthers[] = {secret + " ",
                                 secret + std::string(1, '\0'),
                                 " " + secret,
                                 secret.substr(1),
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123",
                                 secret + "\xcc\x81",
                                 std::string(1, '\0')};
  for (const std::string& other : kOthers) {
    EXPECT_EQ(Judge(other), Reason::kWrongSecret);
  }
}

// known-failures: lookup by truncated hash.
TEST_F(ApiKeyTest, ComparesTheWholeDigest) {
  for (size_t i = 0; i < record_.digest.size(); ++i) {
    record_.digest[i] ^= 0x80;
    EXPECT_EQ(Judge(kSecret), Reason::kWrongSecret) << "byte " << i;
    record_.digest[i] ^= 0x80;
  }
}

TEST_F(ApiKeyTest, ChecksTheSecretBeforeTheState) {
  for (const KeyStatus status :
       {KeyStatus::kActive, KeyStatus::kDisabled, KeyStatus::kRevoked}) {
    record_.status = status;
    EXPECT_EQ(Judge("wrong"), Reason::kWrongSecret);
  }
  EXPECT_EQ(Judge(kSecret), Reason::kKeyRevoked);
  record_.status = KeyStatus::kDisabled;
  EXPECT_EQ(Judge(kSecret), Reason::kKeyDisabled);
}

TEST_F(ApiKeyTest, IsExpiredAtTheInstantItself) {
  record_.expires_at = 1001;
  EXPECT_EQ(Judge(kSecret, {1000}), Reason::kOk);
  EXPECT_EQ(Judge(kSecret, {1001}), Reason::kKeyExpired);
  EXPECT_EQ(Judge(kSecret, {int64_t{1} << 40}), Reason::kKeyExpired);
  record_.expires_at = kNeverExpires;
  EXPECT_EQ(Judge(kSecret, {int64_t{1} << 40}), Reason::kOk);
}

TEST_F(ApiKeyTest, AcceptsThePreviousSecretUntilTheOverlapEnds) {
  const PreviousSecret previous = {
      peppers_.newest().pepper.Digest("the-secret-before"), {1060}, 2};
  profile_.previous = &previous;
  record_.rotating = 1;
  EXPECT_EQ(Judge("the-secret-before", {1059}), Reason::kOk);
  EXPECT_EQ(Judge("the-secret-before", {1060}), Reason::kWrongSecret);
  EXPECT_EQ(Judge(kSecret, {1060}), Reason::kOk);
}

TEST_F(ApiKeyTest, ProvesUnderTheOlderPepperWhileItIsConfigured) {
  const Peppers old_only = MakePeppers({{1, 'o'}});
  record_.digest = old_only.newest().pepper.Digest(kSecret);
  record_.pepper_id = 1;
  EXPECT_EQ(Judge(kSecret), Reason::kOk);
  record_.pepper_id = 2;
  EXPECT_EQ(Judge(kSecret), Reason::kWrongSecret);
  record_.pepper_id = 3;
  EXPECT_EQ(Judge(kSecret), Reason::kWrongSecret) << "a pepper that is gone";
}

TEST_F(ApiKeyTest, ANobodyIsNeverProved) {
  Peppers::Digests digests = {};
  EXPECT_EQ(JudgeApiKey(peppers_, digests, nullptr, nullptr, kNow).reason,
            Reason::kUnknownKey);
  peppers_.DigestAll(kSecret, digests);
  const ApiKeyProof proof =
      JudgeApiKey(peppers_, digests, nullptr, nullptr, kNow);
  EXPECT_EQ(proof.reason, Reason::kUnknownKey);
  EXPECT_EQ(proof.record, nullptr);
}

// The secret of the decoy proves nothing: neither the decoy nor the id asked
// for.
TEST_F(ApiKeyTest, ADecoyIsNeverProved) {
  Peppers::Digests digests = {};
  peppers_.DigestAll(kSecret, digests);
  const ApiKeyProof proof =
      JudgeApiKey(peppers_, digests, nullptr, &record_, kNow);
  EXPECT_EQ(proof.reason, Reason::kUnknownKey);
  EXPECT_EQ(proof.record, nullptr);
}

TEST(KeyRecordTest, TheZeroRecordIsRefused) {
  const Peppers peppers = MakePeppers({{1, 'p'}});
  Peppers::Digests digests = {};
  const KeyRecord zero;
  EXPECT_EQ(JudgeApiKey(peppers, digests, &zero, nullptr, kNow).reason,
            Reason::kWrongSecret);
}

TEST(PeppersTest, RefusesNoneTooManyAndTwins) {
  EXPECT_FALSE(Peppers::Create({}).ok());
  std::vector<Peppers::Entry> twins;
  twins.push_back({1, MakePepper('a')});
  twins.push_back({1, MakePepper('b')});
  EXPECT_FALSE(Peppers::Create(std::move(twins)).ok());
  std::vector<Peppers::Entry> many;
  for (uint8_t id = 1; id <= limits::kPeppersMax + 1; ++id) {
    many.push_back({id, MakePepper('a')});
  }
  EXPECT_FALSE(Peppers::Create(std::move(many)).ok());
}

}  // namespace
}  // namespace tollgate
