// Whether a value could end up in a log line, as compile-time facts.

#ifndef TOLLGATE_TESTS_CRYPTO_UNPRINTABLE_H_
#define TOLLGATE_TESTS_CRYPTO_UNPRINTABLE_H_

#include <ostream>
#include <string>

namespace tollgate {

// What AbslStringify writes to.
struct StringSink {
  void Append(std::string_view text) { written.append(text); }
  std::string written;
};

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

template <typename T>
concept Formattable = requires(StringSink& sink, const T& value) {
  AbslStringify(sink, value);
};

template <typename T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_CRYPTO_UNPRINTABLE_H_
