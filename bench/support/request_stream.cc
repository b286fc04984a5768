#include "bench/support/request_stream.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "bench/support/check.h"
#include "engine/base/ip_address.h"

namespace tollgate::bench {
namespace {

struct Endpoint {
  std::string_view method;
  std::string_view target;
};

constexpr Endpoint kEndpoints[] = {
    {"POST", "/v1/tools/call?x=1"},
    {"GET", "/v1/tools/list?cursor=b2Zmc2V0OjEwMA"},
    {"POST", "/v1/tools/search?q=weather%20berlin&limit=20"},
    {"GET", "/v1/resources/4711/versions/3?fields=name,size"},
};
// Far more than a worker remembers.
constexpr size_t kManyTargets = 4096;

constexpr Endpoint kForbiddenEndpoint = {"POST", "/v1/admin/keys?page=2"};
constexpr Endpoint kScopedEndpoint = {"POST", "/v1/reports/run?range=30d"};

constexpr std::string_view kUserAgents[] = {
    "python-requests/2.31.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/124.0.0.0 Safari/537.36",
    "okhttp/4.12.0",
    "curl/7.88.1",
};

constexpr std::string_view kTraceParent =
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// As HTTP/1.1 clients write names, and as HTTP/2 demands.
struct Names {
  std::string_view host, user_agent, accept, accept_encoding, content_type,
      content_length, request_id, trace_parent, cache_control, api_key,
      authorization;
};

constexpr Names kMixedCase = {
    "Host",          "User-Agent",     "Accept",        "Accept-Encoding",
    "Content-Type",  "Content-Length", "X-Request-Id",  "Traceparent",
    "Cache-Control", "X-API-Key",      "Authorization",
};
constexpr Names kLowerCase = {
    "host",          "user-agent",     "accept",        "accept-encoding",
    "content-type",  "content-length", "x-request-id",  "traceparent",
    "cache-control", "x-api-key",      "authorization",
};

IpAddress PeerOf(size_t slot, Defect defect) {
  const size_t network = defect == Defect::kPeer ? 66 : 20;
  const auto address =
      IpAddress::Parse(absl::StrCat("10.", network, ".", slot, ".17"));
  Require(address.has_value(), "a peer's address");
  return *address;
}

Endpoint EndpointOf(size_t slot, Defect defect) {
  switch (defect) {
    case Defect::kEndpoint:
      return kForbiddenEndpoint;
    case Defect::kScope:
      return kScopedEndpoint;
    case Defect::kNone:
    case Defect::kPeer:
      return kEndpoints[slot % std::size(kEndpoints)];
  }
  return {};
}

}  // namespace

RequestStream::RequestStream(const CredentialSequence* sequence, size_t start,
                             Defect defect, Targets targets)
    : sequence_(sequence), position_(start / kRequests * kRequests) {
  for (size_t slot = 0; slot < kRequests; ++slot) Fill(slot, defect);
  if (targets == Targets::kFew) return;
  // As POST and GET alternate, and the policy allows POST two segments only.
  for (size_t i = 0; i < kManyTargets; ++i) {
    targets_.push_back(
        i % 2 == 0
            ? absl::StrCat("/v1/tools/", 100'000 + 37 * i, "?x=1")
            : absl::StrCat("/v1/resources/", i, "/versions?fields=name"));
  }
}

void RequestStream::Fill(size_t slot, Defect defect) {
  FillHeaders(slot);
  const Endpoint endpoint = EndpointOf(slot, defect);
  requests_[slot] = {
      .method = endpoint.method,
      .target = endpoint.target,
      .peer = PeerOf(slot, defect),
      .headers = {headers_[slot].fields.data(), headers_[slot].count}};
}

void RequestStream::FillHeaders(size_t slot) {
  const Names& names = slot % 2 == 0 ? kMixedCase : kLowerCase;
  Headers& headers = headers_[slot];
  headers.request_id = absl::StrCat("7f3c9a1e-", 1000 + slot, "-4d2b-9c55");
  headers.Add(names.host, "api.example.com");
  headers.Add(names.user_agent, kUserAgents[slot / 2 % std::size(kUserAgents)]);
  headers.Add(names.accept, "application/json, text/event-stream");
  headers.Add(names.accept_encoding, "gzip, deflate, br");
  headers.Add(names.content_type, "application/json");
  headers.Add(names.request_id, headers.request_id);
  if (slot % 3 != 0) headers.Add(names.trace_parent, kTraceParent);
  if (slot % 5 == 0) headers.Add(names.cache_control, "no-cache");
  headers.Add(names.content_length, "348");
  const bool own_header = sequence_->form() == Form::kHeader;
  headers.Add(own_header ? names.api_key : names.authorization, {});
  // Between the second place and the last but one.
  const size_t place = 1 + slot % (headers.count - 2);
  auto* const first = headers.fields.data();
  std::rotate(first + place, first + headers.count - 1, first + headers.count);
  credentials_[slot] = &headers.fields[place].value;
}

}  // namespace tollgate::bench
