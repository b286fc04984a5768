// Chains of certificates: a path that is found good has the signatures, dates
// and usages of one, and is found whatever the order of those in between.
// Names, constraints on them and policies are for tests/crypto.
//
// An input is certificates one behind the other in DER: the end entity, others,
// the anchor.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/crypto/certificate.h"
#include "engine/crypto/certification_path.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

constexpr UnixSeconds kNow = {1'800'000'000};
constexpr size_t kCertificatesMax = 8;

constexpr PathOptions kOptions = {.purpose = PathPurpose::kClient};

// Takes one element off the front of `bytes`, with its header; all that is left
// if its length makes no sense.
std::string_view TakeElement(std::string_view& bytes) {
  const auto byte = [&](size_t i) -> size_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
  };
  size_t size = 2 + byte(1);
  if (byte(1) == 0x81) size = 3 + byte(2);
  if (byte(1) == 0x82) size = 4 + byte(2) * 256 + byte(3);
  const std::string_view element = bytes.substr(0, size);
  bytes.remove_prefix(element.size());
  return element;
}

std::vector<CertificatePtr> ParseAll(std::string_view bytes) {
  std::vector<CertificatePtr> certificates;
  while (!bytes.empty() && certificates.size() < kCertificatesMax) {
    const auto parsed = Certificate::Parse(TakeElement(bytes));
    if (parsed.ok()) certificates.push_back(*parsed);
  }
  return certificates;
}

void CheckAuthority(const Certificate& authority, size_t others_below) {
  FUZZ_CHECK(authority.authority());
  FUZZ_CHECK(authority.usable_for(kKeyCertSign));
  const auto& limit = authority.basic_constraints->path_length;
  FUZZ_CHECK(!limit.has_value() || others_below <= *limit);
}

void CheckPath(const PathResult& result,
               const std::vector<CertificatePtr>& chain,
               const CertificatePtr& anchor) {
  const std::vector<CertificatePtr>& path = result.path;
  FUZZ_CHECK(path.size() >= 2);
  FUZZ_CHECK(path.front() == chain.front() && path.back() == anchor);
  FUZZ_CHECK(kNow.value < result.good_until.value);
  FUZZ_CHECK(path.front()->extended_key_usage.has_value() &&
             path.front()->extended_key_usage->client);
  FUZZ_CHECK(path.front()->usable_for(
      static_cast<KeyUsageBit>(kDigitalSignature | kKeyAgreement)));
  size_t others_below = 0;  // that are not self-issued
  for (size_t i = 0; i < path.size(); ++i) {
    const Certificate& certificate = *path[i];
    FUZZ_CHECK(certificate.not_before.value <= kNow.value);
    FUZZ_CHECK(result.good_until.value <= certificate.not_after.value + 1);
    FUZZ_CHECK(!certificate.has_unhandled_critical_extension);
    FUZZ_CHECK(certificate.key.strong());
    if (i > 0) {
      FUZZ_CHECK(path[i - 1]->issuer == certificate.subject);
      FUZZ_CHECK(certificate.key.Verify(path[i - 1]->signature_scheme,
                                        path[i - 1]->signed_part,
                                        path[i - 1]->signature));
    }
    if (path[i] == anchor) {
      const auto& basic = certificate.basic_constraints;
      FUZZ_CHECK(!basic.has_value() || !basic->path_length.has_value() ||
                 others_below <= *basic->path_length);
      continue;
    }
    if (i > 0) {
      CheckAuthority(certificate, others_below);
      others_below += !certificate.self_issued();
    }
    const auto& usage = certificate.extended_key_usage;
    FUZZ_CHECK(!usage.has_value() || usage->client || usage->any);
  }
}

PathError ErrorOf(const std::vector<CertificatePtr>& chain,
                  const std::vector<CertificatePtr>& anchors, int64_t seconds) {
  return PathValidator(anchors, {}, kOptions)
      .Validate(chain, UnixSeconds{seconds})
      .error;
}

void Check(std::string_view bytes) {
  std::vector<CertificatePtr> chain = ParseAll(bytes);
  if (chain.size() < 2) return;
  const CertificatePtr anchor = chain.back();
  chain.pop_back();
  const PathValidator validator({anchor}, {}, kOptions);
  const PathResult result = validator.Validate(chain, kNow);
  FUZZ_CHECK((result.error == PathError::kNone) == !result.path.empty());
  FUZZ_CHECK(ErrorOf(chain, {}, kNow.value) != PathError::kNone);
  if (result.error != PathError::kNone) return;
  CheckPath(result, chain, anchor);
  // By itself it ends when it says; of others there may be one that goes on.
  const std::vector<CertificatePtr> alone(result.path.begin(),
                                          result.path.end() - 1);
  const int64_t end = result.good_until.value;
  FUZZ_CHECK(ErrorOf(alone, {anchor}, end - 1) == PathError::kNone);
  FUZZ_CHECK(ErrorOf(alone, {anchor}, end) != PathError::kNone);
  // So few can be ordered in no way that takes too much work.
  if (chain.size() > 3) return;
  std::reverse(chain.begin() + 1, chain.end());
  FUZZ_CHECK(ErrorOf(chain, {anchor}, kNow.value) == PathError::kNone);
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tollgate::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
