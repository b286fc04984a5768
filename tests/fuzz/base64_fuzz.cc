// Base64: whatever decodes is the one text that encodes to the same bytes.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "engine/base/base64.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<char> out(tollgate::Base64DecodedBytesMax(size));
  const std::optional<size_t> decoded =
      tollgate::DecodeBase64(text, absl::MakeSpan(out));
  if (decoded) {
    FUZZ_CHECK(*decoded <= out.size());
    FUZZ_CHECK(absl::Base64Escape(std::string_view(out.data(), *decoded)) ==
               text);
  }
  // And the other way round: the bytes, encoded, decode to themselves.
  const std::string encoded = absl::Base64Escape(text);
  std::vector<char> back(size);
  FUZZ_CHECK(tollgate::DecodeBase64(encoded, absl::MakeSpan(back)) == size);
  FUZZ_CHECK(std::string_view(back.data(), back.size()) == text);
  return 0;
}
