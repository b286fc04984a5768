#include "engine/policy/endpoint_pattern.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

using std::string_literals::operator""s;

EndpointPattern Compile(std::string_view text) {
  absl::StatusOr<EndpointPattern> pattern = EndpointPattern::Compile(text);
  EXPECT_TRUE(pattern.ok()) << text << ": " << pattern.status();
  return *std::move(pattern);
}

struct Case {
  std::string_view pattern;
  std::string_view method;
  std::string_view target;
  bool exactly;
  bool any_reading;
};

void ExpectAll(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const EndpointPattern pattern = Compile(c.pattern);
    CanonicalPath path;
    ASSERT_TRUE(CanonicalPath::Parse(c.target, path)) << c.target;
    EXPECT_EQ(pattern.MatchesExactly(c.method, path), c.exactly)
        << c.pattern << " exactly: " << c.method << " " << c.target;
    EXPECT_EQ(pattern.MatchesAnyReading(c.method, path), c.any_reading)
        << c.pattern << " in any reading: " << c.method << " " << c.target;
  }
}

TEST(EndpointPatternTest, LiteralPathsMatchThemselves) {
  ExpectAll(
      {{"/v1/x", "GET", "/v1/x", true, true},
       {"/v1/x", "GET", "/v1/x?y=z", true, true},
       {"/v1/x", "GET", "/v1/%78", true, true},
       {"/v1/x", "GET", "/v1/a/../x", true, true},
       {"/v1/x", "GET", "/v1/xy", false, false},
       {"/v1/x", "GET", "/v1/x/y", false, false},
       {"/v1/x", "GET", "/v1", false, false},
       {"/v1/x", "GET", "/", false, false},
       {"/v1/long/path/x", "GET", "/v1/long/path/x", true, true},
       {"/v1/long/path/x", "GET", "/v1/long/path/y", false, false},
       {"/v1/long/path/x", "GET", "/v1/long", false, false},
       {"/v1/much/longer/path/x", "GET", "/v1/much", false, false},
       {"/v1/much/longer/path/x", "GET", "/v1/much/longer/path/x", true, true},
       {"/v1/much/longer/path/x", "GET", "/v1/much/langer/path/x", false,
        false},
       {"/", "GET", "/", true, true},
       {"/", "GET", "/a", false, false}});
}

TEST(EndpointPatternTest, PathsAreCaseSensitive) {
  ExpectAll({{"/v1/admin/**", "GET", "/V1/Admin", false, false},
             {"/v1/admin/**", "GET", "/v1/ADMIN/x", false, false}});
}

TEST(EndpointPatternTest, StarIsOneSegment) {
  ExpectAll({{"/v1/tools/*", "POST", "/v1/tools/call", true, true},
             {"/v1/tools/*", "POST", "/v1/tools/a%20b", true, true},
             {"/v1/tools/*", "POST", "/v1/tools", false, false},
             {"/v1/tools/*", "POST", "/v1/tools/a/b", false, false},
             {"/v1/tools/*", "POST", "/v1/toolsx/a", false, false},
             {"/*", "GET", "/a", true, true},
             {"/*", "GET", "/a/b", false, false},
             {"/*/b/*", "GET", "/a/b/c", true, true},
             {"/*/b/*", "GET", "/a/x/c", false, false},
             {"/*/b/*", "GET", "/a/b", false, false},
             {"/v1/*/x", "GET", "/v1/a/x", true, true},
             {"/v1/*/x", "GET", "/v1x/a/x", false, false},
             {"/v1/*/x", "GET", "/v1/a/y", false, false},
             {"/v1/*/x", "GET", "/v1/a/", false, false}});
}

TEST(EndpointPatternTest, TwoStarsAreAnyNumberOfTrailingSegments) {
  ExpectAll({{"/v1/**", "GET", "/v1", true, true},
             {"/v1/**", "GET", "/v1/", true, true},
             {"/v1/**", "GET", "/v1/a", true, true},
             {"/v1/**", "GET", "/v1/a/b/", true, true},
             {"/v1/**", "GET", "/v10", false, false},
             {"/v1/**", "GET", "/v1x/a", false, false},
             {"/v1/**", "GET", "/", false, false},
             {"/**", "GET", "/", true, true},
             {"/**", "GET", "/a/b", true, true},
             {"/*/**", "GET", "/a", true, true},
             {"/*/**", "GET", "/a/b/c", true, true},
             {"/*/**", "GET", "/", false, true},
             {"/*/x/**", "GET", "/a/x", true, true},
             {"/*/x/**", "GET", "/a/y/x", false, false}});
}

