// A range of addresses that is reserved at once and given memory from the front
// as it is needed: a large array that grows without moving.
//
// Thread-safety: Commit from any thread. Cost: a system call every 2 MiB.
// Errors: if the system does not grant the size, the range is smaller, down to
// nothing; Commit returns false when there is no memory.

#ifndef TOLLGATE_ENGINE_LIMIT_ADDRESS_RANGE_H_
#define TOLLGATE_ENGINE_LIMIT_ADDRESS_RANGE_H_

#include <atomic>
#include <cstddef>

namespace tollgate {

class AddressRange {
 public:
  explicit AddressRange(size_t bytes);
  AddressRange(const AddressRange&) = delete;
  AddressRange& operator=(const AddressRange&) = delete;
  ~AddressRange();

  std::byte* begin() const { return begin_; }
  size_t size() const { return size_; }

  // Makes the first `bytes` zeroed memory, if they are not memory yet.
  [[nodiscard]] bool Commit(size_t bytes);

 private:
  std::byte* mapping_ = nullptr;
  size_t mapped_ = 0;
  std::byte* begin_ = nullptr;
  size_t size_ = 0;
  std::atomic<size_t> committed_{0};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_ADDRESS_RANGE_H_
