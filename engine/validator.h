// Validates credentials: the one door of the engine.
//
//   auto validator = tollgate::Validator::Open("tollgate.yaml");
//   auto worker = (*validator)->RegisterWorker();          // one per thread
//   tollgate::Decision d = worker.Validate(request, tollgate::ReadClock());
//
// When to use: in a gateway, once per request, on every thread that serves.
// When not: to terminate TLS, to proxy, or to store anything about users.
//
// Thread-safety: a Validator is shared by all threads; a Worker belongs to one
// thread at a time. Workers may come and go while others validate. A Validator
// must outlive its workers.
// Ownership: a Decision is a value; what it points to lives as long as the
// Validator. A RequestView must outlive the call only.
// Cost: Validate takes no lock, allocates nothing and makes no system call
// (tests/hotpath proves it); about 115 ns for a good API key among 10 thousand
// (BM_Path/api_key/known). The first request of a key after its limits changed
// carries its usage over, out of line. One call of Validate in 64 reads the
// steady clock twice, to time itself.
// Errors: Validate always returns a decision. Control-path calls return
// absl::Status with what and where.

#ifndef TOLLGATE_ENGINE_VALIDATOR_H_
#define TOLLGATE_ENGINE_VALIDATOR_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/model/decision.h"
#include "engine/model/request.h"
#include "engine/model/revocation.h"
#include "engine/model/tool_decision.h"
#include "engine/sync/epoch.h"
#include "engine/verify/proof_header.h"

namespace tollgate {

class Explanation;
class Housekeeper;
class KeyDatabase;
class KeyFeed;
class KeyLedger;
class Pipeline;
struct Config;
struct Shared;
struct Trust;

class Validator {
 public:
  struct Options {
    // Runs a thread that applies what other processes changed in the store
    // (within a second) and saves usage. Without it, call Refresh().
    bool housekeeping = true;
    // Writes nothing: no audit, no usage, no approval of a first use. For
    // trying out a configuration beside the one that is in force.
    bool dry_run = false;
    // What time it is, for restoring and saving usage; simulations that inject
    // time into Validate inject it here as well. Called from any thread.
    std::function<Now()> clock = ReadClock;
  };

  class Worker;

  // Reads the configuration, opens the store, loads the keys.
  static absl::StatusOr<std::unique_ptr<Validator>> Open(
      const std::string& config_path);
  static absl::StatusOr<std::unique_ptr<Validator>> Open(
      const std::string& config_path, Options options);

  // Saves usage when it kept house. REQUIRES: every worker has left.
  ~Validator();
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  // Registers the calling thread's handle; takes a mutex for a moment, as the
  // handle's end does.
  Worker RegisterWorker();

  // Reads the configuration again. On any error the running one stays and the
  // error says why. A request sees the old one or the new one, whole.
  absl::Status Reload();

  // Issues, rotates, disables, revokes and imports keys: durable first, then
  // applied here, then acknowledged (engine/key_ledger.h).
  KeyLedger& keys();

  // Revokes tokens: durable first, then applied here. When it has returned, no
  // request that begins later accepts one of them.
  absl::Status Revoke(const Revocation& revocation);

  // Judges certificates in DER, the end entity's first, as a handshake does: by
  // the certification path alone. kMalformedCredential when none are taken.
  Reason JudgeCertificates(absl::Span<const std::string> chain);

  // Applies what other processes changed in the store, and keys of issuers
  // that changed in their files; frees what changes have replaced.
  absl::Status Refresh();

  // Returns all metrics in Prometheus' text format.
  std::string Metrics();

  // Writes what is waiting to the audit's file; done by itself when the engine
  // keeps house, some 20 ms after each event.
  absl::Status FlushAudit();

  // Goes on in a new audit file of the same name: after its rotation.
  absl::Status ReopenAudit();

  // Saves the usage of long limits, as of `now`.
  absl::Status SaveUsage(Now now);

  // What the engine holds, and what a reader that stalls holds back.
  struct Memory {
    size_t keys = 0;
    size_t key_store_bytes = 0;
    size_t retired_bytes = 0;
    size_t cached_tokens = 0;
    size_t cached_token_bytes = 0;  // of proofs, and of the table's own
  };
  Memory memory();

 private:
  struct InForce;

