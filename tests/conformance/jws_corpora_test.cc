// Published vectors of signatures through `tollgate jws verify`: the cookbook
// of RFC 7520, and Wycheproof's tests of JWS and of signature schemes. Each
// line says whether it is valid; not one may come out otherwise.
//
// Among them, of the known failures: psychic signatures, HMAC with the public
// key, alg none, a key in the header, DER in place of r and s, PSS salts of
// another length, RSA padding forgeries, e=1, small RSA, ROCA, empty and short
// HMAC keys, segment counts, crit and b64, duplicate kids.

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

struct Case {
  std::string id;
  bool valid = false;
};

// Returns the name that the command line has for a member of the corpora, ""
// for what it is not told.
std::string_view NameOf(std::string_view member) {
  if (member == "alg") return "algorithm";
  if (member == "msg") return "message";
  if (member == "sig") return "signature";
  if (member == "id" || member == "jws" || member == "jwk" ||
      member == "jwks") {
    return member;
  }
  return "";
}

std::string Member(const JsonObject& line, std::string_view name) {
  const auto value = line.Get(name);
  return value.ok() ? std::string(value->String().value_or("")) : "";
}

// Turns lines of a corpus into the command's input.
std::string Translate(std::istream& corpus, std::vector<Case>& cases) {
  std::string input;
  JsonReader reader({});
  for (std::string text; std::getline(corpus, text);) {
    const auto line = reader.ParseObject(text);
    if (!line.ok()) {
      ADD_FAILURE() << line.status() << " in " << text;
      continue;
    }
    cases.push_back(
        {Member(*line, "id"), Member(*line, "expected") == "valid"});
    JsonWriter json(&input);
    json.BeginObject();
    for (const JsonMember member : *line) {
      const std::string_view name = NameOf(member.name);
      if (name.empty()) continue;
      json.Key(name);
      WriteValue(member.value, json);
    }
    json.EndObject();
    input += '\n';
  }
  return input;
}

class JwsCorporaTest : public testing::Test {
 protected:
  void Check(const std::string& name, size_t expected_cases) {
    const char* corpora = std::getenv("TOLLGATE_CORPORA");
    if (corpora == nullptr) {
      GTEST_SKIP() << "TOLLGATE_CORPORA names no folder of test vectors";
    }
    std::ifstream corpus(std::string(corpora) + "/" + name);
    std::vector<Case> cases;
    const std::string input = Translate(corpus, cases);
    ASSERT_EQ(cases.size(), expected_cases) << name;
    const cli::Outcome outcome = cli::RunTollgate({"jws", "verify"}, input);
    EXPECT_EQ(outcome.status, 0) << outcome.error;
    const std::vector<std::string> answers = outcome.lines();
    ASSERT_EQ(answers.size(), cases.size()) << outcome.error;
    for (size_t i = 0; i < cases.size(); ++i) Compare(cases[i], answers[i]);
  }

 private:
  void Compare(const Case& expected, const std::string& answer) {
    const auto line = reader_.ParseObject(answer);
    ASSERT_TRUE(line.ok()) << answer;
    const std::string reason = Member(*line, "reason");
    EXPECT_EQ(Member(*line, "id"), expected.id);
    EXPECT_EQ(*line->Get("valid")->Bool(), expected.valid) << answer;
    EXPECT_EQ(reason == "ok", expected.valid) << answer;
    EXPECT_NE(reason, "malformed_request") << answer;
  }

  JsonReader reader_{{}};
};

TEST_F(JwsCorporaTest, TheCookbookOfRfc7520) { Check("rfc7520/jws.jsonl", 98); }

TEST_F(JwsCorporaTest, WycheproofsSignedTokens) {
  Check("wycheproof/jws.jsonl", 441);
}

TEST_F(JwsCorporaTest, WycheproofsSignatures) {
  Check("wycheproof/sig.jsonl", 6824);
}

