// Addresses and prefixes: what is read agrees with inet_pton, and is written
// back as the same value.

#include <arpa/inet.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/ip_address.h"
#include "tests/fuzz/fuzz_check.h"

namespace {

using tollgate::IpAddress;
using tollgate::IpPrefix;

// Returns what the C library reads; it knows no lengths, so a NUL is refused
// here.
std::optional<IpAddress> LibraryParse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  std::array<uint8_t, 16> bytes;
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) {
    uint32_t value;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return IpAddress::FromV4(ntohl(value));
  }
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) {
    return IpAddress::FromV6(bytes);
  }
  return std::nullopt;
}

void CheckAddress(std::string_view text) {
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  FUZZ_CHECK(address == LibraryParse(text));
  if (!address) return;
  FUZZ_CHECK(!address->is_none());
  FUZZ_CHECK(IpAddress::Parse(address->ToString()) == address);
  FUZZ_CHECK(address->EmbeddedV4().is_none() || address->is_v6());
}

void CheckPrefix(std::string_view text) {
  const absl::StatusOr<IpPrefix> prefix = IpPrefix::Parse(text);
  if (!prefix.ok()) {
    FUZZ_CHECK(!prefix.status().message().empty());
    return;
  }
  FUZZ_CHECK(prefix->Contains(prefix->network()));
  FUZZ_CHECK(prefix->bits() <= tollgate::IpBits(prefix->kind()));
  const absl::StatusOr<IpPrefix> again = IpPrefix::Parse(prefix->ToString());
  FUZZ_CHECK(again.ok() && *again == *prefix);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckAddress(text);
  CheckPrefix(text);
  return 0;
}
