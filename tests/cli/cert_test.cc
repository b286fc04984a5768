// tollgate cert, and checks of client certificates, as an operator uses them.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/cli/process.h"
#include "tests/cli/site.h"
#include "tools/mint/client_chains.h"

namespace tollgate::cli {
namespace {

constexpr char kMtls[] =
    "audit: { file: audit.jsonl }\n"
    "policies: { standard: { scopes: [tools:read] } }\n"
    "mtls: { trust_anchors: [ca.pem], policy: standard, accept: ACCEPT }\n";

class CertTest : public testing::Test {
 protected:
  CertTest() : files_(Mint(mint::GoodRecipe())) {
    std::string chain;
    for (const std::string& der : files_.chain) chain += mint::Pem(der);
    site_.WriteFile("chain.pem", chain);
    site_.WriteFile("ca.pem", mint::Pem(files_.anchors.front()));
    Accept("registered");
    pem_ = absl::StrReplaceAll(chain, {{"\n", "\\n"}});
  }

  void Accept(const std::string& what) {
    site_.Configure(absl::StrReplaceAll(kMtls, {{"ACCEPT", what}}));
  }

  // What is decided about a request with the chain: decision, reason,
  // principal.
  std::string Check(const std::string& more = "") {
    return site_
        .Check(absl::StrCat(
            R"({"id":1,"method":"GET","path":"/v1/x","ip":"192.0.2.1",)"
            R"("headers":{},"time":)",
            mint::kGoodTime, more, R"(,"client_cert":")", pem_, "\"}\n"))
        .output;
  }

  std::string Path(const std::string& name) const { return site_.Path(name); }

