// Runs a chore at an interval on a thread of its own, until destroyed.
//
// Thread-safety: construct and destroy from one thread. Destruction waits for
// a chore that is running.

#ifndef TOLLGATE_ENGINE_HOUSEKEEPER_H_
#define TOLLGATE_ENGINE_HOUSEKEEPER_H_

#include <functional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace tollgate {

class Housekeeper {
 public:
  Housekeeper(absl::Duration interval, std::function<void()> chore)
      : thread_([this, interval, chore = std::move(chore)] {
          while (!stop_.WaitForNotificationWithTimeout(interval)) chore();
        }) {}

  ~Housekeeper() {
    stop_.Notify();
    thread_.join();
  }

  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_HOUSEKEEPER_H_
