// Drives a key store and remembers what it answered, for checking that the
// answers to each key have a sequential explanation.

#ifndef TOLLGATE_TESTS_SUPPORT_STORE_HISTORY_H_
#define TOLLGATE_TESTS_SUPPORT_STORE_HISTORY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tests/support/linearizability.h"

namespace tollgate {

// Versions are above 0; 0 stands for absence.
struct StoreOperation {
  enum Kind { kFind, kInsert, kUpdate, kErase, kFindOrDecoy };
  Kind kind;
  uint64_t key;
  uint32_t version;  // to be written
  uint32_t answer;   // the version found, replaced or erased; inserted: 0 or 1
};

// Returns the version of a key after `operation`.
inline std::optional<uint32_t> ApplyToKey(uint32_t version,
                                          const StoreOperation& operation) {
  if (operation.kind == StoreOperation::kInsert) {
    if (operation.answer != (version == 0)) return std::nullopt;
    return version == 0 ? operation.version : version;
  }
  if (operation.answer != version) return std::nullopt;
  if (operation.kind == StoreOperation::kErase) return 0;
  if (operation.kind == StoreOperation::kFind ||
      operation.kind == StoreOperation::kFindOrDecoy || version == 0) {
    return version;
  }
  return operation.version;
}

using StoreHistory = std::vector<TimedOperation<StoreOperation>>;

// One thread's view of a store, with its part of the history.
template <typename Store, typename Record>
class RecordingUser {
 public:
  using Participant = typename Store::Participant;

  RecordingUser(Store& store, Participant participant, HistoryClock& clock)
      : store_(store), participant_(std::move(participant)), clock_(clock) {}

  void Find(uint64_t key) { Run(StoreOperation::kFind, key, 0); }
  void FindOrDecoy(uint64_t key) { Run(StoreOperation::kFindOrDecoy, key, 0); }
  void Insert(uint64_t key, uint32_t version) {
    Run(StoreOperation::kInsert, key, version);
  }
  void Update(uint64_t key, uint32_t version) {
    Run(StoreOperation::kUpdate, key, version);
  }
  void Erase(uint64_t key) { Run(StoreOperation::kErase, key, 0); }
  void Do(StoreOperation::Kind kind, uint64_t key, uint32_t version) {
    Run(kind, key, version);
  }
  void Collect() { participant_.Collect(); }

  const StoreHistory& history() const { return history_; }
  // No record was seen torn, or of another key.
  bool intact() const { return intact_; }

 private:
  void Run(StoreOperation::Kind kind, uint64_t key, uint32_t version) {
    TimedOperation<StoreOperation> timed{{kind, key, version, 0}};
    timed.called = clock_.Tick();
    timed.op.answer = Execute(timed.op);
    timed.returned = clock_.Tick();
    history_.push_back(timed);
  }

  uint32_t Execute(const StoreOperation& op) {
    const auto key = TestKeyOf(op.key);
    switch (op.kind) {
      case StoreOperation::kFind: {
        const auto guard = participant_.Pin();
        const Record* found = store_.Find(key, store_.Hash(key));
        return found == nullptr ? 0 : VersionOf(op.key, *found);
      }
      case StoreOperation::kFindOrDecoy: {
        const auto guard = participant_.Pin();
        const uint64_t hash = store_.Hash(key);
        const auto word = store_.Approach(hash);
        const Record* decoy = nullptr;
        const Record* found = store_.FindOrDecoy(key, hash, word, decoy);
        if (decoy != nullptr) intact_ &= decoy->Valid();
        return found == nullptr ? 0 : VersionOf(op.key, *found);
      }
      case StoreOperation::kInsert:
        return store_.Insert(participant_, Record::Of(op.key, op.version));
      case StoreOperation::kUpdate:
        return VersionOf(
            op.key,
            store_.Update(participant_, key,
                          [&](const Record& old) -> std::optional<Record> {
                            VersionOf(op.key, old);
                            return Record::Of(op.key, op.version);
                          }));
      case StoreOperation::kErase:
        return VersionOf(op.key, store_.Erase(participant_, key));
    }
    return 0;
  }

  static typename Record::Key TestKeyOf(uint64_t key) {
    return Record::Key::Of(key);
  }
  uint32_t VersionOf(uint64_t key, const std::optional<Record>& record) {
    if (!record.has_value()) return 0;
    intact_ &= record->Valid() && record->id == TestKeyOf(key);
    return record->version;
  }

  Store& store_;
  Participant participant_;
  HistoryClock& clock_;
  StoreHistory history_;
  bool intact_ = true;
};

// Returns the key whose history has no sequential explanation, nullopt if all
// have one. `before` are the versions that keys had at the start.
inline std::optional<uint64_t> FindInexplicableKey(
    const std::vector<const StoreHistory*>& histories,
    const std::map<uint64_t, uint32_t>& before) {
  std::map<uint64_t, StoreHistory> by_key;
  for (const StoreHistory* history : histories) {
    for (const auto& timed : *history) by_key[timed.op.key].push_back(timed);
  }
  for (const auto& [key, history] : by_key) {
    const auto at = before.find(key);
    const uint32_t initial = at == before.end() ? 0 : at->second;
    if (!IsLinearizable(history, initial, ApplyToKey)) return key;
  }
  return std::nullopt;
}

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_STORE_HISTORY_H_
