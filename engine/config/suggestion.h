// "did you mean": the known word nearest to one that is not known.
//
// Thread-safety: pure. Cost: control path; of a word, 64 bytes count.

#ifndef TOLLGATE_ENGINE_CONFIG_SUGGESTION_H_
#define TOLLGATE_ENGINE_CONFIG_SUGGESTION_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace tollgate {

// Returns how many letters have to be inserted, removed, replaced or swapped
// with their neighbour to turn `a` into `b`.
size_t EditDistance(std::string_view a, std::string_view b);

// Returns "; did you mean `x`?" for the nearest of `known` if it is near (a
// third of the letters wrong at most, case aside), and "" otherwise.
std::string DidYouMean(std::string_view word,
                       absl::Span<const std::string_view> known);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_SUGGESTION_H_
