#include "engine/lookup/jwk_member.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

constexpr size_t kBytesMax =
    std::max(limits::kHmacSecretBytesMax, limits::kRsaModulusBitsMax / 8);

}  // namespace

absl::StatusOr<std::string_view> TextMember(const JsonObject& jwk,
                                            std::string_view name) {
  const auto value = jwk.Get(name);
  if (!value.ok()) return value.status();
  return value->String();
}

absl::StatusOr<SecretBytes> BytesMember(const JsonObject& jwk,
                                        std::string_view name) {
  const auto value = jwk.Get(name);
  if (!value.ok()) return value.status();
  const auto text = value->String();
  if (!text.ok()) return text.status();
  SecretBytes bytes(Base64UrlDecodedBytesMax(text->size()));
  if (bytes.size() > kBytesMax) {
    return value->Error(absl::StrCat("has more than ", kBytesMax, " bytes"));
  }
  const absl::Span<char> out(
      reinterpret_cast<char*>(bytes.mutable_span().data()), bytes.size());
  if (!DecodeBase64Url(*text, out).has_value()) {
    return value->Error("is not base64url without padding");
  }
  return bytes;
}

}  // namespace tollgate
