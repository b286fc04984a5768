// A place to run the command line in: a folder of its own with a pepper, a
// configuration and, once something was written, a store.

#ifndef TOLLGATE_TESTS_CLI_SITE_H_
#define TOLLGATE_TESTS_CLI_SITE_H_

#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/process.h"

namespace tollgate::cli {

// The policies that tests ask for by name.
inline constexpr std::string_view kPolicies = R"(
policies:
  standard:
    scopes: [tools:read]
    endpoints: { allow: ["GET /v1/**", "POST /v1/tools/*"] }
  small:
    rate_limits: { per_minute: 2 }
  office:
    ip: { allow: [10.0.0.0/8] }
    hours: { zone: UTC, windows: [{ from: "08:00", to: "18:00" }] }
endpoints:
  - { match: "POST /v1/tools/*", scopes: [tools:call] }
)";

struct IssuedText {
  std::string id;
  std::string key;
};

class Site {
 public:
  Site();
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  const std::string& folder() const { return folder_; }
  std::string config() const { return Path("tollgate.yaml"); }
  std::string store() const { return Path("keys.db"); }
  std::string Path(std::string_view name) const;

  // Writes the configuration with these policies.
  void Configure(std::string_view policies) const;
  void WriteFile(std::string_view name, std::string_view bytes) const;
  std::string ReadFile(std::string_view name) const;

  // Runs `tollgate <words> --config <this> <more>`.
  Outcome Run(const Arguments& words, const Arguments& more = {},
              std::string_view input = "",
              const ProcessOptions& options = {}) const;

  // Runs `keys issue --principal tester --json <more>`.
  IssuedText Issue(const Arguments& more = {}) const;

  // Runs `check` over `input`.
  Outcome Check(std::string_view input) const;

 private:
  std::string folder_;
};

// Returns the text of a string or a number, the member `name` of the object
// `line`; "null" for null, "" when there is none.
std::string Field(std::string_view line, std::string_view name);

// A request line with the given key; `more` is put before its last brace.
std::string Request(std::string_view key, std::string_view more = "");

// Expects an error as users like it: one line on stderr, nothing on stdout.
// `what` says which case it is.
void ExpectOneLine(const Outcome& outcome, int status, std::string_view what);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TESTS_CLI_SITE_H_
