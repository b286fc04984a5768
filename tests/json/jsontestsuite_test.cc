// JSONTestSuite, read as JSON inside a credential: the column `signed` of the
// corpus, where `either` leaves the choice to the reader.

#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/escaping.h"
#include "engine/json/reader.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr int kCases = 340;

// Returns the string member `name` of a corpus line.
std::string Member(const JsonObject& line, std::string_view name) {
  const auto value = line.Get(name);
  return value.ok() ? std::string(value->String().value_or("")) : "";
}

TEST(JsonTestSuiteTest, ReaderFollowsTheSignedColumn) {
  const char* corpora = std::getenv("TOLLGATE_CORPORA");
  if (corpora == nullptr) {
    GTEST_SKIP() << "TOLLGATE_CORPORA names no folder of test vectors";
  }
  std::ifstream file(std::string(corpora) + "/jsontestsuite/json.jsonl");
  JsonReader lines({});
  JsonReader reader({});
  int cases = 0;
  for (std::string text; std::getline(file, text); ++cases) {
    const auto line = lines.ParseObject(text);
    ASSERT_TRUE(line.ok()) << cases << ": " << line.status();
    const std::string expected = Member(*line, "signed");
    std::string input;
    ASSERT_TRUE(absl::Base64Unescape(Member(*line, "input"), &input));
    const auto status = reader.Parse(input).status();
    if (expected == "either") continue;
    EXPECT_EQ(status.ok(), expected == "accept")
        << Member(*line, "id") << ": " << status;
  }
  EXPECT_EQ(cases, kCases);
}

}  // namespace
}  // namespace tollgate
