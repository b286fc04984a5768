// Absolute URIs, by the grammar of RFC 3986 (appendix A) and by what RFC 5280
// section 4.2.1.6 adds for the names of certificates: something follows the
// scheme, and an authority has a host.
//
//   scheme ":" "//" [ userinfo "@" ] host [ ":" port ] path ...
//   scheme ":" path ...
//
// A port is at most 65535. Literals of later versions of IP ("[v1.x]") and IPv6
// zones are refused: nobody knows what they mean. All of the text is looked at:
// what programs read in two ways (a backslash, a second "@", an escape that is
// none) is no URI.
//
// Thread-safety: pure. Ownership: views the text. Cost: a few ns a byte, no
// allocation.

#ifndef TOLLGATE_ENGINE_CRYPTO_ABSOLUTE_URI_H_
#define TOLLGATE_ENGINE_CRYPTO_ABSOLUTE_URI_H_

#include <optional>
#include <string_view>

namespace tollgate {

// Returns the host of `uri` as written, an IPv6 address in its brackets; empty:
// there is no authority. Nullopt: `uri` is no absolute URI.
std::optional<std::string_view> HostOfUri(std::string_view uri);

inline bool IsAbsoluteUri(std::string_view text) {
  return HostOfUri(text).has_value();
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_ABSOLUTE_URI_H_
