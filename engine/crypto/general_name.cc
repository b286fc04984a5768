#include "engine/crypto/general_name.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "engine/base/limits.h"

namespace tollgate {
namespace {

constexpr size_t kIpv4Bytes = 4;
constexpr size_t kIpv6Bytes = 16;

// Takes context tags of the type: primitive for what is IMPLICIT text and
// octets, constructed for the rest.
std::optional<GeneralNameKind> KindOf(DerTag tag) {
  for (const auto kind :
       {GeneralNameKind::kEmail, GeneralNameKind::kDns, GeneralNameKind::kUri,
        GeneralNameKind::kIp, GeneralNameKind::kRegisteredId}) {
    if (tag == ContextTag(static_cast<uint8_t>(kind))) return kind;
  }
  for (const auto kind :
       {GeneralNameKind::kOther, GeneralNameKind::kX400,
        GeneralNameKind::kDirectory, GeneralNameKind::kEdiParty}) {
    if (tag == ConstructedContextTag(static_cast<uint8_t>(kind))) return kind;
  }
  return std::nullopt;
}

bool IsVisible(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < '\x7f'; });
}

bool IsAddress(std::string_view bytes, GeneralNameForm form) {
  const size_t parts = form == GeneralNameForm::kConstraint ? 2 : 1;
  return bytes.size() == parts * kIpv4Bytes ||
         bytes.size() == parts * kIpv6Bytes;
}

bool IsWellFormed(GeneralName& name, GeneralNameForm form) {
  switch (name.kind) {
    case GeneralNameKind::kEmail:
    case GeneralNameKind::kDns:
    case GeneralNameKind::kUri:
      return IsVisible(name.value) &&
             (form == GeneralNameForm::kConstraint || !name.value.empty());
    case GeneralNameKind::kIp:
      return IsAddress(name.value, form);
    case GeneralNameKind::kDirectory: {
      auto directory = DistinguishedName::Parse(name.value);
      if (!directory.has_value()) return false;
      name.directory = *std::move(directory);
      return true;
    }
    case GeneralNameKind::kRegisteredId:
      return IsObjectIdentifier(name.value);
    case GeneralNameKind::kOther:
    case GeneralNameKind::kX400:
    case GeneralNameKind::kEdiParty:
      return true;
  }
  return false;
}

}  // namespace

bool ReadGeneralName(DerReader& reader, GeneralNameForm form,
                     GeneralName& out) {
  DerReader::Element element;
  if (!reader.ReadAny(element)) return false;
  const auto kind = KindOf(element.tag);
  if (!kind.has_value()) return false;
  out.kind = *kind;
  out.value = std::string(element.contents);
  return IsWellFormed(out, form);
}

bool ReadGeneralNames(DerReader contents, std::vector<GeneralName>& out) {
  if (contents.empty()) return false;
  while (!contents.empty()) {
    if (out.size() == limits::kCertificateNamesMax) return false;
    GeneralName name;
    if (!ReadGeneralName(contents, GeneralNameForm::kName, name)) return false;
    out.push_back(std::move(name));
  }
  return true;
}

}  // namespace tollgate
