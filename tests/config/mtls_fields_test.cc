#include "engine/config/mtls_fields.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/limits.h"
#include "engine/config/config.h"
#include "engine/config/show_config.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

absl::StatusOr<Config> Parse(const std::string& fields) {
  return ParseConfig(
      absl::StrCat("version: 1\ntrusted_proxies: [10.0.0.1]\npolicies: { p: {} "
                   "}\nmtls:\n  ",
                   fields, "\n"),
      "/etc/t.yaml");
}

// What is wrong with `fields`, which begin at line 5, column 3.
std::string ErrorOf(const std::string& fields) {
  const auto config = Parse(fields);
  return config.ok() ? "OK" : std::string(config.status().message());
}

TEST(MtlsFieldsTest, WhatIsLeftOutHasItsDefault) {
  const auto config = Parse("trust_anchors: [ca.pem]");
  ASSERT_TRUE(config.ok()) << config.status();
  const MtlsOptions& mtls = *config->mtls;
  EXPECT_EQ(mtls.trust_anchors, std::vector<std::string>{"/etc/ca.pem"});
  EXPECT_EQ(mtls.accept, CertificateAcceptance::kRegistered);
  EXPECT_EQ(mtls.identity,
            (std::vector{IdentitySource::kUriSan, IdentitySource::kDnsSan,
                         IdentitySource::kEmailSan}));
  EXPECT_TRUE(mtls.crls.empty());
  EXPECT_TRUE(mtls.extended_key_usage_required);
  EXPECT_FALSE(mtls.stale_crls_accepted);
  EXPECT_FALSE(mtls.forwarded.has_value());
  EXPECT_TRUE(mtls.policy.empty());
  EXPECT_TRUE(mtls.trust_domains.empty());
  EXPECT_EQ(mtls.cache_entries, 65536u);
  EXPECT_EQ(mtls.cache_max_age_us, 300'000'000u);
}

TEST(MtlsFieldsTest, DefaultsAreShown) {
  const auto config = Parse("trust_anchors: [ca.pem]");
  ASSERT_TRUE(config.ok()) << config.status();
  const std::string shown = ShowConfig(*config);
  const size_t begin = shown.find("mtls:");
  ASSERT_NE(begin, std::string::npos) << shown;
  EXPECT_EQ(shown.substr(begin, shown.find("policies:") - begin),
            "mtls:\n"
            "  trust_anchors: [\"/etc/ca.pem\"]\n"
            "  accept: registered\n"
            "  identity: [uri_san, dns_san, email_san]\n"
            "  extended_key_usage: required\n"
            "  stale_crls: refuse\n"
            "  cache: { entries: 65536, max_age: 5m }\n");
}

TEST(MtlsFieldsTest, EveryWordIsReadAndShown) {
  using Options = MtlsOptions;
  const auto forwarded = [](Options& o, ForwardedStyle style) {
    o.forwarded.emplace().style = style;
  };
  const struct {
    std::string field;
    std::function<void(Options&)> change;  // of the defaults
  } kCases[] = {
      {"accept: registered", [](Options&) {}},
      {"accept: anchored",
       [](Options& o) { o.accept = CertificateAcceptance::kAnchored; }},
      {"accept: either",
       [](Options& o) { o.accept = CertificateAcceptance::kEither; }},
      {"identity: [uri_san]",
       [](Options& o) { o.identity = {IdentitySource::kUriSan}; }},
      {"identity: [dns_san]",
       [](Options& o) { o.identity = {IdentitySource::kDnsSan}; }},
      {"identity: [email_san]",
       [](Options& o) { o.identity = {IdentitySource::kEmailSan}; }},
      {"identity: [cn]",
       [](Options& o) { o.identity = {IdentitySource::kCn}; }},
      {"extended_key_usage: required", [](Options&) {}},
      {"extended_key_usage: if_present",
       [](Options& o) { o.extended_key_usage_required = false; }},
      {"stale_crls: refuse", [](Options&) {}},
      {"stale_crls: accept", [](Options& o) { o.stale_crls_accepted = true; }},
      {"forwarded: client_cert",
       [&](Options& o) { forwarded(o, ForwardedStyle::kClientCert); }},
      {"forwarded: xfcc",
       [&](Options& o) { forwarded(o, ForwardedStyle::kXfcc); }},
      {"forwarded: escaped_pem",
       [&](Options& o) { forwarded(o, ForwardedStyle::kEscapedPem); }},
      {"policy: p", [](Options& o) { o.policy = "p"; }},
      {"crls: [/c]", [](Options& o) { o.crls = {"/c"}; }},
      {"cache: { entries: 0 }", [](Options& o) { o.cache_entries = 0; }},
      {"cache: { max_age: 1s }",
       [](Options& o) { o.cache_max_age_us = 1'000'000; }},
  };
  for (const auto& [field, change] : kCases) {
    Options expected;
    expected.trust_anchors = {"/a"};
    change(expected);
    const auto config = Parse("trust_anchors: [/a]\n  " + field);
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_TRUE(*config->mtls == expected) << field;
    const auto again = ParseConfig(ShowConfig(*config), "/elsewhere.yaml");
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(*again->mtls == expected) << ShowConfig(*again);
  }
}

