#include "tests/fuzz/reencode.h"

#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/json/write_value.h"

namespace tollgate {
namespace {

std::string Escaped(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      absl::StrAppend(&out, "\\u", absl::Hex(byte, absl::kZeroPad4));
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

}  // namespace

std::string Reencode(const JsonValue& value) {
  switch (value.kind()) {
    case JsonKind::kString:
      return Escaped(*value.String());
    case JsonKind::kArray: {
      std::vector<std::string> items;
      const JsonArray array = *value.Array();
      for (const JsonValue item : array) items.push_back(Reencode(item));
      return absl::StrCat("[\n", absl::StrJoin(items, " ,\t"), " ]");
    }
    case JsonKind::kObject: {
      std::vector<std::string> members;
      const JsonObject object = *value.Object();
      for (const JsonMember member : object) {
        members.insert(members.begin(),
                       absl::StrCat(Escaped(member.name), "\t:\r\n",
                                    Reencode(member.value)));
      }
      return absl::StrCat("{ ", absl::StrJoin(members, "\n, "), "\n}");
    }
    case JsonKind::kNull:
    case JsonKind::kBool:
    case JsonKind::kInt64:
    case JsonKind::kUint64:
    case JsonKind::kDouble:
      return JsonText(value);
  }
  return "";
}

}  // namespace tollgate
