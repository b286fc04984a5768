#include "engine/lookup/publishers.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"

namespace tollgate {

bool IsPublisherId(std::string_view id) {
  return !id.empty() && id.size() <= limits::kPrincipalBytesMax &&
         absl::c_none_of(id, [](char c) {
           return c == '/' ||
                  absl::ascii_iscntrl(static_cast<unsigned char>(c));
         });
}

absl::StatusOr<Publishers> Publishers::Create(
    std::vector<Publisher> publishers) {
  if (publishers.size() > limits::kPublishersMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", limits::kPublishersMax, " publishers"));
  }
  for (size_t i = 0; i < publishers.size(); ++i) {
    if (!IsPublisherId(publishers[i].id)) {
      return absl::InvalidArgumentError(
          absl::StrCat("a publisher's id is 1 to ", limits::kPrincipalBytesMax,
                       " bytes, without `/` and control characters"));
    }
    for (size_t j = 0; j < i; ++j) {
      if (publishers[i].id == publishers[j].id) {
        return absl::InvalidArgumentError("two publishers of one id");
      }
    }
  }
  return Publishers(std::move(publishers));
}

JwksOptions PublisherKeyOptions() {
  return {.algorithms = {Algorithm::kPs256, Algorithm::kRs256,
                         Algorithm::kEs256, Algorithm::kEdDsa},
          .unbound = Algorithm::kPs256};
}

}  // namespace tollgate
