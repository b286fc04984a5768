// Real mutual TLS on the loopback interface, against the system's `openssl
// s_client` and `curl`: good, expired, revoked, unknown and missing
// certificates, and sessions that are resumed after trust has changed.

#include <sys/wait.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/tls_judge.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"
#include "tests/tls/tls_server.h"
#include "tools/mint/certificate_mint.h"
#include "tools/mint/client_chains.h"

namespace tollgate {
namespace {

using mint::ClientChainFiles;
using mint::GoodRecipe;
using mint::kGoodTime;
using mint::Recipe;

constexpr std::string_view kConfig = R"(version: 1
mtls:
  trust_anchors: [ca.pem]
  crls: [ca.crl]
  accept: anchored
)";

// What a command printed, and how it ended.
struct Printed {
  int status = -1;
  std::string text;
};

Printed RunShell(const std::string& command) {
  Printed printed;
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");  // NOLINT
  if (pipe == nullptr) return printed;
  char buffer[4096];
  for (size_t count; (count = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
    printed.text.append(buffer, count);
  }
  const int status = pclose(pipe);
  printed.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return printed;
}

bool IsThere(const std::string& program) {
  return RunShell("command -v " + program).status == 0;
}

class MutualTlsServerTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    Configure(kConfig);
    recipe_.send_crls = true;
    Trust(recipe_);
    gate_ = OpenGate(At(kGoodTime));
    ASSERT_NE(gate_, nullptr);
    auto context = MutualTlsContext::Create(Options());
    ASSERT_TRUE(context.ok()) << context.status();
    context_ = *std::move(context);
    server_ =
        std::make_unique<TlsServer>(gate_.get(), context_.get(), At(kGoodTime));
    WriteClient("good", recipe_);
  }

  void TearDown() override { server_.reset(); }

  MutualTlsContext::Options Options() {
    const ClientChainFiles server = Mint(GoodRecipe());
    MutualTlsContext::Options options;
    for (const std::string& der : server.chain) {
      options.certificate_chain_pem += mint::Pem(der);
    }
    options.private_key_pem = server.leaf_private_pem;
    options.judge = JudgeBy(*gate_);
    options.protocols = {"http/1.1"};
    return options;
  }

  // Makes the authorities and lists of `recipe` those that are trusted.
  void Trust(const Recipe& recipe) {
    const ClientChainFiles files = Mint(recipe);
    std::string crls;
    for (const std::string& der : files.crls) {
      crls += mint::Pem(der, "X509 CRL");
    }
    Write("ca.pem", mint::Pem(files.anchors.front()));
    Write("ca.crl", crls);
  }

  void WriteClient(const std::string& name, const Recipe& recipe) {
    const ClientChainFiles files = Mint(recipe);
    std::string chain;
    for (const std::string& der : files.chain) chain += mint::Pem(der);
    Write(name + ".pem", chain);
    Write(name + ".key", files.leaf_private_pem);
  }

  std::string File(const std::string& name) const {
    return folder_ + "/" + name;
  }

  std::string Port() const { return absl::StrCat(server_->port()); }

  // With the certificate of `name`; without one when it is empty.
  Printed Openssl(const std::string& name, const std::string& more) {
    const std::string certificate =
        name.empty()
            ? ""
            : absl::StrCat(" -cert ", File(name + ".pem"), " -cert_chain ",
                           File(name + ".pem"), " -key ", File(name + ".key"));
    return RunShell(absl::StrCat(
        "printf 'GET / HTTP/1.1\\r\\n\\r\\n' | timeout 60 openssl s_client "
        "-ign_eof -connect 127.0.0.1:",
        Port(), certificate, " ", more));
  }

  Printed Curl(const std::string& name, const std::string& more) {
    const std::string certificate =
        name.empty() ? ""
                     : absl::StrCat(" --cert ", File(name + ".pem"), " --key ",
                                    File(name + ".key"));
    return RunShell(
        absl::StrCat("curl --silent --show-error --insecure "
                     "--max-time 60 https://127.0.0.1:",
                     Port(), "/", certificate, " ", more));
  }

  Recipe recipe_ = GoodRecipe();
  std::unique_ptr<Validator> gate_;
  std::unique_ptr<MutualTlsContext> context_;
  std::unique_ptr<TlsServer> server_;
};

// A client by its program, and the version it speaks.
struct Client {
  std::string name;
  std::string program;
  std::string option;
};

