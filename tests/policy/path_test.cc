#include "engine/policy/path.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/policy/uri_text.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

using std::string_literals::operator""s;

// The canonical text, or "refused".
std::string Canonical(std::string_view target) {
  CanonicalPath path;
  if (!CanonicalPath::Parse(target, path)) {
    EXPECT_FALSE(path.valid()) << absl::CHexEscape(target);
    return "refused";
  }
  return std::string(path.text());
}

struct Case {
  std::string target;
  std::string_view canonical;
};

void ExpectAll(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(Canonical(c.target), c.canonical) << absl::CHexEscape(c.target);
  }
}

void ExpectAllRefused(const std::vector<std::string>& targets) {
  for (const std::string& target : targets) {
    EXPECT_EQ(Canonical(target), "refused") << absl::CHexEscape(target);
  }
}

std::string Repeat(std::string_view text, size_t times) {
  std::string repeated;
  for (size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(PathTest, CanonicalTargetsStayAsTheyAre) {
  for (std::string_view target :
       {"/", "/v1", "/v1/", "/v1/tools/call", "/a-b._~/c", "/!$&'()*+,=:@",
        "/...", "/.well-known/x", "/a..b", "/..a", "/a.", "/v1/...../x",
        "/0123456789abcdef", "/0123456789abcde/", "/0123456789abcdef/x"}) {
    EXPECT_EQ(Canonical(target), target);
  }
}

TEST(PathTest, QueryIsCutOff) {
  ExpectAll({{"/v1/x?y", "/v1/x"},
             {"/v1/x?", "/v1/x"},
             {"/?", "/"},
             {"/v1/x?/../../admin", "/v1/x"},
             {"/v1/x?a?b%zz;\\\"<>{}|^`", "/v1/x"},
             {"/v1/x?a%2Fb", "/v1/x"},
             {"/v1/./x?../y", "/v1/x"},
             {"/0123456789abcde?x", "/0123456789abcde"}});
}

// RFC 3986 section 6.2.2.2.
TEST(PathTest, UnreservedEscapesAreDecoded) {
  ExpectAll({{"/%61dmin", "/admin"},
             {"/%41%5a%7E%2D%5f%2e", "/AZ~-_."},
             {"/v1/%61%64%6D%69%6e/x", "/v1/admin/x"}});
}

// RFC 3986 section 6.2.2.1.
TEST(PathTest, OtherEscapesAreKeptInUpperCase) {
  ExpectAll({{"/a%20b", "/a%20b"},
             {"/a%3ab", "/a%3Ab"},
             {"/%7b%7d", "/%7B%7D"},
             {"/%c3%a9", "/%C3%A9"},
             {"/%e2%82%ac/%f0%9f%98%80", "/%E2%82%AC/%F0%9F%98%80"},
             {"/100%25", "/100%25"}});
}

TEST(PathTest, EscapesAreDecodedOnlyOnce) {
  ExpectAll({{"/a/%252e%252e/b", "/a/%252e%252e/b"},
             {"/a/%252E/b", "/a/%252E/b"},
             {"/%252fadmin", "/%252fadmin"},
             {"/%2561", "/%2561"},
             {"/%25%32%65", "/%252e"}});
}

// RFC 3986 section 5.2.4, and that nothing lies above the root.
TEST(PathTest, DotSegmentsAreRemoved) {
  ExpectAll({{"/.", "/"},
             {"/./", "/"},
             {"/a/.", "/a/"},
             {"/a/./b", "/a/b"},
             {"/a/b/..", "/a/"},
             {"/a/b/../", "/a/"},
             {"/a/..", "/"},
             {"/a/b/../../c", "/c"},
             {"/a/b/../c/./../d", "/a/d"},
             {"/v1/%2e%2E/admin", "/admin"},
             {"/v1/.%2e/admin", "/admin"},
             {"/v1/%2e/admin", "/v1/admin"},
             {"/0123456789abcde/../x", "/x"},
             {"/0123456789abcd/../x", "/x"}});
  ExpectAllRefused({"/..", "/../", "/../a", "/a/../..", "/a/../../b", "/./..",
                    "/%2e%2e", "/a/%2e%2e/%2e%2e/b"});
}

TEST(PathTest, SegmentsAreThoseOfTheText) {
  CanonicalPath path;
  ASSERT_TRUE(CanonicalPath::Parse("/a/bc/def", path));
  ASSERT_EQ(path.segment_count(), 3u);
  EXPECT_EQ(path.segment(0), "a");
  EXPECT_EQ(path.segment(1), "bc");
  EXPECT_EQ(path.segment(2), "def");
  EXPECT_FALSE(path.trailing_slash());

  ASSERT_TRUE(CanonicalPath::Parse("/a/%2e/x/../bc/", path));
  ASSERT_EQ(path.segment_count(), 2u);
  EXPECT_EQ(path.segment(0), "a");
  EXPECT_EQ(path.segment(1), "bc");
  EXPECT_TRUE(path.trailing_slash());

  ASSERT_TRUE(CanonicalPath::Parse("/", path));
  EXPECT_EQ(path.segment_count(), 0u);
  EXPECT_TRUE(path.trailing_slash());
}

TEST(PathTest, ReservedEscapesAreReported) {
  for (std::string_view target : {"/a%3ab", "/%2A", "/x/%40", "/%2c"}) {
    CanonicalPath path;
    ASSERT_TRUE(CanonicalPath::Parse(target, path)) << target;
    EXPECT_TRUE(path.has_reserved_escape()) << target;
    ASSERT_TRUE(CanonicalPath::Parse("/a:b/%20/%25/%61", path));
    EXPECT_FALSE(path.has_reserved_escape());
  }
}

TEST(PathTest, RefusedTargetLeavesNoPath) {
  CanonicalPath path;
  EXPECT_FALSE(path.valid());
  ASSERT_TRUE(CanonicalPath::Parse("/a/b", path));
  ASSERT_FALSE(CanonicalPath::Parse("/a//b", path));
  EXPECT_FALSE(path.valid());
  EXPECT_EQ(path.text(), "");
  ASSERT_FALSE(CanonicalPath::Parse("/a%3Ab/c/%zz", path));
  EXPECT_EQ(path.segment_count(), 0u);
  EXPECT_FALSE(path.has_reserved_escape());
}

TEST(PathTest, InvalidEscapesAreRefused) {
  ExpectAllRefused({"/%", "/%4", "/a%", "/%zz", "/%4g", "/%g4", "/%%41",
                    "/%u002e", "/% 41", "/%+41", "/a/%2"});
}

TEST(PathTest, WhatIsNoPathCharacterIsRefused) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool plain = IsSegmentByte(c) || c == '/' || c == '?' || c == '.';
    // At every place of a block, and in one that is rewritten.
    for (size_t before : {0, 1, 6, 7, 8, 14, 15, 16, 17, 30, 31, 32}) {
      const std::string target =
          absl::StrCat("/", std::string(before, 'a'), std::string(1, c), "b");
      const std::string rewritten = absl::StrCat("/./", target.substr(1));
      const bool parsed = Canonical(target) != "refused";
      const bool slash_first = c == '/' && before == 0;
      EXPECT_EQ(parsed, plain && !slash_first) << absl::CHexEscape(target);
      EXPECT_EQ(Canonical(rewritten), Canonical(target))
          << absl::CHexEscape(rewritten);
    }
  }
}

