// Tamper evidence of an audit file: a keyed hash chain over its lines, and
// signed checkpoints.
//
// Each line is an object that ends in
//
//   ...,"seq":N,"chain":"C"}     C = HMAC-SHA-256(key, C' || what is before
//                                `,"chain"`), in hexadecimal
//
// where C' is the 32 bytes of the line before and N its number plus one. The
// first line that there ever was follows on zeros, with the number 1; the first
// of a later file says what it follows on, `"after":"N':C'"`. Without
// the key nobody can change, add, remove or reorder lines before the last one
// unnoticed. What was cut off at the end is told by the head: the number and
// chain of the last line, under a code of their own, kept in a file beside.
// Whoever can bring back older copies of both is found out by a checkpoint that
// was kept elsewhere: a line that a private key has signed, too.
//
// Thread-safety: immutable; pure functions. Ownership: the key is wiped.
// Cost: an HMAC a line, a signature a checkpoint; not for the hot path.
// Errors: nothing for a line or a head that is not of this form.

#ifndef TOLLGATE_ENGINE_OBSERVE_AUDIT_CHAIN_H_
#define TOLLGATE_ENGINE_OBSERVE_AUDIT_CHAIN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "engine/crypto/hmac_sha256.h"
#include "engine/crypto/sha256.h"

namespace tollgate {

// Where a chain stands: the last line's number and code. At zero: at no line.
struct ChainState {
  uint64_t sequence = 0;
  Sha256Digest code = {};

  friend bool operator==(const ChainState&, const ChainState&) = default;
};

class AuditChain {
 public:
  // `key` has at least 32 bytes; the caller wipes it.
  explicit AuditChain(absl::Span<const uint8_t> key) : mac_(key) {}

  // Appends `body`, an object, to `out` as the line that follows on `state`,
  // with its line break, and moves `state` on.
  void AppendLine(std::string_view body, ChainState& state,
                  std::string& out) const;

  // Whether `line`, without its line break, follows on `state`; moves it on.
  [[nodiscard]] bool Follow(std::string_view line, ChainState& state) const;

  // The text of the file beside, of a fixed size, and what it says.
  std::string FormatHead(const ChainState& state) const;
  [[nodiscard]] std::optional<ChainState> ReadHead(std::string_view text) const;

  // What a line says of itself, believed without the key.
  static std::optional<ChainState> StateOf(std::string_view line);

  // A state as text, "SEQUENCE:CODE".
  static std::string FormatState(const ChainState& state);
  static std::optional<ChainState> ParseState(std::string_view text);

  // What a checkpoint signs.
  static std::string CheckpointMessage(const ChainState& state);

 private:
  Sha256Digest CodeOf(const Sha256Digest& before, std::string_view text) const;

  const HmacSha256 mac_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVE_AUDIT_CHAIN_H_
