// Which strategy fits: the advisor.
//
// The security level asked for is a floor, and so is each need: a strategy that
// is below one does not fit, whatever else it has. What fits is ranked by its
// score: 3 for the security level, 2 for a complexity within what is tolerated,
// 5 for the use case; ties go to the one that comes first here: oauth2,
// api_key, mtls, jwt_bearer. When no strategy by itself fits, a combination
// may.
//
// When to use: by people who choose, on the control path. Thread-safety: pure
// functions over constants. Ownership: values. Errors: none; a use case that
// nobody lists earns nothing.

#ifndef TOLLGATE_ENGINE_POLICY_STRATEGY_ADVISOR_H_
#define TOLLGATE_ENGINE_POLICY_STRATEGY_ADVISOR_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace tollgate {

enum class SecurityLevel : uint8_t { kLow = 1, kMedium, kHigh, kVeryHigh };
enum class Complexity : uint8_t { kLow = 1, kMedium, kHigh };

// What else a strategy must be able to do.
enum class StrategyNeed : uint8_t {
  kFastRevocation,     // a credential that is taken back is refused in seconds
  kNoSharedSecret,     // nobody but the client can make its credential
  kNoClientTls,        // TLS may end before the gateway
  kOffline,            // verified without asking a store about the credential
  kProofOfPossession,  // who copies a credential can not use it
};

inline constexpr std::array kSecurityLevels = {
    SecurityLevel::kLow, SecurityLevel::kMedium, SecurityLevel::kHigh,
    SecurityLevel::kVeryHigh};
inline constexpr std::array kComplexities = {
    Complexity::kLow, Complexity::kMedium, Complexity::kHigh};
inline constexpr std::array kStrategyNeeds = {
    StrategyNeed::kFastRevocation, StrategyNeed::kNoSharedSecret,
    StrategyNeed::kNoClientTls, StrategyNeed::kOffline,
    StrategyNeed::kProofOfPossession};

// Returns "very_high", "medium", "proof_of_possession" and so on.
std::string_view SecurityLevelName(SecurityLevel level);
std::string_view ComplexityName(Complexity complexity);
std::string_view StrategyNeedName(StrategyNeed need);

struct StrategyRequirements {
  SecurityLevel security_level = SecurityLevel::kMedium;
  Complexity complexity_tolerance = Complexity::kMedium;
  std::string use_case = "general";
  std::vector<StrategyNeed> needs = {};
};

struct StrategyAdvice {
  std::string_view strategy;  // such as "jwt_bearer" or "jwt_bearer+mtls"
  std::string_view summary;   // what it is, in some words
  bool combination = false;
  bool fits = false;
  int score = 0;
  std::vector<std::string> reasons = {};  // what speaks for it
  std::vector<std::string> unmet = {};    // and against it

  // The strategy whose measured cost is the one of each validation; empty: it
  // is not measured by itself.
  std::string_view measured_as;
};

// All strategies, then all combinations, each from the best to the worst: what
// fits comes before what does not.
std::vector<StrategyAdvice> AdviseStrategies(
    const StrategyRequirements& requirements);

// The one to take: the best strategy that fits, else the best combination;
// null when none does.
const StrategyAdvice* Recommended(absl::Span<const StrategyAdvice> ranked);

// All use cases that some strategy is made for.
std::vector<std::string_view> KnownUseCases();

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_STRATEGY_ADVISOR_H_
