// FindClientAddress over any field values. The input is one byte for the peer,
// then lines: those that begin with 'f' are Forwarded, others X-Forwarded-For.

#include <string_view>
#include <vector>

#include "engine/policy/client_address.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

const TrustedProxies& Proxies() {
  static const TrustedProxies* const proxies = new TrustedProxies(
      *TrustedProxies::Compile({"10.0.0.0/8", "2001:db8::/32"}));
  return *proxies;
}

using Lines = std::vector<std::string_view>;

void Check(const IpAddress& peer, const Lines& x_forwarded_for,
           const Lines& forwarded) {
  const auto find = [&](const Lines& xff, const Lines& fwd) {
    return FindClientAddress(peer, Proxies(), {xff, fwd});
  };
  const IpAddress both = find(x_forwarded_for, forwarded);
  if (!Proxies().Contains(peer)) {
    FUZZ_CHECK(both == peer);
    return;
  }
  // Neither field says more beside the other than alone.
  if (!both.is_none() && !x_forwarded_for.empty()) {
    FUZZ_CHECK(both == find(x_forwarded_for, {}));
  }
  if (!both.is_none() && !forwarded.empty()) {
    FUZZ_CHECK(both == find({}, forwarded));
  }
  // A proxy that appends its own peer is walked over, and does not change who
  // the client is: unless there were as many elements as there may be.
  if (!both.is_none() && forwarded.empty() && !x_forwarded_for.empty()) {
    Lines longer = x_forwarded_for;
    longer.push_back("10.1.1.1");
    const IpAddress walked = find(longer, {});
    FUZZ_CHECK(walked == both || walked.is_none());
  }
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tollgate;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  if (rest.empty()) return 0;
  const bool trusted = rest.front() != 'u';
  rest.remove_prefix(1);
  Lines x_forwarded_for;
  Lines forwarded;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    (line.starts_with('f') ? forwarded : x_forwarded_for).push_back(line);
  }
  Check(IpAddress::FromV4(trusted ? 0x0a000001 : 0xc0000201), x_forwarded_for,
        forwarded);
  return 0;
}