class EachClientTest : public MutualTlsServerTest,
                       public testing::WithParamInterface<Client> {
 protected:
  void SetUp() override {
    if (!IsThere(GetParam().program)) {
      GTEST_SKIP() << "no `" << GetParam().program << "` on this machine";
    }
    MutualTlsServerTest::SetUp();
  }

  Printed Ask(const std::string& name) {
    return GetParam().program == "curl" ? Curl(name, GetParam().option)
                                        : Openssl(name, GetParam().option);
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, EachClientTest,
    testing::Values(Client{"OpensslTls12", "openssl", "-tls1_2"},
                    Client{"OpensslTls13", "openssl", "-tls1_3"},
                    Client{"CurlTls12", "curl", "--tlsv1.2 --tls-max 1.2"},
                    Client{"CurlTls13", "curl", "--tlsv1.3"}),
    [](const auto& test) { return test.param.name; });

TEST_P(EachClientTest, AGoodCertificateIsItsPrincipal) {
  const Printed printed = Ask("good");
  EXPECT_TRUE(absl::StrContains(printed.text, "ok urn:client:one"))
      << printed.text;
}

TEST_P(EachClientTest, OthersAreRefusedInTheHandshake) {
  Recipe expired = recipe_;
  expired.leaf.not_after = kGoodTime - 1;
  WriteClient("expired", expired);
  Recipe revoked = recipe_;
  revoked.leaf.serial = "\x66";
  WriteClient("revoked", revoked);
  recipe_.intermediate_crl.revoked = {{"\x66", {}}};
  Trust(recipe_);
  ASSERT_TRUE(gate_->Refresh().ok());
  WriteClient("unknown", GoodRecipe());
  for (const char* name : {"expired", "revoked", "unknown", ""}) {
    const Printed printed = Ask(name);
    EXPECT_NE(printed.status, 0) << name << printed.text;
    EXPECT_FALSE(absl::StrContains(printed.text, "HTTP/1.1")) << printed.text;
    EXPECT_FALSE(absl::StrContains(printed.text, "urn:client:one"))
        << printed.text;
  }
  EXPECT_TRUE(absl::StrContains(Ask("good").text, "ok urn:client:one"));
}

class ResumptionTest : public MutualTlsServerTest,
                       public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    if (!IsThere("openssl")) GTEST_SKIP() << "no `openssl` on this machine";
    MutualTlsServerTest::SetUp();
  }

  Printed Begin() {
    return Openssl("good",
                   absl::StrCat(GetParam(), " -sess_out ", File("session")));
  }
  Printed Resume() {
    return Openssl("good",
                   absl::StrCat(GetParam(), " -sess_in ", File("session")));
  }
};

INSTANTIATE_TEST_SUITE_P(All, ResumptionTest,
                         testing::Values("-tls1_2", "-tls1_3"),
                         [](const auto& test) {
                           return absl::StrReplaceAll(test.param, {{"-", "_"}});
                         });

TEST_P(ResumptionTest, ASessionIsResumed) {
  EXPECT_TRUE(absl::StrContains(Begin().text, "ok urn:client:one"));
  EXPECT_TRUE(absl::StrContains(Resume().text, "ok urn:client:one"));
  EXPECT_EQ(server_->resumed(), 1);
}

// CVE-2025-23419, CVE-2025-68121.
TEST_P(ResumptionTest, ARevokedClientIsNotLetBackIn) {
  EXPECT_TRUE(absl::StrContains(Begin().text, "ok urn:client:one"));
  recipe_.intermediate_crl.revoked = {{recipe_.leaf.serial, {}}};
  Trust(recipe_);
  ASSERT_TRUE(gate_->Refresh().ok());
  const Printed printed = Resume();
  EXPECT_FALSE(absl::StrContains(printed.text, "HTTP/1.1")) << printed.text;
  EXPECT_EQ(server_->resumed(), 0);
}

TEST_P(ResumptionTest, NorIsTheClientOfAnAuthorityThatIsGone) {
  EXPECT_TRUE(absl::StrContains(Begin().text, "ok urn:client:one"));
  Recipe others = GoodRecipe();
  others.send_crls = true;
  Trust(others);
  ASSERT_TRUE(gate_->Refresh().ok());
  const Printed printed = Resume();
  EXPECT_FALSE(absl::StrContains(printed.text, "HTTP/1.1")) << printed.text;
  EXPECT_EQ(server_->resumed(), 0);
}

// A session gives no early data, which could be replayed.
TEST_P(ResumptionTest, NothingIsTakenBeforeTheHandshake) {
  EXPECT_TRUE(absl::StrContains(Begin().text, "ok urn:client:one"));
  Write("early", "GET / HTTP/1.1\r\n\r\n");
  const Printed printed =
      Openssl("good", absl::StrCat(GetParam(), " -sess_in ", File("session"),
                                   " -early_data ", File("early")));
  EXPECT_TRUE(absl::StrContains(printed.text, "ok urn:client:one"));
  EXPECT_EQ(server_->resumed(), 1);
  EXPECT_FALSE(absl::StrContains(printed.text, "Early data was accepted"));
  EXPECT_FALSE(absl::StrContains(printed.text, "Early data was rejected"));
}

