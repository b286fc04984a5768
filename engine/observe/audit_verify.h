// Checks audit files for edits: whether each line follows on the one before,
// whether anything is missing at the end, whether checkpoints are signed.
//
//   AuditVerifier verifier(&chain, signer);
//   for each line of the files, the oldest first: if (!verifier.Add(line)) ...
//   if the last of a file has no line break: verifier.AddTorn() in its place.
//   AuditVerdict verdict = verifier.Finish(head);
//
// The first line is the first of the chain, or one that says on what it
// follows, as a file after a rotation begins: what was before is not looked at.
//
// Thread-safety: one thread. Ownership: borrows chain and signer. Cost: an HMAC
// a line. Errors: in the verdict, with the number of the line.

#ifndef TOLLGATE_ENGINE_OBSERVE_AUDIT_VERIFY_H_
#define TOLLGATE_ENGINE_OBSERVE_AUDIT_VERIFY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "engine/crypto/verifying_key.h"
#include "engine/json/reader.h"
#include "engine/observe/audit_chain.h"

namespace tollgate {

struct AuditVerdict {
  bool intact = false;
  std::string finding;  // what is wrong; empty when nothing is
  uint64_t first_sequence = 0;
  uint64_t lines = 0;        // that were found good
  uint64_t checkpoints = 0;  // whose signatures were
  ChainState last;
};

class AuditVerifier {
 public:
  // `signer` verifies checkpoints; null: they are not looked at.
  AuditVerifier(const AuditChain* chain, const VerifyingKey* signer)
      : chain_(chain), signer_(signer) {}

  // Makes it an error not to meet this line: one that was kept elsewhere.
  void Expect(std::string_view line) { expected_.emplace(line); }

  // Takes the next line, without its line break. False: something is wrong.
  bool Add(std::string_view line);

  // Takes the end of a file that has no line break, whatever is in it: who
  // writes next takes it off, be it whole otherwise. That is always wrong.
  bool AddTorn();

  // `head` is the text of the file beside; absent when there is none.
  AuditVerdict Finish(std::optional<std::string_view> head);

 private:
  bool Fail(std::string finding);
  bool Begin(std::string_view line);
  bool CheckCheckpoint(const JsonObject& line, const ChainState& before);

  const AuditChain* const chain_;
  const VerifyingKey* const signer_;
  JsonReader reader_{{}};
  absl::flat_hash_set<std::string> expected_;
  AuditVerdict verdict_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVE_AUDIT_VERIFY_H_
