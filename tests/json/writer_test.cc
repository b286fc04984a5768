#include "engine/json/writer.h"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "engine/json/reader.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  JsonWriter(&out).String(text);
  return out;
}

std::string Doubled(double value) {
  std::string out;
  JsonWriter(&out).Double(value);
  return out;
}

TEST(JsonWriterTest, SeparatesValues) {
  std::string out;
  JsonWriter json(&out);
  json.BeginObject().Key("a").BeginArray().Int(-1).Uint(2).EndArray();
  json.Key("b").BeginObject().EndObject().Key("c").BeginArray().EndArray();
  json.Key("d").Bool(false).Key("e").Null().Key("f").String("").EndObject();
  EXPECT_EQ(out, R"({"a":[-1,2],"b":{},"c":[],"d":false,"e":null,"f":""})");
}

TEST(JsonWriterTest, EscapesWhatJsonDoesNotAllow) {
  EXPECT_EQ(Quoted("\"\\/\n\r\t"), R"("\"\\/\n\r\t")");
  EXPECT_EQ(Quoted(std::string_view("\0\x1f\x7f", 3)),
            R"("\u0000\u001f\u007f")");
}

TEST(JsonWriterTest, KeepsUtf8AndReplacesOtherBytes) {
  const std::string good = "\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf";
  EXPECT_EQ(Quoted(good), "\"" + good + "\"");
  const std::string_view bad[] = {
      "\x80",     "\xff",         "\xc0\xaf",        "\xc1\xbf",
      "\xc3",     "\xe0\x9f\xbf", "\xed\xa0\x80",    "\xf0\x8f\xbf\xbf",
      "\xe2\x82", "\xf5\x80\x80", "\xf4\x90\x80\x80"};
  for (const std::string_view text : bad) {
    std::string expected;
    for (size_t i = 0; i < text.size(); ++i) expected += "\xef\xbf\xbd";
    EXPECT_EQ(Quoted(text), "\"" + expected + "\"")
        << testing::PrintToString(text);
  }
}

TEST(JsonWriterTest, EveryTwoBytesReadBack) {
  JsonReader reader({});
  for (int i = 0; i < 0x10000; ++i) {
    const char bytes[] = {static_cast<char>(i >> 8), static_cast<char>(i)};
    const std::string quoted = Quoted({bytes, 2});
    ASSERT_TRUE(reader.Parse(quoted).ok()) << i << " as " << quoted;
  }
}

TEST(JsonWriterTest, DoublesStayDoublesAndReadBack) {
  EXPECT_EQ(Doubled(1), "1.0");
  EXPECT_EQ(Doubled(-0.5), "-0.5");
  EXPECT_EQ(Doubled(1e300), "1e+300");
  EXPECT_EQ(Doubled(0.1), "0.1");
  EXPECT_EQ(Doubled(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(Doubled(std::nan("")), "null");
}

}  // namespace
}  // namespace tollgate
