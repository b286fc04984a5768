#include "engine/policy/path.h"

#include <bit>

#include "engine/base/first_word.h"
#include "engine/policy/byte_block.h"
#include "engine/policy/uri_text.h"

namespace tollgate {
namespace {

// Length of the UTF-8 sequence that `lead` begins, or 0 (RFC 3629).
int Utf8Length(int lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// Returns whether `second` may follow `lead`: not overlong, no surrogate,
// nothing above U+10FFFF, and no C1 control character (U+0080 to U+009F).
bool Utf8SecondFits(int lead, int second) {
  switch (lead) {
    case 0xc2:
      return second >= 0xa0 && second <= 0xbf;
    case 0xe0:
      return second >= 0xa0 && second <= 0xbf;
    case 0xed:
      return second >= 0x80 && second <= 0x9f;
    case 0xf0:
      return second >= 0x90 && second <= 0xbf;
    case 0xf4:
      return second >= 0x80 && second <= 0x8f;
    default:
      return second >= 0x80 && second <= 0xbf;
  }
}

// Returns whether an escape of an ASCII character is refused wherever it is:
// somebody between here and the server might decode it and read on.
bool IsRefusedEscape(int byte) {
  constexpr std::string_view kStructural = "/\\;?#";
  return byte < 0x20 || byte == 0x7f ||
         kStructural.find(static_cast<char>(byte)) != std::string_view::npos;
}

// Returns whether the segment at `begin` is "." or "..".
bool IsDotSegment(std::string_view target, size_t begin) {
  size_t end = begin;
  while (end < target.size() && target[end] == '.') ++end;
  if (end > begin + 2) return false;
  return end == target.size() || target[end] == '/' || target[end] == '?';
}

// Returns whether there is a dot segment at one of the `dots`, each the first
// byte of a segment, of the block at `base`.
bool HasDotSegment(std::string_view target, size_t base, uint64_t dots) {
  for (; dots != 0; dots &= dots - 1) {
    const auto bit = static_cast<size_t>(std::countr_zero(dots));
    if (IsDotSegment(target, base + bit)) return true;
  }
  return false;
}

}  // namespace

// Writes the canonical form of a path into the storage of a CanonicalPath,
// which is never longer than the path.
class CanonicalPath::Rewriter {
 public:
  Rewriter(std::string_view source, CanonicalPath& out)
      : source_(source), out_(out) {}

  // Returns false when the path is refused.
  bool Run() {
    out_.segment_count_ = 0;
    while (at_ < source_.size()) {
      if (!AppendSegment() || !CloseSegment()) return false;
    }
    if (out_.trailing_slash_) Append('/');
    return true;
  }

  size_t size() const { return size_; }

 private:
  // Copies a slash and the segment behind it. REQUIRES: at a slash.
  bool AppendSegment() {
    slash_ = size_;
    Append(source_[at_++]);
    while (at_ < source_.size() && source_[at_] != '/') {
      if (source_[at_] == '%') {
        if (!AppendEscape()) return false;
      } else {
        if (!IsSegmentByte(source_[at_])) return false;
        Append(source_[at_++]);
      }
    }
    return true;
  }

  // Keeps the segment last copied, or takes it back: when it is empty, which
  // only the last may be, and when it is a dot segment.
  bool CloseSegment() {
    const std::string_view segment(out_.storage_.data() + slash_ + 1,
                                   size_ - slash_ - 1);
    if (segment.empty() && at_ < source_.size()) return false;
    out_.trailing_slash_ = true;
    if (segment == "..") {
      if (out_.segment_count_ == 0) return false;
      --out_.segment_count_;
      size_ = std::string_view(out_.storage_.data(), slash_).rfind('/');
    } else if (segment.empty() || segment == ".") {
      size_ = slash_;
    } else {
      if (out_.segment_count_ == limits::kPathSegmentsMax) return false;
      ++out_.segment_count_;
      out_.trailing_slash_ = false;
    }
    return true;
  }

  // REQUIRES: at a '%'.
  bool AppendEscape() {
    const int byte = EscapedByte(source_, at_);
    if (byte < 0 || IsRefusedEscape(byte)) return false;
    if (byte >= 0x80) return AppendUtf8(byte);
    at_ += 3;
    const char c = static_cast<char>(byte);
    if (IsUriClass(c, kUriUnreserved)) {
      Append(c);
      return true;
    }
    if (IsUriClass(c, kUriReserved)) out_.has_reserved_escape_ = true;
    AppendEncoded(byte);
    return true;
  }

