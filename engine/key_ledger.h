// The life of API keys, on the control path: issue, rotate, disable, enable,
// revoke, import; and of the registrations of certificates. Every change is
// durable before it is applied to the running engine, and applied before it is
// acknowledged.
//
// States: active <-> disabled -> revoked (for ever); expired and rotating
// follow from times. A rotation keeps id, policy and usage, and replaces the
// secret; the old one is accepted until the overlap ends, and a further
// rotation ends it at once.
//
// Thread-safety: all methods may be called from any thread.
// Ownership: borrows the database, which must outlive it.
// Cost: a durable transaction a call; never on the hot path.
// Errors: InvalidArgument (what is wrong with the input), NotFound,
// AlreadyExists, FailedPrecondition (the key's state forbids it), or what the
// database says.

#ifndef TOLLGATE_ENGINE_KEY_LEDGER_H_
#define TOLLGATE_ENGINE_KEY_LEDGER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/crypto/key_digest.h"
#include "engine/crypto/secret.h"
#include "engine/model/key_id.h"
#include "engine/model/registration.h"
#include "engine/observe/audit_event.h"
#include "engine/store/stored_key.h"

namespace tollgate {

class KeyDatabase;
struct KeyRules;

// The last time that a key can keep, in Unix seconds: records keep times as 32
// bits, the last value of which means never.
inline constexpr int64_t kKeyTimeMax = int64_t{UINT32_MAX} - 1;

// What a key carries, whoever made its secret.
struct KeyGrant {
  std::string principal;
  std::vector<std::string> scopes = {};  // empty: those of the policy
  std::string policy = {};               // empty: the configuration's default
  std::optional<UnixSeconds> expires_at = {};
};

// A key's text, which is known only now: show it once, then let it go.
struct IssuedKey {
  KeyId id;
  SecretBytes text;
  std::optional<UnixSeconds> expires_at;
};

// A key from elsewhere, with its secret or with the digest of it.
struct ImportedKey {
  std::string key_id;
  std::optional<SecretBytes> secret;
  std::optional<SecretDigest> digest;  // under pepper `pepper_id`
  std::optional<uint8_t> pepper_id;    // the newest when absent
  KeyGrant grant;
};

// A key's text that was found somewhere, and what the store knows of it.
struct FoundKey {
  KeyId id;
  std::optional<StoredKey> stored;  // none: no such key
  bool current = false;  // it is the secret that the key has, or may still use
};

class KeyLedger {
 public:
  // `apply` brings what was made durable into the running engine; empty when
  // there is none.
  KeyLedger(KeyDatabase* database, KeyRules rules,
            std::function<absl::Status()> apply);

  // Calls `audit` for every change from now on, after it is durable. Before
  // other threads use this.
  void SetAudit(std::function<void(const ControlEvent&)> audit) {
    audit_ = std::move(audit);
  }

  // Replaces the rules, on reload.
  void Configure(KeyRules rules);

  absl::StatusOr<IssuedKey> Issue(const KeyGrant& grant, UnixSeconds now);
  absl::StatusOr<IssuedKey> Rotate(std::string_view key_id,
                                   int64_t overlap_seconds, UnixSeconds now);
  absl::Status Disable(std::string_view key_id, UnixSeconds now);
  absl::Status Enable(std::string_view key_id, UnixSeconds now);
  absl::Status Revoke(std::string_view key_id, UnixSeconds now);

  // Imports all of `keys`, or none and says which one is in the way.
  absl::Status Import(absl::Span<const ImportedKey> keys, UnixSeconds now);

  // Returns why `key` can not be imported, without importing it.
  absl::Status CheckImport(const ImportedKey& key, UnixSeconds now);

  absl::StatusOr<StoredKey> Show(std::string_view key_id);

  // Returns what the text of every key begins with, such as "tg_live_".
  // FailedPrecondition when the configuration has no `api_keys`.
  absl::StatusOr<std::string> KeyLead() const;

  // Returns what is known of the key that `text` is; nothing when it is none,
  // by form or checksum.
  absl::StatusOr<std::optional<FoundKey>> Recognize(std::string_view text,
                                                    UnixSeconds now);

  // Register a certificate or a public key that is not registered, or not any
  // more, and end its registration. Needs no `api_keys`.
  absl::Status Register(const Registration& registration, const KeyGrant& grant,
                        UnixSeconds now);
  absl::Status Unregister(const Registration& registration, UnixSeconds now);

 private:
  absl::Status CheckGrant(const KeyGrant& grant, const KeyRules& rules) const;
  // What became durable, as the audit names it.
  struct Made {
    std::string_view event;  // such as "key_issued"
    std::string id;          // of the key, or the name of a registration
    std::string principal = "";
  };
  absl::Status Applied(const Made& made, UnixSeconds now) const;
  std::shared_ptr<const KeyRules> Rules() const;
  absl::StatusOr<StoredKey> FromImport(const ImportedKey& key,
                                       const KeyRules& rules,
                                       UnixSeconds now) const;
  absl::Status Change(std::string_view key_id, UnixSeconds now,
                      std::string_view event,
                      const std::function<absl::Status(StoredKey&)>& edit);
  absl::StatusOr<std::shared_ptr<const KeyRules>> RulesOfKeys() const;

  KeyDatabase* const database_;
  const std::function<absl::Status()> apply_;
  std::function<void(const ControlEvent&)> audit_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const KeyRules> rules_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_KEY_LEDGER_H_
