#include "engine/verify/dpop_target.h"

#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

struct UriCase {
  std::string_view uri;
  std::string_view host;
  std::string_view target;
};

TEST(DpopTargetTest, UrisThatNameTheRequest) {
  constexpr UriCase kCases[] = {
      {"https://a.example/v1", "a.example", "/v1"},
      {"https://a.example/v1", "a.example", "/v1?x=1"},
      {"https://a.example/v1?x=2#y", "a.example", "/v1?x=1"},
      {"https://a.example/v1#?", "a.example", "/v1"},
      {"https://a.example", "a.example", "/"},
      {"https://a.example/", "a.example", "/"},
      {"https://a.example?x", "a.example", "/?y"},
      {"http://a.example/v1", "a.example", "/v1"},
      {"HTTPS://A.Example/v1", "a.eXample", "/v1"},
      {"https://a.example:443/v1", "a.example", "/v1"},
      {"https://a.example/v1", "a.example:443", "/v1"},
      {"http://a.example:80/v1", "a.example", "/v1"},
      {"http://a.example/v1", "a.example:80", "/v1"},
      {"https://a.example:8443/v1", "a.example:8443", "/v1"},
      {"https://10.0.0.1/v1", "10.0.0.1", "/v1"},
      {"https://[2001:db8::1]/v1", "[2001:DB8::1]", "/v1"},
      {"https://[2001:db8::1]/v1", "[2001:db8::1]:443", "/v1"},
      {"https://a.example/%7eann/..//x", "a.example", "/%7eann/..//x"},
      // RFC 3986 section 6.2.2: what is the same in another spelling
      {"https://a.example/%7Eann", "a.example", "/~ann"},
      {"https://a.example/~ann", "a.example", "/%7eann"},
      {"https://a.example/%76%31", "a.example", "/v1"},
      {"https://a.example/a%2fb%C3%A9", "a.example", "/a%2Fb%c3%a9"},
  };
  for (const UriCase& c : kCases) {
    EXPECT_TRUE(NamesTarget(c.uri, c.host, c.target))
        << c.uri << " " << c.host << c.target;
  }
}

TEST(DpopTargetTest, UrisOfAnotherRequest) {
  constexpr UriCase kCases[] = {
      // another host
      {"https://b.example/v1", "a.example", "/v1"},
      {"https://a.example.evil/v1", "a.example", "/v1"},
      {"https://xa.example/v1", "a.example", "/v1"},
      {"https://a.example./v1", "a.example", "/v1"},
      {"https://a.example/v1", "", "/v1"},
      {"https:///v1", "", "/v1"},
      {"https://:443/v1", "", "/v1"},
      {"https://[]/v1", "[]", "/v1"},
      // another port
      {"https://a.example:8443/v1", "a.example", "/v1"},
      {"https://a.example/v1", "a.example:8443", "/v1"},
      {"https://a.example:80/v1", "a.example", "/v1"},
      {"http://a.example:443/v1", "a.example", "/v1"},
      {"https://a.example/v1", "a.example:80", "/v1"},
      {"https://a.example:/v1", "a.example", "/v1"},
      {"https://a.example:/v1", "a.example:", "/v1"},
      {"https://a.example:0443/v1", "a.example", "/v1"},
      {"https://a.example:000443/v1", "a.example:000443", "/v1"},
      {"https://a.example:44x/v1", "a.example:44x", "/v1"},
      {"https://2001:db8::1/v1", "2001:db8::1", "/v1"},
      {"https://x::1]/v1", "x::1]", "/v1"},
      {"https://[2001:db8::1/v1", "[2001:db8::1", "/v1"},
      // somebody in it
      {"https://ann@a.example/v1", "a.example", "/v1"},
      {"https://ann@a.example/v1", "ann@a.example", "/v1"},
      {"https://a.example@evil.example/v1", "evil.example", "/v1"},
      {"https://a.example,b.example/v1", "a.example", "/v1"},
      {"https://a b/v1", "a b", "/v1"},
      {"https://a.example\\x/v1", "a.example\\x", "/v1"},
      // another path
      {"https://a.example/v1", "a.example", "/v2"},
      {"https://a.example/v1", "a.example", "/v1/"},
      {"https://a.example/v1", "a.example", "/v1/x"},
      {"https://a.example/v1", "a.example", "/V1"},
      {"https://a.example/a/b", "a.example", "/a%2Fb"},
      {"https://a.example/a:b", "a.example", "/a%3Ab"},
      {"https://a.example/%76", "a.example", "/V"},
      {"https://a.example/%2576", "a.example", "/%76"},
      {"https://a.example/%7", "a.example", "/%7E"},
      {"https://a.example/v1%", "a.example", "/v1"},
      {"https://a.example/v1", "a.example", "/x/../v1"},
      {"https://a.example/v1", "a.example", "//v1"},
      {"https://a.example/v1", "a.example", "/v1#x"},
      {"https://a.example/v1", "a.example", "v1"},
      {"https://a.example/v1", "a.example", "https://a.example/v1"},
      {"https://a.example", "a.example", ""},
      {"https://a.example/*", "a.example", "*"},
      // no absolute URI of the web
      {"/v1", "a.example", "/v1"},
      {"//a.example/v1", "a.example", "/v1"},
      {"a.example/v1", "a.example", "/v1"},
      {"a.example:443/v1", "a.example:443", "/v1"},
      {"ftp://a.example/v1", "a.example", "/v1"},
      {"ftps://a.example/v1", "a.example", "/v1"},
      {"https:/a.example/v1", "a.example", "/v1"},
      {"https:a.example/v1", "a.example", "/v1"},
      {"httpss://a.example/v1", "a.example", "/v1"},
      {" https://a.example/v1", "a.example", "/v1"},
      {"?https://a.example/v1", "a.example", "/v1"},
      {"https://a.example /v1", "a.example", "/v1"},
  };
  for (const UriCase& c : kCases) {
    EXPECT_FALSE(NamesTarget(c.uri, c.host, c.target))
        << c.uri << " " << c.host << " " << c.target;
  }
}

}  // namespace
}  // namespace tollgate
