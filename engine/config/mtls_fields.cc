#include "engine/config/mtls_fields.h"

#include <array>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/config/source_text.h"
#include "engine/config/suggestion.h"
#include "engine/verify/spiffe_id.h"

namespace tollgate {
namespace {

using Resolve = std::function<std::string(const Field&)>;

constexpr std::array kAcceptances = {CertificateAcceptance::kRegistered,
                                     CertificateAcceptance::kAnchored,
                                     CertificateAcceptance::kEither};
constexpr std::array kSources = {
    IdentitySource::kUriSan, IdentitySource::kDnsSan, IdentitySource::kEmailSan,
    IdentitySource::kCn};
constexpr std::array kStyles = {ForwardedStyle::kClientCert,
                                ForwardedStyle::kXfcc,
                                ForwardedStyle::kEscapedPem};

// Reads one of two words; true: the second.
bool ReadChoice(const Field& field, std::string_view first,
                std::string_view second) {
  const std::string word = ReadString(field);
  if (word != first && word != second) {
    field.Fail(absl::StrCat("expected ", first, " or ", second));
  }
  return word == second;
}

std::vector<std::string> ReadFiles(const Field& field, const Resolve& resolve) {
  std::vector<std::string> files;
  if (!IsNonEmptySequence(field)) return files;
  if (field.node().items.size() > limits::kTrustFilesMax) {
    field.Fail(absl::StrCat("more than ", limits::kTrustFilesMax, " files"));
    return files;
  }
  for (size_t i = 0; i < field.node().items.size(); ++i) {
    files.push_back(resolve(field.Item(i)));
  }
  return files;
}

std::vector<IdentitySource> ReadIdentity(const Field& field) {
  std::vector<IdentitySource> sources;
  if (!IsNonEmptySequence(field)) return sources;
  for (size_t i = 0; i < field.node().items.size(); ++i) {
    const Field item = field.Item(i);
    const IdentitySource source = ReadWord(item, kSources, IdentitySourceName);
    if (absl::c_linear_search(sources, source)) item.Fail("listed twice");
    sources.push_back(source);
  }
  return sources;
}

TrustDomainOptions ReadTrustDomain(const Field& field, const Resolve& resolve) {
  TrustDomainOptions options;
  const Fields fields(field, {"trust_domain", "trust_anchors"});
  fields.Required("trust_domain", [&](const Field& f) {
    options.trust_domain = ReadString(f);
    if (!IsTrustDomain(options.trust_domain)) {
      f.Fail("a trust domain is 1 to 255 of a-z, 0-9, `.`, `-` and `_`");
    }
  });
  fields.Required("trust_anchors", [&](const Field& f) {
    options.trust_anchors = ReadFiles(f, resolve);
  });
  return options;
}

std::vector<TrustDomainOptions> ReadTrustDomains(const Field& field,
                                                 const Resolve& resolve) {
  std::vector<TrustDomainOptions> domains;
  if (!IsNonEmptySequence(field)) return domains;
  for (size_t i = 0; i < field.node().items.size(); ++i) {
    const Field item = field.Item(i);
    TrustDomainOptions domain = ReadTrustDomain(item, resolve);
    for (const TrustDomainOptions& other : domains) {
      if (other.trust_domain == domain.trust_domain) {
        item.Fail("two trust domains of one name");
      }
    }
    domains.push_back(std::move(domain));
  }
  return domains;
}

std::string ReadHeaderField(const Field& field) {
  std::string name = ReadString(field);
  const bool good =
      !name.empty() && name.size() <= limits::kHeaderNameBytesMax &&
      absl::c_all_of(name, [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
      });
  if (!good) field.Fail("a header's name is 1 to 56 letters, digits and `-`");
  return name;
}

void ReadForwarded(const Fields& fields, MtlsOptions& options) {
  fields.Optional("forwarded", [&](const Field& f) {
    options.forwarded.emplace();
    options.forwarded->style = ReadWord(f, kStyles, ForwardedStyleName);
  });
  fields.Optional("forwarded_header", [&](const Field& f) {
    const bool named = options.forwarded.has_value() &&
                       options.forwarded->style == ForwardedStyle::kEscapedPem;
    if (!named) f.Fail("goes with `forwarded: escaped_pem` only");
    std::string name = ReadHeaderField(f);
    if (named) options.forwarded->header = std::move(name);
  });
}

void ReadAnchors(const Fields& fields, const Resolve& resolve,
                 MtlsOptions& options) {
  fields.Optional("trust_anchors", [&](const Field& f) {
    options.trust_anchors = ReadFiles(f, resolve);
  });
  fields.Optional("trust_domains", [&](const Field& f) {
    options.trust_domains = ReadTrustDomains(f, resolve);
  });
  fields.RequireEither("trust_anchors", "trust_domains",
                       "missing `trust_anchors`: a certificate is as good as "
                       "who vouches for it");
  fields.Optional(
      "crls", [&](const Field& f) { options.crls = ReadFiles(f, resolve); });
}

}  // namespace

std::string_view AcceptanceName(CertificateAcceptance accept) {
  switch (accept) {
    case CertificateAcceptance::kRegistered:
      return "registered";
    case CertificateAcceptance::kAnchored:
      return "anchored";
    case CertificateAcceptance::kEither:
      return "either";
  }
  return "registered";
}

std::string_view IdentitySourceName(IdentitySource source) {
  switch (source) {
    case IdentitySource::kUriSan:
      return "uri_san";
    case IdentitySource::kDnsSan:
      return "dns_san";
    case IdentitySource::kEmailSan:
      return "email_san";
    case IdentitySource::kCn:
      return "cn";
  }
  return "uri_san";
}

std::string_view ForwardedStyleName(ForwardedStyle style) {
  switch (style) {
    case ForwardedStyle::kClientCert:
      return "client_cert";
    case ForwardedStyle::kXfcc:
      return "xfcc";
    case ForwardedStyle::kEscapedPem:
      return "escaped_pem";
  }
  return "client_cert";
}

MtlsOptions ReadMtls(const Field& field, const Resolve& resolve) {
  MtlsOptions options;
  const Fields fields(
      field, {"trust_anchors", "crls", "accept", "identity", "policy",
              "extended_key_usage", "stale_crls", "trust_domains", "forwarded",
              "forwarded_header", "cache"});
  ReadAnchors(fields, resolve, options);
  fields.Optional("accept", [&](const Field& f) {
    options.accept = ReadWord(f, kAcceptances, AcceptanceName);
  });
  fields.Optional("identity",
                  [&](const Field& f) { options.identity = ReadIdentity(f); });
  fields.Optional("policy", [&](const Field& f) {
    options.policy = ReadString(f);
    if (options.policy.empty()) f.Fail("a policy has a name");
  });
  fields.Optional("extended_key_usage", [&](const Field& f) {
    options.extended_key_usage_required =
        !ReadChoice(f, "required", "if_present");
  });
  fields.Optional("stale_crls", [&](const Field& f) {
    options.stale_crls_accepted = ReadChoice(f, "refuse", "accept");
  });
  ReadForwarded(fields, options);
  fields.Optional("cache", [&](const Field& f) {
    ReadCache(f, options.cache_entries, options.cache_max_age_us);
  });
  return options;
}

}  // namespace tollgate
