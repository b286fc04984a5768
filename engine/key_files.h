// Tells when files of keys have changed: by what the file system says of each,
// without reading them.
//
// Thread-safety: as of a plain value. Cost: a system call a file; control path.
// A file that is replaced by renaming, as it should be, is always seen; one
// that is rewritten in place twice within the clock tick of the file system,
// keeping its size, is not.

#ifndef TOLLGATE_ENGINE_KEY_FILES_H_
#define TOLLGATE_ENGINE_KEY_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate {

class KeyFiles {
 public:
  KeyFiles() = default;

  // Notes the state of `paths` as it is now.
  explicit KeyFiles(std::vector<std::string> paths);

  // Returns whether any file is another than when it was noted.
  bool Changed() const;

 private:
  struct State {
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t size = -1;  // -1: there is none
    int64_t changed_ns = 0;
    friend bool operator==(const State&, const State&) = default;
  };

  static State StateOf(const std::string& path);

  std::vector<std::string> paths_;
  std::vector<State> states_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_KEY_FILES_H_
