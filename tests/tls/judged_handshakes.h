// Handshakes in one process, over a pair of buffers: BoringSSL's client and the
// server of a MutualTlsContext, whose judge says what a test wants.
//
//   using ResumptionTest = JudgedHandshakes;
//   TEST_F(ResumptionTest, ...) { Handshake first = Run({...}); ... }
//
// Thread-safety: Run may be called on several threads; the rest belongs to the
// test's.

#ifndef TOLLGATE_TESTS_TLS_JUDGED_HANDSHAKES_H_
#define TOLLGATE_TESTS_TLS_JUDGED_HANDSHAKES_H_

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/crypto/mutual_tls_context.h"
#include "gtest/gtest.h"
#include "tools/mint/client_chains.h"

namespace tollgate {

// What a handshake came to.
struct Handshake {
  bool done = false;               // and a byte has come through
  bool resumed = false;            // as the server has it
  int alert = 0;                   // the server's, as the client's error has it
  std::string protocol;            // of ALPN
  std::vector<std::string> chain;  // PeerChain at the end
  bssl::UniquePtr<SSL_SESSION> session;  // the last that may be resumed
};

enum class ClientKey : uint8_t { kNone, kOwn, kForged };

struct ClientOptions {
  uint16_t version = TLS1_3_VERSION;
  ClientKey key = ClientKey::kOwn;
  const char* suites = nullptr;
  const char* curves = nullptr;
  uint16_t signature = 0;      // the only one it makes
  std::string protocols = "";  // ALPN, as on the wire
  bool tickets = true;
  SSL_SESSION* session = nullptr;
};

class JudgedHandshakes : public testing::Test {
 protected:
  explicit JudgedHandshakes(
      const mint::Recipe& client_recipe = mint::GoodRecipe());

  // Those of a server whose judge gives `verdict_`, and checks that it is asked
  // about the client's chain.
  MutualTlsContext::Options Options();

  Handshake Run(const ClientOptions& options = ClientOptions());

  // A client in the state to connect, without a transport; a session for it is
  // kept in `out`.
  bssl::UniquePtr<SSL> NewClient(const ClientOptions& options,
                                 Handshake& out) const;

  static void Connect(SSL* client, SSL* server);

  // Goes on until both are done, or one has failed.
  static bool Shake(SSL* client, SSL* server);

  const mint::ClientChainFiles client_;
  std::unique_ptr<MutualTlsContext> context_;
  std::atomic<ChainVerdict> verdict_ = ChainVerdict::kAccept;
  std::atomic<int> judged_ = 0;
  int64_t server_seconds_ahead_ = 0;  // of the client's clock

 private:
  void UseKey(const ClientOptions& options, SSL_CTX* context) const;
};

class BothVersions : public JudgedHandshakes,
                     public testing::WithParamInterface<uint16_t> {
 protected:
  ClientOptions Client(SSL_SESSION* session = nullptr) const {
    return {.version = GetParam(), .session = session};
  }
};

std::string VersionName(const testing::TestParamInfo<uint16_t>& test);

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_TLS_JUDGED_HANDSHAKES_H_
