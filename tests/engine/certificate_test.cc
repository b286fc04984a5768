// Client certificates through the whole engine: who they are, what they may,
// and that nothing outlives what it was proved by.

#include "engine/crypto/certificate.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/extract/client_chain.h"
#include "engine/key_ledger.h"
#include "engine/model/registration.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "openssl/bn.h"
#include "openssl/bytestring.h"
#include "openssl/ec.h"
#include "openssl/ecdsa.h"
#include "openssl/nid.h"
#include "tests/engine/gate_fixture.h"
#include "tools/mint/client_chains.h"

namespace tollgate {
namespace {

using mint::ClientChainFiles;
using mint::GoodRecipe;
using mint::kGoodTime;
using mint::Recipe;

constexpr std::string_view kConfig = R"(version: 1
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

// Returns the certificate with s of its signature over P-256 negated.
std::string WithTwinSignature(const std::string& der) {
  CBS input, certificate, signed_part, algorithm, bits;
  CBS_init(&input, reinterpret_cast<const uint8_t*>(der.data()), der.size());
  EXPECT_TRUE(CBS_get_asn1(&input, &certificate, CBS_ASN1_SEQUENCE));
  EXPECT_TRUE(
      CBS_get_asn1_element(&certificate, &signed_part, CBS_ASN1_SEQUENCE));
  EXPECT_TRUE(
      CBS_get_asn1_element(&certificate, &algorithm, CBS_ASN1_SEQUENCE));
  EXPECT_TRUE(CBS_get_asn1(&certificate, &bits, CBS_ASN1_BITSTRING));
  const bssl::UniquePtr<ECDSA_SIG> signature(
      ECDSA_SIG_from_bytes(CBS_data(&bits) + 1, CBS_len(&bits) - 1));
  const bssl::UniquePtr<EC_GROUP> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  bssl::UniquePtr<BIGNUM> r(BN_dup(ECDSA_SIG_get0_r(signature.get())));
  bssl::UniquePtr<BIGNUM> s(BN_new());
  EXPECT_TRUE(BN_sub(s.get(), EC_GROUP_get0_order(group.get()),
                     ECDSA_SIG_get0_s(signature.get())));
  EXPECT_TRUE(ECDSA_SIG_set0(signature.get(), r.release(), s.release()));
  bssl::ScopedCBB out;
  CBB whole, twin;
  EXPECT_TRUE(CBB_init(out.get(), der.size()));
  EXPECT_TRUE(CBB_add_asn1(out.get(), &whole, CBS_ASN1_SEQUENCE));
  for (const CBS& part : {signed_part, algorithm}) {
    EXPECT_TRUE(CBB_add_bytes(&whole, CBS_data(&part), CBS_len(&part)));
  }
  EXPECT_TRUE(CBB_add_asn1(&whole, &twin, CBS_ASN1_BITSTRING));
  EXPECT_TRUE(CBB_add_u8(&twin, 0));
  EXPECT_TRUE(ECDSA_SIG_marshal(&twin, signature.get()));
  EXPECT_TRUE(CBB_flush(out.get()));
  return {reinterpret_cast<const char*>(CBB_data(out.get())),
          CBB_len(out.get())};
}

class CertificateTest : public GateTest {
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
    Configure(
        absl::StrReplaceAll(kConfig, {{"ACCEPT", absl::StrCat(what, more)}}));
  }

