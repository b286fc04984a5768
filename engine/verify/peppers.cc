#include "engine/verify/peppers.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tollgate {

absl::StatusOr<Peppers> Peppers::Create(std::vector<Entry> entries) {
  if (entries.empty()) {
    return absl::InvalidArgumentError("API keys need a pepper");
  }
  if (entries.size() > limits::kPeppersMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", limits::kPeppersMax, " peppers at a time"));
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (entries[i].id == entries[j].id) {
        return absl::InvalidArgumentError(
            absl::StrCat("two peppers have the id ", entries[i].id));
      }
    }
  }
  return Peppers(std::move(entries));
}

}  // namespace tollgate
