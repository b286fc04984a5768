#include "engine/config/yaml_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

// Shows a tree on one line: plain and "quoted" scalars, [lists], {key: value}.
std::string Show(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "null";
    case YamlNode::Kind::kPlain:
      return node.text;
    case YamlNode::Kind::kQuoted:
      return absl::StrCat("\"", node.text, "\"");
    case YamlNode::Kind::kSequence: {
      std::string out;
      for (const YamlNode& item : node.items) {
        absl::StrAppend(&out, out.empty() ? "" : ", ", Show(item));
      }
      return absl::StrCat("[", out, "]");
    }
    case YamlNode::Kind::kMapping: {
      std::string out;
      for (const YamlMember& member : node.members) {
        absl::StrAppend(&out, out.empty() ? "" : ", ", member.key, ": ",
                        Show(member.value));
      }
      return absl::StrCat("{", out, "}");
    }
  }
  return "?";
}

TEST(YamlReaderTest, ReadsBlockFlowAndJsonAlike) {
  const struct {
    std::string text;
    std::string tree;
  } kCases[] = {
      {"a: 1\nb: [x, 'y', \"z\"]\n", "{a: 1, b: [x, \"y\", \"z\"]}"},
      {"{\"a\":1,\"b\":[true,null,\"x\\/y\"]}",
       "{a: 1, b: [true, null, \"x/y\"]}"},
      {"- ::1/128\n- 10.0.0.0/8", "[::1/128, 10.0.0.0/8]"},
      {"a:\nb: ~\n", "{a: null, b: null}"},
      {"a: |\n  x\n  y\n", "{a: \"x\ny\n\"}"},
      {"a: 'it''s'", "{a: \"it's\"}"},
      {"\xef\xbb\xbf"
       "a: 1\r\nb: 2\r\n",
       "{a: 1, b: 2}"},
      {"---\na: 1\n...\n", "{a: 1}"},
      {"# only a comment\n", "null"},
      {"", "null"},
      {"{}", "{}"},
      {"a: &amp", "error"},
      {"a: \"\xc3\xa9\"", "{a: \"\xc3\xa9\"}"},
  };
  for (const auto& test : kCases) {
    const auto tree = ReadYaml(test.text, "f");
    EXPECT_EQ(tree.ok() ? Show(*tree) : "error", test.tree) << test.text;
  }
}

