// One thread. All cases are in one interleaved run, so each ratio is between
// neighbours in time.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/claims/measurements.h"
#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/credential_sequence.h"
#include "bench/support/validation_loop.h"
#include "engine/base/steady_clock.h"
#include "engine/crypto/key_digest.h"

namespace tollgate::bench {
namespace {

// Longer than the L2 cache at 64 bytes a credential, and than the keys.
size_t SequenceLength(const Effort& effort, size_t keys) {
  size_t length = effort.name == kSmoke.name ? 1024 : size_t{1} << 18;
  while (length < keys) length *= 2;
  return length;
}

// The sequences and loops of a group, kept until its run is over.
class Loops {
 public:
  Loops(Context& context, InterleavedRun& run) : context_(context), run_(run) {}

  const CredentialSequence* Sequence(const EngineFixture& engine,
                                     SequenceOptions options) {
    options.length = SequenceLength(context_.effort(), engine.keys().size());
    sequences_.push_back(
        std::make_unique<CredentialSequence>(engine.keys(), options));
    return sequences_.back().get();
  }

  size_t Add(std::string name, EngineFixture& engine,
             const CredentialSequence* sequence, Expectation expected = {},
             Defect defect = Defect::kNone) {
    ValidationLoop* loop = Loop(engine, sequence, expected, defect);
    return run_.Add(std::move(name), [loop, slice = context_.effort().slice] {
      return NanosPerOp(slice, [loop] { loop->Call(); });
    });
  }

  size_t AddBatch(std::string name, EngineFixture& engine,
                  const CredentialSequence* sequence) {
    ValidationLoop* loop = Loop(engine, sequence, {}, Defect::kNone);
    return run_.Add(std::move(name), [loop, slice = context_.effort().slice] {
      return NanosPerOp(slice, [loop] { loop->CallBatch(); }) /
             static_cast<double>(RequestStream::kBatch);
    });
  }

  size_t AddGate(std::string name, PlainGate* gate,
                 const CredentialSequence* sequence) {
    gates_.push_back(std::make_unique<GateLoop>(gate, sequence));
    GateLoop* loop = gates_.back().get();
    return run_.Add(std::move(name), [loop, slice = context_.effort().slice] {
      return NanosPerOp(slice, [loop] { loop->Call(); });
    });
  }

 private:
  ValidationLoop* Loop(EngineFixture& engine,
                       const CredentialSequence* sequence, Expectation expected,
                       Defect defect) {
    auto& worker = workers_[&engine];
    if (worker == nullptr) {
      worker = std::make_unique<Validator::Worker>(
          engine.validator().RegisterWorker());
    }
    loops_.push_back(std::make_unique<ValidationLoop>(worker.get(), sequence,
                                                      expected, 0, defect));
    return loops_.back().get();
  }

  Context& context_;
  InterleavedRun& run_;
  std::vector<std::unique_ptr<CredentialSequence>> sequences_;
  // One for each engine: the only one it has.
  std::map<EngineFixture*, std::unique_ptr<Validator::Worker>> workers_;
  std::vector<std::unique_ptr<ValidationLoop>> loops_;
  std::vector<std::unique_ptr<GateLoop>> gates_;
};

// What a validation can not do without, each by itself.
class Primitives {
 public:
  Primitives(Context& context, InterleavedRun& run)
      : drawn_(context.few().keys(),
               SequenceLength(context.effort(), context.effort().few_keys), 3),
        lines_(context.effort().few_keys),
        pepper_(RequireValue(
            Pepper::Create(std::vector<uint8_t>(Pepper::kBytesMin, 0x5a)))) {
    LinkLines();
    const auto slice = context.effort().slice;
    digest_ = run.Add("Primitive: digest with prepared state", [this, slice] {
      return NanosPerOp(slice, [this] { Digest(); });
    });
    touch_ = run.Add("Primitive: random record touch", [this, slice] {
      return NanosPerOp(slice, [this] { Touch(); });
    });
    clock_read_ = run.Add("Primitive: clock read", [this, slice] {
      return NanosPerOp(slice, [this] { Consume(clock_.Read()); });
    });
    together_ = run.Add("Primitives, all three in one loop", [this, slice] {
      return NanosPerOp(slice, [this] {
        Digest();
        Touch();
        Consume(clock_.Read());
      });
    });
  }

  std::vector<double> Sum(const InterleavedRun& run) const {
    std::vector<double> sum = run.series(digest_);
    for (size_t i = 0; i < sum.size(); ++i) {
      sum[i] += run.series(touch_)[i] + run.series(clock_read_)[i];
    }
    return sum;
  }

