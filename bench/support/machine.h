// Where and of what a benchmark ran, for the head of a table.

#ifndef TOLLGATE_BENCH_SUPPORT_MACHINE_H_
#define TOLLGATE_BENCH_SUPPORT_MACHINE_H_

#include <cstddef>
#include <string>

namespace tollgate::bench {

struct Machine {
  std::string processor;
  size_t processors = 0;
  std::string caches;    // such as "L1d 48K, L2 2048K, L3 266240K"
  std::string system;    // kernel
  std::string compiler;  // and what of its options a program can tell
  std::string commit;    // of the folder it ran in; empty outside of any
  double load = 0;       // one-minute load average before the start
};

Machine DescribeMachine();

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_MACHINE_H_
