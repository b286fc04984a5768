// One line of `tollgate check`, read into a request.
//
// Ownership: a CheckRequest views the JSON it was read from, and its headers
// vector is what `view` points to; it stays where it is.
// Errors: InvalidArgument that names the field.

#ifndef TOLLGATE_TOOLS_TOLLGATE_CHECK_REQUEST_H_
#define TOLLGATE_TOOLS_TOLLGATE_CHECK_REQUEST_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/base/clock.h"
#include "engine/extract/client_chain.h"
#include "engine/json/reader.h"
#include "engine/model/request.h"

namespace tollgate::cli {

struct CheckRequest {
  RequestView view;
  std::optional<Now> time;
  std::string id;  // as text: what the audit calls the request

  // The document of `signed_tool`; one that can not be read is a credential all
  // the same.
  std::optional<std::string> signed_tool;
  bool unreadable_tool = false;

  std::vector<HeaderView> headers;

  // The certificates of `client_cert`, which `view` names.
  std::optional<ClientChain> chain;

  CheckRequest() = default;
  CheckRequest(const CheckRequest&) = delete;
  CheckRequest& operator=(const CheckRequest&) = delete;
};

// Fills `request` from {"method", "path", "ip", "headers", "time"?, ...}.
absl::Status ReadCheckRequest(const JsonObject& line, CheckRequest& request);

// Reads the member `name` of `object`, which must be a string.
absl::StatusOr<std::string_view> ReadText(const JsonObject& object,
                                          std::string_view name);

// Reads the member `name` of `object`, which must be an IP address.
absl::StatusOr<IpAddress> ReadAddress(const JsonObject& object,
                                      std::string_view name);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_CHECK_REQUEST_H_
