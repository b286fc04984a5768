#include "engine/verify/tool_definition.h"

#include <algorithm>
#include <limits>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/unicode/hidden_text.h"
#include "engine/unicode/lookalike.h"

namespace tollgate {
namespace {

// What definitions have: of MCP and of ETDI. Who does not mind case would take
// another spelling for one of these.
constexpr std::string_view kKnownMembers[] = {
    "name",        "title",        "description", "version",
    "author",      "capabilities", "parameters",  "security_requirements",
    "inputSchema", "outputSchema", "annotations", "execution",
    "icons",       "_meta"};

// a + b, or the nearest there is.
int64_t AddClamped(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<int64_t>::max()
               : std::numeric_limits<int64_t>::min();
}

// The first microsecond in which the document is no longer good.
DateMicros EndOf(const ToolDocument& document, const ToolRules& rules) {
  const DateMicros aged =
      AddClamped(AddClamped(document.timestamp, rules.max_age_us), 1);
  if (!document.expires.has_value()) return aged;
  return std::min(aged, AddClamped(*document.expires, rules.skew_us));
}

Reason CheckTimes(const ToolDocument& document, const ToolRules& rules,
                  DateMicros now) {
  // Clocks of whole seconds may be in the second of the timestamp, and before
  // it.
  if (FloorSeconds(document.timestamp) >
      FloorSeconds(AddClamped(now, rules.skew_us))) {
    return Reason::kDefinitionNotYetValid;
  }
  return now >= EndOf(document, rules) ? Reason::kDefinitionExpired
                                       : Reason::kOk;
}

// One text, or a list of them.
Reason CheckAudience(const ToolDocument& document, const ToolRules& rules) {
  if (!document.audience.has_value()) return Reason::kOk;
  const auto is_ours = [&](const JsonValue& value) {
    const auto text = value.String();
    return text.ok() && !rules.audience.empty() && *text == rules.audience;
  };
  if (document.audience->kind() == JsonKind::kString) {
    return is_ours(*document.audience) ? Reason::kOk
                                       : Reason::kAudienceMismatch;
  }
  const auto list = document.audience->Array();
  if (!list.ok()) return Reason::kMalformedCredential;
  for (const JsonValue item : *list) {
    if (item.kind() != JsonKind::kString) return Reason::kMalformedCredential;
  }
  for (const JsonValue item : *list) {
    if (is_ours(item)) return Reason::kOk;
  }
  return Reason::kAudienceMismatch;
}

bool IsRsa(Algorithm algorithm) {
  return KeyKindOf(algorithm) == KeyKind::kRsa;
}

// The keys that a document may be signed by: one a publisher at most.
struct Candidates {
  struct One {
    const Publisher* publisher;
    const VerifyingKey* key;
  };
  std::vector<One> keys;
  bool has_id = false;  // for another algorithm, if keys is empty
};

const KeySet::Entry* FindKey(const KeySet& keys, const ToolDocument& document,
                             ToolProfile profile) {
  if (profile == ToolProfile::kStrict) {
    return keys.Find(document.key_id, true, document.algorithm);
  }
  for (const KeySet::Entry& entry : keys.entries()) {
    if (entry.kid == document.key_id && IsRsa(entry.key.algorithm())) {
      return &entry;
    }
  }
  return nullptr;
}

Candidates FindKeys(const Publishers& publishers, const ToolDocument& document,
                    ToolProfile profile) {
  Candidates found;
  for (const Publisher& publisher : publishers.all()) {
    found.has_id = found.has_id || publisher.keys.HasKid(document.key_id);
    const auto* entry = FindKey(publisher.keys, document, profile);
    if (entry != nullptr) found.keys.push_back({&publisher, &entry->key});
  }
  return found;
}

bool VerifiesWith(const VerifyingKey& key, const ToolDocument& document,
                  ToolProfile profile) {
  return profile == ToolProfile::kEtdiCompat
             ? key.VerifyPssOfAnySalt(document.message, document.signature)
             : key.Verify(document.message, document.signature);
}

// Finds whose key verifies the document.
Reason FindPublisher(const Candidates& candidates, const ToolDocument& document,
                     ToolProfile profile, const Publisher*& out) {
  out = nullptr;
  for (const auto& [publisher, key] : candidates.keys) {
    if (!VerifiesWith(*key, document, profile)) continue;
    if (out != nullptr) return Reason::kPublisherUnknown;
    out = publisher;
  }
  return out != nullptr ? Reason::kOk : Reason::kBadSignature;
}

// Whether the name of a member is a known one in another spelling.
bool IsMisspelt(std::string_view name) {
  if (absl::c_linear_search(kKnownMembers, name)) return false;
  const std::string folded = FoldedName(name);
  return absl::c_any_of(kKnownMembers, [&](std::string_view known) {
    return FoldedName(known) == folded;
  });
}

bool HasMisspeltMember(const JsonObject& definition) {
  for (const JsonMember member : definition) {
    if (IsMisspelt(member.name)) return true;
  }
  return false;
}

bool ReadText(const JsonObject& definition, std::string_view name,
              size_t bytes_max, std::string& out) {
  const auto value = definition.Find(name);
  if (!value.has_value()) return true;
  const auto text = value->String();
  if (!text.ok() || text->empty() || text->size() > bytes_max) return false;
  out = std::string(*text);
  return true;
}

bool ReadCapabilities(const JsonObject& definition,
                      std::vector<std::string>& out) {
  const auto value = definition.Find("capabilities");
  if (!value.has_value()) return true;
  const auto list = value->Array();
  if (!list.ok() || list->size() > limits::kToolCapabilitiesMax) return false;
  for (const JsonValue item : *list) {
    const auto text = item.String();
    if (!text.ok()) return false;
    out.emplace_back(*text);
  }
  return true;
}

// Reads who the tool says it is.
bool ReadIdentity(const JsonObject& definition, VerifiedDefinition& out) {
  return ReadText(definition, "name", limits::kToolNameBytesMax, out.tool) &&
         !out.tool.empty() && !HasEdgeSpace(out.tool) &&
         ReadText(definition, "version", limits::kToolVersionBytesMax,
                  out.version) &&
         ReadCapabilities(definition, out.capabilities) &&
         !HasMisspeltMember(definition);
}

using Allowed = absl::Span<const char32_t>;
using internal::JsonNode;

std::string_view TextOf(const JsonNode* node) {
  return {node->text, node->size};
}

// Whether something hidden stands in any text or name of a value. Recurses as
// deep as the reader lets documents be.
bool HasHidden(const JsonNode* node, Allowed allowed) {
  const auto kind = static_cast<JsonKind>(node->kind);
  if (kind == JsonKind::kString) {
    return HasHiddenText(TextOf(node), TextLines::kSeveral, allowed);
  }
  if (kind != JsonKind::kArray && kind != JsonKind::kObject) return false;
  const JsonNode* at = node + 1;
  for (uint32_t i = 0; i < node->size; ++i, at += at->span) {
    if (kind == JsonKind::kObject) {
      if (HasHiddenText(TextOf(at), TextLines::kOne, allowed)) return true;
      ++at;  // from the name to its value
    }
    if (HasHidden(at, allowed)) return true;
  }
  return false;
}

bool HasHidden(const JsonValue& definition, const VerifiedDefinition& verified,
               Allowed allowed) {
  return HasHiddenText(verified.tool, TextLines::kOne, allowed) ||
         HasHiddenText(verified.version, TextLines::kOne, allowed) ||
         (HasOnlySeenEscapes(verified.canonical)
              ? HasHiddenText(verified.canonical, TextLines::kOne, allowed)
              : HasHidden(internal::NodeOf(definition), allowed));
}

}  // namespace

std::string RevocationIssuerOf(std::string_view publisher) {
  return absl::StrCat("tool-publisher:", publisher);
}

Reason ToolDefinitionVerifier::Verify(const ToolDocumentText& text,
                                      const Publishers& publishers,
                                      const ToolRules& rules, DateMicros now,
                                      Afford afford, VerifiedDefinition& out) {
  out = VerifiedDefinition();
  ToolDocument document;
  Reason reason =
      reader_.Read(text.document, text.detached, rules.profile, document);
  if (reason != Reason::kOk) return reason;
  const Candidates candidates = FindKeys(publishers, document, rules.profile);
  if (candidates.keys.empty()) {
    return candidates.has_id ? Reason::kAlgorithmNotAllowed
                             : Reason::kPublisherUnknown;
  }
  if (candidates.keys.size() > limits::kPublisherKeysTriedMax) {
    return Reason::kTooMuchWork;
  }
  reason = CheckTimes(document, rules, now);
  if (reason == Reason::kOk) reason = CheckAudience(document, rules);
  if (reason == Reason::kOk) reason = afford();
  if (reason != Reason::kOk) return reason;
  const Publisher* publisher = nullptr;
  reason = FindPublisher(candidates, document, rules.profile, publisher);
  if (reason != Reason::kOk) return reason;
  out.publisher = publisher->id;
  out.key_id = std::string(document.key_id);
  out.canonical = std::string(document.canonical);
  out.digest = Sha256(out.canonical);
  out.issued_at = {FloorSeconds(document.timestamp)};
  out.good_until = {FloorSeconds(EndOf(document, rules))};
  if (!ReadIdentity(*document.definition->Object(), out)) {
    return Reason::kMalformedCredential;
  }
  return HasHidden(*document.definition, out, rules.allowed_hidden)
             ? Reason::kHiddenText
             : Reason::kOk;
}

}  // namespace tollgate
