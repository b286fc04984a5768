// Server-side TLS whose clients must have a certificate that somebody judges:
// for gateways that terminate mutual TLS with BoringSSL.
//
//   auto context = MutualTlsContext::Create({chain_pem, key_pem, judge, ...});
//   SslPtr ssl = (*context)->NewConnection();
//   ... SSL_set_fd, SSL_accept ...
//   auto chain = ClientChain::Of(MutualTlsContext::PeerChain(ssl.get()))
//                    .value_or(ClientChain::Unreadable());
//   ... requests of this connection name the chain ...
//
// What it insists on: a client certificate; TLS 1.2 or 1.3; key exchange with
// ECDHE over X25519, P-256 or P-384; AEAD suites; signatures by the client with
// SHA-256 and up. No early data, which could be replayed; no renegotiation.
//
// A certificate is judged in every handshake, in resumed ones as well (CVE-
// 2025-23419, CVE-2025-68121), by what is in force then:
//
// R1. BoringSSL asks the verifying callback in full handshakes only
//     (reverify_on_resume is for clients). So sessions are resumed by tickets
//     and in no other way: the cache of sessions is off.
// R2. A ticket is the session, sealed by this context's key. Opening one calls
//     the judge with the chain in it; a ticket that holds no chain, or one that
//     is refused now, is ignored: a full handshake follows, which asks the
//     client for its certificate, and the judge once more.
// R3. A context that replaces another has another key: tickets end with it.
// R4. A ticket says nothing about what has changed since the handshake ended.
//     Connections last, so requests are decided about with the chain, each by
//     itself (engine/validator.h): a handshake is a door, not the decision.
// R5. A client proves that it has its key in full handshakes only. Its tickets,
//     and those that they are exchanged for, end an hour after one: renewing
//     does not prolong (BoringSSL's own bound is a week).
//
// Chains that make a session longer than limits::kTlsSessionBytesMax are judged
// as others are, and not resumed.
//
// Thread-safety: all methods, from any thread; a connection belongs to one. The
// judge is called on the threads that do handshakes, at once.
// Ownership: connections hold what they need of their context by reference
// count: Replace and the context's end leave them as they are.
// Cost: control path. Errors: InvalidArgument that says which part is wrong,
// never with a byte of the key.

#ifndef TOLLGATE_ENGINE_CRYPTO_MUTUAL_TLS_CONTEXT_H_
#define TOLLGATE_ENGINE_CRYPTO_MUTUAL_TLS_CONTEXT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"

struct ssl_ctx_st;  // of BoringSSL, as the next
struct ssl_st;

namespace tollgate {

// What becomes of a client's chain, and which alert says so (RFC 8446 section
// 6.2).
enum class ChainVerdict : uint8_t {
  kRefuse = 0,  // bad_certificate
  kAccept,
  kExpired,        // certificate_expired
  kRevoked,        // certificate_revoked
  kUnknownAnchor,  // unknown_ca
  kUnsupported,    // unsupported_certificate
  kUnavailable,    // internal_error
};

// Judges certificates in DER, the end entity's first, as of now.
using ChainJudge =
    std::function<ChainVerdict(absl::Span<const std::string> chain)>;

struct SslDeleter {
  void operator()(ssl_st* ssl) const;
};
using SslPtr = std::unique_ptr<ssl_st, SslDeleter>;

class MutualTlsContext {
 public:
  struct Options {
    std::string certificate_chain_pem;  // the server's, its own first
    std::string private_key_pem;        // not encrypted; wiped by Create
    ChainJudge judge;
    // Certificates in DER whose subjects clients are told of, so that they can
    // choose; none: whatever they have. Together the names have at most
    // limits::kTlsAuthorityNamesBytesMax bytes.
    std::vector<std::string> authorities = {};
    std::vector<std::string> protocols = {};  // ALPN, the preferred first
  };

  static absl::StatusOr<std::unique_ptr<MutualTlsContext>> Create(
      Options options);

  MutualTlsContext(const MutualTlsContext&) = delete;
  MutualTlsContext& operator=(const MutualTlsContext&) = delete;

  // Makes `options` those of later connections. On an error all stays.
  absl::Status Replace(Options options) ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns a connection in the state to accept, without a transport.
  SslPtr NewConnection() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns the chain of a connection, resumed or not: in DER, the end entity's
  // first. Empty until the handshake is done.
  static std::vector<std::string> PeerChain(const ssl_st* ssl);

 private:
  struct ContextDeleter {
    void operator()(ssl_ctx_st* context) const;
  };
  using ContextPtr = std::unique_ptr<ssl_ctx_st, ContextDeleter>;

  explicit MutualTlsContext(ContextPtr context);
  static absl::StatusOr<ContextPtr> MakeContext(Options options);

  mutable absl::Mutex mutex_;
  ContextPtr context_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_MUTUAL_TLS_CONTEXT_H_
