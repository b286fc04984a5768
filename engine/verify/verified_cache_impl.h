// The bodies of engine/verify/verified_cache.h; V-numbers are its facts.

#ifndef TOLLGATE_ENGINE_VERIFY_VERIFIED_CACHE_IMPL_H_
#define TOLLGATE_ENGINE_VERIFY_VERIFIED_CACHE_IMPL_H_

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdio>
#include <cstdlib>

#include "engine/base/limits.h"
#include "engine/sync/huge_memory.h"
#include "engine/verify/verified_cache.h"

namespace tollgate {

template <typename P, typename A>
BasicVerifiedCache<P, A>::BasicVerifiedCache(
    const VerifiedCacheOptions& options)
    : set_mask_(SetsFor(options.entries) - 1),
      sets_(CreateSets(set_mask_ + 1)) {}

template <typename P, typename A>
BasicVerifiedCache<P, A>::~BasicVerifiedCache() {
  for (size_t i = 0; i <= set_mask_; ++i) {
    for (ProofWord word : Read(sets_[i])) delete word.template proof<P>();
  }
  UnmapHuge(sets_, (set_mask_ + 1) * sizeof(Set));
}

template <typename P, typename A>
size_t BasicVerifiedCache<P, A>::SetsFor(size_t entries) {
  return std::bit_ceil(std::clamp(entries, kWays, limits::kCacheEntriesMax)) /
         kWays;
}

template <typename P, typename A>
auto BasicVerifiedCache<P, A>::CreateSets(size_t sets) -> Set* {
  // Zero, as it comes, is what an empty way is.
  void* memory = MapHuge(sets * sizeof(Set));
  if (memory == nullptr) {
    std::fprintf(stderr, "tollgate: no memory for the verified cache\n");
    std::abort();
  }
  return static_cast<Set*>(memory);
}

template <typename P, typename A>
void BasicVerifiedCache<P, A>::PrefetchSet(
    const Fingerprint& fingerprint) const {
  __builtin_prefetch(&SetOf(fingerprint));
}

template <typename P, typename A>
const P* BasicVerifiedCache<P, A>::Find(const Fingerprint& fingerprint,
                                        const ProofStamp& stamp,
                                        UnixSeconds now) const {
  Set& set = SetOf(fingerprint);
  for (unsigned left = Matches(set, fingerprint); left != 0; left &= left - 1) {
    Way& way = set.ways[std::countr_zero(left)];
    // Another one by now, perhaps: the proof itself says whose it is.
    const ProofWord word = Read(way);
    const P* proof = word.template proof<P>();
    if (proof == nullptr || !(proof->fingerprint == fingerprint) ||
        !Good(*proof, stamp, now)) {
      continue;
    }
    if (word.freshness() != ProofWord::kFreshest) Freshen(way, word);
    return proof;
  }
  return nullptr;
}

template <typename P, typename A>
const P* BasicVerifiedCache<P, A>::Insert(Participant& participant,
                                          std::unique_ptr<const P> proof,
                                          const ProofStamp& current,
                                          UnixSeconds now) {
  assert(participant.pinned());
  const P* shared = proof.release();
  const bool insertable =
      shared->fingerprint && current.complete() && Good(*shared, current, now);
  if (!insertable || !Occupy(participant, {*shared, current, now})) {
    declined_.Add(participant.index(), 1);
    // Retired rather than deleted: the caller still looks at it.
    participant.Retire(const_cast<P*>(shared), Delete, nullptr,
                       shared->bytes());
  }
  return shared;
}

// The one place that says what is accepted (V3).
template <typename P, typename A>
bool BasicVerifiedCache<P, A>::Good(const ProofHeader& proof,
                                    const ProofStamp& stamp, UnixSeconds now) {
  return proof.stamp == stamp && proof.life.Holds(now);
}

template <typename P, typename A>
bool BasicVerifiedCache<P, A>::Occupy(Participant& participant,
                                      const Newcomer& newcomer) {
  const Fingerprint& fingerprint = newcomer.proof.fingerprint;
  Set& set = SetOf(fingerprint);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Words words = Read(set);
    const Place place = ChoosePlace(words, newcomer);
    if (place.rank == kTaken) return false;
    ProofWord next = ProofWord::Of(&newcomer.proof, fingerprint);
    // It was seen before, be it under another stamp.
    if (place.rank == kSameCredential) next = next.Freshened();
    uint64_t expected = words[place.way].bits();
    // Release publishes the proof to the acquire in Read; relaxed on failure:
    // the set is read again.
    if (set.ways[place.way].compare_exchange_strong(
            expected, next.bits(), std::memory_order_release,
            std::memory_order_relaxed)) {
      if (place.rank >= kGood) Age(set, words, place, fingerprint);
      Account(participant, place, newcomer.proof,
              words[place.way].template proof<P>());
      return true;
    }
  }
  return false;
}

