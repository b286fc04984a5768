#include "engine/key_files.h"

#include <sys/stat.h>

#include <utility>

namespace tollgate {

KeyFiles::KeyFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {
  for (const std::string& path : paths_) states_.push_back(StateOf(path));
}

bool KeyFiles::Changed() const {
  for (size_t i = 0; i < paths_.size(); ++i) {
    if (StateOf(paths_[i]) != states_[i]) return true;
  }
  return false;
}

KeyFiles::State KeyFiles::StateOf(const std::string& path) {
  struct stat found;
  if (stat(path.c_str(), &found) != 0) return {};
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  return {found.st_dev, found.st_ino, found.st_size,
          found.st_mtim.tv_sec * kNanosPerSecond + found.st_mtim.tv_nsec};
}

}  // namespace tollgate
