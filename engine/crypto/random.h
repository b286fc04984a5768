// Random bytes fit for keys, from BoringSSL's generator.
//
// Control path only: a call may be a system call. It never fails: without
// entropy the process ends rather than hand out predictable bytes.
//
// Thread-safety: all functions may be called from any thread.

#ifndef TOLLGATE_ENGINE_CRYPTO_RANDOM_H_
#define TOLLGATE_ENGINE_CRYPTO_RANDOM_H_

#include <cstdint>

#include "absl/types/span.h"
#include "engine/base/hash.h"

namespace tollgate {

// Fills `out` with random bytes.
void FillRandom(absl::Span<uint8_t> out);

// Fills `out` with characters of kBase62Alphabet, each equally likely.
void FillRandomBase62(absl::Span<char> out);

// Returns a uniform seed for the hashes of one table.
HashSeed RandomHashSeed();

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_RANDOM_H_
