#include "engine/policy/policy.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Texts = std::vector<std::string>;

CompiledPolicy Compile(const PolicyOptions& options) {
  absl::StatusOr<CompiledPolicy> policy = CompiledPolicy::Compile(options);
  EXPECT_TRUE(policy.ok()) << policy.status();
  return *std::move(policy);
}

struct Request {
  std::string_view method = "GET";
  std::string_view target = "/v1/x";
  std::string_view client = "192.0.2.1";
  int64_t now = 1'704'715'200;  // Monday 2024-01-08, 12:00 UTC
};

struct Answer {
  Reason reason;
  std::string matched;
};

Answer Evaluate(const CompiledPolicy& policy, const Request& request) {
  CanonicalPath path;
  (void)CanonicalPath::Parse(request.target, path);
  const IpAddress client =
      IpAddress::Parse(request.client).value_or(IpAddress());
  std::string_view matched = "untouched";
  const Reason reason = policy.Evaluate(
      {request.method, path, client, UnixSeconds{request.now}}, &matched);
  return {reason, std::string(matched)};
}

void Expect(const PolicyOptions& options, const Request& request, Reason reason,
            std::string_view matched) {
  const Answer answer = Evaluate(Compile(options), request);
  EXPECT_EQ(ReasonName(answer.reason), ReasonName(reason))
      << request.method << " " << absl::CHexEscape(request.target) << " from "
      << request.client;
  EXPECT_EQ(answer.matched, matched)
      << request.method << " " << absl::CHexEscape(request.target) << " from "
      << request.client;
}

PolicyOptions Endpoints(Texts allow, Texts deny) {
  PolicyOptions options;
  if (!allow.empty()) options.endpoints.allow = std::move(allow);
  if (!deny.empty()) options.endpoints.deny = std::move(deny);
  return options;
}

// The policy that the documentation shows.
PolicyOptions Standard() {
  PolicyOptions options =
      Endpoints({"GET /v1/**", "POST /v1/tools/*"}, {"/v1/admin/**"});
  options.name = "standard";
  options.ip.allow = Texts{"any"};
  options.ip.deny = Texts{"198.51.100.0/24"};
  options.hours = HoursOptions{
      "Europe/Berlin",
      {{.weekday_mask = 31, .from_minute = 480, .to_minute = 1080}}};
  return options;
}

TEST(PolicyTest, EmptyPolicyRestrictsNothing) {
  Expect({}, {}, Reason::kOk, "");
  Expect({}, {.client = ""}, Reason::kOk, "");
}