TEST(MtlsFieldsTest, TrustDomainsAreEnough) {
  const auto config =
      Parse("trust_domains: [{ trust_domain: a, trust_anchors: [b] }]");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->mtls->trust_anchors.empty());
}

TEST(MtlsFieldsTest, NamesAndListsHaveTheirGreatestLength) {
  const auto domain = [](size_t size) {
    return absl::StrCat("trust_domains: [{ trust_domain: ",
                        std::string(size, 'a'), ", trust_anchors: [b] }]");
  };
  const auto header = [](size_t size) {
    return absl::StrCat(
        "trust_anchors: [a]\n  forwarded: escaped_pem\n"
        "  forwarded_header: ",
        std::string(size, 'X'));
  };
  const auto files = [](const char* key, size_t count) {
    return absl::StrCat(
        "trust_domains: [{ trust_domain: a, trust_anchors: [b] }]\n  ", key,
        ": [", absl::StrJoin(std::vector<std::string>(count, "f"), ", "), "]");
  };
  EXPECT_EQ(ErrorOf(domain(255)), "OK");
  EXPECT_NE(ErrorOf(domain(256)), "OK");
  EXPECT_EQ(ErrorOf(header(limits::kHeaderNameBytesMax)), "OK");
  EXPECT_NE(ErrorOf(header(limits::kHeaderNameBytesMax + 1)), "OK");
  for (const char* key : {"trust_anchors", "crls"}) {
    EXPECT_EQ(ErrorOf(files(key, limits::kTrustFilesMax)), "OK") << key;
    EXPECT_NE(ErrorOf(files(key, limits::kTrustFilesMax + 1)), "OK") << key;
  }
}

TEST(MtlsFieldsTest, ReadsEveryFieldAndShowsIt) {
  const std::string fields =
      "trust_anchors: [ca.pem, \"/other.pem\"]\n  crls: [a.crl]\n"
      "  accept: either\n  identity: [cn, email_san]\n"
      "  extended_key_usage: if_present\n  stale_crls: accept\n"
      "  cache: { entries: 8, max_age: 1m }\n  policy: p\n"
      "  forwarded: escaped_pem\n  forwarded_header: X-Cert\n"
      "  trust_domains: [{ trust_domain: example.org, trust_anchors: [b.pem] "
      "}]";
  const auto config = Parse(fields);
  ASSERT_TRUE(config.ok()) << config.status();
  const MtlsOptions& mtls = *config->mtls;
  EXPECT_EQ(mtls.accept, CertificateAcceptance::kEither);
  EXPECT_EQ(mtls.identity,
            (std::vector{IdentitySource::kCn, IdentitySource::kEmailSan}));
  EXPECT_FALSE(mtls.extended_key_usage_required);
  EXPECT_TRUE(mtls.stale_crls_accepted);
  EXPECT_EQ(mtls.forwarded->style, ForwardedStyle::kEscapedPem);
  EXPECT_EQ(mtls.forwarded->header, "X-Cert");
  EXPECT_EQ(mtls.trust_domains[0].trust_domain, "example.org");
  EXPECT_EQ(mtls.trust_domains[0].trust_anchors,
            std::vector<std::string>{"/etc/b.pem"});
  const std::string shown = ShowConfig(*config);
  const auto again = ParseConfig(shown, "/etc/t.yaml");
  ASSERT_TRUE(again.ok()) << again.status() << shown;
  EXPECT_TRUE(*again->mtls == mtls) << shown;
  EXPECT_EQ(ShowConfig(*again), shown);
}

