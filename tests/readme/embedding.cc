#include <iostream>

#include "engine/response_headers.h"
#include "engine/validator.h"

int main() {
  auto validator = tollgate::Validator::Open("tollgate.yaml");
  if (!validator.ok()) return std::cerr << validator.status() << "\n", 3;
  auto worker = (*validator)->RegisterWorker();  // one per thread
  const tollgate::HeaderView headers[] = {{"X-API-Key", "tg_live_..."}};
  const auto peer = tollgate::IpAddress::FromV4(0x7f000001);
  const tollgate::Decision decision = worker.Validate(
      {"GET", "/v1/tools", peer, headers}, tollgate::ReadClock());
  std::cout << decision.http_status() << "\n";
  for (const auto& header : tollgate::ResponseHeaders(decision))
    std::cout << header.name << ": " << header.value << "\n";
  return decision.verdict == tollgate::Verdict::kAllow ? 0 : 1;
}
