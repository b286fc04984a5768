#include "engine/crypto/extension_list.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

// DER leaves out what is the default, critical FALSE; many do not.
bool ReadExtension(DerReader& list, ExtensionView& out) {
  DerReader fields;
  std::string_view value;
  if (!list.Read(DerTag::kSequence, fields) ||
      !fields.Read(DerTag::kObjectIdentifier, out.id) ||
      (fields.NextIs(DerTag::kBoolean) && !fields.ReadBoolean(out.critical)) ||
      !fields.Read(DerTag::kOctetString, value)) {
    return false;
  }
  out.value = DerReader(value);
  return fields.empty();
}

}  // namespace

bool ReadExtensionList(DerReader contents,
                       absl::FunctionRef<bool(const ExtensionView&)> read) {
  if (contents.empty()) return false;
  std::vector<std::string_view> seen;
  while (!contents.empty()) {
    ExtensionView extension;
    if (!ReadExtension(contents, extension) ||
        absl::c_linear_search(seen, extension.id) ||
        seen.size() == limits::kCertificateExtensionsMax || !read(extension)) {
      return false;
    }
    seen.push_back(extension.id);
  }
  return true;
}

}  // namespace tollgate
