// Base62: the vector code agrees with the plain loop, and a number has one
// spelling.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "engine/base/base62.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool expected = std::all_of(text.begin(), text.end(), [](char c) {
    return tollgate::kBase62Alphabet.find(c) != std::string_view::npos;
  });
  FUZZ_CHECK(tollgate::IsBase62(text) == expected);
  FUZZ_CHECK(tollgate::internal::IsBase62Portable(text.data(), size) ==
             expected);

  if (size != tollgate::kBase62Uint32Chars || !expected) return 0;
  const uint64_t value = tollgate::Base62Value(text.data());
  FUZZ_CHECK(value == tollgate::internal::Base62ValuePortable(text.data()));
  if (value <= UINT32_MAX) {
    const tollgate::Base62Uint32 encoded =
        tollgate::EncodeBase62(static_cast<uint32_t>(value));
    FUZZ_CHECK(std::string_view(encoded.data(), encoded.size()) == text);
  }
  return 0;
}
