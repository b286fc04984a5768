// API keys: known, proved anew, of several distributions, and each refusal.

#include "bench/paths/path.h"
#include "bench/paths/world.h"
#include "bench/support/validation_loop.h"

namespace tollgate::bench {
namespace {

using Drawn = SequenceOptions;
using Engine = EngineFixture& (PathWorld::*)();

std::vector<std::string> KnownFloor() {
  return {"primitive/secret_tag", "primitive/record_touch",
          "primitive/clock_read"};
}

std::vector<std::string> FirstFloor() {
  return {"primitive/key_digest", "primitive/record_touch",
          "primitive/clock_read"};
}

Path Of(std::string name, std::string meaning, Engine engine,
        const Drawn& drawn, Expectation expected = {},
        Defect defect = Defect::kNone, std::vector<std::string> floor = {},
        Targets targets = Targets::kFew) {
  return {std::move(name), std::move(meaning), std::move(floor),
          [=](PathWorld& world, size_t thread) -> std::unique_ptr<Loop> {
            EngineFixture& keys = (world.*engine)();
            const CredentialSequence& sequence = world.Sequence(keys, drawn);
            Expectation allowed = expected;
            // One request a day is allowed each key.
            if (allowed.exceptions > 0) allowed.exceptions = keys.keys().size();
            return std::make_unique<LoopOf<ValidationLoop>>(
                &world.WorkerOf(keys.validator(), thread), &sequence, allowed,
                thread * sequence.size() / 2, defect, targets);
          }};
}

Path Good(std::string name, std::string meaning, const Drawn& drawn,
          Engine engine = &PathWorld::keys) {
  return Of(std::move(name), std::move(meaning), engine, drawn, {},
            Defect::kNone, KnownFloor());
}

Path Refused(std::string name, std::string meaning, Presented what,
             uint64_t seed, Reason reason,
             std::vector<std::string> floor = {}) {
  return Of(std::move(name), std::move(meaning), &PathWorld::keys,
            {.presented = what, .seed = seed}, {reason}, Defect::kNone,
            std::move(floor));
}

Path InState(std::string name, std::string meaning, size_t residue,
             Expectation expected) {
  return Of(
      std::move(name), std::move(meaning), &PathWorld::mixed_keys,
      {.seed = 23, .modulus = EngineFixture::kMixModulus, .residue = residue},
      expected);
}

Path AgainstPolicy(std::string name, std::string meaning, Reason reason,
                   Defect defect) {
  return Of(std::move(name), std::move(meaning), &PathWorld::keys, {.seed = 22},
            {reason}, defect);
}

}  // namespace

std::vector<Path> ApiKeyPaths() {
  return {
      Good("api_key/known", "good, proved before", {.seed = 11}),
      Good("api_key/known_zipf", "good, some far more often (Zipf, 0.99)",
           {.draw = Draw::kZipf, .seed = 12}, &PathWorld::hot_keys),
      Good("api_key/known_hot", "one good key, always",
           {.draw = Draw::kOneKey, .seed = 13}, &PathWorld::hot_keys),
      Of("api_key/known_any_target",
         "good, for one of thousands of targets, none soon again",
         &PathWorld::keys, {.seed = 24}, {}, Defect::kNone, KnownFloor(),
         Targets::kMany),
      Of("api_key/first", "good, proved anew each time", &PathWorld::forgetful,
         {.seed = 14}, {}, Defect::kNone, FirstFloor()),
      Good("api_key/known_bearer", "the same in Authorization: Bearer",
           {.form = Form::kBearer, .seed = 15}),
      Good("api_key/known_basic", "the same in Authorization: Basic",
           {.form = Form::kBasic, .seed = 16}),
      Refused("api_key/bad_checksum", "one letter is wrong",
              Presented::kBadChecksum, 17, Reason::kBadChecksum),
      Refused("api_key/unknown", "of no key", Presented::kUnknownId, 18,
              Reason::kUnknownKey, FirstFloor()),
      Refused("api_key/wrong_secret", "of a key, the secret is not",
              Presented::kWrongSecret, 19, Reason::kWrongSecret, FirstFloor()),
      InState("api_key/expired", "good, and over", EngineFixture::kExpired,
              {Reason::kKeyExpired}),
      InState("api_key/disabled", "good, and disabled",
              EngineFixture::kDisabled, {Reason::kKeyDisabled}),
      InState("api_key/revoked", "good, and revoked", EngineFixture::kRevoked,
              {Reason::kKeyRevoked}),
      InState("api_key/over_limit", "good, and over its limit",
              EngineFixture::kScarce, {Reason::kRateLimited, 1}),
      AgainstPolicy("api_key/address_refused", "good, from elsewhere",
                    Reason::kIpNotAllowed, Defect::kPeer),
      AgainstPolicy("api_key/endpoint_refused", "good, for another endpoint",
                    Reason::kEndpointNotAllowed, Defect::kEndpoint),
      AgainstPolicy("api_key/scope_missing", "good, without the scope",
                    Reason::kInsufficientScope, Defect::kScope),
  };
}

}  // namespace tollgate::bench
