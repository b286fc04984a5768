// Draws a flame graph of what `perf script` printed.
//
//   flame_graph TITLE [SUBTITLE] < perf-script.txt > graph.svg
//
// Exit status: 0 drawn, 2 usage, 4 no samples or no output.

#include <iostream>
#include <string_view>
#include <vector>

#include "bench/profile/flame_graph.h"

namespace tollgate::bench {
namespace {

constexpr int kUsage = 2;
constexpr int kNoInputOrOutput = 4;

int Draw(std::string_view title, std::string_view subtitle) {
  const std::vector<FoldedStack> stacks = ReadPerfScript(std::cin);
  if (stacks.empty()) {
    std::cerr << "flame_graph: no samples in the input\n";
    return kNoInputOrOutput;
  }
  std::cout << FlameGraphSvg(stacks, title, subtitle) << std::flush;
  if (std::cout) return 0;
  std::cerr << "flame_graph: the graph could not be written\n";
  return kNoInputOrOutput;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: flame_graph TITLE [SUBTITLE] < perf-script.txt "
                 "> graph.svg\n";
    return tollgate::bench::kUsage;
  }
  std::ios::sync_with_stdio(false);
  return tollgate::bench::Draw(argv[1], argc == 3 ? argv[2] : "");
}
