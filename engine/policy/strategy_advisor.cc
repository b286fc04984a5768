#include "engine/policy/strategy_advisor.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace tollgate {
namespace {

constexpr int kSecurityScore = 3;
constexpr int kComplexityScore = 2;
constexpr int kUseCaseScore = 5;

// Why a strategy has what is needed, or has not.
struct Ability {
  bool able;
  std::string_view why;
};

struct Strategy {
  std::string_view name;
  std::string_view summary;
  bool combination;
  SecurityLevel security_level;
  Complexity complexity;
  std::array<std::string_view, 6> use_cases;
  std::array<Ability, kStrategyNeeds.size()> abilities;  // by StrategyNeed
  std::string_view measured_as;
};

constexpr std::string_view kListed =
    "the revocation list is exact and asked at every request";
constexpr std::string_view kBehindProxy =
    "the credential is in the request, wherever TLS ends";
constexpr std::string_view kBearer = "who copies the token can use it";

constexpr Strategy kStrategies[] = {
    {"oauth2",
     "access tokens of an authorization server, validated as JWTs",
     false,
     SecurityLevel::kHigh,
     Complexity::kHigh,
     {"web_applications", "mobile_apps", "third_party_integrations"},
     {{{true, kListed},
       {true, "tokens are signed with the server's private key"},
       {true, kBehindProxy},
       {true, "signed tokens are verified with the server's public key"},
       {false, kBearer}}},
     "jwt"},
    {"api_key",
     "a secret that the gateway knows the digest of",
     false,
     SecurityLevel::kMedium,
     Complexity::kLow,
     {"server_to_server", "automated_systems", "simple_integrations"},
     {{{true, "a key that is revoked in the store is refused within a second"},
       {false, "the key itself is sent, and the gateway could replay it"},
       {true, kBehindProxy},
       {false, "the store must know the key"},
       {false, "who copies the key can use it"}}},
     "api_key"},
    {"mtls",
     "a client certificate, proved in the handshake",
     false,
     SecurityLevel::kVeryHigh,
     Complexity::kHigh,
     {"high_security_environments", "government", "financial_services"},
     {{{true, "a registration that is taken back ends at once"},
       {true, "the private key never leaves the client"},
       {false, "the handshake with the client is the proof"},
       {true, "a path to an anchor and a revocation list are enough"},
       {true, "the handshake proves the private key"}}},
     "mtls"},
    {"jwt_bearer",
     "a signed token that says who and what for",
     false,
     SecurityLevel::kHigh,
     Complexity::kMedium,
     {"microservices", "apis", "stateless_applications"},
     {{{true, kListed},
       {true, "with RS, PS, ES or EdDSA only the issuer can sign"},
       {true, kBehindProxy},
       {true, "the issuer's public key is enough"},
       {false, kBearer}}},
     "jwt"},
    {"jwt_bearer+mtls",
     "a token bound to a client certificate (RFC 8705)",
     true,
     SecurityLevel::kVeryHigh,
     Complexity::kHigh,
     {"high_security_environments", "government", "financial_services",
      "microservices", "apis", "stateless_applications"},
     {{{true, kListed},
       {true, "neither the issuer's key nor the client's is shared"},
       {false, "the handshake with the client is the proof"},
       {true, "the issuer's public key and the certificate are enough"},
       {true, "the token works with the certificate that it names only"}}},
     "jwt"},
    {"jwt_bearer+dpop",
     "a token bound to a key that signs each request (RFC 9449), which is one "
     "verification each",
     true,
     SecurityLevel::kVeryHigh,
     Complexity::kHigh,
     {"web_applications", "mobile_apps", "third_party_integrations",
      "microservices", "apis", "stateless_applications"},
     {{{true, kListed},
       {true, "neither the issuer's key nor the client's is shared"},
       {true, kBehindProxy},
       {true, "the issuer's public key and the proof are enough"},
       {true, "each request is signed with the key that the token names"}}},
     ""},
};

bool Needs(const StrategyRequirements& requirements, StrategyNeed need) {
  return absl::c_linear_search(requirements.needs, need);
}

void JudgeLevels(const Strategy& strategy,
                 const StrategyRequirements& requirements,
                 StrategyAdvice& advice) {
  const std::string_view level = SecurityLevelName(strategy.security_level);
  const std::string_view asked = SecurityLevelName(requirements.security_level);
  if (strategy.security_level >= requirements.security_level) {
    advice.score += kSecurityScore;
    advice.reasons.push_back(
        absl::StrCat("security level ", level, ", at least ", asked));
  } else {
    advice.fits = false;
    advice.unmet.push_back(
        absl::StrCat("security level ", level, ", below ", asked));
  }
  const std::string_view complexity = ComplexityName(strategy.complexity);
  const std::string_view tolerated =
      ComplexityName(requirements.complexity_tolerance);
  if (strategy.complexity <= requirements.complexity_tolerance) {
    advice.score += kComplexityScore;
    advice.reasons.push_back(
        absl::StrCat("complexity ", complexity, ", within ", tolerated));
  } else {
    advice.unmet.push_back(
        absl::StrCat("complexity ", complexity, ", above ", tolerated));
  }
}

void JudgeUseCase(const Strategy& strategy,
                  const StrategyRequirements& requirements,
                  StrategyAdvice& advice) {
  const std::string& use_case = requirements.use_case;
  if (!use_case.empty() &&
      absl::c_linear_search(strategy.use_cases, use_case)) {
    advice.score += kUseCaseScore;
    advice.reasons.push_back(absl::StrCat("made for ", use_case));
  }
}

void JudgeNeeds(const Strategy& strategy,
                const StrategyRequirements& requirements,
                StrategyAdvice& advice) {
  for (const StrategyNeed need : kStrategyNeeds) {
    if (!Needs(requirements, need)) continue;
    const Ability& ability = strategy.abilities[static_cast<size_t>(need)];
    (ability.able ? advice.reasons : advice.unmet)
        .push_back(absl::StrCat(StrategyNeedName(need), ": ", ability.why));
    advice.fits = advice.fits && ability.able;
  }
  // Whoever is offline does not hear of it.
  if (Needs(requirements, StrategyNeed::kOffline) &&
      Needs(requirements, StrategyNeed::kFastRevocation)) {
    advice.fits = false;
    advice.unmet.push_back(
        "offline and fast_revocation: who asks nobody can not learn within "
        "seconds what was taken back");
  }
}

StrategyAdvice Judge(const Strategy& strategy,
                     const StrategyRequirements& requirements) {
  StrategyAdvice advice = {.strategy = strategy.name,
                           .summary = strategy.summary,
                           .combination = strategy.combination,
                           .fits = true,
                           .measured_as = strategy.measured_as};
  JudgeLevels(strategy, requirements, advice);
  JudgeUseCase(strategy, requirements, advice);
  JudgeNeeds(strategy, requirements, advice);
  return advice;
}

bool IsBetter(const StrategyAdvice& a, const StrategyAdvice& b) {
  if (a.combination != b.combination) return b.combination;
  if (a.fits != b.fits) return a.fits;
  return a.score > b.score;
}

}  // namespace

