// One thread's calls of a validator, or of what people write instead, over the
// same stream of requests.
//
// Every call reads the clock, composes nothing but the credential's header, and
// checks that the outcome is the expected one: a benchmark of good keys that
// were in fact throttled would be a lie. Destruction checks the count.
//
// Thread-safety: one thread. Ownership: borrows worker and sequence.

#ifndef TOLLGATE_BENCH_SUPPORT_VALIDATION_LOOP_H_
#define TOLLGATE_BENCH_SUPPORT_VALIDATION_LOOP_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "bench/baseline/plain_gate.h"
#include "bench/support/check.h"
#include "bench/support/credential_sequence.h"
#include "bench/support/request_stream.h"
#include "engine/base/cacheline.h"
#include "engine/base/steady_clock.h"
#include "engine/validator.h"

namespace tollgate::bench {

struct Expectation {
  Reason reason = Reason::kOk;
  // Calls that may end otherwise: the first of each key, when one is allowed.
  size_t exceptions = 0;
  // As a part of all calls.
  double exceptions_part = 0;
};

class alignas(kContendedBytes) ValidationLoop {
 public:
  // Several loops may take turns with one worker: a validator that has a single
  // worker charges limits differently (see engine/limit/rate_limiter.h), so who
  // compares says how many there are.
  ValidationLoop(Validator::Worker* worker, const CredentialSequence* sequence,
                 Expectation expected = {}, size_t start = 0,
                 Defect defect = Defect::kNone, Targets targets = Targets::kFew)
      : worker_(*worker),
        stream_(sequence, start, defect, targets),
        expected_(expected) {}
  ValidationLoop(const ValidationLoop&) = delete;
  ValidationLoop& operator=(const ValidationLoop&) = delete;

  ~ValidationLoop() {
    const double allowed =
        static_cast<double>(expected_.exceptions) +
        expected_.exceptions_part * static_cast<double>(calls_);
    Require(static_cast<double>(unexpected_) <= allowed,
            absl::StrCat(unexpected_, " decisions were not ",
                         ReasonName(expected_.reason), "; the last was ",
                         ReasonName(last_unexpected_)));
  }

  void Call() { Check(worker_.Validate(stream_.Next(), clock_.Read())); }

  void Explain(Explanation& explanation) {
    Check(worker_.Explain(stream_.Next(), clock_.Read(), explanation));
  }

  // RequestStream::kBatch requests at one reading of the clock.
  void CallBatch() {
    worker_.ValidateBatch(stream_.NextBatch(), clock_.Read(),
                          absl::MakeSpan(decisions_));
    for (const Decision& decision : decisions_) Check(decision);
  }

 private:
  void Check(const Decision& decision) {
    ++calls_;
    if (decision.reason == expected_.reason) [[likely]]
      return;
    ++unexpected_;
    last_unexpected_ = decision.reason;
  }

  Validator::Worker& worker_;
  RequestStream stream_;
  SteadyClock clock_;
  const Expectation expected_;
  size_t calls_ = 0;
  size_t unexpected_ = 0;
  Reason last_unexpected_ = Reason::kOk;
  std::array<Decision, RequestStream::kBatch> decisions_;
};

class alignas(kContendedBytes) GateLoop {
 public:
  GateLoop(PlainGate* gate, const CredentialSequence* sequence,
           size_t start = 0)
      : gate_(gate), stream_(sequence, start) {}
  GateLoop(const GateLoop&) = delete;
  GateLoop& operator=(const GateLoop&) = delete;

  ~GateLoop() {
    Require(refused_ == 0, absl::StrCat("the baseline refused ", refused_));
  }

  void Call() {
    refused_ +=
        !gate_->Allows(stream_.Next(), std::chrono::steady_clock::now());
  }

 private:
  PlainGate* const gate_;
  RequestStream stream_;
  size_t refused_ = 0;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_VALIDATION_LOOP_H_