  void Guard(std::string_view admission) {
    Configure(
        absl::StrCat(absl::StrReplaceAll(kConfig, {{"ACCEPT", "anchored"}}),
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

TEST_F(CertificateTest, AnAnchoredClientIsWhoItsCertificateSays) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const Decision decision = Ask(worker);
  EXPECT_EQ(decision.reason, Reason::kOk);
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_EQ(decision.strategy, Strategy::kMtls);
  EXPECT_TRUE(decision.proven);
  EXPECT_EQ(decision.principal.text(), "urn:client:one");
  ASSERT_EQ(decision.scopes->names().size(), 1u);
  EXPECT_EQ(decision.scopes->names()[0], "certificates");
}

TEST_F(CertificateTest, WhatIsWrongWithTheChainIsTheReason) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Recipe recipe = recipe_;
  recipe.leaf.not_after = kGoodTime - 1;
  const auto expired = ClientChain::Of(Mint(recipe).chain);
  EXPECT_EQ(Ask(worker, &*expired).reason, Reason::kCertificateExpired);
  EXPECT_EQ(Ask(worker, &*expired).http_status(), 401);
  const auto strange = ClientChain::Of(Mint(GoodRecipe()).chain);
  EXPECT_NE(Ask(worker, &*strange).verdict, Verdict::kAllow);
  const auto garbage = ClientChain::Of({"garbage"});
  EXPECT_EQ(Ask(worker, &*garbage).reason, Reason::kMalformedCredential);
  EXPECT_EQ(Ask(worker, nullptr).reason, Reason::kNoCredential);
}

TEST_F(CertificateTest, WhereTooMuchFailedOnlyWhatWasProvedIsTaken) {
  Guard("failures: { limit: 2, per: 1m, lockout: 5m }");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Recipe recipe = recipe_;
  recipe.leaf.not_after -= 1;
  const auto newcomer = ClientChain::Of(Mint(recipe).chain);
  const auto strange = ClientChain::Of(Mint(GoodRecipe()).chain);
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  for (int i = 0; i < 2; ++i) {
    EXPECT_NE(Ask(worker, &*strange).reason, Reason::kLockedOut);
  }
  EXPECT_EQ(Ask(worker, &*strange).reason, Reason::kLockedOut);
  EXPECT_EQ(Ask(worker, &*newcomer).reason, Reason::kLockedOut);
  EXPECT_EQ(Ask(worker).reason, Reason::kOk) << "it was proved before";
  EXPECT_EQ(Ask(worker, &*newcomer, {}, "192.0.2.2").reason, Reason::kOk);
}

// A chain costs as many operations as it has certificates, here two; one that
// failed is known again for a while, and costs none.
TEST_F(CertificateTest, ChainsThatAreNotProvedHaveABudget) {
  Guard(
      "failures: { limit: 1000, per: 1m, lockout: 5m }, "
      "verify_budget: { per_source: 4 }");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  ASSERT_EQ(chain_.certificates().size(), 2u);
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  const auto strange = ClientChain::Of(Mint(GoodRecipe()).chain);
  const Reason failed = Ask(worker, &*strange).reason;
  EXPECT_TRUE(IsFailedProof(failed)) << ReasonName(failed);
  EXPECT_EQ(Ask(worker, &*strange).reason, failed);
  Recipe recipe = recipe_;
  recipe.leaf.not_after -= 1;
  const auto newcomer = ClientChain::Of(Mint(recipe).chain);
  EXPECT_EQ(Ask(worker, &*newcomer).reason, Reason::kVerifyBudgetSpent);
  EXPECT_EQ(Ask(worker).reason, Reason::kOk) << "is not asked about";
}

TEST_F(CertificateTest, AnExtendedKeyUsageIsRequiredUnlessConfiguredOtherwise) {
  Recipe recipe = recipe_;
  std::erase_if(recipe.leaf.extensions,
                [](const auto& e) { return e.oid == "2.5.29.37"; });
  Use(Mint(recipe));
  {
    const auto gate = Open();
    auto worker = gate->RegisterWorker();
    EXPECT_EQ(Ask(worker).reason, Reason::kWrongUsage);
  }
  Accept("anchored", "\n  extended_key_usage: if_present");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
}

TEST_F(CertificateTest, WithoutANameOfTheKindsConfiguredItIsNobody) {
  Recipe recipe = GoodRecipe({.uri = "", .dns = "", .email = ""});
  Use(Mint(recipe));
  {
    const auto gate = Open();
    auto worker = gate->RegisterWorker();
    EXPECT_EQ(Ask(worker).reason, Reason::kIdentityNotAccepted);
  }
  Accept("anchored", "\n  identity: [cn]");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).principal.text(), "client one");
}

TEST_F(CertificateTest, LimitsAreThoseOfTheIdentity) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker).reason, Reason::kRateLimited);
  // The same name in another certificate is the same client.
  Recipe renewed = recipe_;
  renewed.leaf.serial = "\x55";
  const auto other = ClientChain::Of(Mint(renewed).chain);
  EXPECT_EQ(Ask(worker, &*other).reason, Reason::kRateLimited);
}

TEST_F(CertificateTest, LimitsFollowAReloadWithTheirUsage) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  Configure(absl::StrReplaceAll(
      kConfig, {{"ACCEPT", "anchored"}, {"per_minute: 3", "per_minute: 4"}}));
  ASSERT_TRUE(gate->Reload().ok());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker).reason, Reason::kRateLimited);
}

