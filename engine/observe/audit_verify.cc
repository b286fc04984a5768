#include "engine/observe/audit_verify.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"

namespace tollgate {
namespace {

std::string_view TextOf(const JsonObject& object, std::string_view name) {
  const auto value = object.Find(name);
  if (!value.has_value() || value->kind() != JsonKind::kString) return {};
  return *value->String();
}

}  // namespace

bool AuditVerifier::Fail(std::string finding) {
  if (verdict_.finding.empty()) verdict_.finding = std::move(finding);
  return false;
}

// The state that the first line follows on: as it says, which its own code
// covers.
bool AuditVerifier::Begin(std::string_view line) {
  const auto state = AuditChain::StateOf(line);
  if (!state.has_value()) return Fail("line 1 is of no chain");
  verdict_.first_sequence = state->sequence;
  if (state->sequence == 1) return true;
  const auto object = reader_.ParseObject(line);
  if (!object.ok() || TextOf(*object, "event") != "continued") {
    return Fail("line 1 is not the first of the chain, nor of a file");
  }
  const auto before = AuditChain::ParseState(TextOf(*object, "after"));
  if (!before.has_value()) return Fail("line 1 does not say what it follows");
  verdict_.last = *before;
  return true;
}

bool AuditVerifier::CheckCheckpoint(const JsonObject& line,
                                    const ChainState& before) {
  const std::string_view text = TextOf(line, "signature");
  std::string bytes(Base64UrlDecodedBytesMax(text.size()), '\0');
  const auto size = DecodeBase64Url(text, absl::MakeSpan(bytes));
  if (!size.has_value() ||
      !signer_->Verify(AuditChain::CheckpointMessage(before),
                       std::string_view(bytes).substr(0, *size))) {
    return Fail(absl::StrCat("checkpoint ", verdict_.last.sequence,
                             " has a signature of another key"));
  }
  ++verdict_.checkpoints;
  return true;
}

bool AuditVerifier::Add(std::string_view line) {
  if (!verdict_.finding.empty()) return false;
  if (verdict_.lines == 0 && !Begin(line)) return false;
  const ChainState before = verdict_.last;
  if (!chain_->Follow(line, verdict_.last)) {
    return Fail(absl::StrCat("line ", verdict_.lines + 1,
                             " does not follow on the one before: it was "
                             "changed, or lines before it were"));
  }
  ++verdict_.lines;
  if (!expected_.empty()) expected_.erase(line);
  const auto object = reader_.ParseObject(line);
  if (!object.ok()) return true;  // whoever wrote it had the key
  const std::string_view event = TextOf(*object, "event");
  if (event == "head_lost") {
    return Fail(absl::StrCat("at line ", verdict_.lines,
                             " the head file was missing or changed: lines "
                             "before it may be"));
  }
  return event != "checkpoint" || signer_ == nullptr ||
         CheckCheckpoint(*object, before);
}

bool AuditVerifier::AddTorn() {
  return Fail(absl::StrCat(
      "line ", verdict_.lines + 1,
      " has no line break: a crash left it so, or its end was cut off; who "
      "writes next takes it off"));
}

AuditVerdict AuditVerifier::Finish(std::optional<std::string_view> head) {
  if (!head.has_value()) {
    Fail("there is no head file, so that nothing tells what is missing");
  } else if (const auto state = chain_->ReadHead(*head); !state.has_value()) {
    Fail("the head file was changed");
  } else if (state->sequence > verdict_.last.sequence) {
    Fail(absl::StrCat("lines ", verdict_.last.sequence + 1, " to ",
                      state->sequence, " of the chain are missing at the end"));
  } else if (state->sequence < verdict_.last.sequence) {
    Fail(absl::StrCat("the head file knows of no line after ", state->sequence,
                      ": it is an older one, or a crash or a full disk kept "
                      "it so until the next line is written"));
  } else if (*state != verdict_.last) {
    Fail("the head file is of another chain");
  }
  if (!expected_.empty()) {
    Fail(absl::StrCat(expected_.size(),
                      " lines that were kept elsewhere are not there"));
  }
  verdict_.intact = verdict_.finding.empty();
  return verdict_;
}

}  // namespace tollgate
