// A configuration compiled for the hot path: immutable, published whole.
//
// Everything that text had to say is resolved here: policies to compiled rules
// by index, limits to interned limit sets, scopes to masks, peppers to prepared
// digests. A request loads one snapshot and uses it to its end.
//
// Thread-safety: immutable. Ownership: limit sets, scope sets and texts are
// interned and outlive every snapshot. Errors: Compile says file, line and
// column.

#ifndef TOLLGATE_ENGINE_SNAPSHOT_H_
#define TOLLGATE_ENGINE_SNAPSHOT_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/config/config.h"
#include "engine/extract/extractor.h"
#include "engine/extract/forwarded_certificate.h"
#include "engine/issuers.h"
#include "engine/key_rules.h"
#include "engine/limit/admission.h"
#include "engine/limit/rate_limiter.h"
#include "engine/model/scope.h"
#include "engine/name_table.h"
#include "engine/policy/client_address.h"
#include "engine/policy/endpoint_table.h"
#include "engine/policy/policy.h"
#include "engine/text_table.h"
#include "engine/tool_trust.h"
#include "engine/trust.h"
#include "engine/verify/peppers.h"
#include "engine/verify/proof_header.h"

namespace tollgate {

// One policy of the configuration.
struct PolicyEntry {
  CompiledPolicy rules;
  const LimitSet* limits;  // null: no limits
  const ScopeSet* scopes;  // granted to credentials without their own
};

class Snapshot {
 public:
  // What outlives every snapshot and gives its names their meaning.
  struct Interned {
    ScopeTable* scopes;
    NameTable* policy_names;
    TextTable* texts;
    RateLimiter* limiter;
  };

  // The parts of a configuration that stand in files of their own.
  struct Loaded {
    KeyRules rules;
    SharedTokenTrust tokens;                 // null: no tokens are taken
    std::shared_ptr<const Trust> trust;      // null: no certificates are taken
    std::shared_ptr<const ToolTrust> tools;  // null: no definitions are
  };

  // `generation` is greater than that of every snapshot before.
  static absl::StatusOr<std::unique_ptr<const Snapshot>> Compile(
      const Config& config, Loaded loaded, const Interned& interned,
      uint64_t generation);

  const Extractor& extractor() const { return extractor_; }
  const Peppers& peppers() const { return *peppers_; }
  const TrustedProxies& trusted_proxies() const { return trusted_proxies_; }
  const EndpointTable& endpoints() const { return endpoints_; }

  // Returns the context of the tokens of exactly this issuer, or null.
  const VerificationContext* issuer(std::string_view name) const {
    return tokens_ == nullptr ? nullptr : tokens_->Find(name);
  }

  // Returns the name of the issuer whose context, of issuer(), it is; interned.
  const std::string* issuer_name(const VerificationContext& context) const {
    return issuer_names_[static_cast<size_t>(&context -
                                             tokens_->issuers.data())];
  }

  // What challenges say of it; interned. Null: nothing is configured.
  const std::string* resource_metadata() const { return resource_metadata_; }

  // What client certificates are verified with; null when none are taken. Of
  // who is not registered with another, this is the policy.
  const Trust* trust() const { return trust_.get(); }
  uint16_t certificate_policy() const { return certificate_policy_; }

  // What tool definitions are verified with; null when none are taken.
  const ToolTrust* tools() const { return tools_.get(); }

  // What happens to failed credentials; null: nothing does.
  const AdmissionRules* admission() const {
    return admission_.has_value() ? &*admission_ : nullptr;
  }

  // Of how many allows one is written to the audit, and whether there is one.
  uint64_t audited_allows() const { return audited_allows_; }
  bool audited() const { return audited_; }

  // How trusted proxies hand over certificates, if they do.
  const std::optional<ForwardedCertificateOptions>& forwarded() const {
    return forwarded_;
  }

  // What the proof of a token made with this snapshot bears; revocations are
  // asked about at every request. Incomplete when no tokens are taken.
  ProofStamp token_stamp() const {
    return tokens_ == nullptr ? ProofStamp() : tokens_->stamp;
  }

  // Of the configuration in force: another one for each snapshot.
  uint64_t generation() const { return generation_; }

  // For how long a proof of a token may be kept.
  int64_t token_cache_seconds() const { return token_cache_seconds_; }

  // Returns the policy of an interned name, the default one for index 0, or
  // null when this configuration has no such policy.
  const PolicyEntry* policy(uint16_t index) const {
    return index < policies_.size() ? policies_[index] : nullptr;
  }

 private:
  void Add(uint16_t index, const PolicyEntry* entry);
  absl::Status AddPolicies(const Config& config, const Interned& interned);
  absl::Status AddTokens(SharedTokenTrust tokens, const Interned& interned);
  absl::Status AddTrust(const Config& config,
                        std::shared_ptr<const Trust> trust,
                        const Interned& interned);
  absl::StatusOr<uint16_t> PolicyOrUnrestricted(const std::string& name,
                                                const Interned& interned);

  Snapshot(Extractor extractor, std::shared_ptr<const Peppers> peppers,
           TrustedProxies proxies, EndpointTable endpoints);

  Extractor extractor_;
  std::shared_ptr<const Peppers> peppers_;
  TrustedProxies trusted_proxies_;
  EndpointTable endpoints_;
  std::vector<std::unique_ptr<const PolicyEntry>> entries_;
  std::vector<const PolicyEntry*> policies_;  // by index of the name
  SharedTokenTrust tokens_;
  std::vector<const std::string*> issuer_names_;  // in the order of theirs
  const std::string* resource_metadata_ = nullptr;
  uint64_t generation_ = 0;
  int64_t token_cache_seconds_ = 0;
  std::shared_ptr<const Trust> trust_;
  std::shared_ptr<const ToolTrust> tools_;
  uint16_t certificate_policy_ = 0;
  std::optional<ForwardedCertificateOptions> forwarded_;
  std::optional<AdmissionRules> admission_;
  uint64_t audited_allows_ = std::numeric_limits<uint64_t>::max();
  bool audited_ = false;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_SNAPSHOT_H_
