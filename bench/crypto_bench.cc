// The digest of an API key's secret, and what it could have been instead.
// Secrets are 30 characters, a different one each time. Messages of one size in
// a loop overlap in the processor more than a digest amid other work does.

#include <vector>

#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/credential_sequence.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/hmac_sha256.h"
#include "engine/crypto/key_digest.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/signing_key.h"
#include "engine/crypto/verifying_key.h"
#include "engine/verify/peppers.h"

namespace tollgate::bench {
namespace {

const DrawnKeys& Secrets() {
  static const auto* const secrets = new DrawnKeys(
      KeyRing(Scaled(10'000), 1), Scaled(size_t{1} << 16), /*seed=*/2);
  return *secrets;
}

std::vector<uint8_t> PepperBytes() {
  return std::vector<uint8_t>(Pepper::kBytesMin, 0x5a);
}

// Times `digest(secret)`.
template <typename Fn>
void RunDigest(benchmark::State& state, Fn&& digest) {
  const DrawnKeys& secrets = Secrets();
  size_t i = 0;
  for (auto _ : state) Consume(digest(secrets.secret(i++)));
  state.SetItemsProcessed(state.iterations());
}

// One compression after the pepper's prepared block: what Tollgate does.
void BM_KeyDigest(benchmark::State& state) {
  const Pepper pepper = RequireValue(Pepper::Create(PepperBytes()));
  RunDigest(state,
            [&](std::string_view secret) { return pepper.Digest(secret); });
}
BENCHMARK(BM_KeyDigest);

// Two compressions, with both pads prepared.
void BM_HmacSha256(benchmark::State& state) {
  const HmacSha256 hmac(PepperBytes());
  RunDigest(state, [&](std::string_view secret) { return hmac.Mac(secret); });
}
BENCHMARK(BM_HmacSha256);

// One block without a pepper: what people write.
void BM_Sha256_Secret(benchmark::State& state) {
  RunDigest(state, [](std::string_view secret) { return Sha256(secret); });
}
BENCHMARK(BM_Sha256_Secret);

void BM_Pepper_Digest(benchmark::State& state) {
  std::vector<Peppers::Entry> entries;
  entries.push_back({1, RequireValue(Pepper::Create(PepperBytes()))});
  const Peppers peppers = RequireValue(Peppers::Create(std::move(entries)));
  RunDigest(state, [&](std::string_view secret) {
    Peppers::Digests digests;
    peppers.DigestAll(secret, digests);
    return digests[0];
  });
}
BENCHMARK(BM_Pepper_Digest);

void BM_ConstantTimeEqual(benchmark::State& state) {
  const Sha256Digest a = Sha256("a");
  const Sha256Digest b = Sha256("b");
  for (auto _ : state) {
    Consume(a);
    Consume(ConstantTimeEqual(a, b));
  }
}
BENCHMARK(BM_ConstantTimeEqual);

// ES256 under a key as it is, and under one that is prepared.
void BM_Es256_Verify(benchmark::State& state) {
  const SigningKey signer =
      RequireValue(SigningKey::Generate(Algorithm::kEs256));
  VerifyingKey key = RequireValue(signer.Verifier());
  if (state.range(0) != 0) key.Prepare();
  const std::string signature = RequireValue(signer.Sign("message"));
  for (auto _ : state) Require(key.Verify("message", signature), "a signature");
}
BENCHMARK(BM_Es256_Verify)->ArgName("prepared")->Arg(0)->Arg(1);

// What the second costs before.
void BM_Es256_Prepare(benchmark::State& state) {
  const SigningKey signer =
      RequireValue(SigningKey::Generate(Algorithm::kEs256));
  for (auto _ : state) {
    VerifyingKey key = RequireValue(signer.Verifier());
    key.Prepare();
    Consume(key);
  }
}
BENCHMARK(BM_Es256_Prepare);

}  // namespace
}  // namespace tollgate::bench
