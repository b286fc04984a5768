// Opens the audit that a configuration asks for, its file and its keys; or only
// checks it.
//
// Thread-safety: pure but for files. Ownership: what it returns is shared by
// who writes and who reloads. Cost: control path. Errors: file:line:column and
// what is wrong with the file or a key; no error quotes a key.

#ifndef TOLLGATE_ENGINE_AUDIT_TRAIL_H_
#define TOLLGATE_ENGINE_AUDIT_TRAIL_H_

#include <memory>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/config/config.h"
#include "engine/model/revocation.h"
#include "engine/observe/audit_chain.h"
#include "engine/observe/audit_event.h"
#include "engine/observe/audit_log.h"
#include "engine/store/approval_rows.h"

namespace tollgate {

// Null when there is no `audit`.
absl::StatusOr<std::shared_ptr<AuditLog>> OpenAuditTrail(const Config& config);

// Returns why OpenAuditTrail would fail, without making or opening the file:
// what is wrong with a key, that a folder has the place of the file, or that
// there is none to make it in. Whether it may be written is not asked: who
// checks a configuration need not be who runs it.
absl::Status CheckAuditTrail(const Config& config);

// Returns what the audit says of a revocation.
ControlEvent EventOf(const Revocation& revocation, UnixSeconds now);

// The same of an approval of a tool definition, or of one that is withdrawn.
ControlEvent EventOf(const Approval& approval);

// Returns the chain of `audit.chain_key_file`; null when there is none.
absl::StatusOr<std::shared_ptr<const AuditChain>> LoadAuditChain(
    const Config& config);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_AUDIT_TRAIL_H_
