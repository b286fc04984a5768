#include "bench/profile/perf_script.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::bench {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  size_t begin = line.find_first_not_of(kBlanks);
  while (begin != line.npos) {
    const size_t end = line.find_first_of(kBlanks, begin);
    words.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kBlanks, end);
  }
  return words;
}

bool IsOnly(std::string_view allowed, std::string_view text) {
  return !text.empty() && text.find_first_not_of(allowed) == text.npos;
}

// "30572" or "30572/30574".
bool IsThread(std::string_view word) {
  const size_t slash = word.find('/');
  if (slash == word.npos) return IsOnly(kDigits, word);
  return IsOnly(kDigits, word.substr(0, slash)) &&
         IsOnly(kDigits, word.substr(slash + 1));
}

// "[003]".
bool IsProcessor(std::string_view word) {
  return word.size() > 2 && word.front() == '[' && word.back() == ']' &&
         IsOnly(kDigits, word.substr(1, word.size() - 2));
}

// "2119.662520:".
bool IsTime(std::string_view word) {
  const size_t dot = word.find('.');
  return dot != word.npos && word.back() == ':' &&
         IsOnly(kDigits, word.substr(0, dot)) &&
         IsOnly(kDigits, word.substr(dot + 1, word.size() - dot - 2));
}

// Returns the name of the thread in the first line of a sample, which may hold
// blanks: what stands before the thread's number and the time.
std::optional<std::string_view> ThreadNameOf(std::string_view line) {
  const std::vector<std::string_view> words = Words(line);
  for (size_t time = 2; time < words.size(); ++time) {
    if (!IsTime(words[time])) continue;
    const size_t thread = IsProcessor(words[time - 1]) ? time - 2 : time - 1;
    if (thread == 0 || !IsThread(words[thread])) continue;
    return Trim(line.substr(0, words[thread].data() - line.data()));
  }
  return std::nullopt;
}

// Cuts the offset and the object off "Symbol(int)+0x1f (/usr/lib/object)".
// Both the symbol and the object may hold blanks and parentheses.
std::string_view SymbolOf(std::string_view text) {
  for (size_t plus = text.find("+0x"); plus != text.npos;
       plus = text.find("+0x", plus + 1)) {
    const size_t end = text.find_first_not_of(kHexDigits, plus + 3);
    if (end == plus + 3) continue;
    if (end == text.npos || text.substr(end, 2) == " (") {
      return text.substr(0, plus);
    }
  }
  for (const std::string_view object : {" (/", " ([", " (inlined)"}) {
    text = text.substr(0, text.find(object));
  }
  return text;
}

// Returns the symbol in a line of a stack: an address after blanks, then it.
std::optional<std::string_view> FrameOf(std::string_view line) {
  const size_t begin = line.find_first_not_of(kBlanks);
  if (begin == 0 || begin == line.npos) return std::nullopt;
  const size_t end = line.find_first_of(kBlanks, begin);
  if (end == line.npos) return std::nullopt;
  const std::string_view symbol = Trim(SymbolOf(Trim(line.substr(end))));
  if (!IsOnly(kHexDigits, line.substr(begin, end - begin)) || symbol.empty()) {
    return std::nullopt;
  }
  return symbol;
}

// Takes the lines one by one and adds equal stacks up.
class StackFolder {
 public:
  void AddLine(std::string_view line);
  std::vector<FoldedStack> Finish();

 private:
  void BeginSample(std::string_view thread_name);
  void AddFrame(std::string_view symbol);
  void EndSample();

  bool in_sample_ = false;
  std::string thread_name_;
  std::deque<std::string> frames_;  // innermost first; outermost if too many
  bool too_many_ = false;
  std::map<std::vector<std::string>, uint64_t> samples_;
};

void StackFolder::AddLine(std::string_view line) {
  if (Trim(line).empty()) return EndSample();
  if (in_sample_) {
    if (const auto symbol = FrameOf(line)) return AddFrame(*symbol);
  }
  if (const auto name = ThreadNameOf(line)) BeginSample(*name);
}

void StackFolder::BeginSample(std::string_view thread_name) {
  EndSample();
  in_sample_ = true;
  thread_name_ = thread_name;
}

void StackFolder::AddFrame(std::string_view symbol) {
  frames_.emplace_back(symbol);
  if (frames_.size() < kFramesMax) return;  // the thread's name is one as well
  frames_.pop_front();
  too_many_ = true;
}

void StackFolder::EndSample() {
  if (!in_sample_) return;
  if (too_many_) frames_.front() = kFramesLeftOut;
  std::vector<std::string> stack = {std::move(thread_name_)};
  stack.insert(stack.end(), frames_.rbegin(), frames_.rend());
  ++samples_[std::move(stack)];
  in_sample_ = false;
  too_many_ = false;
  frames_.clear();
}

std::vector<FoldedStack> StackFolder::Finish() {
  EndSample();
  std::vector<FoldedStack> stacks;
  for (const auto& [frames, samples] : samples_) {
    stacks.push_back({frames, samples});
  }
  return stacks;
}

}  // namespace

std::vector<FoldedStack> ReadPerfScript(std::istream& input) {
  StackFolder folder;
  std::string line;
  while (std::getline(input, line)) folder.AddLine(line);
  return folder.Finish();
}

}  // namespace tollgate::bench