TEST(YamlReaderTest, RefusesWhatIsNotWhereItStands) {
  const struct {
    std::string text;
    std::string error;
  } kCases[] = {
      {"a: &x 1\nb: *x\n", "f:1:4: anchors (`&name`) are not allowed"},
      {"a: &x", "f:1:4: anchors (`&name`) are not allowed"},
      {"a: &x {b: 1}", "f:1:4: anchors (`&name`) are not allowed"},
      {"a: !!str 1", "f:1:4: tags (`!name`) are not allowed"},
      {"a: !x [1]", "f:1:4: tags (`!name`) are not allowed"},
      {"a: ! 1", "f:1:4: tags (`!name`) are not allowed"},
      {"a: !", "f:1:4: tags (`!name`) are not allowed"},
      {"!!map {a: 1}", "f:1:1: tags (`!name`) are not allowed"},
      {"a: 1\n<<: {b: 2}\n", "f:2:1: merge keys (`<<`) are not allowed"},
      {"a: 1\n---\nb: 2\n", "f:2:1: more than one document"},
      {"a: 1\n...\nb: 2\n", "f:3:1: more than one document"},
      {"{} {}", "f:1:4: more than one document"},
      {",", "f:1:1: more than one document"},
      {"{\"a\": 1} trailing", "f:1:10: more than one document"},
      {"a: 1\nb: 2\na: 3\n", "f:3:1: duplicate key `a`"},
      {"{\"a\": 1, 'a': 2}", "f:1:10: duplicate key `a`"},
      {"{\"a\": 1, \"\\u0061\": 2}", "f:1:10: duplicate key `a`"},
      {"1: x", "f:1:1: a key must be a string; write it as \"1\""},
      {"true: x", "f:1:1: a key must be a string; write it as \"true\""},
      {"~: x", "f:1:1: a key must be a string; write it as \"\""},
      {"[a]: b", "f:1:1: a key must be a string"},
      {"{a: 1}: b", "f:1:1: a key must be a string"},
      {"a: \"x\\0y\"", "f:1:4: NUL in a string"},
  };
  for (const auto& test : kCases) {
    const auto tree = ReadYaml(test.text, "f");
    ASSERT_FALSE(tree.ok()) << test.text;
    EXPECT_EQ(tree.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(tree.status().message().substr(0, test.error.size()) ==
                test.error)
        << test.text << "\n"
        << tree.status();
  }
}

TEST(YamlReaderTest, SyntaxErrorsHaveAPosition) {
  for (const std::string& text :
       {std::string("a: b: c"), std::string("a: [1, 2"), std::string("a: }"),
        std::string("a: \"open"), std::string("a: 1\n b: 2"),
        std::string("a: \"x\" y"), std::string("@a: 1"),
        std::string("a: *missing"), std::string("a: \"\\ud800\""),
        std::string("- a\nb: 1"), std::string("{\"a\": 1 \"b\": 2}")}) {
    const auto tree = ReadYaml(text, "f");
    ASSERT_FALSE(tree.ok()) << text;
    EXPECT_EQ(tree.status().message().substr(0, 2), "f:") << tree.status();
    EXPECT_EQ(tree.status().message().find('\n'), std::string::npos);
  }
}

TEST(YamlReaderTest, RefusesBytesThatAreNotText) {
  const struct {
    std::string text;
    std::string error;
  } kCases[] = {
      {std::string("a: x\0y", 6), "f:1:5: control character U+0000"},
      {"a: 1\n\x04 b: 2", "f:2:1: control character U+0004"},
      {"a: \x1b[31m", "f:1:4: control character U+001b"},
      {"a: \x7f", "f:1:4: control character U+007f"},
      {"a: \xc2\x85", "f:1:4: control character U+0085"},
      {"a: \x80", "f:1:4: the text is not UTF-8"},
      {"a: \xc0\xaf", "f:1:4: the text is not UTF-8"},
      {"a: \xc3", "f:1:4: the text is not UTF-8"},
      {"a: \xe0\x80\xaf", "f:1:4: the text is not UTF-8"},
      {"a: \xed\xa0\x80", "f:1:4: the text is not UTF-8"},
      {"a: \xf4\x90\x80\x80", "f:1:4: the text is not UTF-8"},
      {"a: \xf8\x88\x80\x80\x80", "f:1:4: the text is not UTF-8"},
      {std::string("\xff\xfe"
                   "a\0",
                   4),
       "f:1:1: the text is not UTF-8"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(ReadYaml(test.text, "f").status().message(), test.error);
  }
}

TEST(YamlReaderTest, SizeIsBounded) {
  const std::string most =
      "a: " + std::string(limits::kConfigBytesMax - 3, 'x');
  EXPECT_TRUE(ReadYaml(most, "f").ok());
  EXPECT_FALSE(ReadYaml(most + "x", "f").ok());
  EXPECT_FALSE(ReadYaml(std::string(16 << 20, 'x'), "f").ok());
}

TEST(YamlReaderTest, NestingIsBounded) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(ReadYaml(nested(limits::kConfigNestingMax), "f").ok());
  for (const size_t depth :
       {limits::kConfigNestingMax + 1, size_t{600}, size_t{500'000}}) {
    EXPECT_FALSE(ReadYaml(nested(depth), "f").ok()) << depth;
    EXPECT_FALSE(ReadYaml(std::string(depth, '['), "f").ok()) << depth;
    EXPECT_FALSE(ReadYaml(std::string(depth, '{'), "f").ok()) << depth;
  }
  std::string dashes;
  for (int i = 0; i < 100'000; ++i) dashes += "- ";
  EXPECT_FALSE(ReadYaml(dashes, "f").ok());
}

TEST(YamlReaderTest, NodesAreBounded) {
  std::string items;
  for (size_t i = 0; i < limits::kConfigNodesMax; ++i) items += "a,";
  EXPECT_FALSE(ReadYaml("[" + items + "]", "f").ok());
}

// "alias bombs": each level would be ten times the one before.
TEST(YamlReaderTest, AliasBombsDoNotGoOff) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) {
      bomb += std::string("*") + static_cast<char>(c - 1) + ", ";
    }
    bomb += "]\n";
  }
  EXPECT_FALSE(ReadYaml(bomb, "f").ok());
}

TEST(YamlReaderTest, PlainScalarsFollowTheCoreSchema) {
  const struct {
    std::string text;
    PlainType type;
  } kCases[] = {
      {"no", PlainType::kString},
      {"yes", PlainType::kString},
      {"on", PlainType::kString},
      {"off", PlainType::kString},
      {"tRUE", PlainType::kString},
      {"true", PlainType::kBool},
      {"False", PlainType::kBool},
      {"null", PlainType::kNull},
      {"~", PlainType::kNull},
      {"", PlainType::kNull},
      {"010", PlainType::kNumber},
      {"0x1F", PlainType::kNumber},
      {"0o17", PlainType::kNumber},
      {"0x", PlainType::kString},
      {"0o8", PlainType::kString},
      {"1_000", PlainType::kString},
      {"1,000", PlainType::kString},
      {"-5", PlainType::kNumber},
      {"+5", PlainType::kNumber},
      {"5.", PlainType::kNumber},
      {".5", PlainType::kNumber},
      {".", PlainType::kString},
      {"1e3", PlainType::kNumber},
      {"1e", PlainType::kString},
      {"e3", PlainType::kString},
      {"1.5e-3", PlainType::kNumber},
      {".inf", PlainType::kNumber},
      {"-.INF", PlainType::kNumber},
      {".nan", PlainType::kNumber},
      {"nan", PlainType::kString},
      {"08:00", PlainType::kString},
      {"190:20:30", PlainType::kString},
      {"2001-12-14", PlainType::kString},
      {"10.0.0.1", PlainType::kString},
      {"--5", PlainType::kString},
      {"5m", PlainType::kString},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(ResolvePlain(test.text), test.type) << test.text;
  }
}

}  // namespace
}  // namespace tollgate
