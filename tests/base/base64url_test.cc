#include "engine/base/base64url.h"

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Decoder = size_t (*)(std::string_view, absl::Span<char>);

// Decodes a copy of the text that ends where its memory does, to memory of
// `more` bytes than it needs: ASan finds every byte too many.
std::optional<std::string> DecodeBy(Decoder decoder, std::string_view text,
                                    size_t more) {
  const std::vector<char> copy(text.begin(), text.end());
  std::vector<char> out(Base64UrlDecodedBytesMax(text.size()) + more);
  const size_t size = decoder({copy.data(), copy.size()}, absl::MakeSpan(out));
  if (size == internal::kNotBase64Url) return std::nullopt;
  return std::string(out.data(), size);
}

std::optional<std::string> Decode(std::string_view text) {
  const auto bytes = DecodeBy(internal::DecodeBase64Url, text, 0);
  EXPECT_EQ(bytes, DecodeBy(internal::DecodeBase64Url, text, 24)) << text;
  EXPECT_EQ(bytes, DecodeBy(internal::DecodeBase64UrlByGroups, text, 0))
      << text;
  return bytes;
}

TEST(Base64UrlTest, DecodesAndEncodesTheVectorsOfRfc4648And7515) {
  const struct {
    std::string_view text;
    std::string_view bytes;
  } kCases[] = {
      {"", ""},
      {"Zg", "f"},
      {"Zm8", "fo"},
      {"Zm9v", "foo"},
      {"Zm9vYg", "foob"},
      {"Zm9vYmE", "fooba"},
      {"Zm9vYmFy", "foobar"},
      {"-_-_", "\xfb\xff\xbf"},
      {"A-z_4ME", "\x03\xec\xff\xe0\xc1"},          // RFC 7515 appendix C
      {"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",  // and A.1
       "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}"},
  };
  for (const auto& [text, bytes] : kCases) {
    EXPECT_EQ(Decode(text), bytes) << text;
    EXPECT_EQ(EncodeBase64Url(bytes), text);
  }
}

TEST(Base64UrlTest, DecodesWhatItEncodesOfEverySize) {
  std::mt19937 random(7);
  std::string bytes;
  for (int size = 0; size < 400; ++size) {
    const std::string text = EncodeBase64Url(bytes);
    EXPECT_EQ(text, absl::WebSafeBase64Escape(bytes));
    EXPECT_EQ(Decode(text), bytes) << text;
    bytes += static_cast<char>(random());
  }
}

// Known failure "malleable twin of a token (… loose base64)".
TEST(Base64UrlTest, RefusesEveryOtherSpelling) {
  for (std::string_view text : {
           "Z",    "Zm9vY", "Zg==",   "Zg=",      "Zm8=", "=",
           "====",                                                // length
           "Zh",   "Zv",    "Zm9",    "Zm-",      "__",           // bits
           " Zg",  "Zg ",   "Zm9v\n", "Zm\r\n9v", "Z m9", "\tg",  // space
           "+/+/", "Zm9+",  "Zm9/",   "Zm9.",     "Zm,v", "Zm9\xff", "\x80mvv",
       }) {
    EXPECT_EQ(Decode(text), std::nullopt) << text;
  }
}

// Each byte at each place of a text long enough for whole vectors and a rest.
TEST(Base64UrlTest, KnowsEveryCharacterAtEveryPlace) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (size_t place = 0; place < 76; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(76, 'A');
      text[place] = static_cast<char>(byte);
      const auto bytes = Decode(text);
      const bool good = kAlphabet.find(text[place]) != std::string_view::npos;
      ASSERT_EQ(bytes.has_value(), good) << byte << " at " << place;
      if (good) {
        ASSERT_EQ(EncodeBase64Url(*bytes), text);
      }
    }
  }
}

// Of every length, for bits beyond the data in whatever part of the decoder.
TEST(Base64UrlTest, EveryDecodedTextIsTheOneThatEncodes) {
  for (size_t length = 2; length < 80; ++length) {
    int decoded = 0;
    for (char last = '\x20'; last < '\x7f'; ++last) {
      const std::string text = std::string(length - 1, 'x') + last;
      const auto bytes = Decode(text);
      if (!bytes) continue;
      ++decoded;
      EXPECT_EQ(EncodeBase64Url(*bytes), text);
    }
    const int kExpected[] = {64, 0, 4, 16};
    EXPECT_EQ(decoded, kExpected[length % 4]) << length;
  }
}

TEST(Base64UrlTest, RefusesWhatDoesNotFitAndWritesNotBeyondIt) {
  for (const size_t size : {2, 3, 4, 31, 32, 34, 43, 64, 66}) {
    const std::string text(size, 'A');
    const size_t bytes = Base64UrlDecodedBytesMax(size);
    std::string out(bytes + 64, '#');
    for (const size_t room : {bytes, bytes + 1, bytes + 23, bytes + 32}) {
      EXPECT_EQ(DecodeBase64Url(text, absl::MakeSpan(out).first(room)), bytes);
      EXPECT_EQ(out.substr(0, bytes), std::string(bytes, '\0')) << size;
      EXPECT_EQ(out.substr(room, 32), std::string(32, '#')) << size;
    }
    EXPECT_EQ(DecodeBase64Url(text, absl::MakeSpan(out).first(bytes - 1)),
              std::nullopt)
        << size;
  }
  EXPECT_EQ(DecodeBase64Url("", absl::Span<char>()), 0);
}

}  // namespace
}  // namespace tollgate
