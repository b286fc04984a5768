#include "engine/config/config.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/config/file_bytes.h"
#include "engine/config/limit_fields.h"
#include "engine/config/policy_fields.h"
#include "engine/config/suggestion.h"
#include "engine/config/yaml_reader.h"
#include "engine/policy/client_address.h"

namespace tollgate {
namespace {

// Returns `path` as seen from the folder of `file_name`.
std::string Resolve(std::string_view path, std::string_view file_name) {
  const size_t slash = file_name.rfind('/');
  if (absl::StartsWith(path, "/") || slash == std::string_view::npos) {
    return std::string(path);
  }
  return absl::StrCat(file_name.substr(0, slash + 1), path);
}

std::string ReadPath(const Field& field, std::string_view file_name) {
  const std::string path = ReadString(field);
  if (path.empty()) field.Fail("a path must not be empty");
  return Resolve(path, file_name);
}

void ReadVersion(const Field& field) {
  if (ReadInteger(field, {1, 1'000'000}) != 1) {
    field.Fail("this build reads version 1 only");
  }
}

std::optional<std::string> ReadStore(const Field& field,
                                     std::string_view file_name) {
  std::optional<std::string> path;
  Fields(field, {"sqlite"}).Required("sqlite", [&](const Field& f) {
    path = ReadPath(f, file_name);
  });
  return path;
}

// Whom to believe about addresses: "any" would let every client choose its own.
std::vector<std::string> ReadTrustedProxies(const Field& field) {
  std::vector<std::string> proxies = ReadStrings(field, EmptyList::kAllowed);
  for (size_t i = 0; i < proxies.size(); ++i) {
    if (const auto status = CheckProxyPrefix(proxies[i]); !status.ok()) {
      field.Item(i).Fail(status.message());
    }
  }
  return proxies;
}

// [a-z][a-z0-9]{0,15}, so that a key splits at its underscores.
std::string ReadKeyPart(const Field& field) {
  std::string part = ReadString(field);
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  if (part.empty() || part.size() > 16 || part[0] < 'a' ||
      !std::all_of(part.begin(), part.end(), allowed)) {
    field.Fail(
        "expected a lower-case letter, then lower-case letters and digits, at "
        "most 16 in all");
  }
  return part;
}

// tchar of RFC 9110 section 5.6.2.
bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("!#$%&'*+-.^_`|~", c);
}

// Headers that mean something else, to this engine or to everyone.
constexpr std::string_view kReservedHeaders[] = {
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
    "Host",
    "Connection",
    "Content-Length",
    "Content-Type",
    "Transfer-Encoding",
    "TE",
    "Trailer",
    "Upgrade",
    "Forwarded",
    "X-Forwarded-For",
    "X-Real-IP",
    "WWW-Authenticate",
    "DPoP",
    "Client-Cert",
    "Client-Cert-Chain",
    "X-Forwarded-Client-Cert",
    "Traceparent",
    "X-API-Key-Id",
    "X-API-Key-Secret",
};

std::string ReadHeaderName(const Field& field) {
  std::string name = ReadString(field);
  if (name.empty() || name.size() > limits::kHeaderNameBytesMax ||
      !std::all_of(name.begin(), name.end(), IsTokenCharacter)) {
    field.Fail("expected the name of a header field (RFC 9110 token)");
  }
  // Some servers fold underscores into hyphens, so both spellings are one.
  std::string folded = name;
  std::replace(folded.begin(), folded.end(), '_', '-');
  for (const std::string_view reserved : kReservedHeaders) {
    if (absl::EqualsIgnoreCase(folded, reserved)) {
      field.Fail(absl::StrCat("`", reserved, "` has a meaning of its own"));
    }
  }
  return name;
}

PepperFileOptions ReadPepper(const Field& field, std::string_view file_name) {
  PepperFileOptions pepper;
  const Fields fields(field, {"id", "file"});
  fields.Required("id", [&](const Field& f) {
    pepper.id = static_cast<uint8_t>(ReadInteger(f, {1, 255}));
  });
  fields.Required(
      "file", [&](const Field& f) { pepper.file = ReadPath(f, file_name); });
  return pepper;
}

std::vector<PepperFileOptions> ReadPeppers(const Field& field,
                                           std::string_view file_name) {
  std::vector<PepperFileOptions> peppers;
  // What stands here by mistake may be a pepper: it is not shown.
  if (field.node().kind != YamlNode::Kind::kSequence) {
    field.Fail("expected a list such as [{ id: 1, file: pepper.key }]");
    return peppers;
  }
  if (!IsNonEmptySequence(field)) return peppers;
  if (field.node().items.size() > limits::kPeppersMax) {
    field.Fail(absl::StrCat("more than ", limits::kPeppersMax, " peppers"));
    return peppers;
  }
  absl::flat_hash_set<uint8_t> ids;
  for (size_t i = 0; i < field.node().items.size(); ++i) {
    const Field item = field.Item(i);
    if (item.node().kind != YamlNode::Kind::kMapping) {
      item.Fail("expected a mapping such as { id: 1, file: pepper.key }");
      continue;
    }
    peppers.push_back(ReadPepper(item, file_name));
    if (!ids.insert(peppers.back().id).second) {
      item.Fail("two peppers of one id");
    }
  }
  std::sort(peppers.begin(), peppers.end(),
            [](const auto& a, const auto& b) { return a.id > b.id; });
  return peppers;
}

void ReadEitherPeppers(const Fields& fields, std::string_view file_name,
                       ApiKeyOptions& options) {
  fields.Optional("pepper_file", [&](const Field& f) {
    options.peppers.push_back({1, ReadPath(f, file_name)});
  });
  fields.Optional("peppers", [&](const Field& f) {
    if (fields.Has("pepper_file")) {
      f.Fail("both `pepper_file` and `peppers`; one of them is enough");
    }
    options.peppers = ReadPeppers(f, file_name);
  });
  fields.RequireEither(
      "pepper_file", "peppers",
      "missing `pepper_file`: secrets are kept under a pepper only");
}

ApiKeyOptions ReadApiKeys(const Field& field, std::string_view file_name) {
  ApiKeyOptions options;
  const Fields fields(field, {"prefix", "environment", "pepper_file", "peppers",
                              "header", "policy", "verified_cache"});
  fields.Optional("prefix",
                  [&](const Field& f) { options.prefix = ReadKeyPart(f); });
  fields.Optional("environment", [&](const Field& f) {
    options.environment = ReadKeyPart(f);
  });
  ReadEitherPeppers(fields, file_name, options);
  fields.Optional("header",
                  [&](const Field& f) { options.header = ReadHeaderName(f); });
  fields.Optional("policy", [&](const Field& f) {
    options.default_policy = ReadString(f);
    if (options.default_policy.empty()) f.Fail("a policy has a name");
  });
  fields.Optional("verified_cache", [&](const Field& f) {
    options.verified_cache = ReadFlag(f);
  });
  return options;
}

// A policy that is named has to exist; `path` is where it is named.
void CheckPolicyExists(const Field& root, const Config& config,
                       const std::string& name, const std::string& path) {
  if (name.empty() || config.FindPolicy(name) != nullptr) return;
  std::vector<std::string_view> known;
  for (const PolicyOptions& policy : config.policies) {
    known.push_back(policy.name);
  }
  root.context().FailMissing(root.context().PositionOf(path),
                             absl::StrCat("there is no policy `", Excerpt(name),
                                          "`", DidYouMean(name, known)));
}

void CheckPolicies(const Field& root, const Config& config) {
  if (config.api_keys.has_value()) {
    CheckPolicyExists(root, config, config.api_keys->default_policy,
                      "api_keys.policy");
  }
  if (config.mtls.has_value()) {
    CheckPolicyExists(root, config, config.mtls->policy, "mtls.policy");
  }
  if (!config.jwt.has_value()) return;
  for (size_t i = 0; i < config.jwt->issuers.size(); ++i) {
    CheckPolicyExists(root, config, config.jwt->issuers[i].policy,
                      absl::StrCat("jwt.issuers[", i, "].policy"));
  }
}

Config ReadConfig(const Field& root, std::string_view file_name) {
  Config config;
  config.file_name = std::string(file_name);
  const Fields fields(root, {"version", "store", "trusted_proxies", "api_keys",
                             "jwt", "mtls", "tools", "policies", "endpoints",
                             "admission", "audit", "anomalies"});
  fields.Required("version", ReadVersion);
  fields.Optional("store", [&](const Field& f) {
    config.store_path = ReadStore(f, file_name);
  });
  fields.Optional("trusted_proxies", [&](const Field& f) {
    config.trusted_proxies = ReadTrustedProxies(f);
  });
  fields.Optional("api_keys", [&](const Field& f) {
    config.api_keys = ReadApiKeys(f, file_name);
  });
  fields.Optional("jwt", [&](const Field& f) {
    config.jwt = ReadJwt(
        f, [&](const Field& path) { return ReadPath(path, file_name); });
  });
  fields.Optional("mtls", [&](const Field& f) {
    config.mtls = ReadMtls(
        f, [&](const Field& path) { return ReadPath(path, file_name); });
    if (config.mtls->forwarded.has_value() && config.trusted_proxies.empty()) {
      f.context().Fail(f.context().PositionOf("mtls.forwarded"),
                       "believed from `trusted_proxies` only, and there are "
                       "none");
    }
  });
  fields.Optional("tools", [&](const Field& f) {
    config.tools = ReadTools(
        f, [&](const Field& path) { return ReadPath(path, file_name); });
  });
  fields.Optional("policies",
                  [&](const Field& f) { config.policies = ReadPolicies(f); });
  fields.Optional("endpoints",
                  [&](const Field& f) { config.endpoints = ReadEndpoints(f); });
  fields.Optional("admission",
                  [&](const Field& f) { config.admission = ReadAdmission(f); });
  fields.Optional("audit", [&](const Field& f) {
    config.audit = ReadAudit(
        f, [&](const Field& path) { return ReadPath(path, file_name); });
  });
  fields.Optional("anomalies",
                  [&](const Field& f) { config.anomalies = ReadAnomalies(f); });
  CheckPolicies(root, config);
  return config;
}

// Parses `text` and reads its root by `read(Field)`.
template <typename Read>
auto ParsePart(std::string_view text, std::string_view file, Read&& read)
    -> absl::StatusOr<decltype(read(std::declval<const Field&>()))> {
  const absl::StatusOr<YamlNode> tree = ReadYaml(text, file);
  if (!tree.ok()) return tree.status();
  ReadContext context(file);
  auto result = read(Field(context, *tree, ""));
  if (!context.status().ok()) return context.status();
  return result;
}

// Returns the path of what is around `path`: "a.b[0]" -> "a.b" -> "a" -> "".
std::string_view Around(std::string_view path) {
  const size_t end = path.find_last_of(".[");
  return end == std::string_view::npos ? std::string_view()
                                       : path.substr(0, end);
}

}  // namespace

