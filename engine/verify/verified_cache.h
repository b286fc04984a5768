// Remembers what was proved: from a credential to the proof of it, so that the
// same token is verified once and not a thousand times.
//
//   auto guard = participant.Pin();
//   const ProofStamp stamp = ReadStamp();           // first of all: V1
//   const Fingerprint fingerprint = cache.FingerprintOf(token);
//   const JwtProof* proof = cache.Find(fingerprint, stamp, now);
//   if (proof == nullptr) {
//     ... verify; make a proof with {fingerprint, stamp, life} ...
//     proof = cache.Insert(participant, std::move(made), ReadStamp(), now);
//   }
//   ... judge policy, revocation and limits, now and every time ...
//
// Use it for what costs microseconds to prove and depends on nothing but the
// credential and what a stamp names. Never for a decision, nor for a refusal:
// there is no negative entry. One cache for each strategy: what is a proof in
// one is not asked for in another.
//
// `Proof` is derived from ProofHeader, has `size_t bytes() const`, what it
// takes of the heap, and is deleted as a `const Proof` (its own operator delete
// will do for text behind the object).
//
// Thread-safety: any thread, lock-free; a thread suspended anywhere in here
// stops nobody. Ownership: the cache owns its proofs; those it lets go belong
// to the epoch domain. What Find and Insert return is valid until the caller's
// outermost guard ends.
// Cost: Find loads the line of a set and the header of a proof, and writes only
// at the first hit since the set was aged: about 10 ns when both are in cache,
// beside the fingerprint. Insert reads up to eight headers and never waits. 8
// bytes an entry beside the proofs.
// Errors: none. Whatever is not proved beyond doubt is not found.
//
// Implementation
//
// Sets of eight ways; the fingerprint chooses the set. A word is a way:
//   empty -> proof         Insert   (compare-exchange, release)
//   proof -> another       Insert   (the same; it retires what it replaced)
//   proof -> freshened     Find     (compare-exchange; may fail)
//   proof -> aged          Insert   (the same)
// A word never becomes empty again. A word that was replaced can not come back
// while somebody is pinned who has seen it: a proof enters the cache once, and
// its address is not free before the epoch is over. So no compare-exchange
// mistakes one proof for another.
//
// V1. The caller verifies with what the stamp that it read stands in (keys and
//     rules, published whole and never changed), and writes this stamp into the
//     proof.
// V2. What has other keys or rules has another stamp, which none had before. So
//     a proof made with anything that is gone bears an older stamp, however
//     late it is inserted.
// V3. Find accepts a proof only under the stamp that its caller read for this
//     request. So a request that reads it after a change was published never
//     hits a proof from before; since reload and rotation return after that, no
//     request that begins when they have returned does.
// V4. A request that read its stamp before is concurrent with the change and
//     may still hit. Revocation is no part of the stamp: the list is asked
//     about every proof that was found.
// V5. Insert compares with the stamp of that moment only to save room; V3 holds
//     without.
// V6. A hit compares all 128 bits of the fingerprint: whose proof it may be is
//     argued in engine/crypto/fingerprint.h. The cache places by bits of it
//     that nobody outside can compute, so nobody can aim at a set.
//
// What is thrown out: the same credential's older proof; then what is expired
// or of another stamp; then the least fresh, by chance among equals. An entry
// begins at freshness 0 and rises to 3 when it is found again; when one at
// freshness f had to go, all others of the set age by f, and once in 32
// times by one more. So credentials that are seen once displace each other and
// not those in use, which stay as long as they are found once in some 32
// displacements of their set, four times the capacity. Only what was proved is
// ever inserted: a flood of forged credentials changes nothing in here.

#ifndef TOLLGATE_ENGINE_VERIFY_VERIFIED_CACHE_H_
#define TOLLGATE_ENGINE_VERIFY_VERIFIED_CACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include "absl/base/attributes.h"
#include "engine/base/cacheline.h"
#include "engine/base/clock.h"
#include "engine/crypto/fingerprint.h"
#include "engine/sync/atomics.h"
#include "engine/sync/epoch.h"
#include "engine/sync/striped_counter.h"
#include "engine/verify/proof_header.h"
#include "engine/verify/proof_word.h"

namespace tollgate {

struct VerifiedCacheOptions {
  // Proofs that fit, rounded up to a power of two between 8 and
  // limits::kCacheEntriesMax. A set may be full while others have room: of as
  // many credentials as half the entries, one in a hundred finds no lasting
  // place.
  size_t entries = 65536;
};

// Sums since the cache began, but for the first two; each is exact by itself.
struct VerifiedCacheStats {
  uint64_t entries = 0;      // there now, expired and stale ones included
  uint64_t proof_bytes = 0;  // of them
  uint64_t inserted = 0;
  uint64_t displaced = 0;  // were still good, and had to go
  uint64_t declined = 0;   // stale, expired, there already, or lost its races
};

template <typename Proof, typename Atomics = StdAtomics>
class BasicVerifiedCache {
  static_assert(std::is_base_of_v<ProofHeader, Proof>);

