#include "engine/crypto/key_digest.h"

#include <openssl/digest.h>
#include <openssl/hkdf.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

// Keeps K apart from anything else that is ever derived from the same bytes.
constexpr std::string_view kDerivation = "tollgate api key digest 1";

const uint8_t* AsBytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

static_assert(Pepper::kSecretBytesMax == internal::kSha256LastBlockBytesMax,
              "fact 1: secret and padding are one block");

}  // namespace

absl::StatusOr<Pepper> Pepper::Create(absl::Span<const uint8_t> bytes) {
  if (bytes.size() < kBytesMin) {
    return absl::InvalidArgumentError(
        absl::StrCat("a pepper of ", bytes.size(), " bytes is too short; ",
                     kBytesMin, " random bytes are the least"));
  }
  internal::Sha256Block key_block;
  if (HKDF(key_block.data(), key_block.size(), EVP_sha256(), bytes.data(),
           bytes.size(), /*salt=*/nullptr, /*salt_len=*/0, AsBytes(kDerivation),
           kDerivation.size()) != 1) {
    return absl::InternalError("HKDF-SHA-256 failed");
  }
  Pepper pepper;
  pepper.midstate_ = internal::Sha256FirstBlock(key_block);
  WipeBytes(key_block.data(), key_block.size());
  return pepper;
}

Pepper::~Pepper() { WipeBytes(midstate_.data(), sizeof(midstate_)); }

}  // namespace tollgate
