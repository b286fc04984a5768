#include "engine/key_ledger.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/random.h"
#include "engine/extract/api_key_text.h"
#include "engine/key_rules.h"
#include "engine/model/scope.h"
#include "engine/store/key_database.h"
#include "engine/unicode/hidden_text.h"
#include "engine/verify/peppers.h"

namespace tollgate {
namespace {

// A registration has no secret; the store wants a pepper's number all the same.
constexpr uint8_t kNoPepper = 1;

struct FreshSecret {
  std::array<char, ApiKeyText::kSecretSize> chars;

  FreshSecret() { FillRandomBase62(absl::MakeSpan(chars)); }
  ~FreshSecret() { WipeBytes(chars.data(), chars.size()); }

  std::string_view text() const { return {chars.data(), chars.size()}; }
};

KeyId FreshKeyId() {
  KeyId id;
  FillRandomBase62(absl::MakeSpan(id.bytes));
  return id;
}

SecretBytes ComposeText(const ApiKeyText& format, const KeyId& id,
                        std::string_view secret) {
  std::string text = format.Compose(id, secret);
  SecretBytes result = SecretBytes::CopyOf(text);
  WipeBytes(text.data(), text.size());
  return result;
}

std::optional<int64_t> Seconds(const std::optional<UnixSeconds>& time) {
  if (!time.has_value()) return std::nullopt;
  return time->value;
}

std::optional<UnixSeconds> Wall(const std::optional<int64_t>& seconds) {
  if (!seconds.has_value()) return std::nullopt;
  return UnixSeconds{*seconds};
}

// Whether `secret` is the key's, or the one before it while that is accepted.
bool IsSecretOf(const StoredKey& key, const Peppers& peppers,
                std::string_view secret, UnixSeconds now) {
  Peppers::Digests digests;
  peppers.DigestAll(secret, digests);
  const auto matches = [&](uint8_t pepper_id, const StoredDigest& stored) {
    const SecretDigest* const digest = peppers.Select(digests, pepper_id);
    return digest != nullptr && ConstantTimeEqual(*digest, stored);
  };
  return matches(key.pepper_id, key.digest) ||
         (key.previous.has_value() && now.value < key.previous->valid_until &&
          matches(key.previous->pepper_id, key.previous->digest));
}

absl::Status CheckPrincipal(std::string_view principal) {
  if (principal.empty()) {
    return absl::InvalidArgumentError("principal must not be empty");
  }
  if (principal.size() > limits::kPrincipalBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "principal is longer than ", limits::kPrincipalBytesMax, " bytes"));
  }
  if (HasHiddenText(principal, TextLines::kOne, {})) {
    return absl::InvalidArgumentError(
        "principal must be UTF-8 text without control characters and others "
        "that are not seen");
  }
  return absl::OkStatus();
}

absl::Status CheckScopes(const std::vector<std::string>& scopes) {
  if (scopes.size() > limits::kScopesPerGrantMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", limits::kScopesPerGrantMax, " scopes"));
  }
  for (const std::string& scope : scopes) {
    if (!IsScopeToken(scope)) {
      return absl::InvalidArgumentError(
          "a scope is 1 to 128 printable characters without space, quote or "
          "backslash");
    }
  }
  return absl::OkStatus();
}

// An expiry in the past is as good as any: a key may be imported expired.
absl::Status CheckExpiry(const std::optional<UnixSeconds>& expires_at) {
  if (!expires_at.has_value()) return absl::OkStatus();
  if (expires_at->value < 0) {
    return absl::InvalidArgumentError("expires_at must not be negative");
  }
  if (expires_at->value > kKeyTimeMax) {
    return absl::InvalidArgumentError(
        "expires_at is beyond the year 2106; leave it out for never");
  }
  return absl::OkStatus();
}

}  // namespace

KeyLedger::KeyLedger(KeyDatabase* database, KeyRules rules,
                     std::function<absl::Status()> apply)
    : database_(database),
      apply_(std::move(apply)),
      rules_(std::make_shared<const KeyRules>(std::move(rules))) {}

