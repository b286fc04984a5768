#include "engine/observe/audit_chain.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

constexpr std::string_view kSequence = ",\"seq\":";
constexpr std::string_view kChain = ",\"chain\":\"";
constexpr size_t kHexSize = 2 * sizeof(Sha256Digest);
constexpr size_t kEndSize = kChain.size() + kHexSize + 2;  // with `"}`

std::string Hex(const Sha256Digest& digest) {
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::optional<Sha256Digest> Unhex(std::string_view text) {
  if (text.size() != kHexSize) return std::nullopt;
  Sha256Digest digest;
  const std::string bytes = absl::HexStringToBytes(text);
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  // What is no hexadecimal, or another spelling, comes out as another text.
  return Hex(digest) == text ? std::optional(digest) : std::nullopt;
}

// A line, taken apart.
struct Parts {
  std::string_view coded;  // what the code is of
  ChainState state;
};

std::optional<Parts> Split(std::string_view line) {
  if (line.size() < kEndSize || !absl::EndsWith(line, "\"}")) {
    return std::nullopt;
  }
  Parts parts = {.coded = line.substr(0, line.size() - kEndSize), .state = {}};
  std::string_view end = line.substr(parts.coded.size());
  if (!absl::StartsWith(end, kChain)) return std::nullopt;
  const auto code = Unhex(end.substr(kChain.size(), kHexSize));
  const size_t at = parts.coded.rfind(kSequence);
  if (!code.has_value() || at == std::string_view::npos) return std::nullopt;
  const std::string_view number = parts.coded.substr(at + kSequence.size());
  if (!absl::SimpleAtoi(number, &parts.state.sequence) ||
      absl::StrCat(parts.state.sequence) != number) {
    return std::nullopt;
  }
  parts.state.code = *code;
  return parts;
}

}  // namespace

Sha256Digest AuditChain::CodeOf(const Sha256Digest& before,
                                std::string_view text) const {
  return mac_.Mac(absl::StrCat(
      std::string_view(reinterpret_cast<const char*>(before.data()),
                       before.size()),
      text));
}

void AuditChain::AppendLine(std::string_view body, ChainState& state,
                            std::string& out) const {
  const std::string coded = absl::StrCat(body.substr(0, body.size() - 1),
                                         kSequence, ++state.sequence);
  state.code = CodeOf(state.code, coded);
  absl::StrAppend(&out, coded, kChain, Hex(state.code), "\"}\n");
}

bool AuditChain::Follow(std::string_view line, ChainState& state) const {
  const auto parts = Split(line);
  if (!parts.has_value() || parts->state.sequence != state.sequence + 1 ||
      !ConstantTimeEqual(CodeOf(state.code, parts->coded), parts->state.code)) {
    return false;
  }
  state = parts->state;
  return true;
}

std::string AuditChain::FormatHead(const ChainState& state) const {
  const std::string said = absl::StrCat(
      absl::Dec(state.sequence, absl::kZeroPad20), " ", Hex(state.code));
  return absl::StrCat(said, " ", Hex(CodeOf({}, absl::StrCat("head ", said))),
                      "\n");
}

std::optional<ChainState> AuditChain::ReadHead(std::string_view text) const {
  constexpr size_t kNumberSize = 20;
  constexpr size_t kSaidSize = kNumberSize + 1 + kHexSize;
  ChainState state;
  if (text.size() != kSaidSize + 1 + kHexSize + 1 ||
      !absl::SimpleAtoi(text.substr(0, kNumberSize), &state.sequence)) {
    return std::nullopt;
  }
  const auto code = Unhex(text.substr(kNumberSize + 1, kHexSize));
  if (!code.has_value()) return std::nullopt;
  state.code = *code;
  return FormatHead(state) == text ? std::optional(state) : std::nullopt;
}

std::optional<ChainState> AuditChain::StateOf(std::string_view line) {
  const auto parts = Split(line);
  return parts.has_value() ? std::optional(parts->state) : std::nullopt;
}

std::string AuditChain::FormatState(const ChainState& state) {
  return absl::StrCat(state.sequence, ":", Hex(state.code));
}

std::optional<ChainState> AuditChain::ParseState(std::string_view text) {
  const size_t colon = text.find(':');
  ChainState state;
  if (colon == std::string_view::npos ||
      !absl::SimpleAtoi(text.substr(0, colon), &state.sequence)) {
    return std::nullopt;
  }
  const auto code = Unhex(text.substr(colon + 1));
  if (!code.has_value()) return std::nullopt;
  state.code = *code;
  return FormatState(state) == text ? std::optional(state) : std::nullopt;
}

std::string AuditChain::CheckpointMessage(const ChainState& state) {
  return absl::StrCat("tollgate audit checkpoint ", FormatState(state));
}

}  // namespace tollgate
