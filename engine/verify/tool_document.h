// verify: the forms that a signed tool definition comes in, read strictly.
//
// The envelope, a JSON object of exactly these members, signed over the
// canonical form (RFC 8785) of `payload`:
//   {"payload": {"tool_definition": {...}, "timestamp": T, "version": "1.0",
//                "expires"?: T, "audience"?: text or [text...]},
//    "signature": base64, "algorithm": "PS256|RS256|ES256|EdDSA",
//    "key_id": text}
// A JWS (RFC 7515) of `typ` etdi+jws whose payload is that object, signed over
// its bytes as they are: compact, or detached (appendix F) with the payload
// beside it.
// In the profile etdi-compat, the envelope as its first implementations make
// it: signed over the bytes of Python's json.dumps(payload, sort_keys=True), by
// RSASSA-PSS, and called RS256.
//
// A member that is not known refuses: it may say for whom a definition is, or
// be taken for another by who does not mind case. What is in the definition
// itself is the publisher's.
//
// Thread-safety: a reader belongs to one thread. Ownership: a ToolDocument
// views its reader, until the next Read. Cost: some nanoseconds a byte; no
// allocation once the buffers have grown. Errors: the reasons that Read names.

#ifndef TOLLGATE_ENGINE_VERIFY_TOOL_DOCUMENT_H_
#define TOLLGATE_ENGINE_VERIFY_TOOL_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/crypto/algorithm.h"
#include "engine/json/reader.h"
#include "engine/model/reason.h"
#include "engine/verify/claims.h"
#include "engine/verify/jws.h"

namespace tollgate {

enum class ToolProfile : uint8_t { kStrict = 0, kEtdiCompat };

// Returns "strict" or "etdi-compat".
std::string_view ToolProfileName(ToolProfile profile);

struct ToolDocument {
  Algorithm algorithm = Algorithm::kNone;  // that it names; none of Python's
  std::string_view key_id;
  std::string_view message;    // what is signed
  std::string_view signature;  // decoded

  DateMicros timestamp = 0;
  std::optional<DateMicros> expires;
  std::optional<JsonValue> audience;
  std::optional<JsonValue> definition;  // an object
  std::string_view canonical;           // form of the definition
};

class ToolDocumentReader {
 public:
  ToolDocumentReader();

  // Reads `document`, in text, into `out`: kOk, kMalformedCredential,
  // kWrongTokenType or kAlgorithmNotAllowed. `detached` is the payload of a
  // detached JWS, and belongs to nothing else.
  [[nodiscard]] Reason Read(std::string_view document,
                            std::optional<std::string_view> detached,
                            ToolProfile profile, ToolDocument& out);

 private:
  Reason ReadEnvelope(std::string_view text, ToolProfile profile,
                      ToolDocument& out);
  Reason ReadJws(std::string_view text,
                 std::optional<std::string_view> detached, ToolDocument& out);
  bool DecodeSignature(std::string_view base64, ToolDocument& out);
  bool ReadPayload(const JsonObject& payload, ToolDocument& out);

  JsonReader reader_;
  JwsHeaderReader headers_;
  std::string decoded_;    // payload of a JWS
  std::string signature_;  // decoded
  std::string message_;
  std::string canonical_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_TOOL_DOCUMENT_H_
