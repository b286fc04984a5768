// The revocation list: BM_Revocation_<Case>/entries:N. Tokens are of a million
// subjects, in an order that nobody guesses; one in a thousand is revoked where
// there are entries.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/seeded_random.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"
#include "engine/lookup/revocation_list.h"
#include "engine/model/revocation.h"
#include "engine/sync/epoch.h"

namespace tollgate::bench {
namespace {

constexpr UnixSeconds kNow = {1'700'000'000};
constexpr std::string_view kIssuer = "https://idp.example.com";
constexpr size_t kTokens = size_t{1} << 16;

struct Revocations {
  explicit Revocations(size_t entries) : participant(epochs.Register()) {
    for (size_t i = 0; i < entries; ++i) {
      Revocation revocation;
      revocation.kind =
          i % 2 == 0 ? RevocationKind::kTokenId : RevocationKind::kSubject;
      revocation.issuer = kIssuer;
      revocation.value = absl::StrCat("revoked-", i);
      revocation.expires_at = kNow.value + 3600;
      RequireOk(list.Add(participant, revocation, kNow));
    }
    SeededRandom random(17);
    for (size_t i = 0; i < Scaled(kTokens); ++i) {
      const bool revoked = entries > 0 && random.Below(1000) == 0;
      ids.push_back(revoked ? absl::StrCat("revoked-", random.Below(entries))
                            : absl::StrCat("3f1c9a60-5b7e-4d11-", i));
      subjects.push_back(absl::StrCat("user-", random.Below(1'000'000)));
    }
  }

  RevocableToken token(size_t i) const {
    return {.issuer = kIssuer,
            .token_id = ids[i % ids.size()],
            .subject = subjects[i % subjects.size()],
            .client = "agent-7",
            .key_id = "key-2026-11",
            .issued_at = kNow.value - 60};
  }

  EpochDomain epochs;
  RevocationList list{HashSeed(1, 2)};
  EpochDomain::Participant participant;
  std::vector<std::string> ids, subjects;
};

void BM_Revocation_IsRevoked(benchmark::State& state) {
  Revocations revocations(Scaled(static_cast<size_t>(state.range(0))));
  size_t i = 0;
  for (auto _ : state) {
    const auto pinned = revocations.participant.Pin();
    Consume(revocations.list.IsRevoked(revocations.token(i++), kNow));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Revocation_IsRevoked)
    ->ArgName("entries")
    ->Arg(0)
    ->Arg(1'000)
    ->Arg(1'000'000);

void BM_Revocation_Add(benchmark::State& state) {
  Revocations revocations(0);
  Revocation revocation;
  revocation.kind = RevocationKind::kTokenId;
  revocation.issuer = kIssuer;
  revocation.expires_at = kNow.value + 3600;
  size_t i = 0;
  for (auto _ : state) {
    revocation.value = absl::StrCat("revoked-", i++ % 1'000'000);
    RequireOk(revocations.list.Add(revocations.participant, revocation, kNow));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Revocation_Add);

}  // namespace
}  // namespace tollgate::bench
