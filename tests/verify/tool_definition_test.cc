// Signed tool definitions: what is good, and everything that is not, with the
// reason that names it.

#include "engine/verify/tool_definition.h"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/crypto/sha256.h"
#include "gtest/gtest.h"
#include "tests/support/tool_publisher.h"

namespace tollgate {
namespace {

constexpr std::string_view kDefinition =
    R"({"name":"weather","version":"1.2.0","capabilities":["net"],)"
    R"("description":"Tells it","inputSchema":{"type":"object"}})";
constexpr int64_t kSigned = 1000;
constexpr DateMicros kNow = kSigned * kMicrosInSecond;

Publishers Of(std::vector<std::pair<std::string, std::string>> sets) {
  std::vector<Publisher> publishers;
  for (const auto& [id, jwks] : sets) {
    auto keys = KeySet::ParseSet(jwks, PublisherKeyOptions());
    EXPECT_TRUE(keys.ok()) << keys.status();
    publishers.push_back({id, *std::move(keys)});
  }
  return *Publishers::Create(std::move(publishers));
}

ToolRules Exactly() {
  ToolRules rules;
  rules.max_age_us = 100'000'000;
  rules.skew_us = 10'000'000;
  return rules;
}

class ToolDefinitionTest : public testing::Test {
 protected:
  Reason Verify(std::string_view document, int64_t now = kSigned,
                const ToolRules& rules = Exactly(),
                std::optional<std::string_view> detached = std::nullopt) {
    return verifier_.Verify({document, detached}, publishers_, rules,
                            DateOf({now}), verified_);
  }

  // Of an envelope whose payload has this definition.
  Reason VerifyDefinition(std::string_view definition,
                          const ToolRules& rules = Exactly()) {
    return Verify(acme_.Document(definition), kSigned, rules);
  }

  // Of an envelope with this payload, signed.
  Reason VerifyPayload(std::string_view payload,
                       const ToolRules& rules = Exactly()) {
    return Verify(acme_.Envelope(payload), kSigned, rules);
  }

