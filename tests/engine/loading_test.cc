// Stores with more keys than are read at once, opened.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/crypto/secret.h"
#include "engine/key_ledger.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"

namespace tollgate {
namespace {

constexpr int kKeys = 10'000;

class LoadingTest : public GateTest {
 protected:
  static std::string IdAt(int i) { return absl::StrFormat("key%09d", i); }
  static std::string SecretAt(int i) {
    return absl::StrFormat("secret%024d", i);
  }

  // Key `i` is of principal `i`, with `scopes` or with its policy's.
  static void Import(Validator& gate, bool scopes) {
    std::vector<ImportedKey> keys(kKeys);
    for (int i = 0; i < kKeys; ++i) {
      keys[i].key_id = IdAt(i);
      keys[i].secret = SecretBytes::CopyOf(SecretAt(i));
      keys[i].grant = {.principal = absl::StrCat("principal ", i),
                       .policy = "free"};
      if (scopes) keys[i].grant.scopes = {absl::StrCat("scope", i % 3)};
    }
    ASSERT_TRUE(gate.keys().Import(keys, UnixSeconds{1000}).ok());
  }

  static Decision Ask(Validator::Worker& worker, int i) {
    TestRequest request;
    request.headers = {{"X-API-Key-Id", IdAt(i)},
                       {"X-API-Key-Secret", SecretAt(i)}};
    return request.Validate(worker, At(1000));
  }
};

TEST_F(LoadingTest, EveryKeyIsWhatItWas) {
  {
    const auto gate = OpenGate();
    Import(*gate, true);
    // What was changed stands behind all that was not.
    for (int i = 0; i < kKeys; i += 700) {
      ASSERT_TRUE(gate->keys().Disable(IdAt(i), UnixSeconds{1000}).ok());
    }
  }
  const auto gate = OpenGate();
  EXPECT_EQ(gate->memory().keys, size_t{kKeys});
  auto worker = gate->RegisterWorker();
  for (int i = 0; i < kKeys; ++i) {
    const Decision decision = Ask(worker, i);
    ASSERT_EQ(decision.reason,
              i % 700 == 0 ? Reason::kKeyDisabled : Reason::kOk)
        << i;
    ASSERT_EQ(decision.principal.text(), absl::StrCat("principal ", i));
    ASSERT_EQ(decision.scopes->display(), absl::StrCat("scope", i % 3));
  }
  EXPECT_EQ(Ask(worker, kKeys).reason, Reason::kUnknownKey);
  // Changes go on behind the last.
  ASSERT_TRUE(gate->keys().Enable(IdAt(0), UnixSeconds{1000}).ok());
  EXPECT_EQ(Ask(worker, 0).reason, Reason::kOk);
}

// An engine knows so many names of scopes; the store takes any.
TEST_F(LoadingTest, AKeyThatCanNotBeLoadedIsAnErrorWhereverItStands) {
  {
    const auto gate = OpenGate();
    absl::Status exhausted;
    for (int i = 0; i < 6; ++i) {
      KeyGrant grant = {.principal = "p"};
      for (int j = 0; j < 100; ++j) {
        grant.scopes.push_back(absl::StrCat(i, ".", j));
      }
      exhausted.Update(gate->keys().Issue(grant, UnixSeconds{1000}).status());
    }
    ASSERT_FALSE(exhausted.ok());
    const auto among_the_last =
        Validator::Open(config_path(), {.housekeeping = false});
    EXPECT_EQ(among_the_last.status(), exhausted);
    Import(*gate, false);
  }
  const auto among_the_first =
      Validator::Open(config_path(), {.housekeeping = false});
  EXPECT_EQ(among_the_first.status().code(),
            absl::StatusCode::kResourceExhausted)
      << among_the_first.status();
}

}  // namespace
}  // namespace tollgate
