#include "bench/claims/context.h"

#include "absl/strings/str_cat.h"

namespace tollgate::bench {

EngineFixture& Context::few() {
  if (few_ == nullptr) {
    few_ = std::make_unique<EngineFixture>(
        EngineFixture::Options{.keys = effort_.few_keys});
  }
  return *few_;
}

EngineFixture& Context::many() {
  if (many_ == nullptr) {
    many_ = std::make_unique<EngineFixture>(
        EngineFixture::Options{.keys = effort_.many_keys});
  }
  return *many_;
}

std::string Context::Count(size_t keys) {
  if (keys % 1'000'000 == 0) return absl::StrCat(keys / 1'000'000, "M");
  if (keys % 1'000 == 0) return absl::StrCat(keys / 1'000, "k");
  return absl::StrCat(keys);
}

std::unique_ptr<PlainGate> Context::MakeGate(const EngineFixture& engine) {
  auto gate = std::make_unique<PlainGate>(
      PlainGate::Limit{.permits_per_second = 2e5, .burst = 2e5});
  const KeyRing& keys = engine.keys();
  for (size_t i = 0; i < keys.size(); ++i)
    gate->Add(keys.id(i), keys.secret(i));
  return gate;
}

void Context::AddFigure(const InterleavedRun& run, size_t index) {
  report_.figures.push_back({run.name(index), run.Median(index)});
}

}  // namespace tollgate::bench