const PolicyOptions* Config::FindPolicy(std::string_view name) const {
  for (const PolicyOptions& policy : policies) {
    if (policy.name == name) return &policy;
  }
  return nullptr;
}

std::string Config::Where(std::string_view path) const {
  while (!path.empty() && !positions.contains(path)) path = Around(path);
  const auto found = positions.find(path);
  return FormatPosition(file_name, path.empty() || found == positions.end()
                                       ? SourcePosition{}
                                       : found->second);
}

absl::Status Config::ErrorAt(std::string_view path,
                             const absl::Status& status) const {
  return absl::Status(status.code(),
                      absl::StrCat(Where(path), ": ", status.message()));
}

std::vector<std::string> Config::Warnings() const {
  std::vector<std::string> warnings;
  if (!tools.has_value()) return warnings;
  if (tools->pins == PinMode::kOff) {
    warnings.push_back(absl::StrCat(
        Where("tools.pins"),
        ": whatever a publisher signs is accepted, approved or not"));
  }
  if (tools->rules.profile == ToolProfile::kEtdiCompat) {
    warnings.push_back(absl::StrCat(
        Where("tools.profile"),
        ": documents are verified as their first implementations made them, "
        "and no others"));
  }
  return warnings;
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  const absl::StatusOr<std::string> text =
      ReadFile(path, limits::kConfigBytesMax);
  if (!text.ok()) return text.status();
  return ParseConfig(*text, path);
}

absl::StatusOr<Config> ParseConfig(std::string_view text,
                                   std::string_view file_name) {
  return ParsePart(text, file_name, [&](const Field& root) {
    Config config = ReadConfig(root, file_name);
    config.positions = root.context().TakePositions();
    return config;
  });
}

absl::StatusOr<PolicyOptions> ParsePolicy(std::string_view text,
                                          std::string_view name) {
  return ParsePart(text, "policy",
                   [&](const Field& root) { return ReadPolicy(root, name); });
}

absl::StatusOr<std::vector<EndpointRequirementOptions>> ParseEndpoints(
    std::string_view text) {
  return ParsePart(text, "endpoints", ReadEndpoints);
}

absl::StatusOr<std::vector<LimitSpec>> ParseRateLimits(std::string_view text) {
  return ParsePart(text, "rate_limits", ReadRateLimits);
}

}  // namespace tollgate
