#include "engine/sync/process_barrier.h"

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace tollgate {

#if defined(__linux__) && defined(SYS_membarrier)

namespace {

bool Membarrier(int command) {
  return syscall(SYS_membarrier, command, 0) == 0;
}

}  // namespace

bool RegisterProcessBarrier() {
  return Membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

bool ProcessBarrier() {
  if (Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) return true;
  // A forked child may have to register anew.
  return RegisterProcessBarrier() &&
         Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

#else

bool RegisterProcessBarrier() { return false; }
bool ProcessBarrier() { return false; }

#endif

}  // namespace tollgate
