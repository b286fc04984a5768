// What is seldom done on a request's way, out of line.

#include "engine/pipeline.h"

#include <utility>

#include "absl/base/attributes.h"
#include "engine/extract/client_chain.h"
#include "engine/extract/forwarded_certificate.h"
#include "engine/limit/admission.h"
#include "engine/pipeline_stages.h"
#include "engine/shared.h"
#include "engine/snapshot.h"

namespace tollgate {

Pipeline::Pipeline(Shared* shared)
    : shared_(shared),
      participant_(shared->epochs.Register()),
      limiter_(shared->limiter.NewWorker()),
      prover_(shared),
      seat_(shared->observer.Register()) {}

bool Pipeline::HasCredential(const RequestView& request) {
  Attempt attempt;
  const EpochDomain::Guard guard = participant_.Pin();
  Extract(*shared_->snapshot.Load(), request, attempt);
  return attempt.credential.reason != Reason::kNoCredential;
}

Decision Pipeline::Refuse(const RequestView& request, Strategy strategy,
                          Reason reason, Now now) {
  Decision decision;
  Attempt attempt;
  const EpochDomain::Guard guard = participant_.Pin();
  const Snapshot& snapshot = *shared_->snapshot.Load();
  // What the headers carry is not what failed: no key id is held to account.
  Admit(snapshot, request, now, attempt);
  decision.strategy = strategy;
  if (reason != Reason::kOk) decision.reason = reason;
  if (attempt.client->is_none() && reason != Reason::kNoCredential) {
    decision.reason = Reason::kMalformedRequest;
  }
  Conclude(snapshot, now, attempt, decision);
  Observe(snapshot, request, now, attempt, decision);
  return decision;
}

// extract: a proxy's own certificates are not its client's. Whatever it
// forwards stands for the connection's, and so does nothing. But what can not
// be read is not known to be a proxy's own.
Reason Pipeline::TakeForwarded(const Snapshot& snapshot,
                               const RequestView& request,
                               Attempt& attempt) const {
  if (!snapshot.trusted_proxies().Contains(request.peer)) {
    return Reason::kNoCredential;
  }
  if (attempt.credential.chain != nullptr &&
      attempt.credential.chain->is_unreadable()) {
    return Reason::kMalformedCredential;
  }
  attempt.credential.chain = nullptr;
  ForwardedCertificate forwarded =
      ReadForwardedCertificate(*snapshot.forwarded(), request.headers);
  switch (forwarded.outcome) {
    case ForwardedCertificate::Outcome::kAbsent:
      return Reason::kNoCredential;
    case ForwardedCertificate::Outcome::kMalformed:
      break;
    case ForwardedCertificate::Outcome::kFound:
      attempt.forwarded = ClientChain::Of(std::move(forwarded.certificates));
      if (!attempt.forwarded.has_value()) break;
      attempt.credential.chain = &*attempt.forwarded;
      return Reason::kNoCredential;
  }
  return Reason::kMalformedCredential;
}

// A credential that failed, or was not looked at: it is counted, or answered as
// what is locked out is.
ABSL_ATTRIBUTE_NOINLINE void Pipeline::SettleFailure(
    const AdmissionRules& rules, Now now, const Attempt& attempt,
    Decision& decision) {
  int64_t locked_ms = attempt.standing.locked_ms;
  if (locked_ms == 0) {
    shared_->admission.RecordFailure(rules, *attempt.client, attempt.key_id(),
                                     now.monotonic);
    locked_ms = attempt.standing.key_locked_ms;
  }
  if (locked_ms == 0) return;
  decision.reason = Reason::kLockedOut;
  decision.charge.retry_after_us = locked_ms * 1000;
}

// verify: whether a public-key operation may be spent on what is not proved.
Reason Pipeline::Afford(const Snapshot& snapshot, const Attempt& attempt,
                        uint32_t operations, Now now) {
  const AdmissionRules* const rules = snapshot.admission();
  return rules == nullptr ? Reason::kOk
                          : shared_->admission.Spend(*rules, *attempt.client,
                                                     operations, now.monotonic);
}

}  // namespace tollgate
