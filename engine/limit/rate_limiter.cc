#include "engine/limit/rate_limiter.h"

namespace tollgate {

template class BasicRateLimiter<StdAtomics>;

}  // namespace tollgate
