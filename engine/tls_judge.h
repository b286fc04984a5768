// Lets a validator judge the certificates of TLS handshakes.
//
//   MutualTlsContext::Create({..., .judge = JudgeBy(*validator), ...});
//
// The handshake is the outer door: the certification path is validated by what
// is in force, nothing is charged. Whether the certificate is registered, and
// what it may do, is decided for every request.
//
// Thread-safety: the judge may be called from any thread. Ownership: it borrows
// the validator. Cost: that of validating the path, each time.

#ifndef TOLLGATE_ENGINE_TLS_JUDGE_H_
#define TOLLGATE_ENGINE_TLS_JUDGE_H_

#include "engine/crypto/mutual_tls_context.h"
#include "engine/model/reason.h"
#include "engine/validator.h"

namespace tollgate {

// Returns what a handshake says where a request would be refused for `reason`.
ChainVerdict ChainVerdictOf(Reason reason);

ChainJudge JudgeBy(Validator& validator);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TLS_JUDGE_H_
