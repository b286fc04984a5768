// Chains of client certificates: an engine that has them in its cache, what
// proves them, and the bare signatures in them.
//
// Every chain is an end entity and an intermediate, of one authority.
//
// Thread-safety: LiveChains may be shared once made; a loop belongs to one
// thread. Cost: making a chain takes some fifty microseconds.

#ifndef TOLLGATE_BENCH_SUPPORT_LIVE_CHAINS_H_
#define TOLLGATE_BENCH_SUPPORT_LIVE_CHAINS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/support/engine_fixture.h"
#include "engine/base/steady_clock.h"
#include "engine/crypto/certificate.h"
#include "engine/extract/client_chain.h"
#include "engine/validator.h"
#include "engine/verify/client_certificate.h"
#include "tools/mint/client_chains.h"

namespace tollgate::bench {

// What is wrong with a chain, for an engine of LiveChains.
enum class ChainFault : uint8_t { kExpired, kUnknownAnchor };

// The `i`-th of the chains with that fault, none registered.
ClientChain MakeFaultyChain(ChainFault fault, size_t i);

class LiveChains {
 public:
  // Makes `count` chains, all registered, in random order, with limits that
  // throttle nobody.
  explicit LiveChains(size_t count);

  Validator& validator() { return *validator_; }
  const ClientChain& chain(size_t i) const { return chains_[i]; }
  size_t size() const { return chains_.size(); }

 private:
  ScratchFolder folder_;
  std::unique_ptr<Validator> validator_;
  std::vector<ClientChain> chains_;
};

// Validates live chains one after the other, as requests with a path, a query
// and five headers.
class ChainHitLoop {
 public:
  // Makes the worker; both outlive it.
  explicit ChainHitLoop(LiveChains* chains);

  // Validates each once: from then on all are hits.
  void Warm();

  void Call();

 private:
  LiveChains* const chains_;
  Validator::Worker worker_;
  SteadyClock clock_;
  size_t at_ = 0;
};

// The keys of the authorities, which decide what a chain costs.
enum class ChainKeys : uint8_t { kP256, kRsa2048 };

// The same chains without a cache: parse, walk the path, judge the names.
class ChainMissLoop {
 public:
  ChainMissLoop(ChainKeys keys, size_t count);
  void Call();

 private:
  std::vector<std::vector<std::string>> chains_;
  std::unique_ptr<const CertificateVerifier> verifier_;
  size_t at_ = 0;
};

// The signatures alone: of the end entity and of the intermediate.
class BareChainLoop {
 public:
  BareChainLoop(ChainKeys keys, size_t count);
  void Call();

 private:
  struct Signed {
    std::shared_ptr<const Certificate> certificate;
    std::shared_ptr<const Certificate> issuer;
  };

  std::vector<Signed> signed_;
  size_t at_ = 0;
};

// A chain made to cost: a long one with signatures of P-521, all of which are
// good but the last to be looked at, and anchors that each make another path.
class CostlyChainLoop {
 public:
  CostlyChainLoop();
  void Call();

 private:
  std::vector<std::string> chain_;
  std::vector<std::string> anchors_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_LIVE_CHAINS_H_
