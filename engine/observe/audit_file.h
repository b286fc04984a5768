// The file that the audit is written to: JSON Lines, only ever appended to, by
// any number of processes.
//
// Each Append is one write under a lock (flock) of the file, and with a chain
// of the file beside it, too; and whole lines or nothing: what a full disk cut
// off is taken back, and what a crash left of a line is taken off, and told,
// before the next one. With a chain, lines follow on those of whoever wrote
// last, also over a rotation: what is appended goes to the file that has the
// path then, and Reopen only makes one sooner.
//
// Thread-safety: one thread at a time. Ownership: closes the file.
// Cost: a system call or ten for each Append, however many lines it has; not
// for the hot path. Errors: Unavailable or ResourceExhausted with the file's
// name; then nothing was appended.

#ifndef TOLLGATE_ENGINE_OBSERVE_AUDIT_FILE_H_
#define TOLLGATE_ENGINE_OBSERVE_AUDIT_FILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/crypto/signing_key.h"
#include "engine/observe/audit_chain.h"

namespace tollgate {

struct AuditFileOptions {
  std::string path;
  std::shared_ptr<const AuditChain> chain;   // null: no tamper evidence
  std::shared_ptr<const SigningKey> signer;  // null: no checkpoints
  uint64_t checkpoint_lines = 1000;          // between two of them
};

class AuditFile {
 public:
  // Opens the file, and makes it, for its owner alone, when there is none.
  static absl::StatusOr<std::unique_ptr<AuditFile>> Open(
      AuditFileOptions options);

  ~AuditFile();
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  // Appends `bodies`, JSON objects in one line each; `time` is that of
  // checkpoints and of what is told besides.
  absl::Status Append(absl::Span<const std::string> bodies,
                      std::string_view time);

  // Goes on in the file that has the path now: after a rotation, so that the
  // older one is let go of.
  absl::Status Reopen();

 private:
  explicit AuditFile(AuditFileOptions options);

  absl::Status OpenPath();
  absl::Status Lock();
  absl::Status LockOpen();
  void Unlock();
  bool IsMovedAway() const;
  absl::Status AppendLocked(absl::Span<const std::string> bodies,
                            std::string_view time);
  absl::StatusOr<uint64_t> DropTornLine(uint64_t& size);
  absl::Status CatchUp(uint64_t size, bool& head_lost);
  absl::StatusOr<std::string> Read(uint64_t from, uint64_t to) const;
  void AppendLine(std::string_view body, ChainState& state, std::string& out);
  void AppendCheckpoint(std::string_view time, ChainState& state,
                        std::string& out);
  absl::Status Failed(int error_number) const;
  void WriteHead() const;

  static constexpr uint64_t kUnknownSize = ~uint64_t{0};

  const AuditFileOptions options_;
  int descriptor_ = -1;
  int head_descriptor_ = -1;  // of the file beside
  ChainState state_;
  uint64_t known_size_ = kUnknownSize;  // of the file, when state_ was its end
  uint64_t lines_since_checkpoint_ = 0;
};

// Returns the path of the file beside, which keeps the chain's head.
std::string AuditHeadPath(std::string_view path);

// How far an audit with a chain reached at one moment, between two writes.
struct AuditExtent {
  uint64_t bytes = 0;               // of the file; none when there is no file
  std::optional<std::string> head;  // what is in the file beside, if any is
};

absl::StatusOr<AuditExtent> ReadAuditExtent(const std::string& path);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVE_AUDIT_FILE_H_
