// IpRules against trying every prefix. The input is a client address, a line
// each for rules that allow, an empty line, and a line each for rules that
// deny.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/policy/ip_rules.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

std::string_view TakeLine(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  return line;
}

std::optional<std::vector<std::string>> TakeRules(std::string_view& rest) {
  std::vector<std::string> rules;
  while (!rest.empty()) {
    const std::string_view line = TakeLine(rest);
    if (line.empty()) break;
    rules.emplace_back(line);
  }
  if (rules.empty()) return std::nullopt;
  return rules;
}

// Returns the bits of the longest rule over `address`, -1 for "any" and -2 for
// none.
int Longest(const std::vector<std::string>& rules, const IpAddress& address) {
  int longest = -2;
  for (const std::string& rule : rules) {
    if (rule == "any") {
      if (!address.is_none()) longest = std::max(longest, -1);
      continue;
    }
    const absl::StatusOr<IpPrefix> prefix = IpPrefix::Parse(rule);
    FUZZ_CHECK(prefix.ok());
    if (prefix->Contains(address)) longest = std::max(longest, prefix->bits());
  }
  return longest;
}

int BitsOf(const std::string* rule) {
  if (rule == nullptr) return -2;
  return *rule == "any" ? -1 : IpPrefix::Parse(*rule)->bits();
}

void Check(const IpRules& rules, const IpRuleOptions& options,
           const IpAddress& address) {
  const IpRules::Outcome outcome = rules.Evaluate(address);
  const bool restricts = options.allow.has_value() || options.deny.has_value();
  if (address.is_none()) {
    FUZZ_CHECK(outcome.allowed == !restricts);
    return;
  }
  if (options.deny.has_value()) {
    int longest = Longest(*options.deny, address);
    if (longest == -2) longest = Longest(*options.deny, address.EmbeddedV4());
    if (longest > -2) {
      FUZZ_CHECK(!outcome.allowed);
      FUZZ_CHECK(BitsOf(outcome.rule) == longest);
      return;
    }
  }
  const int longest =
      options.allow.has_value() ? Longest(*options.allow, address) : -2;
  // Deny rules may have found more embedded addresses than EmbeddedV4() does.
  if (!outcome.allowed && longest > -2) {
    FUZZ_CHECK(address.is_v6() && options.deny.has_value());
    return;
  }
  if (outcome.allowed) FUZZ_CHECK(!options.allow.has_value() || longest > -2);
  if (outcome.allowed) FUZZ_CHECK(BitsOf(outcome.rule) == longest);
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tollgate;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view client = TakeLine(rest);
  IpRuleOptions options;
  options.allow = TakeRules(rest);
  options.deny = TakeRules(rest);
  const absl::StatusOr<IpRules> rules = IpRules::Compile(options);
  if (!rules.ok()) {
    FUZZ_CHECK(!rules.status().message().empty());
    return 0;
  }
  Check(*rules, options, IpAddress::Parse(client).value_or(IpAddress()));
  return 0;
}
