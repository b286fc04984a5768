#include "engine/json/reader.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

std::string Nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

std::vector<JsonValue> ItemsOf(const JsonValue& value) {
  std::vector<JsonValue> items;
  const auto array = value.Array();
  if (!array.ok()) return items;
  for (const JsonValue item : *array) items.push_back(item);
  return items;
}

// Returns the error of parsing `text`, "" when there is none.
std::string ErrorOf(std::string_view text) {
  JsonReader reader({});
  return std::string(reader.Parse(text).status().message());
}

TEST(JsonReaderTest, ReadsEveryKindOfValue) {
  JsonReader reader({});
  const auto object = reader.ParseObject(
      R"({"null":null,"yes":true,"small":-7,"big":18446744073709551615,)"
      R"("half":0.5,"text":"a\u00e9\n","list":[1,[2]],"object":{"a":1}})");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->size(), 8u);
  EXPECT_TRUE(object->Get("null")->is_null());
  EXPECT_TRUE(*object->Get("yes")->Bool());
  EXPECT_EQ(*object->Get("small")->Int64(), -7);
  EXPECT_EQ(*object->Get("big")->Uint64(), UINT64_MAX);
  EXPECT_EQ(*object->Get("half")->Number(), 0.5);
  EXPECT_EQ(*object->Get("text")->String(), "a\xc3\xa9\n");
  EXPECT_EQ(object->Get("list")->Array()->size(), 2u);
  EXPECT_EQ(object->Get("object")->Object()->size(), 1u);
}

TEST(JsonReaderTest, VisitsItemsAndMembersInOrder) {
  JsonReader reader({});
  const auto object = reader.ParseObject(R"({"b":[[1],[2,3],[]],"a":{}})");
  ASSERT_TRUE(object.ok()) << object.status();
  std::string seen;
  for (const JsonMember member : *object) seen += member.name;
  for (const JsonValue item : ItemsOf(*object->Get("b"))) {
    seen += std::to_string(item.Array()->size());
  }
  EXPECT_EQ(seen, "ba120");
}

TEST(JsonReaderTest, FindsMembersByExactName) {
  JsonReader reader({});
  const auto object = reader.ParseObject(R"({"Path":1,"path\u0000":2})");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_FALSE(object->Find("path").has_value());
  EXPECT_TRUE(object->Find("Path").has_value());
  EXPECT_EQ(object->Get("path").status().message(), "\"path\" is missing");
}

// known-failures: duplicate members (CVE-2017-12635).
TEST(JsonReaderTest, RefusesDuplicateMembersAtEveryLevel) {
  EXPECT_EQ(ErrorOf(R"({"a":1,"a":1})"), "member \"a\" stands twice");
  EXPECT_EQ(ErrorOf(R"([{"x":[{"a":1,"b":2,"a":3}]}])"),
            "member \"a\" stands twice");
  EXPECT_EQ(ErrorOf(R"({"a":1,"\u0061":2})"), "member \"a\" stands twice");
  EXPECT_EQ(ErrorOf(R"([{"a":1},{"a":1}])"), "");
  EXPECT_EQ(ErrorOf(R"({"a":{"a":1}})"), "");
}

TEST(JsonReaderTest, FindsDuplicatesAmongAnyNumberOfMembers) {
  for (int count = 1; count <= 40; ++count) {
    std::vector<std::string> members;
    for (int i = 0; i < count; ++i) {
      members.push_back(absl::StrCat("\"n", i, "\":", i));
    }
    const auto error = [&members] {
      return ErrorOf(absl::StrCat("{", absl::StrJoin(members, ","), "}"));
    };
    EXPECT_EQ(error(), "") << count;
    for (int first = 0; first < count; ++first) {
      members.push_back(absl::StrCat("\"n", first, "\":0"));
      EXPECT_EQ(error(), absl::StrCat("member \"n", first, "\" stands twice"))
          << count;
      members.pop_back();
    }
  }
  EXPECT_EQ(ErrorOf(R"({"":1,"":2})"), "member \"\" stands twice");
  // Names are compared by their first eight bytes, then by all.
  EXPECT_NE(ErrorOf(R"({"a\u0000":1,"b":2,"a\u0000":3})"), "");
  EXPECT_EQ(ErrorOf(R"({"b":2,"a":1,"a\u0000":2,"a\u0000\u0000":3})"), "");
  for (const std::string& name :
       {std::string("1234567"), std::string("12345678"),
        std::string("123456789"), std::string(17, 'n')}) {
    const std::string twice = "\"" + name + "\":1,";
    EXPECT_NE(ErrorOf("{" + twice + "\"b\":2," + twice + "\"a\":3}"), "");
    EXPECT_NE(ErrorOf("{\"z\":0," + twice + twice + "\"a\":3}"), "");
    EXPECT_EQ(ErrorOf("{\"z\":0," + twice + "\"" + name + "x\":1,\"a\":3}"),
              "");
    EXPECT_EQ(
        ErrorOf("{\"z\":0," + twice + "\"" + name.substr(1) + "\":1,\"a\":3}"),
        "");
  }
}

