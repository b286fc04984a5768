// Reads the stacks of a recording from what `perf script` prints.
//
// Thread-safety: functions without state. Ownership: all that is returned owns
// its text. Cost: some microseconds a sample. Errors: none; what can not be
// read as a sample is left out.

#ifndef TOLLGATE_BENCH_PROFILE_PERF_SCRIPT_H_
#define TOLLGATE_BENCH_PROFILE_PERF_SCRIPT_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::bench {

// Bounds the height of a graph. The innermost frames of a stack that is deeper
// are one frame, kFramesLeftOut.
inline constexpr size_t kFramesMax = 512;
inline constexpr std::string_view kFramesLeftOut = "…";

struct FoldedStack {
  std::vector<std::string> frames;  // root first
  uint64_t samples = 0;

  bool operator==(const FoldedStack&) const = default;
};

// Reads what `perf script` prints of a recording with call graphs. The root of
// each stack is the name of the thread; a sample whose stack could not be read
// is the root alone. Inlined functions are frames like others. Stacks differ
// from each other and are in the order of their frames' bytes.
std::vector<FoldedStack> ReadPerfScript(std::istream& input);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_PROFILE_PERF_SCRIPT_H_
