// The configuration: untrusted YAML in, immutable plain options out.
//
// What would weaken a check is an error, not a warning: unknown and duplicate
// keys, wrong types, numbers that are not decimal, empty lists where a list
// restricts, names that nothing has. What needs more knowledge than shapes and
// names (endpoint patterns, address prefixes, time zones) is judged where it is
// compiled; ErrorAt() puts such an error at its place in the file.
//
// When to use: at the start and on reload. Thread-safety: a Config is a plain
// value; the functions are pure but for reading files. Cost: control path.
// Errors: InvalidArgument "file:line:column: what; hint" for what is written;
// NotFound, PermissionDenied or Unavailable for a file that cannot be read. One
// line each, never with a secret in it.

#ifndef TOLLGATE_ENGINE_CONFIG_CONFIG_H_
#define TOLLGATE_ENGINE_CONFIG_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/config/admission_fields.h"
#include "engine/config/audit_fields.h"
#include "engine/config/field_reader.h"
#include "engine/config/jwt_fields.h"
#include "engine/config/mtls_fields.h"
#include "engine/config/source_text.h"
#include "engine/config/tools_fields.h"
#include "engine/model/limit_spec.h"
#include "engine/policy/policy_options.h"

namespace tollgate {

// A pepper, whose bytes LoadPepper() in pepper_file.h reads.
struct PepperFileOptions {
  uint8_t id = 0;    // 1 to 255
  std::string file;  // resolved
};

struct ApiKeyOptions {
  std::string prefix = "tg";
  std::string environment = "live";
  std::string header = "X-API-Key";
  std::string default_policy;  // for keys issued without one; empty: none
  // Distinct ids, at least one, the highest first: that one digests new
  // secrets. `pepper_file:` is the only one, with id 1.
  std::vector<PepperFileOptions> peppers;
  // Whether a secret that was proved is known again without being digested.
  bool verified_cache = true;
};

struct Config {
  std::string file_name;
  std::optional<std::string> store_path;  // resolved; absent: memory only
  std::vector<std::string> trusted_proxies;
  std::optional<ApiKeyOptions> api_keys;
  std::optional<JwtOptions> jwt;
  std::optional<MtlsOptions> mtls;
  std::optional<ToolsOptions> tools;
  std::vector<PolicyOptions> policies;  // in the order written
  std::vector<EndpointRequirementOptions> endpoints;
  std::optional<AdmissionOptions> admission;
  std::optional<AuditOptions> audit;
  AnomalyOptions anomalies;
  PositionTable positions;

  // Returns the policy of that name, or nullptr.
  const PolicyOptions* FindPolicy(std::string_view name) const;

  // Returns "file:line:column" of the field at `path`, such as
  // "policies.standard.ip.allow[0]"; of the nearest field around it when there
  // is none of its own.
  std::string Where(std::string_view path) const;

  // Returns `status` with its place before the message.
  absl::Status ErrorAt(std::string_view path, const absl::Status& status) const;

  // Returns a line for each thing a person should know of, with its place.
  std::vector<std::string> Warnings() const;
};

// Reads and parses the file at `path`.
absl::StatusOr<Config> LoadConfig(const std::string& path);

// Parses `text`. `file_name` names it in errors, and relative paths in it start
// from that file's folder.
absl::StatusOr<Config> ParseConfig(std::string_view text,
                                   std::string_view file_name);

// Parse the text of one part, as it stands in a configuration.
absl::StatusOr<PolicyOptions> ParsePolicy(std::string_view text,
                                          std::string_view name);
absl::StatusOr<std::vector<EndpointRequirementOptions>> ParseEndpoints(
    std::string_view text);
absl::StatusOr<std::vector<LimitSpec>> ParseRateLimits(std::string_view text);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_CONFIG_H_
