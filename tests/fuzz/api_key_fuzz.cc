// API keys among headers, in each of their forms: one spelling, and what is
// taken is what was presented.
//
// Input: lines `name: value`.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/base/base62.h"
#include "engine/extract/api_key_text.h"
#include "engine/extract/extractor.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

const ApiKeyText& Format() {
  static const auto& format = *new ApiKeyText("tg", "live");
  return format;
}

const Extractor& AllForms() {
  static const auto& extractor =
      *new Extractor({.keys = Format(), .tokens = true, .certificates = true});
  return extractor;
}

// A key has one spelling: what is taken apart composes to itself.
void CheckText(std::string_view text) {
  KeyId id;
  std::string_view secret;
  if (Format().Parse(text, id, secret) != Reason::kOk) return;
  FUZZ_CHECK(Format().LooksLikeKey(text));
  FUZZ_CHECK(IsBase62(id.text()) && IsBase62(secret));
  FUZZ_CHECK(Format().Compose(id, secret) == text);
}

// Whether a header has the key, in the form that its name has.
bool Presents(const std::vector<HeaderView>& headers, std::string_view id,
              std::string_view secret) {
  bool has_id = false;
  bool has_secret = false;
  for (const HeaderView& header : headers) {
    has_id |= header.value.find(id) != header.value.npos;
    has_secret |= header.value.find(secret) != header.value.npos;
    for (const std::string_view word :
         absl::StrSplit(header.value, absl::ByAnyChar(" \t"))) {
      std::string pair;
      if (absl::Base64Unescape(word, &pair) &&
          pair == absl::StrCat(id, ":", secret)) {
        return true;
      }
    }
  }
  return has_id && has_secret;
}

void CheckHeaders(const std::vector<HeaderView>& headers) {
  Extracted out;
  AllForms().Extract(headers, out);
  if (out.reason != Reason::kOk) return;
  FUZZ_CHECK(out.kind == CredentialKind::kApiKey ||
             out.kind == CredentialKind::kToken);
  if (out.kind == CredentialKind::kToken) {
    FUZZ_CHECK(!out.token.empty() && !Format().LooksLikeKey(out.token));
    return;
  }
  FUZZ_CHECK(IsBase62(out.id.text()) && !out.secret.empty());
  FUZZ_CHECK(Presents(headers, out.id.text(), out.secret));
  // Another credential beside it is one too many, whatever it is.
  for (const HeaderView extra : {HeaderView{"Authorization", "Bearer x"},
                                 HeaderView{"X-API-Key", "x"}}) {
    std::vector<HeaderView> two = headers;
    two.push_back(extra);
    Extracted refused;
    AllForms().Extract(two, refused);
    FUZZ_CHECK(refused.reason != Reason::kOk);
  }
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<tollgate::HeaderView> headers;
  for (const std::string_view line : absl::StrSplit(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon == line.npos) {
      tollgate::CheckText(line);
      continue;
    }
    const std::string_view value = line.substr(colon + 1);
    headers.push_back({line.substr(0, colon), value});
    tollgate::CheckText(value);
    tollgate::CheckText(absl::StripPrefix(value, " "));
  }
  tollgate::CheckHeaders(headers);
  return 0;
}
