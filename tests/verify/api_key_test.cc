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

// A secret's tag, where there is one.
class TagOfSecret {
 public:
  TagOfSecret(const Peppers& peppers, std::string_view secret)
      : tagged_(peppers.tagger() != nullptr) {
    if (tagged_) tag_ = peppers.tagger()->Of(secret);
  }
  const SecretTag* get() const { return tagged_ ? &tag_ : nullptr; }

 private:
  const bool tagged_;
  SecretTag tag_;
};

class ApiKeyTest : public testing::Test {
 protected:
  ApiKeyTest() {
    record_.digest = peppers_.newest().pepper.Digest(kSecret);
    record_.pepper_id = peppers_.newest().id;
    record_.profile = &profile_;
    record_.status = KeyStatus::kActive;
    record_.expires_at = kNeverExpires;
  }

  // Judges each secret as one that comes first, then as one that came before.
  Reason Judge(std::string_view secret, UnixSeconds now = kNow) const {
    const Reason first =
        JudgeApiKey(peppers_, secret, nullptr, {&record_}, now).reason;
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(JudgeAgain(peppers_, secret, now), first);
    }
    return first;
  }

  Reason JudgeAgain(const Peppers& peppers, std::string_view secret,
                    UnixSeconds now = kNow) const {
    const TagOfSecret tag(peppers, secret);
    return JudgeApiKey(peppers, secret, tag.get(), {&record_}, now).reason;
  }

  // Begins a new record: the store's never change.
  void Change() { new (&profile_) KeyProfile(); }

  bool Knows(std::string_view secret) const {
    const TagOfSecret tag(peppers_, secret);
    return tag.get() != nullptr && internal::IsKnown(record_, *tag.get());
  }

  Peppers peppers_ = MakePeppers({{2, 'n'}, {1, 'o'}});
  // With room for a previous secret behind it.
  struct {
    KeyProfile profile;
    PreviousSecret previous;
  } block_;
  KeyProfile& profile_ = block_.profile;
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
  block_.previous = {
      peppers_.newest().pepper.Digest("the-secret-before"), {1060}, 2};
  ASSERT_EQ(profile_.previous(), nullptr);
  profile_.rotating = true;
  ASSERT_EQ(profile_.previous(), &block_.previous);
  record_.rotating = 1;
  EXPECT_EQ(Judge("the-secret-before", {1059}), Reason::kOk);
  EXPECT_EQ(Judge("the-secret-before", {1060}), Reason::kWrongSecret);
  EXPECT_FALSE(Knows("the-secret-before")) << "time will end it";
  EXPECT_EQ(Judge(kSecret, {1060}), Reason::kOk);
}

TEST_F(ApiKeyTest, ProvesUnderTheOlderPepperWhileItIsConfigured) {
  const Peppers old_only = MakePeppers({{1, 'o'}});
  record_.digest = old_only.newest().pepper.Digest(kSecret);
  record_.pepper_id = 1;
  EXPECT_EQ(Judge(kSecret), Reason::kOk);
  Change();
  record_.pepper_id = 2;
  EXPECT_EQ(Judge(kSecret), Reason::kWrongSecret);
  Change();
  record_.pepper_id = 3;
  EXPECT_EQ(Judge(kSecret), Reason::kWrongSecret) << "a pepper that is gone";
}

TEST_F(ApiKeyTest, ANobodyIsNeverProved) {
  const ApiKeyProof proof = JudgeApiKey(peppers_, kSecret, nullptr, {}, kNow);
  EXPECT_EQ(proof.reason, Reason::kUnknownKey);
  EXPECT_EQ(proof.record, nullptr);
}

// The secret of the decoy proves nothing: neither the decoy nor the id asked
// for.
TEST_F(ApiKeyTest, ADecoyIsNeverProved) {
  const TagOfSecret tag(peppers_, kSecret);
  for (int i = 0; i < 2; ++i) {
    const ApiKeyProof proof =
        JudgeApiKey(peppers_, kSecret, tag.get(), {nullptr, &record_}, kNow);
    EXPECT_EQ(proof.reason, Reason::kUnknownKey);
    EXPECT_EQ(proof.record, nullptr);
    EXPECT_EQ(Knows(kSecret), i == 1 && tag.get() != nullptr);
    ASSERT_EQ(Judge(kSecret), Reason::kOk) << "now its own id is known";
  }
}

