#include "bench/baseline/plain_gate.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "engine/crypto/secret.h"

namespace tollgate::bench {
namespace {

constexpr std::string_view kHeader = "x-api-key";
constexpr std::string_view kLead = "tg_live_";
constexpr size_t kSecretSize = 30;
constexpr size_t kTextSize = kLead.size() + KeyId::kSize + kSecretSize + 6;

std::string_view FindHeader(absl::Span<const HeaderView> headers) {
  for (const HeaderView& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, kHeader)) return header.value;
  }
  return {};
}

}  // namespace

void PlainGate::Add(const KeyId& id, std::string_view secret) {
  Id key;
  std::memcpy(key.data(), id.bytes, key.size());
  absl::MutexLock lock(&mutex_);
  entries_[key] = {Sha256(secret), limit_.burst, Time()};
}

bool PlainGate::Allows(const RequestView& request, Time now) {
  const std::string_view text = FindHeader(request.headers);
  if (text.size() != kTextSize || !absl::StartsWith(text, kLead)) return false;
  Id id;
  std::memcpy(id.data(), text.data() + kLead.size(), id.size());
  const Sha256Digest presented =
      Sha256(text.substr(kLead.size() + KeyId::kSize, kSecretSize));
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  Entry& entry = found->second;
  return ConstantTimeEqual(presented, entry.digest) && Take(entry, now);
}

bool PlainGate::Take(Entry& entry, Time now) {
  const std::chrono::duration<double> elapsed = now - entry.refilled;
  entry.permits =
      std::min(limit_.burst,
               entry.permits + elapsed.count() * limit_.permits_per_second);
  entry.refilled = now;
  if (entry.permits < 1) return false;
  entry.permits -= 1;
  return true;
}

}  // namespace tollgate::bench
