// What a prepared key verifies is what BoringSSL verifies, and nothing else:
// for signatures, for what is nearly one, and for every multiple at which an
// addition could go another way.

#include "engine/crypto/p256_verifier.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/nid.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/base/limits.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

using BigNumber = bssl::UniquePtr<BIGNUM>;
using EcPoint = bssl::UniquePtr<EC_POINT>;
using Bytes32 = std::array<uint8_t, 32>;
using Bytes64 = std::array<uint8_t, 64>;

// P-256 as BoringSSL computes it.
class Curve {
 public:
  Curve()
      : group_(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)),
        context_(BN_CTX_new()) {}

  const EC_GROUP* group() const { return group_.get(); }
  const BIGNUM* order() const { return EC_GROUP_get0_order(group()); }

  BigNumber Prime() const {
    BigNumber p(BN_new());
    EC_GROUP_get_curve_GFp(group(), p.get(), nullptr, nullptr, nullptr);
    return p;
  }

  static BigNumber Word(uint64_t value) {
    BigNumber number(BN_new());
    BN_set_u64(number.get(), value);
    return number;
  }
  // 2^bits.
  static BigNumber Power(int bits) {
    BigNumber number = Word(0);
    BN_set_bit(number.get(), bits);
    return number;
  }
  BigNumber OrderLess(uint64_t value) const {
    BigNumber number(BN_dup(order()));
    BN_sub_word(number.get(), value);
    return number;
  }

  BigNumber Product(const BigNumber& a, const BigNumber& b) const {
    BigNumber product(BN_new());
    BN_mod_mul(product.get(), a.get(), b.get(), order(), context_.get());
    return product;
  }
  BigNumber Quotient(const BigNumber& a, const BigNumber& b) const {
    const BigNumber inverse(
        BN_mod_inverse(nullptr, b.get(), order(), context_.get()));
    return Product(a, inverse);
  }

  // u1 * G + u2 * q; without q, u1 * G.
  EcPoint Sum(const BigNumber& u1, const EcPoint& q,
              const BigNumber& u2) const {
    EcPoint sum(EC_POINT_new(group()));
    EC_POINT_mul(group(), sum.get(), u1.get(), q.get(), u2.get(),
                 context_.get());
    return sum;
  }
  EcPoint Multiple(const BigNumber& u) const {
    return Sum(u, EcPoint(), BigNumber());
  }

  bool IsInfinity(const EcPoint& point) const {
    return EC_POINT_is_at_infinity(group(), point.get()) == 1;
  }
  std::pair<BigNumber, BigNumber> Coordinates(const EcPoint& point) const {
    BigNumber x(BN_new()), y(BN_new());
    EC_POINT_get_affine_coordinates_GFp(group(), point.get(), x.get(), y.get(),
                                        context_.get());
    return {std::move(x), std::move(y)};
  }

  // The point with this x; null if there is none.
  EcPoint PointAt(const BigNumber& x) const {
    EcPoint point(EC_POINT_new(group()));
    std::array<uint8_t, 33> compressed = {2};
    BN_bn2bin_padded(&compressed[1], 32, x.get());
    if (EC_POINT_oct2point(group(), point.get(), compressed.data(),
                           compressed.size(), context_.get()) != 1) {
      ERR_clear_error();
      return nullptr;
    }
    return point;
  }

 private:
  bssl::UniquePtr<EC_GROUP> group_;
  bssl::UniquePtr<BN_CTX> context_;
};

Bytes32 BytesOf(const BigNumber& number) {
  Bytes32 bytes;
  EXPECT_EQ(BN_bn2bin_padded(bytes.data(), bytes.size(), number.get()), 1);
  return bytes;
}

