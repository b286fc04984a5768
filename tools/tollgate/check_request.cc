#include "tools/tollgate/check_request.h"

#include <string_view>
#include <utility>

#include "engine/base/limits.h"
#include "engine/base/pem.h"
#include "engine/json/write_value.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/json_lines.h"

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

// The id that the line gives, without the quotes of a text.
std::string IdText(const JsonObject& line) {
  const auto id = line.Find("id");
  if (!id.has_value() || id->is_null()) return "";
  const auto text = id->String();
  return text.ok() ? std::string(*text) : JsonText(*id);
}

absl::Status ReadTime(const JsonObject& line, std::optional<Now>& time) {
  const auto value = line.Find("time");
  if (!value.has_value()) return absl::OkStatus();
  const auto instant = ReadInstant(*value);
  if (instant.ok()) time = *instant;
  return instant.status();
}

// Appends the certificates of a PEM text.
absl::Status AppendCertificates(const JsonValue& value,
                                std::vector<std::string>& out) {
  const auto text = value.String();
  if (!text.ok()) return text.status();
  auto certificates =
      DecodePem(*text, {.blocks_max = limits::kChainCertificatesMax});
  if (!certificates.has_value()) return value.Error("must be PEM");
  for (std::string& certificate : *certificates) {
    out.push_back(std::move(certificate));
  }
  return absl::OkStatus();
}

// Reads a chain: one text, or a list of them.
absl::Status ReadChain(const JsonObject& line,
                       std::optional<ClientChain>& out) {
  const auto value = line.Find("client_cert");
  if (!value.has_value() || value->is_null()) return absl::OkStatus();
  std::vector<std::string> certificates;
  absl::Status status;
  if (const auto list = value->Array(); list.ok()) {
    for (const JsonValue item : *list) {
      status.Update(AppendCertificates(item, certificates));
    }
  } else {
    status = AppendCertificates(*value, certificates);
  }
  if (!status.ok()) return status;
  out = ClientChain::Of(std::move(certificates));
  return out.has_value() ? absl::OkStatus()
                         : value->Error("must be 1 to 10 certificates");
}

// Reads a document: an object, or the text of one or of a JWS.
absl::Status ReadSignedTool(const JsonObject& line,
                            std::optional<std::string>& out) {
  const auto value = line.Find("signed_tool");
  if (!value.has_value() || value->is_null()) return absl::OkStatus();
  if (value->kind() == JsonKind::kObject) {
    out = JsonText(*value);
    return absl::OkStatus();
  }
  const auto text = value->String();
  if (text.ok()) out = std::string(*text);
  return text.status();
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
  if (auto status =
          RefuseNearMisses(line, {"id", "time", "method", "path", "ip",
                                  "headers", "client_cert", "signed_tool"});
      !status.ok()) {
    return status;
  }
  if (auto status = ReadTime(line, request.time); !status.ok()) return status;
  request.id = IdText(line);
  const auto method = ReadText(line, "method");
  if (!method.ok()) return method.status();
  const auto path = ReadText(line, "path");
  if (!path.ok()) return path.status();
  const auto peer = ReadAddress(line, "ip");
  if (!peer.ok()) return peer.status();
  if (auto status = ReadHeaders(line, request.headers); !status.ok()) {
    return status;
  }
  if (!ReadChain(line, request.chain).ok()) {
    request.chain = ClientChain::Unreadable();
  }
  request.unreadable_tool = !ReadSignedTool(line, request.signed_tool).ok();
  request.view = {*method,
                  *path,
                  *peer,
                  request.headers,
                  request.chain.has_value() ? &*request.chain : nullptr,
                  request.id};
  return absl::OkStatus();
}

}  // namespace tollgate::cli
