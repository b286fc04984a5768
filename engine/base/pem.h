// Certificates and revocation lists as text (RFC 7468).
//
// A block is a BEGIN line, base64 in lines, and the END line of the same label;
// lines end in LF or CRLF. The base64 is strict: no spaces, padded, no bits
// left over. Where text is handed over by a peer or a program, nothing may
// stand outside of blocks but line ends (kBlocksOnly). Files of anchors often
// have explanations beside the blocks (section 5.2), which are passed over; a
// block of another label is not: a private key does not belong there.
//
// Thread-safety: pure functions. Cost: a copy of what is decoded. Errors:
// nullopt, for text that has not the form, no block, or too many.

#ifndef TOLLGATE_ENGINE_BASE_PEM_H_
#define TOLLGATE_ENGINE_BASE_PEM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

inline constexpr std::string_view kPemCertificate = "CERTIFICATE";
inline constexpr std::string_view kPemCrl = "X509 CRL";

enum class PemSurroundings : uint8_t { kBlocksOnly, kExplained };

struct PemFormat {
  std::string_view label = kPemCertificate;
  PemSurroundings surroundings = PemSurroundings::kBlocksOnly;
  size_t blocks_max = 1;
};

// Returns the bytes of each block, at least one.
std::optional<std::vector<std::string>> DecodePem(std::string_view text,
                                                  const PemFormat& format);

// Returns the bytes of a single block, or of the same in plain base64.
std::optional<std::string> DecodePemOrBase64(std::string_view text,
                                             std::string_view label);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_PEM_H_
