// Where the time of a profile goes, as a picture: stacks read from
// `perf script`, and a flame graph of them as one SVG file.
//
//   const std::vector<FoldedStack> stacks = ReadPerfScript(std::cin);
//   std::cout << FlameGraphSvg(stacks, "jwt/known", "5 s, two threads");
//
// Each box is a function, as wide as its share of all samples; below it is what
// it called, and the first row is all of it. The file needs nothing beside it.
// A browser shows the whole of a name as a tooltip, and, with scripts on,
// widens the box that is clicked and marks what is searched for.
// `tools/profile` makes one; to compare two profiles, compare their tables, not
// their pictures.
//
// Thread-safety: functions without state. Ownership: all that is returned owns
// its text. Cost: of memory, one text for each frame of each distinct stack; of
// time, some microseconds a sample. Not for a hot path. Errors: none; what can
// not be read as a sample is left out, and nothing gives a graph that says so.

#ifndef TOLLGATE_BENCH_PROFILE_FLAME_GRAPH_H_
#define TOLLGATE_BENCH_PROFILE_FLAME_GRAPH_H_

#include <string>
#include <string_view>
#include <vector>

#include "bench/profile/perf_script.h"

namespace tollgate::bench {

// Draws `stacks`, which need not differ from each other. The same stacks give
// the same bytes.
std::string FlameGraphSvg(const std::vector<FoldedStack>& stacks,
                          std::string_view title, std::string_view subtitle);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_PROFILE_FLAME_GRAPH_H_
