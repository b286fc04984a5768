// Admission, in front of verify: what a request pays for it, and what a failure
// does. Addresses are drawn from a million, in an order that nobody guesses.

#include <memory>
#include <vector>

#include "bench/support/consume.h"
#include "benchmark/benchmark.h"
#include "engine/limit/admission.h"

namespace tollgate::bench {
namespace {

constexpr AdmissionRules kRules = {
    {.failures = 20, .per_ms = 60'000, .lockout_ms = 300'000}, {}};
constexpr MonotonicNanos kNow = {1'000'000'000};
constexpr uint32_t kAddresses = 1 << 20;

IpAddress AddressOf(uint64_t i) {
  return IpAddress::FromV4(
      static_cast<uint32_t>((i * 0x9e3779b97f4a7c15) >> 44 & (kAddresses - 1)));
}

void LockOut(Admission& admission, uint32_t sources) {
  for (uint32_t i = 0; i < sources; ++i) {
    for (int n = 0; n < 20; ++n) {
      admission.RecordFailure(kRules, IpAddress::FromV4(0xc0000000 + i),
                              nullptr, kNow);
    }
  }
}

// Judges other sources while so many are locked out.
void BM_Admission_Judge(benchmark::State& state) {
  Admission admission(HashSeed(1, 2), HashSeed(3, 4));
  LockOut(admission, static_cast<uint32_t>(state.range(0)));
  uint64_t i = 0;
  for (auto _ : state) {
    Consume(admission.Judge(kRules, AddressOf(++i), nullptr, kNow).locked_ms);
  }
}
BENCHMARK(BM_Admission_Judge)->ArgName("locked")->Arg(0)->Arg(100)->Arg(10'000);

// Judges those who are locked out.
void BM_Admission_JudgeLocked(benchmark::State& state) {
  constexpr uint32_t kLocked = 10'000;
  Admission admission(HashSeed(1, 2), HashSeed(3, 4));
  LockOut(admission, kLocked);
  uint32_t i = 0;
  for (auto _ : state) {
    i = (i * 1664525 + 1013904223) % kLocked;
    Consume(admission
                .Judge(kRules, IpAddress::FromV4(0xc0000000 + i), nullptr, kNow)
                .locked_ms);
  }
}
BENCHMARK(BM_Admission_JudgeLocked);

// A failure of ever another source.
void BM_Admission_RecordFailure(benchmark::State& state) {
  Admission admission(HashSeed(1, 2), HashSeed(3, 4));
  uint64_t i = 0;
  for (auto _ : state) {
    ++i;
    admission.RecordFailure(kRules, AddressOf(i), nullptr,
                            {kNow.value + static_cast<int64_t>(i) * 1000});
  }
}
BENCHMARK(BM_Admission_RecordFailure);

}  // namespace
}  // namespace tollgate::bench
