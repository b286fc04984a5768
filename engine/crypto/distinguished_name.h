// A distinguished name in the form in which names are compared (RFC 5280
// section 7.1).
//
// Two names are equal when their relative names are, one by one. Text compares
// without regard to its string type, to the case of ASCII letters, and to white
// space at the ends or repeated; other values compare by their bytes.
//
// RFC 4518 folds more: the case of all letters, compatible characters, what is
// not seen. Names that only this makes equal are not equal here, which refuses
// wherever equal names are asked for: no path chains by them. Where a name must
// not be another one, that would let it pass; there CompareBeginning says that
// it can not be told: values differ, and one has a character outside printable
// ASCII or is no text.
//
// Thread-safety: a value. Cost: an allocation; a microsecond for text that is
// not ASCII. Errors: nullopt for what is no Name, has an empty relative name,
// text that its string type does not allow, or a NUL in text: many a program
// sees the end of the name there. Lengths are as DER has them; that attributes
// of one relative name are in DER's order, and text of a PrintableString in its
// alphabet (of '@' and '*' real ones make use), is not asked for.

#ifndef TOLLGATE_ENGINE_CRYPTO_DISTINGUISHED_NAME_H_
#define TOLLGATE_ENGINE_CRYPTO_DISTINGUISHED_NAME_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// Whether two names are one.
enum class NameLikeness : uint8_t {
  kDifferent,
  kUnsure,  // their spelling does not tell
  kSame,
};

class DistinguishedName {
 public:
  DistinguishedName() = default;  // the empty one

  // Parses a DER Name, all of `element`.
  static std::optional<DistinguishedName> Parse(std::string_view element);

  bool empty() const { return form_.empty(); }
  size_t size() const { return form_.size(); }  // bytes that are compared

  // Compares with `base` as many relative names as it has: whether this name is
  // `base` or stands below it.
  [[nodiscard]] NameLikeness CompareBeginning(
      const DistinguishedName& base) const;

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
  // Frames, that is bytes behind their length: a frame for each relative name,
  // in it one for each attribute in the order of their bytes, in that one for
  // the type, a character for the kind of value, and a frame for the value.
  std::string form_;
  std::vector<std::string> common_names_;
  std::vector<std::string> email_addresses_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_DISTINGUISHED_NAME_H_
