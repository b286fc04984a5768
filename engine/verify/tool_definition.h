// verify: signed tool definitions (ETDI): who published a definition, whether
// it is what they signed, and whether it is still good.
//
//   ToolDefinitionVerifier verifier;
//   VerifiedDefinition verified;
//   Reason reason = verifier.Verify(document, publishers, rules, now,
//   verified);
//
// Use it for the proof; whether the definition is the one that was approved is
// another question: engine/policy/pins.h. What to hand on is `canonical`, the
// bytes that were verified, so that no second parser reads something else.
//
// In order: the document's form; a publisher with a key of that id, bound to
// the algorithm that the document names; the times; the audience; the
// signature; then what the definition says: its name, version and
// capabilities, members that differ from a known one in case only, and hidden
// text. A document is not older than `max_age`, not from a later second than
// the skew allows, and ends with `expires`, if it has that.
//
// Thread-safety: a verifier belongs to one thread. Ownership: results are
// values. Cost: the signature (ten to some forty microseconds) and some
// nanoseconds a byte. Errors: the Reason; what was not proved is not told.

#ifndef TOLLGATE_ENGINE_VERIFY_TOOL_DEFINITION_H_
#define TOLLGATE_ENGINE_VERIFY_TOOL_DEFINITION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/functional/function_ref.h"
#include "engine/base/clock.h"
#include "engine/crypto/sha256.h"
#include "engine/lookup/publishers.h"
#include "engine/model/pin.h"
#include "engine/model/reason.h"
#include "engine/model/tool_decision.h"
#include "engine/verify/tool_document.h"

namespace tollgate {

struct ToolRules {
  ToolProfile profile = ToolProfile::kStrict;
  int64_t max_age_us = 86'400'000'000;
  int64_t skew_us = 30'000'000;
  // Whom a document that names an audience must be for; empty: nobody.
  std::string audience;
  // Code points that are hidden and may be there all the same.
  std::vector<char32_t> allowed_hidden;

  friend bool operator==(const ToolRules&, const ToolRules&) = default;
};

// Facts, once the signature is proved; empty before.
struct VerifiedDefinition {
  std::string publisher;
  std::string key_id;
  std::string tool;
  std::string version;  // of the tool; empty: it says none
  std::vector<std::string> capabilities;
  std::string canonical;     // the definition
  Sha256Digest digest = {};  // of that
  UnixSeconds issued_at;     // of its timestamp
  UnixSeconds good_until;    // the first second in which the proof is over
};

inline DefinitionFacts FactsOf(
    const VerifiedDefinition& verified ABSL_ATTRIBUTE_LIFETIME_BOUND) {
  return {verified.publisher, verified.tool, verified.version, verified.digest,
          verified.capabilities};
}

// Returns the issuer that revocations of a publisher's keys and definitions
// name: kKeyId and the key's id, kClaims and the digest, or kIssuer.
std::string RevocationIssuerOf(std::string_view publisher);

class ToolDefinitionVerifier {
 public:
  // Says whether a public-key operation may be spent: kOk, or why not.
  using Afford = absl::FunctionRef<Reason()>;

  // `afford` is asked after all that costs less than the signature.
  [[nodiscard]] Reason Verify(const ToolDocumentText& text,
                              const Publishers& publishers,
                              const ToolRules& rules, DateMicros now,
                              Afford afford, VerifiedDefinition& out);

  // The same at any cost.
  [[nodiscard]] Reason Verify(const ToolDocumentText& text,
                              const Publishers& publishers,
                              const ToolRules& rules, DateMicros now,
                              VerifiedDefinition& out) {
    return Verify(
        text, publishers, rules, now, [] { return Reason::kOk; }, out);
  }

 private:
  ToolDocumentReader reader_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_TOOL_DEFINITION_H_
