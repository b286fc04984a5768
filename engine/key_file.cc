#include "engine/key_file.h"

#include <sys/stat.h>

#include <utility>

namespace tollgate {

KeyFile::KeyFile(std::string path) : path_(std::move(path)) {
  struct stat found;
  if (stat(path_.c_str(), &found) != 0) return;
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  device_ = found.st_dev;
  inode_ = found.st_ino;
  size_ = found.st_size;
  // Of its status, which no program can set back.
  changed_ns_ = found.st_ctim.tv_sec * kNanosPerSecond + found.st_ctim.tv_nsec;
}

}  // namespace tollgate
