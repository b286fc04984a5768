#include "engine/crypto/certificate_key.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/crypto/certificate.h"
#include "engine/crypto/der.h"
#include "gtest/gtest.h"
#include "tools/mint/certificate_mint.h"
#include "tools/mint/der_text.h"
#include "tools/mint/mint_key.h"

namespace tollgate {
namespace {

using mint::Der;
using mint::DerNumber;
using mint::DerOid;
using mint::MintKey;

const std::string kNull("\x05\x00", 2);

struct HashRow {
  std::string_view oid;
  std::string_view rsa_oid;  // with PKCS #1 v1.5
  std::string_view ecdsa_oid;
  uint64_t bytes;
  SignatureScheme rsa, pss, ecdsa;
};

constexpr HashRow kHashes[] = {
    {"2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2",
     32, SignatureScheme::kRsaSha256, SignatureScheme::kPssSha256,
     SignatureScheme::kEcdsaSha256},
    {"2.16.840.1.101.3.4.2.2", "1.2.840.113549.1.1.12", "1.2.840.10045.4.3.3",
     48, SignatureScheme::kRsaSha384, SignatureScheme::kPssSha384,
     SignatureScheme::kEcdsaSha384},
    {"2.16.840.1.101.3.4.2.3", "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.4",
     64, SignatureScheme::kRsaSha512, SignatureScheme::kPssSha512,
     SignatureScheme::kEcdsaSha512},
};

std::string Identifier(std::string_view oid, std::string_view parameters) {
  return Der(0x30, DerOid(oid) + std::string(parameters));
}

std::string PssOf(std::string_view fields) {
  return Identifier("1.2.840.113549.1.1.10", Der(0x30, fields));
}

std::string PssField(int number, std::string_view contents) {
  return Der(static_cast<uint8_t>(0xa0 + number), contents);
}

std::string Mgf1(const std::string& hash) {
  return Identifier("1.2.840.113549.1.1.8", hash);
}

std::string Pss(const std::string& hash, const std::string& mask_hash,
                uint64_t salt_bytes) {
  return PssOf(PssField(0, hash) + PssField(1, Mgf1(mask_hash)) +
               PssField(2, DerNumber(salt_bytes)));
}

TEST(CertificateKeyTest, ParametersOfRsaAreNullOrAbsent) {
  for (const HashRow& row : kHashes) {
    EXPECT_EQ(SignatureSchemeOf(Identifier(row.rsa_oid, kNull)), row.rsa);
    EXPECT_EQ(SignatureSchemeOf(Identifier(row.rsa_oid, "")), row.rsa);
    for (const std::string& bad :
         {kNull + kNull, std::string("\x05\x01\x00", 3),
          std::string("\x05\x81\x00", 3), std::string("\x05"), DerNumber(0),
          Der(0x30, ""), Der(0x04, "")}) {
      EXPECT_EQ(SignatureSchemeOf(Identifier(row.rsa_oid, bad)),
                SignatureScheme::kUnknown);
    }
  }
}

TEST(CertificateKeyTest, ParametersOfTheHashesOfPssAreNullOrAbsent) {
  for (const HashRow& row : kHashes) {
    for (const std::string& hash : {kNull, std::string()}) {
      for (const std::string& mask_hash : {kNull, std::string()}) {
        EXPECT_EQ(
            SignatureSchemeOf(Pss(Identifier(row.oid, hash),
                                  Identifier(row.oid, mask_hash), row.bytes)),
            row.pss);
      }
    }
  }
}

TEST(CertificateKeyTest, PssHasOneHashAndASaltAsLong) {
  const std::string sha256 = Identifier(kHashes[0].oid, "");
  const std::string sha384 = Identifier(kHashes[1].oid, "");
  const std::string sha1 = Identifier("1.3.14.3.2.26", kNull);
  const std::string bad_null = Identifier(kHashes[0].oid, kNull + kNull);
  const std::string hash = PssField(0, sha256);
  const std::string mask = PssField(1, Mgf1(sha256));
  const std::string salt = PssField(2, DerNumber(32));
  ASSERT_EQ(SignatureSchemeOf(PssOf(hash + mask + salt)),
            SignatureScheme::kPssSha256);
  for (const std::string& bad : {
           Pss(sha256, sha384, 32),
           Pss(sha384, sha256, 48),
           Pss(sha256, sha256, 20),
           Pss(sha256, sha256, 48),
           Pss(sha256, sha256, 32 + 256),
           Pss(sha1, sha1, 20),
           Pss(bad_null, sha256, 32),
           Pss(sha256, bad_null, 32),
           Pss(sha256 + sha256, sha256, 32),
           PssOf(""),
           PssOf(hash + mask),
           PssOf(hash + salt),
           PssOf(mask + salt),
           PssOf(mask + hash + salt),
           PssOf(hash +
                 PssField(1, Identifier("1.2.840.113549.1.1.9", sha256)) +
                 salt),
           PssOf(hash + PssField(1, sha256) + salt),
           PssOf(hash + mask + PssField(2, DerNumber(32) + kNull)),
           PssOf(hash + mask + PssField(2, mint::DerInteger({"\0\x20", 2}))),
           // The trailer's default, written out.
           PssOf(hash + mask + salt + PssField(3, DerNumber(1))),
           Identifier("1.2.840.113549.1.1.10", ""),
           Identifier("1.2.840.113549.1.1.10", kNull),
       }) {
    EXPECT_EQ(SignatureSchemeOf(bad), SignatureScheme::kUnknown);
  }
}

TEST(CertificateKeyTest, OtherSchemesHaveNoParameters) {
  for (const HashRow& row : kHashes) {
    EXPECT_EQ(SignatureSchemeOf(Identifier(row.ecdsa_oid, "")), row.ecdsa);
    EXPECT_EQ(SignatureSchemeOf(Identifier(row.ecdsa_oid, kNull)),
              SignatureScheme::kUnknown);
  }
  EXPECT_EQ(SignatureSchemeOf(Identifier("1.3.101.112", "")),
            SignatureScheme::kEd25519);
  EXPECT_EQ(SignatureSchemeOf(Identifier("1.3.101.112", kNull)),
            SignatureScheme::kUnknown);
}

TEST(CertificateKeyTest, WhatIsNoIdentifierOfAStrongSchemeIsUnknown) {
  const std::string good = Identifier(kHashes[0].rsa_oid, kNull);
  for (const std::string& bad :
       {std::string(), std::string("\x30"), Der(0x30, ""), good + kNull,
        Der(0x31, DerOid(kHashes[0].rsa_oid)), Der(0x30, kNull),
        mint::BerWithLongLength(good), mint::BerWithoutLength(good),
        Identifier("1.2.840.113549.1.1.5", kNull),
        Identifier("1.2.840.113549.1.1.4", "")}) {
    EXPECT_EQ(SignatureSchemeOf(bad), SignatureScheme::kUnknown);
  }
}

// A certificate of an RSA key's own, signed again with these identifiers.
std::string SelfSigned(const MintKey& key, mint::Scheme scheme,
                       const std::string& inner, const std::string& outer) {
  mint::CertificateSpec spec = {.subject = mint::Name("a"),
                                .issuer = mint::Name("a")};
  spec.scheme = scheme;
  const auto minted =
      Certificate::Parse(MintCertificate(spec, key.public_key(), key));
  if (!minted.ok()) return "";
  DerReader reader((*minted)->signed_part);
  std::string_view contents;
  if (!reader.Read(DerTag::kSequence, contents)) return "";
  std::string fields(contents);
  const std::string named = AlgorithmIdentifier(scheme);
  fields.replace(fields.find(named), named.size(), inner);
  const std::string signed_part = Der(0x30, fields);
  return Der(
      0x30, signed_part + outer + mint::DerBits(key.Sign(scheme, signed_part)));
}

TEST(CertificateKeyTest, CertificatesWithAbsentParametersVerify) {
  const MintKey key = MintKey::Rsa(2048);
  const std::string hash = Identifier(kHashes[0].oid, "");
  const std::string rsa = Identifier(kHashes[0].rsa_oid, "");
  const std::string pss = Pss(hash, hash, 32);
  for (const auto& [scheme, identifier] :
       {std::pair(mint::Scheme::kRsaSha256, rsa),
        std::pair(mint::Scheme::kRsaPssSha256, pss)}) {
    const auto certificate =
        Certificate::Parse(SelfSigned(key, scheme, identifier, identifier));
    ASSERT_TRUE(certificate.ok()) << certificate.status();
    const Certificate& c = **certificate;
    EXPECT_TRUE(c.key.Verify(c.signature_scheme, c.signed_part, c.signature));
  }
}

TEST(CertificateKeyTest, TheTwoIdentifiersOfACertificateAreSpeltAlike) {
  const MintKey key = MintKey::Rsa(2048);
  const auto scheme = mint::Scheme::kRsaSha256;
  const std::string absent = Identifier(kHashes[0].rsa_oid, "");
  const std::string null = Identifier(kHashes[0].rsa_oid, kNull);
  EXPECT_TRUE(Certificate::Parse(SelfSigned(key, scheme, null, null)).ok());
  EXPECT_FALSE(Certificate::Parse(SelfSigned(key, scheme, absent, null)).ok());
  EXPECT_FALSE(Certificate::Parse(SelfSigned(key, scheme, null, absent)).ok());
}

}  // namespace
}  // namespace tollgate