TEST(JsonReaderTest, SaysInOneLineWhatIsWrong) {
  struct Case {
    std::string text;
    std::string_view error;
  };
  const std::vector<Case> cases = {
      {"", "empty, where a JSON document is expected"},
      {"{", "not JSON"},
      {"{} {}", "not JSON"},
      {"{}x", "not JSON"},
      {"\xef\xbb\xbf{}", "not JSON"},
      {std::string("{\"a\":1}\0", 8), "not JSON: a NUL byte"},
      {std::string("[\"\0\"]", 5), "not JSON: a NUL byte"},
      {"[\"\xff\"]", "not UTF-8"},
      {"[\"\t\"]", "not JSON: control character in a string"},
      {"[\"\\ud800\"]",
       "not JSON: bad escape in a string, or a lone surrogate"},
      {"[\"\\udc00\"]",
       "not JSON: bad escape in a string, or a lone surrogate"},
      {"[1e400]", "not JSON: bad number, or one out of range"},
      {"[18446744073709551616]", "not JSON: bad number, or one out of range"},
      {"[01]", "not JSON: bad number, or one out of range"},
      {"[\"a]", "not JSON: a string does not end"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ErrorOf(c.text), c.error) << testing::PrintToString(c.text);
  }
}

TEST(JsonReaderTest, BoundsDepthAndSize) {
  JsonReader reader({.bytes_max = 20, .depth_max = 4});
  EXPECT_TRUE(reader.Parse(Nested(4)).ok());
  EXPECT_EQ(reader.Parse(Nested(5)).status().message(),
            "JSON is nested too deeply");
  EXPECT_TRUE(reader.Parse(std::string(19, ' ') + "1").ok());
  EXPECT_EQ(reader.Parse(std::string(20, ' ') + "1").status().message(),
            "longer than 20 bytes");
}

TEST(JsonReaderTest, RefusesAQuarterMillionBracketsWithoutRecursion) {
  EXPECT_EQ(ErrorOf(std::string(250'000, '[')), "not JSON");
  EXPECT_EQ(ErrorOf(Nested(250'000)), "JSON is nested too deeply");
}

TEST(JsonReaderTest, AccessorsSayWhereAndWhat) {
  JsonReader reader({});
  const auto object = reader.ParseObject(
      R"({"skip":[[1,2],{"a":3}],"headers":{"A":"x","X-Key":[1,{"deep":2}]}})");
  ASSERT_TRUE(object.ok()) << object.status();
  const std::vector<JsonValue> list =
      ItemsOf(*object->Get("headers")->Object()->Get("X-Key"));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1].Object()->Get("deep")->String().status().message(),
            "headers.X-Key[1].deep: must be a string");
  EXPECT_EQ(list[0].Object().status().message(),
            "headers.X-Key[0]: must be an object");
  EXPECT_EQ(object->Get("headers")->Object()->Get("B").status().message(),
            "headers: \"B\" is missing");
  EXPECT_EQ(reader.ParseObject("[]").status().message(), "must be an object");
}

TEST(JsonReaderTest, NumbersAreNotConvertedInSilence) {
  JsonReader reader({});
  const auto value = reader.Parse(
      R"([1.0, 9223372036854775808, -1, "1", 9223372036854775807])");
  ASSERT_TRUE(value.ok()) << value.status();
  const std::vector<JsonValue> items = ItemsOf(*value);
  ASSERT_EQ(items.size(), 5u);
  EXPECT_EQ(items[0].Int64().status().message(), "[0]: must be an integer");
  EXPECT_EQ(items[1].Int64().status().message(), "[1]: is out of range");
  EXPECT_EQ(items[2].Uint64().status().message(), "[2]: must not be negative");
  EXPECT_EQ(items[3].Number().status().message(), "[3]: must be a number");
  EXPECT_EQ(*items[4].Int64(), INT64_MAX);
}

TEST(JsonReaderTest, ErrorsShowNamesOnOneShortLine) {
  const std::string name(100, 'n');
  EXPECT_EQ(ErrorOf("{\"" + name + "\":1,\"" + name + "\":1}"),
            "member \"(of 100 bytes)\" stands twice");
  EXPECT_EQ(ErrorOf(R"({"\n":1,"\n":1})"), "member \"\\n\" stands twice");
}

TEST(JsonReaderTest, ReadsManyDocumentsOfAnySize) {
  JsonReader reader({});
  for (const size_t items : {1, 100'000, 3, 0, 50'000}) {
    std::string text = "[0";
    for (size_t i = 0; i < items; ++i) text += ",\"x\"";
    const auto value = reader.Parse(text + "]");
    ASSERT_TRUE(value.ok()) << items << ": " << value.status();
    EXPECT_EQ(value->Array()->size(), items + 1);
    EXPECT_FALSE(reader.Parse(text).ok()) << items;
  }
}

TEST(JsonReaderTest, WipeOverwritesWhatStringsHeld) {
  JsonReader reader({});
  const auto object = reader.ParseObject(R"({"secret":"correct horse"})");
  ASSERT_TRUE(object.ok()) << object.status();
  const std::string_view secret = *object->Get("secret")->String();
  reader.Wipe();
  EXPECT_EQ(secret, std::string(13, '\0'));
}

TEST(JsonReaderTest, WipeOverwritesWhatShorterDocumentsLeft) {
  // More than what is put behind a short document.
  const std::string front =
      absl::StrCat("\"", std::string(100, 'f'), "\\n\", ");
  for (const std::string_view secret_text :
       {R"("correct horse"])", R"("correct\u0020horse"])"}) {
    for (const std::string_view begin : {"[", "[1e0, "}) {
      JsonReader reader({});
      const auto list = reader.Parse(absl::StrCat(begin, front, secret_text));
      ASSERT_TRUE(list.ok()) << list.status();
      const std::string_view secret = ItemsOf(*list).back().TextOrNull();
      ASSERT_EQ(secret, "correct horse");
      const char* const at = secret.data();
      ASSERT_TRUE(reader.Parse("[1e0]").ok());
      ASSERT_TRUE(reader.Parse("[]").ok());
      reader.Wipe();
      EXPECT_EQ(std::string(at, 13), std::string(13, '\0')) << begin;
    }
  }
}

}  // namespace
}  // namespace tollgate
