#include "tools/mint/der_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace tollgate::mint {
namespace {

std::string Base128(uint64_t value) {
  std::string octets(1, static_cast<char>(value & 0x7f));
  while (value >>= 7) {
    octets.insert(octets.begin(), static_cast<char>(0x80 | (value & 0x7f)));
  }
  return octets;
}

std::string BigEndian(uint64_t value) {
  std::string octets(1, static_cast<char>(value));
  while (value >>= 8) octets.insert(octets.begin(), static_cast<char>(value));
  return octets;
}

// Returns what an element contains. REQUIRES: its length is in DER.
std::string_view Contents(std::string_view element) {
  const auto length = static_cast<uint8_t>(element[1]);
  return element.substr(length < 0x80 ? 2 : 2 + (length & 0x7f));
}

}  // namespace

std::string Der(uint8_t tag, std::string_view contents) {
  std::string element(1, static_cast<char>(tag));
  if (contents.size() < 0x80) {
    element.push_back(static_cast<char>(contents.size()));
  } else {
    const std::string length = BigEndian(contents.size());
    element.push_back(static_cast<char>(0x80 | length.size()));
    element += length;
  }
  return element.append(contents);
}

std::string DerInteger(std::string_view octets) { return Der(0x02, octets); }

std::string DerNumber(uint64_t value) {
  std::string octets = BigEndian(value);
  if ((octets.front() & 0x80) != 0) octets.insert(octets.begin(), '\0');
  return DerInteger(octets);
}

std::string DerBoolean(bool value) {
  return Der(0x01, std::string(1, value ? '\xff' : '\0'));
}

std::string DerOid(std::string_view dotted) {
  std::vector<uint64_t> arcs;
  for (const std::string_view text : absl::StrSplit(dotted, '.')) {
    uint64_t arc = 0;
    (void)absl::SimpleAtoi(text, &arc);
    arcs.push_back(arc);
  }
  std::string contents = Base128(arcs[0] * 40 + arcs[1]);
  for (size_t i = 2; i < arcs.size(); ++i) contents += Base128(arcs[i]);
  return Der(0x06, contents);
}

std::string DerBits(std::string_view octets) {
  return Der(0x03, std::string(1, '\0').append(octets));
}

std::string DerNamedBits(uint16_t bits) {
  std::string octets;
  int last = -1;
  for (int i = 0; i < 16; ++i) {
    if ((bits >> i & 1) == 0) continue;
    octets.resize(static_cast<size_t>(i) / 8 + 1);
    octets.back() = static_cast<char>(octets.back() | 0x80 >> i % 8);
    last = i;
  }
  const char unused = last < 0 ? 0 : static_cast<char>(7 - last % 8);
  return Der(0x03, std::string(1, unused) + octets);
}

std::string DerTime(int64_t unix_seconds) {
  constexpr int64_t kYear2050 = 2'524'608'000;
  if (unix_seconds >= kYear2050) return DerGeneralizedTime(unix_seconds);
  return Der(0x17, absl::FormatTime("%y%m%d%H%M%SZ",
                                    absl::FromUnixSeconds(unix_seconds),
                                    absl::UTCTimeZone()));
}

std::string DerGeneralizedTime(int64_t unix_seconds) {
  return Der(0x18, absl::FormatTime("%E4Y%m%d%H%M%SZ",
                                    absl::FromUnixSeconds(unix_seconds),
                                    absl::UTCTimeZone()));
}

std::string BerWithLongLength(std::string_view element) {
  const std::string_view contents = Contents(element);
  std::string length = BigEndian(contents.size());
  length.insert(length.begin(), '\0');
  std::string ber(element.substr(0, 1));
  ber.push_back(static_cast<char>(0x80 | length.size()));
  return ber.append(length).append(contents);
}

std::string BerWithoutLength(std::string_view element) {
  std::string ber(element.substr(0, 1));
  return ber.append("\x80").append(Contents(element)).append(2, '\0');
}

}  // namespace tollgate::mint
