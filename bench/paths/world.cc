#include "bench/paths/world.h"

namespace tollgate::bench {
namespace {

// Some 4.9 KiB a document.
constexpr size_t kToolProperties = 20;

}  // namespace

EngineFixture& PathWorld::keys() {
  if (keys_ == nullptr) {
    keys_ = std::make_unique<EngineFixture>(
        EngineFixture::Options{.keys = options_.keys});
  }
  return *keys_;
}

EngineFixture& PathWorld::hot_keys() {
  if (hot_keys_ == nullptr) {
    hot_keys_ = std::make_unique<EngineFixture>(
        EngineFixture::Options{.keys = options_.keys, .policy = "vast"});
  }
  return *hot_keys_;
}

EngineFixture& PathWorld::mixed_keys() {
  if (mixed_keys_ == nullptr) {
    mixed_keys_ = std::make_unique<EngineFixture>(EngineFixture::Options{
        .keys = options_.keys, .mix = EngineFixture::Keys::kMixed});
  }
  return *mixed_keys_;
}

EngineFixture& PathWorld::forgetful() {
  if (forgetful_ == nullptr) {
    forgetful_ = std::make_unique<EngineFixture>(
        EngineFixture::Options{.keys = options_.keys, .verified_cache = false});
  }
  return *forgetful_;
}

const DrawnKeys& PathWorld::drawn_keys() {
  if (drawn_keys_ == nullptr) {
    drawn_keys_ =
        std::make_unique<const DrawnKeys>(keys().keys(), options_.sequence, 3);
  }
  return *drawn_keys_;
}

LiveTokens& PathWorld::tokens() {
  if (tokens_ == nullptr) {
    tokens_ = std::make_unique<LiveTokens>(options_.tokens);
  }
  return *tokens_;
}

LiveTokens& PathWorld::crowded_tokens() {
  if (crowded_tokens_ == nullptr) {
    crowded_tokens_ = std::make_unique<LiveTokens>(
        options_.tokens, LiveTokens::Options{.entries = options_.tokens / 4});
  }
  return *crowded_tokens_;
}

LiveChains& PathWorld::chains() {
  if (chains_ == nullptr) {
    chains_ = std::make_unique<LiveChains>(options_.chains);
  }
  return *chains_;
}

LiveTools& PathWorld::tools() {
  if (tools_ == nullptr) {
    tools_ = std::make_unique<LiveTools>(options_.tools, kToolProperties);
  }
  return *tools_;
}

Validator::Worker& PathWorld::WorkerOf(Validator& validator, size_t thread) {
  const std::pair place(&validator, thread);
  const auto found = workers_.find(place);
  if (found != workers_.end()) return found->second;
  return workers_.emplace(place, validator.RegisterWorker()).first->second;
}

const CredentialSequence& PathWorld::Sequence(const EngineFixture& engine,
                                              SequenceOptions drawn) {
  drawn.length = options_.sequence;
  return sequences_.emplace_back(engine.keys(), drawn);
}

}  // namespace tollgate::bench
