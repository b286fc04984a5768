// What is minted is what was asked for, read by another implementation.

#include "tools/mint/certificate_mint.h"

#include <openssl/bio.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/mint/boring_x509.h"
#include "tools/mint/mint_key.h"

namespace tollgate::mint {
namespace {

CertificateSpec Spec() {
  CertificateSpec spec = {.serial = "\x01\x02"};
  spec.subject = Name("subject");
  spec.issuer = Name("issuer");
  return spec;
}

bssl::UniquePtr<X509> Minted(const CertificateSpec& spec, const MintKey& key) {
  return ParseX509(MintCertificate(spec, key.public_key(), key));
}

bool IsSignedBy(X509* certificate, X509* issuer) {
  return X509_verify(certificate, PublicKeyOf(issuer).get()) == 1;
}

std::string OneLine(X509_NAME* name) {
  char text[256];
  return X509_NAME_oneline(name, text, sizeof(text));
}

// The algorithms that the signed part and what is around it name.
std::pair<int, int> Algorithms(X509* certificate) {
  const X509_ALGOR* outer = nullptr;
  X509_get0_signature(nullptr, &outer, certificate);
  return {
      OBJ_obj2nid(X509_get0_tbs_sigalg(certificate)->algorithm),
      OBJ_obj2nid(outer->algorithm),
  };
}

std::string SignatureOf(X509* certificate) {
  const ASN1_BIT_STRING* bits = nullptr;
  X509_get0_signature(&bits, nullptr, certificate);
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(bits)),
          static_cast<size_t>(ASN1_STRING_length(bits))};
}

TEST(CertificateMintTest, FieldsAreThoseAskedFor) {
  const auto x509 = Minted(Spec(), MintKey::Ec());
  ASSERT_NE(x509, nullptr);
  EXPECT_EQ(X509_get_version(x509.get()), X509_VERSION_3);
  EXPECT_EQ(ASN1_INTEGER_get(X509_get0_serialNumber(x509.get())), 0x0102);
  EXPECT_EQ(OneLine(X509_get_subject_name(x509.get())), "/CN=subject");
  EXPECT_EQ(OneLine(X509_get_issuer_name(x509.get())), "/CN=issuer");
  time_t at = kNotBefore;
  EXPECT_EQ(X509_cmp_time(X509_get0_notBefore(x509.get()), &at), -1);
  at = kNotBefore - 1;
  EXPECT_EQ(X509_cmp_time(X509_get0_notBefore(x509.get()), &at), 1);
  at = kNotAfter - 1;
  EXPECT_EQ(X509_cmp_time(X509_get0_notAfter(x509.get()), &at), 1);
  EXPECT_EQ(X509_get_ext_count(x509.get()), 0);
}

TEST(CertificateMintTest, ANameHasItsAttributesInOrder) {
  CertificateSpec spec = Spec();
  spec.subject = NameOf({{kOrganization, "Acme", kPrintableString},
                         {kEmailAddress, "a@b.test", kIa5String},
                         {kCommonName, "c"}});
  const auto x509 = Minted(spec, MintKey::Ec());
  ASSERT_NE(x509, nullptr);
  EXPECT_EQ(OneLine(X509_get_subject_name(x509.get())),
            "/O=Acme/emailAddress=a@b.test/CN=c");
}

TEST(CertificateMintTest, TimesCanBeGeneralizedBefore2050) {
  CertificateSpec spec = Spec();
  EXPECT_EQ(
      ASN1_STRING_type(X509_get0_notAfter(Minted(spec, MintKey::Ec()).get())),
      V_ASN1_UTCTIME);
  spec.generalized_times = true;
  EXPECT_EQ(
      ASN1_STRING_type(X509_get0_notAfter(Minted(spec, MintKey::Ec()).get())),
      V_ASN1_GENERALIZEDTIME);
}

