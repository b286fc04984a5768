// Certificates in headers: any bytes are malformed, or a bounded chain. The
// first byte chooses the style; a line break begins a further line of the
// field.

#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "engine/base/limits.h"
#include "engine/extract/forwarded_certificate.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

void Check(ForwardedStyle style, std::string_view text) {
  std::vector<HeaderView> headers;
  for (const std::string_view line : absl::StrSplit(text, '\n')) {
    switch (style) {
      case ForwardedStyle::kClientCert:
        headers.push_back(
            {headers.empty() ? "Client-Cert" : "Client-Cert-Chain", line});
        break;
      case ForwardedStyle::kXfcc:
        headers.push_back({"X-Forwarded-Client-Cert", line});
        break;
      case ForwardedStyle::kEscapedPem:
        headers.push_back({"X-SSL-Client-Cert", line});
        break;
    }
  }
  const ForwardedCertificate read =
      ReadForwardedCertificate({.style = style}, headers);
  if (read.outcome != ForwardedCertificate::Outcome::kFound) {
    FUZZ_CHECK(read.certificates.empty());
    return;
  }
  FUZZ_CHECK(!read.certificates.empty());
  FUZZ_CHECK(read.certificates.size() <= limits::kChainCertificatesMax);
  for (const auto& certificate : read.certificates) {
    FUZZ_CHECK(!certificate.empty() && certificate.size() < text.size());
  }
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tollgate::Check(static_cast<tollgate::ForwardedStyle>(data[0] % 3),
                  text.substr(1));
  return 0;
}
