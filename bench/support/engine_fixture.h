// A validator over a store of its own, with keys whose secrets are known.
//
// The configuration is one that a gateway would have: three endpoint patterns,
// an allowed and a denied network, three rate limits, an endpoint that asks for
// a scope; see engine_fixture.cc. The rate limits of policy `standard` are so
// large that nothing is throttled at the pace of a benchmark, and are leased;
// those of `exact` have bursts too small to lease, so that a thread which is
// stopped for milliseconds between clock and charge may be throttled; `vast`
// lets all requests be of one key; `scarce` allows one request a day. No
// housekeeping thread runs.
//
// Thread-safety: as of the Validator. Ownership: its folder, below $TMPDIR or
// /tmp, goes with it. Cost: about two microseconds a key in memory, more in a
// file.

#ifndef TOLLGATE_BENCH_SUPPORT_ENGINE_FIXTURE_H_
#define TOLLGATE_BENCH_SUPPORT_ENGINE_FIXTURE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/attributes.h"
#include "bench/support/key_ring.h"
#include "engine/validator.h"

namespace tollgate::bench {

// A folder that is removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class EngineFixture {
 public:
  // What state the keys are in.
  enum class Keys : uint8_t {
    kActive,
    // By the index modulo kMixModulus: active, or as below.
    kMixed,
  };
  static constexpr size_t kMixModulus = 5;
  static constexpr size_t kExpired = 1;
  static constexpr size_t kDisabled = 2;
  static constexpr size_t kScarce = 3;  // of policy `scarce`
  static constexpr size_t kRevoked = 4;

  struct Options {
    size_t keys = 10'000;
    Keys mix = Keys::kActive;
    std::string policy = "standard";
    bool in_memory = false;      // no file: the store is gone with the engine
    bool verified_cache = true;  // else every validation is a first one
    bool guarded = false;        // admission, and an audit with sampled allows
  };

  explicit EngineFixture(const Options& options);

  Validator& validator() ABSL_ATTRIBUTE_LIFETIME_BOUND { return *validator_; }
  const KeyRing& keys() const ABSL_ATTRIBUTE_LIFETIME_BOUND { return keys_; }

  // What Validator::Open took, all keys loaded from SQLite.
  double open_seconds() const { return open_seconds_; }
  // What writing them to SQLite took before.
  double store_seconds() const { return store_seconds_; }

 private:
  void WriteFiles(const Options& options) const;
  void StoreKeys(const Options& options) const;
  void ImportKeys();

  ScratchFolder folder_;
  KeyRing keys_;
  double store_seconds_ = 0;
  double open_seconds_ = 0;
  std::unique_ptr<Validator> validator_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_ENGINE_FIXTURE_H_
