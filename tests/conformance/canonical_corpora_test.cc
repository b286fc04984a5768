// Published JSON through `tollgate tool canonicalize`: the vectors of RFC
// 8785's authors, ten thousand numbers among them, to the byte; and
// JSONTestSuite, by what may stand in a signed document.

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "engine/json/reader.h"
#include "engine/json/writer.h"
#include "gtest/gtest.h"
#include "tests/cli/process.h"

namespace tollgate {
namespace {

struct Corpus {
  std::string name;
  std::string file;
  std::string column;  // "accept", "reject", "either", or the bytes in base64
  size_t cases;
};

std::string Member(const JsonObject& line, std::string_view name) {
  const auto value = line.Get(name);
  return value.ok() ? std::string(value->String().value_or("")) : "";
}

class CanonicalCorporaTest : public testing::TestWithParam<Corpus> {};

TEST_P(CanonicalCorporaTest, EveryCaseComesOutAsPublished) {
  const char* const corpora = std::getenv("TOLLGATE_CORPORA");
  if (corpora == nullptr) {
    GTEST_SKIP() << "TOLLGATE_CORPORA names no folder of test vectors";
  }
  const Corpus& corpus = GetParam();
  std::ifstream file(std::string(corpora) + "/" + corpus.file);
  std::vector<std::string> expected;
  std::string input;
  JsonReader reader({});
  for (std::string text; std::getline(file, text);) {
    const auto line = reader.ParseObject(text);
    ASSERT_TRUE(line.ok()) << line.status() << " in " << text;
    expected.push_back(Member(*line, corpus.column));
    JsonWriter json(&input);
    json.BeginObject().Key("id").String(Member(*line, "id"));
    json.Key("input_b64").String(Member(*line, "input")).EndObject();
    input += '\n';
  }
  ASSERT_EQ(expected.size(), corpus.cases);
  const cli::Outcome outcome =
      cli::RunTollgate({"tool", "canonicalize", "--jsonl"}, input);
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  const std::vector<std::string> answers = outcome.lines();
  ASSERT_EQ(answers.size(), expected.size()) << outcome.error;
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto answer = reader.ParseObject(answers[i]);
    ASSERT_TRUE(answer.ok()) << answers[i];
    const bool valid = *answer->Get("valid")->Bool();
    if (expected[i] == "either") continue;
    EXPECT_EQ(valid, expected[i] != "reject") << answers[i];
    if (valid && expected[i] != "accept") {
      EXPECT_EQ(Member(*answer, "output_b64"), expected[i]) << answers[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, CanonicalCorporaTest,
    testing::Values(Corpus{"jcs", "jcs/jcs.jsonl", "expected", 10'021},
                    Corpus{"jsontestsuite", "jsontestsuite/json.jsonl",
                           "signed", 340}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace tollgate
