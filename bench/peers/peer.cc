#include "bench/peers/peer.h"

#include <time.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <vector>

namespace tollgate::bench {
namespace {

int64_t ThreadNanos() {
  timespec spent;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return int64_t{1'000'000'000} * spent.tv_sec + spent.tv_nsec;
}

// Returns the nanoseconds of one validation, or -1 if a token was refused.
double Measure(const Validation& validate,
               const std::vector<std::string>& tokens, int milliseconds) {
  using Clock = std::chrono::steady_clock;
  constexpr int kCallsPerLook = 32;
  const auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
  const int64_t start = ThreadNanos();
  size_t calls = 0;
  do {
    for (int i = 0; i < kCallsPerLook; ++i) {
      if (!validate(tokens[calls++ % tokens.size()])) return -1;
    }
  } while (Clock::now() < end);
  return static_cast<double>(ThreadNanos() - start) /
         static_cast<double>(calls);
}

}  // namespace

int RunPeer(const std::function<Validation(const std::string& secret)>& make) {
  std::string secret;
  size_t count = 0;
  if (!std::getline(std::cin, secret) || !(std::cin >> count) || count == 0) {
    return 2;
  }
  std::vector<std::string> tokens(count);
  for (std::string& token : tokens) std::cin >> token;
  const Validation validate = make(secret);
  std::string command;
  int milliseconds = 0;
  while (std::cin >> command >> milliseconds) {
    const double nanos = Measure(validate, tokens, milliseconds);
    if (nanos < 0) {
      std::cerr << "a good token was refused\n";
      return 1;
    }
    std::cout << nanos << std::endl;
  }
  return 0;
}

}  // namespace tollgate::bench
