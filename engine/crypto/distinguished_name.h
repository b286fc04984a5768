// A distinguished name in the form in which names are compared (RFC 5280
// section 7.1).
//
// Two names are equal when their relative names are, one by one. Text compares
// without regard to its string type, to the case of ASCII letters, and to white
// space at the ends or repeated; other values compare by their bytes. (RFC 4518
// would fold more; what it folds and we do not makes names differ, which
// refuses.)
//
// Thread-safety: a value. Cost: an allocation; a microsecond for text that is
// not ASCII. Errors: nullopt for what is no DER Name, has an empty relative
// name, text that its string type does not allow, or a NUL in text: many a
// program sees the end of the name there.

#ifndef TOLLGATE_ENGINE_CRYPTO_DISTINGUISHED_NAME_H_
#define TOLLGATE_ENGINE_CRYPTO_DISTINGUISHED_NAME_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

class DistinguishedName {
 public:
  DistinguishedName() = default;  // the empty one

  // Parses a DER Name, all of `element`.
  static std::optional<DistinguishedName> Parse(std::string_view element);

  bool empty() const { return form_.empty(); }

  // Whether this name is `base` or stands below it.
  bool IsWithin(const DistinguishedName& base) const {
    return form_.compare(0, base.form_.size(), base.form_) == 0;
  }

  friend bool operator==(const DistinguishedName& a,
                         const DistinguishedName& b) {
    return a.form_ == b.form_;
  }

  // Values of attributes, in UTF-8 and as written.
  const std::vector<std::string>& common_names() const { return common_names_; }
  const std::vector<std::string>& email_addresses() const {
    return email_addresses_;
  }

 private:
  // Relative names, each behind its length: no name's form begins with another
  // form unless it stands below it.
  std::string form_;
  std::vector<std::string> common_names_;
  std::vector<std::string> email_addresses_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_DISTINGUISHED_NAME_H_
