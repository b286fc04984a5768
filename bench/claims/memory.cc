#include <chrono>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/claims/measurements.h"
#include "bench/support/key_records.h"
#include "engine/base/hash.h"
#include "engine/lookup/key_record.h"
#include "engine/sync/epoch.h"

namespace tollgate::bench {
namespace {

// Table and hot records, grown as keys come, without Reserve.
void MeasureKeyStore(Context& context, size_t keys) {
  const KeyRing ring(keys, 71);
  EpochDomain epochs;
  KeyStore store(HashSeed(3, 4));
  EpochDomain::Participant participant = epochs.Register();
  const auto start = Clock::now();
  for (size_t i = 0; i < keys; ++i) {
    store.Insert(participant, MakeKeyRecord(ring.id(i), i));
  }
  const std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
  const double insert = elapsed.count() / static_cast<double>(keys);
  store.FinishGrowth(participant);
  participant.Collect();
  const double bytes = static_cast<double>(store.MemoryBytes(participant)) /
                       static_cast<double>(keys);
  context.report().CostOf("api_key").credential_bytes = bytes;
  const std::string text = Context::Count(keys);
  context.AddClaim({.text = absl::StrCat("Key store and hot records, ", text),
                    .bound = Claim::Bound::kAtMost,
                    .required = 128,
                    .measured = {bytes, bytes, bytes},
                    .unit = " B/key",
                    .decimals = 1});
  context.report().figures.push_back(
      {absl::StrCat("Insert into a growing key store, to ", text),
       {insert, insert, insert}});
}

}  // namespace

void MeasureMemory(Context& context) {
  const Effort& effort = context.effort();
  MeasureKeyStore(context, effort.many_keys);
  if (effort.most_keys != effort.many_keys) {
    MeasureKeyStore(context, effort.most_keys);
  }
}

}  // namespace tollgate::bench
