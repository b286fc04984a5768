#include "engine/policy/strategy_advisor.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

std::string Best(const StrategyRequirements& requirements) {
  const auto ranked = AdviseStrategies(requirements);
  const StrategyAdvice* best = Recommended(ranked);
  return best != nullptr ? std::string(best->strategy) : "none";
}

// The table as it was first written down, and its selection by score alone.
struct FirstRow {
  const char* name;
  int level;
  int complexity;
  std::set<std::string> use_cases;
};
const std::vector<FirstRow>& FirstTable() {
  static const auto* const table = new std::vector<FirstRow>{
      {"oauth2",
       3,
       3,
       {"web_applications", "mobile_apps", "third_party_integrations"}},
      {"api_key",
       2,
       1,
       {"server_to_server", "automated_systems", "simple_integrations"}},
      {"mtls",
       4,
       3,
       {"high_security_environments", "government", "financial_services"}},
      {"jwt_bearer", 3, 2, {"microservices", "apis", "stateless_applications"}},
  };
  return *table;
}

// Every combination of requirements: by score among those that reach the floor.
TEST(StrategyAdvisorTest, TheFloorThenTheScoreThenTheOrder) {
  std::vector<std::string> use_cases = {"general", ""};
  for (const std::string_view known : KnownUseCases()) {
    use_cases.emplace_back(known);
  }
  for (const SecurityLevel level : kSecurityLevels) {
    for (const Complexity tolerance : kComplexities) {
      for (const std::string& use_case : use_cases) {
        std::string best;
        int best_score = -1;
        for (const FirstRow& row : FirstTable()) {
          if (row.level < static_cast<int>(level)) continue;
          const int score =
              3 + (row.complexity <= static_cast<int>(tolerance) ? 2 : 0) +
              (row.use_cases.contains(use_case) ? 5 : 0);
          if (score > best_score) best = row.name;
          best_score = std::max(best_score, score);
        }
        EXPECT_EQ(Best({level, tolerance, use_case, {}}), best)
            << SecurityLevelName(level) << " " << ComplexityName(tolerance)
            << " " << use_case;
      }
    }
  }
}

TEST(StrategyAdvisorTest, WithoutRequirementsAnApiKeyWill) {
  EXPECT_EQ(Best({}), "api_key");
}

// The defect of the first selector: a score made up for a level that is missed.
TEST(StrategyAdvisorTest, NoScoreMakesUpForALevelThatIsMissed) {
  const StrategyRequirements requirements = {
      SecurityLevel::kVeryHigh, Complexity::kLow, "server_to_server", {}};
  EXPECT_EQ(Best(requirements), "mtls");
  const auto ranked = AdviseStrategies(requirements);
  EXPECT_EQ(ranked[0].unmet,
            std::vector<std::string>{"complexity high, above low"});
  EXPECT_EQ(ranked[1].strategy, "api_key");
  EXPECT_FALSE(ranked[1].fits);
  EXPECT_EQ(ranked[1].score, 7) << "it is shown all the same";
  EXPECT_EQ(ranked[1].unmet,
            std::vector<std::string>{"security level medium, below very_high"});
}

TEST(StrategyAdvisorTest, ANeedIsAFloorAsWell) {
  EXPECT_EQ(Best({.needs = {StrategyNeed::kNoSharedSecret}}), "jwt_bearer");
  EXPECT_EQ(
      Best({.use_case = "server_to_server", .needs = {StrategyNeed::kOffline}}),
      "jwt_bearer");
  EXPECT_EQ(Best({.needs = {StrategyNeed::kProofOfPossession}}), "mtls");
  EXPECT_EQ(Best({.needs = {StrategyNeed::kFastRevocation}}), "api_key");
}

TEST(StrategyAdvisorTest, WhereNoneFitsByItselfACombinationMay) {
  EXPECT_EQ(Best({.needs = {StrategyNeed::kProofOfPossession,
                            StrategyNeed::kNoClientTls}}),
            "jwt_bearer+dpop");
  EXPECT_EQ(Best({.security_level = SecurityLevel::kVeryHigh,
                  .needs = {StrategyNeed::kNoClientTls}}),
            "jwt_bearer+dpop");
}

TEST(StrategyAdvisorTest, SometimesNoneFits) {
  const StrategyRequirements both = {
      .needs = {StrategyNeed::kOffline, StrategyNeed::kFastRevocation}};
  EXPECT_EQ(Best(both), "none");
  for (const StrategyAdvice& advice : AdviseStrategies(both)) {
    EXPECT_FALSE(advice.unmet.empty()) << advice.strategy;
  }
}

TEST(StrategyAdvisorTest, EveryStrategyIsShownWithReasons) {
  const auto ranked = AdviseStrategies({.use_case = "apis"});
  ASSERT_EQ(ranked.size(), 6u);
  for (size_t i = 0; i < ranked.size(); ++i) {
    EXPECT_EQ(ranked[i].combination, i >= 4) << "combinations come last";
    EXPECT_FALSE(ranked[i].reasons.empty());
    EXPECT_FALSE(ranked[i].summary.empty());
    // What a proof costs is no part of what a known token does.
    EXPECT_EQ(ranked[i].measured_as.empty(),
              ranked[i].strategy == "jwt_bearer+dpop");
  }
  EXPECT_EQ(ranked[0].strategy, "jwt_bearer");
  EXPECT_EQ(ranked[0].score, 10);
}

}  // namespace
}  // namespace tollgate