// Those of the command's own that the corpora have not.
TEST(JwsCommandTest, EveryBadLineIsAnsweredAndInvalid) {
  const std::string secret =
      R"("jwk":{"kty":"oct","k":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"})";
  const std::string raw =
      R"("algorithm":"HS256","message":"AA","signature":"AA")";
  const struct {
    std::string line;
    std::string reason;
  } kCases[] = {
      {"", "malformed_request"},
      {"1", "malformed_request"},
      {"{}", "malformed_request"},
      {"{\"jws\":", "malformed_request"},
      {R"({"jws":"a.b.c"})", "malformed_request"},
      {R"({"jws":"a.b.c","jws":"a.b.c",)" + secret + "}", "malformed_request"},
      {R"({"jws":1,)" + secret + "}", "malformed_request"},
      {R"({"jws":"a.b.c","jwks":{"keys":[]},)" + secret + "}",
       "malformed_request"},
      {R"({"jws":"a.b.c",)" + raw + "," + secret + "}", "malformed_request"},
      {"{" + raw + "}", "malformed_request"},
      {R"({"message":"AA","signature":"AA",)" + secret + "}",
       "malformed_request"},
      {R"({"jws":"a.b.c",)" + secret + "}", "malformed_credential"},
      {R"({"jws":"a.b",)" + secret + "}", "malformed_credential"},
      // {"alg":"none"}, {"alg":"HS256"} and {"alg":"HS256","kid":"a"}.
      {R"({"jws":"eyJhbGciOiJub25lIn0.AA.AA",)" + secret + "}",
       "algorithm_not_allowed"},
      {R"({"jws":"eyJhbGciOiJIUzI1NiJ9.AA.AA",)" + secret + "}",
       "bad_signature"},
      {R"({"jws":"eyJhbGciOiJIUzI1NiJ9.AB.AA",)" + secret + "}",
       "malformed_credential"},
      {R"({"jws":"eyJhbGciOiJIUzI1NiJ9.AA.AA","jwk":1})", "malformed_key"},
      {R"({"jws":"eyJhbGciOiJIUzI1NiJ9.AA.AA","jwks":{}})", "malformed_key"},
      {R"({"jws":"eyJhbGciOiJIUzI1NiJ9.AA.AA","jwks":{"keys":[]}})",
       "unknown_kid"},
      {R"({"jws":"eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.AA.AA","jwks":{"keys":[]})"
       "}",
       "unknown_kid"},
      {R"({"jws":"eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.AA.AA",)" + secret + "}",
       "bad_signature"},
      {"{" + raw + "," + secret + "}", "bad_signature"},
      {R"({"algorithm":"RS256","message":"AA","signature":"AA",)" + secret +
           "}",
       "algorithm_not_allowed"},
      {R"({"algorithm":"none","message":"AA","signature":"",)" + secret + "}",
       "algorithm_not_allowed"},
      {R"({"algorithm":"HS256","message":"A","signature":"AA",)" + secret + "}",
       "malformed_credential"},
      {R"({"algorithm":"HS256","message":"AA","signature":"AA=",)" + secret +
           "}",
       "malformed_credential"},
      {"{" + raw + R"(,"jwk":{"kty":"oct","k":""}})", "malformed_key"},
  };
  std::string input;
  for (const auto& [line, reason] : kCases) input += line + "\n";
  const cli::Outcome outcome = cli::RunTollgate({"jws", "verify"}, input);
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  const std::vector<std::string> answers = outcome.lines();
  ASSERT_EQ(answers.size(), std::size(kCases));
  JsonReader reader({});
  for (size_t i = 0; i < answers.size(); ++i) {
    const auto answer = reader.ParseObject(answers[i]);
    ASSERT_TRUE(answer.ok()) << answers[i];
    EXPECT_FALSE(*answer->Get("valid")->Bool()) << kCases[i].line;
    EXPECT_EQ(Member(*answer, "reason"), kCases[i].reason)
        << kCases[i].line << answers[i];
    EXPECT_EQ(answers[i].find("MTIzNDU2"), std::string::npos);
  }
}

}  // namespace
}  // namespace tollgate
