// Names of hosts and mailboxes, told strictly: what is not beyond doubt one of
// a kind is none of it, so that no text is taken for a name of two kinds.
//
// Thread-safety: pure. Ownership: results view the text. Cost: a nanosecond a
// byte, no allocation.

#ifndef TOLLGATE_ENGINE_CRYPTO_INTERNET_NAME_H_
#define TOLLGATE_ENGINE_CRYPTO_INTERNET_NAME_H_

#include <optional>
#include <string_view>

namespace tollgate {

// Whether `text` is a host name in the preferred syntax (RFC 5280 section
// 4.2.1.6): at most 253 bytes, labels of 1 to 63 letters, digits and hyphens
// (and underscores, which hosts have), no hyphen at the ends of a label, no dot
// at the end. The last label is not all digits: an address is no name. Nor is a
// wildcard.
[[nodiscard]] bool IsHostName(std::string_view text);

// One whose parts need no unquoting: the local part is a Dot-string (RFC 5321
// section 4.1.2), the host a host name.
struct Mailbox {
  std::string_view local;
  std::string_view host;
};

// Returns nullopt for all that is not exactly one mailbox.
std::optional<Mailbox> ParseMailbox(std::string_view text);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_INTERNET_NAME_H_