 public:
  using Participant = typename BasicEpochDomain<Atomics>::Participant;

  explicit BasicVerifiedCache(const VerifiedCacheOptions& options = {});
  BasicVerifiedCache(const BasicVerifiedCache&) = delete;
  BasicVerifiedCache& operator=(const BasicVerifiedCache&) = delete;
  // REQUIRES: no guard under which Find or Insert was called is held.
  ~BasicVerifiedCache();

  // Returns what the other functions know `credential` by, once a request; the
  // zero one for what is empty or too long, which is never found.
  Fingerprint FingerprintOf(std::string_view credential) const {
    return fingerprinter_.Of(credential);
  }

  // Begins to fetch what Find will need first.
  void PrefetchSet(const Fingerprint& fingerprint) const;

  // Returns the proof of the credential, made under exactly `stamp` and not
  // expired at `now`, or null. REQUIRES: the caller is pinned, and read `stamp`
  // for this request.
  [[nodiscard]] const Proof* Find(
      const Fingerprint& fingerprint, const ProofStamp& stamp,
      UnixSeconds now) const ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Remembers `proof`, if it is good at `now` under `current`, the stamp of
  // this moment, and wins a place. Returns it either way. REQUIRES:
  // `participant` is pinned; V1 holds for the proof; it is not null.
  const Proof* Insert(Participant& participant,
                      std::unique_ptr<const Proof> proof,
                      const ProofStamp& current,
                      UnixSeconds now) ABSL_ATTRIBUTE_LIFETIME_BOUND;

  size_t capacity() const { return (set_mask_ + 1) * kWays; }

  VerifiedCacheStats Stats() const;

  // Bytes of the cache and of the proofs in it; what it let go is counted by
  // the epoch domain until it is free.
  size_t MemoryBytes() const;

 private:
  static constexpr size_t kWays = 8;
  // A thread that has lost so many races for a place gives up: a cache may
  // forget.
  static constexpr int kAttempts = 4;
  // Displacements for each step of age; see above.
  static constexpr uint64_t kAgeOnceIn = 32;
  static constexpr size_t kStripes = 16;

  using Way = typename Atomics::template Atomic<uint64_t>;
  struct alignas(kCacheLineBytes) Set {
    Way ways[kWays];
  };
  static_assert(sizeof(Set) == kCacheLineBytes, "a set is one line");

  // By value, as one thread read them.
  using Words = std::array<ProofWord, kWays>;

  // What an Insert has to go by.
  struct Newcomer {
    const Proof& proof;
    const ProofStamp& current;
    UnixSeconds now;
  };

  // What a newcomer finds in a way; the lower, the less is lost.
  enum Rank : unsigned {
    kSameCredential,
    kEmpty,
    kDead,  // expired, or of another stamp
    kGood,  // plus its freshness
    kTaken = ~0u
  };
  struct Place {
    size_t way = 0;
    unsigned rank = kTaken;
  };

  static size_t SetsFor(size_t entries);
  static Set* CreateSets(size_t sets);
  static bool Good(const ProofHeader& proof, const ProofStamp& stamp,
                   UnixSeconds now);
  static unsigned RankOf(ProofWord word, const Newcomer& newcomer);
  static Place ChoosePlace(const Words& words, const Newcomer& newcomer);
  static ProofWord Read(const Way& way);
  static Words Read(const Set& set);
  // One bit for each way whose word may be of `fingerprint`.
  static unsigned Matches(const Set& set, const Fingerprint& fingerprint);
  static void Freshen(Way& way, ProofWord word);
  static void Age(Set& set, const Words& words, const Place& place,
                  const Fingerprint& fingerprint);
  static void Delete(void*, void* proof);

  Set& SetOf(const Fingerprint& fingerprint) const {
    return sets_[fingerprint.low & set_mask_];
  }
  bool Occupy(Participant& participant, const Newcomer& newcomer);
  void Account(Participant& participant, const Place& place, const Proof& next,
               const Proof* old);

  // Never written again.
  const Fingerprinter fingerprinter_;
  const size_t set_mask_;
  Set* const sets_;

  // Written by Insert.
  StripedCounter entries_{kStripes};
  StripedCounter proof_bytes_{kStripes};
  StripedCounter inserted_{kStripes};
  StripedCounter displaced_{kStripes};
  StripedCounter declined_{kStripes};
};

template <typename Proof>
using VerifiedCache = BasicVerifiedCache<Proof, StdAtomics>;

}  // namespace tollgate

#include "engine/verify/verified_cache_impl.h"  // IWYU pragma: export

#endif  // TOLLGATE_ENGINE_VERIFY_VERIFIED_CACHE_H_
