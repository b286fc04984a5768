#include "engine/crypto/distinguished_name.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/mem.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/algorithm/container.h"
#include "engine/crypto/der.h"

namespace tollgate {
namespace {

// id-at-commonName (RFC 5280 appendix A.1) and emailAddress (PKCS #9).
constexpr std::string_view kCommonName = "\x55\x04\x03";
constexpr std::string_view kEmailAddress =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";

// How the value of an attribute is compared.
enum class ValueForm : char { kText = 't', kBytes = 'b' };

void AppendFramed(std::string_view bytes, std::string& out) {
  const auto size = static_cast<uint32_t>(bytes.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof(size));
  out.append(bytes);
}

// Takes the first frame off `frames`. REQUIRES: there is one.
std::string_view TakeFrame(std::string_view& frames) {
  uint32_t size = 0;
  std::memcpy(&size, frames.data(), sizeof(size));
  const std::string_view bytes = frames.substr(sizeof(size), size);
  frames.remove_prefix(sizeof(size) + size);
  return bytes;
}

bool IsText(DerTag tag) {
  switch (tag) {
    case DerTag::kUtf8String:
    case DerTag::kNumericString:
    case DerTag::kPrintableString:
    case DerTag::kTeletexString:
    case DerTag::kIa5String:
    case DerTag::kVisibleString:
    case DerTag::kUniversalString:
    case DerTag::kBmpString:
      return true;
    default:  // not a switch over what is to be decided: any other tag
      return false;
  }
}

bool IsWide(DerTag tag) {
  return tag == DerTag::kUniversalString || tag == DerTag::kBmpString;
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

// Converts text of any string type to UTF-8.
std::optional<std::string> ToUtf8(DerTag tag, std::string_view contents) {
  if (!IsWide(tag) && IsAscii(contents)) return std::string(contents);
  const bssl::UniquePtr<ASN1_STRING> string(
      ASN1_STRING_type_new(static_cast<int>(tag)));
  if (string == nullptr ||
      ASN1_STRING_set(string.get(), contents.data(),
                      static_cast<int>(contents.size())) != 1) {
    return std::nullopt;
  }
  uint8_t* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, string.get());
  const bssl::UniquePtr<uint8_t> owned(bytes);
  if (size < 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  return std::string(reinterpret_cast<const char*>(bytes),
                     static_cast<size_t>(size));
}

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Folds case and white space of text in UTF-8.
std::string Folded(std::string_view text) {
  std::string folded;
  bool space = false;
  for (const char c : text) {
    if (IsSpace(c)) {
      space = true;
      continue;
    }
    if (space && !folded.empty()) folded.push_back(' ');
    space = false;
    folded.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
  }
  return folded;
}

struct Attribute {
  std::string form;
  std::string_view type;
  std::string text;  // when it is text
};

// Reads an AttributeTypeAndValue.
bool ReadAttribute(DerReader& set, Attribute& out) {
  DerReader pair;
  DerReader::Element value;
  if (!set.Read(DerTag::kSequence, pair) ||
      !pair.Read(DerTag::kObjectIdentifier, out.type) || !pair.ReadAny(value) ||
      !pair.empty()) {
    return false;
  }
  AppendFramed(out.type, out.form);
  if (!IsText(value.tag)) {
    out.form.push_back(static_cast<char>(ValueForm::kBytes));
    AppendFramed(value.bytes, out.form);
    return true;
  }
  auto text = ToUtf8(value.tag, value.contents);
  if (!text.has_value() || text->find('\0') != std::string::npos) return false;
  out.text = *std::move(text);
  out.form.push_back(static_cast<char>(ValueForm::kText));
  AppendFramed(Folded(out.text), out.form);
  return true;
}

bool IsPrintable(char c) { return c >= ' ' && c <= '~'; }

// Whether the value of an attribute, in its form without the type, is text that
// differs from all that is spelt otherwise.
bool IsPlain(std::string_view value) {
  if (value.front() != static_cast<char>(ValueForm::kText)) return false;
  value.remove_prefix(1);
  return absl::c_all_of(TakeFrame(value), IsPrintable);
}

// Compares two relative names. Attributes are in the order of their types: when
// one is of another type, or left over, the names have different ones.
NameLikeness CompareRelative(std::string_view a, std::string_view b) {
  if (a == b) return NameLikeness::kSame;
  bool plain = true;
  while (!a.empty() && !b.empty()) {
    std::string_view of_a = TakeFrame(a);
    std::string_view of_b = TakeFrame(b);
    if (TakeFrame(of_a) != TakeFrame(of_b)) return NameLikeness::kDifferent;
    plain = plain && (of_a == of_b || (IsPlain(of_a) && IsPlain(of_b)));
  }
  return plain || !a.empty() || !b.empty() ? NameLikeness::kDifferent
                                           : NameLikeness::kUnsure;
}

}  // namespace

NameLikeness DistinguishedName::CompareBeginning(
    const DistinguishedName& base) const {
  std::string_view mine = form_;
  std::string_view wanted = base.form_;
  auto likeness = NameLikeness::kSame;
  while (!wanted.empty()) {
    if (mine.empty()) return NameLikeness::kDifferent;
    likeness =
        std::min(likeness, CompareRelative(TakeFrame(mine), TakeFrame(wanted)));
    if (likeness == NameLikeness::kDifferent) break;
  }
  return likeness;
}

std::optional<DistinguishedName> DistinguishedName::Parse(
    std::string_view element) {
  DerReader reader(element);
  DerReader names;
  if (!reader.ReadOnly(DerTag::kSequence, names)) {
    return std::nullopt;
  }
  DistinguishedName name;
  while (!names.empty()) {
    DerReader set;
    if (!names.Read(DerTag::kSet, set) || set.empty()) return std::nullopt;
    std::vector<std::string> forms;
    while (!set.empty()) {
      Attribute attribute;
      if (!ReadAttribute(set, attribute)) return std::nullopt;
      if (attribute.type == kCommonName) {
        name.common_names_.push_back(attribute.text);
      } else if (attribute.type == kEmailAddress) {
        name.email_addresses_.push_back(attribute.text);
      }
      forms.push_back(std::move(attribute.form));
    }
    std::sort(forms.begin(), forms.end());
    std::string relative;
    for (const std::string& form : forms) AppendFramed(form, relative);
    AppendFramed(relative, name.form_);
  }
  return name;
}

}  // namespace tollgate
