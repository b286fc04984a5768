// Reads one policy, and what endpoints ask for. Shapes only: what a pattern, an
// address prefix or a zone means is for CompiledPolicy::Compile to judge.
//
// Thread-safety: pure. Control path only. Errors go to the field's context.

#ifndef TOLLGATE_ENGINE_CONFIG_POLICY_FIELDS_H_
#define TOLLGATE_ENGINE_CONFIG_POLICY_FIELDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/field_reader.h"
#include "engine/policy/policy_options.h"

namespace tollgate {

PolicyOptions ReadPolicy(const Field& field, std::string_view name);

// Reads the mapping `policies:`.
std::vector<PolicyOptions> ReadPolicies(const Field& field);

// Reads the list `endpoints:` of the top level. It may be empty: then nothing
// is asked for anywhere.
std::vector<EndpointRequirementOptions> ReadEndpoints(const Field& field);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_POLICY_FIELDS_H_
