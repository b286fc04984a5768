// What the measurements of a table share: how much time there is, and the
// engines, each made when first needed.
//
// Thread-safety: one thread.

#ifndef TOLLGATE_BENCH_CLAIMS_CONTEXT_H_
#define TOLLGATE_BENCH_CLAIMS_CONTEXT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/attributes.h"
#include "bench/baseline/plain_gate.h"
#include "bench/report/report.h"
#include "bench/support/engine_fixture.h"
#include "bench/support/interleaved_run.h"

namespace tollgate::bench {

// How long to measure, and on how much.
struct Effort {
  std::string_view name;
  double seconds;                        // of measuring, over all
  std::chrono::milliseconds slice;       // of one case in one round
  std::chrono::milliseconds long_slice;  // where something happens each second
  size_t few_keys;
  size_t many_keys;
  size_t most_keys;  // in the key store alone

  std::chrono::nanoseconds Share(double fraction) const {
    return std::chrono::nanoseconds(
        static_cast<int64_t>(seconds * fraction * 1e9));
  }
};

// Checks only that everything runs; a demonstration; the table; a night.
inline constexpr Effort kSmoke = {"smoke",
                                  0.05,
                                  std::chrono::milliseconds(1),
                                  std::chrono::milliseconds(20),
                                  4096,
                                  8192,
                                  16384};
inline constexpr Effort kQuick = {"quick",
                                  9,
                                  std::chrono::milliseconds(4),
                                  std::chrono::milliseconds(200),
                                  10'000,
                                  250'000,
                                  250'000};
inline constexpr Effort kNormal = {"normal",
                                   110,
                                   std::chrono::milliseconds(15),
                                   std::chrono::milliseconds(1000),
                                   10'000,
                                   1'000'000,
                                   10'000'000};
inline constexpr Effort kFull = {"full",
                                 7200,
                                 std::chrono::milliseconds(20),
                                 std::chrono::milliseconds(2000),
                                 10'000,
                                 1'000'000,
                                 10'000'000};

class Context {
 public:
  explicit Context(const Effort& effort) : effort_(effort) {}

  const Effort& effort() const { return effort_; }
  Report& report() ABSL_ATTRIBUTE_LIFETIME_BOUND { return report_; }

  // Engines with few_keys or many_keys keys of policy `standard`.
  EngineFixture& few() ABSL_ATTRIBUTE_LIFETIME_BOUND;
  EngineFixture& many() ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Returns "10k", "1M" and so on.
  static std::string Count(size_t keys);
  std::string few_text() const { return Count(effort_.few_keys); }
  std::string many_text() const { return Count(effort_.many_keys); }

  // Returns a gate with the keys of `engine`, and permits for all.
  static std::unique_ptr<PlainGate> MakeGate(const EngineFixture& engine);

  // Adds the case `index` of `run` to the figures.
  void AddFigure(const InterleavedRun& run, size_t index);
  void AddClaim(Claim claim) { report_.claims.push_back(std::move(claim)); }

 private:
  const Effort effort_;
  Report report_;
  std::unique_ptr<EngineFixture> few_;
  std::unique_ptr<EngineFixture> many_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_CLAIMS_CONTEXT_H_
