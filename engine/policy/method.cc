#include "engine/policy/method.h"

#include "engine/policy/uri_text.h"

namespace tollgate {

uint64_t Method::RareCodeOf(std::string_view text) {
  if (!IsMethodToken(text)) return 0;
  return text.size() <= sizeof(uint64_t) ? FirstWord(text) : kLong;
}

}  // namespace tollgate
