// Names a bucket of the rate limiter from where the limiter is not known.

#ifndef TOLLGATE_ENGINE_MODEL_BUCKET_ID_H_
#define TOLLGATE_ENGINE_MODEL_BUCKET_ID_H_

#include <cstdint>

namespace tollgate {

// A bucket of a RateLimiter; 0 names none.
using BucketId = uint32_t;

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_BUCKET_ID_H_
