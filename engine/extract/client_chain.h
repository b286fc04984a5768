// The certificates of a client, as its connection proved them: read once for
// the connection, named by each of its requests.
//
//   std::optional<ClientChain> chain = ClientChain::Of(certificates);
//   if (!chain && !certificates.empty()) chain = ClientChain::Unreadable();
//   request.client_chain = chain ? &*chain : nullptr;
//
// Certificates are in DER, the end entity's first; there may be none.
// The caller vouches that whoever sends the requests holds the private key of
// the first certificate: that is what a TLS handshake proves, and nothing here
// can. Nothing else is known of the certificates: they are parsed and proved by
// engine/verify, once for each chain and not for each connection.
//
// Thread-safety: immutable. Ownership: owns the certificates. Cost: two SHA-256
// over the bytes; a request that names it costs nothing.
// Errors: nullopt for no certificate, more than limits::kChainCertificatesMax,
// an empty one, or one longer than limits::kCertificateBytesMax. Unreadable()
// stands for certificates that are there and can not be read: a credential all
// the same, which is refused, alone and beside another.

#ifndef TOLLGATE_ENGINE_EXTRACT_CLIENT_CHAIN_H_
#define TOLLGATE_ENGINE_EXTRACT_CLIENT_CHAIN_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/crypto/sha256.h"

namespace tollgate {

class ClientChain {
 public:
  static std::optional<ClientChain> Of(std::vector<std::string> certificates);

  static ClientChain Unreadable() { return ClientChain(); }

  // None of one that is unreadable.
  absl::Span<const std::string> certificates() const { return certificates_; }
  bool is_unreadable() const { return certificates_.empty(); }

  // Of all certificates, in their order and framed: no two chains that can be
  // read share it.
  const Sha256Digest& digest() const { return digest_; }

  // Of the first: x5t#S256 of RFC 8705, without its base64url.
  const Sha256Digest& end_entity_digest() const { return end_entity_digest_; }

 private:
  ClientChain() = default;
  explicit ClientChain(std::vector<std::string> certificates);

  std::vector<std::string> certificates_;
  Sha256Digest digest_ = {};
  Sha256Digest end_entity_digest_ = {};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_EXTRACT_CLIENT_CHAIN_H_
