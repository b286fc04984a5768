#include "bench/report/report.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/report/chart.h"
#include "engine/json/reader.h"
#include "gtest/gtest.h"

namespace tollgate::bench {
namespace {

PathFigures PathOf(std::string name, double nanos) {
  PathFigures path;
  path.name = std::move(name);
  path.meaning = "good & <known>";
  path.nanos = {nanos, nanos - 1, nanos + 1};
  path.rounds = {nanos - 1, nanos, nanos + 1};
  path.latency = Percentiles{10, 20, 30, 40, 50, 60};
  path.open_loop = OpenLoop{5e6, {11, 21, 31, 41, 51, 61}};
  path.floor = {{"primitive/clock_read", 15.5}};
  path.floor_ratio = {8, 7.5, 8.5};
  path.stages = {{"extract", 20}, {"verify", 30}};
  return path;
}

Report Whole() {
  Report report;
  report.machine.processor = "A \"Processor\"";
  report.command = "bench --table";
  report.claims = {
      {.text = "a < b", .required = 2, .measured = {1.5, 1, 3}, .unit = "x"}};
  report.paths = {PathOf("api_key/known", 124.0), PathOf("jwt/known", 321.0)};
  report.scaling = {{"api_key/known", {{1, {124, 1, 1}}, {2, {63, 1, 1}}}}};
  report.peers = {{"find", {{"ours", {10, 9, 11}, true}, {"x", {30, 29, 31}}}}};
  report.figures = {{"a case", {77, 76, 78}}};
  report.CostOf("api_key").credential_bytes = 96.5;
  report.notes = {"a note"};
  return report;
}

TEST(ReportTest, HtmlLoadsNothing) {
  const std::string html = FormatHtml(Whole(), "report.json");
  for (const std::string_view foreign :
       {"<script", "<link", "@import", "url(", "src=", "https:"}) {
    EXPECT_FALSE(absl::StrContains(html, foreign)) << foreign;
  }
  EXPECT_TRUE(absl::StrContains(html, "href=\"report.json\""));
  EXPECT_TRUE(absl::StrContains(html, "prefers-color-scheme: dark"));
  EXPECT_TRUE(absl::StrContains(html, "@media print"));
}

TEST(ReportTest, HtmlEscapesWhatItIsGiven) {
  const std::string html = FormatHtml(Whole(), "a\"b.json");
  EXPECT_FALSE(absl::StrContains(html, "<known>"));
  EXPECT_TRUE(absl::StrContains(html, "good &amp; &lt;known&gt;"));
  EXPECT_TRUE(absl::StrContains(html, "a &lt; b"));
  EXPECT_TRUE(absl::StrContains(html, "A &quot;Processor&quot;"));
  EXPECT_TRUE(absl::StrContains(html, "href=\"a&quot;b.json\""));
}

TEST(ReportTest, HtmlHasEverySection) {
  const std::string html = FormatHtml(Whole(), "report.json");
  for (const std::string_view part :
       {"api_key/known", "Where the time goes", "The floor", "8.00x",
        "clock_read 15.5", "Latency at half load", "Scaling", "Beside others",
        "3.00x", "Claims", "1.50", "borderline", "bytes a credential", "96.5",
        "a note", "bench --table", "a case"}) {
    EXPECT_TRUE(absl::StrContains(html, part)) << part;
  }
}

TEST(ReportTest, SectionsOfNothingAreLeftOut) {
  const std::string html = FormatHtml(Report(), "report.json");
  for (const std::string_view part : {"<svg", "The floor", "Beside others"}) {
    EXPECT_FALSE(absl::StrContains(html, part)) << part;
  }
}

TEST(ReportTest, JsonHasTheRounds) {
  const std::string json = FormatJson(Whole());
  JsonReader reader({});
  const auto root = reader.ParseObject(json);
  ASSERT_TRUE(root.ok()) << root.status();
  const JsonArray paths = *root->Get("paths")->Array();
  EXPECT_EQ(paths.size(), 2u);
  const JsonObject path = *(*paths.begin()).Object();
  EXPECT_EQ(*path.Get("path")->String(), "api_key/known");
  EXPECT_EQ(path.Get("rounds")->Array()->size(), 3u);
  EXPECT_TRUE(path.Get("counters")->is_null());
  EXPECT_EQ(*path.Get("latency_ns")->Object()->Get("p99_9")->Number(), 40);
  EXPECT_EQ(*path.Get("open_loop")->Object()->Get("max")->Number(), 61);
}

TEST(ReportTest, TextAndMarkdownNameEveryPath) {
  for (const std::string& text :
       {FormatText(Whole()), FormatMarkdown(Whole())}) {
    EXPECT_TRUE(absl::StrContains(text, "api_key/known")) << text;
    EXPECT_TRUE(absl::StrContains(text, "jwt/known")) << text;
    EXPECT_TRUE(absl::StrContains(text, "124")) << text;
  }
}

TEST(ChartTest, NumbersAreShort) {
  EXPECT_EQ(ShortNumber(0), "0");
  EXPECT_EQ(ShortNumber(1.5), "1.5");
  EXPECT_EQ(ShortNumber(123.4), "123");
  EXPECT_EQ(ShortNumber(999.7), "1 k");
  EXPECT_EQ(ShortNumber(12'345'678), "12.3 M");
  EXPECT_EQ(ShortNumber(2e9), "2 G");
}

TEST(ChartTest, OfNothingIsNothing) {
  EXPECT_EQ(BarChart("t", {}), "");
  EXPECT_EQ(LineChart("t", {}, {}, {}), "");
  EXPECT_EQ(LineChart("t", {}, {}, {{"empty", {}}}), "");
}

TEST(ChartTest, SeriesKeepTheirNamesAndPlaces) {
  const std::string svg =
      LineChart("two", {"x", false, {}}, {"y", false, {}},
                {{"<a>", {{1, 10}, {2, 20}}}, {"b", {{1, 20}, {2, 20}}}});
  EXPECT_TRUE(absl::StrContains(svg, "&lt;a&gt;"));
  EXPECT_TRUE(absl::StrContains(svg, "class=\"s0 line\""));
  EXPECT_TRUE(absl::StrContains(svg, "class=\"s1 line\""));
  EXPECT_FALSE(absl::StrContains(svg, "nan"));
  EXPECT_FALSE(absl::StrContains(svg, "inf"));
}

}  // namespace
}  // namespace tollgate::bench
