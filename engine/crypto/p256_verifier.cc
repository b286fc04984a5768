#include "engine/crypto/p256_verifier.h"

#include <array>
#include <atomic>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/base/limits.h"

#if defined(__x86_64__) && defined(__AVX2__)
#include <immintrin.h>
#define TOLLGATE_HAS_P256_ARITHMETIC
#endif

namespace tollgate {

#ifdef TOLLGATE_HAS_P256_ARITHMETIC

namespace {

constexpr size_t kLimbs = 4;

// A number of 256 bits, least limb first. Elements of the field are below its
// prime and in Montgomery form, times 2^256, unless they are called plain.
using Number = std::array<uint64_t, kLimbs>;

struct alignas(64) AffinePoint {
  Number x, y;
};

// The point (x / z^2, y / z^3); at infinity if z is zero.
struct alignas(32) Point {
  Number x = {}, y = {}, z = {};
};

static_assert(sizeof(AffinePoint) == 2 * sizeof(Number) &&
                  sizeof(Point) == 3 * sizeof(Number) && sizeof(Number) == 32,
              "as BoringSSL's functions have them");

// 2^256 and 2^512 modulo the prime of the field.
constexpr Number kOne = {1, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffe};
constexpr Number kToMontgomery = {3, 0xfffffffbffffffff, 0xfffffffffffffffe,
                                  0x4fffffffd};
// The prime less two: an inverse is that power.
constexpr Number kInverting = {0xfffffffffffffffd, 0xffffffff, 0,
                               0xffffffff00000001};

// The order of the base point; 2^512 modulo it; and the prime less it.
constexpr Number kOrder = {0xf3b9cac2fc632551, 0xbce6faada7179e84,
                           0xffffffffffffffff, 0xffffffff00000000};
constexpr Number kToMontgomeryOfOrder = {0x83244c95be79eea2, 0x4699799c49bd6fa6,
                                         0x2845b2392b6bec59,
                                         0x66e12d94f3d95620};
constexpr Number kPrimeLessOrder = {0x0c46353d039cdaae, 0x4319055358e8617b, 0,
                                    0};

// FIPS 186-5 and SP 800-186 section 3.2.1.3: the base point, big-endian.
constexpr uint8_t kBaseX[] = {0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
                              0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
                              0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
                              0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96};
constexpr uint8_t kBaseY[] = {0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b,
                              0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
                              0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
                              0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

}  // namespace

// Of BoringSSL, crypto/fipsmodule/ec/p256-nistz.h, where what each does is told
// (S. Gueron and V. Krasnov, "Fast prime field elliptic-curve cryptography with
// 256-bit primes", 2013). Its headers are not for other programs; the source is
// pinned, and what these compute is tested.
extern "C" {
void ecp_nistz256_neg(uint64_t* out, const uint64_t* a);
void ecp_nistz256_mul_mont(uint64_t* out, const uint64_t* a, const uint64_t* b);
void ecp_nistz256_sqr_mont(uint64_t* out, const uint64_t* a);
void ecp_nistz256_ord_mul_mont(uint64_t* out, const uint64_t* a,
                               const uint64_t* b);
int beeu_mod_inverse_vartime(uint64_t* out, const uint64_t* a,
                             const uint64_t* modulus);
void ecp_nistz256_point_double(Point* out, const Point* a);
void ecp_nistz256_point_add(Point* out, const Point* a, const Point* b);
void ecp_nistz256_point_add_affine(Point* out, const Point* a,
                                   const AffinePoint* b);
}

namespace {

Number Negative(const Number& a) {
  Number out;
  ecp_nistz256_neg(out.data(), a.data());
  return out;
}

Number Product(const Number& a, const Number& b) {
  Number out;
  ecp_nistz256_mul_mont(out.data(), a.data(), b.data());
  return out;
}

Number Square(const Number& a) {
  Number out;
  ecp_nistz256_sqr_mont(out.data(), a.data());
  return out;
}

// Of a field element, whatever the time.
Number Inverse(const Number& a) {
  Number power = kOne;
  for (size_t bit = 256; bit-- > 0;) {
    power = Square(power);
    if ((kInverting[bit / 64] >> (bit % 64) & 1) != 0) {
      power = Product(power, a);
    }
  }
  return power;
}

// a * b / 2^256 modulo the order.
Number ProductOfOrder(const Number& a, const Number& b) {
  Number out;
  ecp_nistz256_ord_mul_mont(out.data(), a.data(), b.data());
  return out;
}

// Reads 32 bytes.
Number Read(const uint8_t* bytes) {
  Number number;
  for (size_t i = 0; i < kLimbs; ++i) {
    uint64_t limb;
    std::memcpy(&limb, bytes + 8 * (kLimbs - 1 - i), sizeof(limb));
    number[i] = __builtin_bswap64(limb);
  }
  return number;
}

bool IsZero(const Number& a) { return (a[0] | a[1] | a[2] | a[3]) == 0; }

bool IsLess(const Number& a, const Number& b) {
  for (size_t i = kLimbs; i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i];
  }
  return false;
}

// Modulo 2^256.
Number Sum(const Number& a, const Number& b) {
  Number sum;
  unsigned char carry = 0;
  for (size_t i = 0; i < kLimbs; ++i) {
    unsigned long long limb;
    carry = _addcarry_u64(carry, a[i], b[i], &limb);
    sum[i] = limb;
  }
  return sum;
}

Number Difference(const Number& a, const Number& b) {
  Number inverted;
  for (size_t i = 0; i < kLimbs; ++i) inverted[i] = ~b[i];
  return Sum(Sum(a, inverted), {1});
}

}  // namespace

// Multiples of a point: entry m of row i is (m + 1) * 2^(kWindow * i) times it.
struct P256Verifier::Table {
  using Row = std::array<AffinePoint, kMultiples>;

