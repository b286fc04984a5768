// Writes JSON, one value after another, onto a string.
//
//   JsonWriter json(&line);
//   json.BeginObject().Key("id").Int(1).Key("allowed").Bool(true).EndObject();
//
// What it writes is valid UTF-8 and holds no raw control character, so no line
// break either: bytes that are not UTF-8 become U+FFFD. The caller balances
// Begin and End, and writes a Key before each member.
//
// Thread-safety: as of a plain value. Ownership: borrows the string. Cost: one
// pass over each text. Errors: none; a number that is not finite is null.

#ifndef TOLLGATE_ENGINE_JSON_WRITER_H_
#define TOLLGATE_ENGINE_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(*out) {}

  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view name);

  JsonWriter& String(std::string_view text);
  JsonWriter& Int(int64_t value);
  JsonWriter& Uint(uint64_t value);
  // The shortest text that reads back as `value`, with a fraction or exponent.
  JsonWriter& Double(double value);
  JsonWriter& Bool(bool value) { return Token(value ? "true" : "false"); }
  JsonWriter& Null() { return Token("null"); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  JsonWriter& Token(std::string_view token);
  void Separate();

  std::string& out_;
  bool after_value_ = false;  // a comma stands before the next one
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_JSON_WRITER_H_
