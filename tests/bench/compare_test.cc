#include "bench/compare/compare.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace tollgate::bench {
namespace {

using Outcome = Comparison::Outcome;

// Some 40 values around `centre`, the same on every run, within 5 %.
std::vector<double> Noise(double centre, int phase) {
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) {
    values.push_back(centre * (1 + 0.05 * std::sin(i * 12.9898 + phase)));
  }
  return values;
}

std::string ReportOf(
    const std::vector<std::pair<std::string, std::vector<double>>>& paths) {
  std::vector<std::string> texts;
  for (const auto& [name, rounds] : paths) {
    texts.push_back(absl::StrCat(R"({"path":")", name, R"(","rounds":[)",
                                 absl::StrJoin(rounds, ","), "]}"));
  }
  return absl::StrCat(R"({"paths":[)", absl::StrJoin(texts, ","), "]}");
}

// Of three against three, all above: one of the twenty orders, from both sides.
TEST(CompareTest, SmallSamplesAreCountedOut) {
  const RankTest apart = TestRanks({4, 5, 6}, {1, 2, 3});
  EXPECT_EQ(apart.u, 9);
  EXPECT_DOUBLE_EQ(apart.p, 0.1);
  EXPECT_DOUBLE_EQ(apart.delta, -1);
  const RankTest other = TestRanks({1, 2, 3}, {4, 5, 6});
  EXPECT_EQ(other.u, 0);
  EXPECT_DOUBLE_EQ(other.p, 0.1);
  EXPECT_DOUBLE_EQ(other.delta, 1);
}

// From the tables of the 1 % and 5 % points: of five and five, U = 2 is
// significant at 5 % (p = 0.032), U = 3 is not (0.056).
TEST(CompareTest, AsTheTablesHaveIt) {
  EXPECT_NEAR(TestRanks({1, 2, 3, 4, 7}, {5, 6, 8, 9, 10}).p, 8.0 / 252, 1e-12);
  EXPECT_NEAR(TestRanks({1, 2, 3, 5, 7}, {4, 6, 8, 9, 10}).p, 14.0 / 252,
              1e-12);
  EXPECT_DOUBLE_EQ(TestRanks({1}, {2}).p, 1);
}

// As scipy.stats.mannwhitneyu has it with the asymptotic method.
TEST(CompareTest, EqualValuesAreHalf) {
  const RankTest test = TestRanks({1, 2, 2, 3}, {2, 3, 3, 4});
  EXPECT_EQ(test.u, 3);
  EXPECT_NEAR(test.p, 0.1720, 0.0005);
  EXPECT_DOUBLE_EQ(TestRanks({5, 5, 5}, {5, 5, 5}).p, 1);
  EXPECT_DOUBLE_EQ(TestRanks({}, {1}).p, 1);
}

TEST(CompareTest, LargeSamplesAreApproximated) {
  std::vector<double> a, b;
  for (int i = 0; i < 30; ++i) {
    a.push_back(i);
    b.push_back(i + 0.5);
  }
  EXPECT_NEAR(TestRanks(a, b).p, 0.83, 0.02);
  for (double& value : b) value += 40;
  EXPECT_LT(TestRanks(a, b).p, 1e-9);
}

TEST(CompareTest, NoiseIsNoChange) {
  const auto comparisons =
      Compare({{"a", Noise(100, 1)}}, {{"a", Noise(100, 2)}}, {});
  ASSERT_EQ(comparisons.size(), 1u);
  EXPECT_EQ(comparisons[0].outcome, Outcome::kNoChange);
  EXPECT_TRUE(absl::StrContains(FormatComparisons(comparisons), "no change"));
}

