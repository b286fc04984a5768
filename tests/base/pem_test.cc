#include "engine/base/pem.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr char kOne[] =
    "-----BEGIN CERTIFICATE-----\nb25l\n-----END CERTIFICATE-----\n";
constexpr char kTwo[] =
    "-----BEGIN CERTIFICATE-----\ndHc=\n-----END CERTIFICATE-----";

std::string Read(const std::string& text, const PemFormat& format = {}) {
  const auto blocks = DecodePem(text, format);
  if (!blocks.has_value()) return "refused";
  std::string joined;
  for (const std::string& block : *blocks) absl::StrAppend(&joined, block, "|");
  return joined;
}

TEST(PemTest, ReadsBlocksInTheirOrder) {
  EXPECT_EQ(Read(kOne), "one|");
  EXPECT_EQ(Read(absl::StrCat(kOne, kTwo), {.blocks_max = 2}), "one|tw|");
  EXPECT_EQ(Read(absl::StrReplaceAll(kOne, {{"\n", "\r\n"}})), "one|");
  EXPECT_EQ(Read(absl::StrReplaceAll(kOne, {{"b25l", "b25\nl"}})), "one|");
  EXPECT_EQ(Read("\n\n" + std::string(kOne) + "\n"), "one|");
  EXPECT_EQ(Read(absl::StrReplaceAll(kOne, {{"CERTIFICATE", "X509 CRL"}}),
                 {.label = kPemCrl}),
            "one|");
}

TEST(PemTest, RefusesAllElse) {
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("b25l"),
        absl::StrCat(kOne, kTwo), absl::StrCat("x\n", kOne),
        absl::StrCat(kOne, "x"), std::string(kOne, sizeof(kOne) - 4),
        absl::StrReplaceAll(kOne, {{"b25l", ""}}),
        absl::StrReplaceAll(kOne, {{"b25l", "b25"}}),
        absl::StrReplaceAll(kOne, {{"b25l", "b2 5l"}}),
        absl::StrReplaceAll(kOne, {{"b25l", " b25l"}}),
        absl::StrReplaceAll(kOne, {{"b25l", "b25l\n\n"}}),
        absl::StrReplaceAll(kOne, {{"b25l", "b25m="}}),
        absl::StrReplaceAll(kOne, {{"CERTIFICATE", "CERTIFICATES"}}),
        absl::StrReplaceAll(kOne, {{"END CERTIFICATE", "END X509 CRL"}}),
        absl::StrReplaceAll(kOne, {{"BEGIN ", "BEGIN  "}}),
        absl::StrReplaceAll(kOne, {{"-----B", " -----B"}})}) {
    EXPECT_EQ(Read(text), "refused") << text;
  }
}

// RFC 7468 section 5.2.
TEST(PemTest, FilesMayExplainAndMustNotHoldOtherBlocks) {
  const PemFormat file = {.surroundings = PemSurroundings::kExplained,
                          .blocks_max = 2};
  EXPECT_EQ(
      Read(absl::StrCat("Subject: CN=one\n", kOne, "# two\n", kTwo), file),
      "one|tw|");
  EXPECT_EQ(
      Read(absl::StrCat("-----BEGIN PRIVATE KEY-----\nb25l\n-----END PRIVATE "
                        "KEY-----\n",
                        kOne),
           file),
      "refused");
}

TEST(PemTest, OneBlockOrPlainBase64) {
  EXPECT_EQ(DecodePemOrBase64(kOne, kPemCertificate), "one");
  EXPECT_EQ(DecodePemOrBase64("b25l", kPemCertificate), "one");
  EXPECT_FALSE(DecodePemOrBase64("b25l\n", kPemCertificate).has_value());
  EXPECT_FALSE(DecodePemOrBase64("", kPemCertificate).has_value());
  EXPECT_FALSE(
      DecodePemOrBase64(absl::StrCat(kOne, kTwo), kPemCertificate).has_value());
}

}  // namespace
}  // namespace tollgate
