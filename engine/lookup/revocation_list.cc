#include "engine/lookup/revocation_list.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tollgate {
namespace {

// Cells of a new list; a table that fits into a few lines costs no cache.
constexpr size_t kCellsMin = 64;

// Cells that one Add moves while the table grows. With one, all would be moved
// just before the table has to grow again.
constexpr size_t kCellsMovedPerAdd = 4;

// Deadlines handled under one hold of the mutex.
constexpr size_t kRemovedPerStep = 256;

// As the instant of issue of a token without one: before everything.
constexpr int64_t kIssuedFirst = std::numeric_limits<int64_t>::min();

// As the instant of a term: whenever issued.
constexpr int64_t kIssuedWhenever = std::numeric_limits<int64_t>::max();

// Orders a heap of deadlines with the next one on top.
constexpr auto kLater = [](const auto& a, const auto& b) {
  return a.at > b.at;
};

// Returns what `token` has that entries of `kind` name; empty: nothing.
std::string_view NamedBy(RevocationKind kind, const RevocableToken& token) {
  switch (kind) {
    case RevocationKind::kTokenId:
      return token.token_id;
    case RevocationKind::kSubject:
      return token.subject;
    case RevocationKind::kClient:
      return token.client;
    case RevocationKind::kKeyId:
      return token.key_id;
    case RevocationKind::kIssuer:
      return {};
    case RevocationKind::kClaims:
      if (token.claims == nullptr) return {};
      return {reinterpret_cast<const char*>(token.claims->data()),
              token.claims->size()};
  }
  return {};
}

}  // namespace

RevocationList::RevocationList(const HashSeed& seed, size_t entries_max)
    : table_(new RevocationTable(kCellsMin)),
      seed_(seed),
      entries_max_(entries_max) {}

RevocationList::~RevocationList() {
  absl::MutexLock lock(&mutex_);
  table()->ForEach(
      [](RevocationEntry* entry) { RevocationEntry::Delete(nullptr, entry); });
  for (RevocationTable* next = table(); next != nullptr;) {
    delete std::exchange(next, next->next());
  }
}

bool RevocationList::IsRevokedByAny(uint32_t kinds, const RevocableToken& token,
                                    UnixSeconds now) const {
  if (token.issuer.size() > limits::kRevocationTextBytesMax) return false;
  const int64_t issued_at = token.issued_at.value_or(kIssuedFirst);
  RevocationKey key(token.issuer);
  for (size_t i = 0; i < kRevocationKinds; ++i) {
    if ((kinds >> i & 1) == 0) continue;
    const auto kind = static_cast<RevocationKind>(i);
    const std::string_view value = NamedBy(kind, token);
    if (value.empty() && kind != RevocationKind::kIssuer) continue;
    // No entry has so long a text.
    if (value.size() > limits::kRevocationTextBytesMax) continue;
    if (Covers(key.Of(kind, value), issued_at, now)) return true;
  }
  return false;
}

bool RevocationList::Covers(std::string_view key, int64_t issued_at,
                            UnixSeconds now) const {
  const uint64_t hash = KeyedHash(key, seed_);
  // Pairs with the release in Grow (R1).
  const RevocationTable* table = table_.load(std::memory_order_acquire);
  const RevocationEntry* entry = table->Find(hash, key);
  return entry != nullptr && entry->Covers(issued_at, now);
}

absl::Status RevocationList::Add(Participant& participant,
                                 const Revocation& revocation,
                                 UnixSeconds now) {
  if (absl::Status status = CheckRevocation(revocation); !status.ok()) {
    return status;
  }
  const RevocationTerm term = {
      revocation.issued_until.value_or(kIssuedWhenever), revocation.expires_at};
  if (term.IsOver(now)) return absl::OkStatus();
  RevocationKey key(revocation.issuer);
  const std::string value = revocation.kind == RevocationKind::kClaims
                                ? absl::HexStringToBytes(revocation.value)
                                : revocation.value;
  absl::MutexLock lock(&mutex_);
  return AddTermOf(participant, key.Of(revocation.kind, value), term, now);
}

absl::Status RevocationList::AddTermOf(Participant& participant,
                                       std::string_view key,
                                       const RevocationTerm& term,
                                       UnixSeconds now) {
  while (size() >= entries_max_ && RemoveNext(participant, now)) {
  }
  Grow(participant);
  const uint64_t hash = KeyedHash(key, seed_);
  RevocationEntry* const old = table()->Find(hash, key);
  RevocationTerms terms;
  if (old != nullptr) terms.assign(old->terms().begin(), old->terms().end());
  const size_t before = terms.size();
  if (!AddTerm(terms, term)) return absl::OkStatus();
  if (size() - before + terms.size() > entries_max_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the revocation list is full: ", entries_max_,
                     " entries, none of which has expired"));
  }
  Replace(participant, old, hash, key, terms);
  Schedule(term, hash);
  // Release pairs with the acquire in generation() (R7).
  generation_.fetch_add(1, std::memory_order_release);
  return absl::OkStatus();
}

