// A memory barrier on every thread of this process at once, asked of the kernel
// by the one thread that needs it: membarrier(2), private expedited.
//
// It lets a frequent operation (pinning an epoch) be a plain store while the
// rare one (collecting) pays for both sides.
//
// When ProcessBarrier() returns true, each other thread of the process has
// executed a full memory barrier at some point of its instruction stream
// between the call and the return; a thread that was not running had executed
// one when it was switched out. The caller has executed one too.
//
// Thread-safety: any thread. Cost: a system call and an interrupt on each other
// processor that runs this process, 1-5 microseconds; never on the hot path.

#ifndef TOLLGATE_ENGINE_SYNC_PROCESS_BARRIER_H_
#define TOLLGATE_ENGINE_SYNC_PROCESS_BARRIER_H_

namespace tollgate {

// Registers the process with the kernel. Returns false where the kernel or a
// sandbox refuses: then barriers have to be paid for on both sides.
[[nodiscard]] bool RegisterProcessBarrier();

// Executes the barrier. Returns false if the kernel refused, and then nothing
// may be concluded. REQUIRES: RegisterProcessBarrier() has returned true.
[[nodiscard]] bool ProcessBarrier();

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_SYNC_PROCESS_BARRIER_H_
