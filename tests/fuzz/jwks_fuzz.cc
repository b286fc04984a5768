// Key sets: any bytes are refused, or are keys that each have one algorithm
// that was asked for, none of them named twice; never a secret or a private key
// that was not.

#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "engine/base/limits.h"
#include "engine/lookup/jwks.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

bool IsSecret(Algorithm algorithm) {
  return algorithm == Algorithm::kHs256 || algorithm == Algorithm::kHs384 ||
         algorithm == Algorithm::kHs512;
}

void CheckSet(const KeySet& set, const JwksOptions& options) {
  FUZZ_CHECK(set.entries().size() <= limits::kJwksKeysMax);
  for (const KeySet::Entry& entry : set.entries()) {
    const Algorithm algorithm = entry.key.algorithm();
    FUZZ_CHECK(algorithm != Algorithm::kNone);
    FUZZ_CHECK(options.symmetric || !IsSecret(algorithm));
    FUZZ_CHECK(entry.kid.size() <= limits::kKidBytesMax);
    FUZZ_CHECK(!entry.key.Verify("input", std::string(64, 's')));
    if (entry.kid.empty()) continue;
    FUZZ_CHECK(set.HasKid(entry.kid));
    FUZZ_CHECK(set.Find(entry.kid, true, algorithm) == &entry);
  }
  for (const std::string& line : set.skipped()) {
    FUZZ_CHECK(!absl::StrContains(line, "\n"));
  }
}

void Check(std::string_view text, const JwksOptions& options) {
  const auto set = KeySet::ParseSet(text, options);
  if (set.ok()) CheckSet(*set, options);
  const auto key = KeySet::ParseKey(text, options);
  if (!key.ok()) return;
  FUZZ_CHECK(key->entries().size() == 1);
  CheckSet(*key, options);
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tollgate::Check(text, {});
  tollgate::Check(text, {.symmetric = true});
  tollgate::Check(text, {.algorithms = {tollgate::Algorithm::kEs256}});
  return 0;
}
