// Writes the effective configuration: what was given and every default, as YAML
// that reads back to the same options.
//
// Secrets are never in it: the options hold the paths of files, not what is in
// them. Sections that this build does not support appear as comments.
//
// Thread-safety: pure. Control path only.

#ifndef TOLLGATE_ENGINE_CONFIG_SHOW_CONFIG_H_
#define TOLLGATE_ENGINE_CONFIG_SHOW_CONFIG_H_

#include <cstdint>
#include <string>

#include "engine/config/config.h"

namespace tollgate {

std::string ShowConfig(const Config& config);

// Returns "90s", in the largest unit that divides it. REQUIRES: whole
// milliseconds.
std::string FormatDuration(uint64_t micros);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_SHOW_CONFIG_H_
