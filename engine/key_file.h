// A file that keys were read from, as the file system described it: whether it
// has changed since is told without reading it.
//
// Thread-safety: a plain value. Cost: a system call when it is made; control
// path. Errors: none; a file that is not there is another than one that is.
// What is replaced by renaming, as key files should be, is always seen; a file
// that is rewritten in place twice within one tick of the file system's clock,
// keeping its size, is not.

#ifndef TOLLGATE_ENGINE_KEY_FILE_H_
#define TOLLGATE_ENGINE_KEY_FILE_H_

#include <cstdint>
#include <string>

namespace tollgate {

class KeyFile {
 public:
  // Notes the state of the file at `path` as it is now. Do so before reading
  // it: a change in between is then seen as one.
  explicit KeyFile(std::string path);

  const std::string& path() const { return path_; }

  friend bool operator==(const KeyFile&, const KeyFile&) = default;

 private:
  std::string path_;
  uint64_t device_ = 0;
  uint64_t inode_ = 0;
  int64_t size_ = -1;  // -1: there is none
  int64_t changed_ns_ = 0;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_KEY_FILE_H_