TEST(CertificateMintTest, AnAuthoritysExtensions) {
  CertificateSpec spec = Spec();
  spec.extensions = {BasicConstraints(true, 3),
                     KeyUsage(kKeyCertSignBit | kCrlSignBit),
                     SubjectKeyId("key"), Unknown(false)};
  const auto x509 = Minted(spec, MintKey::Ec());
  ASSERT_NE(x509, nullptr);
  EXPECT_EQ(X509_get_ext_count(x509.get()), 4);
  EXPECT_EQ(X509_get_pathlen(x509.get()), 3);
  EXPECT_EQ(X509_check_ca(x509.get()), 1);
  EXPECT_EQ(X509_get_key_usage(x509.get()),
            uint32_t{KU_KEY_CERT_SIGN | KU_CRL_SIGN});
  EXPECT_TRUE(X509_EXTENSION_get_critical(X509_get_ext(x509.get(), 0)));
  EXPECT_FALSE(X509_EXTENSION_get_critical(X509_get_ext(x509.get(), 3)));
}

TEST(CertificateMintTest, ExtendedKeyUsage) {
  CertificateSpec spec = Spec();
  spec.extensions = {mint::ExtendedKeyUsage({kClientAuth})};
  const auto x509 = Minted(spec, MintKey::Ec());
  ASSERT_NE(x509, nullptr);
  EXPECT_EQ(X509_get_extended_key_usage(x509.get()), uint32_t{XKU_SSL_CLIENT});
}

TEST(CertificateMintTest, NamesOfEveryKind) {
  CertificateSpec spec = Spec();
  spec.extensions = {SubjectAltName({Uri("u:x"), Dns({"a\0b", 3}), Email("e@x"),
                                     Ip("\x7f\x01\x01\x01"),
                                     Directory(Name("d")), OtherName()})};
  const auto x509 = Minted(spec, MintKey::Ec());
  ASSERT_NE(x509, nullptr);
  const bssl::UniquePtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509.get(), NID_subject_alt_name, nullptr, nullptr)));
  ASSERT_NE(names, nullptr);
  std::vector<int> kinds;
  for (size_t i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    kinds.push_back(sk_GENERAL_NAME_value(names.get(), i)->type);
  }
  EXPECT_EQ(kinds, std::vector<int>({GEN_URI, GEN_DNS, GEN_EMAIL, GEN_IPADD,
                                     GEN_DIRNAME, GEN_OTHERNAME}));
  // The NUL is in the certificate, not the end of the name.
  const ASN1_STRING* const dns = sk_GENERAL_NAME_value(names.get(), 1)->d.ia5;
  EXPECT_EQ(ASN1_STRING_length(dns), 3);
}

TEST(CertificateMintTest, ASignatureCanBeCorrupt) {
  const MintKey key = MintKey::Ec();
  CertificateSpec spec = Spec();
  const auto good = Minted(spec, key);
  spec.corrupt_signature = true;
  const auto bad = Minted(spec, key);
  EXPECT_TRUE(IsSignedBy(good.get(), good.get()));
  EXPECT_FALSE(IsSignedBy(bad.get(), good.get()));
}

TEST(CertificateMintTest, TheTwinIsAnotherSignatureOfTheSame) {
  const MintKey key = MintKey::Ec();
  const std::string der = MintCertificate(Spec(), key.public_key(), key);
  const auto x509 = ParseX509(der);
  const std::string signature = SignatureOf(x509.get());
  const std::string twin = EcdsaTwin(signature);
  EXPECT_NE(twin, signature);
  EXPECT_EQ(EcdsaTwin(twin), signature);
  CertificateSpec spec = Spec();
  spec.twin_signature = true;
  const auto other = Minted(spec, key);
  EXPECT_TRUE(IsSignedBy(other.get(), x509.get()));
}

TEST(CertificateMintTest, TheOuterAlgorithmCanDiffer) {
  CertificateSpec spec = Spec();
  const MintKey key = MintKey::Ec();
  EXPECT_EQ(
      Algorithms(Minted(spec, key).get()),
      std::make_pair(int{NID_ecdsa_with_SHA256}, int{NID_ecdsa_with_SHA256}));
  spec.outer_scheme = Scheme::kEcdsaSha384;
  EXPECT_EQ(
      Algorithms(Minted(spec, key).get()),
      std::make_pair(int{NID_ecdsa_with_SHA256}, int{NID_ecdsa_with_SHA384}));
}

