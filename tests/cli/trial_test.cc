// `tollgate policy test` and `tollgate limit simulate`: rules without a store.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

std::string TestPolicy(std::string_view policy, std::string_view request,
                       std::string_view more = "") {
  return RunTollgate({"policy", "test"},
                     absl::StrCat("{\"id\":1,\"policy\":", policy,
                                  ",\"request\":", request, more, "}"))
      .output;
}

std::string Simulate(std::string_view limits, std::string_view events) {
  return RunTollgate({"limit", "simulate"},
                     absl::StrCat("{\"id\":1,\"rate_limits\":", limits,
                                  ",\"events\":", events, "}"))
      .output;
}

constexpr std::string_view kGet =
    R"({"method":"GET","path":"/v1/a","ip":"10.0.0.1","time":1735725600})";

TEST(PolicyTestTest, DecidesByEachPartOfAPolicy) {
  struct Case {
    std::string_view policy;
    std::string_view answer;
  };
  const std::vector<Case> cases = {
      {"{}", R"({"id":1,"decision":"allow","reason":"ok"})"},
      {R"({"endpoints":{"allow":["GET /v1/*"]}})",
       R"({"id":1,"decision":"allow","reason":"ok","matched":"GET /v1/*"})"},
      {R"({"endpoints":{"allow":["any"],"deny":["/v1/**"]}})",
       R"({"id":1,"decision":"deny","reason":"endpoint_not_allowed",)"
       R"("matched":"/v1/**"})"},
      {R"({"ip":{"deny":["10.0.0.0/8"]}})",
       R"({"id":1,"decision":"deny","reason":"ip_not_allowed",)"
       R"("matched":"10.0.0.0/8"})"},
      {R"({"hours":{"zone":"UTC","windows":[{"from":"11:00","to":"12:00"}]}})",
       R"({"id":1,"decision":"deny","reason":"outside_hours"})"},
      {R"({"rate_limits":{"per_minute":1}})",
       R"({"id":1,"decision":"allow","reason":"ok"})"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(TestPolicy(c.policy, kGet), absl::StrCat(c.answer, "\n"))
        << c.policy;
  }
}

TEST(PolicyTestTest, EndpointsAskForScopes) {
  constexpr std::string_view kEndpoints =
      R"(,"endpoints":[{"match":"GET /v1/*","scopes":["a","b"]}])";
  const auto reason = [&](std::string_view policy, std::string_view scopes) {
    std::string request(kGet);
    request.pop_back();
    return Field(
        TestPolicy(policy, absl::StrCat(request, scopes, "}"), kEndpoints),
        "reason");
  };
  EXPECT_EQ(reason("{}", ""), "insufficient_scope");
  EXPECT_EQ(reason(R"({"scopes":["a","b"]})", ""), "ok");
  EXPECT_EQ(reason(R"({"scopes":["a","b"]})", R"(,"scopes":["a"])"),
            "insufficient_scope");
  EXPECT_EQ(reason("{}", R"(,"scopes":["b","a"])"), "ok");
  EXPECT_EQ(reason("{}", R"(,"scopes":"b a")"), "ok");
}

TEST(PolicyTestTest, WhatIsWrongIsNeverAllowed) {
  const std::vector<std::string> answers = {
      TestPolicy("null", kGet),
      TestPolicy("[]", kGet),
      TestPolicy("\"any\"", kGet),
      TestPolicy(R"({"nonsense":1})", kGet),
      TestPolicy(R"({"ip":{"allow":[]}})", kGet),
      TestPolicy(R"({"ip":{"allow":["10.0.0.1/8"]}})", kGet),
      TestPolicy(R"({"ip":{"allow":["any"],"allow":["any"]}})", kGet),
      TestPolicy(R"({"endpoints":{"allow":["GET v1"]}})", kGet),
      TestPolicy(R"({"hours":{"zone":"Nowhere/City"}})", kGet),
      TestPolicy("{}", "{}"),
      TestPolicy("{}", R"({"method":"GET","path":"/","ip":"10.0.0.1"})"),
      TestPolicy("{}", R"({"method":"GET","path":"/","ip":"1","time":0})"),
      TestPolicy("{}", kGet, R"(,"endpoints":{})"),
      TestPolicy("{}", kGet, R"(,"endpoints":[{"match":"GET v1"}])"),
      RunTollgate({"policy", "test"}, "{\"id\":1}").output,
      RunTollgate({"policy", "test"}, "x").output,
  };
  for (const std::string& answer : answers) {
    EXPECT_EQ(Field(answer, "decision"), "deny") << answer;
    EXPECT_EQ(Field(answer, "reason"), "malformed_request") << answer;
    EXPECT_NE(Field(answer, "error"), "") << answer;
  }
}

// What was meant to count and would not.
TEST(PolicyTestTest, AMemberThatIsNearlyOneIsAnError) {
  const std::string request =
      R"("request":{"time":0,"method":"GET","path":"/x","ip":"192.0.2.1")";
  const auto error = [](const std::string& line) {
    const Outcome outcome = RunTollgate({"policy", "test"}, line + "\n");
    EXPECT_EQ(Field(outcome.output, "decision"), "deny") << line;
    return Field(outcome.output, "error");
  };
  EXPECT_EQ(error(R"({"policy":{},"endpoint":[],)" + request + "}}"),
            "endpoint: no such member; did you mean `endpoints`?");
  EXPECT_EQ(error(R"({"policy":{},"Endpoints":[],)" + request + "}}"),
            "Endpoints: no such member; did you mean `endpoints`?");
  EXPECT_EQ(error(R"({"policy":{},)" + request + R"(,"scope":[]}})"),
            "request.scope: no such member; did you mean `scopes`?");
  // Others are whoever's asks.
  const Outcome outcome = RunTollgate(
      {"policy", "test"}, R"({"note":"n","policy":{},)" + request + "}}\n");
  EXPECT_EQ(Field(outcome.output, "decision"), "allow") << outcome.output;
}

// Of all commands that read lines: a check would not be made.
TEST(LineMembersTest, WhatIsNearlyAMemberIsAnError) {
  const Site site;
  struct Case {
    Arguments words;
    std::string line;
    std::string_view error;
  };
  for (const Case& c : {
           Case{{"check", "--config", site.config()},
                R"({"method":"GET","path":"/","ip":"192.0.2.1","headers":{},)"
                R"("clientCert":"x"})",
                "clientCert: no such member; did you mean `client_cert`?"},
           Case{{"jwt", "verify"},
                R"({"token":"x","jwks":{"keys":[]},"audiences":["x"]})",
                "audiences: no such member; did you mean `audience`?"},
           Case{{"jws", "verify"},
                R"({"jws":"x","jwk":{},"Algorithm":"ES256"})",
                "Algorithm: no such member; did you mean `algorithm`?"},
           Case{{"limit", "simulate"},
                R"({"rate_limit":{"per_minute":1},"events":[]})",
                "rate_limit: no such member; did you mean `rate_limits`?"},
           Case{{"tool", "verify", "--jsonl"},
                R"({"document":"x","publishers":[],"maxAge":1})",
                "maxAge: no such member; did you mean `max_age`?"},
           Case{{"cert", "verify"},
                R"({"chain":[],"anchors":[],"CRLs":[]})",
                "CRLs: no such member; did you mean `crls`?"},
       }) {
    const Outcome outcome = RunTollgate(c.words, c.line + "\n");
    EXPECT_EQ(outcome.status, 0) << c.line << outcome.error;
    EXPECT_EQ(Field(outcome.output, "error"), c.error) << outcome.output;
  }
}

TEST(PolicyTestTest, PathsThatCanNotBeCanonicalAreDenied) {
  for (const char* path : {"", "v1/a", "//v1/a", "/v1/%00", "/v1/%zz"}) {
    const std::string answer =
        TestPolicy("{}", absl::StrCat(R"({"method":"GET","path":")", path,
                                      R"(","ip":"10.0.0.1","time":0})"));
    EXPECT_EQ(Field(answer, "decision"), "deny") << path;
    EXPECT_EQ(Field(answer, "reason"), "malformed_request") << path;
  }
}

TEST(LimitSimulateTest, ChargesABucketForEachKey) {
  EXPECT_EQ(Simulate(R"({"per_second":1})",
                     R"([[0,"a"],[0,"b"],[999,"a"],[1000,"a"],[1000.5,"b"]])"),
            "{\"id\":1,\"allowed\":[true,true,false,true,true]}\n");
}

TEST(LimitSimulateTest, ChargesAllWindowsOrNone) {
  EXPECT_EQ(
      Simulate(R"({"per_second":10,"per_minute":{"limit":60,"burst":2}})",
               R"([[0,"a"],[0,"a"],[0,"a"],[999,"a"],[1000,"a"],[1000,"a"]])"),
      "{\"id\":1,\"allowed\":[true,true,false,false,true,false]}\n");
}

// known-failures: a clock that goes backwards neither refills nor locks out.
TEST(LimitSimulateTest, TimeThatGoesBackRefillsNothing) {
  EXPECT_EQ(Simulate(R"({"per_second":1})",
                     R"([[5000,"a"],[0,"a"],[5999,"a"],[6000,"a"]])"),
            "{\"id\":1,\"allowed\":[true,false,false,true]}\n");
}

TEST(LimitSimulateTest, WhatIsWrongIsAnErrorOfItsLine) {
  const std::vector<std::string> answers = {
      Simulate("{}", "[[0,\"a\",1]]"),
      Simulate("{\"per_second\":1}", "[[0]]"),
      Simulate("{\"per_second\":1}", "[0]"),
      Simulate("{\"per_second\":1}", "[[\"0\",\"a\"]]"),
      Simulate("{\"per_second\":1}", "[[-1,\"a\"]]"),
      Simulate("{\"per_second\":1}", "[[1e300,\"a\"]]"),
      Simulate("{\"per_second\":1}", "[[0,7]]"),
      Simulate("{\"per_second\":1}", "{}"),
      Simulate("{\"per_second\":0}", "[[0,\"a\"]]"),
      Simulate("{\"per_second\":-1}", "[[0,\"a\"]]"),
      Simulate("{\"per_second\":1.5}", "[[0,\"a\"]]"),
      Simulate("{\"per_eon\":1}", "[[0,\"a\"]]"),
      Simulate("7", "[[0,\"a\"]]"),
      RunTollgate({"limit", "simulate"}, "{\"id\":1}").output,
  };
  for (const std::string& answer : answers) {
    EXPECT_EQ(Field(answer, "id"), "1") << answer;
    EXPECT_NE(Field(answer, "error"), "") << answer;
    EXPECT_NE(answer.find("\"allowed\":[]"), std::string::npos) << answer;
  }
}

// A permit is there after a second and not half a microsecond before; and what
// is written as whole microseconds is that, whatever a double makes of it.
TEST(LimitSimulateTest, TimesAreRoundedDown) {
  EXPECT_NE(Simulate(R"({"per_second":{"limit":2,"burst":1}})",
                     R"([[0,"a"],[499.9995,"a"],[500,"a"]])")
                .find("[true,false,true]"),
            std::string::npos);
  EXPECT_NE(Simulate(R"({"per_second":{"limit":1000,"burst":1}})",
                     R"([[0.1,"a"],[1.1,"a"],[1700000000000.3,"b"],)"
                     R"([1700000000001.3,"b"]])")
                .find("[true,true,true,true]"),
            std::string::npos);
}

TEST(LimitSimulateTest, LinesOfManyEventsAreTaken) {
  std::string events = "[";
  for (int i = 0; i < 200'000; ++i) {
    absl::StrAppend(&events, i == 0 ? "" : ",", "[", i, ",\"k", i % 1000,
                    "\"]");
  }
  const std::string answer =
      Simulate("{\"per_minute\":1}", absl::StrCat(events, "]"));
  EXPECT_EQ(Field(answer, "error"), "");
  EXPECT_GT(answer.size(), 200'000u * 5);
}

}  // namespace
}  // namespace tollgate::cli
