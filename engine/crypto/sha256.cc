#include "engine/crypto/sha256.h"

#include <openssl/sha.h>

#include <cstring>

#if defined(__SSSE3__)
#include <immintrin.h>
#endif

namespace tollgate {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "words are stored as they are and swapped to big endian");

constexpr internal::Sha256State kInitialState = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// 16 bytes that are stored by one instruction. The compression function loads
// its block in such chunks; a chunk put together in memory from smaller stores
// would make that load wait for all of them: 64 ns a digest instead of 38.
using Chunk [[gnu::vector_size(16)]] = uint64_t;
using ChunkBytes [[gnu::vector_size(16)]] = uint8_t;

constexpr size_t kChunks = internal::kSha256BlockBytes / sizeof(Chunk);

uint64_t Load64(const char* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

// Returns eight bytes of `message || 0x80 || 0...`, from the offset `at`.
uint64_t PaddedWord(std::string_view message, size_t at) {
  if (at + 8 <= message.size()) return Load64(message.data() + at);
  if (at > message.size()) return 0;
  const size_t left = message.size() - at;
  const uint64_t padding = uint64_t{0x80} << (8 * left);
  if (left == 0) return padding;
  if (message.size() >= 8) {
    // One load that ends where the message does, less what it has too much.
    const char* end = message.data() + message.size();
    return padding | Load64(end - 8) >> (8 * (8 - left));
  }
  uint64_t word = 0;
  std::memcpy(&word, message.data() + at, left);
  return padding | word;
}

Chunk PaddedWords(std::string_view message, size_t at) {
  return Chunk{PaddedWord(message, at), PaddedWord(message, at + 8)};
}

#if defined(__SSSE3__)

// Rows of this, from the 32 - n-th byte on, move the last 16 bytes of a message
// of n bytes to where they belong in its second chunk, and the padding's first
// bit behind them.
alignas(32) constexpr uint8_t kShift[32] = {
    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,
    11,   12,   13,   14,   15,   0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
alignas(32) constexpr uint8_t kPadding[32] = {0, 0, 0, 0, 0, 0, 0, 0,   0,
                                              0, 0, 0, 0, 0, 0, 0, 0x80};

__m128i Load16(const void* bytes) {
  return _mm_loadu_si128(static_cast<const __m128i*>(bytes));
}

// Returns the second chunk of a message of 16 to 31 bytes.
Chunk PaddedSecondChunk(std::string_view message) {
  const size_t unused = 32 - message.size();
  const __m128i tail = Load16(message.data() + message.size() - 16);
  const __m128i second =
      _mm_or_si128(_mm_shuffle_epi8(tail, Load16(kShift + unused)),
                   Load16(kPadding + unused));
  Chunk chunk;
  std::memcpy(&chunk, &second, sizeof(chunk));
  return chunk;
}

#endif  // defined(__SSSE3__)

// Writes what is left of a message of `bits` bits, and its first padding bit,
// which the last chunk shares with the length.
void FillBlock(std::string_view message, uint64_t bits,
               Chunk (&block)[kChunks]) {
#if defined(__SSSE3__)
  // The size of a secret that was issued is known to be in here.
  if (message.size() - 16 < 16) {
    std::memcpy(&block[0], message.data(), sizeof(Chunk));
    block[1] = PaddedSecondChunk(message);
    block[2] = Chunk{0, 0};
    block[3] = Chunk{0, __builtin_bswap64(bits)};
    return;
  }
#endif
  for (size_t i = 0; i < kChunks - 1; ++i) {
    block[i] = PaddedWords(message, 16 * i);
  }
  block[kChunks - 1] = Chunk{PaddedWord(message, 48), __builtin_bswap64(bits)};
}

// The bits of `size` bytes behind a first block.
uint64_t BitsBehindFirst(size_t size) {
  return 8 * (internal::kSha256BlockBytes + uint64_t{size});
}

void Transform(internal::Sha256State& state, const Chunk (&block)[kChunks]) {
  SHA256_TransformBlocks(state.data(), reinterpret_cast<const uint8_t*>(block),
                         1);
}

// Wipes the block. Inline, unlike WipeBytes, because it runs on each request.
void WipeChunks(Chunk (&block)[kChunks]) {
  for (Chunk& chunk : block) chunk = Chunk{0, 0};
  // The compiler has to assume that this reads the zeros.
  asm volatile("" : : "r"(block) : "memory");
}

// Writes eight 32-bit words in big-endian order.
Sha256Digest DigestOf(const internal::Sha256State& state) {
  Sha256Digest digest;
  for (size_t i = 0; i < digest.size(); i += sizeof(ChunkBytes)) {
    ChunkBytes bytes;
    std::memcpy(&bytes, &state[i / sizeof(state[0])], sizeof(bytes));
    bytes = __builtin_shufflevector(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11,
                                    10, 9, 8, 15, 14, 13, 12);
    std::memcpy(&digest[i], &bytes, sizeof(bytes));
  }
  return digest;
}

}  // namespace

Sha256Digest Sha256(absl::Span<const uint8_t> message) {
  Sha256Digest digest;
  SHA256(message.data(), message.size(), digest.data());
  return digest;
}

Sha256Digest Sha256(std::string_view message) {
  return Sha256(absl::MakeConstSpan(
      reinterpret_cast<const uint8_t*>(message.data()), message.size()));
}

namespace internal {

Sha256State Sha256FirstBlock(const Sha256Block& block) {
  Sha256State state = kInitialState;
  SHA256_TransformBlocks(state.data(), block.data(), 1);
  return state;
}

Sha256Digest Sha256LastBlock(const Sha256State& state,
                             std::string_view message) {
  Chunk block[kChunks];
  FillBlock(message, BitsBehindFirst(message.size()), block);
  Sha256State last = state;
  Transform(last, block);
  WipeChunks(block);
  return DigestOf(last);
}

Sha256Digest Sha256Rest(const Sha256State& state, std::string_view message) {
  const uint64_t bits = BitsBehindFirst(message.size());
  const size_t whole = message.size() / kSha256BlockBytes;
  Sha256State last = state;
  if (whole != 0) {  // which the function requires
    SHA256_TransformBlocks(
        last.data(), reinterpret_cast<const uint8_t*>(message.data()), whole);
  }
  message.remove_prefix(whole * kSha256BlockBytes);
  Chunk block[kChunks];
  if (message.size() <= kSha256LastBlockBytesMax) {
    FillBlock(message, bits, block);
  } else {
    // The length has a block of its own.
    for (size_t i = 0; i < kChunks; ++i) {
      block[i] = PaddedWords(message, 16 * i);
    }
    Transform(last, block);
    for (Chunk& chunk : block) chunk = Chunk{0, 0};
    block[kChunks - 1] = Chunk{0, __builtin_bswap64(bits)};
  }
  Transform(last, block);
  WipeChunks(block);
  return DigestOf(last);
}

}  // namespace internal
}  // namespace tollgate
