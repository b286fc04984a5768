#include "engine/unicode/lookalike.h"

#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

#include <cstdint>
#include <memory>

namespace tollgate {
namespace {

using Text = std::u16string;

// Calls an ICU function that fills a buffer, with one that is large enough.
template <typename Fill>
bool Filled(const Fill& fill, Text& out) {
  UErrorCode error = U_ZERO_ERROR;
  int32_t size = fill(out.data(), static_cast<int32_t>(out.size()), &error);
  if (error == U_BUFFER_OVERFLOW_ERROR) {
    error = U_ZERO_ERROR;
    out.resize(static_cast<size_t>(size));
    size = fill(out.data(), size, &error);
  }
  if (U_FAILURE(error)) return false;
  out.resize(static_cast<size_t>(size));
  return true;
}

int32_t SizeOf(const Text& text) { return static_cast<int32_t>(text.size()); }

bool FromUtf8(std::string_view text, Text& out) {
  out.assign(text.size(), u'\0');
  return Filled(
      [&](UChar* buffer, int32_t capacity, UErrorCode* error) {
        int32_t size = 0;
        u_strFromUTF8(buffer, capacity, &size, text.data(),
                      static_cast<int32_t>(text.size()), error);
        return size;
      },
      out);
}

std::string ToUtf8(const Text& text) {
  std::string out(text.size() * 3, '\0');
  int32_t size = 0;
  UErrorCode error = U_ZERO_ERROR;
  u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &size, text.data(),
              SizeOf(text), &error);
  out.resize(U_FAILURE(error) ? 0 : static_cast<size_t>(size));
  return out;
}

bool Fold(const Text& text, Text& out) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* const folder = unorm2_getNFKCCasefoldInstance(&error);
  if (U_FAILURE(error)) return false;
  out.assign(text.size() + 16, u'\0');
  return Filled(
      [&](UChar* buffer, int32_t capacity, UErrorCode* fold_error) {
        return unorm2_normalize(folder, text.data(), SizeOf(text), buffer,
                                capacity, fold_error);
      },
      out);
}

// ICU's checker; immutable, and made once.
const USpoofChecker* Checker() {
  static const USpoofChecker* const checker = [] {
    UErrorCode error = U_ZERO_ERROR;
    return uspoof_open(&error);
  }();
  return checker;
}

bool Skeleton(const Text& text, Text& out) {
  const USpoofChecker* const checker = Checker();
  if (checker == nullptr) return false;
  out.assign(text.size() * 2 + 16, u'\0');
  return Filled(
      [&](UChar* buffer, int32_t capacity, UErrorCode* error) {
        return uspoof_getSkeleton(checker, 0, text.data(), SizeOf(text), buffer,
                                  capacity, error);
      },
      out);
}

// Returns the folded skeleton, "" if there is none.
std::string FoldedSkeleton(const Text& text) {
  Text skeleton, folded;
  return Skeleton(text, skeleton) && Fold(skeleton, folded) ? ToUtf8(folded)
                                                            : "";
}

}  // namespace

std::array<std::string, 2> LookalikeKeysOf(std::string_view name) {
  Text text, folded;
  if (!FromUtf8(name, text) || !Fold(text, folded)) {
    return {std::string(name), std::string(name)};
  }
  std::array<std::string, 2> keys = {FoldedSkeleton(text),
                                     FoldedSkeleton(folded)};
  for (std::string& key : keys) {
    if (key.empty()) key = std::string(name);
  }
  return keys;
}

std::string FoldedName(std::string_view name) {
  Text text, folded;
  if (!FromUtf8(name, text) || !Fold(text, folded)) return std::string(name);
  return ToUtf8(folded);
}

}  // namespace tollgate