  const ToolPublisher acme_;
  const Publishers publishers_ = Of({{"acme", acme_.Jwks()}});
  ToolDefinitionVerifier verifier_;
  VerifiedDefinition verified_;
};

TEST_F(ToolDefinitionTest, AGoodOneIsWhoAndWhatItSays) {
  EXPECT_EQ(VerifyDefinition(kDefinition), Reason::kOk);
  EXPECT_EQ(verified_.publisher, "acme");
  EXPECT_EQ(verified_.key_id, "k1");
  EXPECT_EQ(verified_.tool, "weather");
  EXPECT_EQ(verified_.version, "1.2.0");
  EXPECT_EQ(verified_.capabilities, std::vector<std::string>{"net"});
  EXPECT_EQ(verified_.canonical, CanonicalForm(kDefinition));
  EXPECT_EQ(verified_.digest, Sha256(CanonicalForm(kDefinition)));
  EXPECT_EQ(verified_.issued_at.value, kSigned);
  EXPECT_EQ(verified_.good_until.value, kSigned + 100);
}

class EachAlgorithmTest : public testing::TestWithParam<Algorithm> {};

TEST_P(EachAlgorithmTest, SignsEveryForm) {
  const ToolPublisher publisher("k", GetParam());
  const Publishers publishers = Of({{"p", publisher.Jwks()}});
  const std::string payload = ToolPublisher::Payload(kDefinition);
  ToolDefinitionVerifier verifier;
  VerifiedDefinition verified;
  const auto verify = [&](const ToolDocumentText& text) {
    return verifier.Verify(text, publishers, Exactly(), kNow, verified);
  };
  EXPECT_EQ(verify({publisher.Envelope(payload)}), Reason::kOk);
  EXPECT_EQ(verify({publisher.Jws(payload)}), Reason::kOk);
  EXPECT_EQ(verify({publisher.Jws(payload, true), payload}), Reason::kOk);
  EXPECT_EQ(verified.canonical, CanonicalForm(kDefinition));
  std::string signature = publisher.Sign(CanonicalForm(payload));
  signature[5] ^= 1;
  EXPECT_EQ(verify({publisher.Envelope(payload, signature, publisher.label())}),
            Reason::kBadSignature);
}

INSTANTIATE_TEST_SUITE_P(All, EachAlgorithmTest,
                         testing::Values(Algorithm::kPs256, Algorithm::kRs256,
                                         Algorithm::kEs256, Algorithm::kEdDsa));

// White space, the order of members, escapes and the spelling of numbers are
// not signed; whatever a value is, is.
TEST_F(ToolDefinitionTest, TheCanonicalFormIsWhatIsSigned) {
  const std::string payload = ToolPublisher::Payload(kDefinition);
  const std::string signature = acme_.Sign(CanonicalForm(payload));
  const std::string other = absl::StrCat(
      "{\"version\":\"1.0\", \"timestamp\" : 1.0e3,\n\"tool_definition\":",
      R"({"description":"\u0054ells it","inputSchema":{"type":"object"},)",
      R"("capabilities":["net"],"version":"1.2.0","name":"weather"}})");
  EXPECT_EQ(Verify(acme_.Envelope(other, signature, "ES256")), Reason::kOk);
  EXPECT_EQ(verified_.canonical, CanonicalForm(kDefinition));
}

struct Change {
  std::string from, to;
};

class TamperedTest : public ToolDefinitionTest,
                     public testing::WithParamInterface<Change> {};

TEST_P(TamperedTest, EveryMemberIsSigned) {
  const std::string document = acme_.Document(
      R"({"name":"weather","version":"1.2.0","title":"W","annotations":)"
      R"({"readOnlyHint":true},"outputSchema":{"type":"object"},)"
      R"("inputSchema":{"properties":{"city":{"type":"string"}}}})");
  EXPECT_EQ(Verify(document), Reason::kOk);
  const std::string changed =
      absl::StrReplaceAll(document, {{GetParam().from, GetParam().to}});
  ASSERT_NE(changed, document);
  EXPECT_EQ(Verify(changed), Reason::kBadSignature) << changed;
  EXPECT_EQ(verified_.publisher, "") << "nothing is proved";
}

INSTANTIATE_TEST_SUITE_P(
    All, TamperedTest,
    testing::Values(Change{"\"title\":\"W\"", "\"title\":\"V\""},
                    Change{"\"title\":\"W\",", ""}, Change{"true", "false"},
                    Change{"true", "1"}, Change{"outputSchema", "outputSchemb"},
                    Change{"\"string\"", "\"string\",\"default\":\"x\""},
                    Change{"city", "City"}, Change{"1.2.0", "1.2.1"},
                    Change{"\"timestamp\":1000", "\"timestamp\":1001"},
                    Change{"\"timestamp\":1000",
                           "\"timestamp\":1000,\"expires\":2000"},
                    Change{"weather", "wea\xcc\x8ather"}));

struct Malformed {
  std::string name;
  std::string from, to;
};

class MalformedTest : public ToolDefinitionTest,
                      public testing::WithParamInterface<Malformed> {};

TEST_P(MalformedTest, IsRefusedBeforeAnythingIsVerified) {
  const std::string document = acme_.Document(kDefinition);
  const std::string changed =
      absl::StrReplaceAll(document, {{GetParam().from, GetParam().to}});
  ASSERT_NE(changed, document);
  EXPECT_EQ(Verify(changed), Reason::kMalformedCredential) << changed;
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedTest,
    testing::Values(
        Malformed{"extra_member", R"("key_id")", R"("x":1,"key_id")"},
        Malformed{"member_twice", R"("key_id")", R"("key_id":"k1","key_id")"},
        Malformed{"payload_in_capitals", R"("payload")", R"("Payload")"},
        Malformed{"signature_in_capitals", R"("signature")", R"("Signature")"},
        Malformed{"payload_in_both", R"({"payload")",
                  R"({"Payload":{},"payload")"},
        Malformed{"no_key_id", R"(,"key_id":"k1")", ""},
        Malformed{"empty_key_id", R"("key_id":"k1")", R"("key_id":"")"},
        Malformed{"key_id_of_number", R"("key_id":"k1")", R"("key_id":1)"},
        Malformed{"algorithm_of_list", R"("algorithm":"ES256")",
                  R"("algorithm":["ES256"])"},
        Malformed{"payload_version", R"("version":"1.0")",
                  R"("version":"1.1")"},
        Malformed{"payload_version_of_number", R"("version":"1.0")",
                  R"("version":1.0)"},
        Malformed{"no_payload_version", R"(,"version":"1.0"})", "}"},
        Malformed{"timestamp_of_text", R"("timestamp":1000)",
                  R"("timestamp":"1000")"},
        Malformed{"timestamp_null", R"("timestamp":1000)",
                  R"("timestamp":null)"},
        Malformed{"no_timestamp", R"("timestamp":1000,)", ""},
        Malformed{"expires_of_text", R"("timestamp":1000)",
                  R"("timestamp":1000,"expires":"9")"},
        Malformed{"unknown_payload_member", R"("timestamp":1000)",
                  R"("timestamp":1000,"nonce":1)"},
        Malformed{"timestamp_in_capitals_too", R"("timestamp":1000)",
                  R"("timestamp":1000,"Timestamp":9)"},
        Malformed{"member_twice_inside", R"("type":"object")",
                  R"("type":"object","type":"array")"},
        Malformed{"member_twice_escaped", R"("type":"object")",
                  R"("type":"object","\u0074ype":"array")"},
        Malformed{"lone_surrogate", "Tells it", "\\ud800"},
        Malformed{"not_utf8", "Tells it", "\xff"},
        Malformed{"number_out_of_range", R"({"type":"object"})", "1e999"}),
    [](const auto& test) { return test.param.name; });

TEST_F(ToolDefinitionTest, NothingStandsAroundADocument) {
  const std::string document = acme_.Document(kDefinition);
  EXPECT_EQ(Verify(" \t\r\n" + document + "\n "), Reason::kOk);
  for (const std::string& text :
       {document + document, document + "x", document + "{}", document + ",",
        "\xef\xbb\xbf" + document, "[" + document + "]", std::string("{}"),
        std::string(), std::string("null"), std::string("\"x\""),
        document + std::string(1, '\0')}) {
    EXPECT_EQ(Verify(text), Reason::kMalformedCredential) << text;
  }
}

TEST_F(ToolDefinitionTest, SizeAndDepthHaveBounds) {
  const auto padded = [&](size_t size) {
    std::string document = acme_.Document(kDefinition);
    return document.append(size - document.size(), ' ');
  };
  EXPECT_EQ(Verify(padded(limits::kToolDocumentBytesMax)), Reason::kOk);
  EXPECT_EQ(Verify(padded(limits::kToolDocumentBytesMax + 1)),
            Reason::kMalformedCredential);
  const std::string deep(100'000, '[');
  EXPECT_EQ(Verify("{\"payload\":" + deep), Reason::kMalformedCredential);
}

TEST_F(ToolDefinitionTest, SignaturesAreStrictBase64) {
  const std::string payload = ToolPublisher::Payload(kDefinition);
  const std::string good =
      absl::Base64Escape(acme_.Sign(CanonicalForm(payload)));
  const std::string document = acme_.Document(kDefinition);
  const auto with = [&](const std::string& signature) {
    return Verify(absl::StrCat(R"({"payload":)", payload, R"(,"signature":")",
                               signature,
                               R"(","algorithm":"ES256","key_id":"k1"})"));
  };
  EXPECT_EQ(with(good), Reason::kOk);
  std::string loose = good;  // 64 bytes end with four bits that are not used
  loose[loose.size() - 3] =
      loose[loose.size() - 3] == 'A' ? 'B' : loose[loose.size() - 3] + 1;
  for (const std::string& signature :
       {good.substr(0, good.size() - 2), good + "\\n", " " + good,
        absl::StrReplaceAll(good, {{"==", "="}}), good + "==", loose,
        std::string(), std::string("===="), std::string(4000, 'A'),
        good.substr(0, 20) + "-_" + good.substr(22)}) {
    EXPECT_EQ(with(signature), Reason::kMalformedCredential) << signature;
  }
  EXPECT_EQ(with("AAAA"), Reason::kBadSignature);
}

// A key has one algorithm; the label can match it, never choose.
TEST_F(ToolDefinitionTest, TheLabelIsThatOfTheKey) {
  const std::string payload = ToolPublisher::Payload(kDefinition);
  const std::string signature = acme_.Sign(CanonicalForm(payload));
  for (const std::string_view label :
       {"RS256", "PS256", "EdDSA", "ES384", "HS256", "none", "", "es256"}) {
    EXPECT_EQ(Verify(acme_.Envelope(payload, signature, label)),
              Reason::kAlgorithmNotAllowed)
        << label;
  }
}

TEST(ToolAlgorithmTest, PssAndPkcs1DoNotMix) {
  const ToolPublisher pss("k", Algorithm::kPs256);
  const ToolPublisher pkcs1("k", Algorithm::kRs256);
  const std::string payload = ToolPublisher::Payload(kDefinition);
  ToolDefinitionVerifier verifier;
  VerifiedDefinition verified;
  for (const ToolPublisher* one : {&pss, &pkcs1}) {
    const ToolPublisher& other = one == &pss ? pkcs1 : pss;
    EXPECT_EQ(verifier.Verify(
                  {one->Envelope(payload, one->Sign(CanonicalForm(payload)),
                                 other.label())},
                  Of({{"p", one->Jwks()}}), Exactly(), kNow, verified),
              Reason::kAlgorithmNotAllowed);
  }
  // A key that does not say what it is for is for PSS.
  const Publishers unbound =
      Of({{"p", absl::StrCat("{\"keys\":[", pss.Jwk(false), "]}")}});
  EXPECT_EQ(verifier.Verify({pss.Envelope(payload)}, unbound, Exactly(), kNow,
                            verified),
            Reason::kOk);
}

// An ES384 or HMAC key of a set is none of a publisher's.
TEST(ToolAlgorithmTest, OtherAlgorithmsAreNotTaken) {
  const ToolPublisher publisher("k", Algorithm::kEs384);
  ToolDefinitionVerifier verifier;
  VerifiedDefinition verified;
  EXPECT_EQ(
      verifier.Verify({publisher.Document(kDefinition)},
                      Of({{"p", publisher.Jwks()}}), Exactly(), kNow, verified),
      Reason::kAlgorithmNotAllowed);
}

TEST_F(ToolDefinitionTest, AnUnknownKeyIsOfNobody) {
  const ToolPublisher other("k2");
  EXPECT_EQ(Verify(other.Document(kDefinition)), Reason::kPublisherUnknown);
  const ToolPublisher same_id("k1");
  EXPECT_EQ(Verify(same_id.Document(kDefinition)), Reason::kBadSignature);
  EXPECT_EQ(verifier_.Verify({acme_.Document(kDefinition)}, Publishers(),
                             Exactly(), kNow, verified_),
            Reason::kPublisherUnknown);
}

TEST_F(ToolDefinitionTest, TheKeysOwnerIsThePublisher) {
  const ToolPublisher other("k1");
  const Publishers both = Of({{"other", other.Jwks()}, {"acme", acme_.Jwks()}});
  EXPECT_EQ(verifier_.Verify({acme_.Document(kDefinition)}, both, Exactly(),
                             kNow, verified_),
            Reason::kOk);
  EXPECT_EQ(verified_.publisher, "acme");
  // One key in two sets is nobody's.
  const Publishers shared =
      Of({{"thief", acme_.Jwks()}, {"acme", acme_.Jwks()}});
  EXPECT_EQ(verifier_.Verify({acme_.Document(kDefinition)}, shared, Exactly(),
                             kNow, verified_),
            Reason::kPublisherUnknown);
}

TEST_F(ToolDefinitionTest, KeysOfOneIdAreTriedAFewTimesOnly) {
  std::vector<std::pair<std::string, std::string>> sets;
  for (size_t i = 0; i <= limits::kPublisherKeysTriedMax; ++i) {
    sets.push_back({absl::StrCat("p", i), ToolPublisher().Jwks()});
  }
  sets.back().second = acme_.Jwks();
  EXPECT_EQ(verifier_.Verify({acme_.Document(kDefinition)}, Of(sets), Exactly(),
                             kNow, verified_),
            Reason::kTooMuchWork);
  sets.erase(sets.begin());
  EXPECT_EQ(verifier_.Verify({acme_.Document(kDefinition)}, Of(sets), Exactly(),
                             kNow, verified_),
            Reason::kOk);
}

// From the skew before its timestamp to the end of its greatest age.
TEST_F(ToolDefinitionTest, TimesAreBoundAtBothEnds) {
  const std::string document = acme_.Document(kDefinition);
  EXPECT_EQ(Verify(document, kSigned - 10), Reason::kOk);
  EXPECT_EQ(Verify(document, kSigned - 11), Reason::kDefinitionNotYetValid);
  EXPECT_EQ(Verify(document, kSigned + 100), Reason::kOk);
  EXPECT_EQ(Verify(document, kSigned + 101), Reason::kDefinitionExpired);
  const std::string ends = acme_.Envelope(
      ToolPublisher::Payload(kDefinition, kSigned, R"(,"expires":1050)"));
  EXPECT_EQ(Verify(ends, 1059), Reason::kOk);
  EXPECT_EQ(verified_.good_until.value, 1060);
  EXPECT_EQ(Verify(ends, 1060), Reason::kDefinitionExpired);
  const std::string later = acme_.Envelope(
      ToolPublisher::Payload(kDefinition, kSigned, R"(,"expires":99999)"));
  EXPECT_EQ(Verify(later, kSigned + 101), Reason::kDefinitionExpired);
  const std::string over = acme_.Envelope(
      ToolPublisher::Payload(kDefinition, kSigned, R"(,"expires":900)"));
  EXPECT_EQ(Verify(over), Reason::kDefinitionExpired);
}

// A clock of whole seconds may be within the second of the signature.
TEST_F(ToolDefinitionTest, FractionsOfASecondAreNoFuture) {
  ToolRules rules = Exactly();
  rules.skew_us = 0;
  const auto at = [&](std::string_view timestamp) {
    return VerifyPayload(
        absl::StrCat(R"({"tool_definition":)", kDefinition,
                     R"(,"version":"1.0","timestamp":)", timestamp, "}"),
        rules);
  };
  EXPECT_EQ(at("1000.999"), Reason::kOk);
  EXPECT_EQ(at("1001"), Reason::kDefinitionNotYetValid);
}

TEST_F(ToolDefinitionTest, TimesOfAnySizeAreTimes) {
  const auto at = [&](std::string_view timestamp, std::string_view more = "") {
    return VerifyPayload(absl::StrCat(R"({"tool_definition":)", kDefinition,
                                      R"(,"version":"1.0","timestamp":)",
                                      timestamp, more, "}"));
  };
  EXPECT_EQ(at("1000.5"), Reason::kOk);
  EXPECT_EQ(at("1011.5"), Reason::kDefinitionNotYetValid);
  EXPECT_EQ(at("1e300"), Reason::kDefinitionNotYetValid);
  EXPECT_EQ(at("9223372036854775807"), Reason::kDefinitionNotYetValid);
  EXPECT_EQ(at("99999999999999999999999999"), Reason::kDefinitionNotYetValid);
  EXPECT_EQ(at("-1"), Reason::kDefinitionExpired);
  EXPECT_EQ(at("-1e300"), Reason::kDefinitionExpired);
  EXPECT_EQ(at("1000", R"(,"expires":1e300)"), Reason::kOk);
  EXPECT_EQ(at("1000", R"(,"expires":-1e300)"), Reason::kDefinitionExpired);
  const std::string document = acme_.Document(kDefinition);
  EXPECT_EQ(Verify(document, std::numeric_limits<int64_t>::max()),
            Reason::kDefinitionExpired);
  EXPECT_NE(Verify(document, std::numeric_limits<int64_t>::min()), Reason::kOk);
}

// CVE-2026-44428: what was signed for one gateway is not for all.
TEST_F(ToolDefinitionTest, AnAudienceIsWhoItIsFor) {
  ToolRules ours = Exactly();
  ours.audience = "gate";
  const auto with = [&](std::string_view audience, const ToolRules& rules) {
    return VerifyPayload(
        ToolPublisher::Payload(kDefinition, kSigned,
                               absl::StrCat(",\"audience\":", audience)),
        rules);
  };
  EXPECT_EQ(with(R"("gate")", ours), Reason::kOk);
  EXPECT_EQ(with(R"(["other","gate"])", ours), Reason::kOk);
  EXPECT_EQ(with(R"("gates")", ours), Reason::kAudienceMismatch);
  EXPECT_EQ(with(R"([])", ours), Reason::kAudienceMismatch);
  EXPECT_EQ(with(R"("gate")", Exactly()), Reason::kAudienceMismatch);
  EXPECT_EQ(with(R"("")", Exactly()), Reason::kAudienceMismatch);
  EXPECT_EQ(with("1", ours), Reason::kMalformedCredential);
  EXPECT_EQ(with(R"(["gate",1])", ours), Reason::kMalformedCredential);
  EXPECT_EQ(VerifyDefinition(kDefinition, ours), Reason::kOk);
}

struct Definition {
  std::string text;
  Reason reason;
};

class WhatItSaysTest : public ToolDefinitionTest,
                       public testing::WithParamInterface<Definition> {};

TEST_P(WhatItSaysTest, IsJudged) {
  EXPECT_EQ(VerifyDefinition(GetParam().text), GetParam().reason)
      << GetParam().text;
}

constexpr Reason kMalformed = Reason::kMalformedCredential;

INSTANTIATE_TEST_SUITE_P(
    All, WhatItSaysTest,
    testing::Values(
        Definition{R"({"name":"a"})", Reason::kOk},
        Definition{R"({"name":"a/b c.d-e_f"})", Reason::kOk},
        Definition{"{}", kMalformed}, Definition{R"({"name":""})", kMalformed},
        Definition{R"({"name":1})", kMalformed},
        Definition{R"({"name":" a"})", kMalformed},
        Definition{R"({"name":"a\u3000"})", kMalformed},
        Definition{R"({"name":"\u00a0a"})", kMalformed},
        Definition{R"({"name":"a "})", kMalformed},
        Definition{absl::StrCat(R"({"name":")", std::string(128, 'a'), R"("})"),
                   Reason::kOk},
        Definition{absl::StrCat(R"({"name":")", std::string(129, 'a'), R"("})"),
                   kMalformed},
        Definition{R"({"name":"a","version":1})", kMalformed},
        Definition{R"({"name":"a","version":""})", kMalformed},
        Definition{R"({"name":"a","version":"one"})", Reason::kOk},
        Definition{R"({"name":"a","capabilities":"net"})", kMalformed},
        Definition{R"({"name":"a","capabilities":[1]})", kMalformed},
        // CVE-2026-27896: case.
        Definition{R"({"name":"a","Name":"b"})", kMalformed},
        Definition{R"({"name":"a","inputschema":{}})", kMalformed},
        Definition{R"({"name":"a","DESCRIPTION":""})", kMalformed},
        Definition{"{\"name\":\"a\",\"de\xc5\xbf"
                   "cription\":\"\"}",
                   kMalformed},
        Definition{R"({"name":"a","other":{"Name":1,"name":2}})", Reason::kOk},
        // Hidden text.
        Definition{R"({"name":"a\u200bb"})", Reason::kHiddenText},
        Definition{R"({"name":"a\nb"})", Reason::kHiddenText},
        Definition{R"({"name":"a","description":"b\u202ec"})",
                   Reason::kHiddenText},
        Definition{R"({"name":"a","description":"one\ntwo"})", Reason::kOk},
        Definition{R"({"name":"a","version":"1\u00ad"})", Reason::kHiddenText},
        Definition{R"({"name":"a","x":[{"y":"\udb40\udc41"}]})",
                   Reason::kHiddenText},
        Definition{R"({"name":"a","x":{"\u200b":1}})", Reason::kHiddenText},
        Definition{R"({"name":"a","x":"\u001b[8m"})", Reason::kHiddenText},
        Definition{R"({"name":"a","capabilities":["n\u2060et"]})",
                   Reason::kHiddenText}));

TEST_F(ToolDefinitionTest, HiddenCharactersMayBeAllowedByName) {
  ToolRules rules = Exactly();
  rules.allowed_hidden = {0x200c};
  EXPECT_EQ(VerifyDefinition(R"({"name":"a","x":"b\u200cc"})", rules),
            Reason::kOk);
  EXPECT_EQ(VerifyDefinition(R"({"name":"a","x":"b\u200dc"})", rules),
            Reason::kHiddenText);
}

// What was proved is told of a definition that is refused for what it says.
TEST_F(ToolDefinitionTest, ARefusalSaysWhoseItIs) {
  EXPECT_EQ(VerifyDefinition(R"({"name":"a\u200bb"})"), Reason::kHiddenText);
  EXPECT_EQ(verified_.publisher, "acme");
  EXPECT_EQ(verified_.tool,
            "a\xe2\x80\x8b"
            "b");
}

class ToolJwsTest : public ToolDefinitionTest {
 protected:
  Reason WithHeader(std::string_view header) {
    return Verify(acme_.Jws(header, payload_, false));
  }

  const std::string payload_ = ToolPublisher::Payload(kDefinition);
};

TEST_F(ToolJwsTest, IsSignedOverItsBytes) {
  const std::string spaced = absl::StrReplaceAll(payload_, {{":", " : "}});
  EXPECT_EQ(Verify(acme_.Jws(spaced)), Reason::kOk);
  EXPECT_EQ(verified_.canonical, CanonicalForm(kDefinition));
  const std::string jws = acme_.Jws(payload_);
  const size_t dot = jws.find('.');
  const std::string other =
      absl::StrCat(jws.substr(0, dot + 1), EncodeBase64Url(spaced),
                   jws.substr(jws.rfind('.')));
  EXPECT_EQ(Verify(other), Reason::kBadSignature);
}

TEST_F(ToolJwsTest, ADetachedPayloadStandsBeside) {
  const std::string jws = acme_.Jws(payload_, true);
  EXPECT_EQ(Verify(jws, kSigned, Exactly(), payload_), Reason::kOk);
  EXPECT_EQ(Verify(jws, kSigned, Exactly(), payload_ + " "),
            Reason::kBadSignature);
  EXPECT_EQ(Verify(jws), Reason::kMalformedCredential);
  EXPECT_EQ(Verify(acme_.Jws(payload_), kSigned, Exactly(), payload_),
            Reason::kMalformedCredential);
  EXPECT_EQ(Verify(acme_.Document(kDefinition), kSigned, Exactly(), payload_),
            Reason::kMalformedCredential);
}

TEST_F(ToolJwsTest, TheHeaderIsStrict) {
  const auto header = [](std::string_view more,
                         std::string_view type = R"("typ":"etdi+jws",)") {
    return absl::StrCat("{", type, R"("alg":"ES256","kid":"k1")", more, "}");
  };
  EXPECT_EQ(WithHeader(header("")), Reason::kOk);
  EXPECT_EQ(WithHeader(header("", R"("typ":"application/etdi+jws",)")),
            Reason::kOk);
  EXPECT_EQ(WithHeader(header("", "")), Reason::kWrongTokenType);
  EXPECT_EQ(WithHeader(header("", R"("typ":"JWT",)")), Reason::kWrongTokenType);
  EXPECT_EQ(WithHeader(header("", R"("typ":"at+jwt",)")),
            Reason::kWrongTokenType);
  for (const std::string_view more :
       {R"(,"crit":["exp"])", R"(,"crit":[])", R"(,"b64":false)",
        R"(,"jwk":{})", R"(,"jku":"https://x")", R"(,"x5c":["x"])",
        R"(,"kid":"k1")", R"(,"zip":"DEF")"}) {
    EXPECT_EQ(WithHeader(header(more)), Reason::kMalformedCredential) << more;
  }
  EXPECT_EQ(WithHeader(R"({"typ":"etdi+jws","alg":"ES256"})"),
            Reason::kMalformedCredential);
  EXPECT_EQ(WithHeader(R"({"typ":"etdi+jws","alg":"none","kid":"k1"})"),
            Reason::kAlgorithmNotAllowed);
  EXPECT_EQ(WithHeader(R"({"typ":"etdi+jws","alg":"PS256","kid":"k1"})"),
            Reason::kAlgorithmNotAllowed);
}

TEST_F(ToolJwsTest, TheFormIsStrict) {
  const std::string jws = acme_.Jws(payload_);
  for (const std::string& text :
       {jws + ".", "." + jws, jws + "=", jws + "\n", " " + jws,
        jws.substr(0, jws.rfind('.') + 1), jws.substr(0, jws.rfind('.')),
        std::string(".."), std::string("a.b.c"),
        absl::StrReplaceAll(jws, {{".", ".."}})}) {
    EXPECT_EQ(Verify(text), Reason::kMalformedCredential) << text;
  }
  EXPECT_EQ(Verify(acme_.Jws("[1]")), Reason::kMalformedCredential);
  EXPECT_EQ(Verify(acme_.Jws("{}")), Reason::kMalformedCredential);
}

// As long as any document, not as a token.
TEST_F(ToolJwsTest, MayBeLongerThanAToken) {
  const std::string definition =
      absl::StrCat(R"({"name":"a","description":")",
                   std::string(limits::kTokenBytesMax, 'x'), R"("})");
  EXPECT_EQ(Verify(acme_.Jws(ToolPublisher::Payload(definition))), Reason::kOk);
}

}  // namespace
}  // namespace tollgate