TEST_F(CertificateTest, OnlyTheRegisteredAreTakenByDefault) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
  const Registration registration = ByCertificate(chain_);
  ASSERT_TRUE(Register(*gate, registration,
                       {.principal = "ann", .scopes = {"a"}, .policy = "other"})
                  .ok());
  const Decision decision = Ask(worker);
  EXPECT_EQ(decision.reason, Reason::kOk);
  EXPECT_EQ(decision.principal.text(), "ann");
  EXPECT_EQ(decision.scopes->names()[0], "a");
  EXPECT_EQ(decision.limits, nullptr);  // of the policy `other`

  // Taken back, it is refused at the very next request.
  ASSERT_TRUE(gate->keys().Unregister(registration, {kGoodTime}).ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
  EXPECT_EQ(gate->keys().Unregister(registration, {kGoodTime}).code(),
            absl::StatusCode::kNotFound);
  ASSERT_TRUE(Register(*gate, registration, {.principal = "bob"}).ok());
  EXPECT_EQ(Ask(worker).principal.text(), "bob");
  EXPECT_EQ(Register(*gate, registration, {.principal = "eve"}).code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(CertificateTest, ARegistrationIsNoPassForAnotherPath) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Recipe recipe = GoodRecipe();  // of authorities that nobody knows
  const auto strange = ClientChain::Of(Mint(recipe).chain);
  ASSERT_TRUE(
      Register(*gate, ByCertificate(*strange), {.principal = "x"}).ok());
  EXPECT_NE(Ask(worker, &*strange).verdict, Verdict::kAllow);
}

// An ECDSA signature has a twin, (r, -s), that verifies as well; a certificate
// with it is another certificate, which nobody registered.
TEST_F(CertificateTest, TheTwinOfARegisteredCertificateIsNotRegistered) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  ASSERT_TRUE(Register(*gate, ByCertificate(chain_), {.principal = "a"}).ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  const auto twin = ClientChain::Of(
      {WithTwinSignature(chain_.certificates()[0]), chain_.certificates()[1]});
  EXPECT_EQ(Ask(worker, &*twin).reason, Reason::kNotRegistered);
  ASSERT_TRUE(Register(*gate, ByCertificate(*twin), {.principal = "b"}).ok());
  EXPECT_EQ(Ask(worker, &*twin).principal.text(), "b") << "it does verify";
}

TEST_F(CertificateTest, APublicKeyOutlivesItsCertificate) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  ASSERT_TRUE(Register(*gate, ByPublicKey(chain_), {.principal = "ann"}).ok());
  Recipe renewed = recipe_;
  renewed.leaf.serial = "\x55";
  const auto other = ClientChain::Of(Mint(renewed).chain);
  EXPECT_EQ(Ask(worker).principal.text(), "ann");
  EXPECT_EQ(Ask(worker, &*other).principal.text(), "ann");
}

TEST_F(CertificateTest, TwoCertificatesServeWhileAClientRotates) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Recipe next = recipe_;
  next.leaf_key = mint::MintKey::Ec();
  const auto other = ClientChain::Of(Mint(next).chain);
  ASSERT_TRUE(
      Register(*gate, ByCertificate(chain_), {.principal = "ann"}).ok());
  ASSERT_TRUE(
      Register(*gate, ByCertificate(*other), {.principal = "ann"}).ok());
  EXPECT_EQ(Ask(worker).principal.text(), "ann");
  EXPECT_EQ(Ask(worker, &*other).principal.text(), "ann");
  ASSERT_TRUE(gate->keys().Unregister(ByCertificate(chain_), {kGoodTime}).ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
  EXPECT_EQ(Ask(worker, &*other).reason, Reason::kOk);
}

TEST_F(CertificateTest, ARegistrationEndsInItsTime) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  ASSERT_TRUE(
      Register(*gate, ByCertificate(chain_),
               {.principal = "ann", .expires_at = UnixSeconds{kGoodTime + 10}})
          .ok());
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1", At(kGoodTime + 9)).reason,
            Reason::kOk);
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1", At(kGoodTime + 10)).reason,
            Reason::kNotRegistered);
}

TEST_F(CertificateTest, EitherIsTheRegistrationWhereThereIsOne) {
  Accept("either");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).principal.text(), "urn:client:one");
  ASSERT_TRUE(
      Register(*gate, ByCertificate(chain_), {.principal = "ann"}).ok());
  EXPECT_EQ(Ask(worker).principal.text(), "ann");
  // What was registered and is not any more is not taken for unknown.
  ASSERT_TRUE(gate->keys().Unregister(ByCertificate(chain_), {kGoodTime}).ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
}

TEST_F(CertificateTest, RegistrationsSurviveARestart) {
  Accept("registered");
  {
    const auto gate = Open();
    ASSERT_TRUE(
        Register(*gate, ByCertificate(chain_), {.principal = "ann"}).ok());
  }
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).principal.text(), "ann");
}

