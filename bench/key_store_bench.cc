// Finding a key's record: BM_KeyStore_Find and the same of other maps, and the
// epochs under it. Ids are drawn at random from a list longer than the L2
// cache, records are read whole. With a writer see `tollgate_bench --table`.

#include <algorithm>
#include <bit>
#include <memory>

#include "bench/baseline/key_maps.h"
#include "bench/baseline/key_store_map.h"
#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/credential_sequence.h"
#include "bench/support/key_records.h"
#include "bench/support/shared_fixtures.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"
#include "engine/sync/epoch.h"

namespace tollgate::bench {
namespace {

// Keys and an order to visit them in.
struct Workload {
  explicit Workload(size_t keys)
      : ring(keys, 1),
        drawn(ring, std::bit_ceil(std::max(keys, Scaled(size_t{1} << 18))), 2) {
  }

  KeyRing ring;
  DrawnKeys drawn;
};

template <typename Map>
struct Filled {
  explicit Filled(const Workload& workload) {
    typename Map::Handle handle(map);
    for (size_t i = 0; i < workload.ring.size(); ++i) {
      handle.Insert(MakeKeyRecord(workload.ring.id(i), i));
    }
  }

  Map map;
};

template <typename Map>
void BM_KeyMap_Find(benchmark::State& state) {
  const size_t keys = Scaled(static_cast<size_t>(state.range(0)));
  const Workload& workload =
      SharedFixtures<size_t, const Workload>::Instance().Get(
          keys, [keys] { return std::make_unique<Workload>(keys); });
  Filled<Map>& filled = SharedFixtures<size_t, Filled<Map>>::Instance().Get(
      keys, [&] { return std::make_unique<Filled<Map>>(workload); });
  typename Map::Handle handle(filled.map);
  size_t at = static_cast<size_t>(state.thread_index()) *
              workload.drawn.size() / static_cast<size_t>(state.threads());
  for (auto _ : state) {
    uint64_t sum = 0;
    const bool found =
        handle.Visit(workload.drawn.id(at++),
                     [&sum](const KeyRecord& record) { sum = SumOf(record); });
    Require(found, "a key is missing");
    Consume(sum);
  }
  state.SetItemsProcessed(state.iterations());
}

#define TOLLGATE_KEY_MAP(map, name)       \
  BENCHMARK_TEMPLATE(BM_KeyMap_Find, map) \
      ->Name(name)                        \
      ->ArgName("keys")                   \
      ->Arg(10'000)                       \
      ->Arg(1'000'000)                    \
      ->UseRealTime()

TOLLGATE_KEY_MAP(KeyStoreMap, "BM_KeyStore_Find")->Threads(1)->Threads(2);
TOLLGATE_KEY_MAP(UnlockedKeyMap, "BM_UnlockedMap_Find");
TOLLGATE_KEY_MAP(MutexKeyMap, "BM_MutexMap_Find")->Threads(1)->Threads(2);
TOLLGATE_KEY_MAP(ShardedKeyMap, "BM_ShardedMap_Find")->Threads(1)->Threads(2);
TOLLGATE_KEY_MAP(TbbKeyMap, "BM_TbbMap_Find")->Threads(1)->Threads(2);
TOLLGATE_KEY_MAP(CuckooKeyMap, "BM_CuckooMap_Find")->Threads(1)->Threads(2);

#undef TOLLGATE_KEY_MAP

// Thirty-two finds at a time, in three steps.
void BM_KeyStore_FindStaged(benchmark::State& state) {
  constexpr size_t kBatch = 32;
  const size_t keys = Scaled(static_cast<size_t>(state.range(0)));
  const Workload workload(keys);
  EpochDomain epochs;
  KeyStore store(HashSeed(1, 2));
  EpochDomain::Participant participant = epochs.Register();
  for (size_t i = 0; i < keys; ++i) {
    store.Insert(participant, MakeKeyRecord(workload.ring.id(i), i));
  }
  size_t at = 0;
  for (auto _ : state) {
    const auto guard = participant.Pin();
    uint64_t hashes[kBatch];
    for (size_t i = 0; i < kBatch; ++i) {
      hashes[i] = store.Hash(workload.drawn.id(at + i));
      store.PrefetchWord(hashes[i]);
    }
    for (const uint64_t hash : hashes) store.PrefetchRecord(hash);
    uint64_t sum = 0;
    for (size_t i = 0; i < kBatch; ++i) {
      sum += SumOf(*store.Find(workload.drawn.id(at + i), hashes[i]));
    }
    Consume(sum);
    at += kBatch;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatch));
}
BENCHMARK(BM_KeyStore_FindStaged)->ArgName("keys")->Arg(10'000)->Arg(1'000'000);

void BM_KeyStore_Replace(benchmark::State& state) {
  const size_t keys = Scaled(static_cast<size_t>(state.range(0)));
  const Workload workload(keys);
  KeyStoreMap map;
  KeyStoreMap::Handle handle(map);
  for (size_t i = 0; i < keys; ++i) {
    handle.Insert(MakeKeyRecord(workload.ring.id(i), i));
  }
  size_t at = 0;
  for (auto _ : state) {
    handle.Replace(MakeKeyRecord(workload.drawn.id(at), at));
    ++at;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_KeyStore_Replace)->ArgName("keys")->Arg(10'000)->Arg(1'000'000);

void BM_Epoch_Pin(benchmark::State& state) {
  EpochDomain epochs;
  EpochDomain::Participant participant = epochs.Register();
  for (auto _ : state) {
    const auto guard = participant.Pin();
    Consume(guard);
  }
}
BENCHMARK(BM_Epoch_Pin);

}  // namespace
}  // namespace tollgate::bench
