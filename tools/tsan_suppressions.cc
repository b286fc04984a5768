// Tells the thread sanitizer which of its reports are known to be wrong. Linked
// into every binary by --config=tsan.

extern "C" const char* __tsan_default_suppressions();

// absl::Mutex hides its inner synchronisation from the sanitizer, and with it
// that a thread's identity is allocated and initialised before another thread
// sees it: when two threads contend for the first time, that looks like a race.
extern "C" const char* __tsan_default_suppressions() {
  return "race:absl::*::CreateThreadIdentity\n"
         "race:absl::*::LowLevelAlloc::Alloc\n";
}
