// Chains of certificates: a path that is found good is one, whoever wrote the
// certificates, and is found whatever the order of those in between.
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

void CheckPath(const PathResult& result,
               const std::vector<CertificatePtr>& chain,
               const CertificatePtr& anchor) {
  const std::vector<CertificatePtr>& path = result.path;
  FUZZ_CHECK(path.size() >= 2);
  FUZZ_CHECK(path.front() == chain.front() && path.back() == anchor);
  FUZZ_CHECK(kNow.value < result.good_until.value);
  for (size_t i = 0; i < path.size(); ++i) {
    FUZZ_CHECK(path[i]->not_before.value <= kNow.value);
    FUZZ_CHECK(result.good_until.value <= path[i]->not_after.value + 1);
    FUZZ_CHECK(!path[i]->has_unhandled_critical_extension);
    if (i > 0) FUZZ_CHECK(path[i - 1]->issuer == path[i]->subject);
    if (i > 0 && path[i] != anchor) FUZZ_CHECK(path[i]->authority());
  }
}

void Check(std::string_view bytes) {
  std::vector<CertificatePtr> chain = ParseAll(bytes);
  if (chain.size() < 2) return;
  const CertificatePtr anchor = chain.back();
  chain.pop_back();
  const PathValidator validator({anchor}, {}, kOptions);
  const PathResult result = validator.Validate(chain, kNow);
  FUZZ_CHECK((result.error == PathError::kNone) == !result.path.empty());
  const PathValidator without_anchor({}, {}, kOptions);
  FUZZ_CHECK(without_anchor.Validate(chain, kNow).error != PathError::kNone);
  if (result.error != PathError::kNone) return;
  CheckPath(result, chain, anchor);
  const auto at = [&](int64_t seconds) {
    return PathValidator({anchor}, {}, kOptions)
        .Validate(chain, UnixSeconds{seconds})
        .error;
  };
  FUZZ_CHECK(at(result.good_until.value - 1) == PathError::kNone);
  FUZZ_CHECK(at(result.good_until.value) != PathError::kNone);
  std::reverse(chain.begin() + 1, chain.end());
  FUZZ_CHECK(at(kNow.value) == PathError::kNone);
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tollgate::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