TEST_F(CertificateTest, ARevocationListThatIsReadAnewRevokes) {
  recipe_.send_crls = true;
  Use(Mint(recipe_));
  Accept("anchored", "\n  crls: [ca.crl]");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  recipe_.intermediate_crl.revoked = {{recipe_.leaf.serial, {}}};
  const ClientChain same = chain_;
  Use(Mint(recipe_));
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, &same).reason, Reason::kCertificateRevoked);
}

TEST_F(CertificateTest, AListThatCanNotBeReadLeavesThoseThatAreKnown) {
  recipe_.send_crls = true;
  Use(Mint(recipe_));
  Accept("anchored", "\n  crls: [ca.crl]");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Write("ca.crl", "garbage");
  EXPECT_FALSE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
}

TEST_F(CertificateTest, AnAnchorThatIsGoneVouchesForNobody) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  const ClientChain same = chain_;
  Use(Mint(GoodRecipe()));
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_NE(Ask(worker, &same).verdict, Verdict::kAllow);
  EXPECT_EQ(gate->JudgeCertificates(same.certificates()),
            Reason::kBadSignature);
  EXPECT_EQ(gate->JudgeCertificates(chain_.certificates()), Reason::kOk);
}

TEST_F(CertificateTest, AProofIsOfNoUseWhenTheCertificateIsOver) {
  recipe_.leaf.not_after = kGoodTime + 100;
  Use(Mint(recipe_));
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1", At(kGoodTime + 100)).reason,
            Reason::kOk);
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1", At(kGoodTime + 101)).reason,
            Reason::kCertificateExpired);
}

TEST_F(CertificateTest, AKeyBesideACertificateIsTwoCredentials) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const std::string key = Issue(*gate, {.principal = "k"});
  EXPECT_EQ(Ask(worker, &chain_, {{"X-API-Key", key}}).reason,
            Reason::kMultipleCredentials);
  EXPECT_EQ(Ask(worker, nullptr, {{"X-API-Key", key}}).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, &chain_, {{"X-API-Key", "junk"}}).reason,
            Reason::kMalformedCredential);
}

TEST_F(CertificateTest, WithoutMtlsACertificateIsRefusedNotOverlooked) {
  Configure(kGateConfig);
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kMalformedCredential);
  EXPECT_EQ(gate->JudgeCertificates(chain_.certificates()),
            Reason::kMalformedCredential);
}

// CVE-2026-35616, and what Contour and Traefik had: certificates in headers.
class ForwardedTest : public CertificateTest {
 protected:
  void SetUp() override {
    CertificateTest::SetUp();
    Accept("anchored", "\n  forwarded: client_cert");
    header_ =
        absl::StrCat(":", absl::Base64Escape(chain_.certificates()[0]), ":");
    more_ =
        absl::StrCat(":", absl::Base64Escape(chain_.certificates()[1]), ":");
  }

  std::vector<HeaderView> Headers() const {
    return {{"Client-Cert", header_}, {"Client-Cert-Chain", more_}};
  }

  static constexpr std::string_view kProxy = "10.1.0.7";

  std::string header_, more_;
};

TEST_F(ForwardedTest, ATrustedProxyHandsOverItsClientsCertificate) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const Decision decision = Ask(worker, nullptr, Headers(), kProxy);
  EXPECT_EQ(decision.reason, Reason::kOk);
  EXPECT_EQ(decision.principal.text(), "urn:client:one");
}

TEST_F(ForwardedTest, NobodyElseIsBelieved) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, nullptr, Headers(), "192.0.2.1").reason,
            Reason::kNoCredential);
}

TEST_F(ForwardedTest, WithoutTheOptionHeadersAreNothing) {
  Accept("anchored");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, nullptr, Headers(), kProxy).reason,
            Reason::kNoCredential);
}

TEST_F(ForwardedTest, AProxysOwnCertificateIsNotItsClients) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, &chain_, {}, kProxy).reason, Reason::kNoCredential);
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1").reason, Reason::kOk);
}

TEST_F(ForwardedTest, WhatIsMalformedIsRefusedWhateverStandsBeside) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const std::string key = Issue(*gate, {.principal = "k"});
  EXPECT_EQ(Ask(worker, nullptr, {{"Client-Cert", "junk"}, {"X-API-Key", key}},
                kProxy)
                .reason,
            Reason::kMalformedCredential);
}

}  // namespace
}  // namespace tollgate
