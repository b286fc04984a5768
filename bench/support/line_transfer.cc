#include "bench/support/line_transfer.h"

#include <immintrin.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "bench/support/interleaved_run.h"
#include "bench/support/thread_team.h"
#include "engine/base/cacheline.h"

namespace tollgate::bench {

double MeasureLineTransfer() {
  if (ProcessorCount() < 2) return 0;
  struct alignas(kContendedBytes) Line {
    std::atomic<int64_t> turn{0};
  } line;
  constexpr int64_t kOver = -1;
  // Answers each even number by the next one.
  std::thread other([&line] {
    PinToProcessor(1);
    int64_t turn = 0;
    while (turn != kOver) {
      turn = line.turn.load(std::memory_order_acquire);
      if (turn % 2 == 1) {
        line.turn.store(turn + 1, std::memory_order_release);
      } else {
        _mm_pause();
      }
    }
  });
  PinToProcessor(0);
  const auto start = Clock::now();
  int64_t turn = 0;
  std::chrono::nanoseconds elapsed{};
  while (elapsed < std::chrono::milliseconds(20)) {
    for (int i = 0; i < 1000; ++i) {
      line.turn.store(turn + 1, std::memory_order_release);
      turn += 2;
      while (line.turn.load(std::memory_order_acquire) != turn) _mm_pause();
    }
    elapsed = Clock::now() - start;
  }
  line.turn.store(kOver, std::memory_order_release);
  other.join();
  UnpinFromProcessor();
  return static_cast<double>(elapsed.count()) / static_cast<double>(turn);
}

}  // namespace tollgate::bench