TEST(PathTest, WhatIsNotVisibleIsRefusedInTheQueryToo) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool visible = c > ' ' && c < 0x7f && c != '#';
    for (size_t before : {0, 1, 7, 8, 15, 16, 17, 40}) {
      const std::string query =
          absl::StrCat("?", std::string(before, 'a'), std::string(1, c), "b");
      EXPECT_EQ(Canonical("/x" + query), visible ? "/x" : "refused")
          << absl::CHexEscape(query);
      EXPECT_EQ(Canonical("/./x" + query), visible ? "/x" : "refused")
          << absl::CHexEscape(query);
    }
  }
}

TEST(PathTest, LongPathsAreRefused) {
  const std::string longest = "/" + std::string(limits::kPathBytesMax - 1, 'a');
  EXPECT_EQ(Canonical(longest), longest);
  EXPECT_EQ(Canonical(longest + "a"), "refused");
  EXPECT_EQ(Canonical(longest + "?"), "refused");
}

TEST(PathTest, PathsOfManySegmentsAreRefused) {
  const std::string most = Repeat("/a", limits::kPathSegmentsMax);
  EXPECT_EQ(Canonical(most), most);
  EXPECT_EQ(Canonical(most + "/"), most + "/");
  EXPECT_EQ(Canonical(most + "/a"), "refused");
  EXPECT_EQ(Canonical(most + "/a/"), "refused");
  // Dot segments are not counted, but there are never more on the way.
  EXPECT_EQ(Canonical(most + "/a/.."), "refused");
  EXPECT_EQ(Canonical(most + "/."), most + "/");
  EXPECT_EQ(Canonical("/./x/.." + most), most);
  EXPECT_EQ(Canonical("/%61" + most), "refused");
  EXPECT_EQ(Canonical(Repeat("/.", 4000)), "/");
}

TEST(PathTest, CanonicalisingTwiceChangesNothing) {
  for (std::string_view target :
       {"/a/%2e/b%3a/", "/%252e", "/%7e%41/../x/.", "/%C3%A9/%2561"}) {
    const std::string once = Canonical(target);
    EXPECT_EQ(Canonical(once), once) << target;
  }
}

// known-failures: missing leading slash bypasses deny rules (CVE-2026-33186).
TEST(PathTest, TargetsWithoutLeadingSlashAreRefused) {
  ExpectAllRefused({"", "v1/admin", "*", "http://host/v1", "https:/x", "?/v1",
                    "%2Fv1", ".", "..", "./v1", "host:443", "\\v1"});
}

// known-failures: escaped slash, raw path against decoded (CVE-2021-29492,
// CVE-2021-43557, CVE-2025-66490, CVE-2026-48020).
TEST(PathTest, EscapedStructureIsRefused) {
  ExpectAllRefused({"/a%2Fb", "/a%2fb", "/v1%2f..%2fadmin", "/a%5Cb", "/a%5cb",
                    "/a\\b", "/..\\admin", "/a%3Fb", "/a%3fb", "/a%23b",
                    "/a%00", "/%00/b", "/a%0a", "/a%0D%0A", "/%1f", "/%7f",
                    "/%09"});
}

