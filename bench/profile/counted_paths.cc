// Runs paths so that a simulator can count their instructions; see
// tools/count_instructions.
//
//   counted_paths NAME...
//
// For each name in turn, CountedRun is entered once, for kCountedCalls calls of
// a path that is warm. Prints kCountedCalls. Exit status: 0, or 2 usage.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "bench/paths/path.h"
#include "bench/paths/world.h"

namespace tollgate::bench {

constexpr int64_t kCountedCalls = 200;

// Enough for each key to come several times: it is known then.
constexpr int64_t kWarmingCalls = 4000;

// Few credentials: instructions, unlike time, do not depend on where they are.
constexpr PathWorld::Options kSmallWorld = {.keys = 500,
                                            .tokens = 200,
                                            .chains = 50,
                                            .tools = 20,
                                            .first_tokens = 20,
                                            .first_chains = 10,
                                            .sequence = 1024};

// A name that the simulator is told; nothing is inlined into it or it into
// anything.
extern "C" __attribute__((noinline)) void CountedRun(Loop* loop) {
  loop->Run(kCountedCalls);
}

namespace {

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: counted_paths NAME...\n", stderr);
    return 2;
  }
  PathWorld world(kSmallWorld);
  for (int i = 1; i < argc; ++i) {
    const std::vector<Path> paths = PathsNamed(argv[i]);
    if (paths.size() != 1) {
      std::fprintf(stderr, "no path is named %s\n", argv[i]);
      return 2;
    }
    const std::unique_ptr<Loop> loop = paths[0].make(world, 0);
    loop->Run(kWarmingCalls);
    CountedRun(loop.get());
  }
  std::printf("%lld\n", static_cast<long long>(kCountedCalls));
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) { return tollgate::bench::Main(argc, argv); }
