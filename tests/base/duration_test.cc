#include "engine/base/duration.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(DurationTest, ReadsEveryUnit) {
  const struct {
    std::string_view text;
    int64_t micros;
  } kCases[] = {
      {"250ms", 250'000},
      {"30s", 30'000'000},
      {"5m", 300'000'000},
      {"24h", 86'400'000'000},
      {"90d", 7'776'000'000'000},
      {"0s", 0},
      {"0d", 0},
      {"1ms", 1'000},
      {"9223372036854775ms", 9'223'372'036'854'775'000},
      {"106751991d", 106'751'991 * int64_t{86'400'000'000}},
  };
  for (const auto& [text, micros] : kCases) {
    const auto parsed = ParseDurationMicros(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.status();
    EXPECT_EQ(*parsed, micros) << text;
  }
}

TEST(DurationTest, RefusesEverythingElseAndShowsWhatIsRight) {
  for (std::string_view text :
       {"",     "s",    "30",    "0",     " 30s", "30s ",  "30 s", "+30s",
        "-30s", "1.5h", "1e3s",  "0x10s", "030s", "00s",   "30S",  "30sec",
        "30us", "30w",  "1h30m", "30ss",  "3_0s", "30s\n", "٣s"}) {
    const auto parsed = ParseDurationMicros(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.status().message().find("250ms"), std::string_view::npos)
        << parsed.status();
  }
  EXPECT_FALSE(ParseDurationMicros(std::string_view("30s\0", 4)).ok());
}

TEST(DurationTest, RefusesWhatOverflows) {
  for (std::string_view text :
       {"9223372036854776ms", "106751992d", "9223372036854775808ms",
        "18446744073709551616s", "18446744073709551617ms",
        "99999999999999999999999999999999999999999d"}) {
    const auto parsed = ParseDurationMicros(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.status().message().find("too long"),
              std::string_view::npos)
        << parsed.status();
  }
}

TEST(DurationTest, TheMessageStaysShortAndPrintable) {
  const std::string text = std::string(100'000, '\x01') + "s";
  const auto parsed = ParseDurationMicros(text);
  ASSERT_FALSE(parsed.ok());
  EXPECT_LT(parsed.status().message().size(), 300u);
  EXPECT_EQ(parsed.status().message().find('\x01'), std::string_view::npos);
}

}  // namespace
}  // namespace tollgate
