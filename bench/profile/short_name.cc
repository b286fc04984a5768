#include "bench/profile/short_name.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::bench {
namespace {

constexpr std::string_view kOwnNamespace = "tollgate::";

// Returns the position after the bracket that closes the one at `begin`, or
// npos. Between parentheses only parentheses count: angles may be operators.
size_t AfterGroup(std::string_view text, size_t begin) {
  const char open = text[begin];
  const char close = open == '<' ? '>' : open == '[' ? ']' : ')';
  size_t depth = 0;
  for (size_t i = begin; i < text.size(); ++i) {
    if (open == '<' && text[i] == '(') {
      i = AfterGroup(text, i);
      if (i == text.npos) return i;
      --i;
    } else if (text[i] == open) {
      ++depth;
    } else if (text[i] == close && !(close == '>' && text[i - 1] == '-')) {
      if (--depth == 0) return i + 1;
    }
  }
  return text.npos;
}

bool IsIdentifierEnd(std::string_view text) {
  if (text.empty()) return false;
  const char c = text.back();
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

// Writes the short form of one name, from left to right.
class Shortener {
 public:
  explicit Shortener(std::string_view name)
      : has_parameters_(name.find('(') != name.npos), rest_(name) {}

  std::string Shorten() {
    while (!rest_.empty() && Step()) {
    }
    return std::move(short_);
  }

 private:
  // Each returns whether the name goes on.
  bool Step();
  bool Space();
  bool Operator();
  bool Angles();
  bool Parentheses();
  bool Brackets();

  bool AtNameBegin() const {
    return short_.empty() || short_.ends_with("::") || short_.ends_with('{');
  }
  void Copy(size_t count) {
    short_ += rest_.substr(0, count);
    rest_.remove_prefix(count);
  }
  bool CopyIfPrefix(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    Copy(prefix.size());
    return true;
  }
  bool SkipIfPrefix(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }
  bool CopyAll() {
    Copy(rest_.size());
    return false;
  }

  const bool has_parameters_;
  std::string_view rest_;
  std::string short_;
  size_t braces_ = 0;
  bool in_conversion_ = false;  // "operator unsigned long"
};

bool Shortener::Step() {
  if (rest_.starts_with("operator") && !IsIdentifierEnd(short_)) {
    return Operator();
  }
  switch (rest_.front()) {
    case ' ':
      return Space();
    case '<':
      return Angles();
    case '(':
      return Parentheses();
    case '[':
      return Brackets();
    case '{':
      ++braces_;
      break;
    case '}':
      braces_ -= braces_ > 0 ? 1 : 0;
      break;
    default:
      break;
  }
  Copy(1);
  return true;
}

// What stands before a blank is the result's type, if there are parameters. Of
// what can follow the name, this meets "[clone .cold]" only.
bool Shortener::Space() {
  if (rest_.starts_with(" [")) return false;
  if (!has_parameters_ || in_conversion_ || braces_ > 0) {
    Copy(1);
    return true;
  }
  rest_.remove_prefix(1);
  short_.clear();
  return true;
}

bool Shortener::Operator() {
  Copy(std::string_view("operator").size());
  for (const std::string_view symbol :
       {"()", "[]", "<=>", "<<=", ">>=", "->*", "->", "<<", ">>", "<=",
        ">=", "==", "!=",  "&&",  "||",  "++",  "--", "+=", "-=", "*=",
        "/=", "%=", "^=",  "&=",  "|=",  "<",   ">",  "+",  "-",  "*",
        "/",  "%",  "^",   "&",   "|",   "~",   "!",  "=",  ",",  " "}) {
    if (!CopyIfPrefix(symbol)) continue;
    in_conversion_ = symbol == " ";
    if (rest_.starts_with(" <")) rest_.remove_prefix(1);
    break;
  }
  return true;
}

bool Shortener::Angles() {
  if (AtNameBegin()) {  // "<lambda(int)>"
    Copy(1);
    return true;
  }
  const size_t end = AfterGroup(rest_, 0);
  if (end == rest_.npos) return CopyAll();
  rest_.remove_prefix(end);
  return true;
}

// The name ends with its parameters, but for "f(int) const::{lambda()#1}".
bool Shortener::Parentheses() {
  if (SkipIfPrefix("(anonymous namespace)::")) return true;
  const size_t end = AfterGroup(rest_, 0);
  if (end == rest_.npos) return CopyAll();
  if (short_.empty()) {  // of a type: "decltype (f()) g()"
    Copy(end);
    return true;
  }
  rest_.remove_prefix(end);
  if (braces_ > 0 || rest_.starts_with('>')) return true;
  for (const std::string_view qualifier : {" const", " volatile", "&", "&"}) {
    SkipIfPrefix(qualifier);
  }
  return rest_.starts_with("::");
}

bool Shortener::Brackets() {  // "text[abi:cxx11]()"
  const size_t end = AfterGroup(rest_, 0);
  if (end == rest_.npos || short_.empty()) return CopyAll();
  rest_.remove_prefix(end);
  return true;
}

}  // namespace

std::string ShortName(std::string_view name) {
  std::string text = Shortener(name).Shorten();
  if (text.starts_with(kOwnNamespace)) text.erase(0, kOwnNamespace.size());
  return text.empty() ? std::string(name) : text;
}

}  // namespace tollgate::bench
