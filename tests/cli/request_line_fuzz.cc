// Any bytes are a request or an error, and a request views what was given.

#include <string_view>

#include "engine/json/reader.h"
#include "tests/fuzz/fuzz_check.h"
#include "tools/tollgate/check_request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static tollgate::JsonReader& reader = *new tollgate::JsonReader({});
  const auto object =
      reader.ParseObject({reinterpret_cast<const char*>(data), size});
  if (!object.ok()) return 0;
  tollgate::cli::CheckRequest request;
  const auto status = tollgate::cli::ReadCheckRequest(*object, request);
  if (request.time.has_value()) {
    const tollgate::Now now = *request.time;
    FUZZ_CHECK(now.wall.value >= 0 && now.monotonic.value >= 0);
    FUZZ_CHECK(now.monotonic.value / 1'000'000'000 - now.wall.value <= 1);
  }
  if (!status.ok()) {
    FUZZ_CHECK(!status.message().empty());
    return 0;
  }
  FUZZ_CHECK(!request.view.peer.is_none());
  size_t bytes = request.view.method.size() + request.view.target.size();
  for (const auto& header : request.view.headers) bytes += header.value.size();
  FUZZ_CHECK(bytes <= size);
  return 0;
}
