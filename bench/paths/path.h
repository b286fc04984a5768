// A path: one way that a credential takes through the engine, or a primitive
// that such a way can not do without, as a call to repeat.
//
// One list of them (AllPaths) is what the report measures, what
// `tools/profile` runs and whose instructions are counted by a test, so that
// all three speak of the same work.
//
//   PathWorld world({.keys = 10'000});
//   for (const Path& path : AllPaths()) {
//     std::unique_ptr<Loop> loop = path.make(world, /*thread=*/0);
//     loop->Run(1000);
//   }
//
// Every call presents another credential, in random order, and checks that the
// decision is the one that the path is about. Calls of an engine read the
// clock.
//
// Thread-safety: make them on one thread; a loop then belongs to one.
// Ownership: loops borrow the world. Cost: of making, what its credentials
// cost, once for each world.

#ifndef TOLLGATE_BENCH_PATHS_PATH_H_
#define TOLLGATE_BENCH_PATHS_PATH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/cacheline.h"
#include "engine/explanation.h"

namespace tollgate::bench {

class PathWorld;

class Loop {
 public:
  virtual ~Loop() = default;
  virtual void Call() = 0;
  // As many calls, without a virtual one for each.
  virtual void Run(int64_t calls) = 0;
  // One call that says which stages it went through; false: it can not.
  virtual bool Explain(Explanation& explanation) = 0;
};

// A loop of anything with a Call().
template <typename Op>
class alignas(kContendedBytes) LoopOf final : public Loop {
 public:
  template <typename... Args>
  explicit LoopOf(Args&&... args) : op_(std::forward<Args>(args)...) {}

  void Call() override { op_.Call(); }
  void Run(int64_t calls) override {
    for (int64_t i = 0; i < calls; ++i) op_.Call();
  }
  bool Explain(Explanation& explanation) override {
    if constexpr (requires { op_.Explain(explanation); }) {
      op_.Explain(explanation);
      return true;
    }
    return false;
  }

 private:
  Op op_;
};

struct Path {
  std::string name;  // "api_key/known": strategy and case
  std::string meaning;
  // Names of the primitives whose sum is its floor; empty: it has none.
  std::vector<std::string> floor;
  // Which thread it is for: 0, or further ones beside it.
  std::function<std::unique_ptr<Loop>(PathWorld& world, size_t thread)> make;

  std::string_view strategy() const {
    return std::string_view(name).substr(0, name.find('/'));
  }
};

// In the order of a report; primitives last.
std::vector<Path> AllPaths();

// Those named `name`, or of the strategy `name`.
std::vector<Path> PathsNamed(std::string_view name);

// The parts, one file each.
std::vector<Path> ApiKeyPaths();
std::vector<Path> JwtPaths();
std::vector<Path> MtlsPaths();
std::vector<Path> ToolPaths();
std::vector<Path> PrimitivePaths();

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_PATHS_PATH_H_
