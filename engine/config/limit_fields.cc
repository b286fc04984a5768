#include "engine/config/limit_fields.h"

#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/config/standard_limits.h"
#include "engine/config/suggestion.h"

namespace tollgate {
namespace {

// [A-Za-z][A-Za-z0-9_-]*: safe in a structured header field (RFC 8941).
bool IsLimitName(std::string_view name) {
  if (name.empty() || name.size() > limits::kLimitNameBytesMax) return false;
  if (!absl::ascii_isalpha(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    const bool allowed = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                         c == '_' || c == '-';
    if (!allowed) return false;
  }
  return true;
}

std::string SuggestStandardKey(std::string_view key) {
  std::string_view keys[kStandardLimits.size()];
  for (size_t i = 0; i < kStandardLimits.size(); ++i) {
    keys[i] = kStandardLimits[i].key;
  }
  return DidYouMean(key, keys);
}

// Other names must not pass for a standard one, nor break a header.
bool CheckOtherName(const Field& field, const YamlMember& member) {
  for (const StandardLimit& standard : kStandardLimits) {
    if (member.key != standard.name) continue;
    field.context().Fail(member.key_position,
                         absl::StrCat("`", member.key, "` is the name of `",
                                      standard.key, "`; write that"));
    return false;
  }
  if (IsLimitName(member.key)) return true;
  field.context().Fail(
      member.key_position,
      absl::StrCat("`", Excerpt(member.key),
                   "` is no name for a limit: a letter, then letters, digits, "
                   "_ or -, at most ",
                   limits::kLimitNameBytesMax, " in all"));
  return false;
}

// Bounds that keep the limiter's arithmetic exact: see limits.h.
void CheckRate(const Field& field, const LimitSpec& spec) {
  using Wide = unsigned __int128;
  if (spec.limit == 0 || spec.period_us == 0) return;  // failed already
  if (spec.limit / spec.period_us >= limits::kLimitPermitsPerMicroMax) {
    field.Fail("a billion permits a second, or more");
  }
  const Wide refill = Wide{spec.burst} * spec.period_us / spec.limit;
  if (refill > limits::kLimitRefillMicrosMax) {
    field.Fail("the burst would take more than ten years to refill");
  }
}

void ReadLimitAndBurst(const Fields& fields, LimitSpec& spec) {
  fields.Required("limit",
                  [&](const Field& f) { spec.limit = ReadPermits(f); });
  spec.burst = spec.limit;
  fields.Optional("burst",
                  [&](const Field& f) { spec.burst = ReadPermits(f); });
}

LimitSpec ReadStandard(const Field& field, const StandardLimit& standard) {
  LimitSpec spec;
  spec.name = std::string(standard.name);
  spec.period_us = standard.period_us;
  if (field.node().kind == YamlNode::Kind::kMapping) {
    ReadLimitAndBurst(Fields(field, {"limit", "burst"}), spec);
  } else {
    spec.limit = spec.burst = ReadPermits(field);
  }
  return spec;
}

LimitSpec ReadOther(const Field& field, const YamlMember& member) {
  LimitSpec spec;
  spec.name = member.key;
  if (field.node().kind != YamlNode::Kind::kMapping) {
    field.context().Fail(
        member.key_position,
        absl::StrCat("`", Excerpt(member.key),
                     "` is not a standard limit and needs { limit, period }",
                     SuggestStandardKey(member.key)));
    return spec;
  }
  const Fields fields(field, {"limit", "period", "burst"});
  ReadLimitAndBurst(fields, spec);
  fields.Required("period", [&](const Field& f) {
    spec.period_us = ReadDuration(f);
    if (spec.period_us > limits::kLimitPeriodMicrosMax) {
      f.Fail("a period of more than 366 days");
    }
  });
  return spec;
}

}  // namespace

uint64_t ReadPermits(const Field& field) {
  return ReadInteger(field, {1, limits::kLimitPermitsMax});
}

std::vector<LimitSpec> ReadRateLimits(const Field& field) {
  std::vector<LimitSpec> specs;
  if (!IsMapping(field)) return specs;
  if (field.node().members.empty()) {
    field.Fail("no limit is given; leave `rate_limits` out for none");
  }
  if (field.node().members.size() > limits::kLimitWindowsMax) {
    field.Fail(absl::StrCat("more than ", limits::kLimitWindowsMax,
                            " limits in one policy"));
    return specs;
  }
  for (const YamlMember& member : field.node().members) {
    const Field value = field.Child(member.key, member.value);
    const StandardLimit* standard = FindStandardLimit(member.key);
    if (standard == nullptr && !CheckOtherName(field, member)) continue;
    specs.push_back(standard != nullptr ? ReadStandard(value, *standard)
                                        : ReadOther(value, member));
    CheckRate(value, specs.back());
  }
  return specs;
}

}  // namespace tollgate