TEST(PolicyTest, EveryPartMayRefuse) {
  Expect(Standard(), {}, Reason::kOk, "GET /v1/**");
  Expect(Standard(), {.method = "POST", .target = "/v1/tools/a"}, Reason::kOk,
         "POST /v1/tools/*");
  Expect(Standard(), {.client = "198.51.100.7"}, Reason::kIpNotAllowed,
         "198.51.100.0/24");
  Expect(Standard(), {.target = "/v1/admin/x"}, Reason::kEndpointNotAllowed,
         "/v1/admin/**");
  Expect(Standard(), {.method = "POST"}, Reason::kEndpointNotAllowed, "");
  Expect(Standard(), {.now = 1'704'715'200 - 6 * 3600}, Reason::kOutsideHours,
         "");
}

TEST(PolicyTest, FirstRefusalIsTheAnswer) {
  const int64_t night = 1'704'715'200 - 6 * 3600;
  Expect(Standard(),
         {.method = "G T", .target = "/v1/admin", .client = "198.51.100.7"},
         Reason::kMalformedRequest, "");
  Expect(Standard(),
         {.target = "/v1/admin", .client = "198.51.100.7", .now = night},
         Reason::kIpNotAllowed, "198.51.100.0/24");
  Expect(Standard(), {.target = "/v1/admin", .now = night},
         Reason::kEndpointNotAllowed, "/v1/admin/**");
}

TEST(PolicyTest, IpRuleIsReportedWhenNoEndpointRuleDecided) {
  PolicyOptions options;
  options.ip.allow = Texts{"192.0.2.0/24"};
  Expect(options, {}, Reason::kOk, "192.0.2.0/24");
  Expect(options, {.client = "192.0.3.1"}, Reason::kIpNotAllowed, "");
}

TEST(PolicyTest, DenyBeatsAllow) {
  Expect(Endpoints({"/v1/admin/users"}, {"/v1/admin/**"}),
         {.target = "/v1/admin/users"}, Reason::kEndpointNotAllowed,
         "/v1/admin/**");
  Expect(Endpoints({"any"}, {"any"}), {}, Reason::kEndpointNotAllowed, "any");
  Expect(Endpoints({}, {"/v1/admin/**"}), {}, Reason::kOk, "");
  Expect(Endpoints({}, {"/v1/admin/**"}), {.target = "/v1/admin"},
         Reason::kEndpointNotAllowed, "/v1/admin/**");
}

TEST(PolicyTest, TrailingSlashDoesNotWalkAroundRules) {
  Expect(Endpoints({"/**"}, {"/v1/x"}), {.target = "/v1/x/"},
         Reason::kEndpointNotAllowed, "/v1/x");
  Expect(Endpoints({"/v1/x"}, {}), {.target = "/v1/x/"},
         Reason::kEndpointNotAllowed, "");
}

TEST(PolicyTest, MethodsAreExact) {
  const PolicyOptions options = Endpoints({"GET /v1/**"}, {});
  for (std::string_view method : {"HEAD", "get", "Get", "POST", "GETS"}) {
    Expect(options, {.method = method}, Reason::kEndpointNotAllowed, "");
  }
}

TEST(PolicyTest, WhatIsNoMethodIsMalformed) {
  for (std::string_view method :
       {"", " ", "GET ", "GET /v1", "GET\r\n", "G\xc3\x89T",
        "GET:", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    Expect({}, {.method = method}, Reason::kMalformedRequest, "");
  }
}

// known-failures: paths that cannot be canonicalised, and ones whose raw form
// hides what they are (CVE-2026-33186, CVE-2021-29492, CVE-2021-43557).
TEST(PolicyTest, DisguisedPathsDoNotWalkAroundDenyRules) {
  const PolicyOptions options = Endpoints({"/**"}, {"/v1/admin/**"});
  for (std::string_view target :
       {"/v1/admin", "/v1/admin/", "/v1/admin?x", "/v1/%61dmin", "/v1/./admin",
        "/v1/x/../admin/y", "/v1/%2e/admin", "/x/%2e%2e/v1/admin",
        "/v1/admin/%2e"}) {
    Expect(options, {.target = target}, Reason::kEndpointNotAllowed,
           "/v1/admin/**");
  }
  for (std::string_view target :
       {"", "v1/admin", "//v1/admin", "/v1//admin", "/v1/admin;x",
        "/v1/;x/admin", "/v1%2fadmin", "/v1\\admin", "/v1/admin#", "/v1/x#y",
        "/v1/admin%00", "/v1/%zz", "/../v1/admin", "http://h/v1/admin", "*"}) {
    Expect(options, {.target = target}, Reason::kMalformedRequest, "");
  }
}

// known-failures: original-path header trusted (CVE-2023-27487). Nothing but
// the target is an input of a policy.
TEST(PolicyTest, PathComesFromTheTargetAlone) {
  static_assert(sizeof(PolicyRequest) ==
                    sizeof(void*) + 2 * sizeof(void*) + sizeof(UnixSeconds),
                "method, path, client and time are all that rules see");
  const PolicyOptions options = Endpoints({"/public/**"}, {});
  Expect(options, {.target = "/admin\r\nX-Envoy-Original-Path: /public/x"},
         Reason::kMalformedRequest, "");
}

TEST(PolicyTest, HoursDecideByTheTimeGiven) {
  PolicyOptions options;
  options.hours = HoursOptions{"UTC", {{.from_minute = 600, .to_minute = 720}}};
  Expect(options, {.now = 1'704'715'199}, Reason::kOk, "");
  Expect(options, {.now = 1'704'715'200}, Reason::kOutsideHours, "");
}

TEST(PolicyTest, MatchedMayBeLeftOut) {
  const CompiledPolicy policy = Compile(Standard());
  CanonicalPath path;
  ASSERT_TRUE(CanonicalPath::Parse("/v1/x", path));
  EXPECT_EQ(policy.Evaluate({"GET", path, IpAddress::FromV4(0xc0000201),
                             UnixSeconds{1'704'715'200}}),
            Reason::kOk);
}

TEST(PolicyTest, ErrorsNameThePolicyAndThePart) {
  struct ErrorCase {
    PolicyOptions options;
    std::string_view part;
  };
  PolicyOptions ip;
  ip.ip.deny = Texts{"10.0.0.1/8"};
  PolicyOptions hours;
  hours.hours = HoursOptions{"Mars/Olympus", {{}}};
  PolicyOptions empty_allow;
  empty_allow.endpoints.allow = Texts{};
  PolicyOptions empty_deny;
  empty_deny.endpoints.deny = Texts{};
  for (ErrorCase c : std::vector<ErrorCase>{
           {Endpoints({"v1"}, {}), "endpoints.allow"},
           {Endpoints({}, {"/a", "/b*"}), "endpoints.deny"},
           {Endpoints(Texts(limits::kEndpointPatternsMax + 1, "/a"), {}),
            "endpoints.allow"},
           {empty_allow, "endpoints.allow"},
           {empty_deny, "endpoints.deny"},
           {ip, "ip.deny"},
           {hours, "hours.zone"}}) {
    c.options.name = "standard";
    const absl::Status status = CompiledPolicy::Compile(c.options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    for (std::string_view part : {std::string_view("\"standard\""), c.part}) {
      EXPECT_NE(status.message().find(part), std::string_view::npos)
          << part << " in " << status.message();
    }
  }
}

}  // namespace
}  // namespace tollgate
