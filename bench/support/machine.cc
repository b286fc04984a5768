#include "bench/support/machine.h"

#include <stdlib.h>
#include <sys/utsname.h>

#include <cstdio>
#include <fstream>

#include "absl/base/config.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bench/support/thread_team.h"

namespace tollgate::bench {
namespace {

std::string ReadProcessor() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("model name", 0) != 0) continue;
    return std::string(
        absl::StripAsciiWhitespace(line.substr(line.find(':') + 1)));
  }
  return "unknown";
}

std::string ReadWord(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

std::string ReadCaches() {
  std::string caches;
  for (int i = 0; i < 8; ++i) {
    const std::string folder =
        absl::StrCat("/sys/devices/system/cpu/cpu0/cache/index", i, "/");
    const std::string type = ReadWord(folder + "type");
    if (type.empty() || type == "Instruction") continue;
    absl::StrAppend(&caches, caches.empty() ? "" : ", ", "L",
                    ReadWord(folder + "level"), type == "Data" ? "d" : "", " ",
                    ReadWord(folder + "size"));
  }
  return caches;
}

std::string DescribeCompiler() {
  std::string text =
#if defined(__clang__)
      "clang " __clang_version__;
#else
      "g++ " __VERSION__;
#endif
#if defined(__OPTIMIZE__)
  absl::StrAppend(&text, ", optimised");
#else
  absl::StrAppend(&text, ", NOT OPTIMISED");
#endif
#if defined(__AVX512F__)
  absl::StrAppend(&text, ", x86-64-v4");
#elif defined(__AVX2__)
  absl::StrAppend(&text, ", x86-64-v3");
#endif
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
  absl::StrAppend(&text, ", SANITIZED");
#endif
#if !defined(NDEBUG)
  absl::StrAppend(&text, ", ASSERTIONS ON");
#endif
  return text;
}

std::string DescribeSystem() {
  utsname name = {};
  if (uname(&name) != 0) return "unknown";
  return absl::StrCat(name.sysname, " ", name.release);
}

std::string ReadCommit() {
  std::FILE* const pipe =
      popen("git describe --always --dirty --abbrev=12 2>/dev/null", "r");
  if (pipe == nullptr) return {};
  char text[128] = {};
  const size_t size = std::fread(text, 1, sizeof(text) - 1, pipe);
  pclose(pipe);
  return std::string(absl::StripAsciiWhitespace({text, size}));
}

}  // namespace

Machine DescribeMachine() {
  Machine machine;
  machine.processor = ReadProcessor();
  machine.processors = ProcessorCount();
  machine.caches = ReadCaches();
  machine.system = DescribeSystem();
  machine.compiler = DescribeCompiler();
  machine.commit = ReadCommit();
  getloadavg(&machine.load, 1);
  return machine;
}

}  // namespace tollgate::bench