void KeyLedger::Configure(KeyRules rules) {
  auto fresh = std::make_shared<const KeyRules>(std::move(rules));
  absl::MutexLock lock(&mutex_);
  rules_ = std::move(fresh);
}

std::shared_ptr<const KeyRules> KeyLedger::Rules() const {
  absl::MutexLock lock(&mutex_);
  return rules_;
}

// Fails when the configuration has no API keys to make.
absl::StatusOr<std::shared_ptr<const KeyRules>> KeyLedger::RulesOfKeys() const {
  std::shared_ptr<const KeyRules> rules = Rules();
  if (rules->peppers == nullptr) {
    return absl::FailedPreconditionError(
        "the configuration has no api_keys; secrets are kept under its pepper");
  }
  return rules;
}

absl::Status KeyLedger::CheckGrant(const KeyGrant& grant,
                                   const KeyRules& rules) const {
  if (auto status = CheckPrincipal(grant.principal); !status.ok()) {
    return status;
  }
  if (auto status = CheckScopes(grant.scopes); !status.ok()) return status;
  if (!grant.policy.empty() &&
      !absl::c_linear_search(rules.policies, grant.policy)) {
    return absl::InvalidArgumentError(
        absl::StrCat("policy \"", absl::CHexEscape(grant.policy),
                     "\" is not in the configuration"));
  }
  return CheckExpiry(grant.expires_at);
}

absl::StatusOr<IssuedKey> KeyLedger::Issue(const KeyGrant& grant,
                                           UnixSeconds now) {
  const auto found = RulesOfKeys();
  if (!found.ok()) return found.status();
  const auto& rules = *found;
  if (auto status = CheckGrant(grant, *rules); !status.ok()) {
    return status;
  }
  const KeyId id = FreshKeyId();
  const FreshSecret secret;
  StoredKey key;
  key.key_id = std::string(id.text());
  key.digest = rules->peppers->newest().pepper.Digest(secret.text());
  key.pepper_id = rules->peppers->newest().id;
  key.principal = grant.principal;
  key.scopes = grant.scopes;
  key.policy = grant.policy;
  key.state = KeyState::kActive;
  key.created_at = key.updated_at = now.value;
  key.expires_at = Seconds(grant.expires_at);
  if (auto status = database_->Insert({&key, 1}); !status.ok()) return status;
  if (auto status = Applied({"key_issued", key.key_id, key.principal}, now);
      !status.ok()) {
    return status;
  }
  return IssuedKey{id, ComposeText(*rules->text, id, secret.text()),
                   grant.expires_at};
}

// Applied first: a disk that holds up the audit must not hold up a revocation.
absl::Status KeyLedger::Applied(const Made& made, UnixSeconds now) const {
  absl::Status applied = apply_ ? apply_() : absl::OkStatus();
  if (audit_) {
    ControlEvent event = {.name = made.event, .time = now};
    event.fields.emplace_back("key_id", made.id);
    if (!made.principal.empty()) {
      event.fields.emplace_back("principal", made.principal);
    }
    audit_(event);
  }
  return applied;
}

absl::Status KeyLedger::Change(
    std::string_view key_id, UnixSeconds now, std::string_view event,
    const std::function<absl::Status(StoredKey&)>& edit) {
  if (!KeyId::Parse(key_id).has_value()) {
    return absl::InvalidArgumentError("a key id is 12 base62 characters");
  }
  const auto changed =
      database_->Update(std::string(key_id), [&](StoredKey& key) {
        if (key.state == KeyState::kRevoked) {
          return absl::FailedPreconditionError("the key is revoked, for ever");
        }
        key.updated_at = now.value;
        return edit(key);
      });
  if (!changed.ok()) return changed.status();
  return Applied({event, changed->key_id, changed->principal}, now);
}

