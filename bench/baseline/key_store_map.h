// The key store under the interface of key_maps.h: one participant a thread,
// and the record is read under an epoch guard.

#ifndef TOLLGATE_BENCH_BASELINE_KEY_STORE_MAP_H_
#define TOLLGATE_BENCH_BASELINE_KEY_STORE_MAP_H_

#include <optional>

#include "engine/base/hash.h"
#include "engine/lookup/key_record.h"
#include "engine/sync/epoch.h"

namespace tollgate::bench {

class KeyStoreMap {
 public:
  // A thread's way in.
  class Handle {
   public:
    explicit Handle(KeyStoreMap& map)
        : store_(map.store_), participant_(map.epochs_.Register()) {}

    void Insert(const KeyRecord& record) {
      store_.Insert(participant_, record);
    }
    void Replace(const KeyRecord& record) {
      store_.Update(participant_, record.id,
                    [&](const KeyRecord&) { return std::optional(record); });
    }

    template <typename Fn>
    bool Visit(const KeyId& id, Fn&& fn) {
      const auto guard = participant_.Pin();
      const KeyRecord* record = store_.Find(id, store_.Hash(id));
      if (record == nullptr) return false;
      fn(*record);
      return true;
    }

   private:
    KeyStore& store_;
    EpochDomain::Participant participant_;
  };

 private:
  EpochDomain epochs_;
  KeyStore store_{HashSeed(1, 2)};
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_BASELINE_KEY_STORE_MAP_H_
