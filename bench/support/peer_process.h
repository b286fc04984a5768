// A peer of bench/peers, running: measured in turn with our own.
//
// Thread-safety: one thread. Ownership: the process ends with the object.

#ifndef TOLLGATE_BENCH_SUPPORT_PEER_PROCESS_H_
#define TOLLGATE_BENCH_SUPPORT_PEER_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::bench {

class PeerProcess {
 public:
  // Starts the peer `name` that stands beside this program, in peers/, with
  // `secret` and `tokens`. Returns null when there is none.
  static std::unique_ptr<PeerProcess> Start(
      std::string_view name, std::string_view secret,
      const std::vector<std::string>& tokens);

  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;
  ~PeerProcess();

  // Lets it validate for about `slice`; returns nanoseconds of processor time
  // a validation.
  double NanosPerOp(std::chrono::milliseconds slice);

 private:
  PeerProcess() = default;

  pid_t process_ = 0;
  FILE* in_ = nullptr;
  FILE* out_ = nullptr;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_PEER_PROCESS_H_