struct SchemeCase {
  Scheme scheme;
  int identifier;
};

class SchemeTest : public testing::TestWithParam<SchemeCase> {
 protected:
  static MintKey Key() {
    switch (GetParam().identifier) {
      case NID_ecdsa_with_SHA256:
        return MintKey::Ec(256);
      case NID_ecdsa_with_SHA384:
        return MintKey::Ec(384);
      case NID_ecdsa_with_SHA512:
        return MintKey::Ec(521);
      case NID_ED25519:
        return MintKey::Ed25519();
      default:
        return MintKey::Rsa(2048);
    }
  }
};

TEST_P(SchemeTest, SignsAndIsNamed) {
  CertificateSpec spec = Spec();
  spec.scheme = GetParam().scheme;
  const auto x509 = Minted(spec, Key());
  ASSERT_NE(x509, nullptr);
  EXPECT_TRUE(IsSignedBy(x509.get(), x509.get()));
  EXPECT_EQ(Algorithms(x509.get()).first, GetParam().identifier);
}

INSTANTIATE_TEST_SUITE_P(
    All, SchemeTest,
    testing::Values(SchemeCase{Scheme::kEcdsaSha256, NID_ecdsa_with_SHA256},
                    SchemeCase{Scheme::kEcdsaSha384, NID_ecdsa_with_SHA384},
                    SchemeCase{Scheme::kEcdsaSha512, NID_ecdsa_with_SHA512},
                    SchemeCase{Scheme::kRsaSha256, NID_sha256WithRSAEncryption},
                    SchemeCase{Scheme::kRsaSha384, NID_sha384WithRSAEncryption},
                    SchemeCase{Scheme::kRsaSha512, NID_sha512WithRSAEncryption},
                    SchemeCase{Scheme::kRsaPssSha256, NID_rsassaPss},
                    SchemeCase{Scheme::kRsaPssSha384, NID_rsassaPss},
                    SchemeCase{Scheme::kRsaPssSha512, NID_rsassaPss},
                    SchemeCase{Scheme::kEd25519, NID_ED25519},
                    SchemeCase{Scheme::kRsaSha1, NID_sha1WithRSAEncryption},
                    SchemeCase{Scheme::kRsaMd5, NID_md5WithRSAEncryption}));

TEST(MintKeyTest, KeysAreOfTheSizeAskedFor) {
  const auto bits = [](const MintKey& key) {
    return EVP_PKEY_bits(PublicKeyOf(Minted(Spec(), key).get()).get());
  };
  EXPECT_EQ(bits(MintKey::Rsa(1024)), 1024);
  EXPECT_EQ(bits(MintKey::Rsa(2048)), 2048);
  for (const int curve : {224, 256, 384, 521}) {
    EXPECT_EQ(bits(MintKey::Ec(curve)), curve);
  }
}

TEST(MintKeyTest, RsaKeysAreMadeOnceAProcess) {
  EXPECT_EQ(MintKey::Rsa(1024).public_key(), MintKey::Rsa(1024).public_key());
  EXPECT_NE(MintKey::Ec().public_key(), MintKey::Ec().public_key());
}

