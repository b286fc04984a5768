// tollgate bench: runs the benchmark program that was built beside this one.

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/tollgate/command.h"

namespace tollgate::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kProgram[] = "tollgate_bench";
constexpr char kTarget[] = "//bench:tollgate_bench";

bool IsProgram(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

// Looks where Bazel puts it for this program, where Bazel builds it, and beside
// this program, where an installation would.
std::optional<fs::path> FindProgram() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  const fs::path folder = self.parent_path();
  for (const fs::path& path :
       {fs::path(self.string() + ".runfiles") / "tollgate/bench" / kProgram,
        folder / "../../bench" / kProgram, folder / kProgram}) {
    if (IsProgram(path)) return path;
  }
  return std::nullopt;
}

ExitStatus Bench(const std::vector<std::string>& arguments) {
  const auto program = FindProgram();
  if (!program.has_value()) {
    return Fail(ExitStatus::kIo,
                absl::StrCat("bench: ", kProgram,
                             " is not there; build it: bazel build ", kTarget));
  }
  std::vector<std::string> words = {program->string(), "--table"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  return Fail(ExitStatus::kIo,
              absl::StrCat(program->string(), ": ", std::strerror(errno)));
}

}  // namespace

void AddBenchCommand(Command app) {
  const Command command = app.AddCommand(
      "bench",
      "Prints a table of validations per second; further arguments go to the "
      "benchmark program",
      "tollgate bench --json");
  command.Does(Bench);
}

}  // namespace tollgate::cli
