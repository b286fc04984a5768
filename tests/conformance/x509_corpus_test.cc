// Published certification paths through `tollgate cert verify`: of x509-limbo,
// of BoringSSL, and of NIST's PKITS. Each line says whether it is valid; not
// one may come out otherwise.
//
// Among them, of the known failures: extended key usage, name constraints of
// every kind, cycles and too many names, unknown critical extensions, SHA-1 and
// short RSA keys.

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "engine/json/reader.h"
#include "engine/json/write_value.h"
#include "engine/json/writer.h"
#include "gtest/gtest.h"
#include "tests/cli/process.h"

namespace tollgate {
namespace {

constexpr size_t kExpectedCases = 224;

struct Case {
  std::string id;
  bool valid = false;
};

std::string Member(const JsonObject& line, std::string_view name) {
  const auto value = line.Get(name);
  return value.ok() ? std::string(value->String().value_or("")) : "";
}

// Turns a line of the corpus into one of the command's input.
std::string Translate(const JsonObject& line) {
  std::string input;
  JsonWriter json(&input);
  json.BeginObject();
  json.Key("chain").BeginArray();
  WriteValue(*line.Get("leaf"), json);
  const auto intermediates = line.Get("intermediates")->Array();
  if (intermediates.ok()) {
    for (const JsonValue item : *intermediates) WriteValue(item, json);
  }
  json.EndArray();
  for (const std::string_view name : {"id", "anchors", "time", "purpose"}) {
    json.Key(name);
    WriteValue(*line.Get(name), json);
  }
  const auto crls = line.Get("crls")->Array();
  if (crls.ok() && crls->size() > 0) {
    json.Key("crls");
    WriteValue(*line.Get("crls"), json);
  }
  json.EndObject();
  return input += '\n';
}

TEST(X509CorpusTest, EveryPathComesOutAsPublished) {
  const char* const corpora = std::getenv("TOLLGATE_CORPORA");
  if (corpora == nullptr) {
    GTEST_SKIP() << "TOLLGATE_CORPORA names no folder of test vectors";
  }
  std::ifstream corpus(std::string(corpora) + "/x509/core.jsonl");
  std::vector<Case> cases;
  std::string input;
  JsonReader reader({});
  for (std::string text; std::getline(corpus, text);) {
    const auto line = reader.ParseObject(text);
    ASSERT_TRUE(line.ok()) << line.status() << " in " << text;
    cases.push_back(
        {Member(*line, "id"), Member(*line, "expected") == "valid"});
    input += Translate(*line);
  }
  ASSERT_EQ(cases.size(), kExpectedCases);
  const cli::Outcome outcome = cli::RunTollgate({"cert", "verify"}, input);
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  const std::vector<std::string> answers = outcome.lines();
  ASSERT_EQ(answers.size(), cases.size()) << outcome.error;
  for (size_t i = 0; i < cases.size(); ++i) {
    const auto answer = reader.ParseObject(answers[i]);
    ASSERT_TRUE(answer.ok()) << answers[i];
    EXPECT_EQ(Member(*answer, "id"), cases[i].id);
    EXPECT_EQ(*answer->Get("valid")->Bool(), cases[i].valid) << answers[i];
    EXPECT_EQ(Member(*answer, "reason") == "ok", cases[i].valid) << answers[i];
  }
}

}  // namespace
}  // namespace tollgate
