#include "engine/crypto/constrained_names.h"

#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "engine/crypto/absolute_uri.h"
#include "engine/crypto/internet_name.h"

namespace tollgate {

std::vector<GeneralName> ConstrainedNamesOf(const Certificate& certificate) {
  std::vector<GeneralName> names = certificate.subject_alt_names;
  if (!certificate.subject.empty()) {
    names.push_back({GeneralNameKind::kDirectory, "", certificate.subject});
  }
  for (const std::string& email : certificate.subject.email_addresses()) {
    names.push_back({GeneralNameKind::kEmail, email, {}});
  }
  return names;
}

void AddCommonHosts(const Certificate& certificate,
                    std::vector<GeneralName>& names) {
  const bool has_dns = absl::c_any_of(names, [](const GeneralName& name) {
    return name.kind == GeneralNameKind::kDns;
  });
  if (has_dns) return;
  for (const std::string& name : certificate.subject.common_names()) {
    if (absl::StrContains(name, '.') && IsHostName(name)) {
      names.push_back({GeneralNameKind::kDns, name, {}});
    }
  }
}

void AddCommonNames(const Certificate& certificate,
                    std::vector<GeneralName>& names) {
  for (const std::string& name : certificate.subject.common_names()) {
    names.push_back(
        {GeneralNameKind::kDns, IsHostName(name) ? name : std::string(), {}});
    if (ParseMailbox(name).has_value()) {
      names.push_back({GeneralNameKind::kEmail, name, {}});
    }
    if (IsAbsoluteUri(name)) names.push_back({GeneralNameKind::kUri, name, {}});
  }
}

}  // namespace tollgate
