// Certificate revocation lists: any bytes are refused, or are a list that names
// what its bytes name.

#include <algorithm>
#include <string_view>

#include "engine/crypto/crl.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto parsed = tollgate::Crl::Parse(bytes);
  if (!parsed.ok()) return 0;
  const tollgate::Crl& crl = **parsed;
  FUZZ_CHECK(crl.der == bytes);
  FUZZ_CHECK(!crl.issuer.empty());
  FUZZ_CHECK(std::is_sorted(crl.serials.begin(), crl.serials.end()));
  for (const std::string_view serial : crl.serials) {
    FUZZ_CHECK(crl.Lists(serial));
    FUZZ_CHECK(serial.data() >= crl.der.data() &&
               serial.data() + serial.size() <=
                   crl.der.data() + crl.der.size());
  }
  return 0;
}
