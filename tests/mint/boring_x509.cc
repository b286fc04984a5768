#include "tests/mint/boring_x509.h"

#include <openssl/err.h>
#include <openssl/stack.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace tollgate::mint {
namespace {

// Whether all are certificates; puts them at the end of `out`.
bool ParseAll(const std::vector<std::string>& ders, STACK_OF(X509) * out) {
  for (const std::string& der : ders) {
    bssl::UniquePtr<X509> certificate = ParseX509(der);
    if (certificate == nullptr) return false;
    bssl::PushToStack(out, std::move(certificate));
  }
  return true;
}

bool ParseLists(const std::vector<std::string>& ders,
                STACK_OF(X509_CRL) * out) {
  for (const std::string& der : ders) {
    bssl::UniquePtr<X509_CRL> list = ParseCrl(der);
    if (list == nullptr) return false;
    bssl::PushToStack(out, std::move(list));
  }
  return true;
}

template <typename T, typename Read>
bssl::UniquePtr<T> ParseAllOf(std::string_view der, Read&& read) {
  const auto* data = reinterpret_cast<const uint8_t*>(der.data());
  const uint8_t* const end = data + der.size();
  bssl::UniquePtr<T> parsed(
      read(nullptr, &data, static_cast<long>(der.size())));
  ERR_clear_error();
  return data == end ? std::move(parsed) : nullptr;
}

}  // namespace

bssl::UniquePtr<X509> ParseX509(std::string_view der) {
  return ParseAllOf<X509>(der, d2i_X509);
}

bssl::UniquePtr<X509_CRL> ParseCrl(std::string_view der) {
  return ParseAllOf<X509_CRL>(der, d2i_X509_CRL);
}

bssl::UniquePtr<EVP_PKEY> PublicKeyOf(X509* certificate) {
  bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(certificate));
  ERR_clear_error();
  return key;
}

std::string BoringVerdict(const ClientChainFiles& files) {
  const bssl::UniquePtr<STACK_OF(X509)> chain(sk_X509_new_null());
  const bssl::UniquePtr<STACK_OF(X509)> anchors(sk_X509_new_null());
  const bssl::UniquePtr<STACK_OF(X509_CRL)> lists(sk_X509_CRL_new_null());
  if (!ParseAll(files.chain, chain.get()) ||
      !ParseAll(files.anchors, anchors.get()) ||
      !ParseLists(files.crls, lists.get())) {
    return "parse";
  }
  const bssl::UniquePtr<X509_STORE> store(X509_STORE_new());
  const bssl::UniquePtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), sk_X509_value(chain.get(), 0),
                      chain.get());
  X509_STORE_CTX_trusted_stack(context.get(), anchors.get());
  X509_STORE_CTX_set0_crls(context.get(), lists.get());
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, kGoodTime);
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT);
  unsigned long flags = X509_V_FLAG_POLICY_CHECK;
  if (!files.crls.empty()) {
    flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
  }
  X509_VERIFY_PARAM_set_flags(param, flags);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return good ? "ok"
              : X509_verify_cert_error_string(
                    X509_STORE_CTX_get_error(context.get()));
}

}  // namespace tollgate::mint
