// Reads `tools:`: whose tool definitions are taken, and what they must be.
//
//   publishers: [{ id: acme, jwks_file: acme.json }]
//   max_age: 24h          # since the signature's timestamp
//   skew: 30s             # of clocks, at both ends
//   pins: require         # require | first_use | off
//   profile: strict       # strict | etdi-compat
//   audience: gateway-1   # whom documents that name an audience must be for
//   allow_hidden: [U+200D]
//   cache: { entries: 4096, max_age: 5m }
//
// What weakens a check is an error: no publisher, two of one id, a skew of more
// than ten minutes.
//
// Thread-safety: pure. Control path only. Errors go to the field's context.

#ifndef TOLLGATE_ENGINE_CONFIG_TOOLS_FIELDS_H_
#define TOLLGATE_ENGINE_CONFIG_TOOLS_FIELDS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/config/field_reader.h"
#include "engine/model/pin.h"
#include "engine/verify/tool_definition.h"

namespace tollgate {

struct PublisherOptions {
  std::string id;
  std::string jwks_file;  // resolved

  friend bool operator==(const PublisherOptions&,
                         const PublisherOptions&) = default;
};

struct ToolsOptions {
  std::vector<PublisherOptions> publishers;  // at least one
  ToolRules rules;
  PinMode pins = PinMode::kRequire;
  bool one_time = false;  // a document is accepted once, until it is too old
  uint64_t cache_entries = 4096;
  uint64_t cache_max_age_us = 300'000'000;

  friend bool operator==(const ToolsOptions&, const ToolsOptions&) = default;
};

// `resolve` makes a path of the configuration one of the process.
ToolsOptions ReadTools(const Field& field,
                       const std::function<std::string(const Field&)>& resolve);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_TOOLS_FIELDS_H_
