// Expected texts are those of CPython's json.dumps(json.loads(text),
// sort_keys=True); tests/cli/tool_python_test.cc asks Python itself.

#include "engine/json/python_json.h"

#include <string>
#include <string_view>

#include "engine/json/reader.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

std::string Dumped(std::string_view text) {
  JsonReader reader({});
  const auto document = reader.Parse(text);
  if (!document.ok()) return std::string(document.status().message());
  std::string out;
  AppendPythonJson(*document, out);
  return out;
}

TEST(PythonJsonTest, SeparatorsHaveSpacesAndMembersAreSorted) {
  EXPECT_EQ(Dumped(R"({"b":[1,{},[]],"a":null,"B":true,"":false})"),
            R"({"": false, "B": true, "a": null, "b": [1, {}, []]})");
}

// Code points, not UTF-16: U+FB33 comes before U+1F600.
TEST(PythonJsonTest, NamesAreInTheOrderOfCodePoints) {
  EXPECT_EQ(Dumped(R"({"\ud83d\ude00":1,"\ufb33":2,"\u00f6":3})"),
            R"({"\u00f6": 3, "\ufb33": 2, "\ud83d\ude00": 1})");
}

TEST(PythonJsonTest, AllButPrintableAsciiIsEscaped) {
  EXPECT_EQ(Dumped(R"("\b\t\n\f\r\u000b\u001f\"\\\/ ~\u007f")"),
            R"("\b\t\n\f\r\u000b\u001f\"\\/ ~\u007f")");
  EXPECT_EQ(Dumped("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""),
            R"("\u00e9\u20ac\ud83d\ude00")");
}

TEST(PythonJsonTest, NumbersKeepTheirKind) {
  EXPECT_EQ(Dumped("[1,-1,0,9223372036854775807,18446744073709551615]"),
            "[1, -1, 0, 9223372036854775807, 18446744073709551615]");
  EXPECT_EQ(Dumped("[1.0,-0.0,0e1,1e2,1e15,1e16,123456789012345680.0]"),
            "[1.0, -0.0, 0.0, 100.0, 1000000000000000.0, 1e+16, "
            "1.2345678901234568e+17]");
  EXPECT_EQ(Dumped("[0.1,1e-4,1e-5,12e-6,5e-324,1.5e300,1764185000.25]"),
            "[0.1, 0.0001, 1e-05, 1.2e-05, 5e-324, 1.5e+300, 1764185000.25]");
}

}  // namespace
}  // namespace tollgate
