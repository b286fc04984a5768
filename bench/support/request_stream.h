// Requests as a gateway receives them, each with the next credential.
//
// Sixty-four requests of eight to ten headers go round: methods, paths with
// queries, peers, names in both usual cases, and the place of the credential
// (never first, never last) differ. All they have in common is that the policy
// of EngineFixture allows them. Only the credential is new each time, and only
// it is looked up anywhere.
//
// Thread-safety: one stream a thread. Ownership: borrows the sequence. Cost: of
// Next, about a nanosecond: it sets one header's value.

#ifndef TOLLGATE_BENCH_SUPPORT_REQUEST_STREAM_H_
#define TOLLGATE_BENCH_SUPPORT_REQUEST_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/types/span.h"
#include "bench/support/credential_sequence.h"
#include "engine/model/request.h"

namespace tollgate::bench {

// What a stream gets wrong on purpose, for the policy to refuse.
enum class Defect : uint8_t { kNone, kPeer, kEndpoint, kScope };

// What is asked for: a few endpoints, as of most gateways; or one of thousands
// each time, all allowed, none soon again.
enum class Targets : uint8_t { kFew, kMany };

class RequestStream {
 public:
  static constexpr size_t kRequests = 64;
  static constexpr size_t kBatch = 32;

  // Begins at credential `start` of `sequence`.
  explicit RequestStream(const CredentialSequence* sequence
                             ABSL_ATTRIBUTE_LIFETIME_BOUND,
                         size_t start = 0, Defect defect = Defect::kNone,
                         Targets targets = Targets::kFew);
  RequestStream(const RequestStream&) = delete;
  RequestStream& operator=(const RequestStream&) = delete;

  // Valid until the next call.
  const RequestView& Next() ABSL_ATTRIBUTE_LIFETIME_BOUND {
    const size_t slot = position_ % kRequests;
    if (!targets_.empty()) {
      requests_[slot].target = targets_[position_ % targets_.size()];
    }
    *credentials_[slot] = sequence_->value(position_++);
    return requests_[slot];
  }

  // Returns the next kBatch requests, of a few targets, valid until the next
  // call.
  absl::Span<const RequestView> NextBatch() ABSL_ATTRIBUTE_LIFETIME_BOUND {
    const size_t first = position_ % kRequests;
    for (size_t i = 0; i < kBatch; ++i) {
      *credentials_[first + i] = sequence_->value(position_++);
    }
    return {&requests_[first], kBatch};
  }

 private:
  static constexpr size_t kHeadersMax = 10;

  struct Headers {
    std::array<HeaderView, kHeadersMax> fields;
    size_t count = 0;
    std::string request_id;

    void Add(std::string_view name, std::string_view value) {
      fields[count++] = {name, value};
    }
  };

  void Fill(size_t slot, Defect defect);
  void FillHeaders(size_t slot);

  const CredentialSequence* sequence_;
  size_t position_;
  std::vector<std::string> targets_;  // one after the other; empty: a few
  std::array<RequestView, kRequests> requests_;
  std::array<std::string_view*, kRequests> credentials_;
  std::array<Headers, kRequests> headers_;
};

static_assert(RequestStream::kRequests % RequestStream::kBatch == 0,
              "a batch is contiguous");

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_REQUEST_STREAM_H_