TEST(MtlsFieldsTest, WhatIsWrongIsSaidWithItsPlace) {
  const struct {
    std::string fields;
    std::string error;
  } kCases[] = {
      {"accept: either",
       "/etc/t.yaml:5:3: missing `trust_anchors`: a certificate is as good as "
       "who vouches for it"},
      {"trust_anchors: []", "/etc/t.yaml:5:18: "},
      {"trust_anchors: [\"\"]", "/etc/t.yaml:5:19: a path must not be empty"},
      {"trust_anchors: [1]", "/etc/t.yaml:5:19: "},
      {"trust_anchors: ca.pem", "/etc/t.yaml:5:18: "},
      {"trust_anchors: [a]\n  acept: either", "/etc/t.yaml:6:3: "},
      {"trust_anchors: [a]\n  accept: registred",
       "/etc/t.yaml:6:11: `registred` is not known here; did you mean "
       "`registered`?"},
      {"trust_anchors: [a]\n  identity: []", "/etc/t.yaml:6:13: "},
      {"trust_anchors: [a]\n  identity: [cn, cn]",
       "/etc/t.yaml:6:18: listed twice"},
      {"trust_anchors: [a]\n  identity: [ip_san]", "/etc/t.yaml:6:14: "},
      {"trust_anchors: [a]\n  identity: [uri_san, dns_sam]",
       "/etc/t.yaml:6:23: `dns_sam` is not known here; did you mean "
       "`dns_san`?"},
      {"trust_anchors: [a]\n  identity: cn", "/etc/t.yaml:6:13: "},
      {"trust_anchors: [a]\n  accept: [either]", "/etc/t.yaml:6:11: "},
      {"trust_anchors: [a]\n  policy: \"\"",
       "/etc/t.yaml:6:11: a policy has a name"},
      {"trust_anchors: [a]\n  policy: none",
       "/etc/t.yaml:6:11: there is no policy `none`"},
      {"trust_anchors: [a]\n  extended_key_usage: no",
       "/etc/t.yaml:6:23: expected required or if_present"},
      {"trust_anchors: [a]\n  stale_crls: true", "/etc/t.yaml:6:15: "},
      {"trust_anchors: [a]\n  stale_crls: reject",
       "/etc/t.yaml:6:15: expected refuse or accept"},
      {"trust_anchors: [a]\n  forwarded: xfc",
       "/etc/t.yaml:6:14: `xfc` is not known here; did you mean `xfcc`?"},
      {"trust_anchors: [a]\n  forwarded: xfcc\n  forwarded_header: X",
       "/etc/t.yaml:7:21: goes with `forwarded: escaped_pem` only"},
      {"trust_anchors: [a]\n  crls: []", "/etc/t.yaml:6:9: "},
      {"trust_anchors: [a]\n  forwarded_header: X",
       "/etc/t.yaml:6:21: goes with `forwarded: escaped_pem` only"},
      {"trust_anchors: [a]\n  forwarded: escaped_pem\n  forwarded_header: "
       "\"X:\"",
       "/etc/t.yaml:7:21: a header's name is 1 to 56 letters, digits and `-`"},
      {"trust_anchors: [a]\n  forwarded: escaped_pem\n  forwarded_header: "
       "\"\"",
       "/etc/t.yaml:7:21: a header's name is "},
      {"trust_anchors: [a]\n  forwarded: escaped_pem\n  forwarded_header: "
       "X_Cert",
       "/etc/t.yaml:7:21: a header's name is "},
      {"trust_domains: [{ trust_domain: A, trust_anchors: [b] }]",
       "/etc/t.yaml:5:35: a trust domain is 1 to 255 of a-z, 0-9, `.`, `-` and "
       "`_`"},
      {"trust_domains: [{ trust_domain: a }]",
       "/etc/t.yaml:5:19: missing `trust_anchors`"},
      {"trust_domains: [{ trust_anchors: [b] }]",
       "/etc/t.yaml:5:19: missing `trust_domain`"},
      {"trust_domains: [{ trust_domain: \"\", trust_anchors: [b] }]",
       "/etc/t.yaml:5:35: a trust domain is "},
      {"trust_domains: [{ trust_domain: a, trust_anchors: [] }]",
       "/etc/t.yaml:5:53: "},
      {"trust_domains: [{ trust_domain: a, anchors: [b] }]",
       "/etc/t.yaml:5:38: unknown key `anchors`"},
      {"trust_domains: []", "/etc/t.yaml:5:18: "},
      {"trust_domains: [{ trust_domain: a, trust_anchors: [b] }, { "
       "trust_domain: a, trust_anchors: [c] }]",
       "/etc/t.yaml:5:60: two trust domains of one name"},
      {"trust_anchors: [a]\n  trust_anchors: [b]", "/etc/t.yaml:6:3: "},
      {"trust_anchors: [a]\n  cache: { entries: 1, entries: 2 }",
       "/etc/t.yaml:6:24: "},
      {"trust_anchors: [a]\n  cache: { age: 5m }",
       "/etc/t.yaml:6:12: unknown key `age`"},
      {"trust_anchors: [a]\n  cache: { max_age: 5 }", "/etc/t.yaml:6:21: "},
      {"trust_anchors: [a]\n  cache: { entries: 16777217 }",
       "/etc/t.yaml:6:21: "},
  };
  for (const auto& [fields, error] : kCases) {
    EXPECT_EQ(ErrorOf(fields).substr(0, error.size()), error) << fields;
  }
}

TEST(MtlsFieldsTest, NobodyIsBelievedWhenNothingIsForwarded) {
  const auto config =
      ParseConfig("version: 1\nmtls:\n  trust_anchors: [a]\n", "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->mtls->forwarded.has_value());
}

TEST(MtlsFieldsTest, ForwardedHeadersNeedSomebodyToBelieve) {
  const auto config = ParseConfig(
      "version: 1\nmtls:\n  trust_anchors: [a]\n  forwarded: client_cert\n",
      "t.yaml");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.status().message(),
            "t.yaml:4:14: believed from `trusted_proxies` only, and there are "
            "none");
}

}  // namespace
}  // namespace tollgate