// Both ways to verify under one key.
class Key {
 public:
  Key(const Curve& curve, const EcPoint& point)
      : key_(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1)) {
    EXPECT_EQ(EC_KEY_set_public_key(key_.get(), point.get()), 1);
    const auto [x, y] = curve.Coordinates(point);
    verifier_ = P256Verifier::Create(BytesOf(x), BytesOf(y));
  }

  // What both say; they must agree.
  bool Verify(const Bytes32& digest, const Bytes64& signature) const {
    const bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_SIG_new());
    ECDSA_SIG_set0(pair.get(), BN_bin2bn(&signature[0], 32, nullptr),
                   BN_bin2bn(&signature[32], 32, nullptr));
    const bool expected = ECDSA_do_verify(digest.data(), digest.size(),
                                          pair.get(), key_.get()) == 1;
    ERR_clear_error();
    if (verifier_ != nullptr) {
      EXPECT_EQ(verifier_->Verify(digest, signature), expected);
    }
    return expected;
  }

  bool Verify(const BigNumber& e, const BigNumber& r,
              const BigNumber& s) const {
    const Bytes32 first = BytesOf(r), last = BytesOf(s);
    Bytes64 signature;
    std::copy(first.begin(), first.end(), signature.begin());
    std::copy(last.begin(), last.end(), signature.begin() + 32);
    return Verify(BytesOf(e), signature);
  }

  const P256Verifier* verifier() const { return verifier_.get(); }

 private:
  bssl::UniquePtr<EC_KEY> key_;
  std::unique_ptr<const P256Verifier> verifier_;
};

// Numbers whose digits are the least, the greatest, all of one kind, and those
// at which a window ends.
std::vector<BigNumber> EdgesOf(const Curve& curve) {
  std::vector<BigNumber> edges;
  for (const uint64_t value :
       {1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129}) {
    edges.push_back(Curve::Word(value));
    edges.push_back(curve.OrderLess(value));
  }
  for (const int bits :
       {5,   6,   7,   11,  12,  62,  63,  64,  65,  66,  127,
        128, 191, 192, 193, 245, 246, 251, 252, 253, 254, 255}) {
    edges.push_back(Curve::Power(bits));
    BigNumber less = Curve::Power(bits);
    BN_sub_word(less.get(), 1);
    edges.push_back(std::move(less));
  }
  BigNumber half(BN_dup(curve.order()));
  BN_rshift1(half.get(), half.get());
  edges.push_back(std::move(half));
  return edges;
}

TEST(P256VerifierTest, IsThereWhereItIsExpected) {
#if defined(__x86_64__) && defined(__AVX2__)
  const Curve curve;
  const Key key(curve, curve.Multiple(Curve::Word(7)));
  EXPECT_NE(key.verifier(), nullptr);
#else
  GTEST_SKIP() << "BoringSSL verifies here: not a processor with AVX2";
#endif
}

