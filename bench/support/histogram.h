// A log-linear histogram of durations: 32 buckets an octave, so a percentile is
// exact to about 3 percent, whatever its size.
//
// Thread-safety: one thread; Merge what threads collected. Cost: Add is a shift
// and an increment in 15 KiB, which is part of what a benchmark disturbs.

#ifndef TOLLGATE_BENCH_SUPPORT_HISTOGRAM_H_
#define TOLLGATE_BENCH_SUPPORT_HISTOGRAM_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tollgate::bench {

class Histogram {
 public:
  void Add(uint64_t value) {
    ++counts_[BucketOf(value)];
    ++total_;
  }

  void Merge(const Histogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }

  uint64_t total() const { return total_; }

  // Returns the value below or at which `fraction` of the values lie: the
  // middle of the bucket that holds it. Zero when empty.
  double Percentile(double fraction) const {
    const double wanted = fraction * static_cast<double>(total_);
    uint64_t seen = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > 0 && static_cast<double>(seen) >= wanted) return Middle(i);
    }
    return 0;
  }

 private:
  static constexpr int kLinearBits = 5;
  static constexpr uint64_t kLinear = uint64_t{1} << kLinearBits;

  // Values below 2 * kLinear have a bucket each; above, the bucket is the
  // octave and the kLinearBits bits after the leading one.
  static size_t BucketOf(uint64_t value) {
    const int octave = std::bit_width(value | kLinear) - 1 - kLinearBits;
    return (static_cast<size_t>(octave) << kLinearBits) + (value >> octave);
  }

  static double Middle(size_t bucket) {
    if (bucket < 2 * kLinear) return static_cast<double>(bucket);
    const size_t octave = (bucket >> kLinearBits) - 1;
    const uint64_t first = (bucket - (octave << kLinearBits)) << octave;
    return static_cast<double>(first) +
           static_cast<double>(uint64_t{1} << octave) / 2;
  }

  std::array<uint64_t, (64 - kLinearBits + 1) << kLinearBits> counts_ = {};
  uint64_t total_ = 0;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_HISTOGRAM_H_
