// What paths share: engines and credentials, each made when first needed.
//
// Thread-safety: one thread. Ownership: all that it returns lives as long as
// it. Cost: of what is made, see bench/support.

#ifndef TOLLGATE_BENCH_PATHS_WORLD_H_
#define TOLLGATE_BENCH_PATHS_WORLD_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "absl/base/attributes.h"
#include "bench/support/credential_sequence.h"
#include "bench/support/engine_fixture.h"
#include "bench/support/live_chains.h"
#include "bench/support/live_tokens.h"
#include "bench/support/live_tools.h"
#include "engine/validator.h"

namespace tollgate::bench {

class PathWorld {
 public:
  struct Options {
    size_t keys = 10'000;
    size_t tokens = 10'000;
    size_t chains = 10'000;
    size_t tools = 1000;
    size_t first_tokens = 1000;  // of each algorithm, seen first
    size_t first_chains = 200;
    size_t sequence = size_t{1} << 18;  // credentials in a row; a power of two
  };

  explicit PathWorld(const Options& options) : options_(options) {}
  PathWorld(const PathWorld&) = delete;
  PathWorld& operator=(const PathWorld&) = delete;

  const Options& options() const { return options_; }

  // Engines of so many keys: all active; the same with limits for one key
  // alone; in every state; that never know a key again.
  EngineFixture& keys() ABSL_ATTRIBUTE_LIFETIME_BOUND;
  EngineFixture& hot_keys() ABSL_ATTRIBUTE_LIFETIME_BOUND;
  EngineFixture& mixed_keys() ABSL_ATTRIBUTE_LIFETIME_BOUND;
  EngineFixture& forgetful() ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Ids and secrets of keys(), in random order.
  const DrawnKeys& drawn_keys() ABSL_ATTRIBUTE_LIFETIME_BOUND;

  LiveTokens& tokens() ABSL_ATTRIBUTE_LIFETIME_BOUND;
  // As many, and a cache for a quarter of them.
  LiveTokens& crowded_tokens() ABSL_ATTRIBUTE_LIFETIME_BOUND;
  LiveChains& chains() ABSL_ATTRIBUTE_LIFETIME_BOUND;
  LiveTools& tools() ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // The worker of a thread: one, as a gateway has it, whatever the number of
  // loops. A validator charges limits in another way when it has several.
  Validator::Worker& WorkerOf(Validator& validator,
                              size_t thread) ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Credentials of `engine`, options().sequence of them.
  const CredentialSequence& Sequence(const EngineFixture& engine,
                                     SequenceOptions drawn)
      ABSL_ATTRIBUTE_LIFETIME_BOUND;

 private:
  const Options options_;
  std::unique_ptr<EngineFixture> keys_, hot_keys_, mixed_keys_, forgetful_;
  std::unique_ptr<const DrawnKeys> drawn_keys_;
  std::unique_ptr<LiveTokens> tokens_, crowded_tokens_;
  std::unique_ptr<LiveChains> chains_;
  std::unique_ptr<LiveTools> tools_;
  std::deque<CredentialSequence> sequences_;
  std::map<std::pair<Validator*, size_t>, Validator::Worker> workers_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_PATHS_WORLD_H_
