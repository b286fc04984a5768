#include "engine/crypto/certificate_twin.h"

#include <string>

#include "gtest/gtest.h"
#include "tools/mint/client_chains.h"

namespace tollgate {
namespace {

std::string LeafOf(const mint::MintKey& issuer) {
  mint::Recipe recipe = mint::GoodRecipe();
  recipe.intermediate_key = issuer;
  return Mint(recipe).chain.front();
}

// What the twin is like, tests/engine/registration_test.cc shows.
TEST(CertificateTwinTest, OnlyWhatEcdsaSignedHasOne) {
  for (const int bits : {256, 384, 521}) {
    const std::string der = LeafOf(mint::MintKey::Ec(bits));
    const auto twin = TwinDigestOf(der);
    ASSERT_TRUE(twin.has_value()) << bits;
    EXPECT_NE(*twin, Sha256(der)) << bits;
  }
  EXPECT_FALSE(TwinDigestOf(LeafOf(mint::MintKey::Rsa(2048))).has_value());
  EXPECT_FALSE(TwinDigestOf(LeafOf(mint::MintKey::Ed25519())).has_value());
}

TEST(CertificateTwinTest, WhatIsCutOffHasNone) {
  const std::string der = LeafOf(mint::MintKey::Ec());
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(TwinDigestOf(der.substr(0, size)).has_value()) << size;
  }
}

}  // namespace
}  // namespace tollgate
