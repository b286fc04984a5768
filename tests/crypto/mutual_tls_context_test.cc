// Handshakes in one process, over a pair of buffers: what is asked of clients,
// and that resuming a session is judged like beginning one.

#include "engine/crypto/mutual_tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tools/mint/client_chains.h"

namespace tollgate {
namespace {

// What a handshake came to.
struct Handshake {
  bool done = false;
  bool resumed = false;
  int alert = 0;  // the server's, as the client's error has it
  std::vector<std::string> chain;
  bssl::UniquePtr<SSL_SESSION> session;  // that the client may resume
};

struct ClientOptions {
  uint16_t version = TLS1_3_VERSION;
  bool certificate = true;
  const char* suites = nullptr;
  SSL_SESSION* session = nullptr;
};

class MutualTlsContextTest : public testing::Test {
 protected:
  MutualTlsContextTest() : client_(Mint(mint::GoodRecipe())) {
    auto context = MutualTlsContext::Create(Options());
    EXPECT_TRUE(context.ok()) << context.status();
    context_ = *std::move(context);
  }

  MutualTlsContext::Options Options() {
    mint::Recipe recipe = mint::GoodRecipe();
    const mint::ClientChainFiles server = Mint(recipe);
    MutualTlsContext::Options options;
    for (const std::string& der : server.chain) {
      options.certificate_chain_pem += mint::Pem(der);
    }
    options.private_key_pem = server.leaf_private_pem;
    options.judge = [this](absl::Span<const std::string> chain) {
      ++judged_;
      EXPECT_EQ(std::vector<std::string>(chain.begin(), chain.end()),
                client_.chain);
      return verdict_;
    };
    options.authorities = client_.anchors;
    return options;
  }

  bssl::UniquePtr<SSL_CTX> ClientContext(const ClientOptions& options) {
    bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_with_buffers_method()));
    SSL_CTX_set_custom_verify(context.get(), SSL_VERIFY_NONE,
                              [](SSL*, uint8_t*) { return ssl_verify_ok; });
    SSL_CTX_set_min_proto_version(context.get(), options.version);
    SSL_CTX_set_max_proto_version(context.get(), options.version);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context.get(), KeepSession);
    SSL_CTX_set_app_data(context.get(), this);
    if (options.suites != nullptr) {
      EXPECT_EQ(SSL_CTX_set_cipher_list(context.get(), options.suites), 1);
    }
    if (options.certificate) UseCertificate(context.get());
    return context;
  }

  void UseCertificate(SSL_CTX* context) {
    std::vector<bssl::UniquePtr<CRYPTO_BUFFER>> owned;
    std::vector<CRYPTO_BUFFER*> chain;
    for (const std::string& der : client_.chain) {
      owned.emplace_back(CRYPTO_BUFFER_new(
          reinterpret_cast<const uint8_t*>(der.data()), der.size(), nullptr));
      chain.push_back(owned.back().get());
    }
    const bssl::UniquePtr<BIO> bio(
        BIO_new_mem_buf(client_.leaf_private_pem.data(),
                        static_cast<int>(client_.leaf_private_pem.size())));
    const bssl::UniquePtr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    EXPECT_EQ(SSL_CTX_set_chain_and_key(context, chain.data(), chain.size(),
                                        key.get(), nullptr),
              1);
  }

  static int KeepSession(SSL* ssl, SSL_SESSION* session) {
    static_cast<MutualTlsContextTest*>(
        SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))
        ->session_.reset(session);
    return 1;
  }

  static void Connect(SSL* client, SSL* server) {
    BIO *one = nullptr, *other = nullptr;
    BIO_new_bio_pair(&one, 0, &other, 0);
    SSL_set_bio(client, one, one);
    SSL_set_bio(server, other, other);
  }

  // Goes on until neither side can.
  static bool Shake(SSL* client, SSL* server) {
    for (int round = 0; round < 20; ++round) {
      const int ours = SSL_do_handshake(client);
      const int theirs = SSL_do_handshake(server);
      if (ours == 1 && theirs == 1) return true;
      if (theirs != 1 && SSL_get_error(server, theirs) == SSL_ERROR_SSL) break;
    }
    return false;
  }

  Handshake Run(const ClientOptions& options = ClientOptions()) {
    ERR_clear_error();
    session_.reset();
    const bssl::UniquePtr<SSL_CTX> context = ClientContext(options);
    const bssl::UniquePtr<SSL> client(SSL_new(context.get()));
    SSL_set_connect_state(client.get());
    if (options.session != nullptr) {
      SSL_set_session(client.get(), options.session);
    }
    const SslPtr server = context_->NewConnection();
    Connect(client.get(), server.get());
    Handshake result;
    result.done = Shake(client.get(), server.get());
    ERR_clear_error();
    uint8_t byte = 0;
    if (result.done) SSL_write(server.get(), "x", 1);  // tickets before it
    if (SSL_read(client.get(), &byte, 1) != 1) {
      // SSL_R_..._ALERT_...: 1000 and the number of the alert.
      const int reason = ERR_GET_REASON(ERR_peek_error());
      result.alert = reason >= 1000 ? reason - 1000 : 0;
      result.done = false;
    }
    result.resumed = SSL_session_reused(server.get()) == 1;
    result.chain = MutualTlsContext::PeerChain(server.get());
    result.session = std::move(session_);
    return result;
  }

  const mint::ClientChainFiles client_;
  std::unique_ptr<MutualTlsContext> context_;
  ChainVerdict verdict_ = ChainVerdict::kAccept;
  int judged_ = 0;
  bssl::UniquePtr<SSL_SESSION> session_;
};

