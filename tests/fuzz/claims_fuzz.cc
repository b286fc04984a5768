// Claims: whatever is accepted says the same when it is written another way,
// and is within its bounds.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "engine/base/limits.h"
#include "engine/json/reader.h"
#include "engine/verify/claims.h"
#include "tests/fuzz/fuzz_check.h"
#include "tests/fuzz/reencode.h"

namespace tollgate {
namespace {

constexpr JsonReader::Options kOptions = {
    .bytes_max = 8 * limits::kTokenBytesMax,
    .depth_max = limits::kClaimsDepthMax};

// Those of `scope`, `scp` and `scopes` come in the order of the members.
std::vector<std::string_view> Sorted(absl::Span<const std::string_view> list) {
  std::vector<std::string_view> sorted(list.begin(), list.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

void CheckSame(const Claims& a, const Claims& b) {
  FUZZ_CHECK(a.issuer == b.issuer);
  FUZZ_CHECK(a.subject == b.subject);
  FUZZ_CHECK(a.token_id == b.token_id);
  FUZZ_CHECK(a.client == b.client);
  FUZZ_CHECK(a.audiences == b.audiences);
  FUZZ_CHECK(Sorted(a.scopes) == Sorted(b.scopes));
  FUZZ_CHECK(a.carries_scopes == b.carries_scopes);
  FUZZ_CHECK(a.expires == b.expires);
  FUZZ_CHECK(a.not_before == b.not_before);
  FUZZ_CHECK(a.issued == b.issued);
  FUZZ_CHECK(a.bound == b.bound);
  FUZZ_CHECK(a.certificate_thumbprint == b.certificate_thumbprint);
  FUZZ_CHECK(a.key_thumbprint == b.key_thumbprint);
  FUZZ_CHECK(a.bound_otherwise == b.bound_otherwise);
  FUZZ_CHECK(a.policy.has_value() == b.policy.has_value());
}

void CheckBounds(const Claims& claims) {
  FUZZ_CHECK(claims.audiences.size() <= limits::kAudiencesMax);
  FUZZ_CHECK(claims.scopes.size() <= limits::kScopesPerGrantMax);
  FUZZ_CHECK(claims.scopes.empty() || claims.carries_scopes);
  FUZZ_CHECK(claims.bound == claims.all->Find("cnf").has_value());
  FUZZ_CHECK(!claims.bound || claims.bound_otherwise ||
             !claims.certificate_thumbprint.empty() ||
             !claims.key_thumbprint.empty());
}

void Run(std::string_view text) {
  JsonReader reader(kOptions);
  const auto value = reader.Parse(text);
  if (!value.ok() || value->kind() != JsonKind::kObject) return;
  Claims claims;
  const Reason reason = ReadClaims(*value->Object(), claims);

  JsonReader other_reader(kOptions);
  const std::string other_text = Reencode(*value);
  if (other_text.size() > kOptions.bytes_max) return;
  const auto other = other_reader.ParseObject(other_text);
  FUZZ_CHECK(other.ok());
  Claims other_claims;
  FUZZ_CHECK(ReadClaims(*other, other_claims) == reason);
  if (reason != Reason::kOk) return;
  CheckBounds(claims);
  CheckSame(claims, other_claims);
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tollgate::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
