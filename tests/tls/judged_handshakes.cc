#include "tests/tls/judged_handshakes.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>
#include <sys/time.h>

#include <algorithm>
#include <utility>

#include "absl/types/span.h"
#include "tools/mint/certificate_mint.h"

namespace tollgate {
namespace {

// Reasons of errors that alerts of the peer are: this and the alert's number.
constexpr int kAlertReasons = 1000;

thread_local int64_t seconds_ahead = 0;

void TimeOfServer(const SSL*, timeval* out) {
  gettimeofday(out, nullptr);
  out->tv_sec += seconds_ahead;
}

int KeepSession(SSL* ssl, SSL_SESSION* session) {
  static_cast<Handshake*>(SSL_get_app_data(ssl))->session.reset(session);
  return 1;
}

// Signs with nothing: who has no key, but somebody's certificate.
ssl_private_key_result_t ForgeSignature(SSL*, uint8_t* out, size_t* out_size,
                                        size_t out_max, uint16_t,
                                        const uint8_t*, size_t) {
  *out_size = std::min<size_t>(out_max, 64);
  std::fill_n(out, *out_size, uint8_t{7});
  return ssl_private_key_success;
}

constexpr SSL_PRIVATE_KEY_METHOD kForged = {ForgeSignature, nullptr, nullptr};

bssl::UniquePtr<EVP_PKEY> KeyOf(const std::string& pem) {
  const bssl::UniquePtr<BIO> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return bssl::UniquePtr<EVP_PKEY>(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

// Reads the byte that a server sends behind its tickets; sets what failed.
void ReadByte(SSL* client, Handshake& out) {
  uint8_t byte = 0;
  if (SSL_read(client, &byte, 1) == 1) return;
  const int reason = ERR_GET_REASON(ERR_peek_error());
  out.alert = reason >= kAlertReasons ? reason - kAlertReasons : 0;
  out.done = false;
}

std::string SelectedProtocol(const SSL* ssl) {
  const uint8_t* data = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &data, &size);
  return {reinterpret_cast<const char*>(data), size};
}

bssl::UniquePtr<SSL_CTX> ClientContext(const ClientOptions& options) {
  bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_with_buffers_method()));
  SSL_CTX_set_custom_verify(context.get(), SSL_VERIFY_NONE,
                            [](SSL*, uint8_t*) { return ssl_verify_ok; });
  SSL_CTX_set_min_proto_version(context.get(), options.version);
  SSL_CTX_set_max_proto_version(context.get(), options.version);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(context.get(), KeepSession);
  SSL_CTX_set_early_data_enabled(context.get(), 1);  // as far as clients go
  if (!options.tickets) SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  if (options.suites != nullptr) {
    EXPECT_EQ(SSL_CTX_set_cipher_list(context.get(), options.suites), 1);
  }
  if (options.curves != nullptr) {
    EXPECT_EQ(SSL_CTX_set1_curves_list(context.get(), options.curves), 1);
  }
  if (options.signature != 0) {
    EXPECT_EQ(SSL_CTX_set_signing_algorithm_prefs(context.get(),
                                                  &options.signature, 1),
              1);
  }
  EXPECT_EQ(SSL_CTX_set_alpn_protos(
                context.get(),
                reinterpret_cast<const uint8_t*>(options.protocols.data()),
                static_cast<unsigned>(options.protocols.size())),
            0);
  return context;
}

}  // namespace

JudgedHandshakes::JudgedHandshakes(const mint::Recipe& client_recipe)
    : client_(Mint(client_recipe)) {
  auto context = MutualTlsContext::Create(Options());
  EXPECT_TRUE(context.ok()) << context.status();
  context_ = *std::move(context);
}

MutualTlsContext::Options JudgedHandshakes::Options() {
  const mint::ClientChainFiles server = Mint(mint::GoodRecipe());
  MutualTlsContext::Options options;
  for (const std::string& der : server.chain) {
    options.certificate_chain_pem += mint::Pem(der);
  }
  options.private_key_pem = server.leaf_private_pem;
  options.judge = [this](absl::Span<const std::string> chain) {
    ++judged_;
    EXPECT_TRUE(std::equal(chain.begin(), chain.end(), client_.chain.begin(),
                           client_.chain.end()));
    return verdict_.load();
  };
  options.authorities = client_.anchors;
  return options;
}

void JudgedHandshakes::UseKey(const ClientOptions& options,
                              SSL_CTX* context) const {
  if (options.key == ClientKey::kNone) return;
  std::vector<bssl::UniquePtr<CRYPTO_BUFFER>> owned;
  std::vector<CRYPTO_BUFFER*> chain;
  for (const std::string& der : client_.chain) {
    owned.emplace_back(CRYPTO_BUFFER_new(
        reinterpret_cast<const uint8_t*>(der.data()), der.size(), nullptr));
    chain.push_back(owned.back().get());
  }
  const bool forged = options.key == ClientKey::kForged;
  const auto key = forged ? nullptr : KeyOf(client_.leaf_private_pem);
  EXPECT_EQ(SSL_CTX_set_chain_and_key(context, chain.data(), chain.size(),
                                      key.get(), forged ? &kForged : nullptr),
            1);
}

bssl::UniquePtr<SSL> JudgedHandshakes::NewClient(const ClientOptions& options,
                                                 Handshake& out) const {
  const bssl::UniquePtr<SSL_CTX> context = ClientContext(options);
  UseKey(options, context.get());
  bssl::UniquePtr<SSL> client(SSL_new(context.get()));
  SSL_set_app_data(client.get(), &out);
  SSL_set_connect_state(client.get());
  if (options.session != nullptr) {
    SSL_set_session(client.get(), options.session);
  }
  return client;
}

void JudgedHandshakes::Connect(SSL* client, SSL* server) {
  BIO *one = nullptr, *other = nullptr;
  BIO_new_bio_pair(&one, 0, &other, 0);
  SSL_set_bio(client, one, one);
  SSL_set_bio(server, other, other);
}

bool JudgedHandshakes::Shake(SSL* client, SSL* server) {
  for (int round = 0; round < 200; ++round) {
    const int ours = SSL_do_handshake(client);
    const int theirs = SSL_do_handshake(server);
    if (ours == 1 && theirs == 1) return true;
    if (theirs != 1 && SSL_get_error(server, theirs) == SSL_ERROR_SSL) break;
  }
  return false;
}

Handshake JudgedHandshakes::Run(const ClientOptions& options) {
  ERR_clear_error();
  Handshake result;
  const bssl::UniquePtr<SSL> client = NewClient(options, result);
  const SslPtr server = context_->NewConnection();
  if (server_seconds_ahead_ != 0) {
    seconds_ahead = server_seconds_ahead_;
    SSL_CTX_set_current_time_cb(SSL_get_SSL_CTX(server.get()), TimeOfServer);
  }
  Connect(client.get(), server.get());
  result.done = Shake(client.get(), server.get());
  ERR_clear_error();
  if (result.done) SSL_write(server.get(), "x", 1);
  ReadByte(client.get(), result);
  result.resumed = SSL_session_reused(server.get()) == 1;
  result.protocol = SelectedProtocol(client.get());
  result.chain = MutualTlsContext::PeerChain(server.get());
  return result;
}

std::string VersionName(const testing::TestParamInfo<uint16_t>& test) {
  return test.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
}

}  // namespace tollgate