TEST(EndpointPatternTest, TrailingSlashIsIgnoredOnlyInAnyReading) {
  ExpectAll({{"/v1/x", "GET", "/v1/x/", false, true},
             {"/v1/x/", "GET", "/v1/x", false, true},
             {"/v1/x/", "GET", "/v1/x/", true, true},
             {"/v1/*", "GET", "/v1/x/", false, true},
             {"/v1/*/", "GET", "/v1/x/", true, true},
             {"/v1/*/", "GET", "/v1/x", false, true},
             {"/v1/x", "GET", "/v1/x/.", false, true},
             // Behind the slash there may be an empty segment.
             {"/v1/*", "GET", "/v1/", false, true},
             {"/v1/*", "GET", "/v1", false, false},
             {"/v1/*/*", "GET", "/v1/", false, false},
             {"/v1/*/x", "GET", "/v1/", false, false}});
}

TEST(EndpointPatternTest, ReservedEscapesAreCharactersOnlyInAnyReading) {
  ExpectAll({{"/v1/a:b", "GET", "/v1/a:b", true, true},
             {"/v1/a:b", "GET", "/v1/a%3Ab", false, true},
             {"/v1/a%3Ab", "GET", "/v1/a:b", false, true},
             {"/v1/a%3Ab", "GET", "/v1/a%3ab", true, true},
             {"/v1/a:b/**", "GET", "/v1/a%3Ab/c", false, true},
             {"/v1/a:b/**", "GET", "/v1/a%3Ac/c", false, false},
             {"/@/**", "GET", "/%40/x", false, true},
             {"/*/a:b", "GET", "/x/a%3Ab", false, true},
             {"/*/a:b", "GET", "/%3A/a:b", true, true},
             {"/v1/%2A", "GET", "/v1/*", false, true},
             {"/v1/%2A", "GET", "/v1/x", false, false},
             {"/v1/*", "GET", "/v1/%2A", true, true},
             {"/v1/a:b", "GET", "/v1/a%3Ab/", false, true},
             {"/v1/x", "GET", "/v1/x%3A", false, false}});
}

TEST(EndpointPatternTest, MethodsAreCaseSensitive) {
  ExpectAll({{"GET /v1/**", "GET", "/v1/x", true, true},
             {"GET /v1/**", "get", "/v1/x", false, false},
             {"GET /v1/**", "Get", "/v1/x", false, false},
             {"GET /v1/**", "POST", "/v1/x", false, false},
             {"GET /v1/**", "GETX", "/v1/x", false, false},
             {"PURGE /v1/**", "PURGE", "/v1/x", true, true},
             {"/v1/**", "PROPFIND", "/v1/x", true, true}});
}

TEST(EndpointPatternTest, LongMethodsAreComparedToTheirEnd) {
  ExpectAll({{"PROPFIND /v1/**", "PROPFIND", "/v1/x", true, true},
             {"PROPFIND /v1/**", "PROPFINDS", "/v1/x", false, false},
             {"PROPFIND /v1/**", "PROPFIN", "/v1/x", false, false},
             {"PROPPATCH /v1/**", "PROPPATCH", "/v1/x", true, true},
             {"PROPPATCH /v1/**", "PROPPATC", "/v1/x", false, false},
             {"PROPPATCH /v1/**", "PROPPATCX", "/v1/x", false, false},
             {"PROPPATCH /v1/*/y", "PROPPATCX", "/v1/%3A/y", false, false},
             {"UPDATEREDIRECTREF /v1", "VERSION-CONTROL", "/v1", false, false},
             {"/v1", "VERSION-CONTROL", "/v1", true, true}});
}

