#include "bench/support/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

namespace tollgate::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Progress {
  std::string name;
  double expected = 0;
  double after = 0;
  Clock::time_point start;
  Clock::time_point shown;
};

Progress& Current() {
  static Progress* const progress = new Progress;
  return *progress;
}

bool OnTerminal() {
  static const bool on_terminal = isatty(STDERR_FILENO) == 1;
  return on_terminal;
}

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void Show(Progress& progress) {
  progress.shown = Clock::now();
  const double left =
      std::max(progress.expected - SecondsSince(progress.start), 0.0) +
      progress.after;
  // Back to the line's beginning, and what stood there is erased.
  std::fprintf(stderr, "\r\033[Kmeasuring %s ... about %.0f s left",
               progress.name.c_str(), left);
  std::fflush(stderr);
}

}  // namespace

void BeginProgress(std::string_view name, double expected, double after) {
  if (!OnTerminal()) return;
  Progress& progress = Current();
  progress = {std::string(name), expected, after, Clock::now(), {}};
  Show(progress);
}

void TickProgress() {
  constexpr double kSecondsBetween = 0.5;
  if (!OnTerminal() || Current().name.empty()) return;
  if (SecondsSince(Current().shown) > kSecondsBetween) Show(Current());
}

void EndProgress() {
  if (!OnTerminal()) return;
  Current().name.clear();
  std::fputs("\r\033[K", stderr);
}

}  // namespace tollgate::bench