absl::StatusOr<IssuedKey> KeyLedger::Rotate(std::string_view key_id,
                                            int64_t overlap_seconds,
                                            UnixSeconds now) {
  const auto found = RulesOfKeys();
  if (!found.ok()) return found.status();
  const auto& rules = *found;
  if (overlap_seconds < 0 || overlap_seconds > kKeyTimeMax - now.value) {
    return absl::InvalidArgumentError("the overlap is out of range");
  }
  const FreshSecret secret;
  std::optional<UnixSeconds> expires_at;
  const auto status = Change(key_id, now, "key_rotated", [&](StoredKey& key) {
    if (key.expires_at.has_value() && *key.expires_at <= now.value) {
      return absl::FailedPreconditionError("the key is expired");
    }
    key.previous.reset();
    if (overlap_seconds > 0) {
      key.previous = StoredPreviousSecret{key.digest, key.pepper_id,
                                          now.value + overlap_seconds};
    }
    key.digest = rules->peppers->newest().pepper.Digest(secret.text());
    key.pepper_id = rules->peppers->newest().id;
    expires_at = Wall(key.expires_at);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  const KeyId id = *KeyId::Parse(key_id);
  return IssuedKey{id, ComposeText(*rules->text, id, secret.text()),
                   expires_at};
}

absl::Status KeyLedger::Disable(std::string_view key_id, UnixSeconds now) {
  return Change(key_id, now, "key_disabled", [](StoredKey& key) {
    key.state = KeyState::kDisabled;
    return absl::OkStatus();
  });
}

absl::Status KeyLedger::Enable(std::string_view key_id, UnixSeconds now) {
  return Change(key_id, now, "key_enabled", [](StoredKey& key) {
    key.state = KeyState::kActive;
    return absl::OkStatus();
  });
}

absl::Status KeyLedger::Revoke(std::string_view key_id, UnixSeconds now) {
  return Change(key_id, now, "key_revoked", [](StoredKey& key) {
    key.state = KeyState::kRevoked;
    key.previous.reset();
    return absl::OkStatus();
  });
}

absl::StatusOr<StoredKey> KeyLedger::FromImport(const ImportedKey& key,
                                                const KeyRules& rules,
                                                UnixSeconds now) const {
  if (!KeyId::Parse(key.key_id).has_value()) {
    return absl::InvalidArgumentError("key_id must be 12 base62 characters");
  }
  if (key.secret.has_value() == key.digest.has_value()) {
    return absl::InvalidArgumentError("give either secret or digest");
  }
  if (auto status = CheckGrant(key.grant, rules); !status.ok()) {
    return status;
  }
  StoredKey stored;
  stored.key_id = key.key_id;
  stored.pepper_id = key.pepper_id.value_or(rules.peppers->newest().id);
  if (!rules.peppers->Contains(stored.pepper_id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("pepper ", stored.pepper_id, " is not configured"));
  }
  if (key.secret.has_value()) {
    const std::string_view secret = key.secret->text();
    if (secret.size() < limits::kImportedSecretBytesMin ||
        secret.size() > limits::kSecretBytesMax ||
        !absl::c_all_of(secret, absl::ascii_isgraph)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "secret must be ", limits::kImportedSecretBytesMin, " to ",
          limits::kSecretBytesMax, " printable ASCII characters, no spaces"));
    }
    stored.pepper_id = rules.peppers->newest().id;
    stored.digest = rules.peppers->newest().pepper.Digest(secret);
  } else {
    stored.digest = *key.digest;
  }
  stored.principal = key.grant.principal;
  stored.scopes = key.grant.scopes;
  stored.policy = key.grant.policy;
  stored.state = KeyState::kActive;
  stored.created_at = stored.updated_at = now.value;
  stored.expires_at = Seconds(key.grant.expires_at);
  return stored;
}

absl::Status KeyLedger::CheckImport(const ImportedKey& key, UnixSeconds now) {
  const auto rules = RulesOfKeys();
  return rules.ok() ? FromImport(key, **rules, now).status() : rules.status();
}

