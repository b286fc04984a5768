#include "engine/extract/forwarded_certificate.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/crypto/sha256.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Outcome = ForwardedCertificate::Outcome;

std::string Pem(std::string_view der) {
  return absl::StrCat("-----BEGIN CERTIFICATE-----\n", absl::Base64Escape(der),
                      "\n-----END CERTIFICATE-----\n");
}

std::string Escaped(std::string_view text) {
  return absl::StrReplaceAll(
      text, {{"\n", "%0A"}, {" ", "%20"}, {"+", "%2B"}, {"=", "%3d"}});
}

std::string Sequence(std::string_view der) {
  return absl::StrCat(":", absl::Base64Escape(der), ":");
}

std::string Hash(std::string_view der) {
  const Sha256Digest digest = Sha256(der);
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// "absent", "malformed", or the certificates, joined.
std::string Read(const ForwardedCertificateOptions& options,
                 std::vector<HeaderView> headers) {
  headers.push_back({"Host", "gate.example"});
  const ForwardedCertificate read = ReadForwardedCertificate(options, headers);
  switch (read.outcome) {
    case Outcome::kAbsent:
      return "absent";
    case Outcome::kMalformed:
      return "malformed";
    case Outcome::kFound:
      break;
  }
  std::string joined;
  for (const std::string& der : read.certificates) {
    absl::StrAppend(&joined, joined.empty() ? "" : "|", der);
  }
  return joined;
}

// RFC 9440 section 2.
std::string ClientCert(std::vector<HeaderView> headers) {
  return Read({.style = ForwardedStyle::kClientCert}, std::move(headers));
}

TEST(ClientCertHeaderTest, ReadsTheCertificateAndWhatFollowsIt) {
  const std::string leaf = Sequence("leaf"), one = Sequence("one"),
                    two = Sequence("two");
  EXPECT_EQ(ClientCert({}), "absent");
  EXPECT_EQ(ClientCert({{"Client-Cert", leaf}}), "leaf");
  EXPECT_EQ(ClientCert({{"client-CERT", absl::StrCat(" ", leaf, "\t")}}),
            "leaf");
  const std::string list = absl::StrCat(one, " ,\t", two);
  EXPECT_EQ(ClientCert({{"Client-Cert-Chain", list}, {"Client-Cert", leaf}}),
            "leaf|one|two");
  EXPECT_EQ(ClientCert({{"Client-Cert", leaf},
                        {"Client-Cert-Chain", one},
                        {"Client-Cert-Chain", two}}),
            "leaf|one|two");
}

TEST(ClientCertHeaderTest, RefusesAllElse) {
  const std::string leaf = Sequence("leaf");
  for (const std::string& value :
       {std::string(), std::string("::"), std::string(":"),
        std::string("bGVhZg=="), std::string(":bGVhZg==;a=1:"), leaf + ";a=1",
        leaf + "," + leaf, std::string(":bGVhZg:"), std::string(":bGVhZh==:"),
        std::string(":bGVh Zg==:"), std::string(": bGVhZg==:"),
        std::string(":bGVhZg==:\0", 11)}) {
    EXPECT_EQ(ClientCert({{"Client-Cert", value}}), "malformed") << value;
  }
  EXPECT_EQ(ClientCert({{"Client-Cert", leaf}, {"Client-Cert", leaf}}),
            "malformed");
  EXPECT_EQ(ClientCert({{"Client_Cert", leaf}}), "malformed");
  EXPECT_EQ(ClientCert({{"Client-Cert", leaf}, {"client_cert", leaf}}),
            "malformed");
  EXPECT_EQ(ClientCert({{"Client-Cert-Chain", leaf}}), "malformed");
  EXPECT_EQ(ClientCert({{"Client-Cert", leaf}, {"Client-Cert-Chain", ""}}),
            "malformed");
  EXPECT_EQ(
      ClientCert({{"Client-Cert", leaf}, {"Client-Cert-Chain", leaf + ","}}),
      "malformed");
  std::string long_list = leaf;
  for (int i = 0; i < 9; ++i) absl::StrAppend(&long_list, ",", leaf);
  EXPECT_EQ(
      ClientCert({{"Client-Cert", leaf}, {"Client-Cert-Chain", long_list}}),
      "malformed");
}

// Envoy's.
std::string Xfcc(std::string_view value) {
  return Read({.style = ForwardedStyle::kXfcc},
              {{"X-Forwarded-Client-Cert", value}});
}

TEST(XfccHeaderTest, ReadsTheElementOfTheNearestProxy) {
  const std::string cert = Escaped(Pem("leaf"));
  const std::string chain = Escaped(Pem("leaf") + Pem("ca"));
  const std::string other = Escaped(Pem("other"));
  EXPECT_EQ(Read({.style = ForwardedStyle::kXfcc}, {}), "absent");
  EXPECT_EQ(Xfcc(absl::StrCat("Cert=\"", cert, "\"")), "leaf");
  EXPECT_EQ(Xfcc(absl::StrCat("cert=", cert)), "leaf");
  EXPECT_EQ(Xfcc(absl::StrCat("By=spiffe://a/b;Hash=", Hash("leaf"),
                              ";Subject=\"CN=\\\"a;b\\\",O=c\";URI=;DNS=x;"
                              "DNS=y;Cert=\"",
                              cert, "\"")),
            "leaf");
  EXPECT_EQ(Xfcc(absl::StrCat("Chain=\"", chain, "\"")), "leaf|ca");
  EXPECT_EQ(Xfcc(absl::StrCat("Cert=\"", cert, "\";Chain=\"", chain, "\"")),
            "leaf|ca");
  EXPECT_EQ(Xfcc(absl::StrCat("Cert=\"", other, "\",Cert=\"", cert, "\"")),
            "leaf");
}

TEST(XfccHeaderTest, RefusesAllElse) {
  const std::string cert = Escaped(Pem("leaf"));
  const std::string other = Escaped(Pem("other"));
  const std::string good = absl::StrCat("Cert=\"", cert, "\"");
  for (const std::string& value :
       {std::string(), std::string("Subject=\"CN=admin\";URI=spiffe://a/b"),
        std::string("Hash=") + Hash("leaf"),
        "Hash=" + Hash("other") + ";" + good, good + ";" + good,
        good + ";Cert=\"" + other + "\"", good + ",", good + ",By=x",
        good + ";Unknown=1", good + ";x", "\"" + good, "Cert=\"" + cert,
        "Cert=\"" + cert + "\"x", "Cert=x\"" + cert + "\"",
        std::string("Cert=\"%2\""), std::string("Cert=\"%zz\""),
        std::string("Cert=\"leaf\""),
        "Cert=\"" + cert + "\";Chain=\"" + other + "\"",
        "Cert=\"" + cert + cert + "\""}) {
    EXPECT_EQ(Xfcc(value), "malformed") << value;
  }
  EXPECT_EQ(Read({.style = ForwardedStyle::kXfcc},
                 {{"X-Forwarded-Client-Cert", good},
                  {"x-forwarded-client-cert", good}}),
            "malformed");
  EXPECT_EQ(Read({.style = ForwardedStyle::kXfcc},
                 {{"x_forwarded_client_cert", good}}),
            "malformed");
}

// nginx's $ssl_client_escaped_cert.
std::string EscapedPem(std::string_view value) {
  return Read({.style = ForwardedStyle::kEscapedPem, .header = "X-Cert"},
              {{"x-cert", value}});
}

TEST(EscapedPemHeaderTest, ReadsPercentEncodedPem) {
  EXPECT_EQ(EscapedPem(Escaped(Pem("leaf"))), "leaf");
  EXPECT_EQ(EscapedPem(Escaped(Pem("leaf") + Pem("ca"))), "leaf|ca");
  EXPECT_EQ(EscapedPem(""), "absent");  // as nginx says that there is none
  EXPECT_EQ(Read({.style = ForwardedStyle::kEscapedPem}, {}), "absent");
}

TEST(EscapedPemHeaderTest, RefusesAllElse) {
  const std::string good = Escaped(Pem("leaf"));
  for (const std::string& value :
       {std::string("leaf"), good + "%", good + "x", "x" + good,
        absl::StrReplaceAll(good, {{"%20", "+"}}),
        absl::StrReplaceAll(good, {{"%0A", ""}}),
        absl::StrReplaceAll(good, {{"%0A", "%0A%20"}}),
        absl::StrReplaceAll(good, {{"CERTIFICATE", "PRIVATE%20KEY"}})}) {
    EXPECT_EQ(EscapedPem(value), "malformed") << value;
  }
  EXPECT_EQ(Read({.style = ForwardedStyle::kEscapedPem, .header = "X-Cert"},
                 {{"X-Cert", good}, {"X-Cert", good}}),
            "malformed");
  EXPECT_EQ(Read({.style = ForwardedStyle::kEscapedPem, .header = "X-Cert"},
                 {{"X_Cert", good}}),
            "malformed");
}

}  // namespace
}  // namespace tollgate
