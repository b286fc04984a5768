// Records for tests of the key store: their content proves that they were read
// whole, and the hash of their keys can be chosen.

#ifndef TOLLGATE_TESTS_SUPPORT_CHECKED_RECORD_H_
#define TOLLGATE_TESTS_SUPPORT_CHECKED_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/base/hash.h"

namespace tollgate {

// Twelve bytes, like an API key's id.
struct TestKey {
  uint32_t words[3] = {};

  static TestKey Of(uint64_t n) {
    return {{static_cast<uint32_t>(n), static_cast<uint32_t>(n >> 32), 7}};
  }
  uint64_t number() const { return words[0] | uint64_t{words[1]} << 32; }
  friend bool operator==(const TestKey&, const TestKey&) = default;
};

// Every word but the key is a function of key and version.
struct alignas(64) CheckedRecord {
  using Key = TestKey;

  TestKey id;
  uint32_t version = 0;
  uint64_t words[6] = {};

  static CheckedRecord Of(uint64_t key, uint32_t version) {
    CheckedRecord record;
    record.id = TestKey::Of(key);
    record.version = version;
    for (size_t i = 0; i < 6; ++i) record.words[i] = record.WordAt(i);
    return record;
  }

  const TestKey& key() const { return id; }

  bool Valid() const {
    bool valid = id.words[2] == 7;
    for (size_t i = 0; i < 6; ++i) valid &= words[i] == WordAt(i);
    return valid;
  }

 private:
  uint64_t WordAt(size_t i) const {
    return (id.number() * 0x9E3779B97F4A7C15u + version) *
           (0xD1B54A32D192ED03u + 2 * i);
  }
};

// The same with a key's number for its hash, so that a test decides who shares
// a bucket and when they part.
struct alignas(64) PlannedRecord : CheckedRecord {
  static PlannedRecord Of(uint64_t key, uint32_t version) {
    PlannedRecord record;
    static_cast<CheckedRecord&>(record) = CheckedRecord::Of(key, version);
    return record;
  }
  static uint64_t Hash(const TestKey& key, const HashSeed&) {
    return key.number();
  }
};

static_assert(sizeof(CheckedRecord) == 64 && sizeof(PlannedRecord) == 64);

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_CHECKED_RECORD_H_
