#include "tools/tollgate/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <utility>

namespace tollgate::cli {
namespace {

sigset_t Handled() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  return set;
}

}  // namespace

// Without a descriptor (none left) poll() ignores it, and signals wait until
// the command's end.
Signals::Signals() {
  const sigset_t handled = Handled();
  pthread_sigmask(SIG_BLOCK, &handled, &before_);
  descriptor_ = signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC);
}

Signals::~Signals() {
  Take();  // not to be killed by what was asked for during a clean end
  if (descriptor_ >= 0) close(descriptor_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Signals::Take() {
  signalfd_siginfo waiting;
  while (read(descriptor_, &waiting, sizeof(waiting)) == sizeof(waiting)) {
    if (waiting.ssi_signo == SIGHUP) {
      reload_ = true;
    } else {
      end_ = true;
    }
  }
}

bool Signals::TakeReload() { return std::exchange(reload_, false); }

}  // namespace tollgate::cli
