// Two readers, one on each processor, and a writer that replaces a thousand
// records a second: every map finds the same ids in the same order and reads
// the whole record where the map says it holds still.

#include "bench/baseline/key_maps.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/baseline/key_store_map.h"
#include "bench/claims/measurements.h"
#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/credential_sequence.h"
#include "bench/support/key_records.h"
#include "bench/support/paced_thread.h"
#include "bench/support/thread_team.h"

namespace tollgate::bench {
namespace {

constexpr size_t kReaders = 2;
constexpr double kReplacementsPerSecond = 1000;

// One map with a handle for each reader and one for the writer.
template <typename Map>
class Subject {
 public:
  using Handle = typename Map::Handle;

  Subject(const KeyRing& keys, const DrawnKeys& drawn)
      : keys_(keys), drawn_(drawn), writer_(map_) {
    for (size_t i = 0; i < keys.size(); ++i) {
      writer_.Insert(MakeKeyRecord(keys.id(i), i));
    }
    for (size_t i = 0; i < kReaders; ++i) readers_.emplace_back(map_);
  }

  double RunSlice(ThreadTeam& team, std::chrono::nanoseconds slice) {
    SeededRandom random(51);
    const PacedThread beside(kReplacementsPerSecond, [&] {
      const size_t i = random.Below(keys_.size());
      writer_.Replace(MakeKeyRecord(keys_.id(i), i));
    });
    return team.NanosPerOp(kReaders, slice, Repeat([this](size_t thread) {
                             return [this, thread,
                                     at = thread * drawn_.size() / kReaders +
                                          position_]() mutable {
                               FindOne(readers_[thread], at++);
                             };
                           }));
  }

 private:
  void FindOne(Handle& reader, size_t at) {
    uint64_t sum = 0;
    const bool found =
        reader.Visit(drawn_.id(at),
                     [&sum](const KeyRecord& record) { sum = SumOf(record); });
    Require(found, "a key is missing");
    Consume(sum);
  }

  const KeyRing& keys_;
  const DrawnKeys& drawn_;
  Map map_;
  Handle writer_;
  std::deque<Handle> readers_;
  size_t position_ = 0;
};

// All maps over one set of keys.
class Contest {
 public:
  Contest(Context& context, InterleavedRun& run, ThreadTeam& team, size_t keys)
      : ring_(keys, 52),
        drawn_(ring_, std::max(std::bit_ceil(keys), size_t{1} << 18), 53) {
    const auto slice = 2 * context.effort().slice;
    const auto add = [&]<typename Map>(std::string_view name,
                                       std::type_identity<Map>) {
      auto subject = std::make_shared<Subject<Map>>(ring_, drawn_);
      names_.emplace_back(name);
      return run.Add(
          absl::StrCat("Find, ", name, ", ", Context::Count(keys),
                       " keys, 2 threads and a writer"),
          [subject, &team, slice] { return subject->RunSlice(team, slice); });
    };
    ours_ = add("key store", std::type_identity<KeyStoreMap>());
    others_ = {
        add("absl map + Mutex", std::type_identity<MutexKeyMap>()),
        add("absl map + shared Mutex", std::type_identity<SharedMutexKeyMap>()),
        add("64 mutex shards", std::type_identity<ShardedKeyMap>()),
        add("64 shared-mutex shards",
            std::type_identity<SharedShardedKeyMap>()),
        add("TBB concurrent_hash_map", std::type_identity<TbbKeyMap>()),
        add("libcuckoo", std::type_identity<CuckooKeyMap>()),
    };
  }

  PeerGroup Peers(const InterleavedRun& run) const {
    PeerGroup group = {
        absl::StrCat("find a key of ", Context::Count(ring_.size()),
                     ", 2 threads and a writer"),
        {}};
    for (size_t i = 0; i < run.size(); ++i) {
      group.entries.push_back({names_[i], run.Median(i), i == ours_});
    }
    return group;
  }

  // Against the best of the others in each round.
  Estimate Advantage(const InterleavedRun& run) const {
    std::vector<double> best = run.series(others_[0]);
    for (const size_t other : others_) {
      for (size_t i = 0; i < best.size(); ++i) {
        best[i] = std::min(best[i], run.series(other)[i]);
      }
    }
    return RatioOf(best, run.series(ours_));
  }

 private:
  KeyRing ring_;
  DrawnKeys drawn_;
  size_t ours_;
  std::vector<size_t> others_;
  std::vector<std::string> names_;  // by the index in the run
};

}  // namespace

void MeasureKeyMaps(Context& context) {
  const Effort& effort = context.effort();
  ThreadTeam team(kReaders);
  for (const size_t keys : {effort.few_keys, effort.many_keys}) {
    InterleavedRun run;
    const Contest contest(context, run, team, keys);
    run.Run(effort.Share(0.08));
    context.AddClaim(
        {.text = absl::StrCat("Best other map / key store, ",
                              Context::Count(keys), ", 2 threads and a writer"),
         .bound = Claim::Bound::kAtLeast,
         .required = 1.5,
         .measured = contest.Advantage(run),
         .unit = "x"});
    context.report().peers.push_back(contest.Peers(run));
    for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
  }
}

}  // namespace tollgate::bench