  const mint::ClientChainFiles files_;
  Site site_;
  std::string pem_;
};

TEST_F(CertTest, RegisterListAndUnregister) {
  EXPECT_TRUE(absl::StrContains(Check(), "\"not_registered\""));
  Outcome outcome = site_.Run({"cert", "register", "--cert", Path("chain.pem"),
                               "--principal", "ann", "--scope", "a", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_TRUE(absl::StrContains(outcome.output, R"("state":"active")"));
  EXPECT_TRUE(absl::StrContains(outcome.output, R"("scopes":["a"])"));
  const std::string allowed = Check();
  EXPECT_TRUE(absl::StrContains(allowed, R"("decision":"allow")")) << allowed;
  EXPECT_TRUE(absl::StrContains(allowed, R"("strategy":"mtls")"));
  EXPECT_TRUE(absl::StrContains(allowed, R"("principal":"ann")"));
  EXPECT_TRUE(absl::StrContains(site_.Run({"cert", "list"}).output, "x5t:"));
  EXPECT_FALSE(absl::StrContains(site_.Run({"keys", "list"}).output, "x5t:"));
  outcome = site_.Run({"cert", "unregister", "--cert", Path("chain.pem")});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_TRUE(absl::StrContains(Check(), "\"not_registered\""));
  const std::string audit = site_.ReadFile("audit.jsonl");
  for (const std::string_view event :
       {"certificate_registered", "certificate_unregistered"}) {
    EXPECT_TRUE(absl::StrContains(
        audit, absl::StrCat("\"event\":\"", event, "\",\"key_id\":\"x5t:")))
        << audit;
  }
}

TEST_F(CertTest, ByPublicKeyAndByDigest) {
  EXPECT_EQ(site_
                .Run({"cert", "register", "--cert", Path("chain.pem"), "--by",
                      "spki", "--principal", "bob"})
                .status,
            0);
  EXPECT_TRUE(absl::StrContains(Check(), R"("principal":"bob")"));
  EXPECT_EQ(
      site_
          .Run({"cert", "register", std::string(64, 'a'), "--principal", "eve"})
          .status,
      0);
}

TEST_F(CertTest, AnchoredClientsAreWhoTheirCertificateSays) {
  Accept("anchored");
  EXPECT_TRUE(absl::StrContains(Check(), R"("principal":"urn:client:one")"));
}

TEST_F(CertTest, WhatIsWrongIsSaidInALine) {
  struct Case {
    Arguments arguments;
    int status;
    std::string error;
  };
  const std::vector<Case> kCases = {
      {{"register", "--principal", "x"}, 2, "give either --cert FILE"},
      {{"register", "nonsense", "--principal", "x"}, 2, "a registration is"},
      {{"register", "--cert", "none.pem", "--principal", "x"}, 4, "none.pem: "},
      {{"register", "--cert", site_.folder(), "--principal", "x"},
       4,
       "Is a directory"},
      {{"register", "--cert", site_.config(), "--principal", "x"},
       1,
       "tollgate.yaml: certificate: "},
      {{"register", "--cert", Path("ca.pem"), "--principal", ""},
       2,
       "principal"},
      {{"register", "--cert", Path("ca.pem"), "--principal", "x", "--policy",
        "none"},
       1,
       "policy"},
      {{"register", "--cert", Path("ca.pem"), "--principal", "x", "--expires",
        "106752d"},
       2,
       "--expires"},
      {{"unregister", "--cert", Path("chain.pem")}, 1, "no key"},
      {{"unregister", "--cert", "none.pem"}, 4, "none.pem: "},
      {{"unregister", "x5t:x"}, 2, "a registration is"},
  };
  for (const auto& [arguments, status, error] : kCases) {
    Arguments all = {"cert"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Outcome outcome = site_.Run(all);
    ExpectOneLine(outcome, status, error);
    EXPECT_TRUE(absl::StrContains(outcome.error, error)) << outcome.error;
  }
}

TEST_F(CertTest, AnAnchorThatIsNoneIsAnErrorOfTheConfiguration) {
  site_.WriteFile("ca.pem", "nonsense");
  const Outcome outcome = site_.Run({"config", "lint"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_TRUE(absl::StrContains(outcome.error, "ca.pem")) << outcome.error;
}

TEST_F(CertTest, LintTellsOfChecksThatAreWeakened) {
  site_.WriteFile("tollgate.yaml",
                  "version: 1\n"
                  "mtls:\n"
                  "  trust_anchors: [ca.pem]\n"
                  "  accept: registered\n"
                  "  stale_crls: accept\n"
                  "  extended_key_usage: if_present\n");
  const Outcome outcome = site_.Run({"config", "lint"});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  for (const char* warning :
       {"tollgate.yaml:4:11: without a store nothing can be registered\n",
        "tollgate.yaml:5:15: revocation lists are believed after their end\n",
        "tollgate.yaml:6:23: certificates that say nothing of clients are "
        "accepted\n"}) {
    EXPECT_TRUE(absl::StrContains(outcome.error, warning)) << outcome.error;
  }
}

TEST_F(CertTest, VerifyAnswersEveryLine) {
  const std::string der = absl::StrCat("\"", pem_, "\"");
  const std::vector<std::pair<std::string, std::string>> kCases = {
      {"", "malformed_request"},
      {"{}", "malformed_request"},
      {R"({"chain":[],"anchors":[],"time":"yesterday"})", "malformed_request"},
      {R"({"chain":[],"anchors":[],"purpose":"any "})", "malformed_request"},
      {R"({"chain":["x"],"anchors":[]})", "malformed_credential"},
      {R"({"chain":[],"anchors":[]})", "unknown_anchor"},
      {R"({"chain":["x"],"anchors":["x"]})", "malformed_request"},
      {R"({"chain":[],"anchors":[],"crl":[]})", "malformed_request"},
      {R"({"chain":[],"anchors":[],"Purpose":"any"})", "malformed_request"},
  };
  std::string input;
  for (const auto& [line, reason] : kCases) input += line + "\n";
  const Outcome outcome = RunTollgate({"cert", "verify"}, input);
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  const std::vector<std::string> answers = outcome.lines();
  ASSERT_EQ(answers.size(), kCases.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_TRUE(absl::StrContains(answers[i], R"("valid":false)"));
    EXPECT_TRUE(absl::StrContains(
        answers[i], absl::StrCat("\"reason\":\"", kCases[i].second, "\"")))
        << answers[i];
  }
}

}  // namespace
}  // namespace tollgate::cli