  explicit Table(const AffinePoint& point);

  std::array<Row, kDigits> rows;
};

struct P256Verifier::Tables {
  explicit Tables(const AffinePoint& point);
  ~Tables();
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  const Table& base;  // of the base point
  const Table key;
};

namespace {

constexpr size_t kWindow = P256Verifier::kWindow;
constexpr size_t kDigits = P256Verifier::kDigits;

// Signed digits, least first, each from -2^(kWindow - 1) to 2^(kWindow - 1).
using Digits = std::array<int8_t, kDigits>;

Digits DigitsOf(const Number& number) {
  Digits digits;
  for (size_t i = 0; i < kDigits; ++i) {
    // The bits of the digit, and the one below.
    constexpr uint64_t kMask = (uint64_t{2} << kWindow) - 1;
    uint64_t bits;
    if (i == 0) {
      bits = number[0] << 1;
    } else {
      const size_t at = kWindow * i - 1;
      bits = number[at / 64] >> (at % 64);
      if (at % 64 != 0 && at / 64 + 1 < kLimbs) {
        bits |= number[at / 64 + 1] << (64 - at % 64);
      }
    }
    bits &= kMask;
    digits[i] = static_cast<int8_t>((bits >> 1) + (bits & 1) -
                                    (bits >> kWindow << kWindow));
  }
  return digits;
}

// Adds digit times what the row has multiples of.
template <typename Row>
inline void AddMultiple(const Row& row, int digit, Point& sum) {
  if (digit > 0) {
    ecp_nistz256_point_add_affine(&sum, &sum, &row[digit - 1]);
  } else if (digit < 0) {
    AffinePoint opposite = row[-digit - 1];
    opposite.y = Negative(opposite.y);
    ecp_nistz256_point_add_affine(&sum, &sum, &opposite);
  }
}

template <typename Row>
inline void PrefetchMultiple(const Row& row, int digit) {
  const int entry = digit < 0 ? -digit - 1 : digit - 1;
  if (digit != 0) __builtin_prefetch(&row[entry]);
}

// Whether x of `point` is r modulo the order; see P3. REQUIRES: r is reduced.
bool HasX(const Point& point, const Number& r) {
  if (IsZero(point.z)) return false;
  const Number square = Square(point.z);
  const Number x = Product(point.x, {1});  // plain
  if (Product(r, square) == x) return true;
  return IsLess(r, kPrimeLessOrder) && Product(Sum(r, kOrder), square) == x;
}

AffinePoint ReadPoint(const uint8_t* x, const uint8_t* y) {
  return {Product(Read(x), kToMontgomery), Product(Read(y), kToMontgomery)};
}

// Brings points to affine coordinates, with one inversion for all of them
// (Montgomery's trick). REQUIRES: none is at infinity.
void ToAffine(const std::vector<Point>& points, AffinePoint* out) {
  std::vector<Number> products = {kOne};  // of the first so many z
  for (const Point& point : points) {
    products.push_back(Product(products.back(), point.z));
  }
  Number inverse = Inverse(products.back());
  for (size_t i = points.size(); i-- > 0;) {
    const Number z = Product(inverse, products[i]);  // inverted
    const Number square = Square(z);
    out[i] = {Product(points[i].x, square),
              Product(points[i].y, Product(square, z))};
    inverse = Product(inverse, points[i].z);
  }
}

}  // namespace

P256Verifier::Table::Table(const AffinePoint& point) {
  Point base = {point.x, point.y, kOne};
  std::vector<Point> multiples;
  for (Row& row : rows) {
    multiples.assign(1, base);
    while (multiples.size() < kMultiples) {
      Point next;
      ecp_nistz256_point_add(&next, &multiples.back(), &base);
      multiples.push_back(next);
    }
    ToAffine(multiples, row.data());
    ecp_nistz256_point_double(&base, &multiples.back());
  }
}

namespace {

// Verifiers that there are, or are being made. Relaxed, wherever it is used: a
// bound on memory.
std::atomic<size_t> verifiers = 0;

}  // namespace

P256Verifier::Tables::Tables(const AffinePoint& point)
    : base([]() -> const Table& {
        static const Table* const table =
            new Table(ReadPoint(kBaseX, kBaseY));  // never destroyed
        return *table;
      }()),
      key(point) {}

P256Verifier::Tables::~Tables() {
  verifiers.fetch_sub(1, std::memory_order_relaxed);
}

std::unique_ptr<const P256Verifier> P256Verifier::Create(Bytes x, Bytes y) {
  // Its place is taken first: others may come meanwhile.
  if (verifiers.fetch_add(1, std::memory_order_relaxed) >=
      limits::kPreparedKeysInAllMax) {
    verifiers.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  return std::unique_ptr<const P256Verifier>(new P256Verifier(
      std::make_unique<const Tables>(ReadPoint(x.data(), y.data()))));
}

bool P256Verifier::Verify(Bytes digest, Bytes signature) const {
  if (digest.size() != 32 || signature.size() != 64) return false;
  const Number r = Read(signature.data());
  const Number s = Read(signature.data() + 32);
  if (IsZero(r) || !IsLess(r, kOrder)) return false;
  if (IsZero(s) || !IsLess(s, kOrder)) return false;
  Number e = Read(digest.data());
  if (!IsLess(e, kOrder)) e = Difference(e, kOrder);
  Number inverse;
  if (beeu_mod_inverse_vartime(inverse.data(), s.data(), kOrder.data()) != 1) {
    return false;
  }
  inverse = ProductOfOrder(inverse, kToMontgomeryOfOrder);
  const Digits of_base = DigitsOf(ProductOfOrder(e, inverse));
  const Digits of_key = DigitsOf(ProductOfOrder(r, inverse));
  for (size_t i = 0; i < kDigits; ++i) {
    PrefetchMultiple(tables_->base.rows[i], of_base[i]);
    PrefetchMultiple(tables_->key.rows[i], of_key[i]);
  }
  // Two sums, so that the processor has two things to do (P1, P2).
  Point base_sum, key_sum;
  for (size_t i = 0; i < kDigits; ++i) {
    AddMultiple(tables_->base.rows[i], of_base[i], base_sum);
    AddMultiple(tables_->key.rows[i], of_key[i], key_sum);
  }
  Point sum;
  ecp_nistz256_point_add(&sum, &base_sum, &key_sum);
  return HasX(sum, r);
}

#else  // ifdef TOLLGATE_HAS_P256_ARITHMETIC

struct P256Verifier::Tables {};

std::unique_ptr<const P256Verifier> P256Verifier::Create(Bytes, Bytes) {
  return nullptr;
}

bool P256Verifier::Verify(Bytes, Bytes) const { return false; }

#endif  // ifdef TOLLGATE_HAS_P256_ARITHMETIC

P256Verifier::P256Verifier(std::unique_ptr<const Tables> tables)
    : tables_(std::move(tables)) {}

P256Verifier::~P256Verifier() = default;

}  // namespace tollgate