  Validator(std::string config_path, Options options, const Config& config);
  absl::Status Start(Config config);
  absl::Status ReloadUnobserved() ABSL_LOCKS_EXCLUDED(reload_mutex_);
  absl::Status Publish(std::unique_ptr<const InForce> next)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mutex_);
  absl::StatusOr<std::unique_ptr<const InForce>> Read(Config config)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mutex_);
  ProofStamp NextTrustStamp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mutex_);
  absl::Status RefreshKeys() ABSL_LOCKS_EXCLUDED(reload_mutex_);
  // `changed`: something else is in force.
  absl::Status RefreshKeysUnobserved(bool& changed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mutex_);
  void RefreshTrust(std::unique_ptr<InForce>& next, absl::Status& first_error)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mutex_);
  void RefreshToolTrust(std::unique_ptr<InForce>& next,
                        absl::Status& first_error)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mutex_);
  void StartHousekeeping();

  const std::string config_path_;
  const Options options_;
  std::optional<std::string> store_path_;
  std::unique_ptr<Shared> shared_;
  absl::Mutex reload_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  std::unique_ptr<const InForce> in_force_ ABSL_GUARDED_BY(reload_mutex_);
  uint64_t trust_generation_ ABSL_GUARDED_BY(reload_mutex_) = 0;
  // Why key files could not be read at the last look; empty: they could.
  std::string keys_refused_ ABSL_GUARDED_BY(reload_mutex_);
  // What is in force, again: handshakes take it without waiting for a reload.
  absl::Mutex trust_mutex_;
  std::shared_ptr<const Trust> trust_ ABSL_GUARDED_BY(trust_mutex_);
  absl::Mutex mutex_;
  EpochDomain::Participant participant_ ABSL_GUARDED_BY(mutex_);
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;  // of snapshots
  std::unique_ptr<KeyDatabase> database_;
  std::unique_ptr<KeyFeed> feed_;
  std::unique_ptr<KeyLedger> ledger_;
  std::unique_ptr<Housekeeper> housekeeper_;
  std::unique_ptr<Housekeeper> drainer_;
  // What the control path did; only ever counted up.
  std::atomic<uint64_t> reloads_{0};
  std::atomic<uint64_t> reloads_refused_{0};
  std::atomic<int64_t> reloaded_at_{0};  // Unix seconds, of the last good one
  std::atomic<bool> last_reload_good_{true};
};

// One thread's handle. Move-only; leaving returns what it leased.
class Validator::Worker {
 public:
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;
  ~Worker();

  // Decides one request at `now`: the stages in order, first refusal wins.
  Decision Validate(const RequestView& request, Now now);

  // Validate, and how it came about (engine/explanation.h): it charges and
  // counts as that does.
  Decision Explain(const RequestView& request, Now now,
                   Explanation& explanation);

  // For who finds a credential elsewhere, such as in the request's body, and
  // takes one only: whether `request` presents one, good or bad, or what
  // resembles one. Decides, charges and counts nothing.
  bool HasCredential(const RequestView& request);

  // Refuses a request for what the caller found: counted, written to the audit
  // and, for a credential that failed, held against the client's address, as
  // any refusal for that reason is. A reason that allows is
  // kInternalUnavailable; of a client that can not be told, any is
  // kMalformedRequest.
  Decision Refuse(const RequestView& request, Strategy strategy, Reason reason,
                  Now now);

  // Decides `requests` at one instant, fetching the keys of all before proving
  // the first: faster than one by one when the keys are not in cache.
  // REQUIRES: decisions.size() == requests.size().
  void ValidateBatch(absl::Span<const RequestView> requests, Now now,
                     absl::Span<Decision> decisions);

  // Decides about a signed tool definition: who published it, and whether it is
  // what was approved. `canonical`, unless it is null, becomes the definition
  // that was verified, to be handed on in place of the document, so that no
  // other parser reads something else; "" when it is refused.
  //
  // Under `pins: first_use` the first definition of a tool is approved here:
  // that call writes to the store, and waits for it.
  ToolDecision VerifyToolDefinition(const ToolDocumentText& text, Now now,
                                    std::string* canonical = nullptr);

  // Decides about all of an answer to tools/list at one instant. Of two good
  // definitions of one name, whoever published them, the second is refused.
  // REQUIRES: decisions.size() == texts.size(), and so canonicals.size(),
  // unless it is empty.
  void VerifyToolDefinitions(absl::Span<const ToolDocumentText> texts, Now now,
                             absl::Span<ToolDecision> decisions,
                             absl::Span<std::string> canonicals = {});

  // Gives back the permits this worker holds in advance. Call it before
  // sleeping for long; not needed between requests.
  void Idle();

 private:
  friend class Validator;

  explicit Worker(std::unique_ptr<Pipeline> pipeline);

  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VALIDATOR_H_
