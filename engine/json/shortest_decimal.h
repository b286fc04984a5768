// The shortest decimal number that reads back as a double, and of those the
// closest to it: what ECMAScript (ECMA-262 section 6.1.6.1.20) and Python
// write, each in a notation of its own.
//
// Thread-safety: pure. Cost: about 30 ns, less for few digits; no
// allocation. Errors: none.

#ifndef TOLLGATE_ENGINE_JSON_SHORTEST_DECIMAL_H_
#define TOLLGATE_ENGINE_JSON_SHORTEST_DECIMAL_H_

#include <cstddef>
#include <string_view>

namespace tollgate {

// 0.d1d2...dn times ten to the power of `point`, with neither d1 nor dn zero.
class ShortestDecimal {
 public:
  static constexpr size_t kDigitsMax = 17;

  // Of the magnitude of `value`. REQUIRES: it is finite, and not zero.
  explicit ShortestDecimal(double value);

  std::string_view digits() const { return {digits_, size_}; }
  // Where the point stands, counted from before the first digit.
  int point() const { return point_; }

 private:
  bool TakeFewDigits(double value);
  void TakeDigits(double value);

  char digits_[kDigitsMax];
  size_t size_ = 0;
  int point_ = 0;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_JSON_SHORTEST_DECIMAL_H_
