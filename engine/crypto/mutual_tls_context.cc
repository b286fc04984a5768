#include "engine/crypto/mutual_tls_context.h"

#include <openssl/aead.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/pool.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/stack.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "engine/base/limits.h"
#include "engine/base/pem.h"
#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

constexpr char kSuitesOfTls12[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

constexpr char kCurves[] = "X25519:P-256:P-384";

constexpr uint16_t kClientSignatures[] = {
    SSL_SIGN_ECDSA_SECP256R1_SHA256, SSL_SIGN_ECDSA_SECP384R1_SHA384,
    SSL_SIGN_ECDSA_SECP521R1_SHA512, SSL_SIGN_ED25519,
    SSL_SIGN_RSA_PSS_RSAE_SHA256,    SSL_SIGN_RSA_PSS_RSAE_SHA384,
    SSL_SIGN_RSA_PSS_RSAE_SHA512,    SSL_SIGN_RSA_PKCS1_SHA256,
    SSL_SIGN_RSA_PKCS1_SHA384,       SSL_SIGN_RSA_PKCS1_SHA512};

absl::Status Wrong(std::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(what);
}

// What a context needs when it is asked something; it owns one of these.
struct State {
  ChainJudge judge;
  std::string protocols;  // as ALPN has them: each behind its length
  bssl::ScopedEVP_AEAD_CTX ticket_key;
};

// BoringSSL calls it when a context goes.
void FreeState(void*, void* state, CRYPTO_EX_DATA*, int, long,
               void*) {  // NOLINT
  delete static_cast<State*>(state);
}

int StateIndex() {
  static const int index =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, FreeState);
  return index;
}

const State& StateOf(const SSL* ssl) {
  return *static_cast<const State*>(
      SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), StateIndex()));
}

std::vector<std::string> CopyChain(const STACK_OF(CRYPTO_BUFFER) * buffers) {
  std::vector<std::string> chain;
  const size_t count = buffers == nullptr ? 0 : sk_CRYPTO_BUFFER_num(buffers);
  for (size_t i = 0; i < count; ++i) {
    const CRYPTO_BUFFER* const buffer = sk_CRYPTO_BUFFER_value(buffers, i);
    chain.emplace_back(
        reinterpret_cast<const char*>(CRYPTO_BUFFER_data(buffer)),
        CRYPTO_BUFFER_len(buffer));
  }
  return chain;
}

ChainVerdict Judge(const State& state,
                   const STACK_OF(CRYPTO_BUFFER) * buffers) {
  const std::vector<std::string> chain = CopyChain(buffers);
  if (chain.empty() || chain.size() > limits::kChainCertificatesMax) {
    return ChainVerdict::kRefuse;
  }
  return state.judge(chain);
}

uint8_t AlertOf(ChainVerdict verdict) {
  switch (verdict) {
    case ChainVerdict::kRefuse:
    case ChainVerdict::kAccept:
      return SSL_AD_BAD_CERTIFICATE;
    case ChainVerdict::kExpired:
      return SSL_AD_CERTIFICATE_EXPIRED;
    case ChainVerdict::kRevoked:
      return SSL_AD_CERTIFICATE_REVOKED;
    case ChainVerdict::kUnknownAnchor:
      return SSL_AD_UNKNOWN_CA;
    case ChainVerdict::kUnsupported:
      return SSL_AD_UNSUPPORTED_CERTIFICATE;
    case ChainVerdict::kUnavailable:
      return SSL_AD_INTERNAL_ERROR;
  }
  return SSL_AD_BAD_CERTIFICATE;
}

ssl_verify_result_t VerifyClient(SSL* ssl, uint8_t* alert) {
  const ChainVerdict verdict =
      Judge(StateOf(ssl), SSL_get0_peer_certificates(ssl));
  *alert = AlertOf(verdict);
  if (verdict != ChainVerdict::kAccept) return ssl_verify_invalid;
  // R5: by itself a TLS 1.3 session could be renewed for a week. Here this is
  // the session that the handshake makes, as SSL_get0_peer_certificates has it.
  SSL_SESSION_set_timeout(SSL_get_session(ssl), limits::kTlsSessionSecondsMax);
  return ssl_verify_ok;
}

// AES-GCM-SIV, so that two equal nonces, of all those drawn, give nothing away.
const EVP_AEAD* TicketAead() { return EVP_aead_aes_256_gcm_siv(); }

constexpr size_t kTicketKeyBytes = 32;
constexpr size_t kTicketNonceBytes = 12;

size_t TicketOverhead(SSL*) {
  return kTicketNonceBytes + EVP_AEAD_max_overhead(TicketAead());
}

