#include "engine/base/base64.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

std::optional<std::string> Decode(std::string_view text) {
  // Of exactly the right size: writing beyond it is found by ASan.
  std::vector<char> out(Base64DecodedBytesMax(text.size()));
  const std::optional<size_t> size = DecodeBase64(text, absl::MakeSpan(out));
  if (!size) return std::nullopt;
  return std::string(out.data(), *size);
}

TEST(Base64Test, DecodesTheVectorsOfRfc4648) {
  const struct {
    std::string_view text;
    std::string_view bytes;
  } kCases[] = {
      {"", ""},
      {"Zg==", "f"},
      {"Zm8=", "fo"},
      {"Zm9v", "foo"},
      {"Zm9vYg==", "foob"},
      {"Zm9vYmE=", "fooba"},
      {"Zm9vYmFy", "foobar"},
      {"+/+/", "\xfb\xff\xbf"},
      {"QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame"},
  };
  for (const auto& [text, bytes] : kCases) {
    EXPECT_EQ(Decode(text), bytes) << text;
  }
}

TEST(Base64Test, DecodesEveryByte) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  for (size_t size = 0; size <= bytes.size(); ++size) {
    const std::string text = absl::Base64Escape(bytes.substr(0, size));
    EXPECT_EQ(Decode(text), bytes.substr(0, size)) << text;
  }
}

// Known failure "malleable twin of a token (… loose base64)": what a lenient
// decoder accepts beside the one right spelling is refused.
TEST(Base64Test, RefusesEveryOtherSpelling) {
  for (std::string_view text : {
           "Zg",       "Zg=",     "Zg===",  "Zm8",      "Zm9vYg", "Z",
           "=",        "==",      "===",    "====",     "Z===",   "Zg==Zg==",
           "Zm8=Zm8=",                                           // padding
           "Zh==",     "Zv==",    "Zm9=",   "Zm+=",     "//==",  // tail bits
           " Zg==",    "Zg== ",   "Zm9v\n", "Zm\r\n9v", "Z m9",
           "\tg==",                        // space
           "-_-_",     "Zm9-",    "Zm9_",  // base64url
           "Zm9\xff",  "Zm\x80v", "Zm9.",   "Zm=v",     "Z=9v",   "=m9v",
       }) {
    EXPECT_EQ(Decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(Decode(std::string_view("Zm9\0", 4)), std::nullopt);
}

TEST(Base64Test, EveryDecodedTextIsTheOneThatEncodes) {
  // All groups of one data byte: 64 * 64 texts, of which 256 are right.
  int decoded = 0;
  for (char a = '\x20'; a < '\x7f'; ++a) {
    for (char b = '\x20'; b < '\x7f'; ++b) {
      const std::string text = {a, b, '=', '='};
      const std::optional<std::string> bytes = Decode(text);
      if (!bytes) continue;
      ++decoded;
      EXPECT_EQ(absl::Base64Escape(*bytes), text);
    }
  }
  EXPECT_EQ(decoded, 256);
}

TEST(Base64Test, RefusesWhatDoesNotFit) {
  char out[4];
  EXPECT_EQ(DecodeBase64("Zm9v", absl::MakeSpan(out, 3)), 3);
  EXPECT_EQ(DecodeBase64("Zm9v", absl::MakeSpan(out, 2)), std::nullopt);
  EXPECT_EQ(DecodeBase64("Zg==", absl::MakeSpan(out, 1)), 1);
  EXPECT_EQ(DecodeBase64("Zg==", absl::MakeSpan(out, 0)), std::nullopt);
  EXPECT_EQ(DecodeBase64("", absl::Span<char>()), 0);
}

}  // namespace
}  // namespace tollgate