// known-failures: '#' (CVE-2023-45539).
TEST(PathTest, FragmentsAreRefused) {
  ExpectAllRefused({"/a#b", "/#", "/a?b#c", "/v1/x#/../admin", "/a/./b#c"});
}

// known-failures: ';' (CVE-2025-47952, CVE-2026-42274).
TEST(PathTest, PathParametersAreRefused) {
  ExpectAllRefused({"/a;b", "/;", "/v1/..;/admin", "/v1/;/admin", "/a%3Bb",
                    "/a%3b", "/v1/.;x/../admin"});
}

// known-failures: dot segments.
TEST(PathTest, DisguisedDotSegmentsAreResolvedOrRefused) {
  ExpectAll({{"/v1/%2e%2e/admin", "/admin"},
             {"/v1/x/%2E./%2e%2E/admin", "/admin"},
             {"/v1/.../admin", "/v1/.../admin"}});
  ExpectAllRefused({"/v1/%c0%ae%c0%ae/admin", "/v1/..%2fadmin",
                    "/v1/%2e%2e%2fadmin", "/v1/%2e%2e%5cadmin", "/v1//../admin",
                    "/v1/..//admin", "/v1/..%00/admin"});
}

TEST(PathTest, EmptySegmentsAreRefused) {
  ExpectAllRefused({"//", "//v1", "/v1//admin", "/v1//", "///", "/.//",
                    "/%61//b", "/%61//", "/./a//b", "/0123456789abcde//x",
                    "/0123456789abcdef//x"});
}

TEST(PathTest, EscapesThatAreNotUtf8AreRefused) {
  ExpectAllRefused(
      {"/%80",          "/%ff",          "/%c0%af",       "/%C0%80",
       "/%c1%bf",       "/%c3",          "/%c3a",         "/%c3/%a9",
       "/%e0%80%af",    "/%e0%9f%bf",    "/%ed%a0%80",    "/%ed%bf%bf",
       "/%f0%80%80%af", "/%f0%8f%bf%bf", "/%f4%90%80%80", "/%f5%80%80%80",
       "/%e2%82",       "/%f0%9f%98",    "/%e2%28%a1",    "/%c2%80",
       "/%c2%9f",       "/%fe%ff"});
  ExpectAll({{"/%c2%a0", "/%C2%A0"},
             {"/%e0%a0%80", "/%E0%A0%80"},
             {"/%ed%9f%bf", "/%ED%9F%BF"},
             {"/%ee%80%80", "/%EE%80%80"},
             {"/%f0%90%80%80", "/%F0%90%80%80"},
             {"/%f4%8f%bf%bf", "/%F4%8F%BF%BF"}});
}

TEST(PathTest, RawBytesBeyondAsciiAreRefused) {
  ExpectAllRefused({"/\xc3\xa9", "/a\xff", "/\x80", "/a?\xc3\xa9"});
}

// known-failures: original-path header trusted (CVE-2023-27487): nothing that
// looks like another header or request line gets into a path.
TEST(PathTest, LineBreaksAndSpacesAreRefused) {
  ExpectAllRefused({"/v1/x HTTP/1.1", "/v1/x\r\nX-Original-Path: /admin",
                    "/v1/x\n", "/ ", "/v1/x\t", "/a\0b"s, "/a?b\0"s,
                    "/v1/x?\r\nHost: y"});
}

TEST(UriTextTest, MethodsAreTokens) {
  for (std::string_view method :
       {"GET", "get", "M-SEARCH", "X!#$%&'*+-.^_`|~9", "VERSION-CONTROL"}) {
    EXPECT_TRUE(IsMethodToken(method)) << method;
  }
  const std::string longest(limits::kMethodBytesMax, 'A');
  EXPECT_TRUE(IsMethodToken(longest));
  for (const std::string& method :
       {""s, "GET "s, " GET"s, "G ET"s, "GET\n"s, "GET\0"s, "G/T"s, "GET:"s,
        "(GET)"s, "\"GET\""s, "G\xc3\x89T"s, longest + "A"}) {
    EXPECT_FALSE(IsMethodToken(method)) << absl::CHexEscape(method);
  }
}

TEST(UriTextTest, ReservedEscapesEqualTheirCharacters) {
  EXPECT_TRUE(EqualUnescaped("a%3Ab", "a:b"));
  EXPECT_TRUE(EqualUnescaped("a:b", "a%3Ab"));
  EXPECT_TRUE(EqualUnescaped("%2A%40", "*@"));
  EXPECT_FALSE(EqualUnescaped("a%3Ab", "a:"));
  EXPECT_FALSE(EqualUnescaped("a%3A", "a:b"));
  EXPECT_FALSE(EqualUnescaped("%253A", ":"));
  EXPECT_FALSE(EqualUnescaped("%20", " "));
}

}  // namespace
}  // namespace tollgate
