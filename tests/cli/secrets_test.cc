// No secret is in any output: keys, peppers, HMAC secrets, private keys,
// tokens' signatures and chain keys are looked for in what every command prints
// and in the audit, in plain and in hexadecimal.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

constexpr std::string_view kPepper = "pepper-pepper-pepper-pepper-1234";
constexpr std::string_view kHmac = "shared-secret-of-an-issuer-56789";
constexpr std::string_view kChain = "chain-key-of-the-audit-abcdefghi";

constexpr std::string_view kConfig = R"(
audit: { file: audit.jsonl, chain_key_file: chain.key, sample_allows: 1 }
jwt:
  issuers:
    - issuer: https://idp.example
      audiences: [api]
      algorithms: [HS256]
      secret_file: hmac.key
      kid: k1
)";

class SecretsTest : public testing::Test {
 protected:
  SecretsTest() {
    WriteSecret("pepper.key", kPepper);
    WriteSecret("hmac.key", kHmac);
    WriteSecret("chain.key", kChain);
    site_.Configure(absl::StrCat(kPolicies, kConfig));
    for (const std::string_view secret : {kPepper, kHmac, kChain}) {
      Hide(secret);
    }
  }

  void WriteSecret(std::string_view name, std::string_view text) {
    std::filesystem::remove(site_.Path(name));
    site_.WriteFile(name, text);
    std::filesystem::permissions(site_.Path(name),
                                 std::filesystem::perms::owner_read);
  }

  // From here on `secret` must not be seen.
  void Hide(std::string_view secret) {
    ASSERT_GE(secret.size(), 12u);
    hidden_.emplace_back(secret);
    hidden_.push_back(absl::BytesToHexString(secret));
    hidden_.push_back(absl::Base64Escape(secret).substr(0, 16));
  }

  // The secret part of a key's text.
  void HideKey(const IssuedText& key) {
    Hide(std::string_view(key.key).substr(key.key.size() - 36, 30));
  }

  void Look(std::string_view text, std::string_view where) {
    for (const std::string& secret : hidden_) {
      EXPECT_FALSE(absl::StrContains(text, secret))
          << secret << " is in the output of " << where << ":\n"
          << text;
    }
  }

  Outcome Run(const Arguments& words, const Arguments& more = {},
              std::string_view input = "") {
    return Seen(words, site_.Run(words, more, input));
  }
  // What takes no configuration.
  Outcome RunAlone(const Arguments& words, std::string_view input) {
    return Seen(words, RunTollgate(words, input));
  }

  Outcome Seen(const Arguments& words, Outcome outcome) {
    Look(outcome.output, words.back());
    Look(outcome.error, words.back());
    EXPECT_NE(outcome.status, 2) << words.back() << ": " << outcome.error;
    EXPECT_NE(outcome.status, 3) << words.back() << ": " << outcome.error;
    ++commands_;
    return outcome;
  }

  const Site site_;
  std::vector<std::string> hidden_;
  int commands_ = 0;
};

// What requests may look like that hold a credential, good and bad.
std::string Requests(const std::string& key, const std::string& token) {
  std::string wrong = key;
  wrong[10] = wrong[10] == 'x' ? 'y' : 'x';
  const std::string bearer = absl::StrReplaceAll(
      Request(token), {{"X-API-Key\":\"", "Authorization\":\"Bearer "}});
  return absl::StrCat(
      Request(key), Request(wrong), Request(absl::StrCat(key, " ")),
      Request(absl::StrCat(key, "\\u0000")), bearer,
      absl::StrReplaceAll(bearer, {{token, absl::StrCat(token, "A")}}),
      // The key where a path, a query, an id or nothing belongs.
      absl::StrReplaceAll(Request("x"), {{"/v1/x", absl::StrCat("/v1/", key)}}),
      absl::StrReplaceAll(Request("x"),
                          {{"/v1/x", absl::StrCat("/v1/x?key=", key)}}),
      "{\"headers\":{\"X-API-Key\":\"", key, "\"\n", key, "\n",
      Request(key, absl::StrCat(",\"", key, "\":1")),
      Request(key, absl::StrCat(",\"time\":\"", key, "\"")));
}

