// Proving an API key whose parts are known: hash, find, digest, compare. The
// same store, in the same order, as a validation does it.

#include <vector>

#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/credential_sequence.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"
#include "engine/crypto/key_digest.h"
#include "engine/lookup/key_record.h"
#include "engine/sync/epoch.h"
#include "engine/verify/api_key.h"
#include "engine/verify/peppers.h"

namespace tollgate::bench {
namespace {

constexpr UnixSeconds kNow{1717401600};

Peppers MakePeppers() {
  const std::vector<uint8_t> bytes(Pepper::kBytesMin, 0x5a);
  std::vector<Peppers::Entry> entries;
  entries.push_back({1, RequireValue(Pepper::Create(bytes))});
  return RequireValue(Peppers::Create(std::move(entries)));
}

KeyRecord MakeRecord(const KeyRing& ring, size_t i, const Peppers& peppers) {
  KeyRecord record;
  record.id = ring.id(i);
  record.digest = peppers.newest().pepper.Digest(ring.secret(i));
  record.pepper_id = peppers.newest().id;
  record.status = KeyStatus::kActive;
  record.expires_at = kNeverExpires;
  return record;
}

void BM_VerifyApiKey(benchmark::State& state) {
  const size_t keys = Scaled(static_cast<size_t>(state.range(0)));
  const KeyRing ring(keys, 1);
  size_t length = Scaled(size_t{1} << 18);
  while (length < keys) length *= 2;
  const DrawnKeys drawn(ring, length, 2);
  const Peppers peppers = MakePeppers();
  EpochDomain epochs;
  KeyStore store(HashSeed(1, 2));
  EpochDomain::Participant participant = epochs.Register();
  for (size_t i = 0; i < keys; ++i) {
    store.Insert(participant, MakeRecord(ring, i, peppers));
  }
  size_t at = 0;
  for (auto _ : state) {
    const auto guard = participant.Pin();
    const KeyId& id = drawn.id(at);
    const uint64_t hash = store.Hash(id);
    const KeyRecord* const record = store.Find(id, hash);
    const ApiKeyProof proof =
        JudgeApiKey(peppers, drawn.secret(at++), nullptr, {record}, kNow);
    Require(proof.reason == Reason::kOk, "a good key was refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_VerifyApiKey)->ArgName("keys")->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace tollgate::bench
