// What another implementation, BoringSSL's X.509, makes of minted bytes.
//
// Thread-safety: pure functions. Ownership: what is returned is the caller's.

#ifndef TOLLGATE_TESTS_MINT_BORING_X509_H_
#define TOLLGATE_TESTS_MINT_BORING_X509_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>
#include <string_view>

#include "tools/mint/client_chains.h"

namespace tollgate::mint {

// Returns the certificate or list that all of `der` is; null: it is none.
bssl::UniquePtr<X509> ParseX509(std::string_view der);
bssl::UniquePtr<X509_CRL> ParseCrl(std::string_view der);

// Returns the public key; null: it can not be read.
bssl::UniquePtr<EVP_PKEY> PublicKeyOf(X509* certificate);

// Validates a client's chain at kGoodTime, with its lists if there are any.
// Returns what is wrong, "ok" when nothing is, "parse" when something of it can
// not be read.
std::string BoringVerdict(const ClientChainFiles& files);

}  // namespace tollgate::mint

#endif  // TOLLGATE_TESTS_MINT_BORING_X509_H_