absl::Status KeyLedger::Import(absl::Span<const ImportedKey> keys,
                               UnixSeconds now) {
  const auto found = RulesOfKeys();
  if (!found.ok()) return found.status();
  const auto& rules = *found;
  std::vector<StoredKey> stored;
  stored.reserve(keys.size());
  for (const ImportedKey& key : keys) {
    auto row = FromImport(key, *rules, now);
    if (!row.ok()) {
      return absl::Status(row.status().code(),
                          absl::StrCat("key \"", absl::CHexEscape(key.key_id),
                                       "\": ", row.status().message()));
    }
    stored.push_back(*std::move(row));
  }
  if (auto status = database_->Insert(stored); !status.ok()) return status;
  absl::Status applied = apply_ ? apply_() : absl::OkStatus();
  for (const StoredKey& key : stored) {
    if (!audit_) break;
    audit_({.name = "key_imported",
            .time = now,
            .fields = {{"key_id", key.key_id}, {"principal", key.principal}}});
  }
  return applied;
}

absl::StatusOr<StoredKey> KeyLedger::Show(std::string_view key_id) {
  if (!KeyId::Parse(key_id).has_value()) {
    return absl::InvalidArgumentError("a key id is 12 base62 characters");
  }
  auto found = database_->Find(std::string(key_id));
  if (!found.ok()) return found.status();
  if (!found->has_value()) {
    return absl::NotFoundError(absl::StrCat("no key ", key_id));
  }
  return **std::move(found);
}

absl::StatusOr<std::string> KeyLedger::KeyLead() const {
  const auto rules = RulesOfKeys();
  if (!rules.ok()) return rules.status();
  return (*rules)->text->lead();
}

absl::StatusOr<std::optional<FoundKey>> KeyLedger::Recognize(
    std::string_view text, UnixSeconds now) {
  const auto rules = RulesOfKeys();
  if (!rules.ok()) return rules.status();
  FoundKey found;
  std::string_view secret;
  if ((*rules)->text->Parse(text, found.id, secret) != Reason::kOk) {
    return std::nullopt;
  }
  auto stored = database_->Find(found.id.text());
  if (!stored.ok()) return stored.status();
  found.stored = *std::move(stored);
  if (found.stored.has_value()) {
    found.current = IsSecretOf(*found.stored, *(*rules)->peppers, secret, now);
  }
  return found;
}

// A registration that ended may begin anew, with what is granted now: unlike a
// secret, a certificate is no less known for it.
absl::Status KeyLedger::Register(const Registration& registration,
                                 const KeyGrant& grant, UnixSeconds now) {
  if (auto status = CheckGrant(grant, *Rules()); !status.ok()) return status;
  StoredKey row;
  row.key_id = RegistrationName(registration);
  row.digest = registration.digest;
  row.pepper_id = kNoPepper;
  row.principal = grant.principal;
  row.scopes = grant.scopes;
  row.policy = grant.policy;
  row.state = KeyState::kActive;
  row.created_at = row.updated_at = now.value;
  row.expires_at = Seconds(grant.expires_at);
  absl::Status status = database_->Insert({&row, 1});
  if (absl::IsAlreadyExists(status)) {
    status = database_
                 ->Update(row.key_id,
                          [&row](StoredKey& known) {
                            if (known.state != KeyState::kRevoked) {
                              return absl::AlreadyExistsError(absl::StrCat(
                                  row.key_id, " is registered already"));
                            }
                            known = row;
                            return absl::OkStatus();
                          })
                 .status();
  }
  if (!status.ok()) return status;
  return Applied({"certificate_registered", row.key_id, row.principal}, now);
}

absl::Status KeyLedger::Unregister(const Registration& registration,
                                   UnixSeconds now) {
  const std::string name = RegistrationName(registration);
  const auto changed = database_->Update(name, [&](StoredKey& row) {
    if (row.state == KeyState::kRevoked) {
      return absl::NotFoundError(absl::StrCat(name, " is not registered"));
    }
    row.state = KeyState::kRevoked;
    row.updated_at = now.value;
    return absl::OkStatus();
  });
  if (!changed.ok()) return changed.status();
  return Applied({"certificate_unregistered", name, changed->principal}, now);
}

}  // namespace tollgate