// What follows is about secrets that are known again.
class ProvenKeyTest : public ApiKeyTest {
 protected:
  void SetUp() override {
    if (peppers_.tagger() == nullptr) {
      GTEST_SKIP() << "this processor has no AES instructions";
    }
  }
};

TEST_F(ProvenKeyTest, KnowsWhatItProvedAndNothingElse) {
  EXPECT_EQ(JudgeAgain(peppers_, "wrong"), Reason::kWrongSecret);
  EXPECT_FALSE(Knows("wrong"));
  EXPECT_FALSE(Knows(kSecret));
  EXPECT_EQ(JudgeAgain(peppers_, kSecret), Reason::kOk);
  EXPECT_TRUE(Knows(kSecret));
  for (size_t i = 0; i < kSecret.size(); ++i) {
    std::string other(kSecret);
    other[i] ^= 1;
    EXPECT_FALSE(Knows(other)) << i;
    EXPECT_EQ(JudgeAgain(peppers_, other), Reason::kWrongSecret) << i;
  }
  EXPECT_TRUE(Knows(kSecret)) << "who fails makes nobody forget";
}

// P1: not even where a profile were shared by mistake.
TEST_F(ProvenKeyTest, AProofIsOfOneDigest) {
  ASSERT_EQ(JudgeAgain(peppers_, kSecret), Reason::kOk);
  record_.digest = peppers_.newest().pepper.Digest("the-secret-after");
  EXPECT_FALSE(Knows(kSecret));
  EXPECT_EQ(JudgeAgain(peppers_, kSecret), Reason::kWrongSecret);
}

TEST_F(ProvenKeyTest, TheStateIsLookedAtEachTime) {
  ASSERT_EQ(JudgeAgain(peppers_, kSecret), Reason::kOk);
  record_.expires_at = 1001;
  EXPECT_EQ(JudgeAgain(peppers_, kSecret, {1001}), Reason::kKeyExpired);
  record_.status = KeyStatus::kDisabled;
  EXPECT_EQ(JudgeAgain(peppers_, kSecret), Reason::kKeyDisabled);
  record_.status = KeyStatus::kRevoked;
  EXPECT_EQ(JudgeAgain(peppers_, kSecret), Reason::kKeyRevoked);
}

TEST_F(ProvenKeyTest, APepperThatGoesTakesItsProofsAlong) {
  ASSERT_EQ(JudgeAgain(peppers_, kSecret), Reason::kOk);
  // The digest's pepper is gone, changed, or known by another id.
  EXPECT_EQ(JudgeAgain(MakePeppers({{1, 'o'}}), kSecret), Reason::kWrongSecret);
  EXPECT_EQ(JudgeAgain(MakePeppers({{2, 'x'}, {1, 'o'}}), kSecret),
            Reason::kWrongSecret);
  EXPECT_EQ(JudgeAgain(MakePeppers({{3, 'n'}, {1, 'o'}}), kSecret),
            Reason::kWrongSecret);
  EXPECT_EQ(JudgeAgain(MakePeppers({{2, 'n'}}), kSecret), Reason::kOk)
      << "proved anew";
}

TEST_F(ProvenKeyTest, TheSamePeppersKnowItAgain) {
  ASSERT_EQ(JudgeAgain(peppers_, kSecret), Reason::kOk);
  const Peppers reloaded = MakePeppers({{2, 'n'}, {1, 'o'}});
  EXPECT_TRUE(internal::IsKnown(record_, reloaded.tagger()->Of(kSecret)));
}

TEST_F(ProvenKeyTest, NothingIsRememberedWhenSoConfigured) {
  std::vector<Peppers::Entry> entries;
  entries.push_back({2, MakePepper('n')});
  const Peppers forgetful =
      *Peppers::Create(std::move(entries), Peppers::Remember::kNo);
  EXPECT_EQ(forgetful.tagger(), nullptr);
}

TEST(KeyRecordTest, TheZeroRecordIsRefused) {
  const Peppers peppers = MakePeppers({{1, 'p'}});
  const KeyRecord zero;
  const SecretTag tag;
  EXPECT_EQ(JudgeApiKey(peppers, kSecret, &tag, {&zero}, kNow).reason,
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
