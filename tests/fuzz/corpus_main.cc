// Runs a fuzz target as an ordinary test: over every file of its corpus, then
// over a few thousand seeded mutations of them, the same ones on every run.
//
// Usage: <test> CORPUS_DIRECTORY
//
// The input that ends the process is printed in hexadecimal, ready to become a
// corpus file (`xxd -r -p`).

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_check.h"

// Present when a sanitizer is linked in: they end the process on their own.
extern "C" void __sanitizer_set_death_callback(void (*callback)())
    __attribute__((weak));

namespace {

constexpr int kMutations = 5000;
constexpr int kStepsMax = 6;
constexpr size_t kInputBytesMax = 1 << 14;

using Random = std::mt19937_64;

std::string current_input;

void PrintCurrentInput() {
  std::fprintf(stderr, "input of %zu bytes:\n", current_input.size());
  for (unsigned char byte : current_input) std::fprintf(stderr, "%02x", byte);
  std::fprintf(stderr, "\n");
}

void PrintAndDie(int signal_number) {
  PrintCurrentInput();
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void ReportDeaths() {
  for (int number : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) {
    std::signal(number, PrintAndDie);
  }
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(PrintCurrentInput);
  }
}

// Runs the target over a heap copy of exactly the right size, so that a
// sanitizer sees the first byte read beyond it.
void Run(const std::string& input) {
  current_input = input;
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

size_t Below(Random& random, size_t bound) { return random() % bound; }

char InterestingByte(Random& random) {
  static constexpr char kBytes[] = {
      '\0', '\t', '\n', '\r', ' ',  '"',    '%',    '*',    '+',    ',',   '-',
      '.',  '/',  '0',  '1',  '9',  ':',    ';',    '=',    '?',    'A',   'Z',
      '[',  '\\', ']',  '_',  'a',  'f',    'z',    '{',    '}',    '~',   '#',
      '&',  '<',  '>',  '@',  '\'', '\x7f', '\x80', '\xc0', '\xe2', '\xff'};
  return kBytes[Below(random, sizeof(kBytes))];
}

// Applies one random change; `other` is what a splice takes its bytes from.
void MutateOnce(Random& random, const std::string& other, std::string& input) {
  const size_t at = Below(random, input.size() + 1);
  const size_t length = 1 + Below(random, 8);
  switch (Below(random, 8)) {
    case 0:
      if (at < input.size()) input[at] ^= char(1 << Below(random, 8));
      break;
    case 1:
      if (at < input.size()) input[at] = InterestingByte(random);
      break;
    case 2:
      input.insert(at, 1, InterestingByte(random));
      break;
    case 3:
      input.insert(at, 1, static_cast<char>(random()));
      break;
    case 4:
      input.erase(at, length);
      break;
    case 5:
      input.insert(at, input.substr(at, length));
      break;
    case 6:
      input.resize(at);
      break;
    default:
      input =
          input.substr(0, at) + other.substr(Below(random, other.size() + 1));
  }
  if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
}

std::vector<std::string> ReadCorpus(const std::filesystem::path& directory) {
  std::error_code error;
  std::set<std::filesystem::path> paths;  // Sorted: the same order everywhere.
  for (const auto& entry :
       std::filesystem::directory_iterator(directory, error)) {
    if (entry.is_regular_file()) paths.insert(entry.path());
  }
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file),
                        std::istreambuf_iterator<char>());
  }
  return corpus;
}

void RunMutations(const std::vector<std::string>& corpus) {
  Random random(20220623);
  for (int i = 0; i < kMutations; ++i) {
    std::string input = corpus[Below(random, corpus.size())];
    for (size_t steps = 1 + Below(random, kStepsMax); steps > 0; --steps) {
      MutateOnce(random, corpus[Below(random, corpus.size())], input);
    }
    Run(input);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY\n", argv[0]);
    return 2;
  }
  const std::vector<std::string> corpus = ReadCorpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "no corpus files in %s\n", argv[1]);
    return 1;
  }
  ReportDeaths();
  Run("");
  for (const std::string& input : corpus) Run(input);
  RunMutations(corpus);
  std::printf("%zu corpus files, %d mutations\n", corpus.size(), kMutations);
  return 0;
}
