// Client certificates: a chain known, chains seen first, and refusals.

#include "bench/paths/path.h"
#include "bench/paths/world.h"
#include "bench/support/check.h"
#include "engine/base/steady_clock.h"

namespace tollgate::bench {
namespace {

// Validates chains one after the other, all decided alike.
class ChainLoop {
 public:
  // Borrows `chains`, or what `own` holds when it is null.
  ChainLoop(const LiveChains* chains, std::vector<ClientChain> own,
            Validator::Worker* worker, Reason expected, size_t thread)
      : worker_(*worker), expected_(expected), own_(std::move(own)) {
    if (chains != nullptr) {
      for (size_t i = 0; i < chains->size(); ++i) {
        chains_.push_back(&chains->chain(i));
      }
    }
    for (const ClientChain& chain : own_) chains_.push_back(&chain);
    at_ = thread * chains_.size() / 2 % chains_.size();
    // What can be known is, from here on.
    for (size_t i = 0; i < chains_.size(); ++i) Call();
  }

  void Call() {
    Present([this](const RequestView& request) {
      return worker_.Validate(request, clock_.Read());
    });
  }
  void Explain(Explanation& explanation) {
    Present([&](const RequestView& request) {
      return worker_.Explain(request, clock_.Read(), explanation);
    });
  }

 private:
  template <typename Decide>
  void Present(Decide decide) {
    static constexpr HeaderView kHeaders[] = {{"Host", "api.example.com"},
                                              {"User-Agent", "agent/1.0"},
                                              {"Accept", "application/json"},
                                              {"Content-Type", "text/plain"},
                                              {"Content-Length", "348"}};
    const ClientChain* const chain = chains_[at_];
    at_ = at_ + 1 == chains_.size() ? 0 : at_ + 1;
    const Decision decision =
        decide({"POST", "/v1/tools/call?x=1", IpAddress::FromV4(0x0a140111),
                kHeaders, chain});
    Require(decision.reason == expected_, "a chain was decided otherwise");
  }

  Validator::Worker& worker_;
  const Reason expected_;
  const std::vector<ClientChain> own_;
  std::vector<const ClientChain*> chains_;
  SteadyClock clock_;
  size_t at_ = 0;
};

Path Known() {
  return {"mtls/known",
          "proved before, registered",
          {"primitive/digest_fingerprint", "primitive/record_touch",
           "primitive/clock_read"},
          [](PathWorld& world, size_t thread) -> std::unique_ptr<Loop> {
            LiveChains& chains = world.chains();
            return std::make_unique<LoopOf<ChainLoop>>(
                &chains, std::vector<ClientChain>(),
                &world.WorkerOf(chains.validator(), thread), Reason::kOk,
                thread);
          }};
}

Path First(std::string name, std::string meaning, ChainKeys keys,
           std::string floor) {
  return {std::move(name),
          std::move(meaning),
          {std::move(floor)},
          [keys](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
            return std::make_unique<LoopOf<ChainMissLoop>>(
                keys, world.options().first_chains);
          }};
}

Path Refused(std::string name, std::string meaning, ChainFault fault,
             Reason reason) {
  return {std::move(name),
          std::move(meaning),
          {},
          [=](PathWorld& world, size_t thread) -> std::unique_ptr<Loop> {
            std::vector<ClientChain> faulty;
            for (size_t i = 0; i < world.options().first_chains; ++i) {
              faulty.push_back(MakeFaultyChain(fault, i));
            }
            return std::make_unique<LoopOf<ChainLoop>>(
                nullptr, std::move(faulty),
                &world.WorkerOf(world.chains().validator(), thread), reason,
                thread);
          }};
}

}  // namespace

std::vector<Path> MtlsPaths() {
  return {
      Known(),
      First("mtls/first_p256", "seen first, keys of P-256", ChainKeys::kP256,
            "primitive/chain_signatures_p256"),
      First("mtls/first_rsa2048", "seen first, authorities of RSA 2048",
            ChainKeys::kRsa2048, "primitive/chain_signatures_rsa2048"),
      Refused("mtls/expired", "good, and over", ChainFault::kExpired,
              Reason::kCertificateExpired),
      Refused("mtls/unknown_anchor",
              "of an authority that nobody trusts; most are remembered",
              ChainFault::kUnknownAnchor, Reason::kUnknownAnchor),
  };
}

}  // namespace tollgate::bench