template <typename P, typename A>
auto BasicVerifiedCache<P, A>::ChoosePlace(const Words& words,
                                           const Newcomer& newcomer) -> Place {
  // Chance among equals: bits of the fingerprint that choose nothing else.
  const size_t start = newcomer.proof.fingerprint.high / kAgeOnceIn;
  Place best;
  for (size_t i = 0; i < kWays; ++i) {
    const size_t way = (start + i) % kWays;
    const unsigned rank = RankOf(words[way], newcomer);
    if (rank == kTaken) return {};
    if (rank < best.rank) best = {way, rank};
  }
  return best;
}

// Returns what is lost by giving up `word`; kTaken if it serves the newcomer's
// credential as well as the newcomer would.
template <typename P, typename A>
unsigned BasicVerifiedCache<P, A>::RankOf(ProofWord word,
                                          const Newcomer& newcomer) {
  if (word.empty()) return kEmpty;
  const P& proof = *word.template proof<P>();
  const bool good = Good(proof, newcomer.current, newcomer.now);
  if (proof.fingerprint == newcomer.proof.fingerprint) {
    const bool lasts = !proof.life.EndsBefore(newcomer.proof.life);
    return good && lasts ? kTaken : kSameCredential;
  }
  return good ? kGood + word.freshness() : kDead;
}

template <typename P, typename A>
ProofWord BasicVerifiedCache<P, A>::Read(const Way& way) {
  // Acquire pairs with the release in Occupy, whose release sequence the
  // read-modify-writes of Freshen and Age continue.
  return ProofWord(way.load(std::memory_order_acquire));
}

template <typename P, typename A>
auto BasicVerifiedCache<P, A>::Read(const Set& set) -> Words {
  Words words;
  for (size_t i = 0; i < kWays; ++i) words[i] = Read(set.ways[i]);
  return words;
}

// Not by way of Words: what is stored in parts is waited for as a vector.
template <typename P, typename A>
unsigned BasicVerifiedCache<P, A>::Matches(const Set& set,
                                           const Fingerprint& fingerprint) {
  unsigned matches = 0;
#pragma GCC unroll 8
  for (size_t i = 0; i < kWays; ++i) {
    matches |= unsigned{Read(set.ways[i]).MayBe(fingerprint)} << i;
  }
  return matches;
}

template <typename P, typename A>
void BasicVerifiedCache<P, A>::Freshen(Way& way, ProofWord word) {
  uint64_t expected = word.bits();
  // Relaxed: the proof is published already. Whoever changed the word in
  // between knows better.
  way.compare_exchange_strong(expected, word.Freshened().bits(),
                              std::memory_order_relaxed);
}

template <typename P, typename A>
void BasicVerifiedCache<P, A>::Age(Set& set, const Words& words,
                                   const Place& place,
                                   const Fingerprint& fingerprint) {
  const unsigned steps =
      place.rank - kGood + (fingerprint.high % kAgeOnceIn == 0);
  if (steps == 0) return;
  for (size_t i = 0; i < kWays; ++i) {
    if (i == place.way || words[i].freshness() == 0) continue;
    uint64_t expected = words[i].bits();
    // Relaxed: see Freshen.
    set.ways[i].compare_exchange_strong(expected, words[i].AgedBy(steps).bits(),
                                        std::memory_order_relaxed);
  }
}

template <typename P, typename A>
void BasicVerifiedCache<P, A>::Account(Participant& participant,
                                       const Place& place, const P& next,
                                       const P* old) {
  const size_t stripe = participant.index();
  inserted_.Add(stripe, 1);
  // Sums wrap: a stripe may go below zero, all of them together do not.
  proof_bytes_.Add(stripe, next.bytes());
  if (place.rank >= kGood) displaced_.Add(stripe, 1);
  if (old == nullptr) return entries_.Add(stripe, 1);
  proof_bytes_.Add(stripe, -uint64_t{old->bytes()});
  participant.Retire(const_cast<P*>(old), Delete, nullptr, old->bytes());
}

template <typename P, typename A>
void BasicVerifiedCache<P, A>::Delete(void*, void* proof) {
  delete static_cast<const P*>(proof);
}

template <typename P, typename A>
VerifiedCacheStats BasicVerifiedCache<P, A>::Stats() const {
  return {.entries = entries_.Sum(),
          .proof_bytes = proof_bytes_.Sum(),
          .inserted = inserted_.Sum(),
          .displaced = displaced_.Sum(),
          .declined = declined_.Sum()};
}

template <typename P, typename A>
size_t BasicVerifiedCache<P, A>::MemoryBytes() const {
  return sizeof(*this) + Fingerprinter::kKeyBytes +
         (set_mask_ + 1) * sizeof(Set) + proof_bytes_.Sum();
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_VERIFIED_CACHE_IMPL_H_
