// Signals as something to be read, so that nothing is ever interrupted half
// way: SIGINT and SIGTERM ask for an end, SIGHUP for a reload.
//
// While a Signals exists these three are blocked in the calling thread, and in
// threads started later; they wait on descriptor() until Take() is called.
// Programs started meanwhile would inherit that: do not start any.
//
// Thread-safety: one, on the main thread, before others are started.

#ifndef TOLLGATE_TOOLS_TOLLGATE_SIGNALS_H_
#define TOLLGATE_TOOLS_TOLLGATE_SIGNALS_H_

#include <csignal>

namespace tollgate::cli {

class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Readable when a signal waits.
  int descriptor() const { return descriptor_; }

  // Takes note of the signals that wait; does not block.
  void Take();

  // True for ever once an end was asked for.
  bool end() const { return end_; }

  // True once for any number of SIGHUP since the last call.
  bool TakeReload();

 private:
  sigset_t before_;
  int descriptor_;
  bool end_ = false;
  bool reload_ = false;
};

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_SIGNALS_H_
