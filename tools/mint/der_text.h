// DER written by hand: whatever bytes a test wants, well-formed or not.
//
//   Der(0x30, DerInteger("\x05") + DerOid("2.5.4.3"))
//
// Thread-safety: pure functions. Never for what is to be trusted.

#ifndef TOLLGATE_TOOLS_MINT_DER_TEXT_H_
#define TOLLGATE_TOOLS_MINT_DER_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::mint {

// Returns an element with its length in the fewest octets.
std::string Der(uint8_t tag, std::string_view contents);

// Returns an INTEGER of these octets.
std::string DerInteger(std::string_view octets);
std::string DerNumber(uint64_t value);
std::string DerBoolean(bool value);

// Returns an OBJECT IDENTIFIER, given as "1.2.840.113549".
std::string DerOid(std::string_view dotted);

// Returns a BIT STRING of whole octets, and one of named bits.
std::string DerBits(std::string_view octets);
std::string DerNamedBits(uint16_t bits);

// Returns UTCTime to 2049, then GeneralizedTime (RFC 5280 section 4.1.2.5).
std::string DerTime(int64_t unix_seconds);
std::string DerGeneralizedTime(int64_t unix_seconds);

// Returns the element in BER that is not DER: with a length of more octets than
// it needs; with no length, but an end marked behind it. REQUIRES: `element` is
// one element of DER.
std::string BerWithLongLength(std::string_view element);
std::string BerWithoutLength(std::string_view element);

}  // namespace tollgate::mint

#endif  // TOLLGATE_TOOLS_MINT_DER_TEXT_H_
