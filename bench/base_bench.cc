// The parts below everything: hashes, checksums, encodings, clocks, addresses.
// Inputs come from arrays of a few thousand, in cache: the numbers are about
// the work, not about memory.

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/credential_sequence.h"
#include "benchmark/benchmark.h"
#include "engine/base/base62.h"
#include "engine/base/base64.h"
#include "engine/base/checksum.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/ip_address.h"
#include "engine/base/steady_clock.h"

namespace tollgate::bench {
namespace {

constexpr size_t kInputs = 4096;

// Times `work(inputs[i])`.
template <typename Fn>
void RunOver(benchmark::State& state, const std::vector<std::string>& inputs,
             Fn&& work) {
  size_t i = 0;
  for (auto _ : state) Consume(work(inputs[i++ % kInputs]));
  state.SetItemsProcessed(state.iterations());
}

std::vector<std::string> Base62Texts(size_t size) {
  SeededRandom random(1);
  std::vector<std::string> texts(kInputs, std::string(size, '0'));
  for (std::string& text : texts) random.FillBase62(absl::MakeSpan(text));
  return texts;
}

void BM_KeyedHash12(benchmark::State& state) {
  const HashSeed seed(1, 2);
  RunOver(state, Base62Texts(12), [&](const std::string& text) {
    return KeyedHash12(text.data(), seed);
  });
}
BENCHMARK(BM_KeyedHash12);

void BM_Crc32c(benchmark::State& state) {
  RunOver(state, Base62Texts(50),
          [](const std::string& text) { return Crc32c(text); });
}
BENCHMARK(BM_Crc32c);

void BM_Base62_Is(benchmark::State& state) {
  RunOver(state, Base62Texts(48),
          [](const std::string& text) { return IsBase62(text); });
}
BENCHMARK(BM_Base62_Is);

void BM_Base64_Decode(benchmark::State& state) {
  std::vector<std::string> texts = Base62Texts(43);
  for (std::string& text : texts) text = absl::Base64Escape(text);
  char out[64];
  RunOver(state, texts, [&out](const std::string& text) {
    return DecodeBase64(text, absl::MakeSpan(out)).value_or(0);
  });
}
BENCHMARK(BM_Base64_Decode);

void BM_IpAddress_Parse(benchmark::State& state) {
  SeededRandom random(1);
  std::vector<std::string> texts;
  for (size_t i = 0; i < kInputs; ++i) {
    const auto part = [&] { return random.Below(256); };
    texts.push_back(
        i % 2 == 0
            ? absl::StrCat(part(), ".", part(), ".", part(), ".", part())
            : absl::StrCat("2001:db8:", absl::Hex(part()),
                           "::", absl::Hex(part()), ":", absl::Hex(part())));
  }
  RunOver(state, texts, [](const std::string& text) {
    return IpAddress::Parse(text).has_value();
  });
}
BENCHMARK(BM_IpAddress_Parse);

void BM_SteadyClock_Read(benchmark::State& state) {
  SteadyClock clock;
  for (auto _ : state) Consume(clock.Read());
}
BENCHMARK(BM_SteadyClock_Read);

void BM_ReadClock(benchmark::State& state) {
  for (auto _ : state) Consume(ReadClock());
}
BENCHMARK(BM_ReadClock);

}  // namespace
}  // namespace tollgate::bench