  // Copies the escapes of one character beyond ASCII.
  bool AppendUtf8(int lead) {
    const int length = Utf8Length(lead);
    for (int i = 0; i < length; ++i) {
      const int byte = EscapedByte(source_, at_);
      if (i == 1 && !Utf8SecondFits(lead, byte)) return false;
      if (i > 1 && (byte < 0x80 || byte > 0xbf)) return false;
      at_ += 3;
      AppendEncoded(byte);
    }
    return length > 0;
  }

  void AppendEncoded(int byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    Append('%');
    Append(kDigits[byte / 16]);
    Append(kDigits[byte % 16]);
  }

  void Append(char c) { out_.storage_[size_++] = c; }

  const std::string_view source_;
  CanonicalPath& out_;
  size_t at_ = 0;     // in source_
  size_t size_ = 0;   // of storage_ written
  size_t slash_ = 0;  // of the segment last copied, in storage_
};

void CanonicalPath::Clear() {
  text_ = {};
  head_ = 0;
  segment_count_ = 0;
  trailing_slash_ = false;
  has_reserved_escape_ = false;
}

std::string_view CanonicalPath::segment(size_t index) const {
  std::string_view rest = text_.substr(1);
  for (; index > 0; --index) rest.remove_prefix(rest.find('/') + 1);
  return rest.substr(0, rest.find('/'));
}

inline void CanonicalPath::Finish(std::string_view text) {
  text_ = text;
  head_ = FirstWord(text);
}

inline CanonicalPath::Scanned CanonicalPath::Scan(std::string_view target) {
  uint64_t carried = 0;  // Whether the last byte before the block is a slash.
  size_t segments = 0;
  for (size_t at = 0; at < target.size(); at += kBlockBytes) {
    const BlockMasks masks = ClassifyBlock(target, at);
    // The bits before the first stop; all when there is none.
    const uint64_t before = (masks.stop - 1) & ~masks.stop;
    const uint64_t slash = masks.slash & before;
    const uint64_t behind = slash << 1 | carried;
    carried = slash >> (kBlockBytes - 1);
    if ((slash & behind) != 0) return Scanned::kRefused;  // "//"
    const uint64_t dots = masks.dot & before & behind;
    if (dots != 0 && HasDotSegment(target, at, dots)) {
      return Scanned::kNeedsRewriting;
    }
    segments += static_cast<size_t>(std::popcount(slash));
    if (masks.stop == 0) continue;
    const size_t end = at + static_cast<size_t>(std::countr_zero(masks.stop));
    if (target[end] == '%') return Scanned::kNeedsRewriting;
    if (target[end] != '?' || (masks.hidden & ~before) != 0 ||
        (target.size() - at > kBlockBytes &&
         !IsVisible(target.substr(at + kBlockBytes)))) {
      return Scanned::kRefused;
    }
    target = target.substr(0, end);
  }
  trailing_slash_ = target.back() == '/';
  if (trailing_slash_) --segments;
  if (segments > limits::kPathSegmentsMax) return Scanned::kRefused;
  segment_count_ = static_cast<uint32_t>(segments);
  Finish(target);
  return Scanned::kCanonical;
}

bool CanonicalPath::Rewrite(std::string_view target) {
  if (!IsVisible(target)) return false;
  Rewriter rewriter(target.substr(0, target.find('?')), *this);
  if (!rewriter.Run()) return false;
  Finish({storage_.data(), rewriter.size()});
  return true;
}

bool CanonicalPath::Parse(std::string_view target, CanonicalPath& out) {
  out.Clear();
  if (target.empty() || target.front() != '/') return false;
  if (target.size() > limits::kPathBytesMax) return false;
  const Scanned scanned = out.Scan(target);
  if (scanned == Scanned::kCanonical) return true;
  if (scanned == Scanned::kNeedsRewriting && out.Rewrite(target)) return true;
  out.Clear();  // What was found on the way belongs to no path.
  return false;
}

}  // namespace tollgate
