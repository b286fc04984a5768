// The good chain is good, and each defect is one, also to an implementation
// that nobody here wrote. Where that one is more lenient, the bytes are looked
// at instead.

#include "tools/mint/client_chains.h"

#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <set>
#include <string>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/mint/boring_x509.h"

namespace tollgate::mint {
namespace {

// What BoringSSL's X.509 judges otherwise than RFC 5280 or our limits. Of an
// anchor it sees no more than name, key and validity; no hash or key is too
// weak for it; constraints on addresses it refuses, and wildcards it takes for
// themselves; a list of changes is a whole one to it; it reads more than DER,
// and names and keys only when asked for them.
constexpr std::string_view kJudgedOtherwise[] = {
    "authority_without_a_name",
    "path_length_exceeded",
    "root_is_no_authority",
    "unknown_critical_extension_in_root",
    "chain_of_twelve",
    "chain_too_long",
    "sha1_signature",
    "md5_signature",
    "rsa_1024_leaf",
    "rsa_1024_intermediate",
    "curve_p224",
    "dns_wildcard_over_the_excluded",
    "dns_constraint_malformed",
    "uri_of_an_address",
    "curve_with_explicit_parameters",
    "key_off_the_curve",
    "key_of_unknown_algorithm",
    "length_not_minimal",
    "nul_in_dns",
    "nul_in_uri",
    "nul_in_email",
    "nul_in_common_name",
    "no_name_in_the_list",
    "ip_of_five_octets",
    "serial_negative",
    "serial_zero",
    "serial_too_long",
    "list_without_next_update",
    "list_signed_with_sha1",
    "list_delta",
    "names_permitted",
};

Recipe RecipeOf(std::string_view name) {
  for (const Defect& defect : Defects()) {
    if (defect.name == name) return Spoilt(defect);
  }
  ADD_FAILURE() << "no defect " << name;
  return GoodRecipe();
}

ClientChainFiles Chain(std::string_view name) { return Mint(RecipeOf(name)); }

bssl::UniquePtr<X509> Leaf(std::string_view name) {
  return ParseX509(Chain(name).chain.front());
}

TEST(ClientChainsTest, TheGoodChainIsGood) {
  const ClientChainFiles files = Mint(GoodRecipe());
  EXPECT_EQ(files.chain.size(), 2u);
  EXPECT_EQ(files.anchors.size(), 1u);
  EXPECT_EQ(BoringVerdict(files), "ok");
}

TEST(ClientChainsTest, NamesLeftOutAreNotThere) {
  const auto leaf = ParseX509(
      Mint(GoodRecipe({.uri = "", .dns = "", .email = ""})).chain.front());
  ASSERT_NE(leaf, nullptr);
  EXPECT_EQ(X509_get_ext_by_NID(leaf.get(), NID_subject_alt_name, -1), -1);
}

TEST(ClientChainsTest, NoTwoDefectsHaveOneName) {
  std::set<std::string_view> names = {"good"};
  for (const Defect& defect : Defects()) {
    EXPECT_TRUE(names.insert(defect.name).second) << defect.name;
  }
}

TEST(ClientChainsTest, ThoseJudgedOtherwiseAreDefects) {
  for (const std::string_view name : kJudgedOtherwise) RecipeOf(name);
}

class DefectTest : public testing::TestWithParam<Defect> {};

TEST_P(DefectTest, IsOneToOthersToo) {
  const Defect& defect = GetParam();
  const bool otherwise = absl::c_linear_search(kJudgedOtherwise, defect.name);
  const std::string verdict = BoringVerdict(Mint(Spoilt(defect)));
  EXPECT_EQ(verdict == "ok", HasGoodPath(defect) != otherwise) << verdict;
}

INSTANTIATE_TEST_SUITE_P(All, DefectTest, testing::ValuesIn(Defects()),
                         [](const auto& test) {
                           return std::string(test.param.name);
                         });

TEST(DefectBytesTest, WeakSignaturesAndKeys) {
  EXPECT_EQ(X509_get_signature_nid(Leaf("sha1_signature").get()),
            NID_sha1WithRSAEncryption);
  EXPECT_EQ(X509_get_signature_nid(Leaf("md5_signature").get()),
            NID_md5WithRSAEncryption);
  const auto bits = [](std::string_view der) {
    return EVP_PKEY_bits(PublicKeyOf(ParseX509(der).get()).get());
  };
  EXPECT_EQ(bits(Chain("rsa_1024_leaf").chain[0]), 1024);
  EXPECT_EQ(bits(Chain("rsa_1024_intermediate").chain[1]), 1024);
  EXPECT_EQ(bits(Chain("curve_p224").chain[0]), 224);
}

TEST(DefectBytesTest, KeysThatCanNotBeRead) {
  for (const std::string_view name :
       {"curve_with_explicit_parameters", "key_off_the_curve",
        "key_of_unknown_algorithm"}) {
    const auto leaf = Leaf(name);
    ASSERT_NE(leaf, nullptr) << name;
    EXPECT_EQ(PublicKeyOf(leaf.get()), nullptr) << name;
  }
}

TEST(DefectBytesTest, Nuls) {
  const auto has = [](std::string_view name, std::string_view bytes) {
    return absl::StrContains(Chain(name).chain.front(), bytes);
  };
  EXPECT_TRUE(has("nul_in_dns", {"\x82\x1aone.example.com\0.evil.test", 28}));
  EXPECT_TRUE(has("nul_in_uri", {"\x86\x10urn:client:one\0x", 18}));
  EXPECT_TRUE(has("nul_in_email", {"\x81\x11one@example.com\0x", 19}));
  EXPECT_TRUE(has("nul_in_common_name", {"\x0c\x08one\0evil", 10}));
}

TEST(DefectBytesTest, SerialNumbers) {
  const auto serial = [](std::string_view name) {
    const auto leaf = Leaf(name);
    return ASN1_INTEGER_get(X509_get0_serialNumber(leaf.get()));
  };
  EXPECT_LT(serial("serial_negative"), 0);
  EXPECT_EQ(serial("serial_zero"), 0);
  EXPECT_EQ(RecipeOf("serial_too_long").leaf.serial.size(), 21u);
}

TEST(DefectBytesTest, LengthsThatAreNotDer) {
  const std::string longer = Chain("length_not_minimal").chain.front();
  EXPECT_EQ(longer.substr(0, 3), std::string("\x30\x83\0", 3));
  const std::string endless = Chain("length_indefinite").chain.front();
  EXPECT_EQ(endless.substr(0, 2), "\x30\x80");
  EXPECT_TRUE(absl::EndsWith(endless, std::string(2, '\0')));
}

TEST(DefectBytesTest, AnAuthorityWithoutAName) {
  const ClientChainFiles files = Chain("authority_without_a_name");
  const auto authority = ParseX509(files.chain[1]);
  ASSERT_NE(authority, nullptr);
  EXPECT_EQ(X509_NAME_entry_count(X509_get_subject_name(authority.get())), 0);
  EXPECT_EQ(X509_check_issued(authority.get(), ParseX509(files.chain[0]).get()),
            X509_V_OK);
}

TEST(DefectBytesTest, ListsThatDoNotCount) {
  const auto list = [](std::string_view name) {
    return ParseCrl(Chain(name).crls[1]);
  };
  const auto delta = list("list_delta");
  EXPECT_GE(X509_CRL_get_ext_by_NID(delta.get(), NID_delta_crl, -1), 0);
  EXPECT_EQ(X509_CRL_get_signature_nid(list("list_signed_with_sha1").get()),
            NID_sha1WithRSAEncryption);
  const auto endless = list("list_without_next_update");
  EXPECT_EQ(X509_CRL_get0_nextUpdate(endless.get()), nullptr);
}

TEST(DefectBytesTest, HowManyAreSent) {
  EXPECT_EQ(Chain("chain_of_twelve").chain.size(), 12u);
  EXPECT_EQ(Chain("chain_too_long").chain.size(), 9u);
  EXPECT_EQ(Chain("intermediates_of_one_name").chain.size(), 10u);
  EXPECT_EQ(Chain("missing_intermediate").chain.size(), 1u);
  EXPECT_EQ(Chain("anchor_is_sent").chain.size(), 3u);
  EXPECT_EQ(Chain("lists_in_force").crls.size(), 2u);
  EXPECT_EQ(Chain("list_missing").crls.size(), 1u);
}

}  // namespace
}  // namespace tollgate::mint
