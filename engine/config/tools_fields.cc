#include "engine/config/tools_fields.h"

#include <array>
#include <optional>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/base/limits.h"
#include "engine/lookup/publishers.h"

namespace tollgate {
namespace {

using Resolve = std::function<std::string(const Field&)>;

constexpr std::array kPinModes = {PinMode::kRequire, PinMode::kFirstUse,
                                  PinMode::kOff};
constexpr std::array kProfiles = {ToolProfile::kStrict,
                                  ToolProfile::kEtdiCompat};

PublisherOptions ReadPublisher(const Field& field, const Resolve& resolve) {
  PublisherOptions options;
  const Fields fields(field, {"id", "jwks_file"});
  fields.Required("id", [&](const Field& f) {
    options.id = ReadString(f);
    if (!IsPublisherId(options.id)) {
      f.Fail("a publisher's id is 1 to 255 bytes, without `/`");
    }
  });
  fields.Required("jwks_file",
                  [&](const Field& f) { options.jwks_file = resolve(f); });
  return options;
}

std::vector<PublisherOptions> ReadPublishers(const Field& field,
                                             const Resolve& resolve) {
  std::vector<PublisherOptions> publishers;
  if (!IsNonEmptySequence(field)) return publishers;
  if (field.node().items.size() > limits::kPublishersMax) {
    field.Fail(
        absl::StrCat("more than ", limits::kPublishersMax, " publishers"));
    return publishers;
  }
  for (size_t i = 0; i < field.node().items.size(); ++i) {
    const Field item = field.Item(i);
    PublisherOptions publisher = ReadPublisher(item, resolve);
    if (absl::c_any_of(publishers, [&](const PublisherOptions& other) {
          return other.id == publisher.id;
        })) {
      item.Fail("two publishers of one id");
    }
    publishers.push_back(std::move(publisher));
  }
  return publishers;
}

std::optional<char32_t> ParseCodePoint(std::string_view text) {
  constexpr size_t kDigitsMin = 4;
  constexpr size_t kDigitsMax = 6;
  uint32_t code = 0;
  const bool good = absl::ConsumePrefix(&text, "U+") &&
                    text.size() >= kDigitsMin && text.size() <= kDigitsMax &&
                    absl::SimpleHexAtoi(text, &code) && code <= 0x10ffff;
  return good ? std::optional(char32_t{code}) : std::nullopt;
}

std::vector<char32_t> ReadAllowedHidden(const Field& field) {
  std::vector<char32_t> allowed;
  const std::vector<std::string> names =
      ReadStrings(field, EmptyList::kAllowed);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto code = ParseCodePoint(names[i]);
    if (!code.has_value()) {
      field.Item(i).Fail("a code point is written as U+200D");
    }
    allowed.push_back(code.value_or(0));
  }
  return allowed;
}

void ReadRules(const Fields& fields, ToolRules& rules) {
  fields.Optional("max_age", [&](const Field& f) {
    rules.max_age_us = static_cast<int64_t>(ReadDuration(f));
  });
  fields.Optional("skew", [&](const Field& f) {
    const uint64_t skew = ReadDuration(f, ZeroDuration::kAllowed);
    if (skew > limits::kLeewayMicrosMax) {
      f.Fail("a skew of more than 10m accepts what expired long ago");
    }
    rules.skew_us = static_cast<int64_t>(skew);
  });
  fields.Optional("profile", [&](const Field& f) {
    rules.profile = ReadWord(f, kProfiles, ToolProfileName);
  });
  fields.Optional("audience", [&](const Field& f) {
    rules.audience = ReadString(f);
    if (rules.audience.empty()) f.Fail("must not be empty");
  });
  fields.Optional("allow_hidden", [&](const Field& f) {
    rules.allowed_hidden = ReadAllowedHidden(f);
  });
}

}  // namespace

ToolsOptions ReadTools(const Field& field, const Resolve& resolve) {
  ToolsOptions options;
  const Fields fields(
      field, {"publishers", "max_age", "skew", "pins", "profile", "audience",
              "allow_hidden", "cache", "one_time"});
  fields.Required("publishers", [&](const Field& f) {
    options.publishers = ReadPublishers(f, resolve);
  });
  ReadRules(fields, options.rules);
  fields.Optional("pins", [&](const Field& f) {
    options.pins = ReadWord(f, kPinModes, PinModeName);
  });
  fields.Optional("one_time",
                  [&](const Field& f) { options.one_time = ReadFlag(f); });
  fields.Optional("cache", [&](const Field& f) {
    ReadCache(f, options.cache_entries, options.cache_max_age_us);
  });
  return options;
}

}  // namespace tollgate