std::string_view SecurityLevelName(SecurityLevel level) {
  switch (level) {
    case SecurityLevel::kLow:
      return "low";
    case SecurityLevel::kMedium:
      return "medium";
    case SecurityLevel::kHigh:
      return "high";
    case SecurityLevel::kVeryHigh:
      return "very_high";
  }
  return "very_high";
}

std::string_view ComplexityName(Complexity complexity) {
  switch (complexity) {
    case Complexity::kLow:
      return "low";
    case Complexity::kMedium:
      return "medium";
    case Complexity::kHigh:
      return "high";
  }
  return "low";
}

std::string_view StrategyNeedName(StrategyNeed need) {
  switch (need) {
    case StrategyNeed::kFastRevocation:
      return "fast_revocation";
    case StrategyNeed::kNoSharedSecret:
      return "no_shared_secret";
    case StrategyNeed::kNoClientTls:
      return "no_client_tls";
    case StrategyNeed::kOffline:
      return "offline";
    case StrategyNeed::kProofOfPossession:
      return "proof_of_possession";
  }
  return "";
}

std::vector<StrategyAdvice> AdviseStrategies(
    const StrategyRequirements& requirements) {
  std::vector<StrategyAdvice> ranked;
  for (const Strategy& strategy : kStrategies) {
    ranked.push_back(Judge(strategy, requirements));
  }
  std::stable_sort(ranked.begin(), ranked.end(), IsBetter);
  return ranked;
}

const StrategyAdvice* Recommended(absl::Span<const StrategyAdvice> ranked) {
  for (const StrategyAdvice& advice : ranked) {
    if (advice.fits) return &advice;
  }
  return nullptr;
}

std::vector<std::string_view> KnownUseCases() {
  std::vector<std::string_view> known;
  for (const Strategy& strategy : kStrategies) {
    for (const std::string_view use_case : strategy.use_cases) {
      if (!use_case.empty() && !absl::c_linear_search(known, use_case)) {
        known.push_back(use_case);
      }
    }
  }
  return known;
}

}  // namespace tollgate