// Refusing to seal would end the handshake: a session that is too long for a
// ticket becomes one byte, which opens as nothing.
int SealTicket(SSL* ssl, uint8_t* out, size_t* out_size, size_t out_max,
               const uint8_t* in, size_t in_size) {
  if (out_max < TicketOverhead(ssl) + in_size) return 0;
  if (in_size > limits::kTlsSessionBytesMax) {
    *out = 0;
    *out_size = 1;
    return 1;
  }
  RAND_bytes(out, kTicketNonceBytes);
  size_t sealed = 0;
  if (EVP_AEAD_CTX_seal(StateOf(ssl).ticket_key.get(), out + kTicketNonceBytes,
                        &sealed, out_max - kTicketNonceBytes, out,
                        kTicketNonceBytes, in, in_size, nullptr, 0) != 1) {
    return 0;
  }
  *out_size = kTicketNonceBytes + sealed;
  return 1;
}

// R2: whether the chain in a session would be accepted now.
bool IsGoodNow(SSL* ssl, absl::Span<const uint8_t> session) {
  const bssl::UniquePtr<SSL_SESSION> parsed(SSL_SESSION_from_bytes(
      session.data(), session.size(), SSL_get_SSL_CTX(ssl)));
  return parsed != nullptr &&
         Judge(StateOf(ssl), SSL_SESSION_get0_peer_certificates(
                                 parsed.get())) == ChainVerdict::kAccept;
}

ssl_ticket_aead_result_t OpenTicket(SSL* ssl, uint8_t* out, size_t* out_size,
                                    size_t out_max, const uint8_t* in,
                                    size_t in_size) {
  if (in_size < kTicketNonceBytes) return ssl_ticket_aead_ignore_ticket;
  const bool opened =
      EVP_AEAD_CTX_open(StateOf(ssl).ticket_key.get(), out, out_size, out_max,
                        in, kTicketNonceBytes, in + kTicketNonceBytes,
                        in_size - kTicketNonceBytes, nullptr, 0) == 1;
  if (opened && IsGoodNow(ssl, {out, *out_size})) {
    return ssl_ticket_aead_success;
  }
  ERR_clear_error();
  return ssl_ticket_aead_ignore_ticket;
}

constexpr SSL_TICKET_AEAD_METHOD kTicketMethod = {TicketOverhead, SealTicket,
                                                  OpenTicket};

int SelectProtocol(SSL* ssl, const uint8_t** out, uint8_t* out_size,
                   const uint8_t* in, unsigned in_size, void*) {
  const std::string& ours = StateOf(ssl).protocols;
  uint8_t* selected = nullptr;
  const int found = SSL_select_next_proto(
      &selected, out_size, reinterpret_cast<const uint8_t*>(ours.data()),
      static_cast<unsigned>(ours.size()), in, in_size);
  *out = selected;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                         : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bssl::UniquePtr<CRYPTO_BUFFER> BufferOf(std::string_view bytes) {
  return bssl::UniquePtr<CRYPTO_BUFFER>(CRYPTO_BUFFER_new(
      reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), nullptr));
}

bssl::UniquePtr<EVP_PKEY> ReadPrivateKey(std::string_view pem) {
  const bssl::UniquePtr<BIO> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Without a password: what is encrypted is not opened by asking a terminal.
  const auto no_password = [](char*, int, int, void*) { return 0; };
  return bssl::UniquePtr<EVP_PKEY>(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
}

absl::Status UseCertificate(const MutualTlsContext::Options& options,
                            SSL_CTX* out) {
  const bssl::UniquePtr<EVP_PKEY> key = ReadPrivateKey(options.private_key_pem);
  if (key == nullptr) return Wrong("the private key is no PEM that is read");
  const auto ders = DecodePem(options.certificate_chain_pem,
                              {.surroundings = PemSurroundings::kExplained,
                               .blocks_max = limits::kChainCertificatesMax});
  if (!ders.has_value()) return Wrong("the certificate chain is no PEM");
  std::vector<bssl::UniquePtr<CRYPTO_BUFFER>> owned;
  std::vector<CRYPTO_BUFFER*> chain;
  for (const std::string& der : *ders) {
    owned.push_back(BufferOf(der));
    chain.push_back(owned.back().get());
  }
  if (SSL_CTX_set_chain_and_key(out, chain.data(), chain.size(), key.get(),
                                nullptr) != 1) {
    return Wrong("the private key is not that of the certificate");
  }
  return absl::OkStatus();
}

// Returns the subject of a certificate, in DER.
bssl::UniquePtr<CRYPTO_BUFFER> SubjectOf(const std::string& der) {
  const auto* data = reinterpret_cast<const uint8_t*>(der.data());
  const bssl::UniquePtr<X509> certificate(
      d2i_X509(nullptr, &data, static_cast<long>(der.size())));  // NOLINT
  if (certificate == nullptr) return nullptr;
  uint8_t* name = nullptr;
  const int size =
      i2d_X509_NAME(X509_get_subject_name(certificate.get()), &name);
  const bssl::UniquePtr<uint8_t> owned(name);
  if (size <= 0) return nullptr;
  return BufferOf(
      {reinterpret_cast<const char*>(name), static_cast<size_t>(size)});
}

absl::Status NameAuthorities(const std::vector<std::string>& authorities,
                             SSL_CTX* out) {
  bssl::UniquePtr<STACK_OF(CRYPTO_BUFFER)> names(sk_CRYPTO_BUFFER_new_null());
  size_t size = 0;
  for (const std::string& authority : authorities) {
    bssl::UniquePtr<CRYPTO_BUFFER> name = SubjectOf(authority);
    if (name == nullptr) return Wrong("an authority is no certificate");
    size += sizeof(uint16_t) + CRYPTO_BUFFER_len(name.get());
    if (size > limits::kTlsAuthorityNamesBytesMax) {
      return Wrong("the authorities' names are too long for a handshake");
    }
    if (!bssl::PushToStack(names.get(), std::move(name))) {
      return absl::ResourceExhaustedError("no memory");
    }
  }
  SSL_CTX_set0_client_CAs(out, names.release());
  return absl::OkStatus();
}

absl::Status UseProtocols(const std::vector<std::string>& protocols,
                          State& state, SSL_CTX* out) {
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255) {
      return Wrong("a protocol's name has 1 to 255 bytes");
    }
    state.protocols.push_back(static_cast<char>(protocol.size()));
    state.protocols += protocol;
  }
  if (!protocols.empty()) {
    SSL_CTX_set_alpn_select_cb(out, SelectProtocol, nullptr);
  }
  return absl::OkStatus();
}

