#include "engine/crypto/der.h"

#include <openssl/bytestring.h>

#include <cstddef>

namespace tollgate {
namespace {

CBS CbsOf(std::string_view bytes) {
  CBS cbs;
  CBS_init(&cbs, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return cbs;
}

std::string_view ViewOf(const CBS& cbs) {
  return {reinterpret_cast<const char*>(CBS_data(&cbs)), CBS_len(&cbs)};
}

// Takes `count` decimal digits off `text`.
bool TakeDigits(std::string_view& text, size_t count, int64_t& value) {
  if (text.size() < count) return false;
  value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool IsLeapYear(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t DaysInMonth(int64_t year, int64_t month) {
  constexpr int8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

// Returns the days from 1970-01-01 to a date of the Gregorian calendar, whose
// years are counted from March: then the leap day is the last.
int64_t DaysSinceEpoch(int64_t year, int64_t month, int64_t day) {
  if (month <= 2) --year;
  const int64_t shifted = (month + 9) % 12;  // March is 0
  const int64_t day_of_year = (153 * shifted + 2) / 5 + day - 1;
  constexpr int64_t kDaysToEpoch = 719468;  // from 0000-03-01
  return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year -
         kDaysToEpoch;
}

}  // namespace

bool DerReader::ReadAny(Element& element) {
  CBS cbs = CbsOf(rest_);
  CBS whole;
  unsigned tag = 0;
  size_t header = 0;
  if (CBS_get_any_asn1_element(&cbs, &whole, &tag, &header) != 1) return false;
  element.bytes = ViewOf(whole);
  element.contents = element.bytes.substr(header);
  element.tag = static_cast<DerTag>(element.bytes.front());
  rest_ = ViewOf(cbs);
  return true;
}

bool DerReader::Read(DerTag tag, std::string_view& contents) {
  Element element;
  if (!NextIs(tag) || !ReadAny(element)) return false;
  contents = element.contents;
  return tag != DerTag::kObjectIdentifier || IsObjectIdentifier(contents);
}

bool DerReader::Read(DerTag tag, DerReader& contents) {
  return Read(tag, contents.rest_);
}

bool DerReader::ReadElement(DerTag tag, std::string_view& element) {
  Element read;
  if (!NextIs(tag) || !ReadAny(read)) return false;
  element = read.bytes;
  return true;
}

bool DerReader::ReadBoolean(bool& value) {
  std::string_view contents;
  if (!Read(DerTag::kBoolean, contents) || contents.size() != 1) return false;
  const auto octet = static_cast<uint8_t>(contents.front());
  value = octet == 0xff;
  return octet == 0xff || octet == 0;
}

bool IsMinimalInteger(std::string_view contents) {
  if (contents.empty()) return false;
  if (contents.size() == 1) return true;
  const auto first = static_cast<uint8_t>(contents[0]);
  const bool second_is_negative = (contents[1] & 0x80) != 0;
  return !(first == 0 && !second_is_negative) &&
         !(first == 0xff && second_is_negative);
}

// Numbers of seven bits an octet, the last of which has the high bit clear, in
// the fewest octets.
bool IsObjectIdentifier(std::string_view contents) {
  bool begins = true;
  for (const char c : contents) {
    const auto octet = static_cast<uint8_t>(c);
    if (begins && octet == 0x80) return false;
    begins = octet < 0x80;
  }
  return begins && !contents.empty();
}

bool DerReader::ReadUnsigned(DerTag tag, uint64_t& value) {
  std::string_view contents;
  if (!Read(tag, contents) || !IsMinimalInteger(contents)) return false;
  if ((contents.front() & 0x80) != 0) return false;
  if (contents.front() == 0) contents.remove_prefix(1);
  if (contents.size() > sizeof(value)) return false;
  value = 0;
  for (const char octet : contents) {
    value = value << 8 | static_cast<uint8_t>(octet);
  }
  return true;
}

bool DerReader::ReadTime(UnixSeconds& time) {
  const bool utc = NextIs(DerTag::kUtcTime);
  std::string_view text;
  if (!Read(utc ? DerTag::kUtcTime : DerTag::kGeneralizedTime, text)) {
    return false;
  }
  int64_t year, month, day, hour, minute, second;
  if (!TakeDigits(text, utc ? 2 : 4, year) || !TakeDigits(text, 2, month) ||
      !TakeDigits(text, 2, day) || !TakeDigits(text, 2, hour) ||
      !TakeDigits(text, 2, minute) || !TakeDigits(text, 2, second) ||
      text != "Z") {
    return false;
  }
  if (utc) year += year < 50 ? 2000 : 1900;
  if (month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month) ||
      hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  time.value =
      ((DaysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 +
      second;
  return true;
}

bool DerReader::ReadBitString(std::string_view& octets) {
  if (!Read(DerTag::kBitString, octets) || octets.empty()) return false;
  const bool whole = octets.front() == 0;
  octets.remove_prefix(1);
  return whole;
}

std::optional<uint16_t> NamedBits(std::string_view bit_string) {
  constexpr size_t kOctetsMax = 2;
  if (bit_string.empty() || bit_string.size() > 1 + kOctetsMax) {
    return std::nullopt;
  }
  const auto unused = static_cast<uint8_t>(bit_string.front());
  bit_string.remove_prefix(1);
  if (bit_string.empty()) {
    return unused == 0 ? std::optional<uint16_t>(0) : std::nullopt;
  }
  const auto last = static_cast<uint8_t>(bit_string.back());
  if (unused > 7 || (last & ((1u << unused) - 1)) != 0) return std::nullopt;
  uint16_t bits = 0;
  for (size_t i = 0; i < bit_string.size() * 8; ++i) {
    const auto octet = static_cast<uint8_t>(bit_string[i / 8]);
    if ((octet >> (7 - i % 8) & 1) != 0) bits |= uint16_t(1u << i);
  }
  return bits;
}

}  // namespace tollgate
