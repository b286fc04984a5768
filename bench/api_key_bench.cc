// API keys from request to decision: BM_ApiKey_<Case>/keys:N/threads:T.
//
// Each call reads the clock, finds the credential among eight to ten headers,
// and decides; a good one is charged in three windows. Not in the numbers:
// sockets, HTTP parsing, forming response headers. Keys are drawn at random.

#include <memory>
#include <tuple>

#include "bench/baseline/plain_gate.h"
#include "bench/support/engine_fixture.h"
#include "bench/support/report_percentiles.h"
#include "bench/support/shared_fixtures.h"
#include "bench/support/smoke.h"
#include "bench/support/validation_loop.h"
#include "benchmark/benchmark.h"

namespace tollgate::bench {
namespace {

EngineFixture& Engine(size_t keys, EngineFixture::Keys mix) {
  using Fixtures =
      SharedFixtures<std::pair<size_t, EngineFixture::Keys>, EngineFixture>;
  keys = Scaled(keys);
  return Fixtures::Instance().Get({keys, mix}, [keys, mix] {
    return std::make_unique<EngineFixture>(
        EngineFixture::Options{.keys = keys, .mix = mix});
  });
}

const CredentialSequence& Sequence(const KeyRing& keys,
                                   SequenceOptions options) {
  using Key = std::tuple<size_t, Presented, Form, size_t>;
  options.length = Scaled(size_t{1} << 18);
  while (options.length < keys.size()) options.length *= 2;
  const Key key = {keys.size(), options.presented, options.form,
                   options.residue};
  return SharedFixtures<Key, const CredentialSequence>::Instance().Get(
      key, [&] { return std::make_unique<CredentialSequence>(keys, options); });
}

PlainGate& Gate(const EngineFixture& engine) {
  const KeyRing& keys = engine.keys();
  return SharedFixtures<size_t, PlainGate>::Instance().Get(keys.size(), [&] {
    auto gate = std::make_unique<PlainGate>(PlainGate::Limit{2e5, 2e5});
    for (size_t i = 0; i < keys.size(); ++i) {
      gate->Add(keys.id(i), keys.secret(i));
    }
    return gate;
  });
}

// One kind of request, as the benchmarks below are registered.
struct Case {
  SequenceOptions sequence = {};
  Expectation expected = {};
  Defect defect = Defect::kNone;
  EngineFixture::Keys mix = EngineFixture::Keys::kActive;
};

Case Mixed(size_t residue, Reason reason, size_t exceptions = 0) {
  return {
      .sequence = {.modulus = EngineFixture::kMixModulus, .residue = residue},
      .expected = {reason, exceptions},
      .mix = EngineFixture::Keys::kMixed};
}

size_t StartOf(const benchmark::State& state,
               const CredentialSequence& sequence) {
  return static_cast<size_t>(state.thread_index()) * sequence.size() /
         static_cast<size_t>(state.threads());
}

void RunCase(benchmark::State& state, const Case& request) {
  const auto keys = static_cast<size_t>(state.range(0));
  EngineFixture& engine = Engine(keys, request.mix);
  const CredentialSequence& sequence =
      Sequence(engine.keys(), request.sequence);
  Validator::Worker worker = engine.validator().RegisterWorker();
  ValidationLoop loop(&worker, &sequence, request.expected,
                      StartOf(state, sequence), request.defect);
  for (auto _ : state) loop.Call();
  state.SetItemsProcessed(state.iterations());
  ReportPercentiles(state, [&] { loop.Call(); });
}

void BM_ApiKey_Good(benchmark::State& state) { RunCase(state, {}); }
BENCHMARK(BM_ApiKey_Good)
    ->ArgName("keys")
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

// The time of an iteration is that of 32 requests; items are requests.
void BM_ApiKey_GoodBatch(benchmark::State& state) {
  EngineFixture& engine =
      Engine(static_cast<size_t>(state.range(0)), EngineFixture::Keys::kActive);
  const CredentialSequence& sequence = Sequence(engine.keys(), {});
  Validator::Worker worker = engine.validator().RegisterWorker();
  ValidationLoop loop(&worker, &sequence);
  for (auto _ : state) loop.CallBatch();
  state.SetItemsProcessed(state.iterations() *
                          static_cast<int64_t>(RequestStream::kBatch));
}
BENCHMARK(BM_ApiKey_GoodBatch)->ArgName("keys")->Arg(10'000)->Arg(1'000'000);

// What people write instead; see bench/baseline/plain_gate.h.
void BM_Baseline_Good(benchmark::State& state) {
  const auto keys = static_cast<size_t>(state.range(0));
  const EngineFixture& engine = Engine(keys, EngineFixture::Keys::kActive);
  const CredentialSequence& sequence = Sequence(engine.keys(), {});
  GateLoop loop(&Gate(engine), &sequence, StartOf(state, sequence));
  for (auto _ : state) loop.Call();
  state.SetItemsProcessed(state.iterations());
  ReportPercentiles(state, [&] { loop.Call(); });
}
BENCHMARK(BM_Baseline_Good)
    ->ArgName("keys")
    ->Arg(10'000)
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

// Registers RunCase for one more case, among ten thousand keys.
#define TOLLGATE_API_KEY_CASE(name, ...)           \
  void BM_ApiKey_##name(benchmark::State& state) { \
    RunCase(state, __VA_ARGS__);                   \
  }                                                \
  BENCHMARK(BM_ApiKey_##name)->ArgName("keys")->Arg(10'000)

TOLLGATE_API_KEY_CASE(Bearer, {.sequence = {.form = Form::kBearer}});
TOLLGATE_API_KEY_CASE(Basic, {.sequence = {.form = Form::kBasic}});
TOLLGATE_API_KEY_CASE(BadChecksum,
                      {.sequence = {.presented = Presented::kBadChecksum},
                       .expected = {Reason::kBadChecksum}});
TOLLGATE_API_KEY_CASE(UnknownId,
                      {.sequence = {.presented = Presented::kUnknownId},
                       .expected = {Reason::kUnknownKey}});
TOLLGATE_API_KEY_CASE(WrongSecret,
                      {.sequence = {.presented = Presented::kWrongSecret},
                       .expected = {Reason::kWrongSecret}});
TOLLGATE_API_KEY_CASE(Expired,
                      Mixed(EngineFixture::kExpired, Reason::kKeyExpired));
TOLLGATE_API_KEY_CASE(Disabled,
                      Mixed(EngineFixture::kDisabled, Reason::kKeyDisabled));
TOLLGATE_API_KEY_CASE(OverLimit, Mixed(EngineFixture::kScarce,
                                       Reason::kRateLimited, Scaled(10'000)));
TOLLGATE_API_KEY_CASE(AddressRefused, {.expected = {Reason::kIpNotAllowed},
                                       .defect = Defect::kPeer});
TOLLGATE_API_KEY_CASE(EndpointRefused,
                      {.expected = {Reason::kEndpointNotAllowed},
                       .defect = Defect::kEndpoint});
TOLLGATE_API_KEY_CASE(ScopeMissing, {.expected = {Reason::kInsufficientScope},
                                     .defect = Defect::kScope});

#undef TOLLGATE_API_KEY_CASE

}  // namespace
}  // namespace tollgate::bench
