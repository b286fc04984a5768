// Name constraints: which names a CA may vouch for (RFC 5280 section 4.2.1.10).
//
// Every name of a constrained kind must be within a permitted subtree of that
// kind, if there is one, and within no excluded subtree. What a name or a
// constraint means must be beyond doubt: a name that is no proper host, mailbox
// or URI does not pass a constraint of its kind, and a kind that is not
// understood (otherName, x400Address, ediPartyName, registeredID) does not pass
// at all.
//
// How names match:
//   dNSName     the constraint and what stands below it, by labels, without
//               regard to case; "*.a.example" is within "a.example", and is
//               excluded with whatever it may stand for
//   rfc822Name  a mailbox, all mailboxes of a host, or (leading dot) of the
//               hosts below a domain
//   URI         the host, or (leading dot) the hosts below a domain; a URI
//               whose host is an address or missing does not pass, nor what
//               absolute_uri.h calls no URI
//   iPAddress   an address and a mask of leading ones
//   directory   the name and what stands below it; where its spelling leaves
//               open whether it is (distinguished_name.h), it is excluded and
//               not permitted
//
// Thread-safety: values. Cost: a name is looked at once, and compared with each
// constraint: some ns, and at worst one for each of its bytes; WorkOf tells,
// and callers bound it. Errors: false.

#ifndef TOLLGATE_ENGINE_CRYPTO_NAME_CONSTRAINTS_H_
#define TOLLGATE_ENGINE_CRYPTO_NAME_CONSTRAINTS_H_

#include <cstddef>
#include <vector>

#include "engine/crypto/der.h"
#include "engine/crypto/general_name.h"

namespace tollgate {

class NameConstraints {
 public:
  // Reads the value of the extension, all of `value`.
  [[nodiscard]] bool Read(DerReader value);

  // Returns whether a certificate below may have `name`.
  [[nodiscard]] bool Permit(const GeneralName& name) const;

  // Returns in nanoseconds, roughly, what Permit may take for `name`.
  size_t WorkOf(const GeneralName& name) const;

 private:
  struct Subtree {
    GeneralName base;
    bool proper;  // what it means is beyond doubt
  };

  [[nodiscard]] static bool ReadSubtrees(DerReader list,
                                         std::vector<Subtree>& out);

  std::vector<Subtree> permitted_;
  std::vector<Subtree> excluded_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_NAME_CONSTRAINTS_H_
