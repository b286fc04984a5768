#include "bench/profile/flame_graph.h"

#include <cstddef>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/profile/perf_script.h"
#include "bench/profile/short_name.h"
#include "gtest/gtest.h"

namespace tollgate::bench {

void PrintTo(const FoldedStack& stack, std::ostream* out) {
  for (const std::string& frame : stack.frames) *out << frame << ';';
  *out << ' ' << stack.samples;
}

namespace {

using Stacks = std::vector<FoldedStack>;

Stacks Read(const std::string& text) {
  std::istringstream input(text);
  return ReadPerfScript(input);
}

// Reads one sample with one line, `frame`, in its stack, and returns the name
// of it.
std::string ReadFrame(const std::string& frame) {
  const Stacks stacks = Read("a 1 2.5: 9 cycles: \n" + frame + "\n\n");
  if (stacks.size() != 1) return "not one stack";
  if (stacks[0].frames.size() != 2) return "not one frame";
  return stacks[0].frames[1];
}

size_t CountOf(std::string_view part, std::string_view text) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// What lies between `before` and `after`, behind position `at` of `text`;
// moves `at` behind it. Empty when there is no more.
std::string_view NextBetween(std::string_view before, std::string_view after,
                             std::string_view text, size_t& at) {
  at = text.find(before, at);
  if (at == text.npos) return {};
  const size_t begin = at + before.size();
  at = text.find(after, begin);
  return text.substr(begin, at - begin);
}

struct Box {
  std::string name;
  double x;      // percent
  double width;  // percent
  int y;
};

// The boxes of a graph, each with the whole of its name.
std::vector<Box> BoxesOf(const std::string& svg) {
  std::vector<Box> boxes;
  size_t at = 0;
  while (true) {
    const auto name = NextBetween("<g class=\"frame\"><title>", "\n", svg, at);
    if (name.empty()) return boxes;
    const auto x = NextBetween(" x=\"", "%", svg, at);
    const auto y = NextBetween(" y=\"", "\"", svg, at);
    const auto width = NextBetween(" width=\"", "%", svg, at);
    boxes.push_back({std::string(name), std::stod(std::string(x)),
                     std::stod(std::string(width)), std::stoi(std::string(y))});
  }
}

std::map<int, double> WidthsByRow(const std::vector<Box>& boxes) {
  std::map<int, double> widths;
  for (const Box& box : boxes) widths[box.y] += box.width;
  return widths;
}

// As perf 6.1 prints a recording with `--call-graph dwarf`.
constexpr char kRecording[] =
    "tollgate 30574  2120.303985:     250000 cpu-clock: \n"
    "\t            3126 tollgate::Extractor::Extract+0x46 (/usr/bin/gateway)\n"
    "\t            38e4 operator()+0x74 (inlined)\n"
    "\t            38e4 __invoke_impl<void, main(int, char**)::<lambda()> "
    ">+0x74 (inlined)\n"
    "\t            38e4 tollgate::bench::(anonymous namespace)::Run+0x74 "
    "(/usr/bin/gateway)\n"
    "\t           d44a2 [unknown] (/usr/lib/libstdc++.so.6.0.30)\n"
    "\t          1098eb clone3+0x2b (/usr/lib/libc.so.6)\n"
    "\n"
    "tollgate 30574  2120.304234:     250000 cpu-clock: \n"
    "\t            3130 tollgate::Extractor::Extract+0x50 (/usr/bin/gateway)\n"
    "\t            38e5 operator()+0x75 (inlined)\n"
    "\t            38e5 __invoke_impl<void, main(int, char**)::<lambda()> "
    ">+0x75 (inlined)\n"
    "\t            38e5 tollgate::bench::(anonymous namespace)::Run+0x75 "
    "(/usr/bin/gateway)\n"
    "\t           d44a2 [unknown] (/usr/lib/libstdc++.so.6.0.30)\n"
    "\t          1098eb clone3+0x2b (/usr/lib/libc.so.6)\n"
    "\n"
    "audit writer 30575  2120.304484:     250000 cpu-clock: \n"
    "\tffffffff8140070c __rcu_read_lock+0x1c ([kernel.kallsyms])\n"
    "\tffffffff81000130 entry_SYSCALL_64_after_hwframe+0x76 "
    "([kernel.kallsyms])\n"
    "\t           20ca3 __write+0x13 (/usr/lib/libc.so.6 (deleted))\n"
    "\t    7f0012345678 [unknown] ([unknown])\n"
    "\n"
    "tollgate 30574  2120.304734:     250000 cpu-clock: \n"
    "\n";

TEST(ReadPerfScriptTest, FoldsARecording) {
  const Stacks expected = {
      {{"audit writer", "[unknown]", "__write",
        "entry_SYSCALL_64_after_hwframe", "__rcu_read_lock"},
       1},
      {{"tollgate"}, 1},
      {{"tollgate", "clone3", "[unknown]",
        "tollgate::bench::(anonymous namespace)::Run",
        "__invoke_impl<void, main(int, char**)::<lambda()> >", "operator()",
        "tollgate::Extractor::Extract"},
       2},
  };
  EXPECT_EQ(Read(kRecording), expected);
}

TEST(ReadPerfScriptTest, ReadsNothingFromNothing) {
  EXPECT_EQ(Read(""), Stacks());
  EXPECT_EQ(Read("\n\n\n"), Stacks());
}

TEST(ReadPerfScriptTest, LeavesOutWhatIsNoSample) {
  const Stacks expected = {{{"a", "main"}, 1}};
  for (const char* text : {
           "# on: a Monday\n\na 1 2.5: cycles: \n\t 3f main+0x1 (/b)\n\n",
           "a 1 2.5: cycles: \n\t 3f main+0x1 (/b)\n\nlost 1\n\t 3f f (/b)\n",
           "a 1 2.5: cycles: \n\t 3f main+0x1 (/b)\nCheck the load!\n\n",
           "a 1 2.5: cycles: \n\tmain.cc:12\n\t 3f main+0x1 (/b)\n\t 3f\n",
           "\t 3f lost+0x1 (/b)\n\na 1 2.5: cycles: \n\t 3f main+0x1 (/b)",
           "a 1 2.5: cycles: \r\n\t 3f main+0x1 (/b)\r\n\r\n",
       }) {
    EXPECT_EQ(Read(text), expected) << text;
  }
}

TEST(ReadPerfScriptTest, BeginsASampleWithoutAnEmptyLineBefore) {
  const Stacks expected = {{{"a", "main"}, 2}};
  EXPECT_EQ(Read("a 1 2.5: cycles: \n\t 3f main+0x1 (/b)\n"
                 "a 1 2.6: cycles: \n\t 3f main+0x1 (/b)\n"),
            expected);
}

TEST(ReadPerfScriptTest, ReadsTheNameOfTheThread) {
  const std::pair<const char*, const char*> cases[] = {
      {"bench 7 1.5:  250000 cpu-clock: ", "bench"},
      {"bench 7/8 1.5: cpu-clock: ", "bench"},
      {"bench 7 [003] 1.5:  1 cycles:u: ", "bench"},
      {"   bench   7  1.5:  1 cycles: ", "bench"},
      {"my bench 7 1.5:  1 cycles: ", "my bench"},
      {"worker 12 7 1.5:  1 cycles: ", "worker 12"},
      {"kworker/0:1H-kb 7 1.5:  1 cycles: ", "kworker/0:1H-kb"},
      {"v1.5: 7 1.5:  1 cycles: ", "v1.5:"},
  };
  for (const auto& [line, name] : cases) {
    const Stacks expected = {{{name}, 1}};
    EXPECT_EQ(Read(std::string(line) + "\n\n"), expected) << line;
  }
}

TEST(ReadPerfScriptTest, CutsOffsetAndObjectOffTheSymbol) {
  const std::pair<const char*, const char*> cases[] = {
      {"\t 3f main+0x1 (/bin/b)", "main"},
      {"\t 3f main+0x1", "main"},
      {"\t 3f main", "main"},
      {"\t 3f main (/bin/b)", "main"},
      {"\t 3f main (inlined)", "main"},
      {"\t 3f f(int) const+0x1 (/my bin/b (deleted))", "f(int) const"},
      {"\t 3f f(void (*)(int))", "f(void (*)(int))"},
      {"\t 3f operator new(unsigned long)", "operator new(unsigned long)"},
      {"\t 3f n::operator+(int)+0xa (/b)", "n::operator+(int)"},
      {"\t 3f [unknown] (/bin/b)", "[unknown]"},
      {"\t 3f [unknown] ([unknown])", "[unknown]"},
      {"\t 3f [unknown]", "[unknown]"},
      {"\t 3f __vdso_clock_gettime+0x1 ([vdso])", "__vdso_clock_gettime"},
  };
  for (const auto& [line, name] : cases) {
    EXPECT_EQ(ReadFrame(line), name) << line;
  }
}

TEST(ReadPerfScriptTest, KeepsTheRootOfAStackTooDeep) {
  std::string text = "a 1 2.5: cycles: \n";
  for (size_t i = 0; i < 2 * kFramesMax; ++i) {
    text += "\t 3f f" + std::to_string(i) + "+0x1 (/b)\n";
  }
  const Stacks stacks = Read(text);
  ASSERT_EQ(stacks.size(), 1u);
  const std::vector<std::string>& frames = stacks[0].frames;
  ASSERT_EQ(frames.size(), kFramesMax);
  EXPECT_EQ(frames[0], "a");
  EXPECT_EQ(frames[1], "f" + std::to_string(2 * kFramesMax - 1));
  EXPECT_EQ(frames.back(), kFramesLeftOut);
}

TEST(ReadPerfScriptTest, KeepsAStackThatIsJustNotTooDeep) {
  std::string text = "a 1 2.5: cycles: \n";
  for (size_t i = 1; i < kFramesMax; ++i) text += "\t 3f f+0x1 (/b)\n";
  const Stacks stacks = Read(text);
  ASSERT_EQ(stacks.size(), 1u);
  EXPECT_EQ(stacks[0].frames.size(), kFramesMax);
  EXPECT_EQ(stacks[0].frames.back(), "f");
}

TEST(FlameGraphSvgTest, GivesEachFrameItsShareOfAllSamples) {
  const std::vector<Box> boxes = BoxesOf(
      FlameGraphSvg({{{"a", "b"}, 1}, {{"a", "c"}, 2}, {{"d"}, 5}}, "", ""));
  const std::map<std::string, std::pair<double, double>> expected = {
      {"all", {0, 100}},
      {"a", {0, 37.5}},
      {"b", {0, 12.5}},
      {"c", {12.5, 25}},
      {"d", {37.5, 62.5}}};
  ASSERT_EQ(boxes.size(), expected.size());
  for (const Box& box : boxes) {
    const auto found = expected.find(box.name);
    ASSERT_NE(found, expected.end()) << box.name;
    EXPECT_NEAR(box.x, found->second.first, 1e-4) << box.name;
    EXPECT_NEAR(box.width, found->second.second, 1e-4) << box.name;
  }
}

TEST(FlameGraphSvgTest, WidthsOfARowAddUpToTheWhole) {
  Stacks stacks;
  for (size_t i = 0; i < 97; ++i) {
    stacks.push_back(
        {{"p" + std::to_string(i % 7), "f" + std::to_string(i)}, i % 13 + 1});
  }
  const auto widths = WidthsByRow(BoxesOf(FlameGraphSvg(stacks, "", "")));
  EXPECT_EQ(widths.size(), 3u);
  for (const auto& [row, width] : widths) {
    EXPECT_NEAR(width, 100, 97 * 0.5e-4) << row;
  }
}

TEST(FlameGraphSvgTest, AddsEqualStacksUp) {
  const Stacks one = {{{"a", "b"}, 3}};
  const Stacks two = {{{"a", "b"}, 1}, {{"a", "b"}, 2}};
  EXPECT_EQ(FlameGraphSvg(one, "t", "s"), FlameGraphSvg(two, "t", "s"));
}

TEST(FlameGraphSvgTest, DependsNotOnTheOrderOfStacks) {
  const Stacks one = {{{"a", "b"}, 3}, {{"c"}, 1}};
  const Stacks two = {{{"c"}, 1}, {{"a", "b"}, 3}};
  EXPECT_EQ(FlameGraphSvg(one, "t", "s"), FlameGraphSvg(two, "t", "s"));
}

TEST(FlameGraphSvgTest, SaysHowManySamplesAFrameHas) {
  const std::string svg = FlameGraphSvg({{{"a"}, 1}, {{"b"}, 2}}, "", "");
  EXPECT_NE(svg.find("<title>a\n1 samples, 33.33 %</title>"), svg.npos) << svg;
}

TEST(FlameGraphSvgTest, LeavesOutWhatIsTooNarrowToSee) {
  const std::string svg =
      FlameGraphSvg({{{"wide"}, 100'000}, {{"narrow", "child"}, 1}}, "", "");
  EXPECT_NE(svg.find("wide"), svg.npos);
  EXPECT_EQ(svg.find("narrow"), svg.npos);
  EXPECT_EQ(svg.find("child"), svg.npos);
}

TEST(FlameGraphSvgTest, EscapesNamesAndHeadings) {
  const std::string svg =
      FlameGraphSvg({{{"f<int> & \"g\" 'h'"}, 1}}, "<title & \"one\">", "'&'");
  EXPECT_NE(svg.find("f&lt;int&gt; &amp; &quot;g&quot; &#39;h&#39;"), svg.npos);
  EXPECT_NE(svg.find("&lt;title &amp; &quot;one&quot;&gt;"), svg.npos);
  EXPECT_NE(svg.find("&#39;&amp;&#39;"), svg.npos);
  EXPECT_EQ(svg.find("<int>"), svg.npos);
  EXPECT_EQ(svg.find("<title &"), svg.npos);
}

TEST(FlameGraphSvgTest, ReplacesWhatXmlCanNotHold) {
  const std::pair<std::string, std::string> cases[] = {
      {"a\x01z", "a?z"},
      {std::string("a\0z", 3), "a?z"},
      {"a\x7fz", "a?z"},
      {"a\x80z", "a?z"},
      {"a\xc0\x80z", "a??z"},            // two bytes for what fits into one
      {"a\xed\xa0\x80z", "a???z"},       // half of a surrogate pair
      {"a\xef\xbf\xbez", "a???z"},       // U+FFFE
      {"a\xf4\x90\x80\x80z", "a????z"},  // beyond the last character
      {"a\xe2\x82", "a??"},
      {"a\u00e9\u20ac\U0001f600z", "a\u00e9\u20ac\U0001f600z"},
  };
  for (const auto& [name, shown] : cases) {
    const std::vector<Box> boxes =
        BoxesOf(FlameGraphSvg({{{name}, 1}}, "", ""));
    ASSERT_EQ(boxes.size(), 2u) << shown;
    EXPECT_EQ(boxes[1].name, shown);
  }
}

TEST(FlameGraphSvgTest, CutsAStackTooDeep) {
  const std::vector<std::string> deep(10 * kFramesMax, "f");
  const std::vector<Box> boxes = BoxesOf(FlameGraphSvg({{deep, 1}}, "", ""));
  ASSERT_EQ(boxes.size(), kFramesMax + 1);  // and "all"
  EXPECT_EQ(boxes.back().name, kFramesLeftOut);
  EXPECT_EQ(boxes[boxes.size() - 2].name, "f");
}

TEST(FlameGraphSvgTest, DrawsNoSamples) {
  for (const Stacks& stacks : {Stacks(), Stacks{{{"a"}, 0}}}) {
    const std::string svg = FlameGraphSvg(stacks, "title", "");
    EXPECT_NE(svg.find("no samples"), svg.npos);
    EXPECT_EQ(svg.find("nan"), svg.npos);
    EXPECT_EQ(CountOf("<svg", svg), 1u);
    EXPECT_EQ(CountOf("</svg>", svg), 1u);
  }
}

TEST(FlameGraphSvgTest, ShowsTheShareOfAStackWithoutFrames) {
  const std::vector<Box> boxes =
      BoxesOf(FlameGraphSvg({{{}, 1}, {{"a"}, 1}}, "", ""));
  ASSERT_EQ(boxes.size(), 2u);
  EXPECT_NEAR(boxes[0].width, 100, 1e-4);
  EXPECT_NEAR(boxes[1].width, 50, 1e-4);
}

TEST(FlameGraphSvgTest, NeedsNothingFromElsewhere) {
  const std::string svg = FlameGraphSvg({{{"a"}, 1}}, "title", "subtitle");
  // Names of XML's vocabularies are no addresses to fetch from.
  EXPECT_EQ(CountOf("http", svg), CountOf("http://www.w3.org/", svg));
  EXPECT_EQ(svg.find("href"), svg.npos);
  EXPECT_EQ(svg.find("url("), svg.npos);
  EXPECT_EQ(svg.find("@import"), svg.npos);
  EXPECT_NE(svg.find("prefers-color-scheme"), svg.npos);
}

TEST(ShortNameTest, DropsWhatDoesNotFitIntoABox) {
  const std::pair<const char*, const char*> cases[] = {
      {"main", "main"},
      {"[unknown]", "[unknown]"},
      {"all", "all"},
      {"…", "…"},
      {"", ""},
      {"audit writer", "audit writer"},
      {"(sd-pam)", "(sd-pam)"},
      {"entry_SYSCALL_64_after_hwframe", "entry_SYSCALL_64_after_hwframe"},
      {"vms_clear_ptes.part.0", "vms_clear_ptes.part.0"},
      {"tollgate::Validator::Open(std::string_view)", "Validator::Open"},
      {"tollgate::bench::(anonymous namespace)::Run", "bench::Run"},
      {"tollgate::Shard<Record<int>, 8>::Find(Id) const", "Shard::Find"},
      {"void n::Each<int>(std::function<void (int)>)", "n::Each"},
      {"std::vector<int, std::allocator<int> >::push_back(int&&)",
       "std::vector::push_back"},
      {"n::Wide<(n::Kind)1, (3 > 2)>::Call()", "n::Wide::Call"},
      {"n::Call<decltype(f()->g())>(int)", "n::Call"},
      {"n::Gate::operator()(char) const", "n::Gate::operator()"},
      {"n::Gate::operator()", "n::Gate::operator()"},
      {"bool n::operator==<int>(n::Box<int> const&)", "n::operator=="},
      {"bool n::operator< <int>(n::Box<int> const&)", "n::operator<"},
      {"n::operator<<(std::ostream&, int)", "n::operator<<"},
      {"n::Pointer<int>::operator->() const", "n::Pointer::operator->"},
      {"n::Box::operator unsigned long() const",
       "n::Box::operator unsigned long"},
      {"operator new(unsigned long)", "operator new"},
      {"operator new", "operator new"},
      {"operators::Use(int)", "operators::Use"},
      {"main::{lambda(int)#1}::operator()(int) const",
       "main::{lambda#1}::operator()"},
      {"n::F(int) const::{lambda()#2}::operator()() const",
       "n::F::{lambda#2}::operator()"},
      {"main(int, char**)::<lambda(int)>", "main::<lambda>"},
      {"__invoke_impl<void, main(int, char**)::<lambda()> >", "__invoke_impl"},
      {"n::Text[abi:cxx11](int)", "n::Text"},
      {"n::Slow(int) [clone .cold]", "n::Slow"},
      {"memcpy [clone .part.0]", "memcpy"},
      {"decltype (f()) n::G<int>(int)", "n::G"},
  };
  for (const auto& [name, expected] : cases) {
    EXPECT_EQ(ShortName(name), expected) << name;
  }
}

TEST(ShortNameTest, KeepsWhatIsNotBalanced) {
  const std::pair<const char*, const char*> cases[] = {
      {"f<int", "f<int"}, {"f(int", "f(int"},
      {"f[abi", "f[abi"}, {"f>", "f>"},
      {"f)", "f)"},       {"f}", "f}"},
      {"f{(", "f{("},     {"operator", "operator"},
      {"<", "<"},         {"f<(", "f<("},
  };
  for (const auto& [name, expected] : cases) {
    EXPECT_EQ(ShortName(name), expected) << name;
  }
}

TEST(FlameGraphSvgTest, ShowsTheShortNameAndTellsTheLongOne) {
  const std::string svg = FlameGraphSvg({{{"n::Each<int>(char)"}, 1}}, "", "");
  EXPECT_NE(svg.find("<title>n::Each&lt;int&gt;(char)\n"), svg.npos);
  EXPECT_NE(svg.find(">n::Each</text>"), svg.npos);
}

}  // namespace
}  // namespace tollgate::bench
