// admission: stands before verify, and slows down whoever comes with failed
// credentials, without touching who is proved.
//
//   Standing standing = admission.Judge(rules, client, key_id, now);
//   ... what was proved before goes on, whatever its standing ...
//   ... Reason reason = admission.Spend(rules, client, 1, now); then verify ...
//   if (it failed) admission.RecordFailure(rules, client, key_id, now);
//
// Who is locked out, and who is not:
// * A source (IPv4 address or IPv6 /64) with too many failures: whatever comes
//   from it is refused unless it was proved before. Behind a shared address,
//   those who are known go on; who is new there waits.
// * A key id with too many failures, wherever they came from, existing or not:
//   whoever has failed lately is refused with it, at once. A source without
//   failures is let try, so that nobody can lock out a key's holder elsewhere;
//   when that fails, it reads `locked_out`, and is a failure of that source.
// What is refused so is not counted again. Success takes nothing back.
//
// Thread-safety: any thread, lock-free. Ownership: values only. Cost: 1 ns
// while nobody is locked out; 2 while a hundred others are, 4 while ten
// thousand are; 15 for who is; some 100 to record a failure (BM_Admission).
// Errors: none.

#ifndef TOLLGATE_ENGINE_LIMIT_ADMISSION_H_
#define TOLLGATE_ENGINE_LIMIT_ADMISSION_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/ip_address.h"
#include "engine/base/limits.h"
#include "engine/limit/admission_limiter.h"
#include "engine/limit/failure_word.h"
#include "engine/limit/verify_budget.h"
#include "engine/model/key_id.h"
#include "engine/model/reason.h"

namespace tollgate {

struct AdmissionRules {
  FailureRules failures;
  BudgetRules budget;
};

// Milliseconds; zero: no.
struct Standing {
  int64_t locked_ms = 0;      // only what was proved before is taken
  int64_t key_locked_ms = 0;  // the key id is locked out
};

class Admission {
 public:
  struct Stats {
    AdmissionLimiter::Stats sources;
    AdmissionLimiter::Stats keys;
  };

  Admission(const HashSeed& source_seed, const HashSeed& key_seed)
      : sources_(source_seed, limits::kFailedSources),
        keys_(key_seed, limits::kFailedKeys) {}

  // `key_id` is null when none is presented.
  Standing Judge(const AdmissionRules& rules, const IpAddress& client,
                 const KeyId* key_id, MonotonicNanos now) const {
    const int64_t now_ms = FailureWord::MillisOf(now);
    if (ABSL_PREDICT_TRUE(!sources_.MayBeLocked(client, now_ms) &&
                          !keys_.AnyLocked(now_ms))) {
      return {};
    }
    return JudgeBoth(rules, client, key_id, now_ms);
  }

  // Counts the failure of a credential that its standing let in.
  ABSL_ATTRIBUTE_NOINLINE void RecordFailure(const AdmissionRules& rules,
                                             const IpAddress& client,
                                             const KeyId* key_id,
                                             MonotonicNanos now) {
    const int64_t now_ms = FailureWord::MillisOf(now);
    sources_.RecordFailure(sources_.SourceOf(client), rules.failures, now_ms);
    if (key_id != nullptr) {
      keys_.RecordFailure(keys_.SourceOf(*key_id), rules.failures, now_ms);
    }
  }

  // Whether so many public-key operations may be spent on what is not proved:
  // kOk, kVerifyBudgetSpent or kOverloaded.
  Reason Spend(const AdmissionRules& rules, const IpAddress& client,
               uint32_t operations, MonotonicNanos now) {
    switch (budget_.Spend(sources_.SourceOf(client).hash, operations,
                          rules.budget, now)) {
      case VerifyBudget::Outcome::kGranted:
        return Reason::kOk;
      case VerifyBudget::Outcome::kSourceSpent:
        return Reason::kVerifyBudgetSpent;
      case VerifyBudget::Outcome::kAllSpent:
        break;
    }
    return Reason::kOverloaded;
  }

  // The same for what has no source.
  Reason Spend(const AdmissionRules& rules, MonotonicNanos now) {
    return budget_.SpendOfAll(1, rules.budget, now) ? Reason::kOk
                                                    : Reason::kOverloaded;
  }

  Stats stats() const { return {sources_.stats(), keys_.stats()}; }

 private:
  ABSL_ATTRIBUTE_NOINLINE Standing JudgeBoth(const AdmissionRules& rules,
                                             const IpAddress& client,
                                             const KeyId* key_id,
                                             int64_t now_ms) const {
    Standing standing;
    if (sources_.MayBeLocked(client, now_ms)) {
      standing.locked_ms =
          sources_.LockedFor(sources_.SourceOf(client), now_ms);
    }
    if (key_id == nullptr || !keys_.AnyLocked(now_ms)) return standing;
    standing.key_locked_ms = keys_.LockedFor(keys_.SourceOf(*key_id), now_ms);
    if (standing.key_locked_ms > standing.locked_ms &&
        sources_.HasFailures(sources_.SourceOf(client), rules.failures,
                             now_ms)) {
      standing.locked_ms = standing.key_locked_ms;
    }
    return standing;
  }

  AdmissionLimiter sources_;
  AdmissionLimiter keys_;
  VerifyBudget budget_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_ADMISSION_H_