TEST(CompareTest, SlowerAndFasterAreTold) {
  const auto comparisons =
      Compare({{"a", Noise(100, 1)}, {"b", Noise(100, 1)}},
              {{"b", Noise(90, 2)}, {"a", Noise(110, 2)}}, {});
  ASSERT_EQ(comparisons.size(), 2u);
  EXPECT_EQ(comparisons[0].outcome, Outcome::kSlower);
  EXPECT_NEAR(comparisons[0].ratio(), 1.1, 0.01);
  EXPECT_EQ(comparisons[1].outcome, Outcome::kFaster);
  const std::string text = FormatComparisons(comparisons);
  EXPECT_TRUE(absl::StrContains(text, "SLOWER"));
  EXPECT_TRUE(absl::StrContains(text, "2 paths: 1 slower, 1 faster, 0 no"));
}

// Sure, but too small to care for.
TEST(CompareTest, ASmallDifferenceDoesNotCount) {
  std::vector<double> olds, news;
  for (int i = 0; i < 40; ++i) {
    olds.push_back(100 + i * 0.001);
    news.push_back(101 + i * 0.001);
  }
  const auto comparisons = Compare({{"a", olds}}, {{"a", news}}, {});
  EXPECT_LT(comparisons[0].adjusted_p, 1e-9);
  EXPECT_EQ(comparisons[0].outcome, Outcome::kNoChange);
  const auto strict =
      Compare({{"a", olds}}, {{"a", news}}, {.difference = 0.005});
  EXPECT_EQ(strict[0].outcome, Outcome::kSlower);
}

// One in a hundred is no alarm where a hundred were asked.
TEST(CompareTest, ManyPathsMakeNoFalseAlarm) {
  const std::vector<double> low = {100, 101, 102, 103, 104};
  const std::vector<double> high = {110, 111, 112, 113, 114};  // p = 0.0079
  EXPECT_EQ(Compare({{"a", low}}, {{"a", high}}, {})[0].outcome,
            Outcome::kSlower);
  std::vector<Samples> olds = {{"a", low}}, news = {{"a", high}};
  for (int i = 0; i < 50; ++i) {
    olds.push_back({absl::StrCat("p", i), Noise(100, i)});
    news.push_back({absl::StrCat("p", i), Noise(100, i + 7)});
  }
  for (const Comparison& each : Compare(olds, news, {})) {
    EXPECT_EQ(each.outcome, Outcome::kNoChange) << each.path;
  }
}

TEST(CompareTest, ReportsAreRead) {
  const auto one = ReadSamples({ReportOf({{"a", {1, 2, 3}}, {"b", {4}}})});
  ASSERT_TRUE(one.ok()) << one.status();
  ASSERT_EQ(one->size(), 2u);
  EXPECT_EQ((*one)[0].nanos, (std::vector<double>{1, 2, 3}));
  // Of several, a median each, of the paths that all have.
  const auto three = ReadSamples({ReportOf({{"a", {1, 2, 9}}, {"b", {4}}}),
                                  ReportOf({{"a", {3}}, {"c", {4}}}),
                                  ReportOf({{"c", {1}}, {"a", {5, 5}}})});
  ASSERT_TRUE(three.ok()) << three.status();
  ASSERT_EQ(three->size(), 1u);
  EXPECT_EQ((*three)[0].path, "a");
  EXPECT_EQ((*three)[0].nanos, (std::vector<double>{2, 3, 5}));
}

TEST(CompareTest, WhatIsNoReportIsRefused) {
  for (const std::string text :
       {"", "[]", "{}", R"({"paths":1})", R"({"paths":[]})",
        R"({"paths":[{"path":"a"}]})",
        R"({"paths":[{"path":"a","rounds":[]}]})",
        R"({"paths":[{"path":"a","rounds":[0]}]})",
        R"({"paths":[{"path":"a","rounds":["1"]}]})",
        R"({"paths":[{"path":1,"rounds":[1]}]})"}) {
    EXPECT_FALSE(ReadSamples({text}).ok()) << text;
  }
  EXPECT_FALSE(
      ReadSamples({ReportOf({{"a", {1}}}), ReportOf({{"b", {1}}})}).ok());
}

TEST(CompareTest, PathsOfOneSideAreLeftOut) {
  EXPECT_TRUE(Compare({{"a", {1}}}, {{"b", {1}}}, {}).empty());
}

}  // namespace
}  // namespace tollgate::bench
