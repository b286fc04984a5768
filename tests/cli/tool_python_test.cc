// What Python makes: documents signed as the first implementations of ETDI
// signed them, and canonical JSON by an implementation of its own.

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "engine/json/reader.h"
#include "gtest/gtest.h"
#include "tests/cli/process.h"

namespace tollgate::cli {
namespace {

struct Printed {
  int status = -1;
  std::string text;
};

// Runs the script of this folder with Debian's Python.
Printed RunPython(const std::string& mode) {
  Printed printed;
  const std::string command =
      "/usr/bin/python3 tests/cli/python_signer.py " + mode;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return printed;
  std::array<char, 4096> buffer;
  for (size_t size;
       (size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    printed.text.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  printed.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return printed;
}

std::string Text(const JsonObject& object, std::string_view name) {
  const auto value = object.Find(name);
  return value.has_value() ? std::string(value->String().value_or("")) : "";
}

TEST(ToolPythonTest, DocumentsOfTheFirstImplementationsAreVerified) {
  const Printed input = RunPython("documents");
  if (input.status == 3) GTEST_SKIP() << input.text;
  ASSERT_EQ(input.status, 0);
  const Outcome outcome =
      RunTollgate({"tool", "verify", "--jsonl"}, input.text);
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  JsonReader reader({});
  int good = 0;
  int bad = 0;
  for (const std::string& line : outcome.lines()) {
    const auto answer = reader.ParseObject(line);
    ASSERT_TRUE(answer.ok()) << line;
    const bool expected = absl::StartsWith(Text(*answer, "id"), "good/");
    EXPECT_EQ(*answer->Get("valid")->Bool(), expected) << line;
    ++(expected ? good : bad);
  }
  EXPECT_GE(good, 150);
  EXPECT_EQ(bad, 16);
}

TEST(ToolPythonTest, CanonicalFormsAreThoseOfPython) {
  const Printed input = RunPython("canonical");
  ASSERT_EQ(input.status, 0);
  const Outcome outcome =
      RunTollgate({"tool", "canonicalize", "--jsonl"}, input.text);
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  const std::vector<std::string> answers = outcome.lines();
  JsonReader answer_reader({});
  JsonReader line_reader({});
  size_t at = 0;
  size_t begin = 0;
  for (; begin < input.text.size(); ++at) {
    const size_t end = input.text.find('\n', begin);
    const auto line =
        line_reader.ParseObject(input.text.substr(begin, end - begin));
    begin = end + 1;
    ASSERT_TRUE(line.ok() && at < answers.size());
    const auto answer = answer_reader.ParseObject(answers[at]);
    ASSERT_TRUE(answer.ok()) << answers[at];
    EXPECT_EQ(Text(*answer, "output_b64"), Text(*line, "expected"))
        << Text(*line, "input_b64");
  }
  EXPECT_EQ(at, 2000u);
}

}  // namespace
}  // namespace tollgate::cli
