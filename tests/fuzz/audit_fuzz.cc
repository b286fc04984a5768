// Audit files: any bytes are told from an audit, since nobody has the key; and
// a line that follows, with any byte of it changed, does not.

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "engine/json/writer.h"
#include "engine/observe/audit_chain.h"
#include "engine/observe/audit_verify.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

const AuditChain& Chain() {
  static const std::vector<uint8_t> key(32, 0x5a);
  static const auto& chain = *new AuditChain(key);
  return chain;
}

void CheckForgery(std::string_view text) {
  AuditVerifier verifier(&Chain(), nullptr);
  for (const std::string_view line : absl::StrSplit(text, '\n')) {
    if (const auto state = AuditChain::StateOf(line)) {
      FUZZ_CHECK(AuditChain::ParseState(AuditChain::FormatState(*state)) ==
                 *state);
    }
    if (!verifier.Add(line)) break;
  }
  FUZZ_CHECK(!verifier.Finish(text).intact);
  FUZZ_CHECK(!Chain().ReadHead(text).has_value());
}

void CheckChange(std::string_view text) {
  std::string body, line;
  JsonWriter(&body).BeginObject().Key("x").String(text).EndObject();
  ChainState state;
  Chain().AppendLine(body, state, line);
  line.pop_back();
  ChainState seen;
  FUZZ_CHECK(Chain().Follow(line, seen));
  FUZZ_CHECK(seen == state);
  std::string changed = line;
  changed[text.size() % changed.size()] ^= 1;
  ChainState other;
  FUZZ_CHECK(!Chain().Follow(changed, other));
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tollgate::CheckForgery(text);
  tollgate::CheckChange(text);
  return 0;
}