TEST(P256VerifierTest, AgreesWithBoringSslOnSignaturesAndOnWhatIsNearlyOne) {
  constexpr int kKeys = 4, kSignatures = 250;
  const Curve curve;
  std::mt19937_64 random(1);
  for (int k = 0; k < kKeys; ++k) {
    const bssl::UniquePtr<EC_KEY> signer(
        EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
    ASSERT_EQ(EC_KEY_generate_key(signer.get()), 1);
    EcPoint point(
        EC_POINT_dup(EC_KEY_get0_public_key(signer.get()), curve.group()));
    const Key key(curve, point);
    for (int i = 0; i < kSignatures; ++i) {
      Bytes32 digest;
      for (uint8_t& byte : digest) byte = static_cast<uint8_t>(random());
      const bssl::UniquePtr<ECDSA_SIG> pair(
          ECDSA_do_sign(digest.data(), digest.size(), signer.get()));
      Bytes64 signature;
      BN_bn2bin_padded(&signature[0], 32, ECDSA_SIG_get0_r(pair.get()));
      BN_bn2bin_padded(&signature[32], 32, ECDSA_SIG_get0_s(pair.get()));
      EXPECT_TRUE(key.Verify(digest, signature));
      Bytes64 changed = signature;
      changed[random() % 64] ^= static_cast<uint8_t>(1 << random() % 8);
      EXPECT_FALSE(key.Verify(digest, changed));
      digest[random() % 32] ^= static_cast<uint8_t>(1 << random() % 8);
      EXPECT_FALSE(key.Verify(digest, signature));
    }
  }
}

// For every u1 and u2 there is a signature that is verified with them.
TEST(P256VerifierTest, AgreesOnMultiplesAtTheEdges) {
  const Curve curve;
  std::vector<BigNumber> firsts = EdgesOf(curve);
  firsts.push_back(Curve::Word(0));
  const std::vector<BigNumber> seconds = EdgesOf(curve);
  const BigNumber one = Curve::Word(1);
  // Under G the two sums are multiples of one point: equal for equal u.
  for (const uint64_t secret :
       {uint64_t{1}, uint64_t{2}, uint64_t{64}, uint64_t{0x123456789abcdef}}) {
    const EcPoint point = curve.Multiple(Curve::Word(secret));
    const Key key(curve, point);
    int good = 0;
    for (const BigNumber& u1 : firsts) {
      for (const BigNumber& u2 : seconds) {
        const EcPoint sum = curve.Sum(u1, point, u2);
        if (curve.IsInfinity(sum)) {
          // Whatever r is, nothing is signed: s and e are those of r = 1.
          const BigNumber r = Curve::Word(1);
          const BigNumber s = curve.Quotient(r, u2);
          EXPECT_FALSE(key.Verify(curve.Product(u1, s), r, s));
          continue;
        }
        BigNumber r = curve.Product(curve.Coordinates(sum).first, one);
        const BigNumber s = curve.Quotient(r, u2);
        const BigNumber e = curve.Product(u1, s);
        EXPECT_TRUE(key.Verify(e, r, s));
        BN_add_word(r.get(), 1);
        EXPECT_FALSE(key.Verify(e, r, s));
        ++good;
      }
    }
    EXPECT_GT(good, 2000);
  }
}

// About one point in 2^128 has x beyond the order.
TEST(P256VerifierTest, ComparesXModuloTheOrder) {
  const Curve curve;
  const BigNumber prime = curve.Prime();
  int found = 0;
  for (uint64_t k = 0; found < 8; ++k) {
    BigNumber x(BN_dup(curve.order()));
    BN_add_word(x.get(), k);
    const EcPoint sum = curve.PointAt(x);
    if (sum == nullptr) continue;
    ++found;
    // The key under which e = s = r, with u1 = u2 = 1, leads to this point.
    const EcPoint point = [&] {
      EcPoint less(EC_POINT_dup(sum.get(), curve.group()));
      const EcPoint minus_base = curve.Multiple(curve.OrderLess(1));
      EC_POINT_add(curve.group(), less.get(), sum.get(), minus_base.get(),
                   nullptr);
      return less;
    }();
    const Key key(curve, point);
    const BigNumber r = Curve::Word(k);
    if (k == 0) {
      EXPECT_FALSE(key.Verify(r, r, Curve::Word(1)));
      continue;
    }
    EXPECT_TRUE(key.Verify(r, r, r)) << k;
    // Not reduced it is another spelling of the same signature.
    EXPECT_FALSE(key.Verify(r, x, r)) << k;
    EXPECT_FALSE(key.Verify(r, r, x)) << k;
  }
  // Just below the order, and what is so for every point of usual x: r plus
  // the order is no element of the field.
  for (uint64_t k = 1, below = 0; below < 8; ++k) {
    const BigNumber x = curve.OrderLess(k);
    const EcPoint sum = curve.PointAt(x);
    if (sum == nullptr) continue;
    ++below;
    EcPoint point(EC_POINT_dup(sum.get(), curve.group()));
    EC_POINT_add(curve.group(), point.get(), sum.get(),
                 curve.Multiple(curve.OrderLess(1)).get(), nullptr);
    const Key key(curve, point);
    EXPECT_TRUE(key.Verify(x, x, x)) << k;
  }
}

TEST(P256VerifierTest, RefusesNumbersOutOfRange) {
  const Curve curve;
  const Key key(curve, curve.Multiple(Curve::Word(5)));
  BigNumber beyond(BN_dup(curve.order()));
  BN_add_word(beyond.get(), 1);
  BigNumber most = Curve::Power(256);
  BN_sub_word(most.get(), 1);
  std::vector<BigNumber> wrong;
  wrong.push_back(Curve::Word(0));
  wrong.emplace_back(BN_dup(curve.order()));
  wrong.push_back(std::move(beyond));
  wrong.push_back(std::move(most));
  for (const BigNumber& one : wrong) {
    for (const BigNumber& e : wrong) {
      for (const uint64_t value : {0, 1, 2}) {
        EXPECT_FALSE(key.Verify(e, one, Curve::Word(value)));
        EXPECT_FALSE(key.Verify(e, Curve::Word(value), one));
      }
    }
  }
}

// A digest may be beyond the order, and is reduced.
TEST(P256VerifierTest, ReducesTheDigest) {
  const Curve curve;
  const EcPoint point = curve.Multiple(Curve::Word(5));
  const Key key(curve, point);
  BigNumber digest = Curve::Power(256);
  BN_sub_word(digest.get(), 1);
  BigNumber e(BN_new());
  BN_sub(e.get(), digest.get(), curve.order());
  // R = k * G, s = (e + 5 r) / k.
  const BigNumber k = Curve::Word(77);
  const BigNumber r = curve.Coordinates(curve.Multiple(k)).first;
  BigNumber sum = curve.Product(Curve::Word(5), r);
  BN_mod_add(sum.get(), sum.get(), e.get(), curve.order(),
             bssl::UniquePtr<BN_CTX>(BN_CTX_new()).get());
  const BigNumber s = curve.Quotient(sum, k);
  EXPECT_TRUE(key.Verify(digest, r, s));
  EXPECT_TRUE(key.Verify(e, r, s));
  BN_sub_word(digest.get(), 1);
  EXPECT_FALSE(key.Verify(digest, r, s));
}

TEST(P256VerifierTest, AreSoManyAndNoMore) {
  const Curve curve;
  const auto [x, y] = curve.Coordinates(curve.Multiple(Curve::Word(5)));
  const Bytes32 x_bytes = BytesOf(x), y_bytes = BytesOf(y);
  std::vector<std::unique_ptr<const P256Verifier>> all;
  while (auto next = P256Verifier::Create(x_bytes, y_bytes)) {
    all.push_back(std::move(next));
  }
#if defined(__x86_64__) && defined(__AVX2__)
  EXPECT_EQ(all.size(), limits::kPreparedKeysInAllMax);
  all.pop_back();
  EXPECT_NE(P256Verifier::Create(x_bytes, y_bytes), nullptr);
#endif
}

TEST(P256VerifierTest, RefusesOtherSizes) {
  const Curve curve;
  const Key key(curve, curve.Multiple(Curve::Word(5)));
  if (key.verifier() == nullptr) GTEST_SKIP() << "BoringSSL verifies here";
  // R = G, e = 0: s = 5 r.
  const BigNumber r = curve.Coordinates(curve.Multiple(Curve::Word(1))).first;
  const BigNumber s = curve.Product(Curve::Word(5), r);
  const Bytes32 first = BytesOf(r), last = BytesOf(s);
  std::vector<uint8_t> signature(first.begin(), first.end());
  signature.insert(signature.end(), last.begin(), last.end());
  const std::vector<uint8_t> digest(32);
  ASSERT_TRUE(key.verifier()->Verify(digest, signature));
  for (const size_t size : {0, 1, 31, 33, 63, 65, 96, 128}) {
    std::vector<uint8_t> other = signature;
    other.resize(size);
    EXPECT_FALSE(key.verifier()->Verify(digest, other)) << size;
    EXPECT_FALSE(key.verifier()->Verify(std::vector<uint8_t>(size), signature))
        << size;
  }
}

}  // namespace
}  // namespace tollgate
