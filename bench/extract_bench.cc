// Extraction: one pass over the headers, and taking a key apart.

#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/credential_sequence.h"
#include "bench/support/request_stream.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"
#include "engine/extract/api_key_text.h"
#include "engine/extract/extractor.h"

namespace tollgate::bench {
namespace {

CredentialSequence MakeSequence(Presented presented, Form form) {
  return CredentialSequence(KeyRing(Scaled(10'000), 1),
                            {.presented = presented,
                             .form = form,
                             .length = Scaled(size_t{1} << 16)});
}

void RunParse(benchmark::State& state, Presented presented) {
  const CredentialSequence sequence = MakeSequence(presented, Form::kHeader);
  const ApiKeyText format("tg", "live");
  size_t i = 0;
  KeyId id;
  std::string_view secret;
  for (auto _ : state) Consume(format.Parse(sequence.value(i++), id, secret));
  state.SetItemsProcessed(state.iterations());
}

void BM_ApiKeyText_Parse(benchmark::State& state) {
  RunParse(state, Presented::kGood);
}
BENCHMARK(BM_ApiKeyText_Parse);

void BM_ApiKeyText_ParseBadChecksum(benchmark::State& state) {
  RunParse(state, Presented::kBadChecksum);
}
BENCHMARK(BM_ApiKeyText_ParseBadChecksum);

void RunExtract(benchmark::State& state, Form form) {
  const CredentialSequence sequence = MakeSequence(Presented::kGood, form);
  RequestStream stream(&sequence);
  const Extractor extractor({.keys = ApiKeyText("tg", "live")});
  for (auto _ : state) {
    Extracted extracted;
    extractor.Extract(stream.Next().headers, extracted);
    Require(extracted.reason == Reason::kOk, "a credential was not found");
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_Extract_Header(benchmark::State& state) {
  RunExtract(state, Form::kHeader);
}
BENCHMARK(BM_Extract_Header);

void BM_Extract_Bearer(benchmark::State& state) {
  RunExtract(state, Form::kBearer);
}
BENCHMARK(BM_Extract_Bearer);

void BM_Extract_Basic(benchmark::State& state) {
  RunExtract(state, Form::kBasic);
}
BENCHMARK(BM_Extract_Basic);

}  // namespace
}  // namespace tollgate::bench