// What is no method fits no pattern with one, whatever it begins with.
TEST(EndpointPatternTest, WhatIsNoMethodIsNotTheOneMeant) {
  for (const std::string& method :
       {""s, "GET\0"s, "GET\0\0\0\0\0"s, "GET "s, "\xff"s,
        std::string(8, '\xff'), std::string(9, '\xff'), std::string(33, 'A')}) {
    for (const char* pattern : {"GET /v1", "PROPPATCH /v1"}) {
      ExpectAll({{pattern, method, "/v1", false, false}});
    }
  }
}

TEST(EndpointPatternTest, HeadIsNotGet) {
  ExpectAll({{"GET /v1/**", "HEAD", "/v1/x", false, false},
             {"HEAD /v1/**", "GET", "/v1/x", false, false}});
}

TEST(EndpointPatternTest, AnyMatchesEveryPath) {
  ExpectAll({{"any", "GET", "/", true, true},
             {"any", "BREW", "/a/b/", true, true},
             {"any", "GET", "/a%3A", true, true}});
}

TEST(EndpointPatternTest, NothingMatchesNoPath) {
  const CanonicalPath none;
  CanonicalPath refused;
  ASSERT_FALSE(CanonicalPath::Parse("/a%3Ab/%zz", refused));
  for (std::string_view text :
       {"any", "/**", "/", "GET /v1/**", "/*", "/a%3Ab", "/a%3Ab/**"}) {
    const EndpointPattern pattern = Compile(text);
    EXPECT_FALSE(pattern.MatchesExactly("GET", none)) << text;
    EXPECT_FALSE(pattern.MatchesAnyReading("GET", none)) << text;
    EXPECT_FALSE(pattern.MatchesExactly("GET", refused)) << text;
    EXPECT_FALSE(pattern.MatchesAnyReading("GET", refused)) << text;
  }
}

TEST(EndpointPatternTest, TextIsKeptAsWritten) {
  EXPECT_EQ(Compile("GET /v1/**").text(), "GET /v1/**");
}

TEST(EndpointPatternTest, WhatCouldNeverMatchIsAnError) {
  struct ErrorCase {
    std::string text;
    std::string_view hint;
  };
  for (const ErrorCase& c : std::vector<ErrorCase>{
           {"", "begins with '/'"},
           {"v1/x", "begins with '/'"},
           {"GET", "begins with '/'"},
           {"GET any", "begins with '/'"},
           {"ANY", "begins with '/'"},
           {"*", "begins with '/'"},
           {"GET  /v1", "begins with '/'"},
           {" /v1", "is not a method"},
           {"GET /v1 ", "canonical form"},
           {"G(T /v1", "is not a method"},
           {"get /v1", "did you mean \"GET\""},
           {"Post /v1", "did you mean \"POST\""},
           {"* /v1", "every method"},
           {"ANY /v1", "every method"},
           {"any /v1", "every method"},
           {"All /v1", "every method"},
           {"GET|POST /v1", "one word of capitals"},
           {"GET+POST /v1", "one word of capitals"},
           {"purge /v1", "one word of capitals"},
           {"P0ST /v1", "one word of capitals"},
           {"/v1//x", "empty segment"},
           {"/v1/x?y", "no query"},
           {"/v1/../x", "did you mean \"/x\""},
           {"/v1/%61", "did you mean \"/v1/a\""},
           {"/v1/%3a", "did you mean \"/v1/%3A\""},
           {"/v1/%2F", "canonical form"},
           {"/v1/;x", "canonical form"},
           {"/v1/x#y", "canonical form"},
           {"/v1/{id}", "canonical form"},
           {"/\xc3\xa9", "canonical form"},
           {"/**/x", "only stand at the end"},
           {"/**/", "only stand at the end"},
           {"/**/**", "only stand at the end"},
           {"/v1*", "whole segment"},
           {"/v1/a*b", "whole segment"},
           {"/v1/***", "whole segment"},
           {std::string("/v1\0", 4), "canonical form"},
           {"/" + std::string(limits::kPathBytesMax, 'a'), "canonical form"}}) {
    const absl::Status status = EndpointPattern::Compile(c.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_NE(status.message().find(c.hint), std::string_view::npos)
        << c.text << ": " << status.message();
    EXPECT_LT(status.message().size(), 400u) << c.text;
  }
}

}  // namespace
}  // namespace tollgate