// Puts an entry of `terms` in the place of `old`; either may be nothing. `key`
// may be the old entry's own.
void RevocationList::Replace(Participant& participant, RevocationEntry* old,
                             uint64_t hash, std::string_view key,
                             absl::Span<const RevocationTerm> terms) {
  RevocationEntry* const fresh =
      terms.empty() ? nullptr : RevocationEntry::New(hash, key, terms);
  if (fresh != nullptr) Count(*fresh, 1);
  if (old == nullptr) {
    table()->Link(fresh);
  } else {
    Count(*old, -1);
    table()->Replace(old, fresh);
    participant.Retire(old, RevocationEntry::Delete, nullptr, old->bytes());
  }
  PublishKinds();
}

// Adds `entry` to the figures, or with -1 takes it from them.
void RevocationList::Count(const RevocationEntry& entry, int sign) {
  const auto kind = static_cast<size_t>(RevocationKey::KindOf(entry.key()));
  const auto times = static_cast<size_t>(sign);  // unsigned: wraps as it should
  entries_ += times;
  entries_by_kind_[kind] += times;
  entry_bytes_ += times * entry.bytes();
  // Relaxed: a figure, see size().
  size_.store(size() + times * entry.terms().size(), std::memory_order_relaxed);
}

void RevocationList::PublishKinds() {
  uint32_t kinds = 0;
  for (size_t i = 0; i < kRevocationKinds; ++i) {
    if (entries_by_kind_[i] > 0) kinds |= uint32_t{1} << i;
  }
  // Relaxed: the mutex's own. Written when it changes only: all read this line.
  if (kinds == kinds_.load(std::memory_order_relaxed)) return;
  // Release pairs with the acquire in IsRevoked (R6).
  kinds_.store(kinds, std::memory_order_release);
}

size_t RevocationList::RemoveExpired(Participant& participant,
                                     UnixSeconds now) {
  size_t removed = 0;
  for (;;) {
    absl::MutexLock lock(&mutex_);
    const size_t before = size();
    bool more = true;
    for (size_t i = 0; more && i < kRemovedPerStep; ++i) {
      more = RemoveNext(participant, now);
    }
    removed += before - size();
    if (!more) return removed;
  }
}

// Removes what the next deadline is about. Returns false if none has come.
bool RevocationList::RemoveNext(Participant& participant, UnixSeconds now) {
  if (schedule_.empty() || !IsRevocationOver(schedule_[0].at, now.value)) {
    return false;
  }
  const uint64_t hash = schedule_[0].hash;
  std::pop_heap(schedule_.begin(), schedule_.end(), kLater);
  schedule_.pop_back();
  RemoveOver(participant, hash, now);
  return true;
}

// Takes the terms that are over from the entries of `hash`.
void RevocationList::RemoveOver(Participant& participant, uint64_t hash,
                                UnixSeconds now) {
  std::vector<RevocationEntry*> found;
  table()->ForEachBeside(hash, [&](RevocationEntry* entry) {
    if (entry->hash() == hash) found.push_back(entry);
  });
  for (RevocationEntry* entry : found) {
    RevocationTerms terms(entry->terms().begin(), entry->terms().end());
    const size_t over = std::erase_if(
        terms, [&](const RevocationTerm& term) { return term.IsOver(now); });
    if (over > 0) Replace(participant, entry, hash, entry->key(), terms);
  }
}

void RevocationList::Schedule(const RevocationTerm& term, uint64_t hash) {
  if (term.expires_at == kRevokedForGood) return;
  // Terms that were replaced leave their deadlines behind.
  if (schedule_.size() >= 2 * size() + kCellsMin) RebuildSchedule();
  schedule_.push_back({term.expires_at, hash});
  std::push_heap(schedule_.begin(), schedule_.end(), kLater);
}

void RevocationList::RebuildSchedule() {
  std::vector<Deadline> deadlines;
  table()->ForEach([&](const RevocationEntry* entry) {
    for (const RevocationTerm& term : entry->terms()) {
      if (term.expires_at == kRevokedForGood) continue;
      deadlines.push_back({term.expires_at, entry->hash()});
    }
  });
  std::make_heap(deadlines.begin(), deadlines.end(), kLater);
  schedule_ = std::move(deadlines);
}

// Begins to double the table when it is full, or goes on with it.
void RevocationList::Grow(Participant& participant) {
  RevocationTable* const full = table();
  if (full->next() == nullptr) {
    if (entries_ < full->cell_count()) return;
    full->GrowInto(new RevocationTable(2 * full->cell_count()));
    moved_ = 0;
  }
  const size_t end = std::min(moved_ + kCellsMovedPerAdd, full->cell_count());
  while (moved_ < end) full->MoveCell(moved_++, participant);
  if (end < full->cell_count()) return;
  // Release pairs with the acquire in Covers (R1).
  table_.store(full->next(), std::memory_order_release);
  participant.Retire(full, RevocationTable::Delete, nullptr, full->bytes());
}

size_t RevocationList::MemoryBytes() const {
  absl::MutexLock lock(&mutex_);
  size_t bytes = sizeof(*this) + entry_bytes_;
  bytes += schedule_.capacity() * sizeof(Deadline);
  for (const RevocationTable* t = table(); t != nullptr; t = t->next()) {
    bytes += t->bytes();
  }
  return bytes;
}

}  // namespace tollgate
