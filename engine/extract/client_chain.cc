#include "engine/extract/client_chain.h"

#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

Sha256Digest DigestOf(absl::Span<const std::string> certificates) {
  std::string framed;
  for (const std::string& certificate : certificates) {
    absl::StrAppend(&framed, certificate.size(), ":", certificate);
  }
  return Sha256(framed);
}

}  // namespace

ClientChain::ClientChain(std::vector<std::string> certificates)
    : certificates_(std::move(certificates)),
      digest_(DigestOf(certificates_)),
      end_entity_digest_(Sha256(certificates_.front())) {}

std::optional<ClientChain> ClientChain::Of(
    std::vector<std::string> certificates) {
  if (certificates.empty() ||
      certificates.size() > limits::kChainCertificatesMax) {
    return std::nullopt;
  }
  for (const std::string& certificate : certificates) {
    if (certificate.empty() ||
        certificate.size() > limits::kCertificateBytesMax) {
      return std::nullopt;
    }
  }
  return ClientChain(std::move(certificates));
}

}  // namespace tollgate