TEST_F(SecretsTest, AreInNoOutput) {
  const IssuedText key = site_.Issue({"--scope", "tools:read"});
  HideKey(key);
  const IssuedText other = site_.Issue();
  HideKey(other);
  const Outcome made = RunTollgate(
      {"jwt", "mint", "--new-key", "ES256", "--key", site_.Path("private.jwk")},
      "");
  ASSERT_EQ(made.status, 0) << made.error;
  const std::string jwk = site_.ReadFile("private.jwk");
  const std::string d = Field(jwk, "d");
  ASSERT_FALSE(d.empty()) << jwk;
  Hide(d);
  Look(made.output, "jwt mint --new-key");
  const Outcome minted = RunTollgate(
      {"jwt", "mint", "--key", site_.Path("private.jwk"), "--issuer",
       "https://idp.example", "--audience", "api", "--subject", "ann"},
      "");
  ASSERT_EQ(minted.status, 0) << minted.error;
  std::string token = minted.output;
  while (!token.empty() && token.back() == '\n') token.pop_back();
  Hide(token.substr(token.rfind('.') + 1));

  const std::string requests = Requests(key.key, token);
  Run({"check"}, {}, requests);
  Run({"check"}, {"--explain"}, requests);
  Run({"check"}, {"--shadow", site_.config()}, requests);
  Run({"check"}, {"--metrics", site_.Path("metrics.prom")}, requests);
  Look(site_.ReadFile("metrics.prom"), "check --metrics");
  site_.WriteFile("requests.jsonl", requests);
  EXPECT_EQ(Run({"metrics"}, {"--input", site_.Path("requests.jsonl")}).status,
            0);
  Run({"jwt", "verify"}, {}, token);
  RunAlone({"jwt", "inspect"}, token);
  Run({"jwt", "revoke"}, {"--token"}, token);
  RunAlone({"jws", "verify"}, absl::StrCat("{\"jws\":\"", token, "\"}\n"));
  Run({"keys", "list"});
  Run({"keys", "list"}, {"--json"});
  Run({"keys", "show"}, {key.id});
  Run({"keys", "disable"}, {other.id});
  Run({"keys", "enable"}, {other.id});
  // Who confuses a key with its id is not told what they typed.
  Run({"keys", "import"}, {},
      absl::StrCat("{\"key_id\":\"imported0001\",\"principal\":\"x\","
                   "\"secret\":\"",
                   key.key, "\",\"nonsense\":1}\n"));
  site_.WriteFile("leak.txt", absl::StrCat("key = ", key.key, "\n"));
  Run({"keys", "scan"}, {site_.Path("leak.txt")});
  Run({"keys", "scan"}, {site_.Path("leak.txt"), "--json"});
  Run({"keys", "scan"}, {site_.Path("leak.txt"), "--revoke"});
  Run({"keys", "revoke"}, {other.id});
  RunAlone({"policy", "test"}, requests);
  RunAlone({"limit", "simulate"}, requests);
  Run({"cert", "list"});
  RunAlone({"cert", "verify"}, requests);
  Run({"config", "lint"});
  Run({"config", "show"});
  Run({"audit", "verify"});
  // A rotation shows the new key, and nothing of the old one.
  const Outcome rotated = Run({"keys", "rotate"}, {key.id, "--json"});
  EXPECT_GT(commands_, 24);

  const std::string audit = site_.ReadFile("audit.jsonl");
  EXPECT_TRUE(absl::StrContains(audit, "wrong_secret") ||
              absl::StrContains(audit, "bad_checksum"))
      << audit;
  Look(audit, "the audit");
  Look(site_.ReadFile("keys.db"), "the store");
  Look(site_.ReadFile("keys.db-wal"), "the store's log");
}

}  // namespace
}  // namespace tollgate::cli
