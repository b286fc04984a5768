#include "bench/support/credential_sequence.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "bench/support/check.h"
#include "engine/extract/api_key_text.h"

namespace tollgate::bench {
namespace {

// Odd, so that texts begin at every alignment, as in a receive buffer.
constexpr size_t kGap = 5;

struct Parts {
  KeyId id;
  std::string secret;
};

constexpr double kZipfExponent = 0.99;

// Draws numbers below `count`.
class NumberDraw {
 public:
  NumberDraw(Draw draw, size_t count) : draw_(draw), count_(count) {
    if (draw != Draw::kZipf) return;
    double sum = 0;
    for (size_t i = 0; i < count; ++i) {
      sum += std::pow(static_cast<double>(i + 1), -kZipfExponent);
      sums_.push_back(sum);
    }
  }

  size_t Next(SeededRandom& random) const {
    switch (draw_) {
      case Draw::kUniform:
        return random.Below(count_);
      case Draw::kOneKey:
        return count_ / 2;
      case Draw::kZipf:
        break;
    }
    const double at = static_cast<double>(random()) * 0x1p-64 * sums_.back();
    const auto found = std::upper_bound(sums_.begin(), sums_.end(), at);
    return std::min<size_t>(found - sums_.begin(), count_ - 1);
  }

 private:
  Draw draw_;
  size_t count_;
  std::vector<double> sums_;  // of the weights up to each
};

Parts DrawParts(const KeyRing& keys, const SequenceOptions& options,
                const NumberDraw& draw, SeededRandom& random) {
  const size_t index = draw.Next(random) * options.modulus + options.residue;
  Parts parts{keys.id(index), std::string(keys.secret(index))};
  if (options.presented == Presented::kUnknownId) {
    random.FillBase62(absl::MakeSpan(parts.id.bytes));
  }
  if (options.presented == Presented::kUnknownId ||
      options.presented == Presented::kWrongSecret) {
    random.FillBase62(absl::MakeSpan(parts.secret));
  }
  return parts;
}

// Replaces one character behind the environment by another of the alphabet.
void Garble(std::string& text, SeededRandom& random) {
  const size_t at = text.size() - 1 - random.Below(ApiKeyText::kBodySize);
  const char before = text[at];
  while (text[at] == before) random.FillBase62({&text[at], 1});
}

std::string ComposeValue(const ApiKeyText& format, const Parts& parts,
                         const SequenceOptions& options, SeededRandom& random) {
  if (options.form == Form::kBasic) {
    return absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(
                                      parts.id.text(), ":", parts.secret)));
  }
  std::string text = format.Compose(parts.id, parts.secret);
  if (options.presented == Presented::kBadChecksum) Garble(text, random);
  return options.form == Form::kBearer ? absl::StrCat("Bearer ", text) : text;
}

}  // namespace

CredentialSequence::CredentialSequence(const KeyRing& keys,
                                       const SequenceOptions& options)
    : form_(options.form), mask_(options.length - 1) {
  Require(std::has_single_bit(options.length), "lengths are powers of two");
  const ApiKeyText format("tg", "live");
  SeededRandom random(options.seed);
  const NumberDraw draw(options.draw, keys.size() / options.modulus);
  for (size_t i = 0; i < options.length; ++i) {
    const std::string value = ComposeValue(
        format, DrawParts(keys, options, draw, random), options, random);
    if (i == 0) {
      value_size_ = value.size();
      stride_ = (value_size_ + kGap) | 1;
      chars_.resize(options.length * stride_);
    }
    Require(value.size() == value_size_, "credentials of one size");
    std::memcpy(&chars_[i * stride_], value.data(), value_size_);
  }
}

DrawnKeys::DrawnKeys(const KeyRing& keys, size_t length, uint64_t seed)
    : mask_(length - 1), drawn_(length) {
  Require(std::has_single_bit(length), "lengths are powers of two");
  SeededRandom random(seed);
  for (Drawn& drawn : drawn_) {
    const size_t index = random.Below(keys.size());
    drawn.id = keys.id(index);
    std::memcpy(drawn.secret, keys.secret(index).data(), sizeof(drawn.secret));
  }
}

}  // namespace tollgate::bench