class OpensslTest : public MutualTlsServerTest {
 protected:
  void SetUp() override {
    if (!IsThere("openssl")) GTEST_SKIP() << "no `openssl` on this machine";
    MutualTlsServerTest::SetUp();
  }

  static void ExpectAlert(const Printed& printed, int alert) {
    EXPECT_TRUE(absl::StrContains(printed.text,
                                  absl::StrCat("SSL alert number ", alert)))
        << alert << printed.text;
    EXPECT_FALSE(absl::StrContains(printed.text, "HTTP/1.1")) << printed.text;
  }
};

TEST_F(OpensslTest, IsToldWhyACertificateIsRefused) {
  Recipe expired = recipe_;
  expired.leaf.not_after = kGoodTime - 1;
  WriteClient("expired", expired);
  Recipe revoked = recipe_;
  revoked.leaf.serial = "\x66";
  WriteClient("revoked", revoked);
  recipe_.intermediate_crl.revoked = {{"\x66", {}}};
  Trust(recipe_);
  ASSERT_TRUE(gate_->Refresh().ok());
  Recipe unknown = GoodRecipe();
  unknown.root.subject = unknown.root.issuer = mint::Name("other");
  unknown.intermediate.issuer = unknown.root.subject;
  WriteClient("unknown", unknown);
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    ExpectAlert(Openssl("revoked", version), 44);
    ExpectAlert(Openssl("expired", version), 45);
    ExpectAlert(Openssl("unknown", version), 48);
  }
  ExpectAlert(Openssl("", "-tls1_2"), 40);   // handshake_failure
  ExpectAlert(Openssl("", "-tls1_3"), 116);  // certificate_required
}

TEST_F(OpensslTest, IsRefusedOldVersionsAndSuites) {
  ExpectAlert(Openssl("good", "-tls1_1 -cipher DEFAULT:@SECLEVEL=0"), 70);
  for (const char* suite :
       {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384",
        "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"}) {
    ExpectAlert(Openssl("good", absl::StrCat("-tls1_2 -cipher ", suite,
                                             ":@SECLEVEL=0")),
                40);
  }
}

TEST_F(OpensslTest, MayNotNegotiateAnew) {
  // `R` asks for it; the input stays open, so that only the server can end.
  ExpectAlert(
      RunShell(absl::StrCat(
          "mkfifo ", File("input"), "; exec 3<>", File("input"),
          "; echo R >&3; timeout 60 openssl s_client -tls1_2 -connect "
          "127.0.0.1:",
          Port(), " -cert ", File("good.pem"), " -key ", File("good.key"),
          " -cert_chain ", File("good.pem"), " <", File("input"))),
      100);
  EXPECT_EQ(server_->done(), 1);
}

TEST_F(OpensslTest, IsToldWhichAuthoritiesAndProtocolsThereAre) {
  MutualTlsContext::Options options = Options();
  options.authorities = Mint(recipe_).anchors;
  ASSERT_TRUE(context_->Replace(std::move(options)).ok());
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const Printed printed =
        Openssl("good", absl::StrCat(version, " -alpn h2,http/1.1"));
    EXPECT_TRUE(absl::StrContains(
        printed.text, "Acceptable client certificate CA names\nCN = root\n"))
        << printed.text;
    EXPECT_TRUE(absl::StrContains(printed.text, "ALPN protocol: http/1.1\n"))
        << printed.text;
    ExpectAlert(Openssl("good", absl::StrCat(version, " -alpn h2")), 120);
  }
}

// Contexts are swapped and trust is read anew all the while that clients come
// and go.
TEST_F(MutualTlsServerTest, ReloadsUnderLoadDropNobody) {
  if (!IsThere("openssl")) GTEST_SKIP() << "no `openssl` on this machine";
  constexpr int kClients = 3;
  constexpr int kConnectionsEach = 8;
  std::atomic<int> running = kClients;
  std::atomic<int> served = 0;
  std::vector<std::thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&] {
      for (int i = 0; i < kConnectionsEach; ++i) {
        const Printed printed = Openssl("good", "");
        EXPECT_TRUE(absl::StrContains(printed.text, "ok urn:client:one"))
            << printed.text;
        ++served;
      }
      --running;
    });
  }
  int reloads = 0;
  while (running > 0) {
    EXPECT_TRUE(context_->Replace(Options()).ok());
    Trust(recipe_);
    EXPECT_TRUE(gate_->Refresh().ok());
    ++reloads;
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(served, kClients * kConnectionsEach);
  EXPECT_EQ(server_->done(), kClients * kConnectionsEach);
  EXPECT_GT(reloads, kConnectionsEach);
}

}  // namespace
}  // namespace tollgate