 private:
  struct alignas(64) Line {
    uint32_t next;
  };

  // One cycle through all lines in random order, so that a touch waits for the
  // one before, as a validation waits for its record.
  void LinkLines() {
    std::vector<uint32_t> order(lines_.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), SeededRandom(5));
    for (size_t i = 0; i < order.size(); ++i) {
      lines_[order[i]].next = order[(i + 1) % order.size()];
    }
  }

  void Digest() { Consume(pepper_.Digest(drawn_.secret(position_++))); }
  void Touch() { line_ = lines_[line_].next; }

  DrawnKeys drawn_;
  std::vector<Line> lines_;
  Pepper pepper_;
  SteadyClock clock_;
  size_t position_ = 0;
  uint32_t line_ = 0;
  size_t digest_, touch_, clock_read_, together_;
};

std::string Text(std::string_view what, const std::string& keys) {
  return absl::StrCat(what, ", ", keys, " keys");
}

// The cases that claims are made of.
struct Cases {
  size_t good, first, gate, many, batch_many;
  size_t garbage, unknown, wrong, wrong_again;
  size_t many_unknown, many_wrong;
};

Cases AddCases(Context& context, Loops& loops, PlainGate* gate,
               EngineFixture& forgetful) {
  EngineFixture& few = context.few();
  EngineFixture& many = context.many();
  const std::string few_text = context.few_text();
  const std::string many_text = context.many_text();
  const auto few_of = [&](Presented presented, uint64_t seed) {
    return loops.Sequence(few, {.presented = presented, .seed = seed});
  };
  const auto many_of = [&](Presented presented, uint64_t seed) {
    return loops.Sequence(many, {.presented = presented, .seed = seed});
  };
  const auto* good = few_of(Presented::kGood, 11);
  const auto* many_good = many_of(Presented::kGood, 12);
  Cases cases;
  cases.good = loops.Add(Text("Good", few_text), few, good);
  cases.first =
      loops.Add(Text("Good, proved anew each time", few_text), forgetful, good);
  cases.gate = loops.AddGate(Text("Baseline, good", few_text), gate, good);
  cases.many = loops.Add(Text("Good", many_text), many, many_good);
  loops.AddBatch(Text("Good, batches of 32", few_text), few, good);
  cases.batch_many =
      loops.AddBatch(Text("Good, batches of 32", many_text), many, many_good);
  cases.garbage =
      loops.Add(Text("Bad checksum", few_text), few,
                few_of(Presented::kBadChecksum, 13), {Reason::kBadChecksum});
  cases.unknown =
      loops.Add(Text("Unknown id", few_text), few,
                few_of(Presented::kUnknownId, 14), {Reason::kUnknownKey});
  cases.wrong =
      loops.Add(Text("Wrong secret", few_text), few,
                few_of(Presented::kWrongSecret, 15), {Reason::kWrongSecret});
  cases.wrong_again =
      loops.Add(Text("Wrong secret again", few_text), few,
                few_of(Presented::kWrongSecret, 16), {Reason::kWrongSecret});
  cases.many_unknown =
      loops.Add(Text("Unknown id", many_text), many,
                many_of(Presented::kUnknownId, 17), {Reason::kUnknownKey});
  cases.many_wrong =
      loops.Add(Text("Wrong secret", many_text), many,
                many_of(Presented::kWrongSecret, 18), {Reason::kWrongSecret});
  return cases;
}

// Cases without a claim: other forms, and what policy, state or limits refuse.
void AddOtherCases(Context& context, Loops& loops, EngineFixture& mixed) {
  EngineFixture& few = context.few();
  const std::string text = context.few_text();
  const auto form = [&](Form form) {
    return loops.Sequence(few, {.form = form, .seed = 21});
  };
  loops.Add(Text("Good, Bearer", text), few, form(Form::kBearer));
  loops.Add(Text("Good, Basic", text), few, form(Form::kBasic));
  const auto* good = loops.Sequence(few, {.seed = 22});
  loops.Add(Text("Address refused", text), few, good, {Reason::kIpNotAllowed},
            Defect::kPeer);
  loops.Add(Text("Endpoint refused", text), few, good,
            {Reason::kEndpointNotAllowed}, Defect::kEndpoint);
  loops.Add(Text("Scope missing", text), few, good,
            {Reason::kInsufficientScope}, Defect::kScope);
  const auto state = [&](size_t residue) {
    return loops.Sequence(mixed, {.seed = 23,
                                  .modulus = EngineFixture::kMixModulus,
                                  .residue = residue});
  };
  loops.Add(Text("Expired", text), mixed, state(EngineFixture::kExpired),
            {Reason::kKeyExpired});
  loops.Add(Text("Disabled", text), mixed, state(EngineFixture::kDisabled),
            {Reason::kKeyDisabled});
  loops.Add(Text("Over its limit", text), mixed, state(EngineFixture::kScarce),
            {Reason::kRateLimited, mixed.keys().size()});
}

void AddClaims(Context& context, const InterleavedRun& run, const Cases& cases,
               const std::vector<double>& primitives) {
  using Bound = Claim::Bound;
  const std::string few = context.few_text();
  const std::string many = context.many_text();
  const auto& good = run.series(cases.good);
  const auto ratio = [&](std::string text, const std::vector<double>& a,
                         const std::vector<double>& b, double required) {
    context.AddClaim({.text = std::move(text),
                      .bound = Bound::kAtMost,
                      .required = required,
                      .measured = RatioOf(a, b),
                      .unit = "x"});
  };
  ratio(absl::StrCat("Good key / what people write, ", few), good,
        run.series(cases.gate), 1);
  ratio(absl::StrCat("Good key proved anew / what people write, ", few),
        run.series(cases.first), run.series(cases.gate), 1);
  context.AddClaim({.text = absl::StrCat("Good key proved anew / known, ", few),
                    .bound = Bound::kAtLeast,
                    .required = 2.5,
                    .measured = RatioOf(run.series(cases.first), good),
                    .unit = "x"});
  context.AddClaim({.text = absl::StrCat("Good key known, ", few),
                    .bound = Bound::kAtMost,
                    .required = 45,
                    .measured = MedianOf(good),
                    .unit = " ns",
                    .decimals = 1});
  ratio(absl::StrCat("Good key / sum of its primitives, ", few), good,
        primitives, 1.4);
  ratio(absl::StrCat("Good key, ", many, " / ", few), run.series(cases.many),
        good, 1.5);
  ratio(absl::StrCat("Batch of 32, ", many, " / single, ", few),
        run.series(cases.batch_many), good, 1.2);
  ratio("Bad checksum / good key", run.series(cases.garbage), good, 1.0 / 3);
}

// The noise is what two series of the same kind differ by: the larger end of
// the interval of their ratio. Both directions count.
void AddIndistinguishable(Context& context, const InterleavedRun& run,
                          const Cases& cases) {
  const Estimate same = run.Ratio(cases.wrong_again, cases.wrong);
  const double noise =
      std::max(std::abs(same.low - 1), std::abs(same.high - 1));
  const auto claim = [&](std::string text, size_t unknown, size_t wrong) {
    const Estimate ratio = run.Ratio(unknown, wrong);
    const auto apart = [](double value) { return 100 * std::abs(value - 1); };
    const bool spans = ratio.low <= 1 && ratio.high >= 1;
    context.AddClaim(
        {.text = std::move(text),
         .bound = Claim::Bound::kAtMost,
         .required = std::max(100 * noise, 1.0),
         .measured = {apart(ratio.median),
                      spans ? 0 : std::min(apart(ratio.low), apart(ratio.high)),
                      std::max(apart(ratio.low), apart(ratio.high))},
         .unit = "%",
         .decimals = 1});
  };
  claim(absl::StrCat("Unknown id differs from wrong secret, ",
                     context.few_text()),
        cases.unknown, cases.wrong);
  claim(absl::StrCat("Unknown id differs from wrong secret, ",
                     context.many_text()),
        cases.many_unknown, cases.many_wrong);
}

}  // namespace

void MeasureValidation(Context& context) {
  InterleavedRun run;
  const auto gate = Context::MakeGate(context.few());
  EngineFixture mixed(
      {.keys = context.effort().few_keys, .mix = EngineFixture::Keys::kMixed});
  EngineFixture forgetful(
      {.keys = context.effort().few_keys, .verified_cache = false});
  Loops loops(context, run);
  const Cases cases = AddCases(context, loops, gate.get(), forgetful);
  const Primitives primitives(context, run);
  AddOtherCases(context, loops, mixed);
  run.Run(context.effort().Share(0.4));
  AddClaims(context, run, cases, primitives.Sum(run));
  AddIndistinguishable(context, run, cases);
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

}  // namespace tollgate::bench
