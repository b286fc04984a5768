// Handshakes in one process, over a pair of buffers: what is asked of clients,
// and how contexts are replaced. For resumption see
// tests/tls/resumption_test.cc.

#include "engine/crypto/mutual_tls_context.h"

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/tls/judged_handshakes.h"
#include "tools/mint/certificate_mint.h"
#include "tools/mint/client_chains.h"
#include "tools/mint/mint_key.h"

namespace tollgate {
namespace {

using MutualTlsContextTest = JudgedHandshakes;
using BothVersionsTest = BothVersions;

INSTANTIATE_TEST_SUITE_P(All, BothVersionsTest,
                         testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         VersionName);

TEST_P(BothVersionsTest, AnAcceptedClientIsConnectedAndItsChainIsKnown) {
  const Handshake handshake = Run(Client());
  EXPECT_TRUE(handshake.done);
  EXPECT_FALSE(handshake.resumed);
  EXPECT_EQ(handshake.chain, client_.chain);
  EXPECT_EQ(judged_, 1);
}

TEST_P(BothVersionsTest, AClientWithoutACertificateIsRefused) {
  ClientOptions options = Client();
  options.key = ClientKey::kNone;
  const Handshake handshake = Run(options);
  EXPECT_FALSE(handshake.done);
  EXPECT_EQ(handshake.alert, GetParam() == TLS1_3_VERSION
                                 ? SSL_AD_CERTIFICATE_REQUIRED
                                 : SSL_AD_HANDSHAKE_FAILURE);
  EXPECT_EQ(judged_, 0);
}

TEST_P(BothVersionsTest, ACertificateWithoutItsKeyProvesNothing) {
  ClientOptions options = Client();
  options.key = ClientKey::kForged;
  const Handshake handshake = Run(options);
  EXPECT_FALSE(handshake.done);
  EXPECT_EQ(handshake.alert, SSL_AD_DECRYPT_ERROR);
  EXPECT_TRUE(handshake.chain.empty());
}

TEST_P(BothVersionsTest, EachRefusalHasItsAlert) {
  const struct {
    ChainVerdict verdict;
    int alert;
  } kCases[] = {
      {ChainVerdict::kRefuse, SSL_AD_BAD_CERTIFICATE},
      {ChainVerdict::kExpired, SSL_AD_CERTIFICATE_EXPIRED},
      {ChainVerdict::kRevoked, SSL_AD_CERTIFICATE_REVOKED},
      {ChainVerdict::kUnknownAnchor, SSL_AD_UNKNOWN_CA},
      {ChainVerdict::kUnsupported, SSL_AD_UNSUPPORTED_CERTIFICATE},
      {ChainVerdict::kUnavailable, SSL_AD_INTERNAL_ERROR},
  };
  for (const auto& [verdict, alert] : kCases) {
    verdict_ = verdict;
    const Handshake handshake = Run(Client());
    EXPECT_FALSE(handshake.done) << alert;
    EXPECT_EQ(handshake.alert, alert);
    EXPECT_TRUE(handshake.chain.empty()) << alert;
  }
}

TEST_P(BothVersionsTest, ConnectionsOutliveWhatTheyBeganUnder) {
  Handshake kept;
  const bssl::UniquePtr<SSL> client = NewClient(Client(), kept);
  const SslPtr begun = context_->NewConnection();
  Connect(client.get(), begun.get());
  EXPECT_NE(SSL_do_handshake(client.get()), 1);
  EXPECT_NE(SSL_do_handshake(begun.get()), 1);
  ASSERT_TRUE(context_->Replace(Options()).ok());
  context_.reset();
  EXPECT_TRUE(Shake(client.get(), begun.get()));
  EXPECT_EQ(judged_, 1);
  char byte = 0;
  EXPECT_EQ(SSL_write(begun.get(), "x", 1), 1);
  EXPECT_EQ(SSL_read(client.get(), &byte, 1), 1);
}

TEST_P(BothVersionsTest, TheProtocolIsTheFirstOfOursThatTheClientHas) {
  MutualTlsContext::Options ours = Options();
  ours.protocols = {"h2", "http/1.1"};
  ASSERT_TRUE(context_->Replace(std::move(ours)).ok());
  ClientOptions options = Client();
  options.protocols = "\x08http/1.1\x02h2";
  EXPECT_EQ(Run(options).protocol, "h2");
  options.protocols = "\x08http/1.1";
  EXPECT_EQ(Run(options).protocol, "http/1.1");
  options.protocols =
      "\x03"
      "foo";
  const Handshake neither = Run(options);
  EXPECT_FALSE(neither.done);
  EXPECT_EQ(neither.alert, SSL_AD_NO_APPLICATION_PROTOCOL);
  options.protocols = "";
  EXPECT_TRUE(Run(options).done);
}

// What a client would claim before it has proved anything.
TEST_P(BothVersionsTest, AChainIsKnownOnlyWhenTheHandshakeIsDone) {
  ClientOptions options = Client();
  options.key = ClientKey::kForged;
  Handshake kept;
  const bssl::UniquePtr<SSL> client = NewClient(options, kept);
  const SslPtr server = context_->NewConnection();
  EXPECT_TRUE(MutualTlsContext::PeerChain(server.get()).empty());
  Connect(client.get(), server.get());
  EXPECT_FALSE(Shake(client.get(), server.get()));
  EXPECT_EQ(judged_, 1);  // so there is a chain by now
  EXPECT_TRUE(MutualTlsContext::PeerChain(server.get()).empty());
}

TEST_F(MutualTlsContextTest, AnOldVersionIsRefused) {
  for (const uint16_t version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const Handshake handshake = Run({.version = version});
    EXPECT_FALSE(handshake.done) << version;
    // Not for want of a suite, which would be another alert.
    EXPECT_EQ(handshake.alert, SSL_AD_PROTOCOL_VERSION) << version;
  }
}

TEST_F(MutualTlsContextTest, SuitesWithoutForwardSecrecyOrAeadAreRefused) {
  for (const char* suites :
       {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "AES128-SHA"}) {
    EXPECT_FALSE(Run({.version = TLS1_2_VERSION, .suites = suites}).done)
        << suites;
  }
  for (const char* suites :
       {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    EXPECT_TRUE(Run({.version = TLS1_2_VERSION, .suites = suites}).done)
        << suites;
  }
}

// In TLS 1.3: before, the client's curves must also suit the certificate.
TEST_F(MutualTlsContextTest, CurvesBesideTheThreeAreRefused) {
  for (const char* curve : {"X25519", "P-256", "P-384"}) {
    EXPECT_TRUE(Run({.curves = curve}).done) << curve;
  }
  EXPECT_FALSE(Run({.curves = "P-521"}).done);
}

mint::Recipe RsaRecipe() {
  mint::Recipe recipe = mint::GoodRecipe();
  recipe.leaf_key = mint::MintKey::Rsa(2048);
  return recipe;
}

class RsaClientTest : public JudgedHandshakes {
 protected:
  RsaClientTest() : JudgedHandshakes(RsaRecipe()) {}
};

TEST_F(RsaClientTest, SignaturesWithSha1AreRefused) {
  const auto connects = [this](uint16_t signature) {
    return Run({.version = TLS1_2_VERSION, .signature = signature}).done;
  };
  EXPECT_FALSE(connects(SSL_SIGN_RSA_PKCS1_SHA1));
  EXPECT_TRUE(connects(SSL_SIGN_RSA_PKCS1_SHA256));
  EXPECT_TRUE(connects(SSL_SIGN_RSA_PSS_RSAE_SHA256));
}

TEST_F(MutualTlsContextTest, ContextsAreReplacedWhileOthersShakeHands) {
  std::atomic<int> running = 2;
  const auto shake = [&] {
    for (int i = 0; i < 25; ++i) EXPECT_TRUE(Run().done);
    --running;
  };
  std::thread one(shake), other(shake);
  while (running != 0) ASSERT_TRUE(context_->Replace(Options()).ok());
  one.join();
  other.join();
}

TEST_F(MutualTlsContextTest, WhatDoesNotFitIsSaidAndChangesNothing) {
  const auto error = [this](auto&& spoil) {
    MutualTlsContext::Options options = Options();
    spoil(options);
    const absl::Status status = context_->Replace(std::move(options));
    EXPECT_FALSE(status.ok());
    return std::string(status.message());
  };
  EXPECT_EQ(error([](auto& o) { o.judge = nullptr; }),
            "nobody judges the clients' certificates");
  EXPECT_EQ(error([](auto& o) { o.private_key_pem = "key"; }),
            "the private key is no PEM that is read");
  EXPECT_EQ(error([](auto& o) { o.certificate_chain_pem = ""; }),
            "the certificate chain is no PEM");
  EXPECT_EQ(error([](auto& o) {
              o.private_key_pem = mint::MintKey::Ec().private_pem();
            }),
            "the private key is not that of the certificate");
  EXPECT_EQ(error([](auto& o) { o.authorities = {"x"}; }),
            "an authority is no certificate");
  EXPECT_EQ(error([](auto& o) { o.protocols = {""}; }),
            "a protocol's name has 1 to 255 bytes");
  EXPECT_TRUE(Run().done);
}

// A handshake has room for 64 KiB of names; with more, none would succeed.
TEST_F(MutualTlsContextTest, MoreNamesOfAuthoritiesThanFitAreRefused) {
  const mint::MintKey key = mint::MintKey::Ec();
  const std::string name = mint::Name(std::string(3000, 'n'));
  const std::string authority = mint::MintCertificate(
      {.subject = name, .issuer = name}, key.public_key(), key);
  MutualTlsContext::Options options = Options();
  options.authorities.assign(20, authority);
  ASSERT_TRUE(context_->Replace(options).ok());
  EXPECT_TRUE(Run().done);
  options.authorities.assign(22, authority);
  EXPECT_EQ(context_->Replace(options).message(),
            "the authorities' names are too long for a handshake");
  EXPECT_TRUE(Run().done);
}

}  // namespace
}  // namespace tollgate
