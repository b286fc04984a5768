// A shrinking cursor over DER (X.690), for certificates and their revocation
// lists.
//
//   DerReader reader(bytes);
//   DerReader sequence;
//   if (!reader.Read(DerTag::kSequence, sequence) || !reader.empty()) ...
//
// Lengths are definite and of the fewest octets, as DER says: BoringSSL's CBS
// checks it. What a Read that fails leaves in its output means nothing.
//
// Thread-safety: a value. Ownership: views the bytes. Cost: a few ns an
// element, no allocation.

#ifndef TOLLGATE_ENGINE_CRYPTO_DER_H_
#define TOLLGATE_ENGINE_CRYPTO_DER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/clock.h"

namespace tollgate {

// Identifier octets; all tags here have numbers below 31.
enum class DerTag : uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kObjectIdentifier = 0x06,
  kUtf8String = 0x0c,
  kNumericString = 0x12,
  kPrintableString = 0x13,
  kTeletexString = 0x14,
  kIa5String = 0x16,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kVisibleString = 0x1a,
  kUniversalString = 0x1c,
  kBmpString = 0x1e,
  kSequence = 0x30,
  kSet = 0x31,
};

// Returns the tag [number] of context, primitive or constructed.
constexpr DerTag ContextTag(uint8_t number) {
  return static_cast<DerTag>(0x80 | number);
}
constexpr DerTag ConstructedContextTag(uint8_t number) {
  return static_cast<DerTag>(0xa0 | number);
}

class DerReader {
 public:
  DerReader() = default;
  explicit DerReader(std::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  bool NextIs(DerTag tag) const {
    return !rest_.empty() &&
           static_cast<uint8_t>(rest_.front()) == static_cast<uint8_t>(tag);
  }

  // Read the next element, which must have `tag`: its contents, or all of it.
  // Those of an OBJECT IDENTIFIER must be such.
  [[nodiscard]] bool Read(DerTag tag, std::string_view& contents);
  [[nodiscard]] bool Read(DerTag tag, DerReader& contents);
  [[nodiscard]] bool ReadElement(DerTag tag, std::string_view& element);

  // Reads the only element there is: nothing may follow it.
  [[nodiscard]] bool ReadOnly(DerTag tag, DerReader& contents) {
    return Read(tag, contents) && empty();
  }

  // Reads the next element, whatever it is.
  struct Element {
    DerTag tag = {};
    std::string_view contents;
    std::string_view bytes;  // all of it
  };
  [[nodiscard]] bool ReadAny(Element& element);

  // Read a value, of the one encoding that DER has for it. Integers are not
  // negative.
  [[nodiscard]] bool ReadBoolean(bool& value);
  [[nodiscard]] bool ReadUnsigned(DerTag tag, uint64_t& value);

  // Reads UTCTime or GeneralizedTime of the form that RFC 5280 section 4.1.2.5
  // wants: with seconds, in GMT, without fractions.
  [[nodiscard]] bool ReadTime(UnixSeconds& time);

  // Reads a BIT STRING of whole octets.
  [[nodiscard]] bool ReadBitString(std::string_view& octets);

 private:
  std::string_view rest_;
};

// Returns the named bits (bit n is 1 << n) of the contents of a BIT STRING that
// has at most 16. Trailing zero bits, which DER has none of, are taken: real
// certificates have them.
std::optional<uint16_t> NamedBits(std::string_view bit_string);

// Returns whether `contents` are those of an INTEGER in the fewest octets.
bool IsMinimalInteger(std::string_view contents);

// Returns whether `contents` are those of an OBJECT IDENTIFIER.
bool IsObjectIdentifier(std::string_view contents);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_DER_H_
