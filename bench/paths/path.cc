#include "bench/paths/path.h"

#include <iterator>

namespace tollgate::bench {

std::vector<Path> AllPaths() {
  std::vector<Path> all;
  for (const auto part :
       {ApiKeyPaths, JwtPaths, MtlsPaths, ToolPaths, PrimitivePaths}) {
    std::vector<Path> paths = part();
    std::move(paths.begin(), paths.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<Path> PathsNamed(std::string_view name) {
  std::vector<Path> named;
  for (Path& path : AllPaths()) {
    if (path.name == name || path.strategy() == name) {
      named.push_back(std::move(path));
    }
  }
  return named;
}

}  // namespace tollgate::bench
