// lookup: who publishes tool definitions, and with which keys.
//
// A document names a key by its id and no publisher: whose the key is, is who
// published. Ids of keys may be the same in several publishers' sets, so each
// of those keys is tried, and a document that two publishers' keys verify, one
// key in two sets, is nobody's.
//
// Thread-safety: immutable. Ownership: owns the sets. Cost: visits every
// publisher's keys; some nanoseconds apiece. Errors: InvalidArgument.

#ifndef TOLLGATE_ENGINE_LOOKUP_PUBLISHERS_H_
#define TOLLGATE_ENGINE_LOOKUP_PUBLISHERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/lookup/jwks.h"

namespace tollgate {

struct Publisher {
  std::string id;
  KeySet keys;
};

class Publishers {
 public:
  // Refuses an id that is empty, is there twice, or has a slash, a control
  // character or more than limits::kPrincipalBytesMax bytes: publisher/tool is
  // one name.
  static absl::StatusOr<Publishers> Create(std::vector<Publisher> publishers);

  // Publishes nothing.
  Publishers() = default;

  absl::Span<const Publisher> all() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return publishers_;
  }

 private:
  explicit Publishers(std::vector<Publisher> publishers)
      : publishers_(std::move(publishers)) {}

  std::vector<Publisher> publishers_;
};

// Whether `id` can be a publisher's.
bool IsPublisherId(std::string_view id);

// Returns how the keys of publishers are bound: to PS256, RS256, ES256 and
// EdDSA; one of RSA that does not say to PS256.
JwksOptions PublisherKeyOptions();

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_PUBLISHERS_H_
