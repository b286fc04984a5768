// An engine that takes client certificates, for tests.

#ifndef TOLLGATE_TESTS_ENGINE_CERTIFICATE_GATE_H_
#define TOLLGATE_TESTS_ENGINE_CERTIFICATE_GATE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/crypto/certificate.h"
#include "engine/extract/client_chain.h"
#include "engine/key_ledger.h"
#include "engine/model/registration.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"
#include "tools/mint/client_chains.h"

namespace tollgate {

using mint::ClientChainFiles;
using mint::GoodRecipe;
using mint::kGoodTime;
using mint::Recipe;

inline constexpr std::string_view kCertificateConfig = R"(version: 1
store: { sqlite: tollgate.db }
trusted_proxies: [10.1.0.0/16]
api_keys: { pepper_file: pepper.key, policy: standard }
mtls:
  trust_anchors: [ca.pem]
  accept: ACCEPT
  policy: clients
policies:
  standard: { scopes: [keys] }
  clients: { scopes: [certificates], rate_limits: { per_minute: 3 } }
  other: { scopes: [other] }
)";

class CertificateGateTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    Use(Mint(recipe_));
    Accept("anchored");
  }

  void Use(const ClientChainFiles& files) {
    std::string anchors, crls;
    for (const std::string& der : files.anchors) anchors += mint::Pem(der);
    for (const std::string& der : files.crls) {
      crls += mint::Pem(der, "X509 CRL");
    }
    Write("ca.pem", anchors);
    Write("ca.crl", crls);
    chain_ = *ClientChain::Of(files.chain);
  }

  void Accept(std::string_view what, std::string_view more = "") {
    Configure(absl::StrReplaceAll(kCertificateConfig,
                                  {{"ACCEPT", absl::StrCat(what, more)}}));
  }

  void Guard(std::string_view admission) {
    Configure(absl::StrCat(
        absl::StrReplaceAll(kCertificateConfig, {{"ACCEPT", "anchored"}}),
        "admission: { ", admission, " }\n"));
  }

  std::unique_ptr<Validator> Open() { return OpenGate(At(kGoodTime)); }

  // The decision about a request with `chain`, and with headers beside it.
  static Decision Ask(Validator::Worker& worker, const ClientChain* chain,
                      std::vector<HeaderView> headers = {},
                      std::string_view peer = "192.0.2.1",
                      Now now = At(kGoodTime)) {
    return worker.Validate(
        {"GET", "/v1/x", *IpAddress::Parse(peer), headers, chain}, now);
  }
  Decision Ask(Validator::Worker& worker) { return Ask(worker, &chain_); }

  Registration ByCertificate(const ClientChain& chain) const {
    return {RegistrationKind::kCertificate, chain.end_entity_digest()};
  }
  Registration ByPublicKey(const ClientChain& chain) const {
    const auto parsed = Certificate::Parse(chain.certificates().front());
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return {RegistrationKind::kPublicKey, (*parsed)->public_key_digest};
  }

  static absl::Status Register(Validator& gate, const Registration& what,
                               const KeyGrant& grant) {
    return gate.keys().Register(what, grant, {kGoodTime});
  }

  Recipe recipe_ = GoodRecipe();
  ClientChain chain_ = *ClientChain::Of({"none yet"});
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_ENGINE_CERTIFICATE_GATE_H_
