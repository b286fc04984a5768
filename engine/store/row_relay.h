// Hands rows of keys over from the thread that reads them to another, which
// applies them in their order.
//
//   RowRelay relay([&](const StoredKeyView& key) { return Apply(key); });
//   absl::Status status = database.ForEach(
//       [&](const StoredKeyView& key) { return relay.Add(key); });
//   status.Update(relay.Finish());
//
// When to use: on the control path, for many rows, where to apply one takes
// about as long as to read it.
//
// Thread-safety: one thread calls. `apply` is called by one thread at a time,
// not always the same one; what it did has happened before Finish returns, and
// before the relay ends. Ownership: copies the rows. Cost: a copy of each row,
// two parts of at most kPartRows rows in memory; where no thread can be
// started, the calling one does all the work. Errors: the first of `apply`;
// nothing behind that row is applied.

#ifndef TOLLGATE_ENGINE_STORE_ROW_RELAY_H_
#define TOLLGATE_ENGINE_STORE_ROW_RELAY_H_

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "engine/store/stored_key.h"

namespace tollgate {

class RowRelay {
 public:
  using Apply = std::function<absl::Status(const StoredKeyView&)>;

  // Rows that are handed over together.
  static constexpr size_t kPartRows = 4096;

  explicit RowRelay(Apply apply) : apply_(std::move(apply)) {}
  RowRelay(const RowRelay&) = delete;
  RowRelay& operator=(const RowRelay&) = delete;

  // Hands `key` over. Returns the error of a row before it, if there was one.
  absl::Status Add(const StoredKeyView& key);

  // Waits until every row is applied. Returns the first error.
  absl::Status Finish();

 private:
  // A row by value; it stays where it is, since it views itself.
  class Row {
   public:
    Row() = default;
    Row(const Row&) = delete;
    Row& operator=(const Row&) = delete;

    void Assign(const StoredKeyView& key);
    const StoredKeyView& key() const { return key_; }

   private:
    std::string texts_;
    StoredKeyView key_;
  };

  // Its rows are used again for the part after the next.
  struct Part {
    std::deque<Row> rows;
    size_t count = 0;
  };

  void HandOver();
  void Wait();
  absl::Status ApplyAll(const Part& part) const;

  const Apply apply_;
  absl::Status first_error_;
  std::array<Part, 2> parts_;
  size_t reading_ = 0;  // which of them is filled
  // Of the other part. Last, so that it ends first.
  std::future<absl::Status> applying_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_STORE_ROW_RELAY_H_