bool DrawTicketKey(State& state) {
  std::array<uint8_t, kTicketKeyBytes> key;
  RAND_bytes(key.data(), key.size());
  const bool good =
      EVP_AEAD_CTX_init(state.ticket_key.get(), TicketAead(), key.data(),
                        key.size(), EVP_AEAD_DEFAULT_TAG_LENGTH, nullptr) == 1;
  WipeBytes(key.data(), key.size());
  return good;
}

// What does not depend on options.
bool Restrict(SSL_CTX* context) {
  SSL_CTX_set_custom_verify(
      context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, VerifyClient);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, limits::kTlsSessionSecondsMax);
  SSL_CTX_set_session_psk_dhe_timeout(context, limits::kTlsSessionSecondsMax);
  SSL_CTX_set_ticket_aead_method(context, &kTicketMethod);
  SSL_CTX_set_early_data_enabled(context, 0);
  // Servers that verify must name their sessions; tickets tell them apart.
  constexpr uint8_t kSessions[] = "tollgate";
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_strict_cipher_list(context, kSuitesOfTls12) == 1 &&
         SSL_CTX_set1_curves_list(context, kCurves) == 1 &&
         SSL_CTX_set_verify_algorithm_prefs(
             context, kClientSignatures, std::size(kClientSignatures)) == 1 &&
         SSL_CTX_set_session_id_context(context, kSessions,
                                        sizeof(kSessions)) == 1;
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const { SSL_free(ssl); }

void MutualTlsContext::ContextDeleter::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

MutualTlsContext::MutualTlsContext(ContextPtr context)
    : context_(std::move(context)) {}

absl::StatusOr<MutualTlsContext::ContextPtr> MutualTlsContext::MakeContext(
    Options options) {
  const absl::Cleanup wipe = [&options] {
    WipeBytes(options.private_key_pem.data(), options.private_key_pem.size());
  };
  if (!options.judge) return Wrong("nobody judges the clients' certificates");
  ContextPtr context(SSL_CTX_new(TLS_with_buffers_method()));
  auto owned = std::make_unique<State>();
  if (context == nullptr || !Restrict(context.get()) ||
      !DrawTicketKey(*owned) ||
      SSL_CTX_set_ex_data(context.get(), StateIndex(), owned.get()) != 1) {
    return absl::ResourceExhaustedError("no memory for a TLS context");
  }
  State& state = *owned.release();  // the context's from here
  state.judge = std::move(options.judge);
  absl::Status status = UseCertificate(options, context.get());
  if (status.ok()) {
    status = NameAuthorities(options.authorities, context.get());
  }
  if (status.ok()) {
    status = UseProtocols(options.protocols, state, context.get());
  }
  if (!status.ok()) return status;
  return context;
}

absl::StatusOr<std::unique_ptr<MutualTlsContext>> MutualTlsContext::Create(
    Options options) {
  auto context = MakeContext(std::move(options));
  if (!context.ok()) return context.status();
  return std::unique_ptr<MutualTlsContext>(
      new MutualTlsContext(*std::move(context)));
}

absl::Status MutualTlsContext::Replace(Options options) {
  auto context = MakeContext(std::move(options));
  if (!context.ok()) return context.status();
  absl::MutexLock lock(&mutex_);
  context_ = *std::move(context);
  return absl::OkStatus();
}

SslPtr MutualTlsContext::NewConnection() const {
  absl::ReaderMutexLock lock(&mutex_);
  SslPtr ssl(SSL_new(context_.get()));
  if (ssl != nullptr) SSL_set_accept_state(ssl.get());
  return ssl;
}

std::vector<std::string> MutualTlsContext::PeerChain(const ssl_st* ssl) {
  // Before its end a client has claimed a chain, and proved nothing.
  if (SSL_is_init_finished(ssl) != 1) return {};
  return CopyChain(SSL_get0_peer_certificates(ssl));
}

}  // namespace tollgate
