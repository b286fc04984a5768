// What a validation can not do without, each by itself: the floor of a path is
// the sum of some of these.

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bench/paths/path.h"
#include "bench/paths/world.h"
#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/seeded_random.h"
#include "engine/base/steady_clock.h"
#include "engine/crypto/fingerprint.h"
#include "engine/crypto/key_digest.h"
#include "engine/crypto/secret_tag.h"

namespace tollgate::bench {
namespace {

class ClockRead {
 public:
  void Call() { Consume(clock_.Read()); }

 private:
  SteadyClock clock_;
};

// A line of memory that nobody has touched lately: one cycle through all lines,
// one for each key, in random order, so that a touch waits for the one before,
// as a validation waits for its record.
class RecordTouch {
 public:
  explicit RecordTouch(size_t lines) : lines_(lines) {
    std::vector<uint32_t> order(lines);
    for (uint32_t i = 0; i < lines; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), SeededRandom(5));
    for (size_t i = 0; i < lines; ++i) {
      lines_[order[i]].next = order[(i + 1) % lines];
    }
  }

  void Call() { Consume(at_ = lines_[at_].next); }

 private:
  struct alignas(64) Line {
    uint32_t next;
  };

  std::vector<Line> lines_;
  uint32_t at_ = 0;
};

class KeyDigestLoop {
 public:
  explicit KeyDigestLoop(const DrawnKeys* keys)
      : keys_(*keys),
        pepper_(RequireValue(
            Pepper::Create(std::vector<uint8_t>(Pepper::kBytesMin, 0x5a)))) {}

  void Call() { Consume(pepper_.Digest(keys_.secret(at_++))); }

 private:
  const DrawnKeys& keys_;
  Pepper pepper_;
  size_t at_ = 0;
};

class SecretTagLoop {
 public:
  explicit SecretTagLoop(const DrawnKeys* keys)
      : keys_(*keys),
        tagger_(std::vector<uint8_t>(SecretTagger::kKeyBytes, 0x5a)) {}

  void Call() { Consume(tagger_.Of(keys_.secret(at_++))); }

 private:
  const DrawnKeys& keys_;
  SecretTagger tagger_;
  size_t at_ = 0;
};

// Fingerprints of texts, one after the other.
class FingerprintLoop {
 public:
  explicit FingerprintLoop(std::vector<std::string> texts)
      : texts_(std::move(texts)) {}

  void Call() {
    Consume(fingerprinter_.Of(texts_[at_]));
    at_ = at_ + 1 == texts_.size() ? 0 : at_ + 1;
  }

 private:
  const std::vector<std::string> texts_;
  Fingerprinter fingerprinter_;
  size_t at_ = 0;
};

Path Signature(Algorithm algorithm) {
  return {absl::StrCat("primitive/",
                       absl::AsciiStrToLower(AlgorithmName(algorithm)),
                       "_signature"),
          absl::StrCat("one ", AlgorithmName(algorithm),
                       " signature over a token's bytes"),
          {},
          [algorithm](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
            return std::make_unique<LoopOf<BareLoop>>(
                RequireValue(SigningKey::Generate(algorithm)),
                world.options().first_tokens);
          }};
}

Path ChainSignatures(std::string name, ChainKeys keys) {
  return {absl::StrCat("primitive/chain_signatures_", name),
          "the two signatures of a chain",
          {},
          [keys](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
            return std::make_unique<LoopOf<BareChainLoop>>(
                keys, world.options().first_chains);
          }};
}

std::unique_ptr<Loop> Fingerprints(std::vector<std::string> texts) {
  return std::make_unique<LoopOf<FingerprintLoop>>(std::move(texts));
}

}  // namespace

std::vector<Path> PrimitivePaths() {
  return {
      {"primitive/clock_read",
       "a reading of both clocks",
       {},
       [](PathWorld&, size_t) -> std::unique_ptr<Loop> {
         return std::make_unique<LoopOf<ClockRead>>();
       }},
      {"primitive/record_touch",
       "a record that is not in the first cache",
       {},
       [](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
         return std::make_unique<LoopOf<RecordTouch>>(world.options().keys);
       }},
      {"primitive/secret_tag",
       "the keyed tag of a secret",
       {},
       [](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
         return std::make_unique<LoopOf<SecretTagLoop>>(&world.drawn_keys());
       }},
      {"primitive/key_digest",
       "the digest of a secret, prepared",
       {},
       [](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
         return std::make_unique<LoopOf<KeyDigestLoop>>(&world.drawn_keys());
       }},
      {"primitive/token_fingerprint",
       "the fingerprint of a token",
       {},
       [](PathWorld& world, size_t) {
         std::vector<std::string> texts;
         for (size_t i = 0; i < world.tokens().size(); ++i) {
           texts.push_back(world.tokens().value(i));
         }
         return Fingerprints(std::move(texts));
       }},
      {"primitive/digest_fingerprint",
       "the fingerprint of a chain's digest",
       {},
       [](PathWorld& world, size_t) {
         std::vector<std::string> texts;
         for (size_t i = 0; i < world.chains().size(); ++i) {
           const auto digest = world.chains().chain(i).end_entity_digest();
           texts.emplace_back(digest.begin(), digest.end());
         }
         return Fingerprints(std::move(texts));
       }},
      {"primitive/document_fingerprint",
       "the fingerprint of a tool's document",
       {},
       [](PathWorld& world, size_t) {
         std::vector<std::string> texts;
         for (size_t i = 0; i < world.tools().size(); ++i) {
           texts.push_back(world.tools().document(i));
         }
         return Fingerprints(std::move(texts));
       }},
      Signature(Algorithm::kHs256),
      Signature(Algorithm::kRs256),
      Signature(Algorithm::kPs256),
      Signature(Algorithm::kEs256),
      Signature(Algorithm::kEs384),
      Signature(Algorithm::kEdDsa),
      ChainSignatures("p256", ChainKeys::kP256),
      ChainSignatures("rsa2048", ChainKeys::kRsa2048),
      {"primitive/tool_signature",
       "the signature of a tool's document",
       {},
       [](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
         return std::make_unique<LoopOf<BareToolLoop>>(&world.tools());
       }},
      {"primitive/canonical",
       "a definition read, its canonical form, and the SHA-256 of that",
       {},
       [](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
         return std::make_unique<LoopOf<CanonicalLoop>>(&world.tools());
       }},
  };
}

}  // namespace tollgate::bench