TEST(MintKeyTest, ThePrivateKeyIsThatOfTheCertificate) {
  for (const MintKey& key :
       {MintKey::Ec(), MintKey::Rsa(2048), MintKey::Ed25519()}) {
    const std::string pem = key.private_pem();
    EXPECT_TRUE(absl::StartsWith(pem, "-----BEGIN PRIVATE KEY-----\n"));
    const bssl::UniquePtr<BIO> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const bssl::UniquePtr<EVP_PKEY> read(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    ASSERT_NE(read, nullptr);
    const auto x509 = Minted(Spec(), key);
    EXPECT_EQ(X509_check_private_key(x509.get(), read.get()), 1);
  }
}

// The parameters are those of P-256, but not by its name.
TEST(MintKeyTest, ACurveCanBeSpeltOut) {
  const MintKey key = MintKey::Ec();
  const std::string named = key.public_key();
  const std::string explicit_curve = key.public_key_with_explicit_curve();
  const std::string point = named.substr(named.size() - 65);
  EXPECT_TRUE(absl::EndsWith(explicit_curve, point));
  EXPECT_GT(explicit_curve.size(), named.size() + 5 * 32);
  const auto x509 = ParseX509(MintCertificate(Spec(), explicit_curve, key));
  ASSERT_NE(x509, nullptr);
  EXPECT_EQ(PublicKeyOf(x509.get()), nullptr);
}

TEST(CrlMintTest, FieldsAreThoseAskedFor) {
  const MintKey key = MintKey::Ec();
  CrlSpec spec = {.issuer = Name("issuer"), .next_update = kNotAfter};
  spec.revoked = {{"\x05", {}, kNotBefore + 60}, {"\x06", {Unknown(true)}}};
  spec.extensions = {CrlNumber(300)};
  const auto crl = ParseCrl(MintCrl(spec, key));
  ASSERT_NE(crl, nullptr);
  const auto x509 = Minted(Spec(), key);
  EXPECT_EQ(X509_CRL_verify(crl.get(), PublicKeyOf(x509.get()).get()), 1);
  EXPECT_EQ(OneLine(X509_CRL_get_issuer(crl.get())), "/CN=issuer");
  STACK_OF(X509_REVOKED)* const revoked = X509_CRL_get_REVOKED(crl.get());
  ASSERT_EQ(sk_X509_REVOKED_num(revoked), 2u);
  const X509_REVOKED* const first = sk_X509_REVOKED_value(revoked, 0);
  EXPECT_EQ(ASN1_INTEGER_get(X509_REVOKED_get0_serialNumber(first)), 5);
  time_t at = kNotBefore + 59;
  EXPECT_EQ(X509_cmp_time(X509_REVOKED_get0_revocationDate(first), &at), 1);
  const bssl::UniquePtr<ASN1_INTEGER> number(static_cast<ASN1_INTEGER*>(
      X509_CRL_get_ext_d2i(crl.get(), NID_crl_number, nullptr, nullptr)));
  ASSERT_NE(number, nullptr);
  EXPECT_EQ(ASN1_INTEGER_get(number.get()), 300);
}

TEST(CrlMintTest, ASignatureCanBeCorruptAndItsAlgorithmDiffer) {
  const MintKey key = MintKey::Ec();
  const auto x509 = Minted(Spec(), key);
  const auto verify = [&](const CrlSpec& spec) {
    const auto crl = ParseCrl(MintCrl(spec, key));
    return X509_CRL_verify(crl.get(), PublicKeyOf(x509.get()).get()) == 1;
  };
  CrlSpec spec = {.issuer = Name("issuer")};
  EXPECT_TRUE(verify(spec));
  spec.corrupt_signature = true;
  EXPECT_FALSE(verify(spec));
  spec.corrupt_signature = false;
  spec.outer_scheme = Scheme::kEcdsaSha384;
  EXPECT_FALSE(verify(spec));
}

TEST(CrlMintTest, WithoutNextUpdateThereIsNone) {
  CrlSpec spec = {.issuer = Name("issuer"), .next_update = std::nullopt};
  const auto crl = ParseCrl(MintCrl(spec, MintKey::Ec()));
  ASSERT_NE(crl, nullptr);
  EXPECT_EQ(X509_CRL_get0_nextUpdate(crl.get()), nullptr);
}

TEST(PemTest, IsReadAsWhatItWas) {
  const MintKey key = MintKey::Ec();
  const std::string der = MintCertificate(Spec(), key.public_key(), key);
  const std::string pem = Pem(der);
  const bssl::UniquePtr<BIO> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const bssl::UniquePtr<X509> read(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(X509_cmp(read.get(), ParseX509(der).get()), 0);
}

}  // namespace
}  // namespace tollgate::mint