class BothVersionsTest : public MutualTlsContextTest,
                         public testing::WithParamInterface<uint16_t> {
 protected:
  ClientOptions Client(SSL_SESSION* session = nullptr) const {
    return {.version = GetParam(), .session = session};
  }
};

INSTANTIATE_TEST_SUITE_P(All, BothVersionsTest,
                         testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& test) {
                           return test.param == TLS1_2_VERSION ? "Tls12"
                                                               : "Tls13";
                         });

TEST_P(BothVersionsTest, AnAcceptedClientIsConnectedAndItsChainIsKnown) {
  const Handshake handshake = Run(Client());
  EXPECT_TRUE(handshake.done);
  EXPECT_FALSE(handshake.resumed);
  EXPECT_EQ(handshake.chain, client_.chain);
  EXPECT_EQ(judged_, 1);
}

TEST_P(BothVersionsTest, AClientWithoutACertificateIsRefused) {
  ClientOptions options = Client();
  options.certificate = false;
  const Handshake handshake = Run(options);
  EXPECT_FALSE(handshake.done);
  EXPECT_EQ(judged_, 0);
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
  }
}

TEST_P(BothVersionsTest, ASessionIsResumedWhereNothingHasChanged) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  const Handshake second = Run(Client(first.session.get()));
  EXPECT_TRUE(second.done);
  EXPECT_TRUE(second.resumed);
  EXPECT_EQ(second.chain, client_.chain);
  EXPECT_EQ(judged_, 2);  // R2
}

// CVE-2025-23419, CVE-2025-68121.
TEST_P(BothVersionsTest, AResumedClientIsJudgedByWhatIsInForceThen) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  verdict_ = ChainVerdict::kRevoked;
  const Handshake second = Run(Client(first.session.get()));
  EXPECT_FALSE(second.done);
  EXPECT_FALSE(second.resumed);
  EXPECT_EQ(second.alert, SSL_AD_CERTIFICATE_REVOKED);
}

TEST_P(BothVersionsTest, TicketsEndWithTheirContext) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  ASSERT_TRUE(context_->Replace(Options()).ok());
  const Handshake second = Run(Client(first.session.get()));
  EXPECT_TRUE(second.done);
  EXPECT_FALSE(second.resumed);
}

TEST_P(BothVersionsTest, ATicketThatIsForgedIsAFullHandshake) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  uint8_t* data = nullptr;
  size_t size = 0;
  ASSERT_EQ(SSL_SESSION_to_bytes(first.session.get(), &data, &size), 1);
  const bssl::UniquePtr<uint8_t> owned(data);
  const uint8_t* ticket = nullptr;
  size_t ticket_size = 0;
  SSL_SESSION_get0_ticket(first.session.get(), &ticket, &ticket_size);
  ASSERT_GT(ticket_size, 40u);
  for (const size_t at : {size_t{0}, size_t{20}, ticket_size - 1}) {
    std::vector<uint8_t> spoilt(data, data + size);
    const auto found =
        std::search(spoilt.begin(), spoilt.end(), ticket, ticket + ticket_size);
    ASSERT_NE(found, spoilt.end());
    *(found + static_cast<ptrdiff_t>(at)) ^= 1;
    const bssl::UniquePtr<SSL_CTX> context = ClientContext(Client());
    const bssl::UniquePtr<SSL_SESSION> session(
        SSL_SESSION_from_bytes(spoilt.data(), spoilt.size(), context.get()));
    ASSERT_NE(session, nullptr);
    const Handshake second = Run(Client(session.get()));
    EXPECT_TRUE(second.done) << at;
    EXPECT_FALSE(second.resumed) << at;
  }
}

TEST_F(MutualTlsContextTest, AnOldVersionIsRefused) {
  EXPECT_FALSE(Run({.version = TLS1_1_VERSION}).done);
}

TEST_F(MutualTlsContextTest, SuitesWithoutForwardSecrecyOrAeadAreRefused) {
  for (const char* suites :
       {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "AES128-SHA"}) {
    EXPECT_FALSE(Run({.version = TLS1_2_VERSION, .suites = suites}).done)
        << suites;
  }
  EXPECT_TRUE(Run({.version = TLS1_2_VERSION,
                   .suites = "ECDHE-ECDSA-AES128-GCM-SHA256"})
                  .done);
}

TEST_F(MutualTlsContextTest, ConnectionsOutliveWhatTheyBeganUnder) {
  const bssl::UniquePtr<SSL_CTX> context = ClientContext(ClientOptions());
  const bssl::UniquePtr<SSL> client(SSL_new(context.get()));
  SSL_set_connect_state(client.get());
  const SslPtr begun = context_->NewConnection();
  Connect(client.get(), begun.get());
  EXPECT_NE(SSL_do_handshake(client.get()), 1);
  EXPECT_NE(SSL_do_handshake(begun.get()), 1);
  ASSERT_TRUE(context_->Replace(Options()).ok());
  context_.reset();
  EXPECT_TRUE(Shake(client.get(), begun.get()));
  char byte = 0;
  EXPECT_EQ(SSL_write(begun.get(), "x", 1), 1);
  EXPECT_EQ(SSL_read(client.get(), &byte, 1), 1);
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

}  // namespace
}  // namespace tollgate
