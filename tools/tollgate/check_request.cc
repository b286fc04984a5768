#include "tools/tollgate/check_request.h"

#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "tools/tollgate/instant.h"

namespace tollgate::cli {
namespace {

// Appends one header for a value, several for a list of them.
absl::Status AppendHeader(const JsonMember& member,
                          std::vector<HeaderView>& headers) {
  if (const auto text = member.value.String(); text.ok()) {
    headers.push_back({member.name, *text});
    return absl::OkStatus();
  }
  const auto list = member.value.Array();
  if (!list.ok()) {
    return member.value.Error("must be a string or a list of strings");
  }
  for (const JsonValue item : *list) {
    const auto text = item.String();
    if (!text.ok()) return text.status();
    headers.push_back({member.name, *text});
  }
  return absl::OkStatus();
}

absl::Status ReadHeaders(const JsonObject& line,
                         std::vector<HeaderView>& headers) {
  const auto value = line.Get("headers");
  if (!value.ok()) return value.status();
  const auto object = value->Object();
  if (!object.ok()) return object.status();
  for (const JsonMember member : *object) {
    if (auto status = AppendHeader(member, headers); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status ReadTime(const JsonObject& line, std::optional<Now>& time) {
  const auto value = line.Find("time");
  if (!value.has_value()) return absl::OkStatus();
  const auto instant = ReadInstant(*value);
  if (instant.ok()) time = *instant;
  return instant.status();
}

// Returns the DER of the first certificate in a PEM text (RFC 7468 section 5).
absl::StatusOr<std::string> DerOf(const JsonValue& value) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  const auto text = value.String();
  if (!text.ok()) return text.status();
  const size_t begin = text->find(kBegin);
  const size_t end = text->find(kEnd);
  std::string der;
  if (begin == text->npos || end == text->npos || end < begin ||
      !absl::Base64Unescape(
          text->substr(begin + kBegin.size(), end - begin - kBegin.size()),
          &der) ||
      der.empty()) {
    return value.Error("must be a certificate in PEM");
  }
  return der;
}

// Reads a certificate, or the first of a list: the end-entity's.
absl::Status ReadCertificate(const JsonObject& line, std::string& out) {
  const auto value = line.Find("client_cert");
  if (!value.has_value() || value->is_null()) return absl::OkStatus();
  absl::StatusOr<std::string> der;
  if (value->kind() == JsonKind::kArray) {
    const auto list = value->Array();
    if (list->size() == 0) return value->Error("must not be empty");
    der = DerOf(*list->begin());
  } else {
    der = DerOf(*value);
  }
  if (der.ok()) out = *std::move(der);
  return der.status();
}

bool Carries(const JsonObject& line, std::string_view name) {
  const auto value = line.Find(name);
  return value.has_value() && !value->is_null();
}

}  // namespace

absl::StatusOr<std::string_view> ReadText(const JsonObject& object,
                                          std::string_view name) {
  const auto value = object.Get(name);
  if (!value.ok()) return value.status();
  return value->String();
}

absl::StatusOr<IpAddress> ReadAddress(const JsonObject& object,
                                      std::string_view name) {
  const auto value = object.Get(name);
  if (!value.ok()) return value.status();
  const auto text = value->String();
  if (!text.ok()) return text.status();
  const auto address = IpAddress::Parse(*text);
  if (!address.has_value()) return value->Error("must be an IP address");
  return *address;
}

// The time is read first: it drives the clock even when the rest is wrong.
absl::Status ReadCheckRequest(const JsonObject& line, CheckRequest& request) {
  if (auto status = ReadTime(line, request.time); !status.ok()) return status;
  const auto method = ReadText(line, "method");
  if (!method.ok()) return method.status();
  const auto path = ReadText(line, "path");
  if (!path.ok()) return path.status();
  const auto peer = ReadAddress(line, "ip");
  if (!peer.ok()) return peer.status();
  if (auto status = ReadHeaders(line, request.headers); !status.ok()) {
    return status;
  }
  // A certificate that can not be read is a credential all the same.
  request.unsupported_credential =
      !ReadCertificate(line, request.certificate).ok() ||
      Carries(line, "signed_tool");
  request.view = {*method, *path, *peer, request.headers, request.certificate};
  return absl::OkStatus();
}

}  // namespace tollgate::cli
