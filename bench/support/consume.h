// Keeps values from being optimised away.

#ifndef TOLLGATE_BENCH_SUPPORT_CONSUME_H_
#define TOLLGATE_BENCH_SUPPORT_CONSUME_H_

namespace tollgate::bench {

// Pretends to read `value`.
template <typename T>
inline void Consume(const T& value) {
  asm volatile("" : : "m"(value) : "memory");
}

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_CONSUME_H_
