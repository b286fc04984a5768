#include "engine/base/duration.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tollgate {
namespace {

struct Unit {
  std::string_view name;
  int64_t micros;
};

constexpr int64_t kSecond = 1'000'000;
constexpr Unit kUnits[] = {
    {"ms", 1'000},
    {"s", kSecond},
    {"m", 60 * kSecond},
    {"h", 3'600 * kSecond},
    {"d", 24 * 3'600 * kSecond},
};

const Unit* FindUnit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

absl::Status Malformed(std::string_view text) {
  // The text may be anything and of any length: shown escaped and cut.
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(text.substr(0, 32)),
                   "\" is not a duration; write a whole number and a unit, "
                   "such as 250ms, 30s, 5m, 24h or 90d"));
}

absl::Status TooLong(std::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text.substr(0, 32), "\" is too long a duration"));
}

}  // namespace

absl::StatusOr<int64_t> ParseDurationMicros(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  if (digits == 0 || (digits > 1 && text[0] == '0')) return Malformed(text);

  const Unit* unit = FindUnit(text.substr(digits));
  if (unit == nullptr) return Malformed(text);

  int64_t value = 0;
  bool overflow = false;
  for (char c : text.substr(0, digits)) {
    overflow |= __builtin_mul_overflow(value, 10, &value);
    overflow |= __builtin_add_overflow(value, c - '0', &value);
  }
  overflow |= __builtin_mul_overflow(value, unit->micros, &value);
  if (overflow) return TooLong(text);
  return value;
}

absl::StatusOr<int64_t> ParseDurationSeconds(std::string_view text) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  const auto micros = ParseDurationMicros(text);
  if (!micros.ok()) return micros.status();
  return *micros / kMicrosPerSecond + (*micros % kMicrosPerSecond != 0);
}

}  // namespace tollgate
